"""What an instant is, how it is written, and which hour, day and month it falls in, in UTC."""

import datetime as dt
from functools import lru_cache

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999, the only ones that a date can be written for."""

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_EPOCH_DAY = 719_163
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


class Instant(int):
    """A moment: milliseconds since 1970, UTC. Unlike a number it is written as a date."""

    __slots__ = ()


def rfc3339(instant: int) -> str:
    """`2024-03-05T14:30:00.000Z`. Raises `ValueError` outside the years 1 to 9999."""
    days, clock = divmod(instant, DAY)
    hours, clock = divmod(clock, HOUR)
    minutes, clock = divmod(clock, MINUTE)
    seconds, thousandths = divmod(clock, SECOND)
    return f"{_date(days).isoformat()}T{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}Z"


def instant_of(value: int) -> Instant:
    """Raise `ValueError` outside the years 1 to 9999."""
    if not FIRST <= value <= LAST:
        raise ValueError("not in the years 1 to 9999")
    return Instant(value)


def hour_of_day(instant: int) -> int:
    return instant // HOUR % 24


def day_of_week(instant: int) -> int:
    """Sunday is 0; the first of January 1970 was a Thursday."""
    return (instant // DAY + 4) % 7


def hour_of_week(instant: int) -> int:
    """Sunday, 00:00 to 01:00, is 0."""
    return (instant // HOUR + 4 * 24) % 168


def month_of(instant: int) -> int:
    return _date(instant // DAY).month


def year_of(instant: int) -> int:
    return _date(instant // DAY).year


def yymm(instant: int) -> str:
    return _yymm(instant // DAY)


@lru_cache(maxsize=4096)
def _yymm(days: int) -> str:
    date = _date(days)
    return f"{date.year % 100:02}{date.month:02}"


def _date(days: int) -> dt.date:
    try:
        return dt.date.fromordinal(days + _EPOCH_DAY)
    except OverflowError as error:
        raise ValueError("not in the years 1 to 9999") from error


def instant_from(year: int, month: int, day: int, clock: int = 0) -> Instant:
    """`clock` is the milliseconds since midnight. Raises `ValueError` for a day that does not exist."""
    return instant_of((dt.date(year, month, day).toordinal() - _EPOCH_DAY) * DAY + clock)


def date_math(text: str, now: int) -> Instant | None:
    """An instant relative to the row's: `now`, `now-3d`, `now+2h`.

    Nothing if the text is not of this form.
    """
    if not text.startswith("now"):
        return None
    offset = text[3:].replace(" ", "")
    if not offset:
        return Instant(now)
    amount, unit = offset[1:-1], offset[-1]
    if offset[0] not in "+-" or not (amount.isascii() and amount.isdigit()) or len(amount) > 9:  # noqa: PLR2004 - centuries
        return None
    count = int(amount) if offset[0] == "+" else -int(amount)
    if unit in _UNITS:
        return instant_of(now + count * _UNITS[unit])
    months = {"M": count, "y": 12 * count}.get(unit)
    return None if months is None else _months_later(now, months)


def _months_later(now: int, months: int) -> Instant:
    """Days beyond the month's end run into the next one, as in Go."""
    date = _date(now // DAY)
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    first = instant_from(year, month + 1, 1)
    return instant_of(first + (date.day - 1) * DAY + now % DAY)
