"""What becomes of a vendor's POST: it is durable in a queue before it is acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lytics_cm.addresses import folded
from lytics_cm.errors import LyticsCmError, NotFound, UnreadableMessage
from lytics_cm.looks import DELAY_SECONDS, MOST_LOOKUPS, Look
from lytics_cm.queues import Queue, encode, packed
from lytics_cm.store.failures import failure_item
from lytics_cm.store.webhooks import EXPORT, IMPORT
from lytics_cm.streams import MAX_ROW_BYTES, UNUSABLE
from lytics_cm.subscriptions import SUBSCRIBE, UPDATE, Change, ListOfClient
from webhook_app import deliveries, triggers
from webhook_app.bodies import json_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.store.echoes import Echoes
    from lytics_cm.store.webhooks import Keys, Registrations

type Json = dict[str, Any]

MAX_FAILURES = 100
"""Failures of one POST that are kept one by one."""
LAST_IN_MINUTE = 999
QUIET = 60_000
"""A registration hears of deliveries at most so often, ms."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a POST amounted to, and the id of the job whose it was."""

    accepted: int
    rejected: int = 0
    echoes: int = 0
    tests: int = 0
    job: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes deliveries of Campaign Monitor and triggers of Lytics."""

    table: Table
    keys: Keys
    registrations: Registrations
    echoes: Echoes
    rows: Queue
    changes: Queue
    pages: Queue
    heard: dict[str, int] = field(default_factory=dict)

    def delivery(self, key: str, request: Mapping[str, Any], now: int) -> Receipt:
        """Take what Campaign Monitor tells of a list.

        What can be used is in a queue before it is answered, and in the profile within a second. What cannot is
        listed in the failures of the import.
        """
        owner = self._owner(key, IMPORT, now)
        delivery = deliveries.parse(json_of(request), owner["list_id"], owner["client"]["zone"], now)
        place = ListOfClient({"id": owner["list_id"], "name": owner["list_name"]}, owner["client"])
        echoes = self.echoes.recognise(owner["list_id"], delivery.changes, now)
        rows, large = rows_of(delivery.changes, echoes, place, now, owner.get("since", 0))
        told = {"job": owner["owner"], "received_at": now}
        self.rows.send({**told, "rows": group} for group in packed(rows))
        if owner.get("looks", True) and not delivery.is_test:
            self._have_looked_at(owner, delivery.changes, echoes, now)
        self._keep(owner["owner"], [*delivery.failures, *large], now)
        job_id, list_id = owner["owner"], owner["list_id"]
        self._hear(f"{job_id}/{list_id}", now, lambda: self.registrations.delivered(job_id, list_id, now))
        return Receipt(
            accepted=len(delivery.changes) - len(large),
            rejected=len(delivery.failures) + len(large),
            echoes=len(echoes),
            tests=len(delivery.changes) if delivery.is_test else 0,
            job=job_id,
        )

    def trigger(self, key: str, request: Mapping[str, Any], now: int) -> Receipt:
        """Take what Lytics tells of audiences.

        One trigger or an array of them: people who entered or left audiences. They are sent to the list within
        seconds. What cannot be used is listed in the failures of the export.
        """
        owner = self._owner(key, EXPORT, now)
        found = triggers.parse(json_of(request), owner["email_field"], owner["fields"], now)
        told = {"export": owner["owner"], "received_at": now}
        self.changes.send({**told, "changes": group} for group in packed(found.changes))
        self._keep(owner["owner"], found.failures, now)
        if not found.is_readable:
            raise UnreadableMessage(
                "a trigger is an object with segment_events, in data or beside the fields"
            )
        self._hear(owner["owner"], now, lambda: self.registrations.triggered(owner["owner"], now))
        return Receipt(accepted=found.accepted, rejected=len(found.failures), job=owner["owner"])

    def _have_looked_at(self, owner: Json, changes: Sequence[Change], echoes: set[int], now: int) -> None:
        """Ask for a look at the people who changed something themselves; at some of very many."""
        people = named_by(changes, echoes)
        if people:
            some = tuple(people[:MOST_LOOKUPS])
            look = Look(owner["owner"], owner, some, now, more=len(people) > MOST_LOOKUPS)
            self.pages.send([look.message()], delay=DELAY_SECONDS)

    def _owner(self, key: str, kind: str, now: int) -> Json:
        found = self.keys.find(key, now)
        if found is None or found["kind"] != kind:
            raise NotFound("there is no such webhook")
        return found

    def _keep(self, job_id: str, failures: Sequence[Json], now: int) -> None:
        for failure in abridged(failures):
            self.table.put_item(Item=failure_item(job_id, failure, now))

    def _hear(self, place: str, now: int, note: Callable[[], None]) -> None:
        """Note that something came, now and then; that it came does not depend on it."""
        if now - self.heard.get(place, 0) < QUIET:
            return
        try:
            note()
        except LyticsCmError:
            return
        self.heard[place] = now


def named_by(changes: Sequence[Change], echoes: set[int]) -> list[str]:
    """Who subscribed or edited details, each once: their consent may be another."""
    people: dict[str, str] = {}
    for number, change in enumerate(changes):
        if change.event in (SUBSCRIBE, UPDATE) and number not in echoes:
            people.setdefault(folded(change.email), change.email)
    return list(people.values())


def rows_of(
    changes: Sequence[Change], echoes: set[int], place: ListOfClient, now: int, since: int = 0
) -> tuple[list[Json], list[Json]]:
    """Row messages of the changes, an echo's without activity, and a failure for each without a row.

    Nor is there activity of one before `since` (epoch ms).

    The vendor tells minutes. Of what one delivery tells of a person at one time the last is true: each is a
    millisecond later than the one before it.
    """
    rows: list[Json] = []
    failures = []
    nth: Counter[tuple[str, int]] = Counter()
    for number, change in enumerate(changes):
        snapshot = change.snapshot(place, now)
        if snapshot:
            snapshot["ts"] += min(nth[change.email, change.at], LAST_IN_MINUTE)
            nth[change.email, change.at] += 1
        is_wanted = number not in echoes and change.at >= since
        told = [snapshot, change.activity(place) if is_wanted else None]
        mine = [row for row in told if row]
        if all(len(encode(row)) <= MAX_ROW_BYTES for row in mine):
            rows += mine
        else:
            message = f"the event is larger than {MAX_ROW_BYTES // 1024} KiB and was left out"
            source = f"webhook/{place.listing['id']}/{change.event}/{change.at}"
            failures.append(
                {"source": source, "code": UNUSABLE, "email": change.email[:254], "message": message}
            )
    return rows, failures


def abridged(failures: Sequence[Json]) -> list[Json]:
    """The first failures, and one that counts the others."""
    kept = list(failures[:MAX_FAILURES])
    if len(failures) > MAX_FAILURES:
        first = failures[MAX_FAILURES]
        more = (
            f"{first['message']} (and {len(failures) - MAX_FAILURES - 1} more failures of the same delivery)"
        )
        kept.append({**first, "message": more})
    return kept
