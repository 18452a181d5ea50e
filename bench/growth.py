"""How an import grows: `python -m bench.growth [--full]`, measured up to 100,000 rows (3 million), on paper to 100 million.

Each size is a whole first import in one process: the simulated vendor's pages over HTTP, queues and DynamoDB in memory,
every call counted. People grow with rows: everybody has about a dozen.
"""

import argparse
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.bill import apart, paper, pricing

CAMPAIGNS = 8
ROWS_A_PERSON = 1 + CAMPAIGNS * 1.4
USUAL, FULL = (10_000, 30_000, 100_000), (10_000, 100_000, 1_000_000, 3_000_000)
ON_PAPER = (10_000, 1_000_000, 10_000_000, 100_000_000)
PACES = ((2, 2), (4, 8), (16, 32))
"""MaxParallelCalls and MaxParallelWriters: by default, of an account with room, of a large one."""


def main() -> None:
    """Measure, then reckon."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="up to three million rows: about half an hour, 8 GB"
    )
    parser.add_argument("--rows", help="sizes instead, by commas")
    given = parser.parse_args()
    sizes = [int(size) for size in given.rows.split(",")] if given.rows else FULL if given.full else USUAL
    console = Console(highlight=False, soft_wrap=True)
    made = Table("rows", "people", title="Measured, in one process", title_justify="left")
    for name in ("WU/row", "RU/row", "calls/row", "µs/row", "bytes/row", "$ a million", "$ in all", "s here"):
        made.add_column(name, justify="right")
    last: dict[str, Any] = {}
    for size in sizes:
        console.print(f"[dim]{size:,} rows")
        people, began = int(size / ROWS_A_PERSON), time.monotonic()
        last = apart.run("bench.bill.measure", ["import", [people, CAMPAIGNS, "backlog"]])
        made.add_row(f"{last['rows']:,}", f"{people:,}", *cells(last), f"{time.monotonic() - began:,.0f}")
    console.print(made)
    for calls, writers in PACES:
        console.print(on_paper(paper.Pace.of(last), pricing.whole(last).dollars, calls, writers))
    console.print(paper.FORMULAS)


def cells(load: dict[str, Any]) -> list[str]:
    bill = pricing.whole(load)
    return [
        f"{bill.writes:.3f}",
        f"{bill.reads:.3f}",
        f"{bill.calls:.3f}",
        f"{bill.processor * 1e6:,.0f}",
        f"{sum(pricing.stored(load).values()):.0f}",
        f"{bill.dollars * 1e6:.2f}",
        f"{bill.dollars * load['rows']:.2f}",
    ]


def on_paper(pace: paper.Pace, dollars: float, calls: int, writers: int) -> Table:
    """How long it takes with so many workers, and what binds."""
    title = f"On paper, MaxParallelCalls={calls} MaxParallelWriters={writers}"
    made = Table("rows", title=title, title_justify="left")
    for name in ("vendor", "pages", "writers", "units", "takes", "bound by", "$"):
        made.add_column(name, justify="right")
    for rows in ON_PAPER:
        found = pace.seconds(rows, calls, writers)
        binding = max(found, key=lambda name: found[name])
        times = [paper.told(seconds) for seconds in found.values()]
        made.add_row(f"{rows:,}", *times, paper.told(found[binding]), binding, f"{dollars * rows:,.2f}")
    return made


if __name__ == "__main__":
    main()
