"""The import beside its peer: `python -m bench.imports [--full]` reads one simulated account with both, and says why."""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.beside.blind_spots import blind_spots
from bench.beside.ours import Ours, Run, Vendor, least_calls, truth
from bench.beside.tap import Tap, TapRun
from local.demo import announcer
from local.programs import end_on_signals
from local.stack import stack

LATENCIES = (0.1, 0.5)
PARALLEL = 4
"""The cap on parallel calls (MaxParallelCalls): twice its default, as an account with room would have it."""
WRITERS = 2
CHECKED = 40
"""People whose profiles are compared with the vendor's rows."""
USUAL = {"lists": 6, "campaigns": 8, "subscribers": 1800, "recipients": 4000, "activity": 10_000}
FULL = {"lists": 6, "campaigns": 40, "subscribers": 12_000, "recipients": 60_000, "activity": 200_000}
ARCHIVE = ("--scenario", "archive", "--subscribers", "300", "--activity", "0", "--deliver-every", "0")
LATER = ((0, "at once"), (1, "an hour later"), (24, "a day later"))
TARGET = 40

type Json = dict[str, Any]
type Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What both did at one latency."""

    latency: float
    tap: tuple[TapRun, TapRun]
    tap_calls: tuple[int, int]
    ours: tuple[Run, Run, Run]
    least: int
    right: int
    peak: int


def beside(console: Console, world: Mapping[str, int]) -> None:
    """Both read one account, at each latency."""
    measured = []
    for latency in LATENCIES:
        measured.append(beside_the_tap(latency, world, announcer(console)))
        console.print(bounds(measured[-1]), highlight=False, soft_wrap=True)
    console.print(WHAT_IS_READ, highlight=False, soft_wrap=True)
    console.print(table(measured, world))


def missed(console: Console, world: Mapping[str, int]) -> None:
    """What the tap does not see, in a small account of two clients."""
    small = {**world, "clients": 2, "campaigns": 1, "subscribers": 100, "recipients": 50, "activity": 100}
    with stack(options(small), tell=announcer(console)) as up:
        console.print(blind_spots(up), highlight=False, soft_wrap=True)


def beside_the_tap(latency: float, world: Mapping[str, int], tell: Tell) -> Measured:
    """Let both read the same account, one after the other, on a stack of its own: its tables are empty."""
    with (
        stack(options(world), {"MaxParallelCalls": str(PARALLEL)}, tell) as up,
        tempfile.TemporaryDirectory() as folder,
    ):
        vendor = Vendor(up.vendors.campaign_monitor)
        client: Json = vendor.state()["clients"][0]
        tell(f"{latency * 1000:.0f} ms a call: the tap reads, twice")
        readings, calls = tap_runs(Tap(up.vendors, client["id"], Path(folder)), vendor, latency)
        tell(f"{latency * 1000:.0f} ms a call: ours reads, three times")
        ours = Ours(up, client["id"])
        runs = (ours.first(latency), ours.again(latency), ours.again(latency))
        vendor.begin(0)
        right = people_right(ours, truth(vendor, client))
        return Measured(latency, readings, calls, runs, least_calls(vendor, client), right, vendor.peak())


def tap_runs(tap: Tap, vendor: Vendor, latency: float) -> tuple[tuple[TapRun, TapRun], tuple[int, int]]:
    """A first run and one with its state; the calls of each, without those of the consent."""
    tap.prepare()
    vendor.begin(latency)
    first, calls = tap.run(), vendor.calls()
    vendor.begin(0)
    tap.prepare()
    vendor.begin(latency)
    return (first, tap.run(first.state)), (calls, vendor.calls())


def people_right(ours: Ours, known: Mapping[str, tuple[int, int]]) -> int:
    """How many of some people have the opens and clicks that the vendor knows."""
    chosen = random.Random(1).sample(list(known), min(CHECKED, len(known)))  # noqa: S311 - the same people every time
    return sum(ours.counts_of(email) == known[email] for email in chosen)


def options(world: Mapping[str, int]) -> Sequence[str]:
    """The simulator's options for a busy account of such a size."""
    sizes = [word for name, size in world.items() for word in (f"--{name}", str(size))]
    return ("--scenario", "busy", "--deliver-every", "0", *sizes)


