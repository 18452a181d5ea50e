"""Audience triggers on their way out: in all four formats, batched, repeated, reordered and late."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulators.lytics.model import Account, Audience, Person, timestamp

FORMATS = ("new", "batch", "cloudevents", "old")
NEVER_RETRIED = (400, 404, 413)
MOST_BATCHED = 1000


@dataclass(slots=True, eq=False)
class Subscription:
    """One webhook job: whom it concerns, where it posts, and how."""

    id: str
    url: str
    slugs: list[str]  # empty: all audiences
    format: str = "new"
    batch_size: int = 10
    headers: dict[str, str] = field(default_factory=dict)
    user_fields: list[str] = field(default_factory=list)  # empty: all
    events: tuple[str, ...] = ("enter", "exit", "change")

    def wants(self, slug: str, event: str) -> bool:
        return event in self.events and (not self.slugs or slug in self.slugs)


@dataclass(slots=True, eq=False)
class Trigger:
    subscription: Subscription
    message: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Posted:
    url: str
    status: int
    answer: str
    messages: int


@dataclass(slots=True, eq=False)
class Manner:
    """How posting strays from the straight path; probabilities by the seed."""

    repeat: float = 0.0
    shuffle: bool = False
    late: float = 0.0  # of a trigger waiting for the next round
    random: Random = field(default_factory=lambda: Random(1))


def message_of(
    account: Account, subscription: Subscription, person: Person, changes: list[tuple[Audience, str, float]]
) -> dict[str, Any]:
    """One person's changes in the subscription's format."""
    events = [_event(audience, event, at) for audience, event, at in changes]
    data = {**account.document(person, subscription.user_fields), "segment_events": events}
    match subscription.format:
        case "old":
            return data
        case "cloudevents":
            return {
                "specversion": "1.0",
                "id": str(account.random.getrandbits(63)),
                "source": f"/job/{subscription.id}",
                "type": "com.lytics.audience.user.event",
                "datacontenttype": "application/json",
                "time": timestamp(),
                "data": data,
            }
        case _:
            meta = {"object": "user", "subscription_id": subscription.id, "timestamp": timestamp()}
            return {"id": person.id, "data": data, "meta": meta}


def _event(audience: Audience, event: str, at: float) -> dict[str, Any]:
    told: dict[str, Any] = {"id": audience.id, "slug": audience.slug, "event": event}
    return told if event == "change" else {**told, event: timestamp(at)}


def requests_of(triggers: list[Trigger]) -> list[tuple[Subscription, list[Trigger]]]:
    """Group triggers into requests: one each, or arrays where the subscription batches."""
    requests: list[tuple[Subscription, list[Trigger]]] = []
    open_batches: dict[str, list[Trigger]] = {}
    for trigger in triggers:
        subscription = trigger.subscription
        if subscription.format != "batch":
            requests.append((subscription, [trigger]))
            continue
        batch = open_batches.get(subscription.id)
        if batch is None or len(batch) >= min(subscription.batch_size, MOST_BATCHED):
            batch = open_batches[subscription.id] = []
            requests.append((subscription, batch))
        batch.append(trigger)
    return requests
