"""Entry points: the admin's HTTP API, and the pages queue."""

from functools import cache, partial
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from import_app import scope
from import_app.jobs import Changes, Imports, NewImport
from import_app.looking import Looking
from import_app.policing import Policing
from import_app.registration.tasks import KINDS, WebhookTask
from import_app.registration.urls import WebhookUrls
from import_app.registration.webhooks import Webhooks
from import_app.runner import Runner
from import_app.schedule import SCHEDULED, Schedules
from import_app.tasks import Json, Task
from import_app.unforeseen import described
from import_app.work import Work
from lytics_cm import connect, paging, trail, web
from lytics_cm.aws import patient, table
from lytics_cm.campaign_monitor import CampaignMonitor
from lytics_cm.clock import now
from lytics_cm.errors import AuthorizationRevoked, Conflict, InvalidInput, NotFound
from lytics_cm.looks import LOOK, Look
from lytics_cm.put_back import patiently
from lytics_cm.queues import Queue, drain
from lytics_cm.settings import optional, setting
from lytics_cm.store.failures import failures_in
from lytics_cm.store.jobs import RECONNECTED, ImportJobs
from lytics_cm.store.pace import Pace
from lytics_cm.store.policies import Policies
from lytics_cm.store.runs import Runs

RUNS_ON_A_PAGE, MOST_RUNS_ON_A_PAGE = 50, 500
MOST_RUNS_BESIDE = 50
"""Of each import in a list of all: two reads an import."""

logger = Logger()
metrics = Metrics()
app = web.api(logger)


@cache
def imports() -> Imports:
    """Build the collaborators once per cold start."""
    stored = table(setting("JOBS_TABLE"))
    sqs = patient(boto3.client("sqs"))
    jobs, runs = ImportJobs(stored), Runs(stored)
    pages, rows = Queue(sqs, setting("PAGES_QUEUE_URL")), Queue(sqs, setting("BULK_QUEUE_URL"))
    schedules = Schedules(
        patient(boto3.client("scheduler")),
        setting("SCHEDULE_GROUP"),
        setting("PAGES_QUEUE_ARN"),
        setting("SCHEDULE_ROLE_ARN"),
        setting("SCHEDULES_DEAD_LETTER_QUEUE_ARN"),
    )
    pace = Pace(stored, int(setting("MAX_PARALLEL_CALLS")))
    hooks = Webhooks(stored, WebhookUrls(webhook_secret, optional("PUBLIC_API_URL")))
    work = Work(stored, connect.campaign_monitor, pace, int(optional("FULL_SWEEP_HOURS", "168")), hooks)
    runner = Runner(jobs, runs, pages, rows, work)
    policies = Policies(patient(boto3.client("dynamodb")), setting("STREAMS_TABLE"))
    policing = Policing(jobs, policies, rows)
    return Imports(jobs, runs, runner, schedules, hooks, connect.campaign_monitor, policing)


@cache
def looking() -> Looking:
    """Build who looks at people that a webhook named."""
    live = Queue(patient(boto3.client("sqs")), setting("ROWS_QUEUE_URL"))
    known = imports()
    return Looking(known.jobs, known.runner.pages, live, connect.campaign_monitor, known.runner.work.pace)


@cache
def webhook_secret() -> str:
    """What the keys in our webhooks' URLs are derived from."""
    answer = patient(boto3.client("secretsmanager")).get_secret_value(SecretId=setting("WEBHOOK_SECRET_ARN"))
    return answer["SecretString"]


@metrics.log_metrics
def on_page(event: Json, context: LambdaContext) -> Json:
    """Messages of the pages queue: tasks of runs, and schedules' ticks."""
    metrics.add_metric("Tasks", MetricUnit.Count, len(event["Records"]))

    pages = imports().runner.pages
    with trail.request(logger, context.aws_request_id):
        return drain(event, patiently(_do, pages), _log, logger, at_last=patiently(_give_up, pages))


def _do(message: Json) -> None:
    kind = message["task"]
    if kind == SCHEDULED:
        imports().on_schedule(message["job"], now())
    elif kind == RECONNECTED:
        imports().on_reconnected(message["job"], now())
    elif kind == LOOK:
        looking().do(Look.parse(message), now())
    elif kind in KINDS:
        imports().on_webhook_task(WebhookTask.parse(message), now())
    else:
        imports().runner.do(Task.parse(message), now())


def _give_up(message: Json) -> None:
    """The message has come for the last time."""
    if message.get("run"):
        imports().runner.abandon(Task.parse(message), now())
    elif message["task"] == LOOK:
        looking().leave(Look.parse(message), now())
    else:
        _do(message)


def http(event: Json, context: LambdaContext) -> dict[str, Any]:
    """The admin's routes under `/imports`."""
    return app.resolve(event, context)


@app.post("/imports")
@web.needs(web.OPERATOR)
def create() -> Any:
    """Start an import.

    The client and its lists are looked up at Campaign Monitor first. Then the job is stored, and its first run
    begins at once. What it may keep of people holds for all imports of the client: the strictest counts.
    """
    wanted = web.body_as(NewImport, app)
    return web.answer(HTTPStatus.CREATED, imports().create(wanted, _found(wanted, _vendor(wanted)), now()))


