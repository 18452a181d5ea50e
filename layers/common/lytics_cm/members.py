"""How members of a vendor's JSON are read: what is needed must fit, what is not needed never matters.

Missing and null are empty. A text may be told as a number and a number as a text; a list or an object is
neither.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_ID_CHARS = 100
"""Ids are opaque; those that we have seen have 16 to 36 characters."""
MAX_NUMBER = 10**15
SHAPE = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What a parser raises at a body that it cannot read."""

type Members = Mapping[str, Any]


class Misshapen(TypeError):
    """A member that is needed is not what it must be; the message names it and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Odd:
    """A record that could not be read: why, and the address in it, if it has one."""

    message: str
    email: str | None = None


class Records[T](list[T]):
    """Records in the order in which they came.

    `odd` are those among them that could not be read, and are left out; `in_order` are all of them.
    """

    def __init__(self, found: Iterable[T | Odd] = ()) -> None:
        self.in_order = list(found)
        super().__init__(one for one in self.in_order if not isinstance(one, Odd))

    @property
    def odd(self) -> list[Odd]:
        return [one for one in self.in_order if isinstance(one, Odd)]


def each_of[T](parse: Callable[[Any], T]) -> Callable[[Any], Records[T]]:
    """A parser of arrays, each record by itself: one that cannot be read costs only itself."""

    def read(body: Any) -> Records[T]:
        if not isinstance(body, list):
            raise Misshapen("not an array")
        return Records(_one(parse, record) for record in body)

    return read


def all_of[T](parse: Callable[[Any], T]) -> Callable[[Any], Records[T]]:
    """The same for what must not be taken for empty. Raises `Misshapen` if no record can be read."""

    def read(body: Any) -> Records[T]:
        found = each_of(parse)(body)
        if found.odd and not found:
            raise Misshapen(found.odd[0].message)
        return found

    return read


def _one[T](parse: Callable[[Any], T], record: Any) -> T | Odd:
    try:
        return parse(record)
    except Misshapen as error:
        return Odd(f"the record cannot be read: {error}", _address(record))
    except SHAPE:  # whose words may quote what must not be told
        return Odd("the record cannot be read", _address(record))


def _address(record: Any) -> str | None:
    email = record.get("EmailAddress") if isinstance(record, dict) else None
    return email if isinstance(email, str) else None


def text(body: Members, key: str) -> str:
    """A text, empty when it is missing. Raises `Misshapen` for a list or an object."""
    value = body.get(key)
    if isinstance(value, list | dict):
        raise Misshapen(f"its {key} is not a text")
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def texts(body: Members, key: str) -> tuple[str, ...]:
    """A list of texts, empty when it is missing. Raises `Misshapen` for anything else."""
    values = body.get(key)
    if values is not None and not isinstance(values, list):
        raise Misshapen(f"its {key} is not a list")
    return tuple(text({key: value}, key) for value in values or ())


def identity(body: Members, key: str) -> str:
    """A text that must be there, short enough to be an id."""
    value = text(body, key)
    if not 0 < len(value) <= MAX_ID_CHARS:
        raise Misshapen(f"it has no {key}")
    return value


def bare_text(body: Any) -> str:
    """A bare JSON string, not empty: the id or key of what was created."""
    if not isinstance(body, str) or not body:
        raise Misshapen("not a text")
    return body


def integer(body: Members, key: str, default: int | None = None) -> int:
    """A whole number. Raises `Misshapen` for what is none, and when it is missing and there is no default."""
    found = default if body.get(key) is None else counted(body, key)
    if found is None:
        raise Misshapen(f"its {key} is not a whole number")
    return found


def counted(body: Members, key: str) -> int | None:
    """A whole number from 0 on, when there is one; None for anything else."""
    value = body.get(key)
    if isinstance(value, str):
        value = (
            int(value)
            if value.isascii() and value.isdecimal() and len(value) < len(str(MAX_NUMBER))
            else None
        )
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_NUMBER:
        return None
    return int(value) if value == int(value) else None


def number(body: Members, key: str) -> float | None:
    """A finite number; None for what is not one."""
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_NUMBER:
        return None
    return float(value) if math.isfinite(value) else None


def described(body: Members, key: str) -> str:
    """A text that nothing depends on: empty when it is none."""
    value = body.get(key)
    return value if isinstance(value, str) else ""
