"""Lists the runs of a job, the newest first, as long as they are remembered."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key

from lytics_cm.dynamodb import plain, query
from lytics_cm.store.run import TIMED, Run
from lytics_cm.store.schema import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb.service_resource import Table


def runs_before(table: Table, job_id: str, now: int, limit: int, after: str | None = None) -> list[Run]:
    """At most `limit` runs of a job, the newest first, that began before the run with the id `after`.

    What is read is what is answered, except of runs whose ids do not tell the time: those are all read,
    and are the last.
    """
    is_timed = after is None or after.startswith(TIMED)
    found = list(islice(_timed(table, job_id, now, limit, after), limit)) if is_timed else []
    if len(found) == limit:
        return found
    old = _untimed(table, job_id, now)
    ids = [run.id for run in old]
    if not is_timed:
        if after not in ids:
            return []
        old = old[ids.index(after) + 1 :]
    return found + old[: limit - len(found)]


def _timed(table: Table, job_id: str, now: int, limit: int, after: str | None) -> Iterator[Run]:
    """The runs whose ids tell the time, backwards."""
    last = RUN.of(after) if after else RUN.of(f"{TIMED}~")
    within = Key("job").eq(job_id) & Key("item").between(RUN.of(TIMED), last)
    for item in query(table, within, ScanIndexForward=False, Limit=limit + 1):
        run = Run.parse(plain(item))
        if run.id != after and not run.is_forgotten(now):
            yield run


def _untimed(table: Table, job_id: str, now: int) -> list[Run]:
    """The runs of before, the newest first: of those that were not let age, what began in 90 days."""
    within = Key("job").eq(job_id) & Key("item").between(RUN.within(), RUN.of(TIMED))
    runs = [Run.parse(plain(item)) for item in query(table, within)]
    known = [run for run in runs if not run.is_forgotten(now)]
    return sorted(known, key=lambda run: (run.started_at, run.id), reverse=True)
