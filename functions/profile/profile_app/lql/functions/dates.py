"""Functions of time. Without an argument they speak of the row's own time, and always of UTC."""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from profile_app.lql import times
from profile_app.lql.functions.signature import Function
from profile_app.lql.layouts import check_layout, parse_layout, strftime
from profile_app.lql.times import SECOND, Instant
from profile_app.lql.values import Fields, bounded, first, instant, number, text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def _part(read: Callable[[int], Any], gives: str) -> Function:
    """A function of the row's time, or of a date."""

    def run(_: Fields, now: int, *given: Any) -> Any:
        at = instant(given[0], now) if given else now
        return None if at is None else read(at)

    return Function(run, 0, 1, gives, in_row=True)


def _epochms(_: Fields, now: int) -> int:
    return now


def _now(_: Fields, now: int) -> Instant:
    return Instant(now)


def _to_date(_: Fields, now: int, *given: Any) -> Instant | None:
    """One argument is read leniently; before a second one stands its layout, in Go's notation."""
    if len(given) == 1:
        return instant(given[0], now)
    layout, written = text(given[0]), first(given[1])
    return parse_layout(layout, written) if layout and written else None


def _check_layout(layout: Any, *given: Any) -> None:
    if given and type(layout) is str:
        check_layout(layout)


def _to_date_in(_: Fields, now: int, value: Any, zone: Any) -> Instant | None:
    """A date as the clocks of a zone show it."""
    found, name = instant(value, now), text(zone)
    written = first(value) or ""
    if found is None or name is None:
        return None
    if written.startswith("now") or type(value) in (Instant, int, float):
        return found
    return _in_zone(found, _zone(name))


def _in_zone(shown: Instant, zone: "ZoneInfo") -> Instant:
    offset = (dt.datetime(1970, 1, 1, tzinfo=zone) + dt.timedelta(milliseconds=shown)).utcoffset()
    return times.instant_of(shown - (round(offset.total_seconds() * SECOND) if offset else 0))


@lru_cache(maxsize=64)
def _zone(name: str) -> "ZoneInfo":
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - costly to import, and hardly ever needed

    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError("there is no such time zone") from error


def _check_zone(_: Any, zone: Any) -> None:
    if type(zone) is str:
        _zone(zone)


def _to_timestamp(_: Fields, now: int, value: Any) -> int | None:
    found = instant(value, now)
    return None if found is None else int(found) // SECOND


def _seconds(_: Fields, now: int, value: Any) -> float | None:
    """A date as seconds since 1970, minutes and seconds such as `M10:30` as seconds, a number as itself."""
    if type(value) in (int, float):
        return value  # type: ignore[no-any-return]  # the type was compared
    written = first(value) or ""
    try:
        return _to_timestamp(_, now, written)
    except ValueError:
        minutes, colon, seconds = written.removeprefix("M").partition(":")
        parts = (number(minutes), number(seconds)) if colon else (0, number(minutes))
        if None in parts:
            return None
        return bounded(60 * parts[0] + parts[1])  # type: ignore[operator]  # no None left


def _extract(_: Fields, now: int, value: Any, form: Any) -> str | None:
    found, wanted = instant(value, now), text(form)
    return strftime(found, wanted) if found is not None and wanted else None


_YY = _part(lambda at: times.year_of(at) % 100, "int")
_MM = _part(times.month_of, "int")
_WRITE = Function(_extract, 2, 2, "string", in_row=True)

FUNCTIONS = {
    "epochms": Function(_epochms, 0, 0, "int", in_row=True),
    "now": Function(_now, 0, 0, "time", in_row=True),
    "hourofday": _part(times.hour_of_day, "int"),
    "hourofweek": _part(times.hour_of_week, "int"),
    "dayofweek": _part(times.day_of_week, "int"),
    "yymm": _part(times.yymm, "string"),
    "yy": _YY,
    "mm": _MM,
    "monthofyear": _MM,
    "todate": Function(_to_date, 1, 2, "time", in_row=True, check=_check_layout),
    "todatein": Function(_to_date_in, 2, 2, "time", in_row=True, check=_check_zone),
    "totimestamp": Function(_to_timestamp, 1, 1, "int", in_row=True),
    "seconds": Function(_seconds, 1, 1, "number", in_row=True),
    "extract": _WRITE,
    "strftime": _WRITE,
}
