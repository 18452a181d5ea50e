"""How a run looks from outside: its stages, what it cost, and how long it may still take.

Pure; times are epoch ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lytics_cm.store import progress
from lytics_cm.streams import STREAMS
from lytics_cm.web import rfc3339

if TYPE_CHECKING:
    from import_app.tasks import Json
    from lytics_cm.store.jobs import ImportJob
    from lytics_cm.store.run import Run

STAGES = (
    "subscribers",
    "consents",
    "campaigns",
    "recipients",
    "opens",
    "clicks",
    "bounces",
    "unsubscribes",
    "spam",
    "journeys",
)


def run_view(run: Run, now: int, job_status: str = "running", shown: int | None = None) -> Json:
    """The run as the contract shows it, with its stages and what it cost.

    When its job has failed (nobody may call Campaign Monitor for it), it goes on only after a start. `shown`
    are the thousandths that are done; what was shown last, unless given.
    """
    is_stuck = job_status == "failed" and run.is_running
    stages = {
        stage: {"done": run.counts[f"{stage}_done"], "total": run.counts[f"{stage}_total"]}
        for stage in STAGES
        if run.counts[f"{stage}_total"]
    }
    return {
        "id": run.id,
        "status": "failed" if is_stuck else run.status,
        "started_at": rfc3339(run.started_at),
        "finished_at": rfc3339(run.finished_at) if run.finished_at else None,
        "progress": 1.0 if run.status == "succeeded" else (run.shown if shown is None else shown) / 1000,
        "seconds_left": _left(run, now) if run.is_running and job_status == "running" else None,
        "waiting": _waiting(run) if job_status == "running" else None,
        "pages": {"done": run.counts["pages_done"], "total": run.counts["pages_total"]},
        "rows": {stream: run.counts[stream] for stream in STREAMS},
        "rejected": run.counts["rejected"],
        "withheld": run.counts["withheld"],
        "failed_pages": run.counts["failed_units"],
        "calls": run.counts["calls"],
        "stages": stages,
    }


def past_view(run: Run, job: ImportJob, now: int) -> Json:
    """A run as the history of its job shows it: why it began, what it brought, and why it failed.

    `seconds` are those from its beginning to its end, null until then; `new_rows` is null when it began
    before anybody counted them, `changed_profiles` also until it has ended; it is an estimate.
    """
    is_stuck = run.id == job.run_id and job.status == "failed" and run.is_running
    status = "failed" if is_stuck else run.status
    return {
        "id": run.id,
        "trigger": run.trigger,
        "began_at": rfc3339(run.started_at),
        "ended_at": rfc3339(run.finished_at) if run.finished_at else None,
        "seconds": (run.finished_at - run.started_at) // 1000 if run.finished_at else None,
        "status": status,
        "reason": (run.reason or job.message if is_stuck else run.reason) if status == "failed" else None,
        "calls": run.counts["calls"],
        "pages": {"done": run.counts["pages_done"], "total": run.counts["pages_total"]},
        "rows": {stream: run.counts[stream] for stream in STREAMS},
        "new_rows": run.counts["new_rows"] if run.trigger else None,
        "changed_profiles": run.changed_people,
        "rejected": run.counts["rejected"],
        "withheld": run.counts["withheld"],
        "waited_seconds": run.waited(now) // 1000,
    }


def _waiting(run: Run) -> Json | None:
    """Why the run waits for Campaign Monitor; None when it does not."""
    if not run.is_waiting or run.waiting_since is None or run.waiting_until is None:
        return None
    return {
        "reason": run.waiting_reason,
        "since": rfc3339(run.waiting_since),
        "next_try_at": rfc3339(run.waiting_until),
    }


def seconds_left(started_at: int, now: int, done: int, total: int) -> int | None:
    """How long what is left takes at the pace so far; None while nothing can be said."""
    return progress.at_this_pace(now - started_at, done, total)


def _left(run: Run, now: int) -> int | None:
    """None also when nothing is left but the end itself, which takes a moment."""
    return progress.seconds_left(run, now) or None
