"""Lambda's limits: how large an event and an answer may be, how long an invocation takes, how many run at once.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (6 MB in and out; 10 executions in a new account),
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html (reserves).
"""

import json
import threading
from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar

MB = 1024 * 1024
MAX_PAYLOAD_BYTES = 6 * MB
NEW_ACCOUNT = 10


class NotInvoked(Exception):
    """Lambda does not call the function."""


class TooManyRequests(NotInvoked):
    """All executions that the account, or the function's reserve, has are under way."""


class TooLarge(NotInvoked):
    """The event is larger than 6 MB."""


class Failed(Exception):
    """The function was called, and what it did counts; its answer does not."""


class Executions:
    """Of one account: `most` at once, or any number; `reserved` of them belong to some functions, by name."""

    def __init__(self, clock, most=None, reserved=None):
        self.clock, self.most, self.reserved = clock, most, dict(reserved or {})
        self.running, self.peak = Counter(), 0
        self.count = lambda name, function: None
        """Hears of what AWS counts of an invocation: `Errors`, `Throttles`."""
        self.timed = True
        """Whether it counts how long an invocation takes: not where others put the clock forward meanwhile."""
        self.has_dead, self._function = False, ContextVar("function", default=None)
        self._lock = threading.Lock()

    def invoke(self, function, seconds, call, event):
        """The answer of `call(event)`, as JSON; the function may take so many seconds.

        Raises `NotInvoked`, or `Failed`.
        """
        if _size(event) > MAX_PAYLOAD_BYTES:
            raise TooLarge(f"the event for {function} is larger than 6 MB")
        with self._one(function):
            try:
                answer = self._answer(function, seconds, call, event)
            except NotInvoked:
                raise
            except BaseException:
                self.count("Errors", function)
                raise
        return json.loads(json.dumps(answer))

    def _answer(self, function, seconds, call, event):
        started = self.clock.now()
        answer = call(event)
        if self.timed and self.clock.now() - started > seconds:
            raise Failed(f"{function} timed out after {seconds} s")
        if _size(answer) > MAX_PAYLOAD_BYTES:
            raise Failed(f"the answer of {function} is larger than 6 MB")
        return answer

    @contextmanager
    def _one(self, function):
        with self._lock:
            if not self._has_room(function):
                self.count("Throttles", function)
                raise TooManyRequests(function)
            self.running[function] += 1
            self.peak = max(self.peak, self.running.total())
        outer = self._function.set(function)
        try:
            yield
        finally:
            self._function.reset(outer)
            with self._lock:
                self.running[function] -= 1

    @property
    def asking(self):
        """The function that this thread works for; None when nobody knows.

        A thread of a function's own that was not told works for the only function that runs, unless a worker has died:
        its threads go on.
        """
        if function := self._function.get():
            return function
        with self._lock:
            running = list(self.running.elements())
        return running[0] if len(running) == 1 and not self.has_dead else None

    def _has_room(self, function):
        if function in self.reserved:
            return self.running[function] < self.reserved[function]
        if self.most is None:
            return True
        shared = sum(count for name, count in self.running.items() if name not in self.reserved)
        return shared < self.most - sum(self.reserved.values())


def _size(value):
    """Bytes of JSON."""
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
