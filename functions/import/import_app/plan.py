"""Plans a run: what of the client has to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from import_app import subscribers
from import_app.tasks import Json, Outcome, Task
from lytics_cm.errors import InvalidInput

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.jobs import Job


@dataclass(frozen=True, slots=True)
class Scope:
    """What a job imports, as it is at Campaign Monitor now: `client` `{id, name, zone}`, lists `{id, name}`."""

    client: Json
    lists: list[Json]
    missing: list[str]


def survey(job: Job, vendor: CampaignMonitor) -> Scope:
    """Ask for the client and its lists. Two calls."""
    found = vendor.client(job["client_id"])
    lists = [{"id": one.id, "name": one.name} for one in vendor.lists_of(job["client_id"])]
    wanted = set(job["list_ids"]) or {one["id"] for one in lists}
    return Scope(
        client={"id": found.id, "name": found.name, "zone": found.time_zone},
        lists=[one for one in lists if one["id"] in wanted],
        missing=sorted(wanted - {one["id"] for one in lists}),
    )


def plan(task: Task, scope: Scope) -> Outcome:
    """Decide the first pages of everything; the run's close is one more child, sent when all else is done."""
    pages = [
        subscribers.page_task(task, scope.client, one, state, 1)
        for one in scope.lists
        for state in subscribers.STATES
    ]
    gone = [
        {
            "source": "plan",
            "message": f"list {list_id} is not among the client's lists any more; it is left out",
        }
        for list_id in scope.missing
    ]
    counts = {"calls": 2, "pages_total": len(pages), "subscribers_total": len(pages)}
    return Outcome(tasks=pages, failures=gone, counts=counts)


def check(scope: Scope, client_id: str) -> None:
    """Raise `InvalidInput` for lists that are not the client's."""
    if scope.missing:
        details = [
            {"field": "list_ids", "message": f"{list_id} is not a list of client {client_id}"}
            for list_id in scope.missing
        ]
        raise InvalidInput("not all lists belong to the client", details)
