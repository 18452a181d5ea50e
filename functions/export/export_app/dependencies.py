"""What workers and tasks depend on: stores, the queue, the vendor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from export_app.brake import Brake
from export_app.job import ExportJob
from lytics_cm.connect import is_connected
from lytics_cm.errors import AuthorizationRevoked, NotFound, TransientError
from lytics_cm.queues import Queue
from lytics_cm.store import events
from lytics_cm.store.jobs import RECONNECTED, Jobs
from lytics_cm.store.memberships import Memberships

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.activity import Activity
    from lytics_cm.store.echoes import Echoes
    from lytics_cm.store.erasures import Erasures

UNFIT = {
    "ValidationException",
    "ValidationError",
    "InvalidParameterValue",
    "InvalidMessageContents",
    "AWS.SimpleQueueService.BatchRequestTooLong",
    "BatchRequestTooLong",
}
"""What AWS calls a request that it will never take."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a function works with; `connect` makes the client of an authorization, `clock` tells epoch ms.

    `rows` is where consents are told that were written.
    """

    jobs: Jobs
    memberships: Memberships
    erasures: Erasures
    changes: Queue
    rows: Queue
    echoes: Echoes
    activity: Activity
    brake: Brake
    connect: Callable[[str], CampaignMonitor]
    clock: Callable[[], int]

    def job(self, export: str) -> ExportJob:
        """An export's job as it is now. Raises `NotFound`."""
        return ExportJob.of(self.jobs.get(export))

    def all_jobs(self) -> list[ExportJob]:
        """Every export's job, oldest first."""
        return [ExportJob.of(job) for job in self.jobs.all()]

    def fail(self, job: ExportJob, message: str, error: BaseException | None) -> None:
        """Let an export fail for an error. One whose authorization is active again meanwhile goes on."""
        is_revoked = isinstance(error, AuthorizationRevoked)
        known = {"id": job.id, "authorization_id": job.authorization_id}
        if self.jobs.fail(known, message, is_revoked=is_revoked):
            events.tell(self.jobs.table, events.EXPORT_FAILED, self.clock(), job=job.id)
        if is_revoked:
            self.look_at_authorization(job)

    def look_at_authorization(self, job: ExportJob) -> None:
        """Have an export go on that failed for its authorization, if that is active."""
        if is_connected(job.authorization_id):
            self.changes.send([{"export": job.id, "task": RECONNECTED}])


type Report = Callable[[list[str], Exception], None]
"""Hears of what was unforeseen, and the ids of the messages that it came up with, if it is about some."""


def no_report(_: list[str], __: Exception) -> None:
    """Nobody hears of it."""


def is_passing(error: Exception) -> bool:
    """Whether an error is of the moment, or of AWS, and not of what was asked for."""
    if isinstance(error, ClientError):
        reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        return not {error.response["Error"]["Code"], *reasons} & UNFIT
    return isinstance(error, TransientError | NotFound | BotoCoreError) and not isinstance(
        error, ParamValidationError
    )
