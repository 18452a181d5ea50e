"""The tasks of an export that are not about single people, from set-up to forgetting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from export_app.dependencies import Dependencies, Report, is_passing, no_report
from export_app.job import ExportJob
from export_app.people import entries
from export_app.people.desired import ListSchema, desired_of, is_open
from export_app.people.entries import EXISTING_USERS, START
from export_app.people.membership import Membership
from export_app.sending.messages import messages_of
from export_app.sending.worker import Worker
from export_app.setting_up import setup
from export_app.setting_up.checks import CATCH_UP, CHECK, SEGMENTS, Checks
from export_app.setting_up.dry_run import DryRun
from export_app.setting_up.scan import Scans, Sink
from lytics_cm.connect import is_connected
from lytics_cm.errors import NotFound, PermanentError, Rejected, TransientError
from lytics_cm.remedies import AUDIENCE_NOT_READ, SEGMENT_NOT_MENDED, TASK_GIVEN_UP
from lytics_cm.retry_window import Tries, given_up, is_silent, pause
from lytics_cm.store.failures import record_failures
from lytics_cm.store.jobs import RECONNECTED

if TYPE_CHECKING:
    from lytics_cm.lytics import Lytics
    from lytics_cm.store.membership import Record

type Json = dict[str, Any]

SETUP, SCAN, RETRY = "setup", "scan", "retry"
COMPARE, FORGET = "compare", "forget"
DAILY = "daily"
"""The one task that is about all exports: its message names `*`."""
LONGEST_LIFE_SECONDS = 900
"""How long a worker lives at most."""
DONE_DRY = "the dry run is over: nothing was written; set dry_run to false to do it"


@dataclass(frozen=True, slots=True)
class Tasks:
    """Does tasks; `lytics` makes Lytics' client, or None when no token is set."""

    dependencies: Dependencies
    scans: Scans
    lytics: Callable[[], Lytics | None]
    report: Report = no_report

    def do(self, message: Json) -> None:
        """Do one task; one that cannot be done now comes again later, one that never can fails the export."""
        if message["task"] == DAILY:
            self.checks.all()
            return
        export = str(message["export"])
        if message["task"] == FORGET:
            self._forget(export, **message["args"])
            return
        try:
            job = self.dependencies.job(export)
        except NotFound:
            return
        self._do(job, message)

    def _do(self, job: ExportJob, message: Json) -> None:
        try:
            self._attempt(job, message)
            if message.get("attempt"):
                self.dependencies.jobs.update(job.id, {"message": None}, unless=("stopped", "failed"))
        except TransientError as error:
            self._postpone(job, message, error)
        except PermanentError as error:
            self.dependencies.fail(job, setup.explained(error), error)
        except Exception as error:
            if is_passing(error):
                raise
            self._end(job, message, error)

    def _end(self, job: ExportJob, message: Json, error: Exception) -> None:
        """End what nobody foresaw, so that it does not go on for ever: a scan alone, else the export."""
        self.report([], error)
        why = f"something unforeseen came up ({type(error).__name__}), see the log"
        if message["task"] == SCAN:
            self._give_up_scan(job, message["args"], why)
        else:
            self.dependencies.fail(job, f"{why}; then start the export", error)

    @property
    def checks(self) -> Checks:
        return Checks(self.dependencies, self.lytics, self.call_for)

    def call_for(self, export: str, task: str, **args: Any) -> None:
        self._call_for(export, task, args)

    def _call_for(self, export: str, task: str, args: Json, delay: int = 0) -> None:
        self.dependencies.changes.send([{"export": export, "task": task, "args": args}], delay=delay)

    def _attempt(self, job: ExportJob, message: Json) -> None:
        args = message.get("args", {})
        kinds: dict[str, Callable[[], None]] = {
            SETUP: lambda: self._set_up(job),
            RECONNECTED: lambda: self._reconnected(job),
            CHECK: lambda: self._check(job, **args),
            SEGMENTS: lambda: self._segments(job, **args),
            SCAN: lambda: self._scan(job, args),
            CATCH_UP: lambda: self._catch_up(job, args.get("cursor"), args.get("trigger", START)),
            RETRY: lambda: self._retry(job, args.get("cursor")),
            COMPARE: lambda: self._compare(job, args),
        }
        if do := kinds.get(message["task"]):
            do()

    def _check(self, job: ExportJob, lost: Sequence[str] = ()) -> None:
        """Look after an export: repair what the vendor changed, restart what stands still. Repeatable.

        `lost` are names of what another export to the list found gone and makes again.
        """
        if lost:
            job = self.checks.note_lost(job, lost)
        if job.failed_for:
            self._reconnected(job)
        elif job.status == "starting":
            self.call_for(job.id, SETUP)  # what called for it may be lost
        elif job.is_sending:
            self.checks.look(job, is_behind=bool(lost))

    def _reconnected(self, job: ExportJob) -> None:
        """Set up again what failed for a revoked authorization, if it is active again. Repeatable."""
        if not job.failed_for or not is_connected(job.authorization_id):
            return
        changes = {"status": "starting", "message": None}
        if self.dependencies.jobs.update(job.id, changes, unless=("stopped", "running")):
            self.call_for(job.id, SETUP)
        self.dependencies.jobs.update(job.id, {"failed_for": None}, unless=("failed",))

    def _set_up(self, job: ExportJob) -> None:
        """Prepare the list. Repeated, it finds everything in place."""
        if job.status not in ("starting", "running"):
            return
        if job.status == "starting":
            ready = self.checks.set_up_of(job)
            found = ready.rehearse() if job.dry_run else ready.run()
            revision = job.revision
            if not self.dependencies.jobs.update(
                job.id,
                found | {"plan_of": revision},
                given={"revision": revision},
            ):
                self.call_for(job.id, SETUP)  # the export was changed meanwhile
                return
        if job.dry_run:
            self._begin(self.dependencies.job(job.id))
        else:
            self.call_for(job.id, SEGMENTS, first=0)

    def _segments(self, job: ExportJob, first: int, *, mending: bool = False) -> None:
        """Have some segments, then the next. The last step lets the export run, unless it only mends."""
        if job.status not in ("starting", "running") or job.dry_run:
            return
        try:
            following = self.checks.segments_of(job).step(first)
        except Rejected as error:
            if not mending:
                raise
            message = f"a segment cannot be mended: {error}"
            failure = {"source": "segments", "code": SEGMENT_NOT_MENDED, "message": message}
            record_failures(self.dependencies.jobs.table, job.id, [failure], self.dependencies.clock())
            return
        if following is not None:
            self.call_for(job.id, SEGMENTS, first=following, mending=mending)
        elif not mending:
            self._mend_others(job)
            self._begin(job)

    def _mend_others(self, job: ExportJob) -> None:
        """Exports set up at the same time may cost each other rules: the later one looks again."""
        for other in self.checks.others_of(job):
            self.call_for(other.id, SEGMENTS, first=0, mending=True)

    def _begin(self, job: ExportJob) -> None:
        """Start the scans and let the export run, unless it was changed since: then its next set-up does."""
        if job.existing_users:
            self.scans.begin(job)
        given = {"revision": job.plan_of}
        if not self.dependencies.jobs.update(
            job.id, {"status": "running"}, unless=("stopped", "failed"), given=given
        ):
            return
        if job.dry_run:
            self._when_scanned(job)
        else:
            self.checks.catch_up(job, START)

    def _scan(self, job: ExportJob, args: Json) -> None:
        if job.status in ("stopped", "failed") or not job.existing_users:
            return  # starting again begins where it was
        now, gathers = self.dependencies.clock(), bool(job.dry_run or job.asks_about_people)
        sink = self._store(job) if gathers else self.dependencies.changes.send
        try:
            lytics = self.lytics()
            if lytics is None:
                raise Rejected("no Lytics API token is set; deploy with the parameter LyticsApiToken")
            is_done = self.scans.read(job, args, lytics, sink, now)
        except PermanentError as error:
            self._give_up_scan(job, args, str(error))
            return
        if gathers and is_done:
            self._when_scanned(job)

    def _give_up_scan(self, job: ExportJob, args: Json, why: str) -> None:
        """List an audience that cannot be scanned; its triggers and the other audiences go on."""
        slug = str(args["slug"])
        if self.scans.give_up(job, args, why):
            remedy = "when that is mended, stop the export and start it to scan the audience again"
            message = f"the existing users of audience {slug!r} could not be read: {why}; {remedy}"
            failure = {"source": f"scan/{slug}", "code": AUDIENCE_NOT_READ, "message": message}
            record_failures(self.dependencies.jobs.table, job.id, [failure], self.dependencies.clock())
        if job.dry_run or job.asks_about_people:
            self._when_scanned(job)

    def _store(self, job: ExportJob) -> Sink:
        """Where people go who are compared or asked about together: straight to the store."""
        worker = Worker(self.dependencies, until=0, stores_only=not job.dry_run)
        return lambda messages: worker.handle(job.id, [("scan", message) for message in messages])

    def _when_scanned(self, job: ExportJob) -> None:
        """A dry run compares once all scans are done; asked twice, it compares twice.

        People who are asked about are sent now, in the order of addresses, so that they are on few pages.
        """
        if not job.dry_run:
            self.call_for(job.id, CATCH_UP, trigger=EXISTING_USERS)
            return
        done = {one["slug"] for one in self.scans.progress(job) if one["done"]}
        if not job.existing_users or done >= {audience["slug"] for audience in job.audiences}:
            self.call_for(job.id, COMPARE, state=0, page=1)

    def _catch_up(self, job: ExportJob, cursor: str | None, trigger: str) -> None:
        """Send everybody whose stored state the list does not have, a page of memberships at a time.

        What the list should have follows from the schema, so after a change of it this finds whom it
        concerns.
        """
        if job.status != "running":
            return
        records, following = self.dependencies.memberships.page(job.id, cursor)
        schema = ListSchema.of(job)
        self._send(job, (record.email for record in records if _is_due(record, schema)), trigger=trigger)
        if following:
            self.call_for(job.id, CATCH_UP, cursor=following, trigger=trigger)

    def _retry(self, job: ExportJob, cursor: str | None) -> None:
        """Send everybody who failed again, a page of failures at a time."""
        if job.status != "running":
            return
        failures, following = self.dependencies.memberships.failures(job.id, cursor)
        self._send(job, (failure["email"] for failure in failures), retry=True, trigger=entries.RETRY)
        if following:
            self.call_for(job.id, RETRY, cursor=following)

    def _compare(self, job: ExportJob, args: Json) -> None:
        if job.status != "running" or not job.dry_run:
            return
        vendor = self.dependencies.connect(job.authorization_id)
        dry = DryRun(job, self.dependencies.memberships, vendor, self.dependencies.clock())
        following = dry.step(args)
        if following is None:
            self.dependencies.jobs.update(job.id, {"status": "stopped", "message": DONE_DRY})
        else:
            self.call_for(job.id, COMPARE, **following)

    def _forget(self, export: str, *, last: bool = False) -> None:
        """Forget a page; in the end once more, when no worker is alive that knew the export."""
        if self.dependencies.memberships.forget(export):
            self.call_for(export, FORGET, last=last)
        elif not last:
            self._call_for(export, FORGET, {"last": True}, delay=LONGEST_LIFE_SECONDS)

    def _send(self, job: ExportJob, emails: Iterable[str], **more: Any) -> None:
        self.dependencies.changes.send(messages_of(job.id, emails, **more))

    def _postpone(self, job: ExportJob, message: Json, error: TransientError) -> None:
        tries, now = Tries.of(message), self.dependencies.clock()
        if tries.are_enough(error, now):
            self._give_up(job, message, error)
            return
        if error.is_attempt:
            self.dependencies.jobs.update(
                job.id, {"message": f"tried again soon: {error}"}, unless=("stopped", "failed")
            )
        more = tries.more(error, now)
        self.dependencies.changes.send([{**message, **more.members()}], delay=pause(more.attempt, error))

    def _give_up(self, job: ExportJob, message: Json, error: TransientError) -> None:
        """List what was tried for long enough. The export goes on without it, if it can send at all."""
        task, args = message["task"], message.get("args", {})
        self.dependencies.jobs.update(job.id, {"message": None}, unless=("stopped", "failed"))
        if task == SCAN:
            self._give_up_scan(job, args, given_up(error))
        elif job.is_sending and not is_silent(error, self.dependencies.clock()):
            failure = {"source": task, "code": TASK_GIVEN_UP, "message": given_up(error)}
            record_failures(self.dependencies.jobs.table, job.id, [failure], self.dependencies.clock())
        else:
            self.dependencies.fail(job, f"{given_up(error)}; start the export to try again", None)


def _is_due(record: Record, schema: ListSchema) -> bool:
    """Whether somebody has to be sent so that the list has what this schema wants."""
    membership = Membership.of(record.state)
    return record.open or is_open(membership, desired_of(membership.observed, schema))
