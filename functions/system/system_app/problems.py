"""What needs a person now, each with its remedy; what a person should hear of; and when either is over. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from system_app import views
from system_app.findings import CONCURRENCY
from system_app.views import DAY_MS, MINUTE_MS, export_of, import_of, moment, named

if TYPE_CHECKING:
    from lytics_cm.store.authorizations import Authorization
    from lytics_cm.store.jobs import ImportJob
    from system_app.findings import Findings, Work

type Json = dict[str, Any]

NEARLY = 0.9
"""The share of the account's executions from which on somebody should ask for more."""
INTERVALS = 3
"""Intervals of an import that is kept up to date, in which it should have read something."""
LEAST_MINUTES = 15
"""For so long it need not have, however short they are."""
CHECKED_MS = DAY_MS + 90 * MINUTE_MS
"""How long what a daily check of a list found is news: it comes within an hour of its time."""
MOMENT_CHARS = len("2026-11-23T10:00:00.000Z")
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


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that needs a person. `subject` tells it from others of its kind, from one inspection to the next.

    `job` is `{id, kind, name}`; `tells_itself` says that an alarm of CloudWatch mails it.
    """

    kind: str
    subject: str
    what: str
    remedy: str
    route: str | None
    since: int | None = None
    job: Json | None = None
    tells_itself: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.subject}"

    def view(self) -> Json:
        """As the contract has it."""
        shown = {name: getattr(self, name) for name in ("kind", "what", "remedy", "route", "job")}
        return {**shown, "since": moment(self.since)}


def problems_of(found: Findings, now: int) -> Iterator[Problem]:
    """Everything that needs a person: what stands still first, then what is at risk."""
    yield from _of_authorizations(found.authorizations or (), found.work)
    yield from _of_jobs(found)
    yield from _of_dead_letters(found, now)
    yield from _of_schedules(found)
    silent = list(_of_silence(found, now))
    yield from silent
    yield from _of_webhooks(found, now, {one.subject for one in silent})
    yield from _of_alarms(found)
    yield from _of_quotas(found)
    for part, why in found.unread.items():
        yield Problem(
            "unreadable",
            part,
            f"{PARTS[part]} could not be read: {why}",
            "Ask again in a minute. If it stays so, look into the log of `system`, and deploy the stack again"
            " if its role was changed.",
            "GET /system",
        )


def notices_of(found: Findings, now: int) -> Iterator[Problem]:
    """What a person should hear of, though nothing has to be done: lists that were not as they should be."""
    for job in found.work.exports if found.work else ():
        repairs = job.get("repairs") or []
        at = _at(repairs[-1]) if repairs else None
        if job["status"] == "running" and at and now - at < CHECKED_MS:
            yield Problem(
                "difference",
                job["id"],
                f"the list of {named(export_of(job))} was not as it should be: {repairs[-1][MOMENT_CHARS:].strip()}",
                "What is ours was mended, and who lost something is sent again. `notes` of the job tells all."
                " Find out who changes the list.",
                f"GET /exports/{job['id']}",
                since=at,
                job=export_of(job),
            )


def _at(note: str) -> int | None:
    """When a note was written that begins with its time."""
    try:
        return int(datetime.fromisoformat(note[:MOMENT_CHARS]).timestamp() * 1000)
    except ValueError:
        return None


def is_settled(kind: str, job: Mapping[str, Any] | None, found: Findings) -> bool:
    """Whether a problem that is not found any more is over.

    It may be hidden: by a part that could not be read, by a run that is at it, by a job that has failed.
    """
    if found.unread or found.work is None:
        return False
    if job is None:
        return True
    statuses = {one.id: one.status for one in found.work.imports}
    statuses |= {one["id"]: one["status"] for one in found.work.exports}
    status = statuses.get(job["id"])
    if kind == "job_failed" or kind.startswith("webhook_"):
        under_way = "running" if job["kind"] == "import" else "starting"
        return status not in ("failed", under_way)
    if kind == "job_silent" and status == "running":
        run = found.work.runs.get(job["id"])
        return run is not None and (run.moved_at or 0) > run.started_at and not run.is_waiting
    return status != "failed"


def _of_silence(found: Findings, now: int) -> Iterator[Problem]:
    """Imports that should have read something, and exports that Lytics should have told something."""
    if found.work is None:
        return
    unscheduled = {one.job.id for one in found.schedules or () if one.job and one.state != "ENABLED"}
    for job in found.work.imports:
        since = _silent_since(job, found.work)
        patience = max(INTERVALS * job.every_minutes, LEAST_MINUTES) * MINUTE_MS
        if since is not None and now - since > patience and job.id not in unscheduled:
            yield _silent_import(job, since)
    patience = found.silence_days * DAY_MS
    for export in found.work.exports:
        since = max(export["created_at"], found.work.heard.get(export["id"], 0))
        if (
            patience
            and export["status"] == "running"
            and not export.get("dry_run")
            and now - since > patience
        ):
            yield _silent_export(export, since, found.silence_days)


def _silent_since(job: ImportJob, work: Work) -> int | None:
    """When an import that is kept up to date last read something, if it should be at it."""
    if not job.keep_updated or job.status not in ("running", "scheduled"):
        return None
    run = work.runs.get(job.id)
    if job.status == "running" and run and run.is_running:
        return run.waiting_since if run.is_waiting else run.last_sign
    return job.next_run_at and job.next_run_at - job.every_minutes * MINUTE_MS


def _silent_import(job: ImportJob, since: int) -> Problem:
    return Problem(
        "job_silent",
        job.id,
        f"{named(import_of(job))} has read nothing for {INTERVALS} intervals of {job.every_minutes} minutes",
        "`waiting` of its run says whether it waits for Campaign Monitor: then nothing is to be done. Else"
        " look for messages in the queue pages, and into the log of `page`.",
        f"GET /imports/{job.id}",
        since=since,
        job=import_of(job),
    )


def _silent_export(job: Mapping[str, Any], since: int, days: int) -> Problem:
    return Problem(
        "export_silent",
        job["id"],
        f"{named(export_of(job))} has heard nothing from Lytics for {days} days",
        "Look whether the Lytics job is on, has the same audiences, and posts to audience_webhook_url. If so"
        " few people move, raise SilentExportDays.",
        f"GET /exports/{job['id']}",
        since=since,
        job=export_of(job),
    )


def _of_authorizations(authorizations: Sequence[Authorization], work: Work | None) -> Iterator[Problem]:
    for one in authorizations:
        if one.status != "revoked":
            continue
        waiting = len(_waiting_for(one.id, work))
        told = f"; {waiting} of its jobs {'waits' if waiting == 1 else 'wait'} for it" if waiting else ""
        yield Problem(
            "authorization_revoked",
            one.id,
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


def _of_jobs(found: Findings) -> Iterator[Problem]:
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


def _failed_import(job: ImportJob) -> Problem:
    return Problem(
        "job_failed",
        job.id,
        f"{named(import_of(job))} has failed: {job.message or 'see its failures'}",
        f"GET /imports/{job.id}/failures says what could not be read, and why. Mend that, then start the"
        " import: it goes on where it was.",
        f"POST /imports/{job.id}/start",
        job=import_of(job),
    )


def _failed_export(job: Mapping[str, Any]) -> Problem:
    return Problem(
        "job_failed",
        job["id"],
        f"{named(export_of(job))} has failed or was paused: {job.get('message') or 'see its failures'}",
        "If the message tells of people to clear or to re-subscribe, look whether that is right. Mend the"
        " reason, then start the export; for an hour it has no brake.",
        f"POST /exports/{job['id']}/start",
        job=export_of(job),
    )


def _troubled_export(job: Mapping[str, Any]) -> Problem:
    return Problem(
        "job_impaired",
        job["id"],
        f"{named(export_of(job))} cannot send everything: {'; '.join(job['troubles'])}",
        "Put the field back on the list, or map another one with this route (field_mappings).",
        f"PATCH /exports/{job['id']}",
        job=export_of(job),
    )


def _of_dead_letters(found: Findings, now: int) -> Iterator[Problem]:
    for depth in found.queues or ():
        if not depth.dead_letters:
            continue
        line = depth.line
        age = (found.metrics or {}).get(line.letters)
        yield Problem(
            "dead_letters",
            line.name,
            f"{_messages(depth.dead_letters)} of the queue {line.name} failed five times",
            f"Read the log of `{line.log}` for the reason and mend it. Then put them back, within fourteen"
            " days: nothing counts twice.",
            line.redrive,
            since=None if age is None else now - int(age * 1000),
        )


def _messages(count: int) -> str:
    return f"{count:,} messages" if count > 1 else "1 message"


def _of_schedules(found: Findings) -> Iterator[Problem]:
    for schedule in found.schedules or ():
        if schedule.state == "ENABLED":
            continue
        job = import_of(schedule.job) if schedule.job else None
        name = named(job) if job else f"the {schedule.name}"
        lacks = "has no schedule" if schedule.state is None else "has a schedule that somebody switched off"
        if schedule.job:
            minutes = schedule.job.every_minutes
            remedy = f'Send {{"every_minutes": {minutes}}} to this route: the schedule is made anew.'
            route: str | None = f"PATCH /imports/{schedule.job.id}"
        else:
            remedy = "Enable it in EventBridge Scheduler. If it was deleted, make it again as template.yaml has it."
            route = None
        kind = "schedule_missing" if schedule.state is None else "schedule_off"
        yield Problem(kind, job["id"] if job else schedule.name, f"{name} {lacks}", remedy, route, job=job)


def _of_webhooks(found: Findings, now: int, silent: Collection[str]) -> Iterator[Problem]:
    """Webhooks that are not alive, unless a run is at them, or their job needs somebody in any case."""
    for hook in found.work.webhooks if found.work else ():
        state = views.webhook_state(hook, now)
        if state == views.ALIVE or hook.job.status in ("running", "failed") or hook.job.id in silent:
            continue
        what = "is dead" if state == views.DEAD else "has not been seen alive lately"
        yield Problem(
            f"webhook_{state}",
            f"{hook.job.id}/{hook.list_id}",
            f'the webhook of list "{hook.list_name or hook.list_id}" of {named(import_of(hook.job))} {what}',
            "Run the import: it repairs its webhooks and reads what was missed.",
            f"POST /imports/{hook.job.id}/run",
            since=hook.checked_at,
            job=import_of(hook.job),
        )


def _of_alarms(found: Findings) -> Iterator[Problem]:
    """Alarms, but for those of what is a problem by itself: that says more, and at once."""
    known = {depth.line.letters for depth in found.queues or ()}
    for alarm in found.alarms or ():
        if alarm.state == "ALARM" and alarm.queue not in known and not alarm.is_on_problems:
            yield Problem(
                "alarm",
                alarm.name,
                f"the alarm {alarm.name} is on: {alarm.reason}",
                f"{alarm.meaning} docs/operations.md, section Alarms, says what to do.".strip(),
                None,
                since=alarm.since,
                tells_itself=alarm.acts,
            )


def _of_quotas(found: Findings) -> Iterator[Problem]:
    used, limit = (found.metrics or {}).get(CONCURRENCY), found.concurrency
    if used is not None and limit and used >= NEARLY * limit:
        yield Problem(
            "quota",
            CONCURRENCY,
            f"{int(used)} of the account's {limit} executions were under way at once",
            "Ask AWS for more executions, which costs nothing, or lower MaxParallelCalls and"
            " MaxParallelWriters; see docs/operations.md, section Concurrency.",
            None,
        )
