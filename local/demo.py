"""`make demo`: puts everything up, walks through the whole product by its command line, and takes it down again."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from rich.console import Console

from local.stack import Stack, stack
from local.walk import walk
from lytics_cm_cli.finding import Place

SIZES = ("--subscribers", "1800", "--recipients", "1600", "--activity", "5000")
SCENARIO = ("--scenario", "demo", *SIZES)
NEXT = """Everything is stopped. To play with it yourself:

  make local                       the same stack, until Ctrl-C
  .venv/bin/lytics-cm console      in another terminal: the console in your browser, signed in
  .venv/bin/lytics-cm --help       the command line; --watch, --json and TAB work everywhere
"""


def demo(console: Console) -> None:
    """All of it."""
    began = time.monotonic()
    with sample(console) as up:
        ready = time.monotonic()
        console.print(f"[green]✓[/] the stack is up at {up.deployment.url}\n")
        walk(console, place(up))
        ended = time.monotonic()
    console.print(f"[green]✓[/] {ready - began:.0f} s to put it up, {ended - ready:.0f} s to walk through it")
    console.print(NEXT, markup=False)


def sample(console: Console) -> AbstractContextManager[Stack]:
    """A stack to look at: both vendors with the same people."""
    return stack(SCENARIO, tell=announcer(console), acquainted=True)


def announcer(console: Console) -> Callable[[str], None]:
    """Says what is being waited for, one line a step."""
    return lambda step: console.print(f"[dim]· {step}[/]")


def place(up: Stack) -> Place:
    """Where the command line finds it."""
    return Place(up.deployment.url, up.deployment.token, up.vendors.campaign_monitor, up.vendors.lytics)
