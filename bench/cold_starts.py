"""What a cold start of each function loads: size of its package, seconds and modules of its import, beside a bare boto3."""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table

from local.building import BUILT, TEMPLATE, build

ROUNDS = 5
BARE = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
LAYER = BUILT / "CommonLayer/python"
EVERYTHING = "import boto3, pydantic, requests, aws_lambda_powertools.event_handler"
PROGRAM = """
import sys, time
sys.path[:0] = {paths!r}
before, began = set(sys.modules), time.perf_counter()
{imports}
print(time.perf_counter() - began, len(set(sys.modules) - before))
"""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as logs:
        build(Path(logs))
    table = Table("function", "package KB", "import ms", "modules", title="Cold starts", title_justify="left")
    for name, handler in handlers().items():
        module, _, entry = handler.rpartition(".")
        add(table, name, [str(BUILT / name), str(LAYER)], f"import {module} as module; module.{entry}")
    add(table, "(boto3, pydantic, requests, Powertools)", [str(LAYER)], EVERYTHING)
    console = Console()
    console.print(table)
    console.print(f"layer: {size(LAYER) / 1e6:.1f} MB unpacked; median of {ROUNDS} fresh interpreters each")


def handlers() -> dict[str, str]:
    """The handler of each built function."""
    resources: dict[str, Any] = yaml.load(TEMPLATE.read_text(), Loader=yaml.BaseLoader)["Resources"]  # noqa: S506
    return {
        name: resource["Properties"]["Handler"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def add(table: Table, name: str, paths: list[str], imports: str) -> None:
    """Measure one import and add its row."""
    found = [imported(paths, imports) for _ in range(ROUNDS)]
    kilobytes = f"{size(Path(paths[0])) / 1000:.0f}" if len(paths) > 1 else ""
    seconds = statistics.median(each[0] for each in found)
    table.add_row(name, kilobytes, f"{seconds * 1000:.0f}", str(found[0][1]))


def imported(paths: list[str], imports: str) -> tuple[float, int]:
    """Seconds and modules of an import in a fresh interpreter that has nothing but `paths`."""
    program = PROGRAM.format(paths=paths, imports=imports)
    command = [str(BARE), "-I", "-S", "-B", "-c", program]
    variables = {"AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)  # noqa: S603
    seconds, modules = done.stdout.split()
    return float(seconds), int(modules)


def size(folder: Path) -> int:
    """Bytes of all files in a folder, without compiled ones."""
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return sum(file.stat().st_size for file in files if file.suffix != ".pyc")


if __name__ == "__main__":
    main()
