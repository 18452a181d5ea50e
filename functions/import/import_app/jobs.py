"""What an admin does with an import job: make, run, change, stop, start, delete; and how it looks."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from import_app import history, names
from import_app.checkpoints import Checkpoints
from import_app.columns import Columns
from import_app.due import Due
from import_app.names import Names, names_of
from import_app.policing import Policing, policy_of
from import_app.registration.tasks import REMOVE, WebhookTask
from import_app.registration.webhooks import Webhooks
from import_app.runner import Runner
from import_app.schedule import Schedules
from import_app.scope import Scope
from import_app.tasks import PLAN, Json, Task
from import_app.views import past_view, run_view
from lytics_cm.aws import insist
from lytics_cm.campaign_monitor import CampaignMonitor
from lytics_cm.connect import description_of, is_connected
from lytics_cm.errors import Conflict, InvalidInput, NotFound, PermanentError, TransientError
from lytics_cm.remedies import GIVEN_UP, NO_WEBHOOK, WEBHOOK_LEFT
from lytics_cm.retry_window import RETRY_WINDOW_MS, given_up, pause
from lytics_cm.store.failures import record_failures
from lytics_cm.store.jobs import DEFAULT, ImportJob, ImportJobs
from lytics_cm.store.past_runs import runs_before
from lytics_cm.store.policies import Policy, TrackingConsent
from lytics_cm.store.run import Run, Trigger, new_run_id
from lytics_cm.store.runs import Runs
from lytics_cm.store.units import Ends
from lytics_cm.streams import DAY
from lytics_cm.web import Body, Description, Id, rfc3339

MINUTE_MS = 60_000
UNDO_SECONDS = 5
"""Seconds for which forgetting a job that was not made is tried."""
BY_TIME = ("schedule", "catch-up")
"""Triggers of runs that nobody asked for."""
SCHEDULING = {"keep_updated", "every_minutes"}
RECEIVER = {"tracking_consent", "rows_since"}
"""What the receiver of webhooks must know."""
POLICY = {one.name for one in fields(Policy)}
LOST_AFTER_MS = RETRY_WINDOW_MS + DAY
"""A run that has not moved for so long (ms) has nothing more to come."""
SILENT = "the run was given up: nothing came of it for three days; redrive the dead letters, a new run reads the rest"
MOST_DAYS = 36_500
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)
AT_ONCE_SECONDS = 15
"""How long stopping waits for Campaign Monitor to delete webhooks; the queue does the rest."""


def _day(text: str) -> str:
    """The day that a text writes as `YYYY-MM-DD`."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text or not FIRST_DAY <= found <= LAST_DAY:
        raise ValueError(f"must be a day as YYYY-MM-DD, from {FIRST_DAY} to {LAST_DAY}")
    return text


type Day = Annotated[str, AfterValidator(_day)]


class Changes(Body):
    """The body of `PATCH /imports/{id}`: what of a job can be changed. What it does not name stays."""

    keep_updated: bool = False
    every_minutes: int = Field(default=60, ge=1, le=10_080)
    description: Description | None = None
    tracking_consent: TrackingConsent = DEFAULT.tracking_consent
    keep_last_open_day: bool = DEFAULT.keep_last_open_day
    rows_since: Day | None = None
    keep_rows_days: int | None = Field(default=DEFAULT.keep_rows_days, ge=1, le=MOST_DAYS)
    drop_columns: Columns = Field(default_factory=lambda: list(DEFAULT.drop_columns))
    hash_columns: Columns = Field(default_factory=list)


class NewImport(Changes):
    """The body of `POST /imports` (docs/reference/contract.md#imports)."""

    authorization_id: Id
    client_id: Id
    list_ids: list[Id] = Field(default_factory=list, max_length=1000)


