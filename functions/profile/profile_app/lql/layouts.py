"""Dates in a form that the mapping names: Go's layouts for reading, `strftime` directives for writing."""

from collections.abc import Callable

from profile_app.lql.times import (
    DAY,
    HOUR,
    MINUTE,
    MONTHS,
    SECOND,
    WEEKDAYS,
    Instant,
    day_of_week,
    hour_of_day,
    instant_from,
    instant_of,
    month_of,
    rfc3339,
    year_of,
)

# Longer forms come before those that they begin with.
_FORMS = (
    ("January", "month name"), ("Jan", "month name"), ("Monday", "weekday"), ("Mon", "weekday"), ("MST", "letters"),
    ("2006", "year"), ("-07:00", "offset"), ("Z07:00", "offset"), ("-0700", "offset"), ("Z0700", "offset"),
    ("-07", "offset"), ("01", "month"), ("02", "day"), ("03", "hour12"), ("04", "minute"), ("05", "second"),
    ("06", "short year"), ("15", "hour"), ("PM", "half"), ("pm", "half"), ("_2", "day"), ("1", "month"), ("2", "day"),
    ("3", "hour12"), ("4", "minute"), ("5", "second"),
)  # fmt: skip
_NUMBERS = {
    "year": 4,
    "short year": 2,
    "month": 2,
    "day": 2,
    "hour": 2,
    "hour12": 2,
    "minute": 2,
    "second": 2,
}


def parse_layout(layout: str, text: str) -> Instant:
    """Read a date that is written as the layout shows the second of January 2006, 15:04:05."""
    found: dict[str, int] = {}
    at = 0
    while layout:
        form, kind = next(((form, kind) for form, kind in _FORMS if layout.startswith(form)), (layout[0], ""))
        layout = layout[len(form) :]
        at = _read(kind, form, text, at, found)
        if kind == "second" and text[at : at + 1] == "." and not layout.startswith("."):
            at = _read_fraction(text, at, found)
    if at < len(text):
        raise ValueError("this date goes on after its end")
    return _assembled(found)


def check_layout(layout: str) -> None:
    """Raise `ValueError` when a layout shows no year, and so no date."""
    if "06" not in layout:
        raise ValueError("a layout shows the second of January 2006, 15:04:05, such as 2006-01-02 15:04")


def _read(kind: str, form: str, text: str, at: int, found: dict[str, int]) -> int:
    if kind in _NUMBERS:
        exact = len(form) if form[0] != "_" and len(form) > 1 else 0
        return _read_number(kind, text, at, found, exact)
    if kind == "month name":
        return _read_name(MONTHS, form, text, at, found)
    if kind == "offset":
        return _read_offset(text, at, found)
    if kind == "half":
        found["half"] = {"am": 0, "pm": 12}[text[at : at + 2].lower()]
        return at + 2
    if kind:
        while text[at : at + 1].isalpha():
            at += 1
        return at
    if text[at : at + 1] != form:
        raise ValueError("this date is not of the form asked for")
    return at + 1


def _read_number(kind: str, text: str, at: int, found: dict[str, int], exact: int) -> int:
    at += text[at : at + 1] == " " and not exact
    end = at
    while end < len(text) and end - at < _NUMBERS[kind] and text[end] in "0123456789":
        end += 1
    if end == at or (exact and end - at != exact):
        raise ValueError("a number is missing in this date")
    found[kind] = int(text[at:end])
    return end


def _read_name(names: list[str], form: str, text: str, at: int, found: dict[str, int]) -> int:
    for number, name in enumerate(names, 1):
        shown = name if len(form) > 3 else name[:3]  # noqa: PLR2004 - Jan
        if text[at : at + len(shown)].lower() == shown.lower():
            found["month"] = number
            return at + len(shown)
    raise ValueError("this is no month")


def _read_offset(text: str, at: int, found: dict[str, int]) -> int:
    if text[at : at + 1] == "Z":
        return at + 1
    sign = {"+": 1, "-": -1}[text[at : at + 1]]
    digits = text[at + 1 : at + 6].replace(":", "")
    end = at + 6 if ":" in text[at + 1 : at + 6] else at + 1 + len(digits[:4])
    if not digits[:4].isdigit():
        raise ValueError("this is no offset")
    found["offset"] = sign * (int(digits[:2]) * HOUR + int(digits[2:4] or 0) * MINUTE)
    return end


