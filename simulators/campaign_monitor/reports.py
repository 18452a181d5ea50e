"""Rows of campaign and journey reports: kept as tuples, sorted once, rendered only when a page is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring as quote
from operator import itemgetter
from typing import Any

type Row = tuple[
    Any, ...
]  # recipients: (email, list id, sent); the others: (email, list id, date, ...) in the order of `_RENDER`
MOST_CACHED = 12


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """Where an IP address seems to be; the vendor's answers differ in what they know."""

    ip: str
    latitude: float | None = None
    longitude: float | None = None
    city: str | None = None
    region: str | None = None
    country_code: str | None = None
    country_name: str | None = None
    rendered: str = field(default="", init=False)

    def __post_init__(self) -> None:
        text = ",".join(f'"{name}":{_scalar(value)}' for name, value in self.fields().items())
        object.__setattr__(self, "rendered", text)

    def fields(self) -> dict[str, str | float | None]:
        return {
            "IPAddress": self.ip,
            "Latitude": self.latitude,
            "Longitude": self.longitude,
            "City": self.city,
            "Region": self.region,
            "CountryCode": self.country_code,
            "CountryName": self.country_name,
        }


def _scalar(value: str | float | None) -> str:
    if value is None:
        return "null"
    return quote(value) if isinstance(value, str) else repr(value)


def _open(row: Row) -> str:
    return f'"Date":"{row[2]}",{row[3].rendered}'


def _click(row: Row) -> str:
    return f'"Date":"{row[2]}","URL":{quote(row[4])},{row[3].rendered}'


def _bounce(row: Row) -> str:
    return f'"BounceType":"{row[3]}","Date":"{row[2]}","Reason":{quote(row[4])}'


def _unsubscribe(row: Row) -> str:
    return f'"Date":"{row[2]}","IPAddress":{quote(row[3])}'


def _spam(row: Row) -> str:
    return f'"Date":"{row[2]}"'


def _nothing(_: Row) -> str:
    return ""


def _sent(row: Row) -> str:
    return f'"SentDate":"{row[2]}"'


REPORTS: dict[str, Callable[[Row], str]] = {
    "recipients": _nothing,
    "opens": _open,
    "clicks": _click,
    "bounces": _bounce,
    "unsubscribes": _unsubscribe,
    "spam": _spam,
}
_SORT: dict[str, Callable[[Row], str]] = {
    "email": lambda row: str(row[0]).lower(),
    "list": itemgetter(1),
    "date": itemgetter(2),
}


def campaign_record(kind: str, row: Row) -> str:
    """One record as JSON; recipients have no date."""
    rest = REPORTS[kind](row)
    return f'{{"EmailAddress":{quote(row[0])},"ListID":"{row[1]}"{"," if rest else ""}{rest}}}'


def journey_record(kind: str, row: Row) -> str:
    """One record as JSON, without any list; recipients have a date."""
    rest = _sent(row) if kind == "recipients" else REPORTS[kind](row)
    return f'{{"EmailAddress":{quote(row[0])},{rest}}}'


@dataclass(slots=True, eq=False)
class Report:
    """The rows of one kind, in the order in which they happened to be added."""

    kind: str
    rows: list[Row] = field(default_factory=list)
    _sorted: dict[tuple[str, bool, str, bool], list[Row]] = field(default_factory=dict)
    _unique: tuple[int, int] = (0, 0)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self._sorted.clear()

    def extend(self, rows: Sequence[Row]) -> None:
        self.rows.extend(rows)
        self._sorted.clear()

    def replace(self, rows: list[Row]) -> None:
        self.rows = rows
        self._sorted.clear()

    def ordered(self, order: str, *, descending: bool, since: str, exclusive: bool) -> list[Row]:
        """The rows from `since` on; sorted once per order until a row is added."""
        key = (order, descending, since, exclusive)
        if key not in self._sorted:
            if len(self._sorted) >= MOST_CACHED:
                self._sorted.clear()
            self._sorted[key] = sorted(
                _after(self.rows, since, exclusive=exclusive), key=_SORT[order], reverse=descending
            )
        return self._sorted[key]

    def people(self) -> int:
        """How many different addresses occur."""
        if self._unique[0] != len(self.rows):
            self._unique = (len(self.rows), len({row[0].lower() for row in self.rows}))
        return self._unique[1]


def _after(rows: list[Row], since: str, *, exclusive: bool) -> list[Row]:
    if not since:
        return rows
    if exclusive:
        return [row for row in rows if row[2] > since]
    return [row for row in rows if row[2] >= since]
