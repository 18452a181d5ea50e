"""What the operators and comparisons mean, above all for what is missing.

See docs/reference/lytics.md#missing-values.

A missing operand makes a comparison false and its negation true; only arithmetic and NOT hand it on.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

from profile_app.lql.times import Instant, date_math
from profile_app.lql.values import UNEVALUABLE, Fields, boolean, bounded, instant, number, text

_EMPTY = (None, "")
"""Rows know no difference between a column that is missing and one that is empty."""
_MAX_PAIRS = 1_000_000


def equal(_: Fields, now: int, left: Any, right: Any) -> bool:
    """One side is read as what the other is, a list by any element.

    Only what is empty equals the empty text.
    """
    if left == "" or right == "":
        return left in _EMPTY and right in _EMPTY
    if left is None or right is None:
        return False
    return any(_alike(one, other, now) for one, other in _pairs(left, right))


def _alike(left: Any, right: Any, now: int) -> bool:
    try:
        if type(left) is not str:
            return _reads_as(left, right, now)
        return left == text(right) if type(right) is str else _reads_as(right, left, now)
    except UNEVALUABLE:
        return False


def _reads_as(known: Any, given: Any, now: int) -> bool:
    """Whether a value is the same as a boolean, an instant or a number, read as one."""
    if type(known) is bool:
        return known == boolean(given)
    return bool(known == (instant(given, now) if type(known) is Instant else number(given)))


def unequal(fields: Fields, now: int, left: Any, right: Any) -> bool:
    """What is missing is unlike any value; two that are missing are not unlike."""
    return (left is not None or right is not None) and not equal(fields, now, left, right)


def _ordered(now: int, left: Any, right: Any) -> tuple[Any, Any] | None:
    """Both sides as numbers or as instants; two plain texts have no order."""
    if left is None or right is None:
        return None
    if (
        type(left) is Instant
        or type(right) is Instant
        or _is_date_math(left, now)
        or _is_date_math(right, now)
    ):
        pair: tuple[Any, Any] = (instant(left, now), instant(right, now))
    elif type(left) is str and type(right) is str:
        return None
    else:
        pair = (number(left), number(right))
    return None if pair[0] is None or pair[1] is None else pair


def _is_date_math(value: Any, now: int) -> bool:
    return type(value) is str and date_math(value, now) is not None


def less(_: Fields, now: int, left: Any, right: Any) -> bool | None:
    pair = _ordered(now, left, right)
    return None if pair is None else pair[0] < pair[1]


def at_most(_: Fields, now: int, left: Any, right: Any) -> bool | None:
    pair = _ordered(now, left, right)
    return None if pair is None else pair[0] <= pair[1]


def greater(_: Fields, now: int, left: Any, right: Any) -> bool | None:
    return less(_, now, right, left)


def at_least(_: Fields, now: int, left: Any, right: Any) -> bool | None:
    return at_most(_, now, right, left)


def false_if_missing(test: Callable[..., bool | None]) -> Callable[..., bool | None]:
    """A comparison as an operator: what is missing is not smaller either.

    What has no order is not comparable.
    """

    def compare(fields: Fields, now: int, *values: Any) -> bool | None:
        return False if None in values else test(fields, now, *values)

    return compare


def between(_: Fields, now: int, value: Any, low: Any, high: Any) -> bool | None:
    """Both ends are excluded."""
    above, below = less(_, now, low, value), less(_, now, value, high)
    return None if above is None or below is None else above and below


def within(fields: Fields, now: int, value: Any, items: Any) -> bool:
    """Equality with any element; a list by any of its own."""
    if value is None:
        return "" in _elements(items)
    return any(equal(fields, now, one, item) for one, item in _pairs(value, items))


def _pairs(left: Any, right: Any) -> Iterator[tuple[Any, Any]]:
    """Each element of one with each of the other. Raises `ValueError` for more than a row of sense has."""
    ones, others = _elements(left), _elements(right)
    if len(ones) * len(others) > _MAX_PAIRS:
        raise ValueError("too many elements to compare each with each")
    return itertools.product(ones, others)


def _elements(value: Any) -> Any:
    if type(value) is list or type(value) is dict:
        return value
    return () if value is None else (value,)


def contains(value: Any, part: Any) -> bool:
    """Any of the parts in the text, or in any text of a list."""
    holds = _is_element if type(value) is list else _is_part
    return any(holds(wanted, item) for item, wanted in _pairs(value, part))


def _is_element(wanted: Any, item: Any) -> bool:
    """Among the elements of a list, a number is itself one and no part of one."""
    if type(wanted) in (int, float):
        return bool(number(item) == wanted)
    return _is_part(wanted, item)


def _is_part(wanted: Any, item: Any) -> bool:
    part, written = text(wanted), text(item)
    return part is not None and written is not None and part in written


def like(value: Any, pattern: Any) -> bool:
    """The whole text by any of the patterns, with `*` or `%` for anything; of a list any text."""
    return any(
        matches_glob(wanted, written)
        for written, wanted in (map(text, pair) for pair in _pairs(value, pattern))
        if written is not None and wanted is not None
    )


def matches_glob(pattern: str, written: str) -> bool:
    """Whether a text is what the pattern says, in time proportional to both."""
    first, *rest = pattern.replace("%", "*").split("*")
    if not rest:
        return written == first
    *middle, last = rest
    if len(written) < len(first) + len(last) or not (written.startswith(first) and written.endswith(last)):
        return False
    at, end = len(first), len(written) - len(last)
    for part in middle:
        at = written.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def negation(value: Any) -> bool | None:
    found = boolean(value)
    return None if found is None else not found


def add(left: Any, right: Any) -> float | None:
    one, other = number(left), number(right)
    return None if one is None or other is None else bounded(one + other)


def subtract(left: Any, right: Any) -> float | None:
    one, other = number(left), number(right)
    return None if one is None or other is None else bounded(one - other)


def multiply(left: Any, right: Any) -> float | None:
    one, other = number(left), number(right)
    return None if one is None or other is None else bounded(one * other)


def divide(left: Any, right: Any) -> float | None:
    """Of two whole numbers the whole part, as in Go. Nothing when the divisor is 0."""
    one, other = number(left), number(right)
    if one is None or not other:
        return None
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return bounded(quotient if (left < 0) == (right < 0) else -quotient)
    return bounded(one / other)


def remainder(left: Any, right: Any) -> float | None:
    """With the sign of the dividend, as in Go."""
    one, other = number(left), number(right)
    if one is None or not other:
        return None
    if type(one) is int and type(other) is int:
        rest = abs(one) % abs(other)
        return rest if one >= 0 else -rest
    return bounded(math.fmod(one, other))
