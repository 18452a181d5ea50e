"""Fetches one page of a series: the rows that its records make, and what must be remembered of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from import_app.reading import stitching
from import_app.reading.sources import is_dated
from import_app.reading.usable import made_of
from lytics_cm.campaign_monitor.records import Page
from lytics_cm.errors import Rejected
from lytics_cm.members import Records

if TYPE_CHECKING:
    from import_app.reading.context import Context
    from import_app.reading.sources import Source
    from import_app.tasks import Json

MINUTE_CHARS = len("2026-11-23 10:00")
BEYOND_THE_LAST = 800
"""Campaign Monitor's Code for a page that there is not; whether it says so or sends an empty one is not
known."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as it came: records of the vendor, the rows they make, and what could not be used.

    `dates` are the records' times, in the client's zone, of those that have one that can be; `at` is when the
    page was asked for (epoch ms).
    """

    records: list[Any]
    rows: list[Json]
    failures: list[Json]
    pages: int
    total: int
    dates: list[str]
    at: int

    def summary(self) -> Json:
        """What later runs and the stitching need to know of the page."""
        dates = [date[:MINUTE_CHARS] for date in self.dates]
        return {
            "records": len(self.records),
            "digest": stitching.digest(self.records),
            "total": self.total,
            "first": dates[0] if dates else "",
            "last": dates[-1] if dates else "",
            "of_last": sum(date == dates[-1] for date in dates),
        }

    def split(self, source: Source) -> tuple[list[Json], list[Json] | None]:
        """The rows, and those of the edges, which say when the page was asked for.

        None where no rows have numbers.
        """
        if not source.is_numbered:
            return self.rows, None
        inner, edges = stitching.split(self.rows)
        return inner, [{**row, "received_at": self.at} for row in edges]


def fetch(source: Source, context: Context, number: int, unit: str) -> FetchedPage:
    """Make one call to Campaign Monitor, and the rows of its page.

    `unit` is who reports what cannot be used.
    """
    page = page_of(source, context, number)
    rows, failures = made_of(page.records, lambda record: source.row(record, context), unit)
    missed, unknown = source.missed(page.records, context, unit)
    dates = [record.date for record in page.records if is_dated(record, context)]
    total = stitching.UNKNOWN if page.total is None else page.total
    rows, failures = [*rows, *missed], [*failures, *unknown]
    return FetchedPage(page.records.in_order, rows, failures, page.pages, total, dates, context.now)


def page_of(source: Source, context: Context, number: int) -> Page[Any]:
    """The page; an empty one when the vendor says that it ends before."""
    try:
        return source.page(context.vendor, number)
    except Rejected as error:
        if error.code != BEYOND_THE_LAST or number == 1:
            raise
        return Page(Records(), number, number - 1, None)
