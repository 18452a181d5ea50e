"""Finds the journeys of the chosen lists and which reports of their e-mails have changed.

A journey's own numbers are the change detector. Its reports reach back one year
(docs/reference/campaign-monitor.md#journeys), so counts are not compared: from a year on they must differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from import_app import reconciling, series
from import_app.tasks import Json, Outcome, Task
from import_app.usable import odd

if TYPE_CHECKING:
    from import_app.sources import Context
    from lytics_cm.campaign_monitor.reports import JourneyEmail

COUNTED_AS = {
    "recipients": "sent",
    "opens": "opened",
    "clicks": "clicked",
    "bounces": "bounced",
    "unsubscribes": "unsubscribed",
}


def listing(task: Task, context: Context) -> Outcome:
    """Read the client's journeys (one call) and call for those of the chosen lists."""
    told = context.vendor.journeys_of(context.scope.client["id"])
    found = {
        one.id: task.child(
            f"journey/{one.id}", "journey", {"id": one.id, "name": one.name, "list": one.list_id}
        )
        for one in told
        if one.list_id in context.scope.lists
    }
    counts = {"calls": 1, "journeys_total": len(found), "pages_done": 1}
    return Outcome(tasks=list(found.values()), failures=odd(told, task.unit), counts=counts)


def visit(task: Task, context: Context) -> Outcome:
    """Look at one journey (one call) and call for the reports whose numbers have moved."""
    journey = context.vendor.journey(task.args["id"])
    tasks: list[Task] = []
    failures = odd(journey.emails, task.unit)
    for email in journey.emails:
        known = context.known(f"journey/{email.id}/")
        tasks += [
            series.first_page(task, f"journey/{email.id}/{report}", _source(task, email, report, known))
            for report in COUNTED_AS
            if reconciling.has_changed(known.get(f"journey/{email.id}/{report}", {}), _count(email, report))
        ]
        unknown = [report for report in COUNTED_AS if _count(email, report) is None]
        failures += reconciling.uncounted(f"journey/{email.id}", unknown)
    counts = {"calls": 1, "journeys_done": 1} | series.totals(tasks)
    return Outcome(tasks=tasks, failures=failures, counts=counts)


def _source(task: Task, email: JourneyEmail, report: str, known: dict[str, Json]) -> Json:
    state = known.get(f"journey/{email.id}/{report}", {})
    return {
        "kind": "journey",
        "id": email.id,
        "name": email.name,
        "journey_id": task.args["id"],
        "journey_name": task.args["name"],
        "list": task.args["list"],
        "report": report,
        "known": state,
        "from": state.get("from"),
        "expected": _count(email, report),
    }


def _count(email: JourneyEmail, report: str) -> int | None:
    count: int | None = getattr(email, COUNTED_AS[report])
    return count
