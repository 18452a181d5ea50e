"""Messages of the changes queue: makes them, and sorts a batch by export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from lytics_cm import trail
from lytics_cm.queues import packed, received_at, said

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

type Json = dict[str, Any]
type People = Callable[[str, Sequence[tuple[str, Json]]], None]

PEOPLE_PER_MESSAGE = 500


def drain(
    event: Json,
    people: People,
    task: Callable[[Json], None],
    refuse: Callable[[str, str], None],
    on_error: Callable[[list[str], Exception], None],
    logger: Logger,
) -> Json:
    """Hand on the messages of a Lambda event; answer SQS with those that must come again.

    Of an export's messages about people all come again when one does: they are one piece of work. A message
    that can never be used is refused in the name of its export; one of no export ends as a dead letter, where
    it can be seen. What is logged and sent meanwhile bears the ids of the messages in hand.
    """
    failed: list[str] = []
    by_export: dict[str, list[tuple[str, Json]]] = {}

    def attempt(messages: Sequence[tuple[str, Json]], work: Callable[[], None]) -> None:
        with trail.following(logger, *messages):
            try:
                work()
            except Exception as error:  # noqa: BLE001 - one bad message must not cost the others of its batch
                ids = [message_id for message_id, _ in messages]
                on_error(ids, error)
                failed.extend(ids)
                return
        trail.handled(logger, *messages)

    for record in event["Records"]:
        one = (record["messageId"], said(record))
        if is_about_people(one[1]):
            dated = {**one[1], "received_at": received_at(one[1], record)}
            by_export.setdefault(dated["export"], []).append((one[0], dated))
        else:
            attempt([one], lambda message=one[1]: _do(message, task, refuse))  # type: ignore[misc]
    for export, messages in by_export.items():
        attempt(messages, lambda export=export, messages=messages: people(export, messages))  # type: ignore[misc]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def is_about_people(message: Any) -> bool:
    """Whether a message names its export, and people or what was said of them."""
    is_named = isinstance(message, dict) and isinstance(message.get("export"), str)
    return is_named and "task" not in message and bool(message.keys() & {"changes", "people"})


def _do(message: Json, task: Callable[[Json], None], refuse: Callable[[str, str], None]) -> None:
    """Do a message's task, or refuse it in the name of its export."""
    if problem := _problem_of(message):
        refuse(message["export"], problem)
    else:
        task(message)


def _problem_of(message: Json) -> str | None:
    """Why a message cannot be used, or None. What it says of single people is not looked at here."""
    if not isinstance(message["export"], str):
        raise TypeError("a message names its export as a text")
    if "task" in message:
        is_task = isinstance(message["task"], str) and isinstance(message.get("args", {}), dict)
        return None if is_task else "a message has a task that is not known; it was left out"
    return "a message has neither a task nor changes nor people; it was left out"


def messages_of(export: str, emails: Iterable[str], **more: Any) -> Iterator[Json]:
    """Messages to have people sent, within the limits of the queue."""
    for batch in batched(emails, PEOPLE_PER_MESSAGE, strict=False):
        for people in packed(batch):
            yield {"export": export, "people": people, **more}
