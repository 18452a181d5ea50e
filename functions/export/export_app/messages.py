"""Sorts a batch of the changes queue: what belongs to one export is done together, tasks one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

type Json = dict[str, Any]
type People = Callable[[str, Sequence[tuple[str, Json]]], None]


def drain(
    event: Json,
    people: People,
    task: Callable[[Json], None],
    on_error: Callable[[list[str], Exception], None],
) -> Json:
    """Hand on the messages of a Lambda event; answer SQS with those that must come again.

    Of an export's messages about people all come again when one does: they are one piece of work.
    """
    failed: list[str] = []
    by_export: dict[str, list[tuple[str, Json]]] = {}

    def attempt(ids: list[str], work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - one bad message must not cost the others of its batch
            on_error(ids, error)
            failed.extend(ids)

    def sort(message_id: str, body: str) -> None:
        message = json.loads(body)
        if "task" in message:
            task(message)
        else:
            by_export.setdefault(str(message["export"]), []).append((message_id, message))

    for record in event["Records"]:
        attempt([record["messageId"]], lambda record=record: sort(record["messageId"], record["body"]))  # type: ignore[misc]
    for export, messages in by_export.items():
        ids = [message_id for message_id, _ in messages]
        attempt(ids, lambda export=export, messages=messages: people(export, messages))  # type: ignore[misc]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
