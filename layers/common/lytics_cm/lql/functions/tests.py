"""Tests and comparisons, as functions and as operators."""

from typing import Any

from lytics_cm.lql import operators as op
from lytics_cm.lql.functions.signature import MANY, Function
from lytics_cm.lql.patterns import Pattern, pattern
from lytics_cm.lql.values import text


def _exists(value: Any) -> bool:
    return value is not None and value != ""


def _any(*values: Any) -> bool:
    return any(_exists(value) for value in values)


def _all(*values: Any) -> bool:
    return all(_exists(value) and value is not False for value in values)


def _has_prefix(value: Any, prefix: Any) -> bool:
    written, wanted = text(value), text(prefix)
    return bool(written and wanted and written.startswith(wanted))


def _has_suffix(value: Any, suffix: Any) -> bool:
    written, wanted = text(value), text(suffix)
    return bool(written and wanted and written.endswith(wanted))


def _matches(value: Any, wanted: Any) -> bool | None:
    written = text(value)
    return None if written is None or type(wanted) is not str else pattern(wanted).found_in(written)


def _check_pattern(_: Any, wanted: Any) -> None:
    if type(wanted) is not str:
        raise ValueError("the pattern must be written as a string")
    Pattern(wanted)


def _comparison(run: Any) -> Function:
    return Function(run, 2, 2, "bool", in_row=True)


def _equality(run: Any) -> Function:
    return Function(run, 2, 2, "bool", in_row=True, sees_missing=True, timeless=True)


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
    "exists": Function(_exists, 1, 1, "bool", sees_missing=True),
    "any": Function(_any, 1, MANY, "bool", sees_missing=True),
    "all": Function(_all, 1, MANY, "bool", sees_missing=True),
    "not": Function(op.negation, 1, 1, "bool"),
    "contains": Function(op.contains, 2, 2, "bool", sees_missing=True),
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
    "EXISTS": Function(_exists, 1, 1, "bool", sees_missing=True),
    "IS NULL": Function(lambda value: value is None, 1, 1, "bool", sees_missing=True),
    "NOT": Function(op.negation, 1, 1, "bool"),
    "+": Function(op.add, 2, 2, "number"),
    "-": Function(op.subtract, 2, 2, "number"),
    "*": Function(op.multiply, 2, 2, "number"),
    "/": Function(op.divide, 2, 2, "number"),
    "%": Function(op.remainder, 2, 2, "number"),
}
