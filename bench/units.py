"""What a new row costs: write and read units as DynamoDB Local reports them, at any age of a profile.

Prices are those of on-demand tables in us-east-1, in dollars per million request units. Floor: a row that is stored as
an item of its own costs one write unit, whatever else is done.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from typing import Any, cast

import boto3
from botocore.config import Config

from lytics_cm.lql import Mapping, default_texts
from lytics_cm.store.profiles import Profiles
from lytics_cm.streams import Row
from tests import partiql
from tests.store.conftest import ACCESS, new_table
from tests.store.local_dynamodb import running

WRITE_DOLLARS = 0.625
READ_DOLLARS = 0.125
SIZES = (10, 1_000, 20_000)
WINDOW = 2_000
"""Live rows measured on one profile: enough for forty folds and the merges that follow from them."""
DAY = 86_400_000
START = 1_400_000_000_000
CAMPAIGN_ROWS = 3


class Meter:
    """A client that adds up what its calls consume."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.writes = self.reads = 0.0
        self.calls = 0

    def batch_execute_statement(self, *, Statements: Any) -> Any:  # noqa: N803 - named by boto3
        """DynamoDB Local meters no PartiQL: each statement is made as the classic call that costs the same."""
        calls = self.calls
        answer = partiql.batch(Statements, lambda operation, request: getattr(self, operation)(**request))
        self.calls = calls + 1
        return answer

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            answer = getattr(self._client, operation)(**request, ReturnConsumedCapacity="TOTAL")
            consumed = answer.get("ConsumedCapacity", [])
            units = sum(
                one["CapacityUnits"] for one in ([consumed] if isinstance(consumed, dict) else consumed)
            )
            self.calls += 1
            if operation in ("get_item", "batch_get_item", "query"):
                self.reads += units + _absent(request, answer)
            else:
                self.writes += units
            return answer

        return call

    def reset(self) -> None:
        self.writes = self.reads = 0.0
        self.calls = 0


def _absent(request: Any, answer: Any) -> int:
    """Keys of a batch that do not exist: AWS bills a unit for each, DynamoDB Local forgets them."""
    asked = sum(len(one["Keys"]) for one in request.get("RequestItems", {}).values())
    return asked - sum(len(items) for items in answer.get("Responses", {}).values()) if asked else 0


def history(email: str, rows: int, since: int = 0) -> list[Row]:
    """A subscriber's facts: of every three, a mail sent, an open, and often a click on a link of that campaign."""
    chance = random.Random(f"{email} {since}")  # noqa: S311 - the same rows every time
    return [_fact(email, number, chance) for number in range(since, since + rows)]


def _fact(email: str, number: int, chance: random.Random) -> Row:
    campaign = number // CAMPAIGN_ROWS
    event = ("sent", "open", "click" if chance.random() < 0.5 else "open")[number % CAMPAIGN_ROWS]  # noqa: PLR2004
    where = {
        "cc": "AU",
        "city": chance.choice(("Sydney", "Perth", "Hobart")),
        "region": "NSW",
        "ip": "192.0.2.44",
    }
    link = {"url": f"https://www.example.com/{campaign}/{chance.randrange(5)}?utm_campaign={campaign}"}
    fields = {
        "email": email,
        "event": event,
        "client_id": _hex("client"),
        "client_name": "Acme Mail Order",
        "list_id": _hex("list"),
        "list_name": "Weekly newsletter",
        "campaign_id": _hex(f"campaign {campaign}"),
        "campaign_name": f"Week {campaign} of our offers",
        **(where if event != "sent" else {}),
        **(link if event == "click" else {}),
    }
    return Row(
        "cm_activity", email, START + campaign * DAY // 8 + number % CAMPAIGN_ROWS * 60_000, fields, number
    )


def _state(row: Row) -> Row:
    """The subscriber's state as the same event tells it."""
    columns = ("email", "client_id", "client_name", "list_id", "list_name")
    fields = {name: row.fields[name] for name in columns} | {"name": "Jane Doe", "status": "active"}
    return Row("cm_user", row.email, row.ts, fields, seen=row.ts, witness="hook")


