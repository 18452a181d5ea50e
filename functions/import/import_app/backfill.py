"""What a list's webhook would have told of the people on a page, had it been alive: the gap's activity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lytics_cm.campaign_monitor import zones
from lytics_cm.errors import UnreadableMessage
from lytics_cm.streams import address
from lytics_cm.subscriptions import ACTIVE, DEACTIVATE, SUBSCRIBE, Change, Place

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from lytics_cm.campaign_monitor.records import Subscriber
    from lytics_cm.store.echoes import Echoes

LEFT = ("unsubscribed", "bounced", "deleted")


def rows(
    records: Iterable[Subscriber], place: Place, zone: ZoneInfo, since: int, echoes: Echoes, now: int
) -> list[dict[str, Any]]:
    """The activity since `since` (epoch ms) that the records show, without what our own export did.

    Each row is the one that the webhook would have made, so a delivery that came all the same changes nothing. Edits,
    and states that were left again, are not to be seen on a page.
    """
    changes = [change for record in records if (change := missed(record, zone, since))]
    known = echoes.recognise(place.listing["id"], changes, now)
    return [change.activity(place) for number, change in enumerate(changes) if number not in known]


def missed(record: Subscriber, zone: ZoneInfo, since: int) -> Change | None:
    """How the person came into this state, when that was in the gap."""
    state = record.state.lower()
    try:
        at = zones.to_utc(record.date, zone)
        address(record.email)
    except UnreadableMessage:
        return None  # its snapshot is rejected, with the reason
    if at < since or state not in (ACTIVE, *LEFT):
        return None
    return Change(
        event=SUBSCRIBE if state == ACTIVE else DEACTIVATE,
        at=at,
        email=record.email,
        name=record.name,
        state=record.state,
        custom_fields=record.custom_fields,
    )
