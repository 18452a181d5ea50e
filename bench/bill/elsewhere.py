"""Runs a program of this folder on the product of this checkout, or on that of an earlier commit in a worktree of git."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.programs import ROOT, own_environment

EARLIER = "c88f81f"
"""The commit that figures are compared with: the last one that kept each row in an item of its own."""
FUNCTIONS = ("auth", "import", "profile", "webhook", "export")


@contextmanager
def checkout(commit: str) -> Iterator[Path | None]:
    """The product of a commit in a folder that goes again; None where the history does not have it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "product"
        added = _git("worktree", "add", "--quiet", "--detach", str(place), commit)
        try:
            yield place if added else None
        finally:
            _git("worktree", "remove", "--force", str(place))


def _git(*words: str) -> bool:
    done = subprocess.run(["git", "-C", str(ROOT), *words], check=False, capture_output=True)  # noqa: S603, S607 - our own
    return done.returncode == 0


def run(module: str, arguments: list[Any], root: Path = ROOT) -> Any:
    """What a program of `bench` prints as JSON when the product and its stand-ins are those under `root`."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bench").symlink_to(ROOT / "bench")
        functions = (f"{root}/functions/{name}" for name in FUNCTIONS)
        paths = [folder, f"{root}/layers/common", *functions, str(root)]
        words = [one if isinstance(one, str) else json.dumps(one) for one in arguments]
        command = [sys.executable, "-P", "-m", module, *words]
        environment = own_environment(PYTHONPATH=os.pathsep.join(paths))
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"{module} on {root.name}: {done.stderr[-2000:]}")
        return json.loads(done.stdout.splitlines()[-1])
