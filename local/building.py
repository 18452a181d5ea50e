"""`sam build` and what follows it, skipped when nothing that they read has changed."""

import fcntl
import hashlib
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import console
from local.programs import ROOT, own_environment, run

SAM = ROOT / ".envs/sam/bin/sam"
BUILT = ROOT / ".aws-sam/local"
DIGEST = ROOT / ".aws-sam/local.sha256"
TEMPLATE = BUILT / "template.yaml"
SOURCES = ("template.yaml", "functions", "layers", "local/compiling.py")


def architecture() -> str:
    """This machine's, as Lambda calls it."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


def build(logs: Path) -> bool:
    """Build functions and layer for this machine; tell whether there was anything to do."""
    with _alone():
        console.build(logs)
        digest = _digest()
        if TEMPLATE.exists() and DIGEST.exists() and DIGEST.read_text() == digest:
            return False
        DIGEST.unlink(missing_ok=True)
        run("sam-build", _command(), logs, sam_environment())
        run("compiling", [sys.executable, "-m", "local.compiling", str(BUILT)], logs, own_environment())
        DIGEST.write_text(digest)
        return True


def sam_environment(**more: str) -> dict[str, str]:
    """Nothing outside the folder: the SAM CLI's own files lie in the cache."""
    files = {"__SAM_CLI_APP_DIR": str(ROOT / ".cache/sam"), "SAM_CLI_TELEMETRY": "0"}
    return own_environment(**files, **({"AWS_DEFAULT_REGION": "us-east-1"} | more))


def _command() -> list[str]:
    options = ["--cached", "--parallel", "--build-dir", str(BUILT)]
    return [str(SAM), "build", *options, "--parameter-overrides", f"Architecture={architecture()}"]


def _digest() -> str:
    digest = hashlib.sha256()
    for path in _files():
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    for source in SOURCES:
        path = ROOT / source
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (each for each in found if each.is_file() and "__pycache__" not in each.parts)


@contextmanager
def _alone() -> Iterator[None]:
    """One build at a time, also when the demo and the tests run side by side."""
    BUILT.parent.mkdir(exist_ok=True)
    with (BUILT.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
