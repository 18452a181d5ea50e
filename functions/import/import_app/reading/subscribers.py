"""Decides how much of a list's subscribers must be read: all, those whose state changed lately, or nobody.

`Date` moves with the state alone, so a list read by date misses edited names and fields: they come by
webhook, and by a full refresh every `FullSweepHours`. Between them a list's statistics tell whether anybody
changed state.

Each state of a list is known by itself, `{"swept", "read", "marks"}`: when all of it was read, when its
changes were, and what the statistics said before. So a page that cannot be had costs nothing but its own
state another visit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from import_app.reading import series
from import_app.reading.sources import STATES, People, subscribers_key
from import_app.tasks import Json, Task, TaskResult
from lytics_cm.campaign_monitor import zones
from lytics_cm.remedies import UNCOUNTED
from lytics_cm.store.progress import UNEXPLORED

if TYPE_CHECKING:
    from import_app.reading.context import Context
    from import_app.registration.webhooks import Check
    from lytics_cm.campaign_monitor.records import ListStats

HOUR_MS = 3_600_000
OVERLAP_MS = 24 * HOUR_MS
"""The date filter knows days; a day before the last visit is read again, whatever the zone does."""


def visit_task(parent: Task, list_id: str, refresh_hours: int) -> Task:
    """A visit to a list; `refresh_hours` is the period of full refreshes."""
    return parent.child(f"subscribers/{list_id}", "list", {"list": list_id, "sweep_hours": refresh_hours})


def catch_up_task(parent: Task, list_id: str, known: dict[str, Json], since: int) -> Task:
    """Another visit within the same run, named by when it went on (epoch ms).

    `known` is what it has found itself of each state.
    """
    return parent.child(f"subscribers/{list_id}/{since}", "list", {"list": list_id, "known": known})


def known_of(list_id: str, known: dict[str, Json]) -> dict[str, Json]:
    """What is known of each state of a list, of all that is known of lists."""
    keys = {state: subscribers_key(list_id, state) for state in STATES}
    return {state: known[key] for state, key in keys.items() if key in known}


def is_refresh_due(known: dict[str, Json], now: int, refresh_hours: int) -> bool:
    """Whether a state of the list has never been read as a whole, or not for the period."""
    return any(now - known.get(state, {}).get("swept", 0) >= refresh_hours * HOUR_MS for state in STATES)


def visit(task: Task, context: Context) -> TaskResult:
    """Call for the pages of one list, its webhook first so that nothing falls between.

    The webhook costs a call when all is well with it, a look at the statistics one; a full refresh does not
    look.
    """
    args, list_id, now = task.args, task.args["list"], context.now
    known = args.get("known") or known_of(list_id, context.known(f"list/{list_id}/"))
    check = context.webhooks.ensure(context.scope.webhook_owner(list_id))
    if "sweep_hours" in args and is_refresh_due(known, now, args["sweep_hours"]):
        then = {"swept": now, "read": now}
        everybody = [
            People(list_id=list_id, state=state, known=known.get(state, {}), then=then) for state in STATES
        ]
        return _pages(task, check, everybody)
    stats = context.vendor.list_stats(list_id)
    marks = _marks(stats, context)
    people = [
        People(
            list_id=list_id,
            state=state,
            start=since,
            known=before,
            then=before | {"read": now, "marks": marks},
        )
        for state, before in known.items()
        if (since := _since(state, before, marks, check, context))
    ]
    failures = [*check.failures, *_uncounted(task, stats)]
    return _pages(task, replace(check, calls=check.calls + 1, failures=failures), people)


def _marks(stats: ListStats, context: Context) -> Json | None:
    """Numbers that move when anybody changes state: the totals, and how many did today and this year.

    Two changes may cancel each other in all of them, but hardly over two days: with the day they differ once
    a day. None when one cannot be read.
    """
    if stats.odd:
        return None
    day = zones.to_local(context.now, context.scope.timezone)[:10]
    totals = {"active": stats.active, "unsubscribed": stats.unsubscribed}
    totals |= {"deleted": stats.deleted, "bounced": stats.bounced}
    return totals | stats.events | {"day": day}


def _uncounted(task: Task, stats: ListStats) -> list[Json]:
    """What to tell of statistics that cannot be read."""
    message = f"the list's statistics have no number for {', '.join(stats.odd)}; its people are read by date instead"
    return [{"source": task.unit, "code": UNCOUNTED, "message": message}] if stats.odd else []


def _since(state: str, known: Json, marks: Json | None, check: Check, context: Context) -> str | None:
    """The day to read a state from, in the client's zone; None when nobody can have changed.

    The unconfirmed are in no statistic.
    """
    if state != "unconfirmed" and marks and marks == known.get("marks") and check.since is None:
        return None
    since = known["read"] if check.since is None else min(known["read"], check.since)
    return zones.filter_day(since - OVERLAP_MS, context.scope.timezone)


def _pages(task: Task, check: Check, people: list[People]) -> TaskResult:
    people = [replace(one, gap=check.since) for one in people]
    tasks = [series.first_page(task, f"{task.unit}/{one.state}", one) for one in people]
    counts = {"calls": check.calls} | series.totals(people)
    if "known" not in task.args:  # one that catches up was not foreseen
        counts |= {"lists_done": 1, UNEXPLORED: counts.get(UNEXPLORED, 0) - 1}
    return TaskResult(tasks=tasks, failures=check.failures, counts=counts)
