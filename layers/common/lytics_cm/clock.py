"""The clock that whoever acts reads; what decides takes the time as an argument."""

import time


def now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000
