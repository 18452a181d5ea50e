"""Compiled code in every built package: `python -m local.compiling FOLDER` after `sam build`.

Lambda's disks are read-only: what is not compiled in the package is compiled at every cold start. A compiled file is
taken as it is, whatever its source says (`unchecked-hash`: times of files say nothing in a package), so this must follow
every build. It bears the path that its source has on Lambda, not one of this machine: same sources, same bytes. And
same permissions, which SAM packs too: those of the sources depend on who checked them out (docs/decisions/0091-equal-builds.md).
"""

import compileall
import shutil
import stat
import sys
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

import yaml  # type: ignore[import-untyped]

PLACES = {"AWS::Serverless::Function": "/var/task", "AWS::Serverless::LayerVersion": "/opt"}
OURS = f"python{sys.version_info.major}.{sys.version_info.minor}"


class NotCompiled(Exception):
    """A package would reach Lambda with sources that are compiled there."""


def compile_packages(built: Path) -> None:
    """Compile all packages of a folder that `sam build` made. Raises `NotCompiled`."""
    template: dict[str, Any] = yaml.load((built / "template.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    runtime = template["Globals"]["Function"]["Runtime"]
    if runtime != OURS:
        raise NotCompiled(f"the functions run on {runtime}, which does not take what {OURS} compiles")
    for name, resource in template["Resources"].items():
        if place := PLACES.get(resource["Type"]):
            _compile(built / name, place)


def _compile(package: Path, place: str) -> None:
    for stale in list(package.rglob("__pycache__")):
        shutil.rmtree(stale)
    root, mode = str(package), PycInvalidationMode.UNCHECKED_HASH
    how: dict[str, Any] = {"stripdir": root, "prependdir": place, "invalidation_mode": mode}
    if not compileall.compile_dir(root, quiet=1, workers=0, **how):
        raise NotCompiled(f"{package.name}: a source cannot be compiled")
    for path in package.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


if __name__ == "__main__":
    compile_packages(Path(sys.argv[1]))
