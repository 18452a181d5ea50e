"""Whether an export waits for Campaign Monitor: from a try in vain to the next one that is not. Pure.

A worker notes it in the export's item when that changes, or when what it said of the next try is past. While
all is well nothing is written. Two workers may write at once: the first counts, and both try again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lytics_cm.errors import Throttled, TransientError
from lytics_cm.web import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from export_app.job import ExportJob

type Json = dict[str, Any]

NOT_WAITING: Json = {"waiting_since": None, "waiting_until": None, "waiting_reason": None}
"""The attributes of an export that does not wait."""


def noted(job: ExportJob, trouble: TransientError | None, calls: int, until: int, now: int) -> Json:
    """What changes in an export's item after a worker's `calls`: nothing, if it is empty. Times are epoch ms.

    `trouble` is what stood in the way, and `until` when that is tried again.
    """
    if trouble is not None and is_of_vendor(trouble):
        is_known = job.waiting_until is not None and now < job.waiting_until <= until
        since = job.waiting_since or trouble.silent_since or now
        told = {"waiting_since": since, "waiting_until": until, "waiting_reason": str(trouble)}
        return {} if is_known else told
    is_due = job.waiting_until is not None and job.waiting_until <= now
    is_over = trouble is None and job.waiting_since is not None and (calls > 0 or is_due)
    return dict(NOT_WAITING) if is_over else {}


def is_of_vendor(trouble: TransientError) -> bool:
    """Whether it was the vendor who did not answer, rather than AWS, or a turn that others had."""
    return not isinstance(trouble, Throttled) and (trouble.is_attempt or bool(trouble.silent_since))


def waiting_view(job: Mapping[str, Any]) -> Json | None:
    """Why an export waits, as the contract shows it; None when it does not, or sends nothing."""
    if job["status"] != "running" or job.get("waiting_since") is None:
        return None
    return {
        "reason": job["waiting_reason"],
        "since": rfc3339(job["waiting_since"]),
        "next_try_at": rfc3339(job["waiting_until"]),
    }
