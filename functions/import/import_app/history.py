"""What the audit log is told of runs: that an import began to fail, and that it works again. Not each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lytics_cm.store import events

if TYPE_CHECKING:
    from lytics_cm.store.runs import Runs

FAILED = "failed"


def tell_end(runs: Runs, job_id: str, run_id: str, status: str, now: int) -> None:
    """Tell that a run has ended otherwise than the one before it, of which the first is taken to have succeeded."""
    before = next((run for run in runs.page(job_id, now, 2) if run.id != run_id), None)
    if (status == FAILED) != bool(before and before.status == FAILED):
        kind = events.IMPORT_FAILED if status == FAILED else events.IMPORT_RECOVERED
        events.tell(runs.table, kind, now, job=job_id)
