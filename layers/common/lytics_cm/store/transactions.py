"""Writes several items of DynamoDB or none of them, and waits for others who are in the way."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lytics_cm.errors import Throttled, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

TRIES = 12
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


def _wait(attempt: int) -> None:
    """Let others pass, longer the more often we met them."""
    time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 6)))  # noqa: S311 - jitter, not a secret
