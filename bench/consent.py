"""What obeying consent costs where nobody says No: `python -m bench.consent [--people 6000] [--campaigns 8] [--times 5]`.

The same import is played with `tracking_consent: ignore` and `respect`, in turns, so that whatever else the machine
does meets both.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.bill import apart, pricing

IGNORE, RESPECT = "ignore", "respect"
MOST = 3.0
"""Per cent that `respect` may cost more."""
OPENS = 1000
NOTES = """\
- nobody of the list says No; without that, all rows of `respect` are those of `ignore`, and none is withheld.
- Keep Updated: the run of a day later, in which {opens:,} people have opened a mail.
- processor time: of all functions, with HTTP as it was measured once for both; the least of {times} turns each. What the \
turns differ by themselves is beside it (±): a difference below that says nothing.
- calls: of all of AWS. Vendor: calls of Campaign Monitor."""

type Json = dict[str, Any]
type Turns = Mapping[str, Sequence[Json]]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a load used in all; `wavering` is by how many per cent the processor time of its turns differs."""

    rows: int
    writes: float
    reads: float
    calls: float
    vendor: int
    processor: float
    wavering: float

    @classmethod
    def of(cls, turns: Sequence[Json], http: Mapping[str, float]) -> "Spent":
        """Of the turns of one load; HTTP costs each the same."""
        bills = [pricing.whole({**turn, "http": http}).times(turn["rows"]) for turn in turns]
        times = sorted(bill.processor for bill in bills)
        vendor = sum(use["vendor"] for use in turns[0]["uses"].values())
        first, wavering = bills[0], (times[len(times) // 2] / times[0] - 1) * 100
        return cls(turns[0]["rows"], first.writes, first.reads, first.calls, vendor, times[0], wavering)


FIGURES: Sequence[tuple[str, str, Callable[[Spent], float]]] = (
    ("rows", ",.0f", lambda spent: spent.rows),
    ("write units", ",.1f", lambda spent: spent.writes),
    ("read units", ",.1f", lambda spent: spent.reads),
    ("calls", ",.0f", lambda spent: spent.calls),
    ("vendor", ",.0f", lambda spent: spent.vendor),
    ("processor s", ",.2f", lambda spent: spent.processor),
)


def played(load: str, arguments: list[Any], times: int, console: Console) -> Turns:
    """The load under both, in turns."""
    found: dict[str, list[Json]] = {IGNORE: [], RESPECT: []}
    for turn in range(times):
        for consent in (IGNORE, RESPECT) if turn % 2 == 0 else (RESPECT, IGNORE):
            wanted = {"tracking_consent": consent}
            found[consent].append(apart.run("bench.bill.measure", [load, [*arguments, wanted]]))
        console.print(f"[dim]{load}: turn {turn + 1} of {times}")
    return found


def compared(turns: Turns) -> tuple[Spent, Spent]:
    """What both spent; one turn's cost of HTTP serves for both, since it is not theirs that is compared."""
    http = turns[IGNORE][0]["http"] | turns[RESPECT][0]["http"]
    return Spent.of(turns[IGNORE], http), Spent.of(turns[RESPECT], http)


def table(title: str, loads: Mapping[str, tuple[Spent, Spent]]) -> Table:
    """Both beside each other, and how much more `respect` takes."""
    made = Table("", "", title=title, title_justify="left")
    for name, _, _ in FIGURES:
        made.add_column(name, justify="right")
    made.add_column("±", justify="right")
    for load, (ignore, respect) in loads.items():
        for first, whose, spent in ((load, IGNORE, ignore), ("", RESPECT, respect)):
            cells = (format(figure(spent), shape) for _, shape, figure in FIGURES)
            made.add_row(first, whose, *cells, f"{spent.wavering:.1f} %")
        made.add_row("", "more", *(more(figure(ignore), figure(respect)) for _, _, figure in FIGURES), "")
        made.add_section()
    return made


def more(before: float, after: float) -> str:
    """By how many per cent something grew, and whether that is too much."""
    if before == after:
        return "0 %"
    percent = (after / before - 1) * 100 if before else float("inf")
    return f"{percent:+.2f} %" + (f" > {MOST:.0f} %!" if percent > MOST else "")


def main() -> None:
    """Play both, print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.consent", description=__doc__)
    parser.add_argument("--people", type=int, default=6000, help="of one list")
    parser.add_argument("--campaigns", type=int, default=8, help="that each mail everybody")
    parser.add_argument("--times", type=int, default=5, help="turns of each")
    given = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    sizes, opens = [given.people, given.campaigns], min(OPENS, given.people)
    loads = {
        "first import": ("import", [*sizes, "backlog"]),
        "Keep Updated, a day": ("keep_updated", [*sizes, opens]),
    }
    found = {
        name: compared(played(load, arguments, given.times, console))
        for name, (load, arguments) in loads.items()
    }
    title = f"{given.people:,} people, {given.campaigns} campaigns, nobody says No"
    console.print(table(title, found))
    console.print(NOTES.format(opens=opens, times=given.times))


if __name__ == "__main__":
    main()
