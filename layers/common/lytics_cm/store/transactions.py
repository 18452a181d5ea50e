"""Reads many items of DynamoDB, writes several or none of them, and waits for others who are in the way."""

from __future__ import annotations

import random
import time
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lytics_cm.errors import Throttled, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_dynamodb.service_resource import Table

TRIES = 12
KEYS_PER_GET = 100
"""What DynamoDB reads in one call."""
PASSING = (
    "TransactionConflict",
    "ThrottlingError",
    "ThrottlingException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
)


class ConditionFailed(Exception):
    """The conditions of the writes with these `numbers` do not hold; nothing was written."""

    def __init__(self, numbers: set[int]) -> None:
        super().__init__(f"conditions that do not hold: {sorted(numbers)}")
        self.numbers = numbers


def transact(table: Table, *writes: dict[str, Any]) -> None:
    """Do all writes, at most 100, or none. Raises `ConditionFailed`, `Unavailable` or `Throttled` when we were kept out."""
    for attempt in range(TRIES):
        try:
            table.meta.client.transact_write_items(TransactItems=list(writes))  # type: ignore[arg-type]
        except ClientError as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            failed = {number for number, code in enumerate(reasons) if code == "ConditionalCheckFailed"}
            if failed:
                raise ConditionFailed(failed) from error
            if not {*reasons, error.response["Error"]["Code"]} & set(PASSING):
                raise
            _wait(attempt)
        except Throttled:
            if attempt == TRIES - 1:
                raise
            _wait(attempt)
        else:
            return
    raise Unavailable("too many workers write the same items at once")


def get_many(table: Table, keys: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The items that exist under different `keys`, strongly consistent, in any order. Raises `Unavailable`."""
    for batch in batched(keys, KEYS_PER_GET, strict=False):
        yield from _get(table, list(batch))


def _get(table: Table, keys: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    wanted: dict[str, Any] = {table.name: {"Keys": keys, "ConsistentRead": True}}
    for attempt in range(TRIES):
        answer = table.meta.client.batch_get_item(RequestItems=wanted)
        yield from answer["Responses"].get(table.name, [])
        wanted = dict(answer.get("UnprocessedKeys") or {})
        if not wanted:
            return
        _wait(attempt)
    raise Unavailable(f"{table.name} cannot be read that fast")


def _wait(attempt: int) -> None:
    """Let others pass, longer the more often we met them."""
    time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 6)))  # noqa: S311 - jitter, not a secret
