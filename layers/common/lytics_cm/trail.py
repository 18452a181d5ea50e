"""The ids by which one record is followed through all functions, in their logs and in what they send each other.

What begins something has an `origin`: the id of the request, or of the message that nobody of ours sent. Every
message that is sent on the way carries it on, so that all of it is found by one id. `job`, `run` and `unit` say
themselves what a message is about. Nothing here names a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeIs

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

ORIGIN = "origin"
"""The member of a message, and of a log line."""
HARMLESS = re.compile(r"[A-Za-z0-9._/#: -]{1,200}")
"""What a log may repeat of what a message calls an id: nothing long, no address, no other line."""

GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What a log may repeat of an id that a caller chose."""

_origin: ContextVar[str] = ContextVar(ORIGIN, default="")

type Ids = dict[str, str]
type Named = tuple[str, Any]
"""A message by the id that SQS has given it, and what it says."""


def is_given_id(text: Any) -> TypeIs[str]:
    """Whether a log may repeat an id that a caller chose."""
    return isinstance(text, str) and GIVEN_ID.fullmatch(text) is not None


def marked(message: dict[str, Any]) -> dict[str, Any]:
    """A message as it is sent: with the origin of what is in hand, unless it has its own."""
    origin = _origin.get()
    return {**message, ORIGIN: origin} if origin and ORIGIN not in message else message


@contextmanager
def begun(origin: str) -> Iterator[None]:
    """Let what is sent in the block come from this origin."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


@contextmanager
def request(logger: Logger, request_id: str, **more: str) -> Iterator[None]:
    """Let what is logged in the block bear the id of Lambda's invocation; it is the origin of what is sent."""
    ids = {"request_id": request_id, ORIGIN: request_id, **more}
    logger.thread_safe_append_keys(**ids)
    try:
        with begun(request_id):
            yield
    finally:
        logger.thread_safe_remove_keys(ids)


@contextmanager
def following(logger: Logger, *messages: Named) -> Iterator[None]:
    """Let what is logged in the block bear the ids that these messages have in common.

    What is sent comes from their origin. Messages of several, which are one piece of work, leave it that of
    the invocation.
    """
    each = [_ids(name, message) for name, message in messages]
    ids = {
        name: text for name, text in (each or [{}])[0].items() if all(one.get(name) == text for one in each)
    }
    before = logger.thread_safe_get_current_keys()
    around = {name: before[name] for name in ids if name in before}
    logger.thread_safe_append_keys(**ids)
    try:
        with begun(ids.get(ORIGIN) or _origin.get()):
            yield
    finally:
        logger.thread_safe_remove_keys(ids)
        logger.thread_safe_append_keys(**around)


def handled(logger: Logger, *messages: Named) -> None:
    """Write a line for each message that needs not come again."""
    for one in messages:
        with following(logger, one):
            logger.info("handled")


def _ids(message_id: str, message: Any) -> Ids:
    """The ids of a message; of one that no message of ours looks like, SQS' own."""
    told: Mapping[str, Any] = message if isinstance(message, dict) else {}
    unit = told.get("unit")
    about = unit if isinstance(unit, dict) else told
    found = {
        "job": about.get("job") or told.get("export"),
        "run": about.get("run"),
        "unit": about.get("unit"),
        "task": told.get("task"),
        ORIGIN: told.get(ORIGIN),
    }
    harmless = {
        name: text for name, text in found.items() if isinstance(text, str) and HARMLESS.fullmatch(text)
    }
    return {ORIGIN: message_id, **harmless, "message_id": message_id}
