"""How a message comes again that AWS itself stood in the way of: by its queue, as a new one.

So it waits no visibility timeout, which is six times its function's timeout, and is no dead letter after five
times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from lytics_cm.aws import insist
from lytics_cm.clock import now
from lytics_cm.errors import Throttled
from lytics_cm.retry_window import RETRY_WINDOW_MS, pause

if TYPE_CHECKING:
    from lytics_cm.queues import Queue

type Json = dict[str, Any]

PUT_BACK = "put_back"
"""The member of a message that says since when and how often it has been put back, and its first id."""
INSIST_SECONDS = 20
"""Seconds for which sending it is tried."""


def patiently(work: Callable[[Json], None], queue: Queue) -> Callable[[Json], None]:
    """The same work, but a message that AWS stood in the way of is put back into its queue."""

    def do(message: Json) -> None:
        try:
            work(message)
        except Throttled as error:
            put_back(queue, [("", message)], error)

    return do


def put_back(queue: Queue, messages: Sequence[tuple[str, Json]], error: Throttled) -> None:
    """Send messages, given with their ids, again, after a pause that grows.

    Raises `error` after two days in vain.
    """
    if any(is_overdue(message) for _, message in messages):
        raise error
    at = now()
    marks = [_mark(message, name, at) for name, message in messages]
    again = [{**message, PUT_BACK: mark} for (_, message), mark in zip(messages, marks, strict=True)]
    delay = pause(max(mark["times"] for mark in marks), error)
    insist(lambda: queue.send(again, delay=delay), INSIST_SECONDS)


def is_put_back(message: Json) -> bool:
    """Whether somebody worked on a message before and put it back."""
    return PUT_BACK in message


def is_overdue(message: Json) -> bool:
    """Whether a message has been put back for two days."""
    return is_put_back(message) and (at := now()) - _since(message, at) > RETRY_WINDOW_MS


def id_of(message: Json, message_id: str) -> str:
    """What a message was called when it was sent first."""
    return str(_before(message).get("id") or message_id)


def _before(message: Json) -> Json:
    """The mark that a message bears; an empty one where it is none of ours."""
    mark = message.get(PUT_BACK)
    return mark if isinstance(mark, dict) else {}


def _since(message: Json, otherwise: int) -> int:
    since = _before(message).get("since")
    return since if type(since) is int else otherwise


def _mark(message: Json, message_id: str, now: int) -> Json:
    times = _before(message).get("times")
    return {
        "since": _since(message, now),
        "times": (times if type(times) is int else 0) + 1,
        "id": id_of(message, message_id),
    }
