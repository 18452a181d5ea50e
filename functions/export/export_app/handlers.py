"""Entry points: the admin's HTTP API, and the changes queue."""

import traceback
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from export_app.bodies import Attempt, ExportChanges, NewExport
from export_app.brake import Brake, Limits
from export_app.dependencies import Dependencies
from export_app.exports import Exports
from export_app.history import (
    ENTRIES,
    HOURS,
    MOST_ENTRIES,
    MOST_HOURS,
    MOST_HOURS_BESIDE,
    History,
    Search,
)
from export_app.sending.messages import drain
from export_app.sending.worker import Worker
from export_app.setting_up.scan import Scans
from export_app.tasks import Tasks
from lytics_cm import connect, paging, trail, web
from lytics_cm.aws import patient, table
from lytics_cm.clock import now
from lytics_cm.errors import Throttled
from lytics_cm.lytics import Lytics
from lytics_cm.put_back import id_of, patiently, put_back
from lytics_cm.queues import Queue
from lytics_cm.retry import Retry
from lytics_cm.settings import optional, setting
from lytics_cm.store.activity import Activity
from lytics_cm.store.echoes import Echoes
from lytics_cm.store.erasures import Erasures
from lytics_cm.store.jobs import Jobs
from lytics_cm.store.memberships import Memberships
from lytics_cm.store.pace import Pace
from lytics_cm.store.webhooks import Keys

type Json = dict[str, Any]

WORKER_WAIT_SECONDS = 60
"""How long a worker waits for a turn: what it has in hand costs more to put back."""
LAST_CALL_MS = 300_000
"""The last call begins so long before a worker's end: the longest wait, the longest call, time to store."""

logger = Logger()
metrics = Metrics()
app = web.api(logger)


@cache
def dependencies(wait_seconds: float | None = None) -> Dependencies:
    """Build the collaborators once per cold start.

    Calls wait so long for their turn; without it they take none, because a person waits for them.
    """
    jobs = table(setting("JOBS_TABLE"))
    limits = Limits(
        int(optional("EXPORT_BRAKE_PEOPLE", "10000")), int(optional("EXPORT_BRAKE_PERCENT", "50")) / 100
    )
    most = int(setting("MAX_PARALLEL_CALLS"))
    pace = None if wait_seconds is None else Pace(jobs, most, wait_seconds)
    sqs = patient(boto3.client("sqs"))
    return Dependencies(
        jobs=Jobs(jobs, "export"),
        memberships=Memberships(table(setting("MEMBERSHIPS_TABLE")), setting("JOBS_TABLE")),
        erasures=Erasures(jobs),
        changes=Queue(sqs, setting("CHANGES_QUEUE_URL")),
        rows=Queue(sqs, setting("ROWS_QUEUE_URL")),
        echoes=Echoes(jobs),
        activity=Activity(jobs),
        brake=Brake(jobs, limits),
        connect=partial(connect.campaign_monitor, pace=pace),
        clock=now,
    )


@cache
def tasks(wait_seconds: float | None = None) -> Tasks:
    found = dependencies(wait_seconds)
    return Tasks(found, Scans(found.jobs.table, found.changes), lytics, _report)


def exports() -> Exports:
    """What answers one request: a person waits for it, so the vendors are asked again for seconds."""
    retry, found = Retry(), tasks()
    asked = Tasks(
        replace(found.dependencies, connect=partial(connect.for_person, retry=retry)),
        found.scans,
        found.lytics,
    )

    def lytics_for_person() -> Lytics | None:
        client = lytics()
        return client and client.for_person(retry)

    return Exports(
        found.dependencies.jobs, asked, Keys(found.dependencies.jobs.table), webhook_secret, lytics_for_person
    )


def history() -> History:
    found = dependencies()
    return History(found.memberships, found.activity, found.clock)


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
    return Lytics(setting("LYTICS_API_URL"), token, renew=partial(secret, arn)) if token.strip() else None


def secret(arn: str) -> str:
    return patient(boto3.client("secretsmanager")).get_secret_value(SecretId=arn)["SecretString"]


