"""Plans a run: the first things to be read. What they lead to, they call for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from import_app import names
from import_app.reading import campaigns, looks, subscribers, suppressions
from import_app.tasks import Task, TaskResult
from lytics_cm.connect import description_of
from lytics_cm.remedies import LEFT_OUT, ZONE_MOVED
from lytics_cm.store.progress import UNEXPLORED

if TYPE_CHECKING:
    from import_app.reading.context import Context

CLIENT = "client"


def plan(task: Task, context: Context, refresh_hours: int) -> TaskResult:
    """Decide what to begin with; `refresh_hours` is the period of full refreshes."""
    scope = context.scope
    if not scope.odd:
        context.webhooks.drop_others(scope)
    tasks = [subscribers.visit_task(task, list_id, refresh_hours) for list_id in scope.lists]
    looked_at = looks.begin(task, context, _left_alone(context, refresh_hours))
    tasks += looked_at
    tasks.append(campaigns.listing_task(task, 1, is_asked_for=task.args.get("asked_for", False)))
    tasks.append(task.child("journeys", "journeys", {}))
    tasks.append(suppressions.page_task(task, 1, suppressions.known_of(context)))
    failures = [
        {
            "source": "plan",
            "code": LEFT_OUT,
            "message": f"list {list_id} is not among the client's lists any more; it is left out",
        }
        for list_id in scope.missing
    ]
    failures += [
        {"source": "plan", "code": LEFT_OUT, "message": f"a list is left out: {why}"} for why in scope.odd
    ]
    called = names.item(task.job, description_of(context.job.authorization_id), scope)
    context.learned.append(called)
    moved = _note_zone(context)
    failures += [{"source": "plan", "code": ZONE_MOVED, "message": moved}] if moved else []
    return TaskResult(
        tasks=tasks,
        failures=failures,
        counts={
            "calls": 2,  # those that found the client and its lists
            "pages_done": 1,  # the plan itself, with which the run began
            "pages_total": 3 + len(looked_at),
            "lists_total": len(scope.lists),
            UNEXPLORED: len(scope.lists) + 2,  # and the listings of campaigns and journeys
            f"{looks.STAGE}_total": len(looked_at),
        },
        promised=1,  # the close, sent when all else is done
        message=moved,
    )


def _left_alone(context: Context, refresh_hours: int) -> dict[str, int]:
    """The lists that may be looked at, because this run does not read all their people anyway.

    Each with when they were read as a whole (epoch ms).
    """
    if not context.job.looks_at_consent:
        return {}
    found = context.known("list/")
    known = {list_id: subscribers.known_of(list_id, found) for list_id in context.scope.lists}
    return {
        list_id: of["active"]["swept"]
        for list_id, of in known.items()
        if not subscribers.is_refresh_due(of, context.now, refresh_hours)
    }


def _note_zone(context: Context) -> str:
    """Keep the client's time zone; what to say when it is not that of the last run."""
    zone = context.scope.zone
    before = context.checkpoints.known(CLIENT, zone="").get(CLIENT, {})
    context.learned.append(context.checkpoints.learned(CLIENT, before, {"zone": zone}, zone=""))
    if not before or before["zone"] == zone:
        return ""
    return (
        f"the client moved from the time zone {before['zone']!r} to {zone!r}; Campaign Monitor tells all times in "
        "the new one, so this run reads everything again"
    )
