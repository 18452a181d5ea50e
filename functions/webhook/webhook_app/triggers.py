"""How Lytics tells that somebody entered or left an audience: its four formats (lytics.md, section 3)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lytics_cm.errors import UnreadableMessage
from lytics_cm.queues import MAX_MESSAGE_BYTES
from lytics_cm.streams import address

type Json = dict[str, Any]

EVENTS = ("enter", "exit", "change")
NO_FIELDS = ("segment_events", "segments_all")
EMPTY: tuple[Any, ...] = (None, "", [], {})
MAX_TRIGGERS = 10_000
MAX_BYTES = 32 * 1024 * 1024
"""What one POST may become in the queue: every change carries the profile fields that the export needs."""
MAX_CHARS = 300
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")


@dataclass(slots=True)
class Triggers:
    """One POST: how many triggers were usable, the membership changes in them, and a failure for each that is not."""

    accepted: int = 0
    changes: list[Json] = field(default_factory=list)
    failures: list[Json] = field(default_factory=list)
    bytes: int = 0

    def add(self, change: Json, size: int) -> None:
        """Take a change whose fields have that size in JSON. Raises `UnreadableMessage` when it is too much."""
        self.bytes += size
        if size > MAX_MESSAGE_BYTES or self.bytes > MAX_BYTES:
            raise UnreadableMessage("the profile's fields are too large; choose fewer Export Fields")
        self.changes.append(change)


def parse(body: Any, email_field: str, fields: Sequence[str], now: int) -> Triggers:
    """Read a POST for an export that needs these profile fields. Raises `UnreadableMessage` for no known format."""
    found = Triggers()
    for trigger in _triggers(body):
        _read(found, trigger, email_field, fields, now)
    return found


def _triggers(body: Any) -> list[tuple[Json, Any]]:
    """Data and time of each trigger."""
    batch = body if isinstance(body, list) else [body]
    if len(batch) > MAX_TRIGGERS:
        raise UnreadableMessage(f"there are more than {MAX_TRIGGERS} triggers in one request")
    return [_unwrapped(one) for one in batch]


def _unwrapped(trigger: Any) -> tuple[Json, Any]:
    """The profile with its `segment_events`, from the new format, a CloudEvent, or the old format."""
    if not isinstance(trigger, dict):
        raise UnreadableMessage("a trigger is an object")
    data = trigger.get("data")
    if not isinstance(data, dict):
        data = trigger
    if not isinstance(data.get("segment_events"), list):
        raise UnreadableMessage("a trigger has segment_events, in data or beside the profile's fields")
    meta = trigger.get("meta")
    time = meta.get("timestamp") if isinstance(meta, dict) else None
    return data, time or (trigger.get("time") if "specversion" in trigger else None)


def _read(
    found: Triggers, trigger: tuple[Json, Any], email_field: str, fields: Sequence[str], now: int
) -> None:
    data, time = trigger
    before = len(found.changes)
    wanted = _wanted(data, fields)
    size = len(json.dumps(wanted))
    for event in data["segment_events"]:
        try:
            change = _change(event, _email(data, email_field), time, now)
            found.add(change | {"fields": wanted, "fields_at": _told(time, change["at"])}, size)
        except UnreadableMessage as error:
            found.failures.append(_failure(data, event, email_field, error))
    found.accepted += len(found.changes) > before


def _change(event: Any, email: str, time: Any, now: int) -> Json:
    if not isinstance(event, dict):
        raise UnreadableMessage("an entry of segment_events is an object")
    kind = str(event.get("event", "")).lower()
    if kind not in EVENTS:
        raise UnreadableMessage(f"the audience event {kind[:MAX_CHARS]!r} is none of {', '.join(EVENTS)}")
    audience, slug = (str(event.get(name) or "")[:MAX_CHARS] for name in ("id", "slug"))
    if not audience and not slug:
        raise UnreadableMessage("the event does not name its audience")
    when = event.get(kind) if kind != "change" else time
    at = now if when is None and kind == "change" else moment(when)
    return {"email": email, "audience_id": audience, "slug": slug, "event": kind, "at": at}


def _told(time: Any, otherwise: int) -> int:
    """When the profile was as the trigger has it: when the message was made, which may be long after an entry."""
    try:
        return moment(time)
    except UnreadableMessage:
        return otherwise


def _email(data: Mapping[str, Any], email_field: str) -> str:
    value = data.get(email_field)
    first = value[0] if isinstance(value, list) and value else value
    try:
        return address(first)
    except UnreadableMessage:
        words = "cannot be used as an e-mail address" if first else "is missing"
        raise UnreadableMessage(f"the profile's field {email_field!r} {words}") from None


def _wanted(data: Mapping[str, Any], fields: Sequence[str]) -> Json:
    """The fields that the export needs and the trigger carries, None where they are empty.

    All but Lytics' internal ones when the export does not say.
    """
    names = fields or [name for name in data if not name.startswith("_") and name not in NO_FIELDS]
    return {name: None if data[name] in EMPTY else data[name] for name in names if name in data}


def _failure(data: Mapping[str, Any], event: Any, email_field: str, error: UnreadableMessage) -> Json:
    found: Mapping[str, Any] = event if isinstance(event, dict) else {}
    audience = str(found.get("slug") or found.get("id") or "")[:MAX_CHARS]
    when = str(found.get("enter") or found.get("exit") or "")[:MAX_CHARS]
    email = data.get(email_field)
    return {
        "source": f"trigger/{audience}/{found.get('event', '')!s:.20}/{when}",
        "email": email[:254] if isinstance(email, str) and email else None,
        "message": str(error),
    }


def moment(value: Any) -> int:
    """Epoch milliseconds of an RFC 3339 time. Raises `UnreadableMessage` for anything else, or without offset."""
    try:
        found = datetime.fromisoformat(FRACTION.sub(r"\1", str(value)))
        return (found - EPOCH) // MILLISECOND
    except TypeError:
        raise UnreadableMessage("the audience event's time has no offset from UTC") from None
    except (ValueError, OverflowError):
        raise UnreadableMessage("the audience event has no time that can be read") from None
