"""What a value is, and how one kind of value is read as another.

Text, whole numbers, fractions, booleans, instants, lists of these, and maps from text to these. `None` is
"not evaluable": a column that is missing, null or empty, and all that cannot be computed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from profile_app.lql.dates import parse_instant
from profile_app.lql.times import Instant, date_math, instant_of, rfc3339

type Fields = Mapping[str, Any]
type Evaluate = Callable[[Fields, int], Any]

UNEVALUABLE = (ValueError, TypeError, ArithmeticError, LookupError, RecursionError)
"""What a function may raise on a value that it cannot use; its column then writes nothing."""

_MIN_INT, _MAX_INT = -(2**63), 2**63 - 1
_MAX_DIGITS = 400
_NUMERIC = frozenset("0123456789+-.eE")
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))


def clean(value: Any) -> Any:
    """A column's value as the language knows it; what it does not know is missing."""
    kind = type(value)
    if kind is str:
        return value or None
    if kind is bool or kind is Instant:
        return value
    if kind is int or kind is float:
        return bounded(value)
    if kind is list:
        return [item for item in map(_clean_item, value) if item is not None] or None
    if kind is dict:
        cleaned = {str(key): _clean_item(item) for key, item in value.items() if key != ""}
        return {key: item for key, item in cleaned.items() if item is not None} or None
    return None


def _clean_item(value: Any) -> Any:
    return clean(value) if type(value) in (str, bool, int, float, Instant) else None


def bounded(number: float) -> float | None:
    """A number that fits into 64 bits, a whole one as an integer; otherwise nothing."""
    if type(number) is float:
        if number - number != 0:  # infinite, or no number
            return None
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return number if _MIN_INT <= number <= _MAX_INT else None


def text(value: Any) -> str | None:
    """How a single value is written; lists and maps are not."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() else scrubbed(value)
    if kind is int:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is float:
        return repr(value)
    return rfc3339(value) if kind is Instant else None


def joined(value: Any) -> str | None:
    """How a value is written where there must be one text: a list with commas between its elements."""
    if type(value) is not list:
        return text(value)
    return ",".join(written for item in value if (written := text(item)) is not None)


def single(value: Any) -> Any:
    """A value where there must be one: of a list its first."""
    return value[0] if type(value) is list and value else value


def scrubbed(value: str) -> str:
    """Text that can be written as UTF-8: half characters become the replacement character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return value


def first(value: Any) -> str | None:
    """A value as text, of a list its first one."""
    if type(value) is list:
        value = value[0] if value else None
    return value if type(value) is str else text(value)


def number(value: Any) -> float | None:
    """A number, or the number that a text consists of."""
    kind = type(value)
    if kind is int or kind is float:
        return value  # type: ignore[no-any-return]  # the type was compared
    if kind is Instant:
        return int(value)
    if kind is not str or len(value) > _MAX_DIGITS or not _NUMERIC.issuperset(value.strip()):
        return None
    try:
        return bounded(int(value))
    except ValueError:
        try:
            return bounded(float(value))
        except ValueError:
            return None


def boolean(value: Any) -> bool | None:
    """True and false, or a text or number that says so."""
    if type(value) is bool:
        return value
    written = text(value)
    if written in _TRUE:
        return True
    return False if written in _FALSE else None


def instant(value: Any, now: int = 0) -> Instant | None:
    """An instant, a date in a text, or a number by its length, as in a text; of a list its first one."""
    kind = type(value)
    if kind is Instant:
        return value  # type: ignore[no-any-return]  # the type was compared
    if kind is int or kind is float:
        return instant_of(_thousandths(int(value)))
    written = first(value) if kind is not bool else None
    if not written:
        return None
    return date_math(written, now) or parse_instant(written.strip())


def _thousandths(since: int) -> int:
    """Seconds, micro- and nanoseconds of our time as milliseconds; what is of another length is that."""
    match len(str(since)):
        case 10:
            return since * 1000
        case 16:
            return since // 1000
        case 19:
            return since // 1_000_000
        case _:
            return since


def rank(value: Any) -> tuple[str, Any]:
    """An order over all values: texts by code point, numbers by size, and one kind after the other."""
    kind = type(value)
    if kind is str:
        return ("text", value)
    if kind is bool:
        return ("boolean", value)
    if kind is list:
        return ("list", [rank(item) for item in value])
    if kind is dict:
        return ("map", [(key, rank(value[key])) for key in sorted(value)])
    return ("number", value)
