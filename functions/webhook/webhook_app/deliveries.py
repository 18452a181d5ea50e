"""How Campaign Monitor tells of a change: the one translator of its webhooks' PascalCase (API reference, section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lytics_cm.addresses import folded
from lytics_cm.campaign_monitor import zones
from lytics_cm.campaign_monitor.fields import custom_fields_of
from lytics_cm.errors import UnreadableMessage
from lytics_cm.streams import address
from lytics_cm.subscriptions import Change

type Json = dict[str, Any]

MAX_EVENTS = 10_000
"""Ten times what the vendor announces."""
MAX_TYPE_CHARS = 40
TEST_TYPES = ["Deactivate", "Subscribe", "Update"]
MADE_UP_DOMAINS = ("example.org", "example.com", "example.net", "example", "test", "invalid")
"""Nobody can have an address there (RFC 2606)."""


@dataclass(slots=True)
class Delivery:
    """One POST: the changes that it tells, and `{source, message, email?}` for each event that cannot be used.

    `unknowable` counts those of the latter that are no fault of the sender: people without an e-mail address.
    """

    changes: list[Change] = field(default_factory=list)
    failures: list[Json] = field(default_factory=list)
    unknowable: int = 0
    is_test: bool = False


def parse(body: Any, list_id: str, zone: str) -> Delivery:
    """Read a delivery for a list whose client has that time zone. Raises `UnreadableMessage` when nothing of it is usable."""
    events = _events(body, list_id)
    delivery = Delivery(is_test=_is_test(events))
    for event in events:
        try:
            delivery.changes.append(_change(event, zone, is_test=delivery.is_test))
        except UnreadableMessage as error:
            delivery.failures.append(_failure(event, list_id, error))
            delivery.unknowable += _has_no_address(event)
    if delivery.failures and not delivery.changes and not delivery.unknowable:
        raise UnreadableMessage(f"no event of the delivery can be used: {delivery.failures[0]['message']}")
    return delivery


def _events(body: Any, list_id: str) -> list[Any]:
    if not isinstance(body, dict) or not isinstance(body.get("Events"), list):
        raise UnreadableMessage("a delivery is an object with ListID and Events")
    if str(body.get("ListID", "")).lower() != list_id.lower():
        raise UnreadableMessage("the delivery is of another list than this webhook")
    if len(body["Events"]) > MAX_EVENTS:
        raise UnreadableMessage(f"the delivery has more than {MAX_EVENTS} events")
    events: list[Any] = body["Events"]
    return events


def _change(event: Any, zone: str, *, is_test: bool) -> Change:
    if not isinstance(event, dict):
        raise UnreadableMessage("an event is an object")
    kind, email, old = _text(event, "Type"), _text(event, "EmailAddress"), _text(event, "OldEmailAddress")
    if not kind or len(kind) > MAX_TYPE_CHARS:
        raise UnreadableMessage("the event has no type")
    known = address(email)
    more = {
        "signup_ip": _text(event, "SignupIPAddress"),
        "old_email": old if folded(old) != known else "",
        "test": "true" if is_test else "",
    }
    return Change(
        event=kind.lower(),
        at=_moment(_text(event, "Date"), zone),
        email=email,
        name=_text(event, "Name"),
        state=_text(event, "State"),
        custom_fields=_custom_fields(event),
        more={column: value for column, value in more.items() if value},
    )


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


def _failure(event: Any, list_id: str, error: UnreadableMessage) -> Json:
    found: Mapping[str, Any] = event if isinstance(event, dict) else {}
    told = {name: str(found.get(name, ""))[:254] for name in ("Type", "Date", "EmailAddress")}
    source = f"webhook/{list_id}/{told['Type'][:MAX_TYPE_CHARS]}/{told['Date'][:MAX_TYPE_CHARS]}"
    return {"source": source, "email": told["EmailAddress"] or None, "message": str(error)}


def _has_no_address(event: Any) -> bool:
    """Whether it is of somebody known by a mobile number alone."""
    return isinstance(event, dict) and not event.get("EmailAddress") and bool(event.get("MobileNumber"))


def _is_test(events: list[Any]) -> bool:
    """Whether this looks like the vendor's test call: one event of each type, at one time, of nobody who can be."""
    told = [event for event in events if isinstance(event, dict)]
    kinds = sorted(str(event.get("Type")) for event in told)
    dates = {str(event.get("Date")) for event in told}
    domains = {folded(str(event.get("EmailAddress", ""))).rpartition("@")[2] for event in told}
    return kinds == TEST_TYPES and len(dates) == 1 and domains.issubset(MADE_UP_DOMAINS)
