"""What a person may know: what is kept of them, what an erasure removed, and what it leaves until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lytics_cm.ledger_view import entry_view
from lytics_cm.web import rfc3339
from profile_app import views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lytics_cm.store.erasures import Block, Tombstone
    from lytics_cm.store.jobs import Job
    from lytics_cm.store.membership import Kept
    from profile_app.erasing import Erasure
    from profile_app.traces import Traces

type Json = dict[str, Any]

DAY = 86_400_000
MINUTE = 60_000
BACKUPS, MESSAGES, ECHOES, NOTES = 35 * DAY, 14 * DAY, 9 * DAY, 30 * DAY
"""How long DynamoDB can restore a table, how long SQS keeps a message, how long we keep notes."""
FOR_GOOD = (
    "the hash of the address and the time of the erasure",
    "the subscriber at Campaign Monitor and the person in Lytics; what they tell later is new",
)


def receipt(done: Erasure, log_days: int) -> Json:
    """The answer to an erasure."""
    return {
        "removed": dict(done.removed),
        "remains": [
            *(_remainder(what, rfc3339(done.at + period)) for what, period in _for_a_time(done, log_days)),
            *(_remainder(what) for what in _until_something(done)),
            *(_remainder(what, for_good=True) for what in FOR_GOOD),
        ],
        "blocked": done.blocked,
    }


def _remainder(what: str, until: str | None = None, *, for_good: bool = False) -> Json:
    return {"what": what, "until": until, "for_good": for_good}


def _for_a_time(done: Erasure, log_days: int) -> list[tuple[str, int]]:
    """What remains for a time, and how long in ms."""
    going_on = [("rows that nobody finds any more and that are being removed", 60 * MINUTE)]
    return [
        *(going_on if done.is_going_on else []),
        ("the sealed address, to remove what functions at work may still write", 15 * MINUTE),
        ("backups of the tables (point-in-time recovery)", BACKUPS),
        (
            "messages in queues and dead letters; they are dropped when they arrive, also after a redrive",
            MESSAGES,
        ),
        (
            "notes of an import on the edges of report pages, packed, and hashes of them; what they tell is dropped",
            NOTES,
        ),
        ("hashes that tell our own writes from the person's", ECHOES),
        ("logs; they name no addresses", log_days * DAY),
    ]


def _until_something(done: Erasure) -> list[str]:
    """What remains until something happens: nobody knows when."""
    return [
        "keyed hashes of addresses with their consent, until their page is read again",
        *(["the sealed address, until the block is lifted"] if done.blocked else []),
    ]


def everything(found: Traces, stone: Tombstone, cursor: str | None) -> Json:
    """All that is kept of a person, as one JSON; `cursor` is where more rows follow."""
    return {
        "email": found.email,
        "profile": views.profile(found.profile) if found.profile else None,
        "rows": [views.row(one) for one in found.rows],
        "rows_left": found.left,
        "cursor": cursor,
        "consents": views.consents(found.consents),
        "memberships": [
            _membership(export, kept, found.exports.get(export, {}))
            | {"ledger": [entry_view(entry) for entry in found.ledger.get(export, ())]}
            for export, kept in sorted(found.memberships.items())
        ],
        "failures": [
            {
                "job": one["job"],
                "code": None,
                **{name: value for name, value in one["failure"].items() if name != "email"},
                "at": rfc3339(one["at"]),
            }
            for one in found.failures
        ],
        "erased_at": _time(stone.erased_at),
        "blocked": stone.blocked,
    }


def in_exports(memberships: Mapping[str, Kept], exports: Mapping[str, Job]) -> list[Json]:
    """A person in every export that knows them, as `everything` has it, but for what Lytics told of them."""
    return [
        _in_export(_membership(export, kept, exports.get(export, {})), exports.get(export, {}))
        for export, kept in sorted(memberships.items())
    ]


def _in_export(whole: Json, job: Json) -> Json:
    """With the names of audiences, and whether the person is in them: times alone tell of several stays."""
    names = {one["slug"]: one.get("name") for one in job.get("audiences", [])}
    audiences = [
        {"slug": one["slug"], "name": names.get(one["slug"]), "inside": _is_inside(one), **one}
        for one in whole["audiences"]
    ]
    told = {name: value for name, value in whole.items() if name not in ("fields", "fields_at")}
    return told | {"audiences": audiences}


def _is_inside(stay: Json) -> bool:
    """Of two changes at one moment, leaving wins; times are texts of one length, or null for never."""
    return max(stay["entered_at"] or "", stay["seen_at"] or "") > (stay["left_at"] or "")


def block(one: Block) -> Json:
    return {"email": one.email, "blocked_at": rfc3339(one.blocked_at)}


def _membership(export: str, kept: Kept, job: Json) -> Json:
    """One person in one export: what Lytics told, what the list was told, what came of it."""
    state, failure = kept.record.state, kept.failure
    return {
        "export": {"id": export, **{name: job.get(name) for name in ("description", "list_id", "dry_run")}},
        "audiences": [
            {"slug": slug, "entered_at": _time(entered), "seen_at": _time(seen), "left_at": _time(left)}
            for slug, (entered, seen, left) in state.get("stays", {}).items()
        ],
        "fields": state.get("fields", {}),
        "fields_at": _time(state.get("fields_at", 0)),
        "consents": {name: _noted(note) for name, note in state.get("consents", {}).items()},
        "sent": state.get("sent"),
        "sent_at": _time(state.get("sent_at", 0)),
        "tried": state.get("tried"),
        "outcome": state.get("outcome"),
        "waiting": kept.record.open,
        "failure": {**failure, "at": rfc3339(failure["at"])} if failure else None,
    }


def _noted(note: Json) -> Json:
    """A consent in an export: what we wrote last and what Campaign Monitor had when we looked, with times."""
    return {
        "written": note.get("value") or None,
        "written_at": _time(note.get("at", 0)),
        "found": note.get("found") or None,
        "found_at": _time(note.get("found_at", 0)),
        "left_alone": note.get("is_left", False),
    }


def _time(at: int) -> str | None:
    return rfc3339(at) if at else None
