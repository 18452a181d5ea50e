"""Entry points: how the system is, its dead letters, and the description of its API; the inspection that tells of changes."""

from functools import cache
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from lytics_cm import clock, paging, trail, web
from lytics_cm.aws import patient, table
from lytics_cm.settings import optional, setting
from system_app import description, health
from system_app.letters import Letters
from system_app.lines import Line
from system_app.reading import Clients, Reading
from system_app.redrive import Redrive
from system_app.warned import MAIL, WEBHOOK

type Json = dict[str, Any]

QUICK = Config(
    connect_timeout=1,
    read_timeout=1.5,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=32,
)
"""Somebody waits, and each part can be missing."""

logger = Logger()
app = web.api(logger)


@cache
def lines() -> tuple[Line, ...]:
    """The stack's queues."""
    return (
        Line("rows", "rows", setting("ROWS_QUEUE_URL"), setting("ROWS_DEAD_LETTER_QUEUE_URL")),
        Line("bulk", "bulk", setting("BULK_QUEUE_URL"), setting("BULK_DEAD_LETTER_QUEUE_URL")),
        Line("pages", "page", setting("PAGES_QUEUE_URL"), setting("PAGES_DEAD_LETTER_QUEUE_URL")),
        Line("changes", "changes", setting("CHANGES_QUEUE_URL"), setting("CHANGES_DEAD_LETTER_QUEUE_URL")),
    )


@cache
def reading() -> Reading:
    """Build what asks how the system is once per cold start."""
    clients = Clients(
        patient(boto3.client("sqs", config=QUICK)),
        patient(boto3.client("cloudwatch", config=QUICK)),
        patient(boto3.client("lambda", config=QUICK)),
        patient(boto3.client("scheduler", config=QUICK)),
        patient(boto3.client("dynamodb", config=QUICK)),
    )
    return Reading(
        clients,
        logger,
        lines(),
        stack=setting("STACK_NAME"),
        jobs=table(setting("JOBS_TABLE")),
        authorizations=setting("AUTHORIZATIONS_TABLE"),
        group=setting("SCHEDULE_GROUP"),
        daily={"daily_check": setting("DAILY_CHECK_SCHEDULE"), "daily_age": setting("DAILY_AGE_SCHEDULE")},
        most=int(setting("MAX_PARALLEL_CALLS")),
        silence_days=int(setting("SILENT_EXPORT_DAYS")),
        channels=told_by(),
    )


def told_by() -> list[str]:
    """The ways by which alerts are told."""
    ways = {MAIL: optional("ALARM_TOPIC_ARN"), WEBHOOK: optional("ALARM_WEBHOOK_SECRET_ARN")}
    return [name for name, place in ways.items() if place]


@cache
def letters() -> Letters:
    return Letters(patient(boto3.client("sqs", config=QUICK)), lines())


@cache
def redriving() -> Redrive:
    return Redrive(patient(boto3.client("sqs")), lines())


def watch() -> Any:
    """Build what tells people of changes, anew for each inspection: the secret may be another one.

    What it needs beside, nobody else loads.
    """
    from system_app.alerting.channels import Mail, Webhook  # noqa: PLC0415 - loads requests
    from system_app.alerting.watch import Watch  # noqa: PLC0415

    stack, topic, arn = (
        setting("STACK_NAME"),
        optional("ALARM_TOPIC_ARN"),
        optional("ALARM_WEBHOOK_SECRET_ARN"),
    )
    secrets: Any = patient(boto3.client("secretsmanager")) if arn else None
    text = secrets.get_secret_value(SecretId=arn)["SecretString"] if arn else ""
    mail = Mail(patient(boto3.client("sns")), topic, stack) if topic else None
    channels = [one for one in (mail, Webhook.parse(text, stack)) if one]
    return Watch(reading(), table(setting("JOBS_TABLE")), channels, stack, logger)


def on_schedule(_: Json, context: LambdaContext) -> None:
    """Every five minutes: inspect, and tell people what broke and what works again."""
    with trail.request(logger, context.aws_request_id):
        watch().inspect()


def http(event: Json, context: LambdaContext) -> Json:
    """`/system`, `/dead-letters`, `/openapi.json`."""
    return app.resolve(event, context)


@app.get("/system")
def system() -> Any:
    """Tell how the system is, and what needs a person now.

    Queues with depth and age, dead letters, alarms, quotas, webhooks, schedules and authorizations. A part
    that cannot be read is null and one of the `problems`; these are empty while the system is healthy.
    """
    return health.report(reading().findings(), clock.now())


@app.get("/dead-letters")
@web.takes("cursor")
def dead_letters() -> Any:
    """List the queues with their dead letters: how many, of what kinds, of which jobs.

    Up to ten of each queue are looked at. No text of a message is shown, because it is about people.
    """
    return paging.whole_of(app, letters().all())


@app.post("/dead-letters/<queue>/redrive")
@web.needs(web.OPERATOR)
def redrive(queue: str) -> Any:
    """Put the dead letters of a queue (`rows`, `bulk`, `pages`, `changes`) back into it.

    Repeatable: what is put back twice counts once. `moved` is null while SQS moves them as a task of its own.
    """
    return web.answer(HTTPStatus.ACCEPTED, redriving().start(queue))


@app.get("/openapi.json")
@web.public
def openapi() -> Any:
    """Describe this API, in OpenAPI 3.1."""
    return description.answer(app.current_event.headers.get("If-None-Match"))
