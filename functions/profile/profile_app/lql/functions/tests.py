"""Tests and comparisons, as functions and as operators."""

from collections.abc import Callable
from typing import Any

from profile_app.lql import operators as op
from profile_app.lql.functions.signature import MANY, Function
from profile_app.lql.patterns import Pattern, pattern
from profile_app.lql.values import Fields, text


def _exists(value: Any) -> bool:
    return value is not None


def _any(*values: Any) -> bool:
    return any(value is not None and value != "" for value in values)


def _all(*values: Any) -> bool:
    return all(_is_true(value) for value in values)


def _is_true(value: Any) -> bool:
    """A number when it is above 0, a boolean when it is true, anything else when it is there."""
    if type(value) in (bool, int, float):
        return bool(value > 0)
    return value is not None and value != ""


def _in(fields: Fields, now: int, value: Any, *items: Any) -> bool:
    return any(op.within(fields, now, value, item) for item in items)


def _contains(value: Any, part: Any) -> bool | None:
    """The empty text is no part."""
    return None if part == "" else op.contains(value, part)


def _has_prefix(value: Any, prefix: Any) -> bool | None:
    return _has_end(value, prefix, str.startswith)


def _has_suffix(value: Any, suffix: Any) -> bool | None:
    return _has_end(value, suffix, str.endswith)


def _has_end(value: Any, end: Any, test: Callable[[str, str], bool]) -> bool | None:
    """Of a list any text. The empty text is no end."""
    wanted = text(end)
    return None if wanted == "" else wanted is not None and any(test(each, wanted) for each in _texts(value))


def _matches(value: Any, wanted: Any) -> bool | None:
    """Of a list any text."""
    written = _texts(value)
    if not written or type(wanted) is not str:
        return None
    return any(pattern(wanted).found_in(each) for each in written)


def _texts(value: Any) -> list[str]:
    items = value if type(value) is list else [value]
    return [written for item in items if (written := text(item)) is not None]


def _check_pattern(_: Any, wanted: Any) -> None:
    if type(wanted) is not str:
        raise ValueError("the pattern must be written as a string")
    Pattern(wanted)


def _comparison(run: Any) -> Function:
    return Function(run, 2, 2, "bool", in_row=True)


def _equality(run: Any, most: int = 2) -> Function:
    return Function(run, 2, most, "bool", in_row=True, sees_missing=True, timeless=True)


_EXISTS = Function(_exists, 1, 1, "bool", sees_missing=True, sees_empty=True)


def _order(run: Any, arguments: int = 2) -> Function:
    """A comparison as an operator. Any text may be `now-3d`, so the row's time may always matter."""
    compare = op.false_if_missing(run)
    return Function(compare, arguments, arguments, "bool", in_row=True, sees_missing=True)


FUNCTIONS = {
    "eq": _equality(op.equal),
    "ne": _equality(op.unequal),
    "lt": _comparison(op.less),
    "le": _comparison(op.at_most),
    "gt": _comparison(op.greater),
    "ge": _comparison(op.at_least),
    "in": _equality(_in, MANY),
    "exists": _EXISTS,
    "any": Function(_any, 1, MANY, "bool", sees_missing=True),
    "all": Function(_all, 1, MANY, "bool", sees_missing=True),
    "not": Function(op.negation, 1, 1, "bool"),
    "contains": Function(_contains, 2, 2, "bool", sees_missing=True),
    "hasprefix": Function(_has_prefix, 2, 2, "bool", sees_missing=True),
    "hassuffix": Function(_has_suffix, 2, 2, "bool", sees_missing=True),
    "regex.match": Function(_matches, 2, 2, "bool", check=_check_pattern),
}

OPERATORS = {
    "==": _equality(op.equal),
    "!=": _equality(op.unequal),
    "<": _order(op.less),
    "<=": _order(op.at_most),
    ">": _order(op.greater),
    ">=": _order(op.at_least),
    "BETWEEN": _order(op.between, 3),
    "IN": _equality(op.within),
    "INTERSECTS": _equality(op.within),
    "CONTAINS": Function(op.contains, 2, 2, "bool", sees_missing=True),
    "LIKE": Function(op.like, 2, 2, "bool", sees_missing=True),
    "EXISTS": _EXISTS,
    "IS NULL": Function(lambda value: value is None, 1, 1, "bool", sees_missing=True),
    "NOT": Function(op.negation, 1, 1, "bool"),
    "+": Function(op.add, 2, 2, "number"),
    "-": Function(op.subtract, 2, 2, "number"),
    "*": Function(op.multiply, 2, 2, "number"),
    "/": Function(op.divide, 2, 2, "number"),
    "%": Function(op.remainder, 2, 2, "number"),
}
