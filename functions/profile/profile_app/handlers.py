"""Entry points: the routes of profiles and mappings, live rows, and the bulk queue: all that nobody waits for."""

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
from lytics_cm.aws import patient, table
from lytics_cm.errors import InvalidInput, NotFound, TransientError, UnreadableMessage
from lytics_cm.queues import Queue, drain, is_last, is_repeated, received_at
from lytics_cm.retries import patiently
from lytics_cm.settings import setting
from lytics_cm.store.erasures import Erasures, digest_of
from lytics_cm.store.memberships import Memberships
from lytics_cm.store.runs import Runs
from lytics_cm.store.sealing import Seal
from lytics_cm.streams import END_OF_TIME, YEAR_1, Row, address
from profile_app import disclosures, views
from profile_app.behind import PROJECT, Behind
from profile_app.erasing import SWEEP, Eraser, Sweeper
from profile_app.explain import explain
from profile_app.ingest import Door, ingest, rejections_by_reason
from profile_app.mappings import Mappings
from profile_app.profiles import Profile, Profiles
from profile_app.profiles.reading import Position
from profile_app.progress import Progress
from profile_app.reproject import Reprojector
from profile_app.reprojection import Reprojection
from profile_app.traces import Archive

THREADS = 16
"""Calls to DynamoDB at once: writing is mostly waiting."""

FIRST_PAUSE = 2
"""Seconds until a batch is tried again, doubled each time."""
ROUND = 50
"""Seconds that trying a batch again may take, patience of botocore included, unless it took longer before."""
ERRANDS_TAKE = 30
"""Seconds of a call of the bulk queue's function within which errands are begun."""

type Json = dict[str, Any]
type Read = tuple[Json, Any]
"""A message as Lambda hands it over, and what it says."""

logger = Logger()
metrics = Metrics()
app = web.api(logger)


class HowToErase(web.Body):
    """The body of a `DELETE` of a profile, if it has one."""

    block: bool = False


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
    return patient(boto3.client("dynamodb", config=config))


@cache
def profiles() -> Profiles:
    return Profiles(
        dynamodb(),
        setting("ROWS_TABLE"),
        setting("PROFILES_TABLE"),
        mappings().in_force,
        clock=now,
        threads=THREADS,
    )


@cache
def mappings() -> Mappings:
    return Mappings(dynamodb(), setting("STREAMS_TABLE"))


@cache
def reprojection() -> Reprojection:
    return Reprojection(dynamodb(), setting("STREAMS_TABLE"), setting("PROFILES_TABLE"))


@cache
def bulk() -> Queue:
    return Queue(patient(boto3.client("sqs")), setting("BULK_QUEUE_URL"))


@cache
def reprojector() -> Reprojector:
    return Reprojector(profiles(), behind(), reprojection(), bulk())


@cache
def runs() -> Runs:
    return Runs(jobs_table())


@cache
def behind() -> Behind:
    return Behind(profiles(), runs(), bulk())


@cache
def progress() -> Progress:
    return Progress(runs(), Queue(patient(boto3.client("sqs")), setting("PAGES_QUEUE_URL")))


@cache
def jobs_table() -> Any:
    return table(setting("JOBS_TABLE"))


@cache
def erasures() -> Erasures:
    return Erasures(jobs_table(), Seal(patient(boto3.client("kms")), setting("TOKENS_KEY_ID")))


@cache
def door() -> Door:
    return Door(profiles(), Erasures(jobs_table()), progress(), behind())


@cache
def archive() -> Archive:
    memberships = table(setting("MEMBERSHIPS_TABLE"))
    return Archive(profiles(), Memberships(memberships, setting("JOBS_TABLE")), jobs_table())


@cache
def eraser() -> Eraser:
    return Eraser(archive(), erasures(), bulk())


@cache
def sweeper() -> Sweeper:
    told = Queue(patient(boto3.client("sqs")), setting("ROWS_QUEUE_URL"))
    return Sweeper(archive(), erasures(), bulk(), told)


