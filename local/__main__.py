"""`python -m local demo` and `python -m local serve`; the Makefile calls them."""

import os
import sys

from rich.console import Console

from local.demo import demo
from local.programs import end_on_signals
from local.serve import serve

WAYS = {"demo": demo, "serve": serve}
INTERRUPTED = 130
WIDTH = 100
"""In a file or a pipe."""


def main(arguments: list[str]) -> int:
    """Do what the one argument names; the exit code."""
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH
    if len(arguments) != 1 or arguments[0] not in WAYS:
        console.print(f"usage: python -m local {'|'.join(WAYS)}", markup=False)
        return 2
    end_on_signals()
    try:
        WAYS[arguments[0]](console)
    except KeyboardInterrupt:
        console.print("stopped")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, a person reads it
        console.print(
            "\n".join((f"{type(error).__name__}: {error}", *getattr(error, "__notes__", []))),
            markup=False,
            soft_wrap=True,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
