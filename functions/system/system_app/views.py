"""How the parts of the system look from outside. Pure; times come as epoch ms and leave as RFC 3339."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lytics_cm.web import rfc3339
from system_app.findings import CONCURRENCY

if TYPE_CHECKING:
    from lytics_cm.store.authorizations import Authorization
    from lytics_cm.store.jobs import ImportJob
    from system_app.findings import Alarm, Depth, Findings, Pace, Schedule, Webhook

type Json = dict[str, Any]

MOST_IN_FLIGHT = 120_000
"""Messages of a standard queue that may be in consumers' hands (SQS developer guide, "Quotas")."""
DAY_MS = 86_400_000
MINUTE_MS = 60_000
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
MINUTES = {"minute": 1, "hour": 60, "day": 1440}

ALIVE, UNCONFIRMED, DEAD = "alive", "unconfirmed", "dead"


def import_of(job: ImportJob) -> Json:
    """An import as a problem or a list names it."""
    return {"id": job.id, "kind": "import", "name": job.description}


def export_of(job: Mapping[str, Any]) -> Json:
    """The same of an export."""
    return {"id": job["id"], "kind": "export", "name": job.get("description")}


def named(job: Json) -> str:
    """What a sentence calls a job."""
    return f'{job["kind"]} "{job["name"] or job["id"]}"'


def queue_view(depth: Depth, metrics: Mapping[str, float] | None) -> Json:
    """A queue; `oldest_seconds` is null while CloudWatch tells nothing of it."""
    age = (metrics or {}).get(depth.line.queue)
    return {
        "name": depth.line.name,
        "waiting": depth.waiting,
        "in_flight": depth.in_flight,
        "delayed": depth.delayed,
        "oldest_seconds": None if age is None else int(age),
        "dead_letters": depth.dead_letters,
    }


def alarm_view(alarm: Alarm) -> Json:
    return {
        "name": alarm.name,
        "state": alarm.state,
        "since": rfc3339(alarm.since),
        "reason": alarm.reason or None,
    }


def quotas_view(found: Findings) -> list[Json] | None:
    """What there is only so much of: executions, messages in hand, calls to each account's vendor.

    None when nothing could be read; what could not is left out.
    """
    quotas: list[Json] = []
    if found.concurrency is not None:
        used = (found.metrics or {}).get(CONCURRENCY)
        quotas.append(_quota("lambda_executions", found.concurrency, None if used is None else int(used)))
    if found.queues is not None:
        used = max((depth.in_flight for depth in found.queues), default=0)
        quotas.append(_quota("sqs_messages_in_flight", MOST_IN_FLIGHT, used))
    names = {one.id: one.description for one in found.authorizations or ()}
    quotas += [_pace(pace, names) for pace in found.paces or ()]
    return quotas or None


def _quota(name: str, limit: int, used: int | None, account: Json | None = None) -> Json:
    return {"name": name, "account": account, "limit": limit, "used": used}


def _pace(pace: Pace, names: Mapping[str, str]) -> Json:
    account = {"id": pace.authorization_id, "name": names.get(pace.authorization_id)}
    return _quota("campaign_monitor_calls", pace.limit, pace.used, account)


def webhook_state(hook: Webhook, now: int) -> str:
    """`alive`, `dead` when it was found so, else `unconfirmed`: not registered yet, or not looked at lately."""
    if hook.webhook_id and not hook.active:
        return DEAD
    if not hook.webhook_id or not hook.checked_at:
        return UNCONFIRMED
    patience = DAY_MS + 2 * hook.job.every_minutes * MINUTE_MS
    return UNCONFIRMED if hook.job.keep_updated and now - hook.checked_at > patience else ALIVE


def webhooks_view(hooks: Sequence[Webhook], now: int) -> Json:
    """The webhooks of imports that are not stopped: how many, and each with its state."""
    states = [webhook_state(hook, now) for hook in hooks]
    return {
        "registered": sum(bool(hook.webhook_id) for hook in hooks),
        **{state: states.count(state) for state in (ALIVE, UNCONFIRMED, DEAD)},
        "lists": [_webhook(hook, state) for hook, state in zip(hooks, states, strict=True)],
    }


def _webhook(hook: Webhook, state: str) -> Json:
    return {
        "job": import_of(hook.job),
        "list": {"id": hook.list_id, "name": hook.list_name},
        "state": state,
        "checked_at": moment(hook.checked_at),
        "last_delivery_at": moment(hook.last_delivery_at),
    }


def schedule_view(schedule: Schedule) -> Json:
    """A schedule; one of the stack's own has no job, and no next time that we know."""
    job = schedule.job
    return {
        "name": schedule.name,
        "job": import_of(job) if job else None,
        "every_minutes": _minutes(schedule.expression),
        "next_run_at": moment(job.next_run_at) if job else None,
        "on": schedule.state == "ENABLED",
    }


def _minutes(expression: str | None) -> int | None:
    """Of `rate(30 minutes)` 30; the stack's own `cron(...)` is daily."""
    found = RATE.fullmatch(expression or "")
    if found:
        return int(found[1]) * MINUTES[found[2]]
    return MINUTES["day"] if expression else None


def authorization_view(one: Authorization) -> Json:
    """How an authorization is. Its access token ends at `expires_at` and is renewed when it is next used."""
    return {
        "id": one.id,
        "description": one.description,
        "status": one.status,
        "connected_at": moment(one.connected_at),
        "expires_at": moment(one.expires_at),
        "message": one.message or None,
    }


def moment(ms: int | None) -> str | None:
    return rfc3339(ms) if ms else None
