"""Answers about the system: how it is, its dead letters, and this description."""

from typing import Any, Literal

from api.answers.accounts import ID
from api.members import Answer, Count, Ref, Text, Time, told

type QueueName = Literal["rows", "bulk", "pages", "changes"]


class JobRef(Answer):
    """An import or export."""

    id: Text = told("Its id.", "import_7d1e0c52")
    kind: Literal["import", "export"] = told("Which of the two.", "import")
    name: Text | None = told("Its description; null for none.", "Newsletter readers")


class Problem(Answer):
    """Something that needs a person."""

    kind: Text = told(
        "`authorization_revoked`, `job_failed`, `job_impaired`, `job_silent`, `export_silent`, `dead_letters`, "
        "`schedule_missing`, `schedule_off`, `webhook_dead`, `webhook_unconfirmed`, `alarm`, `quota` or `unreadable`; more may come.",
        "dead_letters",
    )
    what: Text = told("What is the matter.", "3 messages of the queue rows failed five times")
    since: Time | None = told("Since when; null where nobody knows.")
    remedy: Text = told(
        "What to do.", "Read the log of `rows` for the reason and mend it. Then put them back."
    )
    route: Text | None = told(
        "The request that solves it; null where none does.", "POST /dead-letters/rows/redrive"
    )
    job: JobRef | None = told("The job that it is about; null for none.", None)


class Warned(Answer):
    """Something to know, though nobody is needed now."""

    kind: Text = told("`waiting`, `alerts_without_mail` or `alerts_reach_nobody`; more may come.", "waiting")
    what: Text = told("What it is.", 'import "Newsletter readers" waits: Campaign Monitor does not answer')
    since: Time | None = told("Since when; null where nobody knows.")
    remedy: Text = told("What may be done.", "Nothing is to be done: it tries again by itself, for two days.")
    job: JobRef | None = told("The job that it is about; null for none.", None)


class QueueState(Answer):
    """A queue; numbers are about."""

    name: QueueName = told("Which.", "rows")
    waiting: Count = told("Messages that wait.", 12)
    in_flight: Count = told("Messages in somebody's hands.", 2)
    delayed: Count = told("Messages that are put off.", 0)
    oldest_seconds: Count | None = told(
        "The age of the oldest message, some minutes ago; null if CloudWatch has none.", 4
    )
    dead_letters: Count = told("Messages that failed five times.", 0)


class Alarm(Answer):
    """An alarm of the stack."""

    name: Text = told("Its name.", "lytics-cm-RowsDeadLetterAlarm-1A2B3C")
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"] = told("CloudWatch's word; `ALARM` if it is on.", "OK")
    since: Time = told("Since when.")
    reason: Text | None = told("Why, in CloudWatch's words; null if it says nothing.", "Threshold Crossed")


class Quota(Answer):
    """Something of which there is only so much."""

    name: Literal["lambda_executions", "sqs_messages_in_flight", "campaign_monitor_calls"] = told(
        "Executions of the whole account, messages in flight of the fullest queue, or calls of an account at once.",
        "campaign_monitor_calls",
    )
    account: Ref | None = told(
        "The account whose calls they are; null for others.", {"id": ID, "name": "Main account"}
    )
    limit: Count = told("How many there can be now.", 40)
    used: Count | None = told("How many there are; null if nobody knows.", 3)


class WebhookState(Answer):
    """The webhook of one list of an import that is not stopped."""

    job: JobRef = told("The import.")
    list: Ref = told("The list.")
    state: Literal["alive", "unconfirmed", "dead"] = told(
        "`dead` if it was found so and could not be repaired. `unconfirmed` before it is registered, and if no run "
        "has looked at it for long.",
        "alive",
    )
    checked_at: Time | None = told("When a run looked at it last; null for never.")
    last_delivery_at: Time | None = told("When it was called last; null for never.", None)


