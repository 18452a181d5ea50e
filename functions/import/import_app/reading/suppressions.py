"""Reads the client's suppression list: who may not be mailed any more, since when and why.

It has no date filter and no list; it is read newest first, down to where the last run began
(docs/reference/campaign-monitor.md#suppression-list).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from import_app.reading.sources import is_dated
from import_app.reading.usable import made_of
from import_app.tasks import Json, Task, TaskResult
from lytics_cm.streams import deactivation_reason, fact

if TYPE_CHECKING:
    from import_app.reading.context import Context
    from lytics_cm.campaign_monitor.records import Suppression


def page_task(parent: Task, page: int, known: Json, newest: str = "") -> Task:
    """One page.

    `known` holds `from`, the newest date of the last run, `newest` that of this one's first page.
    """
    return parent.child(
        f"suppressions/{page}", "suppressions", {"page": page, "known": known, "newest": newest}
    )


def known_of(context: Context) -> Json:
    """What is known; nothing, if the list has been read from a later day on than is wanted now."""
    known = context.known("suppressions").get("suppressions", {})
    return known if known.get("since", "") <= context.filter_minute else {}


def read(task: Task, context: Context) -> TaskResult:
    """Read one page, and call for the next while it does not reach back to what is known, or not wanted."""
    page = context.vendor.suppressed(context.scope.client["id"], task.args["page"])
    known, first = task.args["known"], context.filter_minute
    since = max(known.get("from", ""), first)
    dates = [record.date for record in page.records if is_dated(record, context)]
    newest = task.args["newest"] or (dates[0] if dates else "")
    rows, failures = made_of(page.records, lambda record: _row(record, context), task.unit)
    is_last = not page.records or task.args["page"] >= page.pages
    reaches_back = is_last or bool(dates and dates[-1] < since)
    tasks = [] if reaches_back else [page_task(task, task.args["page"] + 1, known, newest)]
    if reaches_back:
        read_since = first if since == first else known.get("since", "")
        found = {"from": newest or since} | ({"since": read_since} if read_since else {})
        context.learn("suppressions", known, found)
    counts = {"calls": 1, "pages_done": 1, "pages_total": len(tasks)}
    return TaskResult(rows, tasks, failures, counts)


def _row(record: Suppression, context: Context) -> Json | None:
    at = context.moment_of(record.date)
    if at < context.since:
        return None
    return fact(
        ts=at,
        client=context.scope.client,
        columns={
            "event": "deactivate",
            "status": deactivation_reason(record.reason),
            "email": record.email,
            "reason": record.reason,
            "source": "suppression list",
        },
    )
