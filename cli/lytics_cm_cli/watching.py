"""Looking at a job again and again until it is where it was going."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.live import Live

from lytics_cm_cli.client import Refused, Unreachable
from lytics_cm_cli.drawing.watching import watched

POLL_SECONDS = 1.0
PATIENCE_SECONDS = 60
"""For which an API that does not answer is asked again."""
SERVER_ERROR = 500

type Job = Mapping[str, Any]


def follow(
    console: Console,
    read: Callable[[], Job],
    is_over: Callable[[Job], bool],
    poll_seconds: float = POLL_SECONDS,
    seconds: float | None = None,
) -> Job:
    """Draw the job until it is over; return it as it is then.

    Raises `TimeoutError` after so many seconds, and what asking raises when it goes on for a minute.
    """
    began = time.monotonic()
    job = read()
    with Live(watched(job, time.time()), console=console, auto_refresh=False) as live:
        while not is_over(job):
            if seconds is not None and time.monotonic() - began > seconds:
                raise TimeoutError(f"it is not done after {seconds:.0f} s")
            time.sleep(poll_seconds)
            job = _patiently(read)
            live.update(watched(job, time.time()), refresh=True)
    if not console.is_terminal:
        console.line()  # which a drawing that moves would have ended with
    return job


def _patiently(read: Callable[[], Job]) -> Job:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return read()
        except (Unreachable, Refused) as error:
            is_passing = isinstance(error, Unreachable) or error.status >= SERVER_ERROR
            if not is_passing or time.monotonic() > end:
                raise
            time.sleep(POLL_SECONDS)


def import_is_over(job: Job) -> bool:
    """Its run has ended, or nothing runs."""
    run = job.get("run")
    return job["status"] in ("stopped", "failed") or not run or run["status"] != "running"


def export_is_set_up(job: Job) -> bool:
    """It has begun to send, and whom its audiences had before has been read; a dry run has ended."""
    is_idle = job["status"] in ("stopped", "failed")
    if job["dry_run"]:
        return is_idle
    scans = job.get("existing") or []
    is_read = len(scans) >= len(job["audiences"]) and all(
        one.get("done") or one.get("failed") for one in scans
    )
    return is_idle or (job["status"] == "running" and (is_read or not job["existing_users"]))
