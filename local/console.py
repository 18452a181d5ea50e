"""The console, built into its function's package: `python -m local.console`; `check` instead checks its sources.

Neither is done again while nothing that it reads has changed. All that it needs is npm.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from local.programs import ROOT, run

SOURCES = ROOT / "console"
DESCRIPTION = ROOT / "functions/system/system_app/openapi.json"
"""What the types of the API are made from."""
SITE = ROOT / "functions/console/console_app/site"
CACHE = ROOT / ".cache"
MADE = ("node_modules", "schema.d.ts", "limits.ts")
"""What lies among the sources and is made from them."""


class NoNpm(Exception):
    """npm is not there."""


def build(logs: Path) -> bool:
    """Build the console; tell whether there was anything to do. Raises `NoNpm` or `ProgramFailed`."""
    with _once("build") as is_needed:
        if is_needed or not (SITE / "index.html").exists():
            make(SOURCES, logs)
            return True
        return False


def check(logs: Path) -> None:
    """Check types, format and style of the sources. Raises `NoNpm` or `ProgramFailed`."""
    with _once("check") as is_needed:
        if is_needed:
            _packages(SOURCES, logs)
            _npm(["run", "check"], SOURCES, logs)


def make(sources: Path, logs: Path) -> None:
    """Build what lies in a folder `console` into the folder `functions` beside it."""
    _packages(sources, logs)
    _npm(["run", "build"], sources, logs)


def files(sources: Path = SOURCES) -> Iterator[Path]:
    """What the console is built from."""
    yield from (
        path for path in sorted(sources.rglob("*")) if path.is_file() and not set(path.parts) & set(MADE)
    )


def _packages(sources: Path, logs: Path) -> None:
    """The locked packages, once for each lock."""
    lock, there = sources / "package-lock.json", sources / "node_modules/.locked"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not there.exists() or there.read_text() != digest:
        _npm(["ci"], sources, logs)
        there.write_text(digest)


def _npm(arguments: list[str], sources: Path, logs: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NoNpm("the console is built with npm: please install Node.js 20.19 or later, which has it")
    run(f"npm-{arguments[-1]}", [npm, *arguments, "--prefix", str(sources)], logs, os.environ)


@contextmanager
def _once(what: str) -> Iterator[bool]:
    """Whether something must be done for the sources as they are; noted when the block ends well.

    One at a time, also when tests and the demo run side by side.
    """
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "console.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note, digest = CACHE / f"console-{what}.sha256", _digest()
        is_needed = not note.exists() or note.read_text() != digest
        yield is_needed
        note.write_text(digest)


def _digest() -> str:
    digest = hashlib.sha256()
    for path in [*files(), DESCRIPTION]:
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    with TemporaryDirectory(prefix="lytics-cm-") as folder:
        (check if sys.argv[1:] == ["check"] else build)(Path(folder))
