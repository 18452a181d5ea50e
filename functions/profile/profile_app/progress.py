"""What ingest tells of the rows that an import sent: to its run, or to its job alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lytics_cm.aws import insist
from lytics_cm.errors import NotFound, TransientError
from lytics_cm.remedies import NOT_STORED
from lytics_cm.store.changed_people import ChangedPeople
from lytics_cm.store.failures import record_failures
from lytics_cm.store.jobs import Jobs
from lytics_cm.store.runs import Runs, call_for_close
from lytics_cm.store.units import Stored

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection, Mapping, Sequence

    from lytics_cm.queues import Queue

INSIST_SECONDS = 5
"""Seconds for which counting is tried that nobody does later."""
LOST = "a batch of rows could not be stored; redrive the dead letters of the bulk queue, and it will be"


class Progress:
    """What ingest reports of the batches of rows that imports sent."""

    def __init__(self, runs: Runs, pages: Queue) -> None:
        self._runs = runs
        self._pages = pages
        self._people = ChangedPeople(runs.table)

    def stored(self, batches: Sequence[Stored], now: int) -> None:
        """Count batches of rows of one run, each once; the last one of the run calls for its close."""
        first = batches[0].unit
        job_id, run_id = first["job"], first["run"]
        try:
            self._people.add(job_id, run_id, {email for one in batches for email in one.changed}, now)
            self._runs.settle_all(first, {one.unit["unit"]: one.counts for one in batches}, now)
        except NotFound:
            self._people.forget(job_id, run_id)
            return
        except TransientError:
            for one in batches:
                self._add_new(one.unit, one.counts.get("new_rows", 0), one.changed, now)
            raise
        refused = ({"source": one.unit["unit"], **bad} for one in batches for bad in one.rejections)
        record_failures(self._runs.table, job_id, refused, now)
        call_for_close(self._runs, self._pages, job_id, run_id)

    def brought(self, unit: Mapping[str, str], new: Counter[str], now: int) -> None:
        """Count new rows of a unit that comes again, in its run unless that was deleted meanwhile."""
        self._add_new(unit, new.total(), new, now)

    def _add_new(self, unit: Mapping[str, str], count: int, people: Collection[str], now: int) -> None:
        run = unit["job"], unit["run"]
        if insist(lambda: self._runs.add(*run, {"new_rows": count}, now), INSIST_SECONDS):
            insist(lambda: self._people.add(*run, people, now), INSIST_SECONDS)

    def lost(self, units: Sequence[Mapping[str, str]], now: int) -> None:
        """Let a run go on without batches of rows that become dead letters; it fails in the end."""
        counts = {"failed_units": 1, "fatal": 1}
        self.stored([Stored(unit, counts, [{"code": NOT_STORED, "message": LOST}]) for unit in units], now)

    def refused(self, job_id: str, rejections: list[dict[str, Any]], now: int) -> None:
        """Keep the rejections of rows that a webhook brought, unless the job was deleted meanwhile."""
        try:
            Jobs(self._runs.table, "import").get(job_id)
        except NotFound:
            return
        record_failures(self._runs.table, job_id, [{"source": "webhook", **one} for one in rejections], now)
