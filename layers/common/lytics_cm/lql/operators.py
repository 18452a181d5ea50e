"""What the operators and comparisons mean, above all for what is missing (lytics.md 5.3).

A missing operand makes a comparison false and its negation true; only arithmetic and NOT hand it on.
"""

import math
from collections.abc import Callable
from typing import Any

from lytics_cm.lql.times import Instant, date_math
from lytics_cm.lql.values import UNEVALUABLE, Fields, boolean, bounded, instant, number, text


def equal(_: Fields, now: int, left: Any, right: Any) -> bool:
    """By the type of the left side: texts as texts, numbers as numbers; a list by any of its elements."""
    if left is None or right is None:
        return False
    try:
        return any(_alike(one, other, now) for one in _elements(left) for other in _elements(right))
    except UNEVALUABLE:
        return False


def _alike(left: Any, right: Any, now: int) -> bool:
    kind = type(left)
    if kind is str:
        same = left == (right if type(right) is str else text(right))
    elif kind is bool:
        same = left == boolean(right)
    elif kind is Instant:
        same = left == instant(right, now)
    else:
        same = left == number(right)
    return bool(same)


def unequal(fields: Fields, now: int, left: Any, right: Any) -> bool:
    return not equal(fields, now, left, right)


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
    """A comparison as an operator: what is missing is not smaller either; what has no order is not comparable."""

    def compare(fields: Fields, now: int, *values: Any) -> bool | None:
        return False if None in values else test(fields, now, *values)

    return compare


def between(_: Fields, now: int, value: Any, low: Any, high: Any) -> bool | None:
    """Both ends are excluded."""
    above, below = less(_, now, low, value), less(_, now, value, high)
    return None if above is None or below is None else above and below


def within(fields: Fields, now: int, value: Any, items: Any) -> bool:
    """Equality with any element; a list by any of its own."""
    return value is not None and any(equal(fields, now, value, item) for item in _elements(items))


def _elements(value: Any) -> Any:
    if type(value) is list or type(value) is dict:
        return value
    return () if value is None else (value,)


def contains(value: Any, part: Any) -> bool:
    """A part of a text, or of any text of a list."""
    wanted = text(part)
    if wanted is None or value is None:
        return False
    return any(wanted in (text(item) or "") for item in _elements(value))


def like(value: Any, pattern: Any) -> bool:
    """The whole text, with `*` or `%` for anything; of a list any text."""
    wanted = text(pattern)
    if wanted is None:
        return False
    return any(
        matches_glob(wanted, written) for item in _elements(value) if (written := text(item)) is not None
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
    """Nothing when the divisor is 0."""
    one, other = number(left), number(right)
    return None if one is None or not other else bounded(one / other)


def remainder(left: Any, right: Any) -> float | None:
    """With the sign of the dividend, as in Go."""
    one, other = number(left), number(right)
    if one is None or not other:
        return None
    if type(one) is int and type(other) is int:
        rest = abs(one) % abs(other)
        return rest if one >= 0 else -rest
    return bounded(math.fmod(one, other))
