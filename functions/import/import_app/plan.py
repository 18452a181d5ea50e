"""Plans a run: the first things to be read. What they lead to, they call for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from import_app import campaigns, subscribers, suppressions
from import_app.tasks import Json, Outcome, Task

if TYPE_CHECKING:
    from import_app.sources import Context


def plan(task: Task, context: Context, sweep_hours: int) -> Outcome:
    """Decide what to begin with; `sweep_hours` is the period of full sweeps."""
    scope, notebook = context.scope, context.notebook
    notebook.write_scope(scope.as_json())
    context.hooks.drop_others(scope)
    known = notebook.known("list/")
    tasks = [_list_task(task, list_id, known, context.now, sweep_hours) for list_id in scope.lists]
    tasks.append(campaigns.listing_task(task, 1))
    tasks.append(task.child("journeys", "journeys", {}))
    suppressed = notebook.known("suppressions").get("suppressions", {})
    tasks.append(suppressions.page_task(task, 1, suppressed))
    gone = [
        {
            "source": "plan",
            "message": f"list {list_id} is not among the client's lists any more; it is left out",
        }
        for list_id in scope.missing
    ]
    counts = {"calls": 2, "pages_total": 3}
    return Outcome(
        tasks=tasks, failures=gone, counts=counts, promised=1
    )  # the close, sent when all else is done


def _list_task(task: Task, list_id: str, known: dict[str, Json], now: int, sweep_hours: int) -> Task:
    before = known.get(f"list/{list_id}", {})
    sweep = subscribers.is_sweep_due(before, now, sweep_hours)
    return subscribers.visit_task(task, list_id, before, sweep=sweep)
