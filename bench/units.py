"""What a row costs in the store alone, as DynamoDB Local meters it: `python -m bench.units [--sizes 10,1000,20000]`.

Beside it the figures of an earlier commit, and the floor. Whole functions, queues and dollars are
`bench.costs`' business.
"""

import argparse
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.bill import apart, earlier
from bench.bill.floor import row_bytes
from bench.bill.prices import READ_UNIT, WRITE_UNIT
from bench.bill.pricing import month

SIZES, WINDOW, SHAPE = (10, 1000, 20_000), 400, (2000, 10)
NOTES = """\
- live: facts of one person one after the other, an hour apart, each written alone, on a profile of so many rows; the \
plain item is brought up to them after each. An event of a webhook is a fact and the state after it.
- import: pages of up to 1,000 distinct people, campaign by campaign, so many pages in a batch; {rows:,} rows of {people:,} \
people. The plain items are written once, at the end.
- floor: a row that is an item of its own, not even read; of an import, its bytes deflated by the page, written once.
- µs: processor time, with botocore and HTTP, of a second pass without the meter."""

type Found = Mapping[str, Mapping[str, Any]]


def table(found: Mapping[str, Found], floor: float) -> Table:
    """Units, calls and time a row, now and before."""
    made = Table("a row", "rows before", "", title="The store alone", title_justify="left")
    for name in ("WU", "RU", "calls", "µs", "$ a million"):
        made.add_column(name, justify="right")
    for name in next(iter(found.values())):
        what, _, size = name.partition("|")
        for number, (whose, figures) in enumerate(found.items()):
            first = (what, f"{int(size):,}") if number == 0 else ("", "")
            if name in figures:
                made.add_row(*first, whose, *cells(figures[name]))
        least = 1.0 if "row" in what and "import" not in what else floor if "import" in what else None
        if least is not None:
            made.add_row(
                "", "", "floor", f"{least:.3f}", "", "", "", f"{least * WRITE_UNIT.dollars * 1e6:.3f}"
            )
        made.add_section()
    return made


def cells(one: Mapping[str, float]) -> list[str]:
    dollars = one["writes"] * WRITE_UNIT.dollars + one["reads"] * READ_UNIT.dollars
    return [
        f"{one['writes']:.3f}",
        f"{one['reads']:.3f}",
        f"{one['calls']:.3f}",
        f"{one['seconds'] * 1e6:,.0f}",
        f"{dollars * 1e6:.3f}",
    ]


def storage(found: Mapping[str, Found], floor: float) -> Table:
    """Bytes a row after the imports, by table."""
    made = Table(
        "", "bytes a row", "by table", "$ a month for a million", title="Storage", title_justify="left"
    )
    for whose, figures in found.items():
        for name, one in figures.items():
            if sizes := one.get("tables"):
                told = " + ".join(f"{size:.0f}" for size in sizes.values())
                whole = sum(sizes.values())
                made.add_row(
                    f"{whose}, {name.partition('|')[0]}", f"{whole:.0f}", told, f"{month(whole * 1e6):.4f}"
                )
    made.add_row("floor", f"{floor:.0f}", "", f"{month(floor * 1e6):.4f}")
    return made


def main() -> None:
    """Measure both, print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.units", description=__doc__)
    parser.add_argument(
        "--sizes", default=",".join(map(str, SIZES)), help="rows of a profile before the live ones"
    )
    parser.add_argument("--window", type=int, default=WINDOW, help="live rows that are measured")
    parser.add_argument("--people", type=int, default=SHAPE[0], help="of the import")
    parser.add_argument("--campaigns", type=int, default=SHAPE[1], help="of the import")
    given = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    sizes = [int(size) for size in given.sizes.split(",")]
    arguments = [sizes, given.window, [given.people, given.campaigns]]
    found = {
        "now": apart.run("bench.bill.storing", arguments),
        f"{earlier.COMMIT}, recorded": earlier.UNITS,
    }
    bytes_ = row_bytes(given.people, given.campaigns)
    console.print(table(found, bytes_ / 1024))
    console.print(storage(found, bytes_))
    rows = next(int(name.partition("|")[2]) for name in found["now"] if name.startswith("import"))
    console.print(NOTES.format(rows=rows, people=given.people))


if __name__ == "__main__":
    main()
