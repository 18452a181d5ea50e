"""How long we try again what fails for a passing reason, how long we wait in between, and when it is enough.

Whatever comes again is a message that we send to ourselves, and Lambda does not stop our chains: `Tries`
does. What got on meanwhile is a new message, so that progress, however slow, is never cut off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, Self

from lytics_cm.errors import RateLimited, TransientError

RETRY_WINDOW_MS = 48 * 3600 * 1000
"""How long something is tried before it counts as a failure, ms: an outage of a day is waited out."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5, 900
FEWEST_TRIES = 8
"""Tries that are made at least: a message may spend its days in a long queue."""


@dataclass(frozen=True, slots=True)
class Tries:
    """How often something came back without having got on, and since when (epoch ms.

    0 when it has not yet).
    """

    since: int = 0
    attempt: int = 0

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        return cls(int(message.get("since", 0)), int(message.get("attempt", 0)))

    def more(self, error: TransientError, now: int) -> Self:
        """With one more, which is no attempt when nothing was asked."""
        return type(self)(self.since or now, self.attempt + error.is_attempt)

    def are_enough(self, error: TransientError, now: int) -> bool:
        """Whether to give up: after two days, unless all that was missing is a turn and others got on."""
        if not self.since or now - self.since <= RETRY_WINDOW_MS:
            return False
        return is_silent(error, now) or (error.is_attempt and self.attempt >= FEWEST_TRIES)

    def members(self) -> dict[str, int]:
        """As members of a message."""
        return {"attempt": self.attempt, "since": self.since}


def is_silent(error: TransientError, now: int) -> bool:
    """Whether the vendor has answered nobody for two days."""
    return bool(error.silent_since) and now - error.silent_since > RETRY_WINDOW_MS


def given_up(error: TransientError) -> str:
    """What an admin reads when it was enough."""
    return f"given up after two days: {error}"


def pause(attempt: int, error: TransientError) -> int:
    """Seconds until the next attempt: what the vendor asks for, else 5 s to 15 minutes, with jitter."""
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return min(LONGEST_PAUSE_SECONDS, int(error.retry_after) + 1)
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(max(attempt - 1, 0), 10))
    return SystemRandom().randint(max(1, longest // 2), longest)
