"""Functions that make one type of value from another."""

from typing import Any

from lytics_cm.lql.functions.signature import Function
from lytics_cm.lql.values import boolean, bounded, number, text

_DECORATION = str.maketrans("", "", "$€£¥, ")


def _to_number(value: Any) -> float | None:
    """Currency signs and thousands' commas are dropped."""
    return number(value.translate(_DECORATION) if type(value) is str else value)


def _to_int(value: Any) -> int | None:
    """Decimals are cut off."""
    found = _to_number(value)
    return None if found is None else _whole(found)


def _whole(found: float) -> int | None:
    whole = bounded(int(found))
    return None if whole is None else int(whole)


def _unsign(value: Any) -> str | None:
    """A signed 64-bit number as the unsigned one of the same bits."""
    found = number(value)
    return str(found % 2**64) if type(found) is int else None


FUNCTIONS = {
    "toint": Function(_to_int, 1, 1, "int"),
    "tonumber": Function(_to_number, 1, 1, "number"),
    "tobool": Function(boolean, 1, 1, "bool"),
    "tostring": Function(text, 1, 1, "string"),
    "unsign": Function(_unsign, 1, 1, "string"),
}