def on_rows(event: Json, context: LambdaContext) -> Json:
    """Messages of the rows queue: rows that somebody waits for. An errand that got here goes to the bulk queue."""
    return dict(_answer(event, context, _put_off))


def on_bulk(event: Json, context: LambdaContext) -> Json:
    """Messages of the bulk queue: rows of imports, and errands at the beginning of a call: rows need time as well."""
    end = context.get_remaining_time_in_millis() - ERRANDS_TAKE * 1000

    def do(message: Json) -> None:
        if context.get_remaining_time_in_millis() < end:
            _put_off(message)
        else:
            _run_errand(message)

    return dict(_answer(event, context, patiently(do, bulk())))


ERRANDS = (SWEEP, PROJECT, "segment")
"""The members by which messages of the bulk queue ask for something else than rows to be stored."""


def _is_errand(message: Any) -> bool:
    """Whether a message asks for one; rows do not, nor does what nobody understands."""
    return isinstance(message, dict) and "rows" not in message and not message.keys().isdisjoint(ERRANDS)


def _run_errand(message: Json) -> None:
    if SWEEP in message:
        sweeper().sweep(message, now())
    elif PROJECT in message:
        behind().do(message, now())
    else:
        reprojector().do(message, now())


def _put_off(message: Json) -> None:
    """Leave an errand to another call."""
    bulk().send([message])


@metrics.log_metrics
def _answer(event: Json, context: LambdaContext, run_errand: Callable[[Json], None]) -> Json:
    """Do the errands of a batch one by one, then store its rows together; each message answers for itself."""
    metrics.add_metric("Messages", MetricUnit.Count, len(event["Records"]))
    read = [(record, _readable(record)) for record in event["Records"]]
    errands = [record for record, message in read if _is_errand(message)]
    answer = drain({"Records": errands}, run_errand, _log)
    failed = _stored([one for one in read if not _is_errand(one[1])], context)
    answer["batchItemFailures"] += [{"itemIdentifier": record["messageId"]} for record, _ in failed]
    return answer


def _stored(read: list[Read], context: LambdaContext) -> list[Read]:
    """Store the rows of messages together; return the messages that must come again.

    Those that could not be stored are tried again while there is time; after five deliveries they would be dead letters.
    """
    pause, took, is_first = FIRST_PAUSE, 0, True
    while read:
        left = context.get_remaining_time_in_millis()
        is_final = left < pause * 1000 + max(ROUND * 1000, 2 * took)
        read = _store(read, is_first=is_first, is_final=is_final)
        if is_final or not read:
            break
        took = left - context.get_remaining_time_in_millis()
        time.sleep(pause)
        pause, is_first = 2 * pause, False
    return read


def _store(read: list[Read], *, is_first: bool, is_final: bool) -> list[Read]:
    """Store the rows of messages once; return the messages that must come again, or be tried again if they can be."""
    last = [number for number, (record, _) in enumerate(read) if is_final and is_last(record)]
    again = [number for number, (record, _) in enumerate(read) if not is_first or is_repeated(record)]
    try:
        return _ingested(read, last, again)
    except TransientError as error:
        for record, _ in read:
            _log(record, error)
        return read


def _ingested(read: list[Read], last: list[int], again: list[int]) -> list[Read]:
    result = ingest([message for _, message in read], door(), now(), last, again)
    counts = {
        "RowsStored": result.written.stored,
        "RowsDuplicate": result.written.duplicates,
        "RowsAmended": result.written.amended,
        "RowsRejected": len(result.rejections),
        "RowsErased": result.erased,
    }
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)
    if result.rejections:
        logger.warning("rows were rejected", extra={"reasons": rejections_by_reason(result.rejections)})
    for number, error in result.failed.items():
        _log(read[number][0], error)
    return [read[number] for number in result.failed]


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
    shown = [views.row(one) for one in found]
    if (count := web.fitting(shown)) < len(shown):
        last = found[count - 1].ts, found[count - 1].key
    return web.page_of(shown[:count], last)


