"""What a list's webhook would have told of the people on a page, had it been alive: the gap's activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lytics_cm.errors import UnreadableMessage
from lytics_cm.streams import address
from lytics_cm.subscriptions import ACTIVE, DEACTIVATE, SUBSCRIBE, Change, ListOfClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from import_app.reading.context import Context
    from import_app.tasks import Json
    from lytics_cm.campaign_monitor.records import Subscriber

LEFT = ("unsubscribed", "bounced", "deleted")


def rows(changes: Sequence[Change], place: ListOfClient, context: Context) -> list[Json]:
    """The changes' activity, without what our own export did.

    Each row is the one that the webhook would have made, so a delivery that came all the same changes
    nothing. Edits, and states that were left again, are not to be seen on a page.
    """
    known = context.echoes.recognise(place.listing["id"], changes, context.now)
    return [change.activity(place) for number, change in enumerate(changes) if number not in known]


def missed(record: Subscriber, since: int, context: Context) -> Change | None:
    """How the person came into this state, when that was in the gap that began at `since` (epoch ms)."""
    state = record.state.lower()
    try:
        at = context.moment_of(record.date)
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
