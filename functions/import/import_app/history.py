"""What the audit log is told of runs: that an import began to fail, and that it works again. Not each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lytics_cm.store import events
from lytics_cm.store.past_runs import runs_before

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

FAILED = "failed"


def tell_end(table: Table, job_id: str, run_id: str, status: str, now: int) -> None:
    """Tell that a run has ended otherwise than the one before it, of which the first is taken to have succeeded."""
    before = next((run for run in runs_before(table, job_id, now, 2) if run.id != run_id), None)
    if (status == FAILED) != bool(before and before.status == FAILED):
        kind = events.IMPORT_FAILED if status == FAILED else events.IMPORT_RECOVERED
        events.tell(table, kind, now, job=job_id)
