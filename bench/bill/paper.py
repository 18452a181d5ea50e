"""How long an import takes by what was measured of a smaller one: what binds, by which formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.bill.prices import VENDOR_SECONDS
from bench.bill.pricing import Bill, bill_of, units_of

NEW_TABLE_UNITS = 4000
"""Write units a second that a new on-demand table takes ("DynamoDB on-demand capacity mode")."""
PAGES, ROWS = ("PageFunction",), ("BulkFunction", "RowsFunction")
"""Functions that ask the vendor, and that store rows, as `MaxParallelCalls` and `MaxParallelWriters` limit them."""
FORMULAS = f"""\
- vendor: calls of a row x {VENDOR_SECONDS} s x rows / MaxParallelCalls. Campaign Monitor publishes no limit.
- pages: how long the page function runs for a row, with the vendor's time, x rows / MaxParallelCalls.
- writers: how long the function that stores rows runs for a row x rows / MaxParallelWriters.
- units: write units of a row in the table that takes most x rows / {NEW_TABLE_UNITS:,} a second, what a new on-demand table \
takes; one that has been busy takes twice its earlier peak."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that one row needs of everything that could bind, before it is shared among workers."""

    vendor: float
    pages: float
    writers: float
    units: float

    @classmethod
    def of(cls, load: dict[str, Any]) -> Pace:
        """As a load of `loads.py` was measured."""
        rows, uses = load["rows"], load["uses"]
        tables = {table for use in uses.values() for table in use["writes"]}
        most = max(units_of(load, (table,))[0] for table in tables)
        return cls(
            sum(use["vendor"] for use in uses.values()) * VENDOR_SECONDS / rows,
            _lasting(load, PAGES) / rows,
            _lasting(load, ROWS) / rows,
            most / NEW_TABLE_UNITS,
        )

    def seconds(self, rows: int, calls: int, writers: int) -> dict[str, float]:
        """How long each needs alone; the longest is how long the import takes."""
        return {
            "vendor": self.vendor * rows / calls,
            "pages": self.pages * rows / calls,
            "writers": self.writers * rows / writers,
            "units": self.units * rows,
        }


def _lasting(load: dict[str, Any], names: tuple[str, ...]) -> float:
    none: Bill = Bill()
    found = [bill_of(use, load["http"]) for name, use in load["uses"].items() if name in names]
    return sum(found, none).lasting


def told(seconds: float) -> str:
    """A time for people."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
