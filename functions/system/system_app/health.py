"""What needs a person now, each with its remedy; and the whole answer of `GET /system`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lytics_cm.version import VERSION
from lytics_cm.web import rfc3339
from system_app import views
from system_app.findings import CONCURRENCY
from system_app.views import export_of, import_of, moment

if TYPE_CHECKING:
    from lytics_cm.store.authorizations import Authorization
    from lytics_cm.store.jobs import ImportJob
    from system_app.findings import Findings, Work

type Json = dict[str, Any]

NEARLY = 0.9
"""The share of the account's executions from which on somebody should ask for more."""
PARTS = {
    "queues": "the queues",
    "metrics": "the age of messages and the executions at once (CloudWatch's metrics)",
    "alarms": "the alarms",
    "concurrency": "the account's limit of executions",
    "authorizations": "the authorizations",
    "paces": "the calls to Campaign Monitor under way",
    "work": "jobs and webhooks",
    "schedules": "the schedules",
}


def report(found: Findings, now: int) -> Json:
    """The answer of `GET /system` from what was found at `now`; a part that could not be read is null."""
    problems = list(problems_of(found, now))
    return {
        "version": VERSION,
        "at": rfc3339(now),
        "healthy": not problems,
        "problems": problems,
        "queues": _each(found.queues, lambda depth: views.queue_view(depth, found.metrics)),
        "alarms": _each(found.alarms, views.alarm_view),
        "quotas": views.quotas_view(found),
        "webhooks": None if found.work is None else views.webhooks_view(found.work.webhooks, now),
        "schedules": _each(found.schedules, views.schedule_view),
        "authorizations": _each(found.authorizations, views.authorization_view),
    }


def problems_of(found: Findings, now: int) -> Iterator[Json]:
    """Everything that needs a person: what stands still first, then what is at risk."""
    yield from _of_authorizations(found.authorizations or (), found.work)
    yield from _of_jobs(found)
    yield from _of_dead_letters(found, now)
    yield from _of_schedules(found)
    yield from _of_webhooks(found, now)
    yield from _of_alarms(found)
    yield from _of_quotas(found)
    for part, why in found.unread.items():
        yield _problem(
            "unreadable",
            f"{PARTS[part]} could not be read: {why}",
            "Ask again in a minute. If it stays so, look into the log of `system`, and deploy the stack again"
            " if its role was changed.",
            "GET /system",
        )


def _problem(
    kind: str,
    what: str,
    remedy: str,
    route: str | None,
    *,
    since: int | None = None,
    job: Json | None = None,
) -> Json:
    return {"kind": kind, "what": what, "since": moment(since), "remedy": remedy, "route": route, "job": job}


def _of_authorizations(authorizations: Sequence[Authorization], work: Work | None) -> Iterator[Json]:
    for one in authorizations:
        if one.status != "revoked":
            continue
        waiting = len(_waiting_for(one.id, work))
        told = f"; {waiting} of its jobs wait for it" if waiting else ""
        yield _problem(
            "authorization_revoked",
            f'Campaign Monitor does not accept the account "{one.description}" any more{told}',
            "Connect it again: open the authorize_url that this route answers with. Its jobs go on by"
            " themselves. Delete the account if nobody needs it.",
            f"POST /authorizations/{one.id}/reconnect",
        )


def _waiting_for(authorization_id: str, work: Work | None) -> list[str]:
    """The ids of the jobs that stand still for an authorization alone."""
    if work is None:
        return []
    imports = [
        job.id for job in work.imports if job.status == "failed" and job.failed_for == authorization_id
    ]
    return imports + [
        job["id"]
        for job in work.exports
        if job["status"] == "failed" and job.get("failed_for") == authorization_id
    ]


def _of_jobs(found: Findings) -> Iterator[Json]:
    if found.work is None:
        return
    told = {
        job
        for one in found.authorizations or ()
        if one.status == "revoked"
        for job in _waiting_for(one.id, found.work)
    }
    for job in found.work.imports:
        if job.status == "failed" and job.id not in told:
            yield _failed_import(job)
    for export in found.work.exports:
        if export["status"] == "failed" and export["id"] not in told:
            yield _failed_export(export)
        elif export["status"] == "running" and export.get("troubles"):
            yield _troubled_export(export)


def _failed_import(job: ImportJob) -> Json:
    return _problem(
        "job_failed",
        f"{_named(import_of(job))} has failed: {job.message or 'see its failures'}",
        f"GET /imports/{job.id}/failures says what could not be read, and why. Mend that, then start the"
        " import: it goes on where it was.",
        f"POST /imports/{job.id}/start",
        job=import_of(job),
    )


