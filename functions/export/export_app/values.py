"""What values of Lytics fields are in Campaign Monitor's custom fields. Pure.

Rules of the API reference 5.2: texts of at most 250 characters, dates as yyyy/mm/dd from 1900 to the middle of 2076,
numbers with a decimal point, options exactly as the field has them. What does not fit is left out and reported,
because Campaign Monitor would drop it without a word.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST = 250
FIRST_DATE, LAST_DATE = date(1900, 1, 1), date(2076, 6, 6)
MANY = "MultiSelectMany"
CHOICES = ("MultiSelectOne", "Country", "USState")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECONDS_FROM = 10**11
"""Numbers from here on are epoch milliseconds (1973 on), smaller ones seconds."""
MOST_DIGITS = 100
BOOLEANS = {True: ("true", "yes", "1", "on"), False: ("false", "no", "0", "off")}


class Unfit(Exception):
    """A value that a field cannot hold; the message says why, without the value."""


@dataclass(frozen=True, slots=True)
class Target:
    """A custom field that a Lytics field is mapped to."""

    source: str
    key: str
    name: str
    data_type: str
    options: tuple[str, ...] = ()


def convert(value: Any, target: Target) -> tuple[tuple[str, ...], str | None]:
    """The field's values, none when it is to be cleared, and what had to be left out of them.

    Raises `Unfit` when nothing of it can be sent: then the field stays as it is.
    """
    if value is None or value in ("", [], {}):
        return (), None
    if target.data_type == MANY:
        return _many(value, target)
    return (_CONVERT.get(target.data_type, _text)(value, target),), None


def text_of(value: Any) -> str:
    """Any value as text, at most 250 characters: booleans as true and false, lists with commas."""
    match value:
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case int() | float():
            text = _plain(value)
        case list():
            text = ", ".join(text_of(item) for item in value)
        case _:
            text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text.strip()[:LONGEST]


def _text(value: Any, _: Target) -> str:
    return text_of(value)


def _number(value: Any, target: Target) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if not isinstance(value, int | float | str):
        raise Unfit(f"{target.name} is a number and cannot hold a list or an object")
    return _plain(value, target.name)


def _plain(value: float | str, name: str = "a number") -> str:
    """A number in plain decimal notation."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise Unfit(f"{name} is a number; the value is not one") from None
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise Unfit(f"{name} is a number; the value is out of its range")
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _date(value: Any, target: Target) -> str:
    try:
        day = _day(value)
    except (ValueError, OverflowError, TypeError):
        raise Unfit(f"{target.name} is a date; the value is not one") from None
    if not FIRST_DATE <= day <= LAST_DATE:
        raise Unfit(f"{target.name} is a date from 1900/01/01 to 2076/06/06; the value is beyond")
    return day.strftime("%Y/%m/%d")


def _day(value: Any) -> date:
    """The day, in UTC, of a date, a time with or without offset, or a number of seconds or milliseconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) >= MILLISECONDS_FROM else value
        return (EPOCH + timedelta(seconds=seconds)).date()
    text = str(value).strip().replace("/", "-")
    if text.isdigit() and len(text) > len("yyyymmdd"):
        return _day(int(text))
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _choice(value: Any, target: Target) -> str:
    if isinstance(value, list):
        if len(value) != 1:
            raise Unfit(f"{target.name} holds one option; the value has {len(value)}")
        value = value[0]
    if (option := option_of(value, target.options)) is None:
        raise Unfit(f"{target.name} has no such option")
    return option


def _many(value: Any, target: Target) -> tuple[tuple[str, ...], str | None]:
    wanted = value if isinstance(value, list) else list(value) if isinstance(value, Mapping) else [value]
    found = [option_of(one, target.options) for one in wanted]
    known = tuple(sorted({option for option in found if option is not None}))
    missing = found.count(None)
    if missing == len(found):
        raise Unfit(f"{target.name} has no such option")
    return known, f"{target.name} has no option for {missing} of {len(found)} values" if missing else None


def option_of(value: Any, options: Sequence[str]) -> str | None:
    """The option that a value means: the same text, else but for case and blanks; booleans also yes and no."""
    words: Iterator[str] | Sequence[str] = BOOLEANS[value] if isinstance(value, bool) else (text_of(value),)
    for word in words:
        if word in options:
            return word
        alike = [option for option in options if _folded(option) == _folded(word)]
        if alike:
            return alike[0]
    return None


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


_CONVERT: dict[str, Callable[[Any, Target], str]] = {
    "Text": _text,
    "Number": _number,
    "Date": _date,
    **dict.fromkeys(CHOICES, _choice),
}
