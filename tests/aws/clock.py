"""The machine's clock, in our hands: it starts when we say so, runs on, and can be put forward.

`time.time`, `time.time_ns` and, if asked for, `time.sleep` are replaced for the whole process: product and simulators
see one time, and whoever sleeps lets it pass at once.
"""

import threading
import time
from contextlib import contextmanager

_time, _time_ns, _sleep = time.time, time.time_ns, time.sleep
SHORTEST_SECONDS = 0.0005
"""What a sleeper really sleeps: others get their turn."""


class Clock:
    """Moves with the machine's, by an offset."""

    def __init__(self):
        self.offset = 0.0
        self._lock, self._blocks = threading.Lock(), 0

    def now(self):
        """Seconds since 1970."""
        return _time() + self.offset

    def advance(self, seconds):
        with self._lock:
            self.offset += max(0.0, seconds)

    @contextmanager
    def in_force(self, start=None):
        """Let the process live by this clock, from `start` (seconds since 1970) on."""
        self.offset = 0.0 if start is None else start - _time()
        time.time = self.now
        time.time_ns = lambda: _time_ns() + int(self.offset * 1_000_000_000)
        try:
            yield self
        finally:
            time.time, time.time_ns = _time, _time_ns

    @contextmanager
    def sleepless(self):
        """Let sleeping put the clock forward instead of taking time, until the last thread has left such a block."""
        with self._lock:
            self._blocks += 1
            time.sleep = self._sleep
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= 1
                if not self._blocks:
                    time.sleep = _sleep

    def _sleep(self, seconds):
        self.advance(seconds)
        _sleep(min(seconds, SHORTEST_SECONDS))
