"""Entry point: the routes that the vendors call. Lean on purpose: it answers strangers, and starts often."""

from __future__ import annotations

import json
import time
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from lytics_cm import lean_aws, trail
from lytics_cm.errors import NotFound, PermanentError, TransientError, UnreadableMessage
from lytics_cm.queues import Queue
from lytics_cm.settings import optional, setting
from lytics_cm.store.echoes import Echoes
from lytics_cm.store.webhooks import Keys, Registrations
from webhook_app.bodies import TooLarge
from webhook_app.receive import Receipt, Receiver

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_sqs import SQSClient

type Json = dict[str, Any]

METHOD = "POST"
RETRY_AFTER_SECONDS = "30"
"""Seconds after which a vendor shall repeat what we could not take."""


class WrongMethod(PermanentError):
    """Nothing is posted: somebody chose another method, or looks around."""


@cache
def receiver() -> Receiver:
    """Build the collaborators once per cold start."""
    table = cast("Table", lean_aws.Table(lean_aws.endpoint("dynamodb"), setting("JOBS_TABLE")))
    sqs = cast("SQSClient", lean_aws.Sqs(lean_aws.endpoint("sqs")))
    return Receiver(
        table=table,
        keys=Keys(table),
        registrations=Registrations(table),
        echoes=Echoes(table),
        rows=Queue(sqs, setting("ROWS_QUEUE_URL")),
        changes=Queue(sqs, setting("CHANGES_QUEUE_URL")),
        pages=Queue(sqs, setting("PAGES_QUEUE_URL")),
    )


def http(event: Json, context: Any) -> Json:
    """`POST /webhooks/campaign-monitor/{key}` and `POST /webhooks/lytics/{key}`; 405 for other methods."""
    started = time.time()
    kind = "trigger" if "/lytics/" in event["resource"] else "delivery"
    receipt = Receipt(0)
    try:
        with trail.begun(context.aws_request_id):
            receipt = _received(kind, event, int(started * 1000))
        status, message = HTTPStatus.OK, ""
    except Exception as error:  # noqa: BLE001 - a stranger gets no stack trace
        status, message = _answer_to(error)
        _report(kind, status, receipt, started, _ids(event, context), error)
    else:
        _report(kind, status, receipt, started, _ids(event, context) | {"job": receipt.job})
    body = {"message": message, "details": []} if message else {"accepted": receipt.accepted}
    headers = {"Content-Type": "application/json"}
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers |= {"Allow": METHOD, "Cache-Control": "no-store"}
    return {"statusCode": int(status), "headers": headers, "body": json.dumps(body)}


def _received(kind: str, event: Json, now: int) -> Receipt:
    if event["httpMethod"] != METHOD:
        raise WrongMethod(f"this path takes {METHOD}")
    receive = receiver().trigger if kind == "trigger" else receiver().delivery
    return receive(event["pathParameters"]["key"], event, now)


def _answer_to(error: Exception) -> tuple[HTTPStatus, str]:
    match error:
        case NotFound():
            return HTTPStatus.NOT_FOUND, str(error)
        case WrongMethod():
            return HTTPStatus.METHOD_NOT_ALLOWED, str(error)
        case TooLarge():
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error)
        case UnreadableMessage():
            return HTTPStatus.BAD_REQUEST, str(error)
        case TransientError():
            return HTTPStatus.SERVICE_UNAVAILABLE, "it could not be stored; send it again"
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong here; send it again"


def _ids(event: Json, context: Any) -> dict[str, str]:
    """The ids of a POST: Lambda's, by which what it brings is followed, and API Gateway's, if it is one."""
    ids = {"request_id": context.aws_request_id, trail.ORIGIN: context.aws_request_id}
    given = (event.get("requestContext") or {}).get("requestId")
    return ids | ({"gateway_request_id": given} if trail.is_given_id(given) else {})


def _report(
    kind: str,
    status: HTTPStatus,
    receipt: Receipt,
    started: float,
    ids: dict[str, str],
    error: Exception | None = None,
) -> None:
    """One line that is the log entry and, by its `_aws` member, the metrics.

    Never the key, never an address.
    """
    counts = {
        "Posts": 1,
        "Accepted": receipt.accepted,
        "Rejected": receipt.rejected,
        "Echoes": receipt.echoes,
        "Tests": receipt.tests,
        f"Status{status // 100}xx": 1,
        "Milliseconds": round((time.time() - started) * 1000),
    }
    metrics = [
        {"Name": name, "Unit": name if name == "Milliseconds" else "Count"}
        for name, count in counts.items()
        if count
    ]
    line = {
        "level": "INFO" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "ERROR",
        "message": kind,
        "service": optional("POWERTOOLS_SERVICE_NAME", "webhook"),
        "status": status,
        **ids,
        **({"error": f"{type(error).__name__}: {error}"} if error else {}),
        **counts,
        "_aws": {
            "Timestamp": int(started * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": optional("POWERTOOLS_METRICS_NAMESPACE", "LyticsCm"),
                    "Dimensions": [["service"]],
                    "Metrics": metrics,
                }
            ],
        },
    }
    print(json.dumps(line))  # noqa: T201 - Lambda's log is its standard output