@metrics.log_metrics
def on_changes(event: Json, context: LambdaContext) -> Json:
    """Messages of the changes queue: changes and people by export, and tasks."""
    metrics.add_metric("Messages", MetricUnit.Count, len(event["Records"]))
    until = now() + context.get_remaining_time_in_millis() - LAST_CALL_MS
    found = dependencies(WORKER_WAIT_SECONDS)
    worker = Worker(found, until, _report)
    work, queue = tasks(WORKER_WAIT_SECONDS), found.changes

    def people(export: str, messages: Sequence[tuple[str, Json]]) -> None:
        try:
            worker.handle(export, [(id_of(message, name), message) for name, message in messages])
        except Throttled as error:
            put_back(queue, messages, error)

    with trail.request(logger, context.aws_request_id):
        return drain(event, people, patiently(work.do, queue), worker.refuse, _log, logger)


def http(event: Json, context: LambdaContext) -> dict[str, Any]:
    """The admin's routes under `/exports`, and `/audiences`."""
    return app.resolve(event, context)


@app.get("/audiences")
@web.takes("cursor")
def audiences() -> Any:
    """List the audiences of Lytics.

    What an export can name. 422 if the stack has no token for Lytics.
    """
    return paging.whole_of(app, exports().audiences())


@app.get("/lytics/fields")
@web.takes("cursor")
def fields() -> Any:
    """List Lytics' fields of people.

    What an export can name as email field, name field and in mappings. 422 if the stack has no token for Lytics.
    """
    return paging.whole_of(app, exports().fields())


@app.post("/exports")
@web.needs(web.OPERATOR)
def create() -> Any:
    """Start an export.

    Audiences, fields, account and list are looked up first. Then the list is made ready: a custom field *Lytics
    Audiences*, an option and a segment for each audience. Lytics shall post its triggers to
    `audience_webhook_url`.
    """
    wanted = web.body_as(NewExport, app)
    return web.answer(HTTPStatus.CREATED, exports().create(wanted, _public_url(), now()))


@app.get("/exports")
@web.takes("activity", "cursor")
def list_all() -> Any:
    """List all exports.

    Each has its status and its counts, the oldest first. With `activity`, each has what it did last beside.
    """
    found, hours = exports(), paging.limit_of(app, 0, MOST_HOURS_BESIDE, "activity")
    shown = [_shown(one) for one in found.views(found.jobs.all())]
    for job in shown if hours else ():
        job["activity"], _ = history().deeds(job["id"], hours, None)
    return paging.whole_of(app, shown)


@app.get("/exports/<job_id>")
def show(job_id: str) -> Any:
    """Show an export.

    With its status, its counts, how far existing users are read, and what its set-up noted.
    """
    return _shown(exports().view(exports().jobs.get(job_id)))


@app.patch("/exports/<job_id>")
@web.needs(web.OPERATOR)
def change(job_id: str) -> Any:
    """Change an export.

    What the body does not name stays; account and list cannot change. Everybody whom the change concerns is sent
    anew. `dry_run: false` makes a dry run real. 409 while somebody else changes it.
    """
    return exports().change(job_id, web.body_as(ExportChanges, app), now())


@app.post("/exports/<job_id>/rotate-webhook")
def rotate_webhook(job_id: str) -> Any:
    """Give an export a new URL for triggers.

    The old one works for another day.
    """
    return exports().rotate_webhook(job_id, now())


@app.post("/exports/<job_id>/stop")
@web.needs(web.OPERATOR)
def stop(job_id: str) -> Any:
    """Stop an export.

    Nothing is sent any more. What changes meanwhile is stored, and sent after a start. Stopping a stopped export
    changes nothing.
    """
    return exports().stop(job_id)


@app.post("/exports/<job_id>/start")
@web.needs(web.OPERATOR)
def start(job_id: str) -> Any:
    """Start a stopped or failed export.

    The list is made ready once more, then what changed meanwhile is sent. The brake is off for an hour. 409 if it
    is neither stopped nor failed, or a dry run.
    """
    return exports().start(job_id, now())


