"""AWS' recursive loop detection: which functions ran how often in a chain of requests, and who is not called any more.

A message bears the lineage of the invocation that sent it through botocore; an invocation's is that of its messages,
the most of each, with itself. A function that ran 16 times in one chain and does not allow loops is not called: its
event source has failed, so the messages come again until their queue gives them up.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar

MOST = 16


class Lineages:
    """Of all invocations; `allowed` are the functions with `RecursiveLoop: Allow`, `dropped` whom AWS did not call."""

    def __init__(self, allowed=()):
        self.allowed, self.dropped, self.deepest = set(allowed), Counter(), Counter()
        self.count = lambda name, function: None
        """Hears of each invocation that AWS does not make."""
        self._current = ContextVar("lineage", default=None)

    @property
    def current(self):
        """Of the invocation that this thread works for: how often each function ran. Empty outside one."""
        return self._current.get() or {}

    def of(self, function, messages=()):
        """The lineage of an invocation with these messages; None when AWS does not make it."""
        told = [message.lineage for message in messages]
        before = {
            name: max(one.get(name, 0) for one in told) for name in {name for one in told for name in one}
        }
        if before.get(function, 0) >= MOST and function not in self.allowed:
            self.dropped[function] += 1
            self.count("RecursiveInvocationsDropped", function)
            return None
        self.deepest[function] = max(self.deepest[function], before.get(function, 0) + 1)
        return {**before, function: before.get(function, 0) + 1}

    @contextmanager
    def invocation(self, lineage):
        """What is sent from now on, by this thread or by those that work for it, belongs to this chain."""
        outer = self._current.set(lineage)
        try:
            yield
        finally:
            self._current.reset(outer)
