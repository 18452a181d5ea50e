"""What can go wrong, named for what the caller does next.

    LyticsCmError
    ├── TransientError          put it back and try later
    │   ├── RateLimited         the vendor asks for patience; `retry_after` seconds when it says how much
    │   ├── Unavailable         no answer, a 5xx, or one that cannot be read
    │   └── Throttled           AWS itself stands in the way, not a vendor
    └── PermanentError          record it and go on
        ├── AuthorizationRevoked  the account must be connected again
        ├── Rejected            the vendor said no, with a code
        ├── Forbidden           not for this caller
        ├── NotFound            it is not there, or not ours
        ├── UnreadableMessage   not in any shape that we know
        ├── InvalidInput        readable, but not acceptable; `details` names each field
        └── Conflict            not in the state that this needs

A message names the thing and the remedy. It never carries a token, a secret or a whole e-mail address.
"""

from collections.abc import Sequence


class LyticsCmError(Exception):
    """Everything that this product raises on purpose."""


class TransientError(LyticsCmError):
    """Put it back and try later."""

    is_attempt = True
    """Whether something was asked for, in vain."""
    silent_since = 0
    """Since when the vendor has answered nobody (epoch ms); 0 when it has, or nobody keeps count."""


class RateLimited(TransientError):
    """The vendor asks for patience."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(TransientError):
    """No answer, a 5xx, or an answer that cannot be read."""


class Throttled(TransientError):
    """AWS asks for patience, or does not answer."""


class PermanentError(LyticsCmError):
    """Record it and go on."""


class AuthorizationRevoked(PermanentError):
    """The account must be connected again."""


class Rejected(PermanentError):
    """The vendor said no; `code` is its own."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class Forbidden(PermanentError):
    """Not for this caller."""


class NotFound(PermanentError):
    """It is not there, or not ours."""


class UnreadableMessage(PermanentError):
    """Not in any shape that we know."""


class InvalidInput(PermanentError):
    """Readable but not acceptable; `details` holds one `{"field", "message"}` per culprit."""

    def __init__(self, message: str, details: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(message)
        self.details = list(details)


class Conflict(PermanentError):
    """Not in the state that this needs."""
