"""Which errors of AWS pass by themselves: throttling, its own faults, and connections that break."""

from __future__ import annotations

from botocore import exceptions

from lytics_cm.errors import Unavailable

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
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Codes of refusals that a later attempt does not meet, beside those that speak of throttling."""


def passing(error: Exception) -> Unavailable | None:
    """The error as one to wait out; None when it will not pass, or is not AWS'."""
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return Unavailable(f"AWS could not be reached ({type(error).__name__})")
    if not isinstance(error, exceptions.ClientError):
        return None
    codes = [error.response["Error"].get("Code", "")]
    codes += [reason.get("Code", "") for reason in error.response.get("CancellationReasons", [])]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status < SERVER_ERROR and not any(code in PASSING or "Throttl" in code for code in codes):
        return None
    return Unavailable(f"AWS cannot do {error.operation_name} now ({codes[0]})")
