"""Finds the journeys of the chosen lists and which reports of their e-mails have changed.

A journey's own numbers are the change detector. Its reports reach back one year
(docs/reference/campaign-monitor.md#journeys), so counts are not compared: from a year on they must differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from import_app.reading import reconciling, series
from import_app.reading.sources import Report, report_key
from import_app.reading.usable import odd
from import_app.tasks import Json, Task, TaskResult
from lytics_cm.store.progress import UNEXPLORED

if TYPE_CHECKING:
    from import_app.reading.context import Context
    from lytics_cm.campaign_monitor.reports import JourneyEmail

COUNTED_AS = {
    "recipients": "sent",
    "opens": "opened",
    "clicks": "clicked",
    "bounces": "bounced",
    "unsubscribes": "unsubscribed",
}


def listing(task: Task, context: Context) -> TaskResult:
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
    counts[UNEXPLORED] = len(found) - 1
    return TaskResult(tasks=list(found.values()), failures=odd(told, task.unit), counts=counts)


def visit(task: Task, context: Context) -> TaskResult:
    """Look at one journey (one call) and call for the reports whose numbers have moved."""
    journey = context.vendor.journey(task.args["id"])
    changed: list[Report] = []
    failures = odd(journey.emails, task.unit)
    for email in journey.emails:
        known = context.known(f"journey/{email.id}/")
        sought = [_source(task, email, report, known, context.filter_minute) for report in COUNTED_AS]
        changed += [one for one in sought if reconciling.has_changed(one.known, one.expected)]
        unknown = [report for report in COUNTED_AS if _count(email, report) is None]
        failures += reconciling.uncounted(f"journey/{email.id}", unknown)
    tasks = [series.first_page(task, source.key, source) for source in changed]
    counts = series.begun({"calls": 1, "journeys_done": 1, UNEXPLORED: -1}, changed)
    return TaskResult(tasks=tasks, failures=failures, counts=counts)


def _source(task: Task, email: JourneyEmail, report: str, known: dict[str, Json], since: str) -> Report:
    state = reconciling.known_since(known.get(report_key("journey", email.id, report), {}), since)
    return Report(
        kind="journey",
        id=email.id,
        name=email.name,
        report=report,
        known=state,
        start=state.get("from") or since or None,
        since=since,
        expected=_count(email, report),
        journey_id=task.args["id"],
        journey_name=task.args["name"],
        list_id=task.args["list"],
    )


def _count(email: JourneyEmail, report: str) -> int | None:
    count: int | None = getattr(email, COUNTED_AS[report])
    return count
