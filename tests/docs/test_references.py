"""Whatever is referred to exists: documents and their sections, paths of code, modules, names."""

import re
from pathlib import Path

from tests.docs.pages import ROOT, Text, files, pages, texts

LINK = re.compile(r"\]\(([^)\s]+)\)")
DOCUMENT = re.compile(r"(?<![\w/.:\"-])((?:[\w-]+/)*[\w-]+\.md)(?!\w)(#[\w-]+)?")
NUMBERED = re.compile(r"\b(?:API reference|reference|contract|section|lytics\.md|chapter) \d")
"""References by number: they point into documents that a reader may not have."""
PATH = re.compile(r"(?:\.\.\./)?[\w.*-]+(?:/[\w.*-]+)*\.(?:py|lql|toml|yaml|txt|json)")
FOLDER = re.compile(
    r"(?:\.\.\./)?(?:functions|layers|tests|simulators|local|bench|rules|docs|lytics_cm|\w+_app)(?:/[\w*]+)+/?"
)
MODULE = re.compile(r"\b((?:lytics_cm|bench|local|simulators|tests|\w+_app)(?:\.\w+)+)")
CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
CAMEL = re.compile(r"(?:[A-Z][a-z]+){2,}")
OF_READERS = {"API_URL", "ADMIN_TOKEN_SECRET_ARN", "PROFILES_STREAM_ARN", "samconfig.toml"}
"""What stands for the reader's own values."""
OF_OTHERS = {
    "AdministratorAccess",
    "BatchProcessor",
    "DELETE_SKIPPED",
    "HTTPS_PROXY",
    "NO_PROXY",
    "PowerUserAccess",
    "StartMessageMoveTask",
    "TypeManual",
    "VpcConfig",
}
"""Names of AWS, of libraries and of the vendors that no code says."""


def missing_in(path, anchor):
    """What is not there of a document and a section of it; None when both are."""
    if not path.exists():
        return "no such file"
    if anchor and path.suffix == ".md" and anchor.lstrip("#") not in Text(path).anchors:
        return f"no heading {anchor}"
    return None


def test_every_link_of_a_page_leads_somewhere():
    broken = []
    for page in pages():
        for found in LINK.finditer(page.prose):
            target, _, anchor = found[1].partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            path = (page.path.parent / target).resolve() if target else page.path
            if problem := missing_in(path, anchor):
                broken.append(f"{page.place(found.start())}: {found[1]}: {problem}")

    assert not broken, "\n".join(broken)


def test_every_document_that_a_text_names_is_in_the_repository():
    names = {f"/{path.as_posix()}" for path in files()}
    broken = []
    for text in texts():
        if text.path.name == "mkdocs.yaml":  # its pages are those of the site, and `make docs` looks at them
            continue
        for found in DOCUMENT.finditer(text.content):
            name, anchor = found[1], found[2]
            if text.path.suffix == ".md" and not name.startswith(
                "docs/"
            ):  # of a link, which is looked at by itself
                problem = not any(known.endswith(f"/{name}") for known in names) and "no such file"
            else:
                problem = missing_in(ROOT / name, anchor)
            if problem:
                broken.append(f"{text.place(found.start())}: {found[0]}: {problem}")

    assert not broken, "\n".join(broken)


def test_nothing_is_referred_to_by_the_number_of_a_section():
    here = Path(__file__)
    broken = [
        f"{text.place(found.start())}: {found[0]}"
        for text in texts()
        if text.path != here
        for found in NUMBERED.finditer(text.content)
    ]

    assert not broken, "\n".join(broken)


def test_every_path_that_a_page_names_exists():
    known = [f"/{path.as_posix()}" for path in files()]
    known += sorted({f"/{parent.as_posix()}" for path in files() for parent in path.parents})

    def exists(span):
        wanted = re.escape("/" + span.removeprefix(".../").rstrip("/")).replace(r"\*", "[^/]*")
        return any(re.search(f"{wanted}$", path) for path in known)

    broken = [
        f"{where}: {span}"
        for page in pages()
        for span, where in page.spans()
        if (PATH.fullmatch(span) or FOLDER.fullmatch(span)) and span not in OF_READERS and not exists(span)
    ]

    assert not broken, "\n".join(broken)


def test_every_module_that_a_page_names_exists_and_has_what_is_named_of_it():
    paths = {path.with_suffix("").as_posix() for path in files() if path.suffix == ".py"}
    roots = [
        "",
        "layers/common/",
        *(f"functions/{name.parts[1]}/" for name in files() if name.parts[0] == "functions"),
    ]

    def problem(dotted):
        parts = dotted.split(".")
        for size in range(len(parts), 0, -1):
            name = "/".join(parts[:size])
            for root in dict.fromkeys(roots):
                for path in (root + name, f"{root}{name}/__init__"):
                    if path in paths:
                        source = (ROOT / f"{path}.py").read_text(encoding="utf-8")
                        rest = parts[size:]
                        return (
                            rest
                            and not re.search(rf"\b{rest[0]}\b", source)
                            and f"{path}.py has no {rest[0]}"
                        )
        return "no such module"

    broken = [
        f"{where}: {found[1]}: {trouble}"
        for page in pages()
        for span, where in page.spans()
        for found in MODULE.finditer(span)
        if not found[1].endswith(("_app.py", ".py")) and "/" not in span and (trouble := problem(found[1]))
    ]

    assert not broken, "\n".join(broken)


def test_every_constant_and_parameter_that_a_page_names_is_in_the_code():
    code = "\n".join(text.content for text in texts() if text.path.suffix in {".py", ".yaml", ".lql"})
    words = set(re.findall(r"\w+", code))
    broken = [
        f"{where}: {span}"
        for page in pages()
        for span, where in page.spans()
        if (CONSTANT.fullmatch(span) or CAMEL.fullmatch(span)) and span not in words | OF_READERS | OF_OTHERS
    ]

    assert not broken, "\n".join(broken)
