"""What values of Lytics fields are in Campaign Monitor's custom fields. Pure.

Rules of docs/reference/campaign-monitor.md#values-of-custom-fields: texts of at most 250 characters, dates as
yyyy/mm/dd from 1900 to the middle of 2076, numbers with a decimal point, options exactly as the field has
them. What does not fit is left out and reported, because Campaign Monitor would drop it without a word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

LONGEST = 250
FIRST_DATE, LAST_DATE = date(1900, 1, 1), date(2076, 6, 6)
MANY, ONE = "MultiSelectMany", "MultiSelectOne"
CHOICES = (ONE, "Country", "USState")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECONDS_FROM = 10**11
"""Numbers from here on are epoch milliseconds (1973 on), smaller ones seconds."""
MOST_DIGITS = 100
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
BOOLEANS = {True: ("true", "yes", "1", "on"), False: ("false", "no", "0", "off")}


type Converted = tuple[tuple[str, ...], str | None]
"""The values of a field, and what had to be left out of them."""


class Unfit(Exception):
    """A value that a field cannot hold; the message says why, without the value."""


@dataclass(frozen=True, slots=True)
class Target:
    """A custom field that a Lytics field is mapped to by the name `mapped`; one that is gone gets nothing."""

    source: str
    key: str
    name: str
    data_type: str
    options: tuple[str, ...] = ()
    mapped: str = ""
    is_gone: bool = False


def convert(value: Any, target: Target) -> tuple[tuple[str, ...], str | None]:
    """The field's values, none when it is to be cleared, and what had to be left out of them.

    Raises `Unfit` when nothing of it can be sent: then the field stays as it is.
    """
    value, cut = _uncut(value, target.name)
    if is_empty(value):
        return (), cut
    values, left_out = _CONVERT.get(target.data_type, _text)(value, target)
    return values, "; ".join(filter(None, (cut, left_out))) or None


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: none, blanks, or a list of nothing but such."""
    match value:
        case None:
            return True
        case str():
            return not value.strip()
        case list():
            return all(is_empty(item) for item in value)
        case dict():
            return not value
    return False


def _uncut(value: Any, name: str) -> tuple[Any, str | None]:
    """What was kept of a value (`profile_fields`), and what was not."""
    match value:
        case {"$unfit": reason, **more} if not more:
            raise Unfit(f"{name} was left out: {reason}")
        case {"$cut": list() | dict() as kept, "$of": int(number)}:
            return (
                kept,
                f"{name}: {number - len(kept)} of {number} values were left out, for they are too many",
            )
    return value, None


def name_of(value: Any) -> tuple[str, str | None]:
    """A person's name, empty when there is none, and what had to be left out of it. Raises `Unfit`."""
    value, cut = _uncut(value, "the name")
    if is_empty(value):
        return "", None
    if cut or isinstance(value, dict | bool):
        raise Unfit("the name is not a text and was left out")
    return _shortened(text_of(value, "the name"), "the name")


def text_of(value: Any, name: str = "the field") -> str:
    """Any value as text, however long: booleans as true and false, lists with commas, objects as JSON.

    Raises `Unfit` for what neither a text nor JSON can say; `name` is what it calls the field.
    """
    match value:
        case str():
            return value.strip()
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _plain(value, name)
        case list():
            return ", ".join(text_of(item, name) for item in value if not is_empty(item))
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (ValueError, RecursionError):
        raise Unfit(f"{name} cannot hold the object, which is no JSON") from None


def length(text: str) -> int:
    """As Campaign Monitor counts characters: those beyond the basic plane (emoji) are two."""
    return len(text) + sum(letter > "\uffff" for letter in text)


