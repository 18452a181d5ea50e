"""What a run imports: the client, its zone, and the chosen lists as they are at Campaign Monitor now."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from lytics_cm.campaign_monitor import zones
from lytics_cm.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from lytics_cm.campaign_monitor import CampaignMonitor

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """`client` is `{id, name}`, `lists` the chosen lists' names by id, `zone` the client's time-zone label.

    `everything` says that no list was chosen, so all are; `missing` are chosen lists that the client does not
    have, `odd` says why lists of the client could not be read.
    """

    client: dict[str, str]
    zone: str
    lists: dict[str, str]
    everything: bool = True
    missing: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    @property
    def timezone(self) -> ZoneInfo:
        """Raises `InvalidInput` naming a label that is not known."""
        return zones.zone_of(self.zone)

    def as_json(self) -> Json:
        return asdict(self)

    def webhook_owner(self, list_id: str) -> Json:
        """What the key of a list's webhook tells the receiver."""
        client = {**self.client, "zone": self.zone}
        return {"list_id": list_id, "list_name": self.lists[list_id], "client": client}

    @classmethod
    def of(cls, content: Json) -> Self:
        return cls(**content)

    def require_all(self) -> None:
        """Raise `InvalidInput` when a chosen list is not the client's."""
        if self.missing:
            details = [
                {"field": "list_ids", "message": f"{list_id} is not a list of client {self.client['id']}"}
                for list_id in self.missing
            ]
            raise InvalidInput("not all lists belong to the client", details)


def survey(vendor: CampaignMonitor, client_id: str, list_ids: Sequence[str]) -> Scope:
    """Ask for the client and its lists: two calls.

    Raises `InvalidInput` when the client's zone is not known.
    """
    client = vendor.client(client_id)
    told = vendor.lists_of(client_id)
    lists = {one.id: one.name for one in told}
    wanted = list(list_ids) or list(lists)
    scope = Scope(
        client={"id": client.id, "name": client.name},
        zone=client.time_zone,
        lists={list_id: lists[list_id] for list_id in wanted if list_id in lists},
        everything=not list_ids,
        missing=sorted(set(wanted) - set(lists)),
        odd=[one.message for one in told.odd],
    )
    zones.zone_of(scope.zone)
    return scope
