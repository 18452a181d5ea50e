"""How much of a profile's fields travels and is kept, so that nobody's are too much. Pure.

A custom field holds 250 characters or a selection of options; what is far beyond that is cut or left out
here, with a word about it: `{"$cut": value, "$of": n}` is the beginning of a list or an object that had `n`
entries, `{"$unfit": reason}` stands for a value of which nothing is kept. Bounding what is bounded changes
nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

CUT, OF, UNFIT = "$cut", "$of", "$unfit"
MOST_CHARS = 1000
MOST_ENTRIES = 1000
MOST_LEVELS = 20
MOST_BYTES = 32 * 1024
"""Of one field, in JSON of ASCII, which is at least what it takes in any other encoding that we use."""
MOST_BYTES_TOGETHER = 128 * 1024
"""Of all fields of a person: a message holds 240 KiB, an item of DynamoDB 400 KB."""

type Json = dict[str, Any]


class _Unfit(Exception):
    """Nothing of a value can be kept; the message says why."""


def bounded(fields: Mapping[str, Any]) -> Json:
    """The fields of one person, as far as they are kept.

    Where all are too much together, not the largest ones.
    """
    kept = {_text(name): _bounded(value) for name, value in fields.items()}
    sizes = {name: _size(value) for name, value in kept.items()}
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        if sum(sizes.values()) <= MOST_BYTES_TOGETHER:
            break
        kept[name] = {UNFIT: "the mapped fields of this profile are too large together"}
        sizes[name] = _size(kept[name])
    return kept


def address_in(profile: Mapping[str, Any], field: str) -> str | None:
    """The text that a profile has as its address: the field's value, or the first of a list.

    None without one.
    """
    value = profile.get(field)
    texts = [one for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]
    return texts[0][:MOST_CHARS] if texts and isinstance(texts[0], str) and texts[0].strip() else None


def _bounded(value: Any) -> Any:
    try:
        if _is_marked(value) and _size(value) <= MOST_BYTES + MOST_CHARS:
            return value
        plain = _plain(value, MOST_LEVELS)
    except _Unfit as error:
        return {UNFIT: str(error)}
    match plain:
        case list():
            kept: Any = _as_many_as_fit(plain)
        case dict():
            kept = dict(_as_many_as_fit(plain.items()))
        case _:
            return plain
    return plain if len(kept) == len(plain) else {CUT: kept, OF: len(plain)}


def _is_marked(value: Any) -> bool:
    return isinstance(value, dict) and (value.keys() == {UNFIT} or value.keys() == {CUT, OF})


def _as_many_as_fit(entries: Iterable[Any]) -> list[Any]:
    kept: list[Any] = []
    size = 0
    for entry in entries:
        size += _size(entry) + len(", ")
        if size > MOST_BYTES or len(kept) == MOST_ENTRIES:
            break
        kept.append(entry)
    return kept


def _plain(value: Any, levels: int) -> Any:
    """A value that is JSON and UTF-8.

    Raises `_Unfit` when it is nested too deep, or a number that is none.
    """
    match value:
        case str():
            return _text(value)
        case float() if not math.isfinite(value):
            raise _Unfit("the number is out of range")
        case list() | dict() if not levels:
            raise _Unfit(f"the value is nested more than {MOST_LEVELS} deep")
        case list():
            return [_plain(item, levels - 1) for item in value]
        case dict():
            return {_text(name): _plain(item, levels - 1) for name, item in value.items()}
    return value


def _text(text: str) -> str:
    """Without what UTF-8 cannot hold (lone surrogates); longer than any custom field, if it was."""
    return text[:MOST_CHARS].encode("utf-8", "replace").decode()


def _size(value: Any) -> int:
    return len(json.dumps(value))