class WebhookStates(Answer):
    """The webhooks of imports that are not stopped."""

    registered: Count = told("How many Campaign Monitor knows.", 1)
    alive: Count = told("How many are alive.", 1)
    unconfirmed: Count = told("How many are unconfirmed.", 0)
    dead: Count = told("How many are dead.", 0)
    lists: list[WebhookState] = told("Each of them.")


class Schedule(Answer):
    """What runs by the clock."""

    name: Text = told("Its name.", "import-import_7d1e0c52")
    job: JobRef | None = told("The import that it runs; null for the stack's own.")
    every_minutes: int | None = told("How often, in minutes; null if it is missing.", 60, ge=1)
    next_run_at: Time | None = told("When it is due next; null if nobody knows.", "2026-11-23T11:00:00.000Z")
    on: bool = told("Whether it is there and switched on.", True)


class AuthorizationState(Answer):
    """An account of Campaign Monitor. Never a token."""

    id: Text = told("Its id.", ID)
    description: Text = told("Its name.", "Main account")
    status: Literal["pending", "active", "revoked"] = told("How it is.", "active")
    connected_at: Time | None = told("When somebody consented last; null for never.")
    expires_at: Time | None = told(
        "When the access token ends. It is renewed when it is next used, so a past one is no problem.",
        "2026-12-07T10:00:00.000Z",
    )
    message: Text | None = told("What went wrong last; else null.", None)


class System(Answer):
    """How the system is. A part that could not be read is null, and one of the problems."""

    version: Text = told("The version of the product.", "1.0.0")
    at: Time = told("When this was found.")
    healthy: bool = told("Whether nothing needs a person.", False)
    problems: list[Problem] = told("What needs a person now; empty while it is healthy.")
    warnings: list[Warned] = told(
        "What to know, though nobody is needed now: who waits for a vendor, who is not told."
    )
    queues: list[QueueState] | None = told("The queues.")
    alarms: list[Alarm] | None = told("The alarms.")
    quotas: list[Quota] | None = told("What there is only so much of.")
    webhooks: WebhookStates | None = told("The webhooks at Campaign Monitor.")
    schedules: list[Schedule] | None = told("The schedules: those of imports, and the stack's own.")
    authorizations: list[AuthorizationState] | None = told("The accounts.")


class DeadLetter(Answer):
    """A dead letter. Its text is not shown, because it is about people."""

    kind: Text = told("Its task, or what it carries; `unreadable` if it says neither.", "rows")
    job: Text | None = told("The import or export that it is of; null for none.", None)
    sent_at: Time | None = told("When it was sent; null if SQS does not tell.")


class DeadLetters(Answer):
    """The dead letters of a queue."""

    queue: QueueName = told("Which.", "rows")
    messages: Count = told("How many there are, about.", 3)
    sample: list[DeadLetter] = told("Some of them, ten at most.")


class Redriven(Answer):
    """Dead letters that were put back into their queue."""

    queue: QueueName = told("Which.", "rows")
    moved: Count | None = told("How many; null while SQS moves them as a task of its own.", None)
    remaining: Count = told("How many lie there, about. Call again for those that are left.", 3)
    task: Text | None = told("The task of SQS that moves them; null for none.", "AQEB6nR4...")


class ApiDescription(Answer):
    """A description of this API, as OpenAPI 3.1 has it."""

    openapi: Text = told("The version of OpenAPI.", "3.1.0")
    info: dict[str, Any] = told(
        "Name, version, and what holds for all.", {"title": "Lytics-CM", "version": "1.0.0"}
    )
    servers: list[dict[str, Any]] = told("Where it is served.", [{"url": "{api_url}"}])
    tags: list[dict[str, Any]] = told("What operations are about.", [{"name": "Imports"}])
    security: list[dict[str, Any]] = told("What operations need, unless they say otherwise.", [{"token": []}])
    paths: dict[str, Any] = told("Every path, with its operations.", {"/imports": {"get": {}}})
    components: dict[str, Any] = told("Shapes, errors and headers.", {"schemas": {}})