def shorten(text: str, most: int = LONGEST) -> str:
    """The beginning of a text, at most so long, without blanks at its end."""
    while length(text) > most:
        text = text[: len(text) - max(1, (length(text) - most) // 2)]
    return text.rstrip()


def _shortened(text: str, name: str) -> tuple[str, str | None]:
    short = shorten(text)
    return short, None if short == text else f"{name} holds {LONGEST} characters; the rest was left out"


def _text(value: Any, target: Target) -> Converted:
    if isinstance(value, list):
        return _listed([text_of(item, target.name) for item in value if not is_empty(item)], target)
    text = text_of(value, target.name)
    if isinstance(value, dict) and length(text) > LONGEST:
        raise Unfit(f"{target.name} holds {LONGEST} characters; the object has more and was left out")
    short, left_out = _shortened(text, target.name)
    return (short,), left_out


def _listed(items: Sequence[str], target: Target) -> Converted:
    """As many whole items as fit, separated by commas; at least a part of the first."""
    count = len(items)
    while count > 1 and length(", ".join(items[:count])) > LONGEST:
        count -= 1
    short, left_out = _shortened(", ".join(items[:count]), target.name)
    if count < len(items):
        left_out = f"{target.name} holds {LONGEST} characters; {len(items) - count} of {len(items)} values were left out"
    return (short,), left_out


def _number(value: Any, target: Target) -> Converted:
    if isinstance(value, bool):
        return ("1" if value else "0",), None
    if not isinstance(value, int | float | str):
        raise Unfit(f"{target.name} is a number and cannot hold a list or an object")
    return (_plain(value, target.name),), None


def _plain(value: float | str, name: str) -> str:
    """A number in plain decimal notation."""
    text = str(value).strip()
    if isinstance(value, str) and not NUMBER.fullmatch(text):
        raise Unfit(f"{name} is a number; the value is not one")
    number = Decimal(text)
    if not number.is_finite() or (number and abs(number.adjusted()) > MOST_DIGITS):
        raise Unfit(f"{name} cannot hold the number; it is out of range")
    plain = f"{number:f}" if number else "0"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    if len(plain) > LONGEST:
        raise Unfit(f"{name} cannot hold the number; it has more than {LONGEST} digits")
    return plain


def _date(value: Any, target: Target) -> Converted:
    try:
        day = _day(value)
    except (ValueError, OverflowError, TypeError):
        raise Unfit(f"{target.name} is a date; the value is not one") from None
    if not FIRST_DATE <= day <= LAST_DATE:
        raise Unfit(f"{target.name} is a date from 1900/01/01 to 2076/06/06; the value is beyond")
    return (day.strftime("%Y/%m/%d"),), None


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


def _choice(value: Any, target: Target) -> Converted:
    if (option := option_of(_only(value, target), target.options)) is None:
        raise Unfit(f"{target.name} has no such option")
    return (option,), None


def _only(value: Any, target: Target) -> Any:
    """The value, or the only one of a list."""
    if not isinstance(value, list):
        return value
    filled = [item for item in value if not is_empty(item)]
    if len(filled) != 1:
        raise Unfit(f"{target.name} holds one value; the list has {len(filled)}")
    return filled[0]


def _many(value: Any, target: Target) -> Converted:
    wanted = value if isinstance(value, list | dict) else [value]
    found = [option_of(one, target.options) for one in wanted if not is_empty(one)]
    known = tuple(sorted({option for option in found if option is not None}))
    missing = found.count(None)
    if missing == len(found):
        raise Unfit(f"{target.name} has no such option")
    return known, f"{target.name} has no option for {missing} of {len(found)} values" if missing else None


def lacks_option(value: Any, target: Target) -> bool:
    """Whether a value names an option that the field did not have when its options were read."""
    if target.is_gone or target.data_type not in (MANY, ONE):
        return False
    try:
        known, _ = _uncut(value, target.name)
    except Unfit:
        return False
    words = known if isinstance(known, list | dict) else [known]
    return any(not is_empty(word) and option_of(word, target.options) is None for word in words)


def option_of(value: Any, options: Sequence[str]) -> str | None:
    """The option that a value means, if need be but for case and blanks; booleans also yes and no."""
    words = BOOLEANS[value] if isinstance(value, bool) else (_word(value),)
    for word in words:
        if word in options:
            return word
        alike = [option for option in options if _folded(option) == _folded(word)]
        if alike:
            return alike[0]
    return None


def _word(value: Any) -> str:
    try:
        return text_of(value)
    except Unfit:
        return ""  # no option has that text


def _folded(text: str) -> str:
    return " ".join(text.split()).lower()


_CONVERT: dict[str, Callable[[Any, Target], Converted]] = {
    "Text": _text,
    "Number": _number,
    "Date": _date,
    **dict.fromkeys(CHOICES, _choice),
    MANY: _many,
}