def table(measured: Sequence[Measured], world: Mapping[str, int]) -> Table:
    """Both at both latencies."""
    found = Table(title=f"One account: {', '.join(f'{size:,} {name}' for name, size in world.items())}")
    found.add_column("")
    for one in measured:
        found.add_column(f"tap\n{one.latency * 1000:.0f} ms", justify="right")
        found.add_column(f"ours\n{one.latency * 1000:.0f} ms", justify="right")
    for label, cells in (
        ("first run: s until everything is read", lambda it: (it.tap[0].seconds, it.ours[0].read)),
        ("first run: s until the last profile is right", lambda it: ("no profiles", it.ours[0].right)),
        ("first run: calls", lambda it: (it.tap_calls[0], it.ours[0].calls)),
        ("first run: records", lambda it: (it.tap[0].total, it.ours[0].rows)),
        ("nothing new: s", lambda it: (it.tap[1].seconds, it.ours[2].right)),
        ("nothing new: calls", lambda it: (it.tap_calls[1], it.ours[2].calls)),
        ("nothing new: records read all the same", lambda it: (it.tap[1].total, it.ours[2].rows)),
        ("most calls at once", lambda it: (1, it.peak)),
    ):
        found.add_row(label, *(shown(cell) for one in measured for cell in cells(one)))
    return found


def shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def bounds(one: Measured) -> str:
    """What each figure is made of."""
    tap, ours = one.tap[0], one.ours[0]
    waited, least = one.tap_calls[0] * one.latency, ours.calls * one.latency / PARALLEL
    return f"""At {one.latency * 1000:.0f} ms a call (load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores):
- tap, {tap.seconds:.1f} s: one call after the other, {one.tap_calls[0]} x {one.latency} s = {waited:.1f} s of the vendor's latency; \
{tap.seconds - waited:.1f} s are its own work on {tap.total:,} records. It keeps no connection; a real vendor's TLS would add to each call.
- ours, {ours.read:.1f} s to read: {ours.calls} calls, {PARALLEL} at once by the cap MaxParallelCalls = {least:.1f} s of latency; the rest, and the \
{ours.right - ours.read:.1f} s until the last profile is right, is the emulator on this machine: {ours.rows / ours.right:.0f} rows/s, each a \
conditional write, through one process of MiniStack and {WRITERS} writers.
- calls of ours: {ours.calls} in the first run, {ours.calls / one.least:.3f} times the minimum of {one.least} (pages, and one per list, \
campaign, journey and client); {one.ours[1].calls} in the second, which looks at the lists' statistics for the first time; {one.ours[2].calls} in the third.
- opens and clicks compared with the vendor's rows: {one.right} of {CHECKED} people equal."""


WHAT_IS_READ = """What each reads:
- tap: per client campaigns and lists; per campaign summary, recipients, opens, clicks, bounces, unsubscribes, spam, e-mail clients; per list \
details and the five states of its subscribers. Not: journeys, the suppression list. One client per run, into records, not profiles. \
All campaigns at every run.
- ours: per client lists, campaigns, journeys, the suppression list; per campaign its summary, then the reports that are not empty; per list the five states; \
per journey its e-mails' reports. Not: e-mail clients."""


def archive(console: Console, _: Mapping[str, int]) -> None:
    """Count the calls of runs over eleven years of campaigns in which nothing happened."""
    tell = announcer(console)
    with stack(ARCHIVE, {"MaxParallelCalls": str(PARALLEL)}, tell) as up:
        client = Vendor(up.vendors.campaign_monitor).state()["clients"][0]
        ours = Ours(up, client["id"])
        tell("500 campaigns, no latency: the first run")
        first, second = ours.first(0), ours.again(0)
        lines = [
            f"500 campaigns of eleven years, 3 lists: {first.calls} calls in the first run ({first.right:.0f} s)",
            f"- nothing new, the second run: {second.calls} calls; it is the first to look at the lists' statistics",
        ]
        for hours, when in LATER:
            ours.let_pass(hours)
            run = ours.again(0)
            lines.append(f"- nothing new, {when}: {run.calls} calls in {run.right:.1f} s (target {TARGET})")
    console.print("\n".join(lines), highlight=False, soft_wrap=True)


PARTS = {"beside": beside, "missed": missed, "archive": archive}


def main(arguments: Sequence[str]) -> int:
    """Run as a program; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.imports", description=__doc__)
    parser.add_argument("--full", action="store_true", help="200,000 activity records: about half an hour")
    for name, size in USUAL.items():
        parser.add_argument(f"--{name}", type=int, help=f"{size:,} unless given")
    parser.add_argument("--only", choices=PARTS, help="one part instead of all")
    given = vars(parser.parse_args(arguments))
    world, only = FULL if given.pop("full") else USUAL, given.pop("only")
    world = world | {name: size for name, size in given.items() if size is not None}
    end_on_signals()
    for part in [only] if only else PARTS:
        PARTS[part](Console(), world)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
