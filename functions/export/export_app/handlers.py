"""Entry points: the admin's HTTP API, and the changes queue."""

import time
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from export_app.brake import Brake, Limits
from export_app.exports import Exports, NewExport
from export_app.messages import drain
from export_app.scan import Scans
from export_app.tasks import Tasks
from export_app.tools import Tools
from export_app.worker import Worker
from lytics_cm import connect, web
from lytics_cm.lytics import Lytics
from lytics_cm.queues import Queue
from lytics_cm.settings import optional, setting
from lytics_cm.store.echoes import Echoes
from lytics_cm.store.jobs import Jobs
from lytics_cm.store.memberships import Memberships
from lytics_cm.store.runs import Runs
from lytics_cm.store.webhooks import Keys

type Json = dict[str, Any]

logger = Logger()
metrics = Metrics()
app = web.api(logger)


def now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


@cache
def tools() -> Tools:
    """Build the collaborators once per cold start."""
    dynamodb = boto3.resource("dynamodb")
    jobs = dynamodb.Table(setting("JOBS_TABLE"))
    limits = Limits(
        int(optional("EXPORT_BRAKE_PEOPLE", "10000")), int(optional("EXPORT_BRAKE_PERCENT", "50")) / 100
    )
    return Tools(
        jobs=Jobs(jobs, "export"),
        runs=Runs(jobs),
        memberships=Memberships(dynamodb.Table(setting("MEMBERSHIPS_TABLE")), setting("JOBS_TABLE")),
        changes=Queue(boto3.client("sqs"), setting("CHANGES_QUEUE_URL")),
        echoes=Echoes(jobs),
        brake=Brake(jobs, limits),
        connect=connect.campaign_monitor,
        clock=now,
    )


@cache
def tasks() -> Tasks:
    return Tasks(tools(), Scans(tools().jobs.table, tools().changes), lytics)


@cache
def exports() -> Exports:
    return Exports(tools().jobs, tasks(), Keys(tools().jobs.table), webhook_secret, lytics)


@cache
def webhook_secret() -> str:
    return secret(setting("WEBHOOK_SECRET_ARN"))


@cache
def lytics() -> Lytics | None:
    """Lytics' client; None when the stack has no token."""
    arn = optional("LYTICS_SECRET_ARN")
    if not arn:
        return None
    token = secret(arn)
    return Lytics(setting("LYTICS_API_URL"), token) if token.strip() else None


def secret(arn: str) -> str:
    return boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]


@metrics.log_metrics
def on_changes(event: Json, _: LambdaContext) -> Json:
    """Messages of the changes queue: changes and people by export, and tasks."""
    metrics.add_metric("Messages", MetricUnit.Count, len(event["Records"]))
    return drain(event, Worker(tools()).handle, tasks().do, _log)


def http(event: Json, context: LambdaContext) -> dict[str, Any]:
    """The admin's routes under `/exports`, and `/audiences`."""
    return app.resolve(event, context)


@app.get("/audiences")
def audiences() -> Any:
    return web.page_of(exports().audiences())


@app.post("/exports")
def create() -> Any:
    wanted = web.body_as(NewExport, app)
    return web.answer(HTTPStatus.CREATED, exports().create(wanted, _public_url(), now()))


@app.get("/exports")
def list_all() -> Any:
    return web.page_of([exports().view(job) for job in exports().jobs.all()])


@app.get("/exports/<job_id>")
def show(job_id: str) -> Any:
    return exports().view(exports().jobs.get(job_id))


@app.post("/exports/<job_id>/stop")
def stop(job_id: str) -> Any:
    return exports().stop(job_id)


@app.post("/exports/<job_id>/start")
def start(job_id: str) -> Any:
    return exports().start(job_id, now())


@app.delete("/exports/<job_id>")
def delete(job_id: str) -> Any:
    exports().delete(job_id)
    return web.answer(HTTPStatus.NO_CONTENT)


@app.get("/exports/<job_id>/failures")
def failures(job_id: str) -> Any:
    found, cursor = exports().failures(job_id, app.current_event.get_query_string_value("cursor"))
    shape = {"email": None, "code": None, "message": ""}
    return web.page_of([{**shape, **failure, "at": web.rfc3339(failure["at"])} for failure in found], cursor)


@app.post("/exports/<job_id>/retry-failures")
def retry_failures(job_id: str) -> Any:
    return web.answer(HTTPStatus.ACCEPTED, exports().retry_failures(job_id))


@app.get("/exports/<job_id>/plan")
def plan(job_id: str) -> Any:
    return web.page_of(*exports().plan(job_id, app.current_event.get_query_string_value("cursor")))


def _public_url() -> str:
    context = app.current_event.request_context
    return optional("PUBLIC_API_URL") or f"https://{context.domain_name}/{context.stage}"


def _log(message_ids: list[str], error: Exception) -> None:
    logger.warning("messages come again", extra={"message_ids": message_ids}, exc_info=error)
