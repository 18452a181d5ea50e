"""Pages as the vendor cuts them: bounds, orders, date filters, and the envelope."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from json.encoder import encode_basestring as quote

from simulators.campaign_monitor.calls import ApiError, Call
from simulators.http import Response

SMALLEST, LARGEST = 10, 1000
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MINUTE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?")


@dataclass(frozen=True, slots=True)
class Paging:
    """The validated paging parameters of one call."""

    page: int
    size: int
    order: str
    direction: str
    empty_pages: int
    order_echo: str = ""
    one_more_page: bool = False

    @property
    def descending(self) -> bool:
        return self.direction.lower() == "desc"

    def cut[T](self, rows: Sequence[T]) -> Sequence[T]:
        return rows[(self.page - 1) * self.size : self.page * self.size]

    def envelope[T](self, rows: Sequence[T], render: Callable[[T], str]) -> Response:
        """Cut the page out of all rows and render only that; beyond the last page it is empty."""
        results = [render(row) for row in self.cut(rows)]
        pages = self.page + 1 if self.one_more_page else -(-len(rows) // self.size) or self.empty_pages
        tail = (
            f'"ResultsOrderedBy":{quote(self.order_echo or self.order)},"OrderDirection":"{self.direction}",'
            f'"PageNumber":{self.page},"PageSize":{self.size},"RecordsOnThisPage":{len(results)},'
            f'"TotalNumberOfRecords":{len(rows)},"NumberOfPages":{pages}'
        )
        return Response(200, f'{{"Results":[{",".join(results)}],{tail}}}'.encode())


def paging_of(call: Call, orders: tuple[str, ...], default: str, direction: str = "asc") -> Paging:
    """Read page, pagesize, orderfield and orderdirection; the order falls back to `default`."""
    page = _number(call.query.get("page", ""), 1)
    if page is None or page < 1:
        raise ApiError(800, "Invalid page number")
    size = _number(call.query.get("pagesize", ""), LARGEST)
    if size is None or not SMALLEST <= size <= LARGEST:
        raise ApiError(801, f"Page size must be between {SMALLEST} and {LARGEST}")
    order = (call.query.get("orderfield") or default).lower() if orders else default
    if orders and order not in orders:
        raise ApiError(802, "Invalid order field")
    chosen = (call.query.get("orderdirection") or direction).lower()
    if chosen not in ("asc", "desc"):
        raise ApiError(803, "Invalid order direction")
    switches = call.account.switches
    size = min(size, switches.largest_page or size)
    return Paging(page, size, order, chosen, switches.empty_pages, one_more_page=switches.one_more_page)


def _number(text: str, default: int) -> int | None:
    if not text:
        return default
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else None


def day_of(text: str, code: int = 5) -> str:
    """A `YYYY-MM-DD` filter, empty when there is none."""
    if text and (not DAY.fullmatch(text) or not _exists(text)):
        raise ApiError(code, "Invalid Date")
    return text


def minute_of(text: str) -> str:
    """A filter to the minute, or a plain day; as comparable text, empty when there is none."""
    if DAY.fullmatch(text) and _exists(text):
        return f"{text} 00:00:00"
    if MINUTE.fullmatch(text) and _exists(text[:16]):
        return f"{text[:16]}:00"
    if text:
        raise ApiError(5, "Invalid Date")
    return ""


def _exists(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
        datetime.fromisoformat(text)  # only checked, never used: the text stays the value
    except ValueError:
        return False
    return True
