"""What the codes mean with which AWS refuses a call: whether to wait, to read again, or to give up.

It loads nothing of boto3, so that `lean_aws` can do without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SERVER_ERROR = 500
PASSING = frozenset(
    {
        "DependencyTimeoutException",
        "InternalFailure",
        "InternalServerError",
        "KMSInternalException",
        "KeyUnavailableException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Refusals that a later attempt does not meet, beside those that speak of throttling."""
CONFLICTS = frozenset({"TransactionConflict", "TransactionConflictException"})
"""Somebody else has the item in hand: it passes too, but whoever decided by what was read decides anew."""
CONDITION_FAILED = "ConditionalCheckFailed"
"""As the reason of one action or statement; the refusal of a whole call ends in `Exception`."""
DECIDED = frozenset({CONDITION_FAILED, "ValidationError"})
"""Reasons of a cancelled transaction that say more than that it was not the moment for it."""


def passes(code: str) -> bool:
    """Whether waiting helps against a refusal with this code."""
    return code in PASSING or "Throttl" in code


def codes_of(answer: Mapping[str, Any]) -> list[str]:
    """The code of a refusal (boto3's `ClientError.response`), and those of the actions of a transaction."""
    reasons = (str(reason.get("Code", "")) for reason in answer.get("CancellationReasons", []))
    return [str(answer["Error"].get("Code", "")), *reasons]


def code_of(error: Exception) -> str:
    """The code of a refusal, as boto3 or `lean_aws` raise it; nothing of any other error."""
    response = getattr(error, "response", None)
    return codes_of(response)[0] if response else str(getattr(error, "code", ""))


def is_condition(error: Exception) -> bool:
    """Whether a write was refused because its condition does not hold."""
    return code_of(error) == f"{CONDITION_FAILED}Exception"
