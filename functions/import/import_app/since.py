"""From when on an import reads activity: the beginning of its day `rows_since` on the client's clocks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from lytics_cm.campaign_monitor import zones

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from lytics_cm.store.jobs import ImportJob

ALWAYS = 0


def filter_minute(job: ImportJob) -> str:
    """The minute to filter reports from; empty for an import that reads all.

    It is the one before the day, in case the vendor leaves the filter's own minute out.
    """
    if not job.rows_since:
        return ""
    return f"{date.fromisoformat(job.rows_since) - timedelta(days=1)} 23:59"


def first_moment(job: ImportJob, zone: ZoneInfo) -> int:
    """When the day begins (epoch ms); `ALWAYS` for an import that reads all."""
    return zones.to_utc(f"{job.rows_since} 00:00", zone) if job.rows_since else ALWAYS
