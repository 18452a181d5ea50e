"""What the door for rows tells of the rows that an import sent: to its run, or to its job alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lytics_cm.errors import NotFound
from lytics_cm.store.jobs import Jobs
from lytics_cm.store.runs import Counts, Runs, call_for_close
from lytics_cm.store.units import Children

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lytics_cm.queues import Queue


LOST = "a batch of rows could not be stored; redrive the dead letters of the rows queue, and it will be"


class Progress:
    """What the door reports of the batches of rows that imports sent."""

    def __init__(self, runs: Runs, pages: Queue) -> None:
        self._runs = runs
        self._pages = pages

    def stored(
        self, unit: Mapping[str, str], counts: Counts, rejections: list[dict[str, Any]], now: int
    ) -> None:
        """Count one batch of rows, once; `unit` is `{job, run, unit}`. The last one calls for the run's close."""
        job_id, run_id = unit["job"], unit["run"]
        try:
            self._runs.settle(unit, Children(), counts, now)
        except NotFound:
            return
        self._runs.record_failures(job_id, [{"source": unit["unit"], **one} for one in rejections], now)
        call_for_close(self._runs, self._pages, job_id, run_id)

    def lost(self, unit: Mapping[str, str], now: int) -> None:
        """Let a run go on without a batch of rows that becomes a dead letter; it fails in the end."""
        self.stored(unit, {"failed_units": 1, "fatal": 1}, [{"message": LOST}], now)

    def refused(self, job_id: str, rejections: list[dict[str, Any]], now: int) -> None:
        """Keep the rejections of rows that a webhook brought, unless the job was deleted meanwhile."""
        try:
            Jobs(self._runs.table, "import").get(job_id)
        except NotFound:
            return
        self._runs.record_failures(job_id, [{"source": "webhook", **one} for one in rejections], now)
