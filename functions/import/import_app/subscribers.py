"""Reads a page of a list's subscribers in one state: snapshots for `cm_user`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from import_app.tasks import Json, Outcome, Task
from lytics_cm.campaign_monitor import zones
from lytics_cm.errors import UnreadableMessage
from lytics_cm.streams import snapshot

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor

STATES = ("active", "unconfirmed", "unsubscribed", "bounced", "deleted")
"""One person is in exactly one of them per list (API reference 4.4)."""


def page_task(parent: Task, client: Json, listing: Json, state: str, page: int) -> Task:
    """The task of one page; `client` is `{id, name, zone}`, `listing` `{id, name}`."""
    args = {"client": client, "list": listing, "state": state, "page": page}
    return parent.child(f"subscribers/{listing['id']}/{state}/{page}", "subscribers", args)


def read(task: Task, vendor: CampaignMonitor, now: int) -> Outcome:
    """Read one page; the first one calls for all others. `now` (epoch ms) is from before the call."""
    args = task.args
    client, listing, state = args["client"], args["list"], args["state"]
    page = vendor.subscribers(listing["id"], state, args["page"])
    rows, failures = [], []
    for record in page.records:
        try:
            rows.append(row(record, client, listing, now))
        except UnreadableMessage as error:
            failures.append({"source": task.unit, "email": record.email[:254], "message": str(error)})
    last = page.pages if args["page"] == 1 else 0
    more = [page_task(task, client, listing, state, number) for number in range(2, last + 1)]
    counts = {"calls": 1, "pages_done": 1, "pages_total": len(more), "rejected": len(failures)}
    counts |= {"subscribers_done": 1, "subscribers_total": len(more)}
    return Outcome(rows, more, failures, counts)


def row(record: Any, client: Json, listing: Json, seen: int) -> Json:
    """The snapshot of one subscriber as a row message."""
    return snapshot(
        email=record.email,
        name=record.name,
        state=record.state,
        ts=zones.to_utc(record.date, zones.zone_of(client["zone"])),
        seen=seen,
        client=client,
        listing=listing,
        more={
            "list_joined": record.list_joined_date,
            "reads_email_with": record.reads_email_with,
            "consent_to_track": record.consent_to_track,
        },
        custom_fields=record.custom_fields,
    )