def _read_fraction(text: str, at: int, found: dict[str, int]) -> int:
    end = at + 1
    while text[end : end + 1].isdigit():
        end += 1
    found["thousandth"] = int(text[at + 1 : end][:3].ljust(3, "0"))
    return end


def _assembled(found: dict[str, int]) -> Instant:
    short = found.get("short year", 70)
    year = found.get("year", short + (1900 if short >= 69 else 2000))  # noqa: PLR2004 - where Go turns
    hour = found.get("hour", found.get("hour12", 0))
    if "half" in found:
        hour = hour % 12 + found["half"]
    minute, second = found.get("minute", 0), found.get("second", 0)
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - a clock
        raise ValueError("this is no time of day")
    clock = hour * HOUR + minute * MINUTE + second * SECOND + found.get("thousandth", 0)
    day = instant_from(year, found.get("month", 1), found.get("day", 1))
    return instant_of(day + clock - found.get("offset", 0))


def strftime(at: Instant, form: str) -> str:
    """Write an instant with the directives of C's `strftime`; unknown ones stay as they are."""
    parts, rest = [], form
    while rest:
        before, percent, rest = rest.partition("%")
        parts.append(before)
        if percent:
            write = _DIRECTIVES.get(rest[:1])
            parts.append(write(at) if write else "%" + rest[:1])
            rest = rest[1:]
    return "".join(parts)


def _hour12(at: Instant) -> int:
    return (hour_of_day(at) + 11) % 12 + 1


def _day_of_year(at: Instant) -> int:
    return (at - instant_from(year_of(at), 1, 1)) // DAY + 1


_DIRECTIVES: dict[str, Callable[[Instant], str]] = {
    "A": lambda at: WEEKDAYS[day_of_week(at)],
    "a": lambda at: WEEKDAYS[day_of_week(at)][:3],
    "B": lambda at: MONTHS[month_of(at) - 1],
    "b": lambda at: MONTHS[month_of(at) - 1][:3],
    "h": lambda at: MONTHS[month_of(at) - 1][:3],
    "C": lambda at: f"{year_of(at) // 100:02}",
    "c": lambda at: strftime(at, "%v %X"),
    "D": lambda at: strftime(at, "%m/%d/%y"),
    "d": lambda at: rfc3339(at)[8:10],
    "e": lambda at: rfc3339(at)[8:10].replace("0", " ", 1) if rfc3339(at)[8] == "0" else rfc3339(at)[8:10],
    "F": lambda at: rfc3339(at)[:10],
    "H": lambda at: f"{hour_of_day(at):02}",
    "I": lambda at: f"{_hour12(at):02}",
    "j": lambda at: f"{_day_of_year(at):03}",
    "k": lambda at: f"{hour_of_day(at):2}",
    "l": lambda at: f"{_hour12(at):2}",
    "M": lambda at: rfc3339(at)[14:16],
    "m": lambda at: f"{month_of(at):02}",
    "n": lambda _: "\n",
    "p": lambda at: "PM" if hour_of_day(at) >= 12 else "AM",  # noqa: PLR2004 - noon
    "R": lambda at: rfc3339(at)[11:16],
    "r": lambda at: strftime(at, "%I:%M:%S %p"),
    "S": lambda at: rfc3339(at)[17:19],
    "T": lambda at: rfc3339(at)[11:19],
    "t": lambda _: "\t",
    "u": lambda at: str(day_of_week(at) or 7),
    "v": lambda at: strftime(at, "%e-%b-%Y"),
    "w": lambda at: str(day_of_week(at)),
    "X": lambda at: rfc3339(at)[11:19],
    "x": lambda at: strftime(at, "%m/%d/%y"),
    "Y": lambda at: rfc3339(at)[:4],
    "y": lambda at: rfc3339(at)[2:4],
    "Z": lambda _: "UTC",
    "z": lambda _: "+0000",
    "%": lambda _: "%",
}
