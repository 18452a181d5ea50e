"""The texts of the repository: its pages, and what they and the code name."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = {
    *(".git", ".venv", ".envs", ".aws-sam", ".cache", ".site", "__pycache__", "node_modules", "site"),
    *(".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
}
TEXTS = {".md", ".py", ".toml", ".yaml", ".yml", ".lql", ".in", ""}
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Text:
    """A file of the repository."""

    path: Path

    @cached_property
    def content(self):
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self):
        """The content with every fenced block blanked out, so that places stay the same."""
        return FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), self.content)

    @property
    def anchors(self):
        return {slug(title) for title in HEADING.findall(self.prose)}

    def spans(self):
        """Everything in backticks outside of fenced blocks, with where it stands."""
        for found in SPAN.finditer(self.prose):
            yield " ".join(found[1].split()), self.place(found.start())

    def place(self, offset):
        line = self.content.count("\n", 0, offset) + 1
        return f"{self.path.relative_to(ROOT)}:{line}"


def slug(title):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@cache
def files():
    """Every file that is not made, relative to the repository."""
    found = []
    for folder, folders, names in ROOT.walk():
        folders[:] = [name for name in folders if name not in MADE and not name.endswith("_cache")]
        found += [(folder / name).relative_to(ROOT) for name in names if name not in MADE]
    return sorted(found)


@cache
def texts():
    return [Text(ROOT / path) for path in files() if path.suffix in TEXTS and path.name != "LICENSE"]


def pages():
    return [text for text in texts() if text.path.suffix == ".md"]


def pages_of_ours():
    """The pages that everybody reads: those of the folder itself, and all of `docs`."""
    return [
        page
        for page in pages()
        if page.path.parent == ROOT or "docs" in page.path.relative_to(ROOT).parts[:1]
    ]
