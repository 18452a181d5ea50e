"""What AWS refuses for a moment: throttling, its own faults, broken connections; and clients that tell.

botocore tries again first, for some twenty seconds (boto3 guide, "Retries"): what is raised here has
outlasted that. It does not try again a transaction that was cancelled because of throttling, nor what a batch
left unprocessed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore import exceptions

from lytics_cm.aws_codes import CONFLICTS, DECIDED, SERVER_ERROR, codes_of, passes
from lytics_cm.errors import Throttled

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_dynamodb.service_resource import Table

PAUSE = 0.5


def patient[Client: BaseClient](client: Client) -> Client:
    """The client, which raises `Throttled` from now on for what passes by itself.

    All else stays as botocore has it.
    """
    client.meta.events.register("after-call", _on_answer, unique_id="patient")
    client.meta.events.register("after-call-error", _on_no_answer, unique_id="patient")
    return client


@cache
def _dynamodb() -> Any:
    resource = boto3.resource("dynamodb")
    patient(resource.meta.client)
    return resource


def table(name: str) -> Table:
    """A table of DynamoDB whose client is patient."""
    return cast("Table", _dynamodb().Table(name))


def insist[T](do: Callable[[], T], seconds: float) -> T:
    """Do what must not be lost, again and again while AWS stands in the way, for so many seconds.

    Raises `Throttled` then.
    """
    end = time.time() + seconds
    while True:
        try:
            return do()
        except Throttled:
            if time.time() >= end:
                raise
            time.sleep(PAUSE)


def passing(error: Exception) -> Throttled | None:
    """The error as one to wait out; None when it will not pass, or is not AWS'."""
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return Throttled(f"AWS could not be reached ({type(error).__name__})")
    if not isinstance(error, exceptions.ClientError):
        return None
    codes = codes_of(error.response)
    if CONFLICTS & set(codes) or _passes(codes, error.response):
        return Throttled(f"AWS cannot do {error.operation_name} now ({codes[0]})")
    return None


def _on_answer(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    if "Error" in parsed and _passes(codes := codes_of(parsed), parsed):
        raise Throttled(f"AWS cannot do {model.name} now ({codes[0]})")


def _on_no_answer(exception: Exception, **_: Any) -> None:
    if error := passing(exception):
        raise error from exception


def _passes(codes: Iterable[str], answer: Mapping[str, Any]) -> bool:
    if DECIDED & set(codes):
        return False
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return bool(status >= SERVER_ERROR or any(map(passes, codes)))