@app.delete("/exports/<job_id>")
@web.needs(web.OPERATOR)
def delete(job_id: str) -> Any:
    """Delete an export.

    Forgets it, its URL and what it knows of people. The list keeps what it has.
    """
    exports().delete(job_id)
    return web.answer(HTTPStatus.NO_CONTENT)


@app.get("/exports/<job_id>/failures")
@web.takes("code", "email", "cursor", "limit")
def failures(job_id: str) -> Any:
    """List what could not be sent, person by person, and what to do about it.

    Also triggers that could not be used. `code` and `email` select. The first page has a summary by code.
    With `Accept: text/csv` the page is CSV, and the header `X-Cursor` has the next page's cursor.
    """
    from lytics_cm import failure_lists, remedies  # noqa: PLC0415 - nobody else needs it at a cold start

    return failure_lists.answer(app, exports().failures(job_id), remedies.OF_EXPORTS)


@app.get("/exports/<job_id>/ledger")
@web.takes("email", "code", "outcome", "limit", "cursor")
def ledger(job_id: str) -> Any:
    """What became of every person, newest first.

    Each entry says when, what was sent, how it ended, and which change of an audience it goes back to. Entries
    are kept for 90 days. `email` finds one person, `outcome` and `code` who failed and why.
    """
    exports().jobs.get(job_id)
    asked = app.current_event.get_query_string_value
    search = Search.of(asked("email"), asked("code"), asked("outcome"))
    limit = paging.limit_of(app, ENTRIES, MOST_ENTRIES)
    return paging.page_of(*history().ledger(job_id, search, limit, paging.place_of(app)))


@app.get("/exports/<job_id>/activity")
@web.takes("limit", "cursor")
def activity(job_id: str) -> Any:
    """What was done in each hour, and for what, newest first.

    An entry counts calls and people, and says why not everything could be done. Entries are kept for 90 days.
    """
    exports().jobs.get(job_id)
    limit = paging.limit_of(app, HOURS, MOST_HOURS)
    return paging.page_of(*history().deeds(job_id, limit, paging.text_place_of(app)))


@app.post("/exports/<job_id>/try")
@web.needs(web.OPERATOR)
def try_one(job_id: str) -> Any:
    """Send one person with their real values, and show the list before and after.

    All rules of sending hold. The export need not have been started. A dry run writes nothing, and says what
    would be done.
    """
    return exports().try_one(job_id, web.body_as(Attempt, app).email)


@app.post("/exports/<job_id>/retry-failures")
@web.needs(web.OPERATOR)
def retry_failures(job_id: str) -> Any:
    """Send everybody once more who failed.

    409 unless the export is running.
    """
    return web.answer(HTTPStatus.ACCEPTED, exports().retry_failures(job_id))


@app.get("/exports/<job_id>/plan")
@web.takes("cursor")
def plan(job_id: str) -> Any:
    """What a dry run found, by address.

    Who would be added, changed, kept, subscribed again or refused, the list's values before and after, and why.
    `totals` are of everybody who is judged so far.
    """
    found = paging.page_of(*exports().plan(job_id, paging.text_place_of(app)))
    return {**found, "totals": exports().totals(job_id)}


def _shown(job: Json) -> Json:
    return {**job, "audience_webhook_url": web.masked(app, job["audience_webhook_url"])}


def _public_url() -> str:
    context = app.current_event.request_context
    return optional("PUBLIC_API_URL") or f"https://{context.domain_name}/{context.stage}"


def _log(message_ids: list[str], error: Exception) -> None:
    logger.warning("messages come again", extra={"message_ids": message_ids}, exc_info=error)


def _report(message_ids: list[str], error: Exception) -> None:
    """What was unforeseen: where it came up, but not its words, which may quote a person."""
    trace = traceback.format_tb(error.__traceback__)
    where = {"message_ids": message_ids, "error": type(error).__name__, "trace": trace}
    logger.error("something unforeseen came up", extra=where)
