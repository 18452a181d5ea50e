"""The whole answer of `GET /system`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lytics_cm.version import VERSION
from lytics_cm.web import rfc3339
from system_app import views
from system_app.problems import problems_of
from system_app.warned import warnings_of

if TYPE_CHECKING:
    from system_app.findings import Findings

type Json = dict[str, Any]


def report(found: Findings, now: int) -> Json:
    """The answer of `GET /system` from what was found at `now`; a part that could not be read is null."""
    problems = [problem.view() for problem in problems_of(found, now)]
    return {
        "version": VERSION,
        "at": rfc3339(now),
        "healthy": not problems,
        "problems": problems,
        "warnings": [warned.view() for warned in warnings_of(found)],
        "queues": _each(found.queues, lambda depth: views.queue_view(depth, found.metrics)),
        "alarms": _each(found.alarms, views.alarm_view),
        "quotas": views.quotas_view(found),
        "webhooks": None if found.work is None else views.webhooks_view(found.work.webhooks, now),
        "schedules": _each(found.schedules, views.schedule_view),
        "authorizations": _each(found.authorizations, views.authorization_view),
    }


def _each(items: Sequence[Any] | None, view: Any) -> list[Json] | None:
    return None if items is None else [view(item) for item in items]
