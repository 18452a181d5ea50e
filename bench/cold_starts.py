"""What a cold start of each function loads: size of its package, seconds and modules of its import, beside everything."""

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
    everything = imported([str(LAYER)], EVERYTHING)
    columns = ("function", "package KB", "import ms", "of everything", "modules")
    table = Table(*columns, title="Cold starts", title_justify="left")
    for name, handler in handlers().items():
        module, _, entry = handler.rpartition(".")
        paths = [str(BUILT / name), str(LAYER)]
        seconds, modules = imported(paths, f"import {module} as module; module.{entry}")
        kilobytes, share = size(BUILT / name) / 1000, seconds / everything[0]
        table.add_row(name, f"{kilobytes:.0f}", f"{seconds * 1000:.0f}", f"{share:.0%}", str(modules))
    table.add_row("(everything)", "", f"{everything[0] * 1000:.0f}", "", str(everything[1]))
    console = Console()
    console.print(table)
    console.print(f"layer: {size(LAYER) / 1e6:.1f} MB unpacked; median of {ROUNDS} fresh interpreters each")
    console.print("everything: boto3, pydantic, requests, Powertools, without any code of ours")


def handlers() -> dict[str, str]:
    """The handler of each built function."""
    resources: dict[str, Any] = yaml.load(TEMPLATE.read_text(), Loader=yaml.BaseLoader)["Resources"]  # noqa: S506
    return {
        name: resource["Properties"]["Handler"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def imported(paths: list[str], imports: str) -> tuple[float, int]:
    """Seconds and modules of an import in fresh interpreters that have nothing but `paths`."""
    program = PROGRAM.format(paths=paths, imports=imports)
    command = [str(BARE), "-I", "-S", "-B", "-c", program]
    variables = {"AWS_DEFAULT_REGION": "us-east-1"}
    found = [
        subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
        for _ in range(ROUNDS)
    ]
    return statistics.median(float(seconds) for seconds, _ in found), int(found[0][1])


def size(folder: Path) -> int:
    """Bytes of all files in a folder, without compiled ones."""
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return sum(file.stat().st_size for file in files if file.suffix != ".pyc")


if __name__ == "__main__":
    main()
