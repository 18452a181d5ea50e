"""What Campaign Monitor's refusals mean to us: HTTP status and Code become our errors, here and nowhere else.

The Code decides, not the status: Campaign Monitor answers 401 for ids that are not ours and 400 for what is
still being calculated (docs/reference/campaign-monitor.md#errors).
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from lytics_cm.errors import (
    AuthorizationRevoked,
    LyticsCmError,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from lytics_cm.members import counted
from lytics_cm.vendor_http import Answer

NO_PERMISSION = 60
NO_CREDENTIAL = 100
INVALID_TOKEN = 120
EXPIRED_TOKEN = 121
REVOKED_TOKEN = 122
PARTIAL_IMPORT = 210
INVALID_RULES = 277

GONE = frozenset(
    {
        101,  # list
        102,  # client
        203,  # subscriber on this list
        253,  # custom field; we only use keys that we have read
        271,  # segment
        404,
        3000,  # journey
        3002,  # journey e-mail
    }
)
LOST_CREDENTIAL = frozenset({NO_CREDENTIAL, INVALID_TOKEN, REVOKED_TOKEN})
PASSING = frozenset({EXPIRED_TOKEN, 278, 287, 500})
"""A token that expired again at once; a segment in calculation; another request for it; an error on their
side."""


def refusal(answer: Answer) -> LyticsCmError:
    """The error that an answer without success stands for."""
    found = code_of(answer)
    if HTTPStatus.TOO_MANY_REQUESTS in (answer.status, found):
        return RateLimited(_told(answer, "asks for patience"), answer.retry_after())
    if found is None:
        return answer.unreadable()
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or found in PASSING:
        return Unavailable(_told(answer, "cannot do it now"))
    return _permanent(answer, found)


def _permanent(answer: Answer, found: int) -> LyticsCmError:
    if found in LOST_CREDENTIAL:
        return AuthorizationRevoked(
            _told(answer, "does not accept the token") + "; connect the account again"
        )
    if found == NO_PERMISSION:
        remedy = "; connect the account again, granting all permissions asked for"
        return Rejected(_told(answer, "misses a permission") + remedy, found)
    if found in GONE:
        return NotFound(_told(answer, "does not have it, or not for this account"))
    return Rejected(_told(answer, "refused"), found)


def code_of(answer: Answer) -> int | None:
    """Campaign Monitor's Code; None when the body is not its error envelope."""
    return counted(_envelope(answer), "Code")


def message_of(answer: Answer) -> str:
    """Campaign Monitor's words, fit for a message."""
    envelope = _envelope(answer)
    words = [str(envelope.get("Message") or "").strip()]
    if code_of(answer) == INVALID_RULES:
        words += _rule_errors(envelope.get("ResultData"))
    return answer.quote("; ".join(words))


def _told(answer: Answer, verdict: str) -> str:
    code = code_of(answer)
    reason = f"status {answer.status}" if code is None else f"Code {code}"
    words = message_of(answer)
    return f"{answer.vendor} {verdict}: {answer.call} ({reason}{': ' if words else ''}{words})"


def _envelope(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _rule_errors(result: Any) -> Iterator[str]:
    """The rules at fault, however they are nested: by rule, by group, with `Subject` or `RuleType`."""
    if isinstance(result, list):
        for item in result:
            yield from _rule_errors(item)
    elif isinstance(result, dict):
        subject = result.get("Subject") or result.get("RuleType") or result.get("Clause")
        if subject and result.get("Message"):
            yield f"{subject}: {result['Message']}"
        for value in result.values():
            yield from _rule_errors(value)
