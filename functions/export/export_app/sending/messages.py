"""Messages of the changes queue: makes them, and sorts a batch by export."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched
from typing import Any

from lytics_cm.queues import packed, received_at

type Json = dict[str, Any]
type People = Callable[[str, Sequence[tuple[str, Json]]], None]

PEOPLE_PER_MESSAGE = 500


def drain(
    event: Json,
    people: People,
    task: Callable[[Json], None],
    refuse: Callable[[str, str], None],
    on_error: Callable[[list[str], Exception], None],
) -> Json:
    """Hand on the messages of a Lambda event; answer SQS with those that must come again.

    Of an export's messages about people all come again when one does: they are one piece of work. A message
    that can never be used is refused in the name of its export; one of no export ends as a dead letter, where
    it can be seen.
    """
    failed: list[str] = []
    by_export: dict[str, list[tuple[str, Json]]] = {}

    def attempt(ids: list[str], work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - one bad message must not cost the others of its batch
            on_error(ids, error)
            failed.extend(ids)

    def sort(record: Json) -> None:
        message = json.loads(record["body"])
        export = message["export"]
        if problem := _problem_of(message):
            refuse(export, problem)
        elif "task" in message:
            task(message)
        else:
            dated = {**message, "received_at": received_at(message, record)}
            by_export.setdefault(export, []).append((record["messageId"], dated))

    for record in event["Records"]:
        attempt([record["messageId"]], lambda record=record: sort(record))  # type: ignore[misc]
    for export, messages in by_export.items():
        ids = [message_id for message_id, _ in messages]
        attempt(ids, lambda export=export, messages=messages: people(export, messages))  # type: ignore[misc]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _problem_of(message: Json) -> str | None:
    """Why a message cannot be used, or None. What it says of single people is not looked at here."""
    if not isinstance(message["export"], str):
        raise TypeError("a message names its export as a text")
    if "task" in message:
        is_task = isinstance(message["task"], str) and isinstance(message.get("args", {}), dict)
        return None if is_task else "a message has a task that is not known; it was left out"
    if message.keys() & {"changes", "people"}:
        return None
    return "a message has neither a task nor changes nor people; it was left out"


def messages_of(export: str, emails: Iterable[str], **more: Any) -> Iterator[Json]:
    """Messages to have people sent, within the limits of the queue."""
    for batch in batched(emails, PEOPLE_PER_MESSAGE, strict=False):
        for people in packed(batch):
            yield {"export": export, "people": people, **more}
