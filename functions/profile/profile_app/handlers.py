"""Entry points: the rows queue, the routes of profiles and mappings, and the reproject queue."""

import json
import time
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from pydantic import BaseModel, ConfigDict

from lytics_cm import web
from lytics_cm.errors import InvalidInput, NotFound, UnreadableMessage
from lytics_cm.queues import Queue, drain
from lytics_cm.settings import setting
from lytics_cm.store.mappings import Mappings
from lytics_cm.store.memberships import Memberships
from lytics_cm.store.profile_reads import Position, Profile
from lytics_cm.store.profile_reprojection import Reprojection
from lytics_cm.store.profiles import Profiles
from lytics_cm.store.progress import Progress
from lytics_cm.store.runs import Runs, erase_failures
from lytics_cm.streams import END_OF_TIME, YEAR_1, Row, address
from profile_app import views
from profile_app.explain import explain
from profile_app.ingest import ingest, rejections_by_reason
from profile_app.reproject import Reprojector

THREADS = 16
"""Calls to DynamoDB at once: writing is mostly waiting."""

type Json = dict[str, Any]

logger = Logger()
metrics = Metrics()
app = web.api(logger)


class NewMapping(BaseModel):
    """The body of a `PUT` of a mapping; it may be the answer of a `GET`."""

    model_config = ConfigDict(strict=True)

    mapping: str


def now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


@cache
def dynamodb() -> Any:
    """Build the client once per cold start; requests are made by us, so it need not check them."""
    config = Config(
        max_pool_connections=THREADS,
        parameter_validation=False,
        retries={"mode": "standard", "max_attempts": 6},
    )
    return boto3.client("dynamodb", config=config)


@cache
def profiles() -> Profiles:
    return Profiles(dynamodb(), setting("PROFILES_TABLE"), THREADS)


@cache
def mappings() -> Mappings:
    return Mappings(dynamodb(), setting("STREAMS_TABLE"))


@cache
def reprojection() -> Reprojection:
    return Reprojection(dynamodb(), setting("STREAMS_TABLE"))


@cache
def reprojector() -> Reprojector:
    queue = Queue(boto3.client("sqs"), setting("REPROJECT_QUEUE_URL"))
    return Reprojector(profiles(), mappings(), reprojection(), queue)


@cache
def progress() -> Progress:
    runs = Runs(boto3.resource("dynamodb").Table(setting("JOBS_TABLE")))
    return Progress(runs, Queue(boto3.client("sqs"), setting("PAGES_QUEUE_URL")))


@cache
def erasers() -> list[Callable[[str], object]]:
    """Everything that must forget an address when it is erased."""
    tables = boto3.resource("dynamodb")
    jobs = tables.Table(setting("JOBS_TABLE"))
    memberships = Memberships(tables.Table(setting("MEMBERSHIPS_TABLE")))
    return [profiles().erase, memberships.erase, lambda email: erase_failures(jobs, email)]


@metrics.log_metrics
def on_rows(event: Json, _: LambdaContext) -> Json:
    """Messages of the rows queue: all rows of the batch are stored together, each message answers for itself."""
    records = event["Records"]
    messages = [_readable(record["body"]) for record in records]
    result = ingest(messages, profiles(), mappings().in_force(), progress(), now())
    counts = {
        "RowsStored": result.written.stored,
        "RowsDuplicate": result.written.duplicates,
        "RowsAmended": result.written.amended,
        "RowsRejected": len(result.rejections),
    }
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    if result.rejections:
        logger.warning("rows were rejected", extra={"reasons": rejections_by_reason(result.rejections)})
    for number, error in result.failed.items():
        _log(records[number], error)
    return {
        "batchItemFailures": [{"itemIdentifier": records[number]["messageId"]} for number in result.failed]
    }


def on_reproject(event: Json, _: LambdaContext) -> Json:
    """Messages of the reproject queue: pages of a re-aggregation, and late sweeps."""
    return drain(event, lambda message: reprojector().do(message, now()), _log)


def http(event: Json, context: LambdaContext) -> Json:
    """Routes under `/profiles` and `/streams`."""
    return app.resolve(event, context)


@app.get("/profiles/<email>")
def show(email: str) -> Any:
    return views.profile(_profile(_address(email)))


@app.get("/profiles/<email>/rows")
def rows(email: str) -> Any:
    found, last = _rows(email, views.ROWS, views.MAX_ROWS)
    if not found and not app.current_event.get_query_string_value("cursor"):
        raise _unknown()
    return web.page_of([views.row(one) for one in found], last)


@app.get("/profiles/<email>/explain")
def show_explanation(email: str) -> Any:
    found, rules = _profile(_address(email)), mappings().in_force()
    read, last = _rows(email, views.MAX_EXPLAINED, views.MAX_EXPLAINED)
    return views.explanation(found, explain(read, rules, found.fields), len(read), last)


@app.delete("/profiles/<email>")
def erase(email: str) -> Any:
    found = _address(email)
    for forget in erasers():
        forget(found)
    reprojector().sweep(found)
    return web.answer(HTTPStatus.NO_CONTENT)


@app.get("/streams/<stream>/mapping")
def show_mapping(stream: str) -> Any:
    return views.mapping(mappings().text(stream))


@app.put("/streams/<stream>/mapping")
def change_mapping(stream: str) -> Any:
    return views.mapping(mappings().put(stream, web.body_as(NewMapping, app).mapping))


@app.delete("/streams/<stream>/mapping")
def reset_mapping(stream: str) -> Any:
    return views.mapping(mappings().reset(stream))


@app.post("/streams/reproject")
def start_reprojection() -> Any:
    reprojector().start(now())
    return web.answer(HTTPStatus.ACCEPTED, views.reprojection(reprojection().state()))


@app.get("/streams/reproject")
def show_reprojection() -> Any:
    return views.reprojection(reprojection().state())


def _address(text: str) -> str:
    """The address in a path as rows have it."""
    try:
        return address(unquote(text))
    except UnreadableMessage as error:
        raise InvalidInput(str(error), [{"field": "email", "message": str(error)}]) from error


def _rows(email: str, otherwise: int, most: int) -> tuple[list[Row], Position | None]:
    """The rows that the query's `limit` and `cursor` ask for, newest first, and where the next ones start."""
    limit, position = web.limit_of(app, otherwise, most), _position()
    return profiles().rows(_address(email), limit, position)


def _position() -> Position | None:
    """Where the query's cursor stands among a person's rows."""
    match web.place_of(app):
        case None:
            return None
        case [int(ts), str(key)] if -YEAR_1 <= ts <= END_OF_TIME:
            return ts, key
    raise web.foreign_cursor()


def _profile(email: str) -> Profile:
    found = profiles().read(email, mappings().in_force())
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("nothing is known of this address")


def _readable(body: str) -> Any:
    """A message's JSON; what is none is rejected like any other bad message."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _log(record: Json, error: Exception) -> None:
    logger.warning("a message comes again", extra={"message_id": record["messageId"]}, exc_info=error)