def _hex(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


class Bench:
    """One table and one meter."""

    def __init__(self, url: str) -> None:
        config = Config(max_pool_connections=20, parameter_validation=False)
        session = boto3.Session(**ACCESS)  # type: ignore[arg-type]
        client = session.client("dynamodb", endpoint_url=url, config=config)
        self.meter = Meter(client)
        self.profiles = Profiles(cast("Any", self.meter), new_table(client), threads=1)
        self.rules = Mapping.parse(default_texts())

    def line(self, name: str, rows: int) -> None:
        writes, reads = self.meter.writes / rows, self.meter.reads / rows
        dollars = writes * WRITE_DOLLARS + reads * READ_DOLLARS
        print(f"  {name:<44}{writes:>8.3f}{reads:>8.3f}{self.meter.calls / rows:>8.2f}{dollars:>9.3f}")  # noqa: T201

    def grow(self, email: str, size: int) -> None:
        """Make a profile of `size` rows, in batches as an import brings them."""
        rows = history(email, size)
        for at in range(0, size, 50):
            self.profiles.write(rows[at : at + 50], self.rules, at)
        self.meter.reset()

    def live(self, size: int, window: int) -> None:
        email = f"live{size}@example.com"
        self.grow(email, size)
        for number, row in enumerate(history(email, window, since=size)):
            self.profiles.write([row], self.rules, number)
        self.line(f"live, 1 at a time, on {size:,} rows", window)

    def events(self, size: int, window: int) -> None:
        """Events of a webhook: each is a fact and the state after it, two rows."""
        email = f"events{size}@example.com"
        self.grow(email, size)
        for number, row in enumerate(history(email, window, since=size)):
            self.profiles.write([row, _state(row)], self.rules, number)
        self.line(f"live, a webhook's event (2 rows), on {size:,} rows", 2 * window)

    def young(self, size: int) -> None:
        """Profiles that stay as small as `size`: nothing of them is ever folded."""
        people = 50
        for number in range(people):
            email = f"young{number}@example.com"
            for row in history(email, size):
                self.profiles.write([row], self.rules, number)
        self.line(f"live, 1 at a time, from none to {size:,} rows", people * size)

    def bulk(self, size: int, together: int) -> None:
        email = f"bulk{size}x{together}@example.com"
        self.grow(email, size)
        rows = history(email, 1_000, since=size)
        for at in range(0, len(rows), together):
            self.profiles.write(rows[at : at + together], self.rules, at)
        self.line(f"bulk, {together} together, on {size:,} rows", len(rows))

    def read(self, size: int) -> None:
        email = f"live{size}@example.com"
        self.meter.reset()
        began = time.perf_counter()
        found = self.profiles.read(email, self.rules)
        took = time.perf_counter() - began
        assert found is not None, "the profile was just written"
        units, calls = self.meter.reads, self.meter.calls
        print(f"  read a profile of {found.rows:,} rows: {units:.0f} read units, {calls} calls, {took:.2f} s")  # noqa: T201


def main() -> None:
    window = int(sys.argv[1]) if len(sys.argv) > 1 else WINDOW
    print("DynamoDB request units per new row, and dollars per million new rows")  # noqa: T201
    print(f"  {'':<44}{'writes':>8}{'reads':>8}{'calls':>8}{'$/M':>9}")  # noqa: T201
    print(f"  {'floor: one item per row, not even read':<44}{1:>8.3f}{0:>8.3f}{1:>8.2f}{WRITE_DOLLARS:>9.3f}")  # noqa: T201
    with running() as url:
        bench = Bench(url)
        bench.young(SIZES[0])
        for size in SIZES:
            bench.live(size, window)
            bench.events(size, window // 2)
        for size in SIZES:
            for together in (10, 100):
                bench.bulk(size, together)
        for size in SIZES:
            bench.read(size)


if __name__ == "__main__":
    main()
