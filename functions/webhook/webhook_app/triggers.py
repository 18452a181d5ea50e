"""How Lytics tells that somebody entered or left an audience: its four formats.

See docs/reference/lytics.md#audience-triggers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lytics_cm.errors import UnreadableMessage
from lytics_cm.profile_fields import address_in, bounded
from lytics_cm.queues import MAX_MESSAGE_BYTES
from lytics_cm.streams import MAX_ADDRESS_CHARS, UNUSABLE, address, moment

type Json = dict[str, Any]

EVENTS = ("enter", "exit", "change")
NO_FIELDS = ("segment_events", "segments_all")
EMPTY: tuple[Any, ...] = (None, "", [], {})
MAX_TRIGGERS = 10_000
MAX_BYTES = 32 * 1024 * 1024
"""What one POST may become in the queue: every change carries the profile fields that the export needs."""
MAX_CHARS = 300
MAX_EVENT_CHARS = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")


@dataclass(slots=True)
class Triggers:
    """One POST: how many triggers were usable, their membership changes, and a failure for each other.

    It is readable when any of it has a known format, or nothing is in it.
    """

    accepted: int = 0
    changes: list[Json] = field(default_factory=list)
    failures: list[Json] = field(default_factory=list)
    bytes: int = 0
    is_readable: bool = True

    def add(self, change: Json, size: int) -> None:
        """Take a change whose fields have that size in JSON.

        Raises `UnreadableMessage` when it is too much.
        """
        self.bytes += size
        if size > MAX_MESSAGE_BYTES or self.bytes > MAX_BYTES:
            raise UnreadableMessage("the profile's fields are too large; choose fewer Export Fields")
        self.changes.append(change)


def parse(body: Any, email_field: str, fields: Sequence[str], now: int) -> Triggers:
    """Read a POST for an export that needs these profile fields; whatever its JSON is, there is an answer."""
    batch = body if isinstance(body, list) else [body]
    found = Triggers()
    readable = 0
    for trigger in batch[:MAX_TRIGGERS]:
        try:
            data, time = _unwrapped(trigger)
        except UnreadableMessage as error:
            found.failures.append(_failure(trigger, {}, email_field, str(error)))
            continue
        readable += 1
        _read(found, data, time, email_field, fields, now)
    if len(batch) > MAX_TRIGGERS:
        message = f"there are more than {MAX_TRIGGERS} triggers; the rest was left out"
        found.failures.append(_failure({}, {}, email_field, message))
    found.is_readable = readable > 0 or not batch
    return found


def _unwrapped(trigger: Any) -> tuple[Json, Any]:
    """The profile with its `segment_events`, and the time, from the new or old format or a CloudEvent."""
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


def _read(found: Triggers, data: Json, time: Any, email_field: str, fields: Sequence[str], now: int) -> None:
    before = len(found.changes)
    wanted = bounded(_wanted(data, fields))
    size = len(json.dumps(wanted))
    for event in data["segment_events"]:
        try:
            change = _change(event, _email(data, email_field), time, now)
            nth = {"nth": len(found.changes)} if found.changes else {}
            told = {"fields": wanted, "fields_at": _told(time, change["at"], now), **nth}
            found.add(change | told, size)
        except UnreadableMessage as error:
            found.failures.append(_failure(data, event, email_field, str(error)))
    found.accepted += len(found.changes) > before


def _change(event: Any, email: str, time: Any, now: int) -> Json:
    if not isinstance(event, dict):
        raise UnreadableMessage("an entry of segment_events is an object")
    kind = _text(event, "event").lower()
    if kind not in EVENTS:
        raise UnreadableMessage(
            f"the audience event {kind[:MAX_EVENT_CHARS]!r} is none of {', '.join(EVENTS)}"
        )
    audience, slug = _text(event, "id"), _text(event, "slug")
    if not audience and not slug:
        raise UnreadableMessage("the event does not name its audience")
    when = event.get(kind) if kind != "change" else time
    at = now if when is None and kind == "change" else moment_of(when, now)
    return {"email": email, "audience_id": audience, "slug": slug, "event": kind, "at": at}


def _told(time: Any, otherwise: int, now: int) -> int:
    """When the profile was as the trigger has it: when the message was made, maybe long after an entry."""
    try:
        return moment_of(time, now)
    except UnreadableMessage:
        return otherwise


def _email(data: Mapping[str, Any], email_field: str) -> str:
    try:
        return address(address_in(data, email_field))
    except UnreadableMessage:
        is_missing = data.get(email_field) in EMPTY
        words = "is missing" if is_missing else "cannot be used as an e-mail address"
        raise UnreadableMessage(f"the profile's field {email_field!r} {words}") from None


def _wanted(data: Mapping[str, Any], fields: Sequence[str]) -> Json:
    """The fields that the export needs and the trigger carries, None where they are empty.

    All but Lytics' internal ones when the export does not say.
    """
    names = fields or [name for name in data if not name.startswith("_") and name not in NO_FIELDS]
    return {name: None if data[name] in EMPTY else data[name] for name in names if name in data}


def _failure(data: Any, event: Any, email_field: str, message: str) -> Json:
    audience = _text(event, "slug") or _text(event, "id")
    when = _text(event, "enter") or _text(event, "exit")
    return {
        "source": f"trigger/{audience}/{_text(event, 'event')[:MAX_EVENT_CHARS]}/{when}",
        "code": UNUSABLE,
        "email": _text(data, email_field)[:MAX_ADDRESS_CHARS] or None,
        "message": message,
    }


def _text(found: Any, key: str) -> str:
    """A text of what may be anything, bounded; empty when it has none."""
    value = found.get(key) if isinstance(found, dict) else None
    return value[:MAX_CHARS] if isinstance(value, str) else ""


def moment_of(value: Any, now: int) -> int:
    """Epoch milliseconds of an RFC 3339 time that can have been.

    Raises `UnreadableMessage` for anything else, without offset, before 1970, or more than a day ahead of
    `now`.
    """
    try:
        found = datetime.fromisoformat(FRACTION.sub(r"\1", value))
        at = (found - EPOCH) // MILLISECOND
    except TypeError:
        raise UnreadableMessage("the audience event's time is no text, or has no offset from UTC") from None
    except (ValueError, OverflowError):
        raise UnreadableMessage("the audience event has no time that can be read") from None
    return moment(at, now)
