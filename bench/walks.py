"""One person's walks through the product, call by call: `python -m bench.walks [--steps]`.

The whole product runs in this process. One person warms it up; a second one is traced, in the files of the layer
and of the functions alone. A move is a change of file from one call of ours to the next, whatever was called in
between. What boto3 calls with each answer (`lytics_cm/aws.py`) counts as boto3.
"""

import argparse
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import CodeType

from rich.console import Console
from rich.table import Table

from local.programs import ROOT

OURS = (ROOT / "layers/common", *(ROOT / "functions").iterdir())
sys.path[:0] = map(str, OURS)  # as Lambda has them
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "LyticsCm"

from bench.bill.account import Account  # noqa: E402 - the product in one process, which imports ours
from simulators.campaign_monitor.generator import World  # noqa: E402
from simulators.lytics import Lytics  # noqa: E402

EVENTS = sys.monitoring.events
CALLED_BACK = "lytics_cm/aws"
AUDIENCE = "vip"
MOST_SHOWN, WIDTH = 8, 160
PEOPLE = ("first@example.com", "second@example.com")
WORLD = World(clients=1, lists=2, subscribers=12, campaigns=0, activity=0, journeys=0)


@dataclass
class Walk:
    """The functions of ours that one walk calls, one after the other: the file and the name of each."""

    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        return [file for file, _ in self.steps]

    def moves(self, among: str = "") -> list[str]:
        """The file that each move leads to; `among` those whose path begins so."""
        files = [file for file in self.files if file.startswith(among)]
        return [file for before, file in pairwise(["", *files]) if file != before]

    def note(self, code: CodeType, _: int) -> object:
        """Hear of a function that begins."""
        file = place_of(code)
        if file in (None, CALLED_BACK):
            return sys.monitoring.DISABLE
        self.steps.append((file, code.co_qualname))
        return None


def place_of(code: CodeType) -> str | None:
    """The file of a function under its package's name; None when it is none of ours."""
    for root in OURS:
        if code.co_filename.startswith(f"{root}{os.sep}"):
            return Path(code.co_filename).relative_to(root).with_suffix("").as_posix()
    return None


@contextmanager
def traced(name: str) -> Iterator[Walk]:
    """Follow all threads of this process; who does not come from us waits meanwhile for who does."""
    walk, tool = Walk(name), sys.monitoring.PROFILER_ID
    sys.monitoring.use_tool_id(tool, "walks")
    sys.monitoring.register_callback(tool, EVENTS.PY_START, walk.note)
    sys.monitoring.restart_events()
    sys.monitoring.set_events(tool, EVENTS.PY_START)
    try:
        yield walk
    finally:
        sys.monitoring.set_events(tool, EVENTS.NO_EVENTS)
        sys.monitoring.free_tool_id(tool)


class Stage:
    """The product with an import that has webhooks on one list and an export to another."""

    def __init__(self, account: Account, lytics: Lytics) -> None:
        os.environ["LYTICS_SECRET_ARN"] = ""  # only triggers come from there
        self.account, self.lytics, self.vendor = account, lytics, account.vendor
        self.imported, self.exported = account.lists[:2]
        account.begin(list_ids=[self.imported.id], keep_updated=True)
        lytics.add_audience(AUDIENCE)
        hook = account.export(self.exported.id, AUDIENCE)
        lytics.subscribe(hook, [AUDIENCE], "batch")
        account.pump()

    def walks(self, email: str) -> list[tuple[str, Callable[[], object]]]:
        """The four, each to be done when the one before is."""
        self.vendor.subscribe(self.imported, email)
        self.lytics.person(email, name="Jane Doe")
        self.lytics.enter(email, AUDIENCE)
        return [
            ("webhook -> row queue", self.vendor.account.outbox.deliver),
            ("row queue -> profile", self._delivery("RowsQueue")),
            ("trigger -> change queue", self.lytics.post_triggers),
            ("change queue -> call and outcome", self._delivery("ChangesQueue")),
        ]

    def _delivery(self, queue: str) -> Callable[[], object]:
        """One batch of a queue to its function."""
        handler = next(one for name, one, _ in self.account.deployment.sources() if name == queue)
        return lambda: self.account._deliver(queue, handler)  # noqa: SLF001 - the stack's own stage door

    def check(self, email: str) -> None:
        """See that the person has arrived on both sides."""
        assert self.account.gateway.get(f"/profiles/{email}").status == 200  # noqa: PLR2004
        assert email in self.exported.people


def measured() -> list[Walk]:
    """The walks of the second person."""
    walks = []
    with Lytics() as lytics, Account(WORLD) as account:
        stage = Stage(account, lytics)
        first, second = PEOPLE
        for _, act in stage.walks(first):
            act()
        stage.check(first)
        for name, act in stage.walks(second):
            with traced(name) as walk:
                act()
            walks.append(walk)
        stage.check(second)
    return walks


def table(walks: list[Walk]) -> Table:
    made = Table(title="One person's walks", title_justify="left")
    made.add_column("walk")
    for name in ("calls", "moves", "files", "moves in the function alone"):
        made.add_column(name, justify="right")
    made.add_column("entered most")
    for walk in walks:
        function = next(file for file in walk.files if "_app/" in file).partition("/")[0]
        numbers = [len(walk.steps), len(walk.moves()), len({*walk.files}), len(walk.moves(function))]
        most = Counter(walk.moves()).most_common(MOST_SHOWN)
        shown = ", ".join(f"{file.rpartition('/')[2]} {times}" for file, times in most)
        made.add_row(walk.name, *map(str, numbers), shown)
    return made


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.walks", description=__doc__)
    parser.add_argument("--steps", action="store_true", help="print every move")
    given = parser.parse_args()
    console = Console(highlight=False, width=WIDTH)
    logging.disable()
    with redirect_stdout(StringIO()):  # what the receiver logs
        walks = measured()
    for walk in walks if given.steps else ():
        console.rule(walk.name, align="left")
        for before, (file, function) in pairwise([("", ""), *walk.steps]):
            console.print(f"{'   ' if file == before[0] else '-> '}{file}: {function}", markup=False)
    console.print(table(walks))


if __name__ == "__main__":
    main()
