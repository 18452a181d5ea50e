"""`python -m bench.bill.storing` measures the store on DynamoDB Local and prints what it took as JSON.

Units and calls are DynamoDB Local's own; processor time is taken in a second pass, without the meter.
"""

import hashlib
import json
import random
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

from bench.bill import stores
from bench.bill.meter import Json
from bench.bill.shapes import pages
from lytics_cm.streams import CM_ACTIVITY, CM_USER, Row
from tests.aws.dynamodb import partiql
from tests.aws.dynamodb.local import ACCESS, running

DAY = 86_400_000
START = 1_400_000_000_000
CAMPAIGN_ROWS = 3
TOGETHER = 50
"""Rows of one person that are written together where a history is only made."""
READS = ("get_item", "batch_get_item", "query")


class Metered:
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
            if operation in READS:
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
    at = START + campaign * DAY // 8 + number % CAMPAIGN_ROWS * 60_000
    return Row(CM_ACTIVITY, email, at, fields, number)


def _state(row: Row) -> Row:
    """The subscriber's state as the same event tells it."""
    columns = ("email", "client_id", "client_name", "list_id", "list_name")
    fields = {name: row.fields[name] for name in columns} | {"name": "Jane Doe", "status": "active"}
    return Row(CM_USER, row.email, row.ts, fields, seen=row.ts, witness="hook")


def _hex(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


class Bench:
    """A store that is metered, and one of the same kind that is timed."""

    def __init__(self, client: Any) -> None:
        self.client, self.meter = client, Metered(client)
        self.metered, self.timed = stores.Store(self.meter, client), stores.Store(client)
        self.found: dict[str, Json] = {}

    def measure(self, name: str, rows: int, do: Callable[[stores.Store], None]) -> None:
        """Do the same to both."""
        self.meter.reset()
        do(self.metered)
        began = time.process_time()
        do(self.timed)
        seconds = time.process_time() - began
        meter = self.meter
        used = (meter.writes, meter.reads, meter.calls, seconds)
        self.found[name] = dict(
            zip(("writes", "reads", "calls", "seconds"), (one / rows for one in used), strict=True)
        )

    def grow(self, email: str, size: int) -> None:
        """Make a person of `size` rows."""
        rows = history(email, size)
        for store in (self.metered, self.timed):
            for at in range(0, size, TOGETHER):
                store.write(rows[at : at + TOGETHER])
            store.project([email])

    def live(self, size: int, window: int) -> None:
        """Rows one at a time, and a webhook's event of two, without and with the plain item."""
        email = f"live{size}@example.com"
        self.grow(email, size)
        facts = iter(history(email, 4 * window, since=size))
        for named, rows, has_plain in (
            ("one row", 1, False),
            ("one row and its plain item", 1, True),
            ("an event of two rows", 2, False),
            ("an event of two rows and its plain item", 2, True),
        ):
            some = [next(facts) for _ in range(window)]
            events = [[fact, _state(fact)][:rows] for fact in some]
            self.measure(f"{named}|{size}", rows * window, partial(_told, events, has_plain))
        self.measure(f"read a profile|{size}", 1, lambda store: store.read(email))

    def imported(self, people: int, campaigns: int, together: int) -> None:
        """Pages of an import, so many together, then the plain items once."""
        client = self.client
        self.metered, self.timed = stores.Store(self.meter, client), stores.Store(client)
        told = list(pages(people, campaigns))
        rows, emails = sum(map(len, told)), sorted({row.email for page in told for row in page})
        batches = [
            [row for page in told[at : at + together] for row in page] for at in range(0, len(told), together)
        ]
        self.measure(f"import, {together} pages together|{rows}", rows, partial(_written, batches))
        self.measure(f"plain items, once a person|{rows}", rows, lambda store: store.project(emails))
        self.found[f"import, {together} pages together|{rows}"]["tables"] = {
            str(number): stores.size(client, table).bytes / rows
            for number, table in enumerate(self.timed.tables)
        }


def _told(events: Iterable[list[Row]], has_plain: bool, store: stores.Store) -> None:  # noqa: FBT001 - of a partial
    for rows in events:
        store.write(rows)
        if has_plain:
            store.project([rows[0].email])


def _written(batches: Iterable[list[Row]], store: stores.Store) -> None:
    for batch in batches:
        store.write(batch)


def main(sizes: list[int], window: int, shape: list[int]) -> None:
    """Measure histories of these sizes with so many live rows, and an import of a shape: people, campaigns."""
    with running() as url:
        config = Config(max_pool_connections=20, parameter_validation=False)
        session = boto3.Session(**ACCESS)  # type: ignore[arg-type]
        bench = Bench(session.client("dynamodb", endpoint_url=url, config=config))
        for size in sizes:
            bench.live(size, window)
        for together in (1, 5, 40):
            bench.imported(shape[0], shape[1], together)
    print(json.dumps(bench.found))  # noqa: T201 - a program prints


if __name__ == "__main__":
    main(*map(json.loads, sys.argv[1:]))
