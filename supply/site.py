"""What the site has beside docs/: `make docs` calls these as hooks of MkDocs, in the environment of the site.

Pages that lie at the root of the repository become pages of the site, with their links as they are there. A link to a
source, which is no page, becomes the name of that file: the site may be read where nobody has the repository. It must
exist all the same.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel

ROOT = Path(__file__).parent.parent
BESIDE = {"README.md": "index.md", "CONTRIBUTING.md": "CONTRIBUTING.md"} | {
    name: name for name in ("CHANGELOG.md", "SECURITY.md")
}
"""Pages at the root, and where they are on the site."""

_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_IMAGE = re.compile(r"""((?:src|srcset)=["']|!\[[^\]]*\]\()([^"')\s]+)""")


def on_files(files: Files, config: Any) -> Files:
    """The pages of the root among those of docs."""
    for source, place in BESIDE.items():
        files.append(File.generated(config, place, content=(ROOT / source).read_text(encoding="utf-8")))
    for file in files.documentation_pages():  # decisions are found by their index, not one by one
        if re.match(r"decisions/\d", file.src_uri):
            file.inclusion = InclusionLevel.NOT_IN_NAV
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links of a page as the site needs them. Raises `PluginError` for one to a file that is not there."""
    del config
    place = page.file.src_uri
    at_root = {to: source for source, to in BESIDE.items()}
    source = at_root.get(place, f"docs/{place}")
    folder, here = posixpath.dirname(source), posixpath.dirname(place)

    def moved(target: str) -> str | None:
        path, mark, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return target
        file = posixpath.normpath(posixpath.join(folder, path))
        if not (ROOT / file).exists():
            raise PluginError(f"{source}: there is no {file}")
        on_site = (
            BESIDE.get(file) or file.removeprefix("docs/")
            if file.startswith("docs/") or file in BESIDE
            else None
        )
        if on_site is None or files.get_file_from_path(on_site) is None:
            return None
        return posixpath.relpath(on_site, here or ".") + mark + anchor

    def link(found: re.Match[str]) -> str:
        target = moved(found[2])
        return found[1] if target is None else f"[{found[1]}]({target})"

    def image(found: re.Match[str]) -> str:
        return found[1] + (moved(found[2]) or found[2])

    return _outside_code(markdown, lambda text: _LINK.sub(link, _IMAGE.sub(image, text)))


def _outside_code(markdown: str, change: Any) -> str:
    """Change what is no block and no span of code."""
    parts = re.split(r"(^```.*?^```|`[^`\n]+`)", markdown, flags=re.MULTILINE | re.DOTALL)
    return _joined(parts, change)


def _joined(parts: list[str], change: Any) -> str:
    """Every second part is code. A link may have code in its words: those are put back after the change."""
    code = parts[1::2]
    held = "".join(part if number % 2 == 0 else f"\0{number // 2}\0" for number, part in enumerate(parts))
    return re.sub(r"\0(\d+)\0", lambda found: code[int(found[1])], str(change(held)))
