"""Calls to AWS that need not wait for each other: a worker waits for the slowest of them alone.

What was begun must be waited for before the function answers: Lambda freezes its threads then.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 64
"""Threads of a process at most; it has as many as it once needed at the same time, which is two or three."""


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST, "aside")


def aside[T](call: Callable[[], T]) -> Future[T]:
    """Begin a call; `result()` of what is returned waits for it."""
    return _threads().submit(copy_context().run, call)


def together[T](first: Callable[[], T], *others: Callable[[], object] | None) -> T:
    """Make calls at the same time, wait for all, return what the first did; None is left out.

    Raises what the first of them raised, in their order.
    """
    begun = [aside(call) for call in others if call]
    try:
        result = first()
    finally:
        wait(begun)
    for one in begun:
        one.result()
    return result
