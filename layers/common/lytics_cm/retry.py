"""How calls to a vendor are repeated while a person waits: for seconds, where the queue has days."""

from __future__ import annotations

import time
from collections.abc import Callable

from lytics_cm.errors import RateLimited, TransientError

BEGUN_WITHIN_SECONDS = 15.0
"""Seconds within which a call is begun again."""
ANSWERED_WITHIN_SECONDS = 25.0
"""Seconds after which nothing may be under way any more: API Gateway waits 29."""
SHORTEST_READ_SECONDS = 1.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 4.0


class Retry:
    """The time of one request that a person waits for, shared by all calls that it makes, also at once.

    `clock` tells seconds, and `sleep` takes some; the machine's, unless told.
    """

    def __init__(
        self, clock: Callable[[], float] | None = None, sleep: Callable[[float], None] | None = None
    ) -> None:
        self._clock, self._sleep = clock or time.time, sleep or time.sleep
        self._began = self._clock()

    def left(self) -> float:
        """Seconds that a call may still take."""
        return max(SHORTEST_READ_SECONDS, self._began + ANSWERED_WITHIN_SECONDS - self._clock())

    def call[T](self, make: Callable[[], T], *, is_read: bool) -> T:
        """Make a call, and again while it fails for a passing reason and there is time.

        What may have changed something is repeated only when the vendor has turned it away (`RateLimited`).
        """
        attempt = 0
        while True:
            try:
                return make()
            except TransientError as error:
                pause = _pause(error, attempt)
                is_safe = is_read or isinstance(error, RateLimited)
                if not is_safe or self._clock() + pause > self._began + BEGUN_WITHIN_SECONDS:
                    raise
            self._sleep(pause)
            attempt += 1


def _pause(error: TransientError, attempt: int) -> float:
    """Seconds until the next attempt: what the vendor asks for, else doubling."""
    asked = error.retry_after if isinstance(error, RateLimited) else None
    return asked if asked is not None else min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0**attempt)
