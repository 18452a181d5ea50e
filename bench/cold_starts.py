"""What a cold start of each function loads: its package, and the processor time of its imports with and without `.pyc`.

SnapStart takes the imports out of a cold start and puts a restore in, whose time AWS alone could tell. Beside them stands
what it costs: the price goes by a function's memory, for each published version.

Both are measured in turn, in fresh interpreters that have nothing but the package and the layer and write nowhere, as
on Lambda: what is not compiled there is compiled at every cold start.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table

from bench.bill import prices
from local.building import BUILT, TEMPLATE, build

ROUNDS = 5
BARE = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
LAYER = "CommonLayer/python"
EVERYTHING = "import boto3, pydantic, requests, aws_lambda_powertools.event_handler"
PROGRAM = """
import sys, time
sys.path[:0] = {paths!r}
before, began = set(sys.modules), time.process_time()
{imports}
print(time.process_time() - began, len(set(sys.modules) - before))
"""
COLUMNS = (
    "function",
    "package KB",
    "of it .pyc",
    "modules",
    "import ms",
    "without .pyc",
    "ratio",
    "of everything",
    "snapshot $/month",
    "restore $/1,000",
)


def main() -> None:
    """Print the table."""
    console, table = Console(), Table(*COLUMNS, title="Cold starts", title_justify="left")
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        sources = Path(folder) / "sources"
        shutil.copytree(BUILT, sources, ignore=shutil.ignore_patterns("__pycache__"))
        everything = beside([BUILT / LAYER], [sources / LAYER], EVERYTHING)
        kept = 0.0
        for name, (handler, megabytes) in handlers().items():
            month, restores = snapshot(megabytes)
            kept += month
            module, _, entry = handler.rpartition(".")
            compiled, bare = ([root / name, root / LAYER] for root in (BUILT, sources))
            found = beside(compiled, bare, f"import {module} as module; module.{entry}")
            table.add_row(name, *sizes(BUILT / name), *told(*found), f"{found[0] / everything[0]:.0%}",
                          f"{month:.2f}", f"{restores:.3f}")  # fmt: skip
        table.add_row("(everything)", "", "", *told(*everything), "", f"{kept:.2f}", "")
    total, part = size(BUILT / "CommonLayer")
    console.print(table)
    console.print(
        f"layer: {total / 1e6:.1f} MB unpacked, of it {part / 1e6:.1f} MB .pyc; Lambda takes 250 MB"
    )
    console.print(f"milliseconds of processor time, median of {ROUNDS} fresh interpreters each")
    console.print("everything: boto3, pydantic, requests, Powertools, without any code of ours")


def handlers() -> dict[str, tuple[str, int]]:
    """The handler of each built function, and its megabytes."""
    template: dict[str, Any] = yaml.load(TEMPLATE.read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    usual = template["Globals"]["Function"]["MemorySize"]
    return {
        name: (resource["Properties"]["Handler"], int(resource["Properties"].get("MemorySize", usual)))
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def snapshot(megabytes: int) -> tuple[float, float]:
    """Dollars for keeping one version's snapshot for a month, and for a thousand restores."""
    gigabytes = megabytes / 1024
    month = gigabytes * prices.MONTH_MINUTES * 60 * prices.SNAPSHOT_SECOND.dollars
    return month, 1000 * gigabytes * prices.SNAPSHOT_RESTORE.dollars


def beside(compiled: list[Path], sources: list[Path], imports: str) -> tuple[float, float, int]:
    """Seconds of processor time of the same imports from two places, and how many modules they load."""
    found = [(imported(compiled, imports), imported(sources, imports)) for _ in range(ROUNDS)]
    quick, slow = (statistics.median(seconds for seconds, _ in place) for place in zip(*found, strict=True))
    return quick, slow, found[0][0][1]


def imported(paths: list[Path], imports: str) -> tuple[float, int]:
    """Seconds and modules of an import in a fresh interpreter that has nothing but `paths`."""
    program = PROGRAM.format(paths=[str(path) for path in paths], imports=imports)
    command = [str(BARE), "-I", "-S", "-B", "-c", program]
    variables = {"AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)  # noqa: S603
    seconds, modules = done.stdout.split()
    return float(seconds), int(modules)


def told(quick: float, slow: float, modules: int) -> tuple[str, ...]:
    return str(modules), f"{quick * 1000:.0f}", f"{slow * 1000:.0f}", f"{quick / slow:.2f}"


def sizes(folder: Path) -> tuple[str, ...]:
    return tuple(f"{part / 1000:.0f}" for part in size(folder))


def size(folder: Path) -> tuple[int, int]:
    """Bytes of all files in a folder, and of the compiled ones among them."""
    files = [Path(place, name) for place, _, names in os.walk(folder) for name in names]
    compiled = sum(file.stat().st_size for file in files if file.suffix == ".pyc")
    return sum(file.stat().st_size for file in files), compiled


if __name__ == "__main__":
    main()
