"""A look at people whom a webhook named: what the receiver asks of imports, as a message of the pages queue.

A webhook does not tell a person's consent to be tracked, though a change of it fires one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from lytics_cm.retry_window import Tries

type Json = dict[str, Any]

LOOK = "look"
DELAY_SECONDS = 5
"""A look is made so long after its webhook: what a person does at once, such as two edits, is one look."""
MOST_LOOKUPS = 10
"""So many people of a message are asked for one by one; more are read by page, with the list's others."""
NEVER = Tries()


@dataclass(frozen=True, slots=True)
class Look:
    """People of one list to look at, at most `MOST_LOOKUPS`; `more` says that there are others.

    `home` is `{list_id, list_name, client: {id, name, zone}}`. `received_at` is when they were named (epoch
    ms): whoever is erased after that is not brought back by the look.
    """

    job: str
    home: Mapping[str, Any]
    emails: tuple[str, ...]
    received_at: int
    more: bool = False
    tries: Tries = NEVER

    def message(self) -> Json:
        message: Json = {
            "job": self.job,
            "group": f"{self.job}/{LOOK}",
            "task": LOOK,
            "home": {name: self.home[name] for name in ("list_id", "list_name", "client")},
            "emails": list(self.emails),
            "received_at": self.received_at,
        }
        return (
            message
            | ({"more": True} if self.more else {})
            | (self.tries.members() if self.tries.since else {})
        )

    @classmethod
    def parse(cls, message: Mapping[str, Any]) -> Self:
        return cls(
            job=str(message["job"]),
            home=message["home"],
            emails=tuple(message["emails"]),
            received_at=int(message["received_at"]),
            more=bool(message.get("more")),
            tries=Tries.of(message),
        )
