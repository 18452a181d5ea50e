"""What a change of an export's configuration means for what is stored of it. Pure.

Who leaves an audience while nobody listens to it is told to nobody. So of an audience that was taken out and
comes back, of a dry run that is made real later, and of people under addresses of another field, what was
told before counts no more. An audience's people are read once more when something is wanted of them that was
not asked for before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from export_app.job import IDLE, ExportJob

type Json = dict[str, Any]

MOST_UNHEARD = 50
"""Audiences that were taken out of an export and are remembered, the latest ones: a job is one item."""
SILENT = {"description"}
"""What can be changed without anybody being sent."""

LATER = {"consent_for_new": "unchanged"}
"""What jobs have that were made before it could be chosen."""


def differences(job: Mapping[str, Any], wanted: Mapping[str, Any]) -> Json:
    """What of `wanted` is not so already."""
    known = LATER | {name: value for name, value in job.items() if value is not None}
    return {name: value for name, value in wanted.items() if not _is_same(name, known.get(name), value)}


def consequences(job: Mapping[str, Any], changes: Mapping[str, Any], now: int) -> Json:
    """The attributes to set for these changes (epoch ms `now`), those that follow from them included."""
    after = {**job, **changes}
    known = {audience["slug"]: audience for audience in job["audiences"]}
    anew = _begun_anew(job, changes)
    again = _read_again(job, changes)
    audiences = [
        _audience(known.get(one["slug"]), one, now, anew=anew, again=again) for one in after["audiences"]
    ]
    gone = known.keys() - {one["slug"] for one in after["audiences"]}
    deaf = dict.fromkeys(known if anew else gone, now - 1)  # what is read from now on counts
    unheard = sorted({**job.get("unheard", {}), **deaf}.items(), key=lambda one: one[1])[-MOST_UNHEARD:]
    return {**changes, "audiences": audiences, "unheard": dict(unheard)}


def starts(job: Mapping[str, Any]) -> bool:
    """Whether a change takes effect at once: a dry run starts over, what is stopped stays so."""
    return bool(job.get("dry_run")) or job["status"] not in IDLE


def _begun_anew(job: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
    """Whether nothing counts of what was told before."""
    return "email_field" in changes or not ExportJob.of(job).is_listening


def _read_again(job: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
    """Whether people must be read for what was not asked for before."""
    is_more = not _asks({**job, **changes}) <= _asks(job)
    return changes.get("dry_run") is False or bool(changes.get("existing_users")) or is_more


def _asks(job: Mapping[str, Any]) -> set[str]:
    """The fields that people are read with."""
    given = ExportJob.of(job)
    return {given.email_field, *given.fields}


def _audience(known: Json | None, wanted: Mapping[str, Any], now: int, *, anew: bool, again: bool) -> Json:
    """An audience with `since`, when it came to the export, and `round`, which reading of it is wanted."""
    if known is None:
        return {**wanted, "since": now, "round": now}
    return known | ({"since": now} if anew else {}) | ({"round": now} if anew or again else {})


def _is_same(name: str, stored: Any, wanted: Any) -> bool:
    if name == "audiences":
        return _slugs(stored) == _slugs(wanted)
    return bool(stored == wanted)


def _slugs(audiences: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted(str(one["slug"]) for one in audiences)
