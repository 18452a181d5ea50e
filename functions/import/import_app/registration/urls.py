"""Which of a list's webhooks are ours. Their URLs say it, for Campaign Monitor knows nothing else of us."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lytics_cm.store.webhooks import IMPORT, derive, hash_of

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor.records import Webhook
    from lytics_cm.store.jobs import ImportJob

EVENTS = ("Subscribe", "Update", "Deactivate")
PATH = "/webhooks/campaign-monitor/"


@dataclass(frozen=True, slots=True)
class WebhookUrls:
    """The URLs of all import jobs.

    `secret` gives the stack's secret, `api_url` is where the outside finds us.
    """

    secret: Callable[[], str]
    api_url: str

    def key(self, job: ImportJob, list_id: str) -> str:
        """The present key of a list's webhook."""
        return self._key(job, list_id, job.webhook_generation)

    def of(self, key: str) -> str:
        return f"{self.api_url}{PATH}{key}"

    def hashes(self, job: ImportJob, list_id: str) -> list[str]:
        """Of all the keys that the list's webhook has ever had, the present one last."""
        return [hash_of(self._key(job, list_id, number)) for number in range(1, job.webhook_generation + 1)]

    def leads_here(self, hook: Webhook) -> bool:
        """Whether a webhook calls this stack, for whichever job."""
        return hook.url.startswith(self.of(""))

    def _key(self, job: ImportJob, list_id: str, generation: int) -> str:
        return derive(self.secret(), IMPORT, job.id, list_id, generation)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about the webhooks that a list has: keep one, wake it, drop those.

    Without one to keep, make one.
    """

    keep: Webhook | None
    drop: list[str]
    was_alive: bool


def decide(hooks: Iterable[Webhook], url: str, ours: Callable[[Webhook], bool]) -> Decision:
    """Keep the one that has our URL and tells everything, an active one first; drop our others."""
    mine = [hook for hook in hooks if ours(hook)]
    good = sorted(
        (hook for hook in mine if hook.url == url and _tells_all(hook)),
        key=lambda hook: (not hook.is_active, hook.id),
    )
    keep = good[0] if good else None
    alive = any(hook.is_active and _tells_all(hook) for hook in mine)
    return Decision(keep, [hook.id for hook in mine if hook is not keep], alive)


def hash_in(hook: Webhook) -> str | None:
    """The hash of the key in a webhook's URL; None when the URL is not of our shape."""
    _, found, key = hook.url.partition(PATH)
    return hash_of(key) if found else None


def _tells_all(hook: Webhook) -> bool:
    return set(EVENTS) <= set(hook.events) and hook.payload_format.casefold() == "json"
