"""The loads that are priced: an import, webhooks one by one, and a daily Keep Updated, each on a product of its own."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.bill.account import Account
from bench.bill.meter import Meter
from bench.bill.prices import ITEM_BYTES
from simulators.campaign_monitor.generator import World
from tests.aws.dynamodb.limits import size_of
from tests.aws.event_sources import Pump

ROWS_HANDLERS = "profile_app"
EVENTS = 200
"""Webhook POSTs of one event each."""
OPENS = 1000
"""What happens in a day of which Keep Updated hears."""


@dataclass(frozen=True, slots=True)
class Played:
    """A load that was played: what heard it, how many rows it was, items and bytes of each table in the end."""

    meter: Meter
    rows: int
    tables: dict[str, list[int]] = field(default_factory=dict)


def world(people: int, campaigns: int) -> World:
    """One list whose people are all mailed by each campaign; a third of them open, and some click."""
    mails = people * campaigns
    return World(
        clients=1,
        lists=1,
        subscribers=people,
        campaigns=campaigns,
        recipients=mails,
        activity=mails * 2 // 5,
        journeys=0,
        oldest_days=7 * campaigns,
    )


def first_import(people: int, campaigns: int, order: str, wanted: Mapping[str, Any] | None = None) -> Played:
    """A first import; `order` is how its rows come: `page by page`, `backlog` (oldest first), `shuffled` (a backlog).

    `wanted` are fields of the import beside those that it needs. That a client's policy changes with its first
    import costs a walk over everybody: it is over before anybody is there, and not counted.
    """
    meter = Meter()
    with meter.hearing(), Account(world(people, campaigns)) as account:
        meter.attach(account)
        account.begin(**(wanted or {}))
        if wanted:
            account.later(minutes=1)
            pumped(account, is_rows=True)
            meter.reset()
        if order == "page by page":
            pumped(account)
        else:
            pumped(account, is_rows=False)
            pumped(account, is_rows=True, seed=1 if order == "shuffled" else None)
            pumped(account)
        run = account.run()
        assert run["status"] == "succeeded", run
        return Played(meter, sum(run["rows"].values()), stored(account))


def webhooks(people: int, campaigns: int) -> Played:
    """POSTs of one event each to people who have rows, one after the other; an event is two rows."""
    meter = Meter()
    with meter.hearing(), Account(world(people, campaigns)) as account:
        meter.attach(account)
        account.begin()
        pumped(account)
        meter.reset()
        emails = random.Random(1).sample(sorted(account.lists[0].people), EVENTS)  # noqa: S311 - the same people every time
        for number, email in enumerate(emails):
            account.tell(email, f"2026-11-19 {number // 60:02}:{number % 60:02}:00")
            pumped(account)
        return Played(meter, 2 * EVENTS)


def keep_updated(people: int, campaigns: int, opens: int, wanted: Mapping[str, Any] | None = None) -> Played:
    """The run of a day in which `opens` people open a mail of the last campaign; `wanted` as in a first import."""
    meter = Meter()
    with meter.hearing(), Account(world(people, campaigns)) as account:
        meter.attach(account)
        account.begin(keep_updated=True, every_minutes=1440, **(wanted or {}))
        pumped(account)
        next_day(account, 0)
        for _ in range(2):
            meter.reset()
            next_day(account, opens)
        return Played(meter, opens)


def next_day(account: Account, opens: int) -> None:
    account.later(days=1)
    campaign = max(account.client.campaigns.values(), key=lambda one: one.sent)
    people = random.Random(account.clock.now()).sample(sorted(account.lists[0].people), opens)  # noqa: S311
    for number, email in enumerate(people):
        account.vendor.happen(campaign, "open", email, f"2026-11-2{1} {number % 24:02}:{number % 60:02}")
    account.run_again()
    pumped(account)


class Now(Pump):
    """What can be had now is delivered; for what is put off until later nobody waits."""

    def _let_time_pass(self) -> bool:
        return False


def pumped(account: Account, *, is_rows: bool | None = None, seed: int | None = None) -> None:
    """Run the queues dry, or only those of rows, or only the others; in batches as large as the template says."""
    pump = (Pump if is_rows is None else Now)(account, seed=seed)
    pump.sources = [
        source
        for source in account.deployment.sources()
        if is_rows is None or is_rows == source[1].startswith(ROWS_HANDLERS)
    ]
    pump.run()


def stored(account: Account) -> dict[str, list[int]]:
    """Items and bytes of each table, as DynamoDB would bill their storage."""
    found = {}
    for name, table in account.quick.dynamodb.tables.items():
        items = [item for part in table.parts.values() for item in part.values()]
        found[name] = [len(items), sum(size_of(item) + ITEM_BYTES for item in items)]
    return found


LOADS: dict[str, Callable[..., Played]] = {
    "import": first_import,
    "webhooks": webhooks,
    "keep_updated": keep_updated,
}
