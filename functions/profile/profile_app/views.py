"""What the profile routes answer: stored things as the contract's JSON."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from lytics_cm.errors import InvalidInput
from lytics_cm.store.mappings import Text
from lytics_cm.store.profile_reads import Position, Profile
from lytics_cm.store.profile_reprojection import State
from lytics_cm.streams import Row
from lytics_cm.web import rfc3339
from profile_app.explain import Explanation

ROWS, MAX_ROWS = 50, 1000
"""Rows of a page."""
MAX_EXPLAINED = 10_000
"""Rows that one explanation reads: a few seconds' work."""

type Json = dict[str, Any]


def profile(found: Profile) -> Json:
    return {
        "email": found.email,
        "fields": found.fields,
        "rows": found.rows,
        "updated_at": rfc3339(found.updated_at),
    }


def row(one: Row) -> Json:
    return {"stream": one.stream, "ts": rfc3339(one.ts), "fields": dict(one.fields)}


def explanation(found: Profile, made: Mapping[str, Explanation], read: int, last: Position | None) -> Json:
    """Every field with its value and what the rows that were read tell of it; older ones follow at the cursor."""
    fields = {name: {"value": found.fields[name], **_made(one)} for name, one in made.items()}
    return {
        "email": found.email,
        "fields": fields,
        "rows": found.rows,
        "read": read,
        "cursor": cursor_of(last),
    }


def _made(made: Explanation) -> Json:
    shown: Json = {
        "made_by": [
            {"stream": column.stream, "expression": column.expression, "condition": column.condition or None}
            for column in made.columns
        ],
        "rows": made.rows,
        "newest": [_contribution(*one) for one in made.newest],
    }
    if made.decided_by:
        shown["decided_by"] = _contribution(*made.decided_by)
    if made.elements:
        shown["elements"] = {
            name: {"rows": element.rows, "newest": rfc3339(element.newest.ts)}
            for name, element in made.elements.items()
        }
    return shown


def _contribution(one: Row, part: Any) -> Json:
    return {**row(one), "contribution": part}


def mapping(text: Text) -> Json:
    return {"stream": text.stream, "mapping": text.mapping, "default": text.default}


def reprojection(state: State) -> Json:
    return {
        "status": state.status,
        "started_at": None if state.started_at is None else rfc3339(state.started_at),
        "finished_at": None if state.finished_at is None else rfc3339(state.finished_at),
        "addresses": {"done": state.done, "total": state.total},
    }


def limit_of(text: str | None, otherwise: int, most: int) -> int:
    """How many rows an answer should be about. Raises `InvalidInput`."""
    if text is None:
        return otherwise
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise _invalid("limit", f"a number from 1 to {most}")
    return int(text)


def cursor_of(position: Position | None) -> str | None:
    """A position as text that survives a URL."""
    return None if position is None else base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def position_of(cursor: str | None) -> Position | None:
    """The position that a cursor stands for. Raises `InvalidInput` when we did not make it."""
    if not cursor:
        return None
    try:
        ts, key = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError, TypeError) as error:
        raise _invalid("cursor", "the cursor of an earlier answer") from error
    if not isinstance(ts, int) or not isinstance(key, str):
        raise _invalid("cursor", "the cursor of an earlier answer")
    return ts, key


def _invalid(field: str, expected: str) -> InvalidInput:
    message = f"{field} must be {expected}"
    return InvalidInput("the request is not valid; see details", [{"field": field, "message": message}])