def _failed_export(job: Mapping[str, Any]) -> Json:
    return _problem(
        "job_failed",
        f"{_named(export_of(job))} has failed or was paused: {job.get('message') or 'see its failures'}",
        "If the message tells of people to clear or to re-subscribe, look whether that is right. Mend the"
        " reason, then start the export; for an hour it has no brake.",
        f"POST /exports/{job['id']}/start",
        job=export_of(job),
    )


def _troubled_export(job: Mapping[str, Any]) -> Json:
    return _problem(
        "job_impaired",
        f"{_named(export_of(job))} cannot send everything: {'; '.join(job['troubles'])}",
        "Put the field back on the list, or map another one with this route (field_mappings).",
        f"PATCH /exports/{job['id']}",
        job=export_of(job),
    )


def _of_dead_letters(found: Findings, now: int) -> Iterator[Json]:
    for depth in found.queues or ():
        if not depth.dead_letters:
            continue
        line = depth.line
        age = (found.metrics or {}).get(line.letters)
        yield _problem(
            "dead_letters",
            f"{_messages(depth.dead_letters)} of the queue {line.name} failed five times",
            f"Read the log of `{line.log}` for the reason and mend it. Then put them back, within fourteen"
            " days: nothing counts twice.",
            line.redrive,
            since=None if age is None else now - int(age * 1000),
        )


def _messages(count: int) -> str:
    return f"{count:,} messages" if count > 1 else "1 message"


def _of_schedules(found: Findings) -> Iterator[Json]:
    for schedule in found.schedules or ():
        if schedule.state == "ENABLED":
            continue
        job = import_of(schedule.job) if schedule.job else None
        name = _named(job) if job else f"the {schedule.name}"
        lacks = "has no schedule" if schedule.state is None else "has a schedule that somebody switched off"
        if schedule.job:
            minutes = schedule.job.every_minutes
            remedy = f'Send {{"every_minutes": {minutes}}} to this route: the schedule is made anew.'
            route: str | None = f"PATCH /imports/{schedule.job.id}"
        else:
            remedy = "Enable it in EventBridge Scheduler. If it was deleted, make it again as template.yaml has it."
            route = None
        kind = "schedule_missing" if schedule.state is None else "schedule_off"
        yield _problem(kind, f"{name} {lacks}", remedy, route, job=job)


def _of_webhooks(found: Findings, now: int) -> Iterator[Json]:
    """Webhooks that are not alive, unless a run is at them, or their job has failed in any case."""
    for hook in found.work.webhooks if found.work else ():
        state = views.webhook_state(hook, now)
        if state == views.ALIVE or hook.job.status in ("running", "failed"):
            continue
        what = "is dead" if state == views.DEAD else "has not been seen alive lately"
        yield _problem(
            f"webhook_{state}",
            f'the webhook of list "{hook.list_name or hook.list_id}" of {_named(import_of(hook.job))} {what}',
            "Run the import: it repairs its webhooks and reads what was missed.",
            f"POST /imports/{hook.job.id}/run",
            since=hook.checked_at,
            job=import_of(hook.job),
        )


def _of_alarms(found: Findings) -> Iterator[Json]:
    """Alarms, but those of dead-letter queues whose depth is known: that says more, and at once."""
    known = {depth.line.letters for depth in found.queues or ()}
    for alarm in found.alarms or ():
        if alarm.state == "ALARM" and alarm.queue not in known:
            yield _problem(
                "alarm",
                f"the alarm {alarm.name} is on: {alarm.reason}",
                "docs/operations.md, section Watch, says what each alarm means and what to do.",
                None,
                since=alarm.since,
            )


def _of_quotas(found: Findings) -> Iterator[Json]:
    used, limit = (found.metrics or {}).get(CONCURRENCY), found.concurrency
    if used is not None and limit and used >= NEARLY * limit:
        yield _problem(
            "quota",
            f"{int(used)} of the account's {limit} executions were under way at once",
            "Ask AWS for more executions, which costs nothing, or lower MaxParallelCalls and"
            " MaxParallelWriters; see docs/operations.md, section Concurrency.",
            None,
        )


def _named(job: Json) -> str:
    return f'{job["kind"]} "{job["name"] or job["id"]}"'


def _each(items: Sequence[Any] | None, view: Any) -> list[Json] | None:
    return None if items is None else [view(item) for item in items]
