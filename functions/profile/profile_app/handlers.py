"""Entry points: `http` serves routes, `on_rows` stores live rows, `on_bulk` does what nobody waits for.

They are three functions made from one package. What `http` imports is imported when Lambda asks for it, still
in the cold start: those who store rows pay for none of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from lytics_cm import trail
from lytics_cm.clock import now
from lytics_cm.errors import TransientError, UnreadableMessage
from lytics_cm.put_back import is_put_back, patiently
from lytics_cm.queues import drain, is_last, is_repeated, received_at, said
from profile_app.behind import PROJECT
from profile_app.dependencies import behind, bulk, destination, mappings, reprojector, sweeper
from profile_app.erasing import SWEEP
from profile_app.ingest import ingest
from profile_app.messages import rejections_by_reason
from profile_app.profiles.withholding import grow_old

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

FIRST_PAUSE_SECONDS = 2
"""Until a batch is tried again, doubled each time."""
ROUND_SECONDS = 50
"""That trying a batch again may take, patience of botocore included, unless it took longer before."""
ERRANDS_SECONDS = 30
"""Of a call of the bulk queue's function within which errands are begun."""

type Json = dict[str, Any]
type Read = tuple[Json, Any]
"""A message as Lambda hands it over, and what it says."""

logger = Logger()
metrics = Metrics()


def __getattr__(name: str) -> Callable[[Json, Any], Json]:
    if name != "http":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from profile_app.routes import app  # noqa: PLC0415 - see above

    return app.resolve


def on_rows(event: Json, context: LambdaContext) -> Json:
    """Messages of the rows queue: rows that somebody waits for.

    An errand that got here goes to the bulk queue.
    """
    return dict(_answer(event, context, _put_off))


def on_bulk(event: Json, context: LambdaContext) -> Json:
    """Messages of the bulk queue: rows of imports, and errands at the beginning of a call."""
    end = context.get_remaining_time_in_millis() - ERRANDS_SECONDS * 1000

    def do(message: Json) -> None:
        if context.get_remaining_time_in_millis() < end:
            _put_off(message)
        else:
            _run_errand(message)

    return dict(_answer(event, context, patiently(do, bulk())))


POLICIES = "policies"
"""What may be known is another now, or, with `daily`, may be by the passing of time."""
ERRANDS = (SWEEP, PROJECT, POLICIES, "segment")
"""The members by which messages of the bulk queue ask for something else than rows to be stored."""


def _is_errand(message: Any) -> bool:
    """Whether a message asks for one; rows do not, nor does what nobody understands."""
    return isinstance(message, dict) and "rows" not in message and not message.keys().isdisjoint(ERRANDS)


def _run_errand(message: Json) -> None:
    if SWEEP in message:
        sweeper().sweep(message, now())
    elif PROJECT in message:
        behind().do(message, now())
    elif POLICIES in message:
        _look_at_everybody(is_daily=message[POLICIES] == "daily")
    else:
        reprojector().do(message, now())


def _look_at_everybody(*, is_daily: bool) -> None:
    """Go through all people and remove what may not be known any more; daily, if rows grow old at all."""
    if is_daily and not grow_old(mappings().in_force().policies.values()):
        return
    reprojector().start(now(), is_asked=False)


def _put_off(message: Json) -> None:
    """Leave an errand to another call."""
    bulk().send([message])


@metrics.log_metrics
def _answer(event: Json, context: LambdaContext, run_errand: Callable[[Json], None]) -> Json:
    """Do the errands of a batch one by one, then store its rows together; each message answers for itself."""
    metrics.add_metric("Messages", MetricUnit.Count, len(event["Records"]))
    read = [(record, _readable(record)) for record in event["Records"]]
    errands = [record for record, message in read if _is_errand(message)]
    rows = [one for one in read if not _is_errand(one[1])]
    with trail.request(logger, context.aws_request_id):
        answer = drain({"Records": errands}, run_errand, _log, logger)
        with trail.following(logger, *_named(rows)):
            failed = _stored(rows, context)
        again = {record["messageId"] for record, _ in failed}
        trail.handled(logger, *(one for one in _named(rows) if one[0] not in again))
    answer["batchItemFailures"] += [{"itemIdentifier": record["messageId"]} for record, _ in failed]
    return answer


def _named(read: list[Read]) -> list[trail.Named]:
    return [(record["messageId"], message) for record, message in read]


def _stored(read: list[Read], context: LambdaContext) -> list[Read]:
    """Store the rows of messages together; return the messages that must come again.

    Those that could not be stored are tried again while there is time; after five deliveries they would be
    dead letters. What AWS still stands in the way of then has been put back, and need not come again. What
    cannot be read is not tried again: time does not change it.
    """
    pause, took, is_first = FIRST_PAUSE_SECONDS, 0, True
    unread: list[Read] = []
    while read:
        left = context.get_remaining_time_in_millis()
        is_final = left < pause * 1000 + max(ROUND_SECONDS * 1000, 2 * took)
        read, refused = _store(read, is_first=is_first, is_final=is_final)
        unread += refused
        if is_final or not read:
            break
        took = left - context.get_remaining_time_in_millis()
        time.sleep(pause)
        pause, is_first = 2 * pause, False
    return read + unread


def _store(read: list[Read], *, is_first: bool, is_final: bool) -> tuple[list[Read], list[Read]]:
    """Store the rows of messages once.

    Return the messages that must come again, or be tried again if they can be; and those that nobody can read.
    """
    ending = [number for number, (record, _) in enumerate(read) if is_last(record)]
    again = [number for number, one in enumerate(read) if not is_first or _came_before(one)]
    try:
        return _ingested(read, ending, again, is_final=is_final)
    except TransientError as error:
        for one in read:
            _log_rows(one, error)
        return read, []


def _came_before(read: Read) -> bool:
    """Whether somebody may have stored a message half way."""
    record, message = read
    return is_repeated(record) or (isinstance(message, dict) and is_put_back(message))


def _ingested(
    read: list[Read], ending: list[int], again: list[int], *, is_final: bool
) -> tuple[list[Read], list[Read]]:
    result = ingest([message for _, message in read], destination(), now(), ending, again, is_final=is_final)
    counts = {
        "RowsStored": result.written.stored,
        "RowsDuplicate": result.written.duplicates,
        "RowsAmended": result.written.amended,
        "RowsRejected": len(result.rejections),
        "RowsErased": result.erased,
        "RowsWithheld": sum(map(len, result.written.withheld.values())),
    }
    for name, count in counts.items():
        if count:  # a metric costs by the hours in which something is sent
            metrics.add_metric(name, MetricUnit.Count, count)
    if result.rejections:
        logger.warning("rows were rejected", extra={"reasons": rejections_by_reason(result.rejections)})
    for number, error in result.failed.items():
        _log_rows(read[number], error)
    unread = {number for number, error in result.failed.items() if isinstance(error, UnreadableMessage)}
    return [read[number] for number in result.failed.keys() - unread], [read[number] for number in unread]


def _readable(record: Json) -> Any:
    """A message's JSON with when it was received; of what is none, nothing can be read."""
    message = said(record)
    if not isinstance(message, dict):
        return message
    return {**message, "received_at": received_at(message, record)}


def _log_rows(read: Read, error: Exception) -> None:
    with trail.following(logger, *_named([read])):
        _log(read[0], error)


def _log(_: Json, error: Exception) -> None:
    logger.warning("a message comes again", exc_info=error)
