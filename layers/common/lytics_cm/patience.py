"""How long we try again what fails for a passing reason, and how long we wait in between."""

import random

from lytics_cm.errors import RateLimited, TransientError

PATIENCE = 48 * 3600 * 1000
"""How long something is tried before it counts as a failure, ms: an outage of a day is waited out."""
FIRST_PAUSE, LONGEST_PAUSE = 5, 900


def pause(attempt: int, error: TransientError) -> int:
    """Seconds until the next attempt: the vendor's wish, else doubling from 5 s to 15 minutes, with jitter."""
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return min(LONGEST_PAUSE, int(error.retry_after) + 1)
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(max(attempt - 1, 0), 10))
    return random.randint(max(1, longest // 2), longest)  # noqa: S311 - jitter, not a secret
