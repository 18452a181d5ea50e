"""Whether two builds of the same sources are the same, byte for byte: `python -m supply.builds [ARCHITECTURE]`.

Both are built from nothing, in folders of other names and depths, with other file permissions, time zones and hash
seeds. What is compared is what SAM packs: names, permissions and contents of all files, and the built template.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from local import console
from local.building import SAM, architecture, sam_environment
from local.compiling import compile_packages
from local.programs import ROOT, run

SOURCES = ("template.yaml", "functions", "layers", "console")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What differs between two people who build the same commit."""

    folder: str
    umask: int
    zone: str
    seed: str


PEOPLE = (
    Circumstances("one", 0o022, "UTC", "1"),
    Circumstances("another/place", 0o002, "Pacific/Auckland", "2"),
)


def files(built: Path) -> dict[str, str]:
    """Each file of a folder by name: the digest of its content, and its permissions if it is in a package."""
    found = (path for path in sorted(built.rglob("*")) if path.is_file())
    return {str(path.relative_to(built)): _content(path, packed=path.parent != built) for path in found}


def _content(path: Path, *, packed: bool) -> str:
    permissions = f"{path.stat().st_mode & 0o777:o}" if packed else "any"
    return f"{permissions} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def differences(one: dict[str, str], other: dict[str, str]) -> Iterator[str]:
    yield from (name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name))


def _build(where: Circumstances, below: Path, processor: str) -> dict[str, str]:
    folder = below / where.folder
    mask = os.umask(where.umask)
    try:
        folder.mkdir(parents=True)
        for source in SOURCES:
            _copy(ROOT / source, folder / source)
        console.make(folder / "console", folder)
        built = folder / "built"
        options = ["--template-file", str(folder / "template.yaml"), "--build-dir", str(built), "--parallel"]
        command = [str(SAM), "build", *options, "--parameter-overrides", f"Architecture={processor}"]
        run("sam-build", command, folder, sam_environment(TZ=where.zone, PYTHONHASHSEED=where.seed))
        compile_packages(built)
    finally:
        os.umask(mask)
    return files(built)


def _copy(source: Path, target: Path) -> None:
    """With the permissions that a checkout of this person would have, and times of now."""
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return
    for path in source.rglob("*"):
        if path.is_file() and not {"__pycache__", console.SITE.name, *console.MADE} & set(path.parts):
            _copy(path, target / path.relative_to(source))


def main(arguments: list[str]) -> int:
    processor = arguments[0] if arguments else architecture()
    with TemporaryDirectory(prefix="lytics-cm-") as below:
        one, other = (_build(person, Path(below), processor) for person in PEOPLE)
    differing = list(differences(one, other))
    for name in differing[:20]:
        print(f"two builds differ in {name}", file=sys.stderr)
    if differing:
        return 1
    digest = hashlib.sha256("\n".join(f"{name} {what}" for name, what in one.items()).encode())
    print(f"Two builds for {processor} are equal: {len(one)} files, {digest.hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
