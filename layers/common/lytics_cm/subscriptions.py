"""What changed about somebody's subscription to a list, and the rows that tell it.

See docs/reference/lytics.md#rows-of-activity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lytics_cm.streams import deactivation_reason, fact, snapshot

type Json = dict[str, Any]

SUBSCRIBE = "subscribe"
UPDATE = "update"
DEACTIVATE = "deactivate"
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class ListOfClient:
    """Where it happened: `listing` is `{id, name}`, `client` `{id, name}`."""

    listing: Mapping[str, str]
    client: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a subscription: `at` epoch ms, `state` the vendor's word, `more` columns of its row."""

    event: str
    at: int
    email: str
    name: str = ""
    state: str = ""
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def activity(self, place: ListOfClient) -> Json:
        """The fact, as a `cm_activity` row message."""
        columns = {
            "event": self.event,
            "email": self.email,
            "status": deactivation_reason(self.state) if self.event == DEACTIVATE else None,
            "list_id": place.listing["id"],
            "list_name": place.listing["name"],
            "name": self.name,
            **self.more,
            **{f"custom.{key.strip('[]')}": value for key, value in self.custom_fields.items()},
        }
        return fact(ts=self.at, client=place.client, columns=columns)

    def snapshot(self, place: ListOfClient, seen: int) -> Json | None:
        """The state after it, as a `cm_user` row message; None when it does not tell a state."""
        state = ACTIVE if self.event == SUBSCRIBE else self.state
        if not state:
            return None
        return snapshot(
            email=self.email,
            name=self.name,
            state=state,
            ts=self.at,
            seen=seen,
            client=place.client,
            listing=place.listing,
            custom_fields=self.custom_fields,
            witness="hook",
        )
