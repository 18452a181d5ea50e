"""Functions that make one type of value from another."""

import math
from typing import Any

from profile_app.lql.functions.signature import Function
from profile_app.lql.values import boolean, bounded, joined, number, single

_DECORATION = str.maketrans("", "", "$€£¥, ")


def _to_number(value: Any) -> float | None:
    """Currency signs and thousands' commas are dropped."""
    found = single(value)
    return number(found.translate(_DECORATION) if type(found) is str else found)


def _to_int(value: Any) -> int | None:
    """Decimals are cut off."""
    found = _to_number(value)
    return None if found is None else _whole(found)


def _whole(found: float) -> int | None:
    whole = bounded(int(found))
    return None if whole is None else int(whole)


def _to_bool(value: Any) -> bool | None:
    return boolean(single(value))


def _square_root(value: Any) -> float | None:
    found = number(value)
    return None if found is None else bounded(math.sqrt(found))


def _power(value: Any, exponent: Any) -> float | None:
    found, power = number(value), number(exponent)
    return None if found is None or power is None else bounded(math.pow(found, power))


def _unsign(value: Any) -> str | None:
    """A signed 64-bit number as the unsigned one of the same bits."""
    found = number(value)
    return str(found % 2**64) if type(found) is int else None


FUNCTIONS = {
    "toint": Function(_to_int, 1, 1, "int"),
    "tonumber": Function(_to_number, 1, 1, "number"),
    "tobool": Function(_to_bool, 1, 1, "bool"),
    "tostring": Function(joined, 1, 1, "string"),
    "sqrt": Function(_square_root, 1, 1, "number"),
    "pow": Function(_power, 2, 2, "number"),
    "unsign": Function(_unsign, 1, 1, "string"),
}
