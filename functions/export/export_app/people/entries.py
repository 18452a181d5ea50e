"""What the ledger and the activity are told of an outcome: what became of whom, what was sent, and why. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lytics_cm.campaign_monitor.writes import Entry

if TYPE_CHECKING:
    from export_app.people.membership import Observed, Stay

type Json = dict[str, Any]
type Values = dict[str, str | list[str] | None]
"""What the list has of a person by field: a list of options for a field that takes several, None for nothing."""

ADDED, CHANGED, REMOVED, SKIPPED, REFUSED, KEPT_OUT = OUTCOMES = (
    "added",
    "changed",
    "removed",
    "skipped",
    "refused",
    "kept_out",
)
AUDIENCE, EXISTING_USERS, START, UPKEEP, RETRY, TRY = TRIGGERS = (
    "audience",
    "existing_users",
    "start",
    "upkeep",
    "retry",
    "try",
)
"""Why people are sent, see `lytics_cm.store.activity`."""
WORDS = {"added": ADDED, "updated": CHANGED, "removed": REMOVED}
"""What the ledger calls what the job counts."""
NEVER_SENT = "the person left the audiences before anything was sent"
NOT_LISTED = "the person left the audiences and is not on the list"
MOST_SENT_BYTES = 10_000
"""Of the values of one entry; an item has those of ninety people."""


def outcome(
    word: str,
    trigger: str,
    at: int,
    observed: Observed,
    *,
    sent: Values | None = None,
    why: str | None = None,
) -> Json:
    """What became of somebody at a time (epoch ms), and which change of an audience it goes back to."""
    told: Json = {"at": at, "outcome": word, "trigger": trigger}
    if cause := cause_of(observed):
        told["cause"] = list(cause)
    return told | (_sent(sent) if sent else {}) | ({"why": why} if why else {})


def cause_of(observed: Observed) -> tuple[str, str | None, int] | None:
    """The latest thing that Lytics told of a person: event, slug if it is about an audience, and time."""
    told: list[tuple[int, str, str | None]] = []
    for slug, stay in observed.stays.items():
        told.extend((at, event, slug) for event, at in _times(stay) if at)
    if observed.fields_at > max((at for at, _, _ in told), default=0) and observed.carried:
        told.append((observed.fields_at, "change", None))
    if not told:
        return None
    latest = max(told, key=lambda one: (one[0], one[1], one[2] or ""))
    return latest[1], latest[2], latest[0]


def values_of(entry: Entry, several: frozenset[str]) -> Values:
    """What an entry writes, by field; `several` are the keys of fields that take several options."""
    values: Values = {} if entry.name is None else {"name": entry.name}
    for value in entry.fields:
        if value.clear:
            values[value.key] = None
        elif value.key in several:
            known = values.get(value.key)
            values[value.key] = [*(known if isinstance(known, list) else []), value.value]
        else:
            values[value.key] = value.value
    if entry.consent_to_track != "Unchanged":
        values["consent_to_track"] = entry.consent_to_track
    if entry.mobile_number:
        values["mobile_number"] = entry.mobile_number
        if entry.consent_to_send_sms != "Unchanged":
            values["consent_to_sms"] = entry.consent_to_send_sms
    return values


def _times(stay: Stay) -> list[tuple[str, int]]:
    return [("enter", stay.entered), ("seen", stay.seen), ("exit", stay.left)]


def bounded(values: Values) -> Values:
    """As many of the fields as can be kept beside other things."""
    kept: Values = {}
    size = 0
    for name, value in values.items():
        size += len(name.encode("utf-8", "replace")) + len(str(value).encode("utf-8", "replace"))
        if size <= MOST_SENT_BYTES:
            kept[name] = value
    return kept


def _sent(sent: Values) -> Json:
    """What was sent, and how many fields of it are left out."""
    kept = bounded(sent)
    return {"sent": kept} | ({"left_out": len(sent) - len(kept)} if len(kept) < len(sent) else {})
