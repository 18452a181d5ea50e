"""Who may be subscribed again: who entered an audience after leaving the list, if the admin chose so. Pure.

Campaign Monitor knows when a person left to the minute, as a text in the client's zone. Where that text can
be read in two ways, the later moment counts, and the whole minute counts as after.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from export_app.job import ExportJob
from lytics_cm.campaign_monitor import zones
from lytics_cm.campaign_monitor.records import Subscriber
from lytics_cm.errors import InvalidInput, UnreadableMessage

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
WESTERNMOST_MS = 12 * HOUR_MS
"""A local time is at most so much later in UTC."""
RETURNING = ("unsubscribed", "deleted")
"""Who has bounced or not confirmed is not helped by subscribing."""


def objection(person: Subscriber, entered: int, zone: ZoneInfo | None) -> str | None:
    """Why a person must not be subscribed again, or None; an unknown zone is the worst one."""
    state = person.state.lower()
    if state not in RETURNING:
        return f"{state} people are not subscribed again"
    try:
        left = latest(person.date, zone)
    except UnreadableMessage:
        return "not subscribed again: when the person left the list cannot be read"
    if entered < left:
        return f"not subscribed again: {state} after entering the audience"
    return None


def zone_of(job: ExportJob) -> ZoneInfo | None:
    """The zone of a list's times as set-up found it, None when it is not known."""
    try:
        return zones.zone_of(job.time_zone or "")
    except InvalidInput:
        return None


def latest(local: str, zone: ZoneInfo | None) -> int:
    """The end of the minute that a local time names, in the later of its readings."""
    if zone is None:
        return zones.to_utc(local, ZoneInfo("UTC")) + WESTERNMOST_MS + MINUTE_MS
    first = zones.to_utc(local, zone)
    is_twice = zones.to_local(first + HOUR_MS, zone) == local[:16]
    return first + (HOUR_MS if is_twice else 0) + MINUTE_MS
