"""Does what a task names."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from import_app import scope
from import_app.checkpoints import Checkpoints
from import_app.due import Due
from import_app.reading import campaigns, journeys, looks, plan, series, subscribers, suppressions
from import_app.reading.context import Context
from import_app.registration.webhooks import JobWebhooks, Webhooks
from import_app.tasks import PLAN, Task, TaskResult
from lytics_cm.store.echoes import Echoes
from lytics_cm.store.progress import UNEXPLORED
from lytics_cm.store.units import CLOSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.jobs import ImportJob
    from lytics_cm.store.pace import Pace, Turn

KINDS: dict[str, Callable[[Task, Context], TaskResult]] = {
    "list": subscribers.visit,
    "campaigns": campaigns.listing,
    "campaign": campaigns.visit,
    "journeys": journeys.listing,
    "journey": journeys.visit,
    looks.STAGE: looks.read,
    "suppressions": suppressions.read,
    "page": series.read,
    "again": series.read_again,
    "finish": series.finish,
    "stitch": series.stitch,
    "edges": series.number_edges,
}
LED_ON: dict[str, dict[str, int]] = {
    "list": {"lists_done": 1, UNEXPLORED: -1},
    "campaigns": {UNEXPLORED: -1},
    "journeys": {UNEXPLORED: -1},
    "campaign": {"campaigns_done": 1},
    "journey": {"journeys_done": 1, UNEXPLORED: -1},
}
"""What tasks count that others come from, when they are given up: nothing more comes of them."""
ASK_NOBODY = {CLOSE, "finish", "stitch", "edges"}
"""Tasks that need no turn, for they do not call the vendor."""


@dataclass(frozen=True)
class Work:
    """`connect` makes the client for an authorization's id.

    `refresh_hours` is the period of full refreshes.
    """

    table: Table
    connect: Callable[[str], CampaignMonitor]
    pace: Pace
    refresh_hours: int
    webhooks: Webhooks
    accounts: dict[str, str] = field(default_factory=dict)
    """The authorization of each job that this process has met: it never changes."""

    def turn(self, task: Task) -> Turn:
        """The turn for a task: asked for while its job is read, if this process has met the job."""
        return self.pace.ahead("" if task.task in ASK_NOBODY else self.accounts.get(task.job, ""))

    def do(self, job: ImportJob, task: Task, turn: Turn, now: int) -> TaskResult:
        if task.task == CLOSE:
            return TaskResult()
        account = self.accounts[job.id] = job.authorization_id
        with nullcontext() if task.task in ASK_NOBODY else turn.held(account):
            context = self._context(job, task, now)
            if task.task == PLAN:
                result = plan.plan(task, context, self.refresh_hours)
            else:
                result = KINDS[task.task](task, context)
            return replace(result, learned=context.learned)

    def tidy(self, task: Task, result: TaskResult) -> None:
        """Delete what nobody needs any more once a task's rows are sent; repeatable."""
        if result.used:
            Checkpoints(self.table, task.job, task.run).drop_rows(task.args["name"], *result.used)

    def give_up(self, task: Task, now: int) -> TaskResult:
        """What must still be done about a task that failed for good. Asks nothing of Campaign Monitor."""
        if task.task == looks.STAGE:
            return looks.give_up(task)
        is_extra = task.task == "list" and "known" in task.args  # it catches up, and was not foreseen
        if task.task in LED_ON and not is_extra:
            return TaskResult(counts=LED_ON[task.task])
        return series.give_up(task, Checkpoints(self.table, task.job, task.run), now)

    def catch_up(self, task: Task, since: int) -> list[Task]:
        """Visits to the lists that a run had been at before it was stopped.

        It went on at `since` (epoch ms). Nobody heard of them while their webhooks were gone. Asks nothing of
        Campaign Monitor.
        """
        unheard = self.webhooks.unheard(task.job, task.run)
        if not unheard:
            return []
        checkpoints = Checkpoints(self.table, task.job, task.run)
        found = checkpoints.found("list/", _scope(checkpoints).zone)
        known = {list_id: subscribers.known_of(list_id, found) for list_id in unheard}
        return [subscribers.catch_up_task(task, list_id, of, since) for list_id, of in known.items() if of]

    def _context(self, job: ImportJob, task: Task, now: int) -> Context:
        checkpoints = Checkpoints(self.table, task.job, task.run)
        vendor = self.connect(job.authorization_id)
        try:
            found = _scope(checkpoints)
        except KeyError:
            found = scope.survey(vendor, job.client_id, job.list_ids)
            checkpoints.write_scope(found.as_json())
        webhooks = JobWebhooks(self.webhooks, job, vendor, now, task.run)
        due = Due(self.table, task.job)
        return Context(vendor, found, checkpoints, webhooks, Echoes(self.table), due, job, now)


@lru_cache(maxsize=8)
def _scope(checkpoints: Checkpoints) -> scope.Scope:
    return scope.Scope.of(checkpoints.scope())