@app.get("/imports")
@web.takes("runs", "cursor")
def list_all() -> Any:
    """List all imports.

    Each has its status, its webhooks and its latest run, the oldest import first. With `runs`, each has its last
    so many of them beside.
    """
    return paging.whole_of(app, imports().view_all(now(), paging.limit_of(app, 0, MOST_RUNS_BESIDE, "runs")))


@app.get("/imports/estimate")
@web.takes("authorization_id", "client_id", "list_ids", "rows_since")
def estimate() -> Any:
    """Estimate what a first run would take, before there is an import.

    About how many calls to Campaign Monitor, and how many seconds. It asks for the sizes of lists and for some
    of the latest thousand campaigns.
    """
    from import_app import estimating  # noqa: PLC0415 - workers do not estimate

    asked = estimating.query_of(app.current_event.query_string_parameters or {})
    wanted = web.checked(NewImport, asked)
    vendor = _vendor(wanted)
    found = _found(wanted, vendor)
    return estimating.estimate(vendor, found, wanted.rows_since, int(setting("MAX_PARALLEL_CALLS")))


@app.get("/imports/<job_id>")
def show(job_id: str) -> Any:
    """Show an import.

    With its status, its webhooks, what is in force for its client, and how far its run is.
    """
    return imports().view(imports().jobs.get(job_id), now())


@app.patch("/imports/<job_id>")
@web.needs(web.OPERATOR)
def change(job_id: str) -> Any:
    """Change an import.

    What the body does not name stays. A schedule follows at once, that of a stopped import when it is started.
    So do profiles: what they may not keep any more is gone within minutes.
    """
    return imports().change(job_id, web.body_as(Changes, app), now())


@app.post("/imports/<job_id>/run")
@web.needs(web.OPERATOR)
def run(job_id: str) -> Any:
    """Start a run now.

    409 while one is going on, or while the import is stopped.
    """
    return web.answer(HTTPStatus.ACCEPTED, imports().run_now(job_id, now()))


@app.post("/imports/<job_id>/stop")
@web.needs(web.OPERATOR)
def stop(job_id: str) -> Any:
    """Stop an import.

    Its run stops within a page and keeps its state. Schedule and webhooks are removed, rows stay. Stopping a
    stopped import changes nothing.
    """
    return imports().stop(job_id, now())


@app.post("/imports/<job_id>/start")
@web.needs(web.OPERATOR)
def start(job_id: str) -> Any:
    """Start a stopped or failed import.

    An unfinished run goes on where it was; else a new one begins. 409 if it is neither stopped nor failed.
    """
    return imports().start(job_id, now())


@app.post("/imports/<job_id>/rotate-webhooks")
def rotate_webhooks(job_id: str) -> Any:
    """Give the webhooks of an import new URLs.

    The old ones work until Campaign Monitor has the new ones. 409 while the import is stopped.
    """
    return web.answer(HTTPStatus.ACCEPTED, imports().rotate_webhooks(job_id, now()))


@app.delete("/imports/<job_id>")
@web.needs(web.OPERATOR)
def delete(job_id: str) -> Any:
    """Delete an import.

    Stops it, removes its webhooks and schedule, and forgets its runs and failures. Rows that it brought stay.
    """
    imports().delete(job_id, now())
    return web.answer(HTTPStatus.NO_CONTENT)


@app.get("/imports/<job_id>/runs")
@web.takes("limit", "cursor")
def past_runs(job_id: str) -> Any:
    """List the runs of an import, newest first.

    A run is kept for 90 days after the next one began, and the latest always. A row is new once, however often
    it is delivered.
    """
    limit, after = paging.limit_of(app, RUNS_ON_A_PAGE, MOST_RUNS_ON_A_PAGE), paging.text_place_of(app)
    return paging.page_of(*imports().past(job_id, now(), limit, after))


@app.get("/imports/<job_id>/failures")
@web.takes("code", "email", "cursor", "limit")
def failures(job_id: str) -> Any:
    """List what could not be read or used, record by record, and what to do about it.

    Kept for 30 days. `code` and `email` select. The first page has a summary by code. With
    `Accept: text/csv` the page is CSV, and the header `X-Cursor` has the next page's cursor.
    """
    from lytics_cm import failure_lists, remedies  # noqa: PLC0415 - nobody else needs it at a cold start

    imports().jobs.get(job_id)
    readers = {"records": partial(failures_in, imports().runs.table, job_id)}
    return failure_lists.answer(app, readers, remedies.OF_IMPORTS)


def _found(wanted: NewImport, vendor: CampaignMonitor) -> scope.Scope:
    """The client and its lists; refuses what could never run. Two calls to Campaign Monitor."""
    try:
        found = scope.survey(vendor, wanted.client_id, wanted.list_ids)
    except NotFound as error:
        raise _invalid("client_id", str(error)) from error
    found.require_all()
    return found


def _vendor(wanted: NewImport) -> CampaignMonitor:
    try:
        return connect.for_person(wanted.authorization_id)
    except (NotFound, AuthorizationRevoked, Conflict) as error:
        raise _invalid("authorization_id", str(error)) from error


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput("the import cannot be made; see details", [{"field": field, "message": message}])


def _log(_: Json, error: Exception) -> None:
    logger.warning("a task comes again", error=described(error))
