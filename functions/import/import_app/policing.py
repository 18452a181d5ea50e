"""Keeps the policies by which profiles keep and forget in step with the jobs that say them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lytics_cm.errors import InvalidInput, NotFound
from lytics_cm.store.jobs import is_too_large
from lytics_cm.store.policies import Policies, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lytics_cm.queues import Queue
    from lytics_cm.store.jobs import ImportJob, ImportJobs

ERRAND = {"policies": True}
"""What the bulk queue is asked when something else holds: to go through everybody."""
ERRAND_SECONDS = 30
"""So late it is done (seconds): it is sent before the policy is kept, in case its sender dies."""
TOO_LARGE = "the columns of all imports are too many to be stored; name custom.* instead of fields one by one"


@dataclass(frozen=True, slots=True)
class Policing:
    """What imports allow of their data, as profiles follow it. Times are epoch ms."""

    jobs: ImportJobs
    policies: Policies
    bulk: Queue

    def follow(self, job: ImportJob, now: int) -> None:
        """Let hold what the job says, until it says nothing else any more; a job that is gone says nothing.

        Repeatable, also by several at once. Raises `TransientError`, and `InvalidInput` when all that imports
        say is too much to be stored.
        """
        held: ImportJob | None = job
        while True:
            self._put(job, policy_of(held) if held else None, now)
            found = self._find(job.id)
            if (found and policy_of(found)) == (held and policy_of(held)):
                return
            held = found

    def adopt(self, client_id: str, now: int) -> None:
        """Let hold what jobs of the client say that were made before there were policies. Repeatable."""
        for job in self.jobs.all():
            if job.client_id == client_id:
                self.follow(job, now)

    def forget(self, job: ImportJob, now: int) -> None:
        """Let hold nothing of what the job says. Repeatable."""
        self._put(job, None, now)

    def in_force(self) -> Mapping[str, Policy]:
        """What holds for each client that has an import."""
        return self.policies.in_force()

    def _put(self, job: ImportJob, policy: Policy | None, now: int) -> None:
        """Keep a policy. Before it, people are called to be gone through, if anything changes for them."""
        if self.policies.would_change(job.id, job.client_id, policy):
            self.bulk.send([ERRAND], delay=ERRAND_SECONDS)
        try:
            self.policies.put(job.id, job.client_id, policy, now)
        except ClientError as error:
            if is_too_large(error):
                raise InvalidInput(TOO_LARGE, [{"field": "drop_columns", "message": TOO_LARGE}]) from error
            raise

    def _find(self, job_id: str) -> ImportJob | None:
        try:
            return self.jobs.get(job_id)
        except NotFound:
            return None


def policy_of(job: ImportJob) -> Policy:
    """What the job says of its data."""
    return Policy.parse(job.item())
