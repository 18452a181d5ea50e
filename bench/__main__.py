"""`python -m bench [name ...]`: runs the named measurements, or all, one after the other."""

import runpy
import sys
from pathlib import Path

from rich.console import Console

HERE = Path(__file__).parent


def known() -> list[str]:
    """Every program in this folder."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def main(wanted: list[str]) -> int:
    """Run them; the exit code."""
    console = Console()
    if strange := set(wanted) - set(known()):
        console.print(f"no measurement {', '.join(sorted(strange))}; there are: {', '.join(known())}")
        return 2
    for name in wanted or known():
        console.rule(name, align="left")
        sys.argv = [name]
        runpy.run_module(f"bench.{name}", run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
