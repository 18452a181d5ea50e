"""How Campaign Monitor tells of a change: the one translator of its webhooks' PascalCase.

See docs/reference/campaign-monitor.md#deliveries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lytics_cm.addresses import folded
from lytics_cm.campaign_monitor import zones
from lytics_cm.campaign_monitor.fields import custom_fields_of
from lytics_cm.errors import UnreadableMessage
from lytics_cm.json_text import MAX_LEVELS, is_deep
from lytics_cm.streams import MAX_ADDRESS_CHARS, UNUSABLE, address, moment
from lytics_cm.subscriptions import ACTIVE, DEACTIVATE, SUBSCRIBE, UPDATE, Change

type Json = dict[str, Any]

MAX_EVENTS = 10_000
"""Ten times what the vendor announces."""
MAX_TYPE_CHARS = 40
"""Of an event's type, and of a state: words."""
TYPES = ("Subscribe", "Update", "Deactivate")
EVENTS = (SUBSCRIBE, UPDATE, DEACTIVATE)
MADE_UP_DOMAINS = ("example.org", "example.com", "example.net", "example", "test", "invalid")
"""Nobody can have an address there (RFC 2606)."""


@dataclass(slots=True)
class Delivery:
    """One POST: its changes, and `{source, message, email?}` for each event that cannot be used."""

    changes: list[Change] = field(default_factory=list)
    failures: list[Json] = field(default_factory=list)
    is_test: bool = False


def parse(body: Any, list_id: str, zone: str, now: int) -> Delivery:
    """Read a delivery for a list whose client has that time zone.

    Whatever its JSON is, there is an answer.
    """
    try:
        events = _events(body, list_id)
    except UnreadableMessage as error:
        return Delivery(failures=[_failure(body, list_id, str(error))])
    delivery = Delivery(is_test=_is_test(events))
    for event in events[:MAX_EVENTS]:
        try:
            change = _change(event, zone, is_test=delivery.is_test)
            moment(change.at, now)
            delivery.changes.append(change)
        except UnreadableMessage as error:
            delivery.failures.append(_failure(event, list_id, str(error)))
    if len(events) > MAX_EVENTS:
        message = f"the delivery has more than {MAX_EVENTS} events; the rest was left out"
        delivery.failures.append(_failure(body, list_id, message))
    return delivery


def _events(body: Any, list_id: str) -> list[Any]:
    if not isinstance(body, dict) or not isinstance(body.get("Events"), list):
        raise UnreadableMessage("a delivery is an object with ListID and Events")
    if _told(body, "ListID").lower() != list_id.lower():
        raise UnreadableMessage("the delivery is of another list than this webhook")
    events: list[Any] = body["Events"]
    return events


def _change(event: Any, zone: str, *, is_test: bool) -> Change:
    if not isinstance(event, dict):
        raise UnreadableMessage("an event is an object")
    if is_deep(event):
        raise UnreadableMessage(f"the event is nested deeper than {MAX_LEVELS} levels")
    kind, state = _kind_and_state(event)
    email, old = _text(event, "EmailAddress"), _text(event, "OldEmailAddress")
    known = address(email)
    more = {
        "signup_ip": _text(event, "SignupIPAddress"),
        "old_email": old if folded(old) != known else "",
        "test": "true" if is_test else "",
    }
    return Change(
        event=kind,
        at=_moment(_text(event, "Date"), zone),
        email=email,
        name=_text(event, "Name"),
        state=state,
        custom_fields=_custom_fields(event),
        more={column: value for column, value in more.items() if value},
    )


def _kind_and_state(event: Mapping[str, Any]) -> tuple[str, str]:
    """What kind of change it is, and the state that it tells. A deactivation says why."""
    kind, state = _text(event, "Type"), _text(event, "State")
    if kind.lower() not in EVENTS:
        raise UnreadableMessage(f"the event type {kind[:MAX_TYPE_CHARS]!r} is none of {', '.join(TYPES)}")
    if len(state) > MAX_TYPE_CHARS or (kind.lower() == DEACTIVATE and state.strip().lower() in ("", ACTIVE)):
        raise UnreadableMessage(f"the state {state[:MAX_TYPE_CHARS]!r} is none that {kind} can tell of")
    return kind.lower(), state


def _moment(date: str, zone: str) -> int:
    clocks = zones.zone_of(zone)
    at = zones.to_utc(date, clocks)
    if not zones.is_shown(date, clocks):
        raise UnreadableMessage(f"the clocks of the client's time zone skip {date!r}")
    return at


def _custom_fields(event: Mapping[str, Any]) -> dict[str, str | list[str]]:
    try:
        return custom_fields_of(event.get("CustomFields"))
    except (AttributeError, TypeError, ValueError):
        raise UnreadableMessage("the event's custom fields are not an array of Key and Value") from None


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    if value is not None and not isinstance(value, str):
        raise UnreadableMessage(f"the event's {key} is not a text")
    return value or ""


def _failure(found: Any, list_id: str, message: str) -> Json:
    kind, date = (_told(found, name)[:MAX_TYPE_CHARS] for name in ("Type", "Date"))
    email = _told(found, "EmailAddress")[:MAX_ADDRESS_CHARS]
    source = f"webhook/{list_id}/{kind}/{date}"
    return {"source": source, "code": UNUSABLE, "email": email or None, "message": message}


def _is_test(events: list[Any]) -> bool:
    """Whether this looks like the vendor's test call: one event of each type, at one time, of nobody."""
    if len(events) != len(TYPES):
        return False
    dates = {_told(event, "Date") for event in events}
    domains = {folded(_told(event, "EmailAddress")).rpartition("@")[2] for event in events}
    kinds = sorted(_told(event, "Type") for event in events)
    return kinds == sorted(TYPES) and len(dates) == 1 and domains.issubset(MADE_UP_DOMAINS)


def _told(found: Any, key: str) -> str:
    """A text of what may be anything; empty when it has none."""
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""
