"""What every task of a run needs to be done: whom to ask, what is imported, what is known, and when it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from import_app.since import filter_minute, first_moment
from lytics_cm.campaign_monitor import zones
from lytics_cm.streams import moment

if TYPE_CHECKING:
    from import_app.checkpoints import Checkpoints
    from import_app.due import Due
    from import_app.registration.webhooks import JobWebhooks
    from import_app.scope import Scope
    from import_app.tasks import Json
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.echoes import Echoes
    from lytics_cm.store.jobs import ImportJob


@dataclass(frozen=True, slots=True)
class Context:
    """What a task needs to be done.

    `now` (epoch ms) is from before its calls, `learned` what it keeps for later runs. `due` are the lists
    whose people must be read.
    """

    vendor: CampaignMonitor
    scope: Scope
    checkpoints: Checkpoints
    webhooks: JobWebhooks
    echoes: Echoes
    due: Due
    job: ImportJob
    now: int
    learned: list[Json] = field(default_factory=list)

    @property
    def since(self) -> int:
        """From when on activity is wanted (epoch ms)."""
        return first_moment(self.job, self.scope.timezone)

    @property
    def filter_minute(self) -> str:
        """The minute in the client's zone to filter from; empty when all is wanted."""
        return filter_minute(self.job)

    def secret(self) -> str:
        """The stack's own, for keyed hashes."""
        return self.webhooks.webhooks.urls.secret()

    def known(self, prefix: str) -> dict[str, Json]:
        """What earlier runs learned under keys with `prefix`, by key."""
        return self.checkpoints.known(prefix, self.scope.zone)

    def known_between(self, first: str, last: str) -> dict[str, Json]:
        """The same under keys from one prefix to another, both included."""
        return self.checkpoints.known_between(first, last, self.scope.zone)

    def moment_of(self, local: str) -> int:
        """When a time of the client was (epoch ms).

        Raises `UnreadableMessage` for none, and for one that cannot be.
        """
        return moment(zones.to_utc(local, self.scope.timezone), self.now)

    def learn(self, key: str, before: Json, found: Json) -> None:
        """Keep something for later runs, as soon as this task is counted."""
        self.learned.append(self.checkpoints.learned(key, before, found, self.scope.zone))