@dataclass(frozen=True, slots=True)
class Imports:
    """What an admin can do with import jobs. All times are epoch ms."""

    jobs: ImportJobs
    runs: Runs
    runner: Runner
    schedules: Schedules
    webhooks: Webhooks
    connect: Callable[[str], CampaignMonitor]
    policing: Policing

    def create(self, wanted: NewImport, found: Scope, now: int) -> Json:
        """Store the job and start its first run, with the client and lists that were found for it."""
        lists = list(dict.fromkeys(wanted.list_ids))
        job = self.jobs.create({**wanted.model_dump(), "list_ids": lists, "status": "scheduled"}, now)
        try:
            self.policing.adopt(job.client_id, now)
            self.jobs.table.put_item(Item=names.item(job.id, description_of(job.authorization_id), found))
            self._schedule(job, now)
            self.begin(job.id, now, found)
        except (InvalidInput, TransientError):
            self._undo(job, now)
            raise
        return self.view(self.jobs.get(job.id), now)

    def _undo(self, job: ImportJob, now: int) -> None:
        """Leave nothing of a job that was not made: whoever asked for it will ask again."""
        insist(lambda: self.jobs.delete(job.id), UNDO_SECONDS)
        insist(lambda: self.policing.forget(job, now), UNDO_SECONDS)
        insist(lambda: self.schedules.remove(job.id), UNDO_SECONDS)

    def begin(self, job_id: str, now: int, found: Scope | None = None, trigger: Trigger = "person") -> bool:
        """Start a run unless one is going on or the job is stopped; tell whether it did.

        One that its time has come for looks at less than others.
        """
        run_id = new_run_id(now)
        if found:
            Checkpoints(self.runs.table, job_id, run_id).write_scope(found.as_json())
        plan = Task(job_id, run_id, PLAN, PLAN, {"asked_for": trigger not in BY_TIME})
        self.runner.pages.send([plan.message()])
        return self.runs.start(("import", job_id), run_id, now, ("running", "stopped"), trigger)

    def change(self, job_id: str, wanted: Changes, now: int) -> Json:
        """Change what the body names.

        The schedule follows at once, that of a stopped job when it is started. So do profiles: what they may
        not keep any more is gone soon.
        """
        changes = wanted.model_dump(exclude_unset=True)
        before = self.jobs.get(job_id)
        job = replace(before, **changes)
        if changes:
            self.jobs.update(job_id, changes)
        if SCHEDULING & changes.keys() and job.status != "stopped":
            self._schedule(job, now)
            self.jobs.update(job_id, {"status": job.status_at_rest}, unless=("running", "stopped", "failed"))
        if POLICY & changes.keys():
            self._follow(job, before, now)
        if RECEIVER & changes.keys():
            lists = self.webhooks.tell(job)
            if job.looks_at_consent and not before.looks_at_consent:
                due = Due(self.jobs.table, job.id)
                for list_id in lists:
                    due.mark(list_id, now)
        return self.view(self.jobs.get(job_id), now)

    def _follow(self, job: ImportJob, before: ImportJob, now: int) -> None:
        """Let the job's policy hold; a job whose policy is too large stays as it was."""
        try:
            self.policing.follow(job, now)
        except InvalidInput:
            self.jobs.update(job.id, {name: getattr(before, name) for name in POLICY})
            raise

    def run_now(self, job_id: str, now: int) -> Json:
        job = self._freed(self.jobs.get(job_id), now)
        self.jobs.require(
            job, ("scheduled", "completed", "failed"), "a new run must wait, or the job be started"
        )
        if self._unfinished(job):
            raise Conflict("the last run is not finished; start the import to resume it")
        if not self.begin(job_id, now):
            raise Conflict("a run is going on already")
        return self.view(self.jobs.get(job_id), now)

    def on_schedule(self, job_id: str, now: int) -> None:
        """A schedule's tick: start a run, unless one is going on or the job wants none any more.

        It catches up if the last run failed, or a time of the schedule has passed without one since.
        """
        job = self._find(job_id)
        if not job or not job.keep_updated:
            self.schedules.remove(job_id)
            return
        period = job.every_minutes * MINUTE_MS
        if not self.jobs.update(job_id, {"next_run_at": now + period}, unless=("stopped",)):
            return
        job = self._freed(job, now)
        if job.failed_for:
            self.on_reconnected(job_id, now)
        elif job.status in ("scheduled", "completed", "failed") and not self._unfinished(job):
            is_late = job.next_run_at is not None and now - job.next_run_at > period // 2
            last = self._run_of(job)
            catches_up = is_late or job.missed or bool(last and last.status == "failed")
            self.begin(job_id, now, trigger="catch-up" if catches_up else "schedule")
        elif not job.missed:
            self.jobs.update(job_id, {"missed": True}, unless=("stopped",))

    def on_reconnected(self, job_id: str, now: int) -> None:
        """Go on with a job that failed because its authorization was revoked, if it is not any more.

        Repeatable.
        """
        job = self._find(job_id)
        if job and job.failed_for and is_connected(job.authorization_id):
            self._go_on(job, now, "reconnected", unless=("stopped",))
            self.jobs.update(job_id, {"failed_for": None}, unless=("failed",))

    def stop(self, job_id: str, now: int) -> Json:
        """Stop the job; a run that is going on keeps its state and stops within a page."""
        job = self.jobs.get(job_id)
        self.schedules.remove(job_id)
        self.jobs.update(job_id, {"status": "stopped", "next_run_at": None, "failed_for": None})
        end = time.monotonic() + AT_ONCE_SECONDS
        removal = self.webhooks.removal
        left = removal.at_once(removal.shut_out(job), self.connect, lambda: time.monotonic() > end)
        self.runner.pages.send(task.message() for task in left)
        return self.view(replace(job, status="stopped", next_run_at=None), now)

    def rotate_webhooks(self, job_id: str, now: int) -> Json:
        """Give the webhooks new URLs; the old ones work until Campaign Monitor has the new ones."""
        job = self.jobs.get(job_id)
        self.jobs.require(
            job, ("running", "scheduled", "completed", "failed"), "it has no webhooks; start it first"
        )
        rotated, tasks = self.webhooks.rotate(job)
        self.runner.pages.send(task.message() for task in tasks)
        return self.view(rotated, now)

    def on_webhook_task(self, task: WebhookTask, now: int) -> None:
        """Do a task about one list's webhook alone; the vendor is asked for two days."""
        try:
            if task.task == REMOVE:
                self.webhooks.removal.on_removal(task, self.connect)
            else:
                self.webhooks.on_register(task, lambda job: self.connect(job.authorization_id), now)
        except TransientError as error:
            if task.tries.are_enough(error, now):
                self._note_webhook_failure(task, error, now)
                return
            again = replace(task, tries=task.tries.more(error, now))
            self.runner.pages.send([again.message()], delay=pause(again.tries.attempt, error))
        except PermanentError:
            return  # the job's next run says what is wrong

    def _note_webhook_failure(self, task: WebhookTask, error: TransientError, now: int) -> None:
        """Say in the job's failures that a webhook is not as it should be.

        A job that is gone needs no telling.
        """
        if not self._find(task.job):
            return
        code, message = NO_WEBHOOK, f"the list has no new webhook: {given_up(error)}; the next run sees to it"
        if task.task == REMOVE:
            code, message = (
                WEBHOOK_LEFT,
                f"the list's webhook is still at Campaign Monitor: {given_up(error)}; remove it there",
            )
        failure = {"source": f"webhook/{task.list_id}", "code": code, "message": message}
        record_failures(self.runs.table, task.job, [failure], now)

    def start(self, job_id: str, now: int) -> Json:
        """Resume a stopped or failed job: its unfinished run where it was, or a new one."""
        job = self.jobs.get(job_id)
        self.jobs.require(job, ("stopped", "failed"), "only a stopped or failed one can be started")
        self._schedule(job, now)
        if not self._go_on(job, now, "person", unless=("running", "scheduled", "completed")):
            raise Conflict("somebody else has started the import at this moment")
        self.jobs.update(job_id, {"failed_for": None}, unless=("failed",))
        return self.view(self.jobs.get(job_id), now)

    def _go_on(self, job: ImportJob, now: int, trigger: Trigger, unless: tuple[str, ...]) -> bool:
        """Resume the unfinished run of a job, or begin a new one, unless its status is one of those.

        Repeatable. False when somebody else was first: a job has one run at a time.
        """
        if self._unfinished(job):
            self.runs.resume(job.id, job.run_id, now)
            if not self.jobs.update(job.id, {"status": "running", "message": None}, unless):
                return False
            self.runner.pages.send(task.message() for task in self.webhooks.resume(job))
            self.runner.release(job.id, job.run_id)
            return True
        if not self.jobs.update(job.id, {"status": "scheduled", "message": None}, (*unless, "running")):
            return False
        return self.begin(job.id, now, trigger=trigger)

    def delete(self, job_id: str, now: int) -> None:
        """Stop the job and forget it, its runs and failures. Rows that it brought stay."""
        job = self.jobs.get(job_id)
        self.stop(job_id, now)
        self.policing.forget(job, now)
        self.jobs.delete(job_id)
        self.policing.forget(job, now)  # a change that came in between let it hold again

    def past(self, job_id: str, now: int, limit: int, after: str | None) -> tuple[list[Json], str | None]:
        """A page of the runs as the contract shows them, newest first, and where the next one begins."""
        job = self.jobs.get(job_id)
        found = runs_before(self.runs.table, job_id, now, limit + 1, after)
        shown = found[:limit]
        return [past_view(run, job, now) for run in shown], shown[-1].id if len(found) > limit else None

    def view_all(self, now: int, runs: int = 0) -> list[Json]:
        """Every job as the contract shows it, oldest first; each with its last so many runs, unless with none."""
        in_force, jobs = self.policing.in_force(), self.jobs.all()
        called = names_of(self.jobs.table, jobs)
        shown = [self._view(job, now, in_force, called.get(job.id, Names())) for job in jobs]
        if runs:
            for job, view in zip(jobs, shown, strict=True):
                view["runs"] = [
                    past_view(run, job, now) for run in runs_before(self.runs.table, job.id, now, runs)
                ]
        return shown

    def view(self, job: ImportJob, now: int) -> Json:
        """The job as the contract shows it."""
        called = names_of(self.jobs.table, [job]).get(job.id, Names())
        return self._view(job, now, self.policing.in_force(), called)

    def _view(self, job: ImportJob, now: int, in_force: Mapping[str, Policy], called: Names) -> Json:
        """The same with what holds for each client, and what things are called."""
        run = self._run_of(job)
        if run and not run.is_running and job.status == "running":
            job = self.jobs.get(job.id)  # they end in one moment, which lay between the two reads
        shown = {name: getattr(job, name) for name in (*NewImport.model_fields, "id", "status")}
        return {
            **shown,
            **called.view(job),
            "in_force": in_force.get(job.client_id, policy_of(job)).shape(),
            "webhooks": [
                {**one, "list": called.of_list(one["list_id"])} for one in self.webhooks.view(job.id)
            ],
            "created_at": rfc3339(job.created_at),
            "next_run_at": rfc3339(job.next_run_at) if job.next_run_at else None,
            "run": run_view(run, now, job.status, self.runs.show(job.id, run)) if run else None,
            **({"message": job.message} if job.message else {}),
        }

    def _schedule(self, job: ImportJob, now: int) -> None:
        if job.keep_updated:
            self.schedules.put(job.id, job.every_minutes)
            self.jobs.update(job.id, {"next_run_at": now + job.every_minutes * MINUTE_MS})
        elif job.next_run_at:
            self.schedules.remove(job.id)
            self.jobs.update(job.id, {"next_run_at": None})

    def _freed(self, job: ImportJob, now: int) -> ImportJob:
        """The job, after a run of which nothing can come any more has been ended.

        Nothing is tried for so long: the run's messages are lost, or lie among the dead letters.
        """
        run = self._run_of(job) if job.status == "running" else None
        if not run or not run.is_running or now - run.last_sign < LOST_AFTER_MS:
            return job
        ends = Ends("failed", "failed", SILENT, outstanding=run.open)
        lost = {"source": f"run/{run.id}", "code": GIVEN_UP, "message": SILENT}
        record_failures(self.runs.table, job.id, [lost], now)
        if self.runs.finish((self.jobs.kind, job.id), run.id, ends, now):
            history.tell_end(self.runs.table, job.id, run.id, ends.run, now)
        return self.jobs.get(job.id)

    def _find(self, job_id: str) -> ImportJob | None:
        """The job, unless it was deleted."""
        try:
            return self.jobs.get(job_id)
        except NotFound:
            return None

    def _run_of(self, job: ImportJob) -> Run | None:
        return self.runs.get(job.id, job.run_id) if job.run_id else None

    def _unfinished(self, job: ImportJob) -> bool:
        run = self._run_of(job)
        return bool(run and run.is_running)