@app.get("/profiles/<email>/explain")
def show_explanation(email: str) -> Any:
    found, rules = _profile(_address(email)), mappings().in_force().rules
    read, last = _rows(email, views.MAX_EXPLAINED, views.MAX_EXPLAINED)
    return views.explanation(found, explain(read, rules, found.fields), len(read), last)


@app.delete("/profiles/<email>")
def erase(email: str) -> Any:
    found, block = _address(email), _is_to_be_blocked()
    done = eraser().erase(found, now(), block=block)
    return disclosures.receipt(done, int(setting("LOG_RETENTION_DAYS")))


@app.get("/profiles/<email>/export")
def export(email: str) -> Any:
    found, (after, shown) = _address(email), _place()
    kept = archive().traces(found, after, shown)
    stone = erasures().tombstone(digest_of(found))
    if not kept.are_any and not stone.blocked:
        raise _unknown()
    cursor = web.cursor_of([*kept.last, shown + len(kept.rows)] if kept.last else None)
    shown_all = disclosures.everything(kept, stone, cursor)
    return web.answer(HTTPStatus.OK, shown_all, {"Cache-Control": "no-store"})


@app.get("/blocks")
def blocks() -> Any:
    found, place = erasures().blocks(web.text_place_of(app))
    return web.page_of([disclosures.block(one) for one in found], place)


@app.delete("/blocks/<email>")
def lift(email: str) -> Any:
    erasures().lift(_address(email), now())
    return web.answer(HTTPStatus.NO_CONTENT)


@app.get("/streams/<stream>/mapping")
def show_mapping(stream: str) -> Any:
    return views.mapping(mappings().text(stream))


@app.put("/streams/<stream>/mapping")
def change_mapping(stream: str) -> Any:
    changed = mappings().put(stream, web.body_as(NewMapping, app).mapping, now())
    reprojector().start(now(), is_asked=False)
    return views.mapping(changed)


@app.delete("/streams/<stream>/mapping")
def reset_mapping(stream: str) -> Any:
    changed = mappings().reset(stream, now())
    reprojector().start(now(), is_asked=False)
    return views.mapping(changed)


@app.post("/streams/reproject")
def start_reprojection() -> Any:
    reprojector().start(now())
    return web.answer(HTTPStatus.ACCEPTED, views.reprojection(reprojection().state()))


@app.get("/streams/reproject")
def show_reprojection() -> Any:
    state = reprojection().state()
    return views.reprojection(state, reprojector().stalled_since(state, now()))


def _is_to_be_blocked() -> bool:
    """Whether the query or the body says so. Raises `UnreadableMessage` or `InvalidInput`."""
    told = (app.current_event.get_query_string_value("block") or "false").lower()
    if told not in ("true", "false"):
        detail = {"field": "block", "message": "block must be true or false"}
        raise InvalidInput("the request is not valid; see details", [detail])
    has_body = bool((app.current_event.body or "").strip())
    return told == "true" or (has_body and web.body_as(HowToErase, app).block)


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


def _place() -> tuple[Position | None, int]:
    """The same with the number of rows before it."""
    match web.place_of(app):
        case None:
            return None, 0
        case [int(ts), str(key), int(shown)] if -YEAR_1 <= ts <= END_OF_TIME:
            return (ts, key), shown
    raise web.foreign_cursor()


def _profile(email: str) -> Profile:
    found = profiles().read(email)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("nothing is known of this address")


def _readable(record: Json) -> Any:
    """A message's JSON with when it was received; what is none is rejected like any other bad message."""
    try:
        message = json.loads(record["body"])
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return message
    return {**message, "received_at": received_at(message, record)}


def _log(record: Json, error: Exception) -> None:
    logger.warning("a message comes again", extra={"message_id": record["messageId"]}, exc_info=error)
