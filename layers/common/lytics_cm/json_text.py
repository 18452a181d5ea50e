"""JSON as strangers write it: what may be read, how deep it may be nested, how large numbers may be."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from lytics_cm.errors import UnreadableMessage

MAX_LEVELS = 32
"""Nobody nests deeper, and DynamoDB takes no more."""
MAX_DIGITS = 38
"""Of a whole number, as in DynamoDB."""


def read_json(text: str) -> Any:
    """Read a text. Raises `UnreadableMessage` when it is not JSON; NaN and Infinity are none.

    A number that neither we nor DynamoDB can hold stays the text that it is, so that it costs only itself.
    """
    try:
        return json.loads(
            text.removeprefix("\ufeff"), parse_constant=_refuse, parse_int=_whole, parse_float=_fraction
        )
    except (ValueError, RecursionError):
        raise UnreadableMessage("the body is not JSON") from None


def is_deep(value: Any) -> bool:
    """Whether arrays and objects are nested deeper than `MAX_LEVELS` in a value; itself it needs no depth."""
    level = [value]
    for _ in range(MAX_LEVELS):
        level = [inner for one in level for inner in _members(one) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _members(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _whole(text: str) -> int | str:
    return text if len(text) > MAX_DIGITS else int(text)


def _fraction(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
