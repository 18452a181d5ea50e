"""What the profile routes answer: stored things as the contract's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lytics_cm.paging import cursor_of
from lytics_cm.streams import Row
from lytics_cm.web import rfc3339
from profile_app.explain import Explanation
from profile_app.mappings import Text
from profile_app.profiles import PlainProfile, Profile
from profile_app.profiles.consents import ALWAYS, NEVER, Known
from profile_app.profiles.reading import Position
from profile_app.profiles.withholding import Withholding
from profile_app.reprojection import ReprojectionState

ROWS, MAX_ROWS = 50, 1000
"""Rows of a page."""
PEOPLE, MAX_PEOPLE = 50, 500
"""People of a page."""
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


def person(found: PlainProfile) -> Json:
    return {
        "email": found.email,
        "name": found.name,
        "rows": found.rows,
        "updated_at": found.updated_at,
    }


def row(one: Row) -> Json:
    return {"stream": one.stream, "ts": rfc3339(one.ts), "fields": dict(one.fields)}


def consents(known: Withholding) -> list[Json]:
    """What is known of a person's consents to be tracked, a client each, and what follows from it."""
    return [_consent(client, one, known) for client, one in sorted(known.consents.clients.items())]


def _consent(client: str, one: Known, known: Withholding) -> Json:
    """The consent in force, by whom it was told first, and from when on opens and clicks may be known.

    They are from null on if none is withheld, and not allowed at all if there is no time.
    """
    limit = known.limit(client)
    return {
        "client_id": client,
        "consent_to_track": one.in_force,
        "tracking_consent": known.policy(client).tracking_consent,
        "opens_and_clicks": {
            "allowed": limit < NEVER,
            "from": rfc3339(limit) if ALWAYS < limit < NEVER else None,
        },
        "observations": [
            {"at": rfc3339(it.at), "value": it.value, "source": it.source} for it in one.observations
        ],
    }


def explanation(
    found: Profile,
    made: Mapping[str, Explanation],
    read: int,
    last: Position | None,
    known: Withholding,
) -> Json:
    """Every field with its value and what the rows that were read tell of it, and the consents.

    Older rows follow at the cursor.
    """
    fields = {name: {"value": found.fields[name], **_made(one)} for name, one in made.items()}
    return {
        "email": found.email,
        "fields": fields,
        "rows": found.rows,
        "read": read,
        "consents": consents(known),
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
    columns = [
        {
            "expression": one.expression,
            "condition": one.condition or None,
            "field": one.field,
            "unique_id": one.unique_id,
            "description": one.description or None,
            "type": one.kind,
        }
        for one in text.columns
    ]
    return {"stream": text.stream, "mapping": text.mapping, "default": text.default, "columns": columns}


def trial(mistakes: Sequence[Mapping[str, Any]], compared: Sequence[Profile]) -> Json:
    """A text that was checked: its mistakes, and a person's fields before and after it, if asked for.

    A mistake of the whole text has no place: null.
    """
    places = ("stream", "line", "column", "excerpt")
    errors = [{"message": one["message"], **{name: one.get(name) for name in places}} for one in mistakes]
    shown = zip(("before", "after"), compared, strict=False)
    return {"errors": errors, **{name: found.fields for name, found in shown}}


def reprojection(state: ReprojectionState, now: int) -> Json:
    """A re-aggregation; one that makes no step any more is `stalled`."""
    stalled = {}
    if state.is_stalled(now):
        message = (
            f"nothing has moved since {rfc3339(state.moved_at)}: see the log of bulk, then start it again"
        )
        stalled = {"status": "stalled", "message": message}
    return {
        "status": state.status,
        "started_at": None if state.started_at is None else rfc3339(state.started_at),
        "finished_at": None if state.finished_at is None else rfc3339(state.finished_at),
        "addresses": {"done": state.done, "total": state.total},
        **stalled,
    }
