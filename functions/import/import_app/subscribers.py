"""Decides how much of a list's subscribers must be read: all, those whose state changed lately, or nobody.

`Date` moves with the state alone, so a list read by date misses edited names and fields: they come by webhook, and
by a full sweep every `SWEEP_HOURS`. Between sweeps a list's statistics tell whether anybody changed state.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from import_app import series
from import_app.sources import STATES
from import_app.tasks import Json, Outcome, Task
from lytics_cm.campaign_monitor import zones

if TYPE_CHECKING:
    from import_app.sources import Context
    from lytics_cm.campaign_monitor.records import ListStats

HOUR = 3_600_000
OVERLAP = timedelta(days=1)
"""The date filter knows days; a day before the last visit is read again, whatever the zone does."""
THIS_YEAR = ("NewActiveSubscribersThisYear", "UnsubscribesThisYear", "DeletedThisYear", "BouncesThisYear")


def visit_task(parent: Task, list_id: str, known: Json, *, sweep: bool) -> Task:
    args = {"list": list_id, "known": known, "sweep": sweep}
    return parent.child(f"subscribers/{list_id}", "list", args)


def is_sweep_due(known: Json, now: int, sweep_hours: int) -> bool:
    return not known or now - known.get("swept", 0) >= sweep_hours * HOUR


def visit(task: Task, context: Context) -> Outcome:
    """Call for the pages of one list; a full sweep costs no call here, a look at the statistics one."""
    list_id, known = task.args["list"], task.args["known"]
    key = f"list/{list_id}"
    if task.args["sweep"]:
        context.notebook.learn(key, known, {"swept": context.now, "visited": context.now})
        return _pages(task, list_id, STATES, None, calls=0)
    stats = context.vendor.list_stats(list_id)
    marks = _marks(stats, context)
    context.notebook.learn(key, known, {"swept": known["swept"], "visited": context.now, "marks": marks})
    states = ("unconfirmed",) if marks == known.get("marks") else STATES
    return _pages(task, list_id, states, _since(known["visited"], context), calls=1)


def _marks(stats: ListStats, context: Context) -> Json:
    """The numbers that move whenever anybody changes state: totals, and the year's events, which never fall."""
    year = zones.to_local(context.now, context.scope.timezone)[:4]
    totals = {"active": stats.active, "unsubscribed": stats.unsubscribed}
    totals |= {"deleted": stats.deleted, "bounced": stats.bounced}
    return totals | {name: stats.counts.get(name, 0) for name in THIS_YEAR} | {"year": year}


def _since(visited: int, context: Context) -> str:
    """The day to read from, in the client's zone."""
    earlier = visited - int(OVERLAP.total_seconds() * 1000)
    return zones.filter_day(earlier, context.scope.timezone)


def _pages(task: Task, list_id: str, states: tuple[str, ...], since: str | None, calls: int) -> Outcome:
    tasks = [
        series.first_page(
            task,
            f"subscribers/{list_id}/{state}",
            {"kind": "subscribers", "list": list_id, "state": state, "from": since},
        )
        for state in states
    ]
    counts = {"calls": calls, "pages_total": len(tasks), "subscribers_total": len(tasks)}
    return Outcome(tasks=tasks, counts=counts)
