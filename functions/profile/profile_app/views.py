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
from profile_app.explain import Contributions, newest_first

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000

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


def explanation(found: Profile, made: Mapping[str, Contributions]) -> Json:
    """Every field with its value, the number of rows behind it, and the newest of them with what each adds."""
    fields = {
        name: {
            "value": value,
            "rows": made[name].count if name in made else 0,
            "newest": [
                {**row(one), "contribution": part}
                for one, part in (newest_first(made[name]) if name in made else [])
            ],
        }
        for name, value in found.fields.items()
    }
    return {"email": found.email, "fields": fields, "rows": found.rows}


def mapping(text: Text) -> Json:
    return {"stream": text.stream, "mapping": text.mapping, "default": text.default}


def reprojection(state: State) -> Json:
    return {
        "status": state.status,
        "started_at": None if state.started_at is None else rfc3339(state.started_at),
        "finished_at": None if state.finished_at is None else rfc3339(state.finished_at),
        "addresses": {"done": state.done, "total": state.total},
    }


def limit_of(text: str | None) -> int:
    """How many rows a page should have. Raises `InvalidInput`."""
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MAX_LIMIT:
        raise _invalid("limit", f"a number from 1 to {MAX_LIMIT}")
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
