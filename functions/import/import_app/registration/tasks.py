"""What a task about the webhook of one list is: a message of the pages queue that belongs to no run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from lytics_cm.retry_window import Tries

type Json = dict[str, Any]

REGISTER = "register"
REMOVE = "unhook"
KINDS = (REGISTER, REMOVE)
NEVER = Tries()


@dataclass(frozen=True, slots=True)
class WebhookTask:
    """Register a list's webhook anew, or remove it; `tries` is how often it was tried.

    To register needs `owner`, as the receiver knows it, when nothing is registered; to remove needs no job
    any more: the webhook's `keys`, as hashes, and the `authorization_id` say all.
    """

    job: str
    task: str
    list_id: str
    owner: Json | None = None
    authorization_id: str = ""
    keys: tuple[str, ...] = ()
    tries: Tries = NEVER

    def message(self) -> Json:
        more = {"home": self.owner, "authorization_id": self.authorization_id, "keys": list(self.keys)}
        message: Json = {"job": self.job, "task": self.task, "list_id": self.list_id}
        message |= {name: value for name, value in more.items() if value}
        return message | (self.tries.members() if self.tries.since else {})

    @classmethod
    def parse(cls, message: Mapping[str, Any]) -> Self:
        return cls(
            job=str(message["job"]),
            task=str(message["task"]),
            list_id=str(message["list_id"]),
            owner=message.get("home"),
            authorization_id=str(message.get("authorization_id", "")),
            keys=tuple(message.get("keys", ())),
            tries=Tries.of(message),
        )
