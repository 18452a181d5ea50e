"""What obeying consent costs where nobody says No: `python -m bench.consent [--people 6000] [--campaigns 8] [--times 5]`.

The same import is played with `tracking_consent: ignore` and `respect`, in turns, so that whatever else the machine
does meets both.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Self

from rich.console import Console
from rich.table import Table

from bench.bill import apart, pricing

IGNORE, RESPECT = "ignore", "respect"
MOST = 3.0
"""Per cent that `respect` may cost more."""
OPENS = 1000
NOTES = """\
- nobody says No, so that both keep the same rows. Keep Updated: the run of a day later, in which {opens:,} people have \
opened a mail.
- writes, reads: units of DynamoDB. Calls: of all of AWS. Vendor: calls of Campaign Monitor. Processor: seconds of all \
functions, with HTTP as it was measured once for both.
- of {times} turns each: the least processor time, the median of everything else. ± is by how much turns of one kind \
differ: a smaller difference between the two says nothing. More than {most:.0f} % more has an exclamation mark."""

type Json = dict[str, Any]
type Turns = Mapping[str, Sequence[Json]]
type Choice = Callable[[Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one turn of a load used in all."""

    rows: float
    writes: float
    reads: float
    calls: float
    vendor: float
    processor: float

    @classmethod
    def of(cls, turn: Json, http: Mapping[str, float]) -> Self:
        """With what HTTP costs a call, which is the same for every turn."""
        bill = pricing.whole({**turn, "http": http}).times(turn["rows"])
        vendor = sum(use["vendor"] for use in turn["uses"].values())
        return cls(turn["rows"], bill.writes, bill.reads, bill.calls, vendor, bill.processor)


FIGURES: Sequence[tuple[str, str, Choice]] = (
    ("rows", ",.0f", median),
    ("writes", ",.0f", median),
    ("reads", ",.0f", median),
    ("calls", ",.0f", median),
    ("vendor", ",.0f", median),
    ("processor", ",.2f", min),
)
"""What is compared, how it is told, and which of all turns stands for them."""


def played(load: str, arguments: list[Any], times: int, console: Console) -> Turns:
    """The load under both, in turns."""
    found: dict[str, list[Json]] = {IGNORE: [], RESPECT: []}
    for turn in range(times):
        for consent in (IGNORE, RESPECT) if turn % 2 == 0 else (RESPECT, IGNORE):
            wanted = {"tracking_consent": consent}
            found[consent].append(apart.run("bench.bill.measure", [load, [*arguments, wanted]]))
        console.print(f"[dim]{load}: turn {turn + 1} of {times}")
    return found


def compared(turns: Turns) -> list[tuple[str, list[str]]]:
    """What both spent, by how much more `respect` did, and by how much turns of one kind differ; as lines of a table."""
    http = turns[IGNORE][0]["http"] | turns[RESPECT][0]["http"]
    spent = {whose: [Spent.of(turn, http) for turn in of_it] for whose, of_it in turns.items()}
    lines: dict[str, list[str]] = {IGNORE: [], RESPECT: [], "more": [], "±": []}
    for name, shape, choice in FIGURES:
        found = {whose: [getattr(turn, name) for turn in of_it] for whose, of_it in spent.items()}
        before, after = choice(found[IGNORE]), choice(found[RESPECT])
        lines[IGNORE].append(format(before, shape))
        lines[RESPECT].append(format(after, shape))
        lines["more"].append(more(before, after))
        lines["±"].append(f"{max(max(each) / min(each) - 1 for each in found.values()) * 100:.1f} %")
    return list(lines.items())


def more(before: float, after: float) -> str:
    """By how many per cent something grew, and whether that is too much."""
    percent = (after / before - 1) * 100
    return f"{percent:+.1f} %" + ("!" if percent > MOST else "")


def table(title: str, loads: Mapping[str, list[tuple[str, list[str]]]]) -> Table:
    made = Table("", "", title=title, title_justify="left")
    for name, _, _ in FIGURES:
        made.add_column(name, justify="right")
    for load, lines in loads.items():
        for number, (whose, cells) in enumerate(lines):
            made.add_row("" if number else load, whose, *cells)
        made.add_section()
    return made


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
    console.print(NOTES.format(opens=opens, times=given.times, most=MOST))


if __name__ == "__main__":
    main()
