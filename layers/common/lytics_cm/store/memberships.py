"""What is stored of a person in an export: a versioned record, changed and counted in one transaction.

Table `memberships`: partition = the export's id, sort key = the address; the record's `state` is the export's
own (JSON text), `open` says that the list does not have it yet. Partition `<export>#failures` holds at most
one failure per person, so that the index by address finds everything there is of one. The job's counters move
in the transaction that stores what they count, which also writes the entries of the ledger and the activity
(`ledger.py`, `activity.py`): a repetition finds another version and counts nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key

from lytics_cm.dynamodb import (
    ConditionFailed,
    attributes,
    changing,
    get_many,
    pages,
    query,
    transact,
)
from lytics_cm.errors import NotFound
from lytics_cm.store import activity
from lytics_cm.store.ledger import Ledger
from lytics_cm.store.membership import Kept, Record, Write, transactions

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

type Json = dict[str, Any]

PAGE = 500


class Memberships:
    """The memberships of all exports; `jobs_table` is where their counters are, needed for counting alone."""

    def __init__(self, table: Table, jobs_table: str = "") -> None:
        self._table = table
        self._jobs_table = jobs_table
        self.ledger = Ledger(table.meta.client, jobs_table)

    def load(self, export: str, emails: Iterable[str]) -> dict[str, Record]:
        """The records of those people who have one, strongly consistent."""
        keys = [{"export": export, "email": email} for email in dict.fromkeys(emails)]
        found = (Record.parse(item) for item in get_many(self._table, keys))
        return {record.email: record for record in found}

    def save(self, export: str, writes: Iterable[Write], guard: Json | None = None) -> set[str]:
        """Store each record whose version is still what it was made from; return whose is not.

        New people are stored only if `guard`, a `ConditionCheck`, holds. Raises `NotFound` when something is
        to be counted and the export is deleted, `InvalidInput` when a record is larger than an item can be.
        """
        lost: set[str] = set()
        for batch in transactions(writes):
            lost |= self._save(export, batch, guard)
        return lost

    def page(
        self, export: str, cursor: str | None = None, *, only_open: bool = False
    ) -> tuple[list[Record], str | None]:
        """A page of records in the order of addresses (of up to 1 MB), and the cursor of the next."""
        options: Json = {"FilterExpression": Attr("open").eq(value=True)} if only_open else {}
        items, last = self._query(export, cursor, options)
        return [Record.parse(item) for item in items], last

    def failures(self, export: str, cursor: str | None = None) -> tuple[list[Json], str | None]:
        """A page of failures `{email, at, ...}` in the order of addresses, and the cursor of the next."""
        items, last = self._query(f"{export}#failures", cursor, {"Limit": PAGE})
        return [{**json.loads(item["failure"]), "email": item["email"]} for item in items], last

    def failures_from(
        self, export: str, after: str | None = None, email: str | None = None
    ) -> Iterator[tuple[str, Json]]:
        """The failures of people, or of one, each with its place: the address. `after` is a place.

        They come in the order of places, from the one that follows it.
        """
        if email is not None:
            theirs = Key("export").eq(f"{export}#failures") & Key("email").eq(email)
            for item in query(self._table, theirs) if email > (after or "") else ():
                yield email, {**json.loads(item["failure"]), "email": email}
            return
        following: str | None = after
        while True:
            failures, following = self.failures(export, following)
            yield from ((failure["email"], failure) for failure in failures)
            if following is None:
                return

    def count_retried(self, export: str) -> int:
        """How many people a retry of failures sends."""
        condition = "#export = :failures"
        which = "attribute_not_exists(#again) OR #again = :yes"
        bound = {"failures": f"{export}#failures", "yes": True}
        request: Json = {
            "KeyConditionExpression": condition,
            "FilterExpression": which,
            "ConsistentRead": True,
            **attributes(f"{condition} {which}", bound),
        }
        return sum(len(page) for page in pages(self._table.query, **request, ProjectionExpression="email"))

    def failures_of(self, export: str, emails: Iterable[str]) -> dict[str, Json]:
        """The failures of those people who have one."""
        keys = [{"export": f"{export}#failures", "email": email} for email in emails]
        return {item["email"]: json.loads(item["failure"]) for item in get_many(self._table, keys)}

    def forget(self, export: str) -> bool:
        """Delete a page of what an export has; tell whether there is more."""
        pages = [self._query(partition, None, {"Limit": PAGE}) for partition in _partitions(export)]
        self._delete(item for items, _ in pages for item in items)
        return self.ledger.forget(export, PAGE) or any(last for _, last in pages)

    def of(self, email: str, exports: Iterable[str]) -> dict[str, Kept]:
        """What there is of one address, by export: in these, and in all that the index knows of."""
        asked = dict.fromkeys([*exports, *self._indexed(email)])
        keys = [
            {"export": partition, "email": email} for export in asked for partition in _partitions(export)
        ]
        found: dict[str, Kept] = {}
        for item in get_many(self._table, keys):
            kept = found.setdefault(_export_of(item), Kept())
            if "failure" in item:
                kept.failure = json.loads(item["failure"])
            else:
                kept.record = Record.parse(item)
        return found

    def erase(self, email: str, exports: Iterable[str], until: int) -> Counter[str]:
        """Delete what there is of one address since before `until` (epoch ms), in all exports; count what.

        Repeatable.
        """
        erased: Counter[str] = Counter()
        for export, kept in self.of(email, exports).items():
            erased += self._erase(export, email, kept, until)
        return erased

    def _erase(self, export: str, email: str, kept: Kept, until: int) -> Counter[str]:
        record, failure = kept.record, kept.failure
        entries = self.ledger.erase(export, email, record.latest, until)
        if record.version > until or (not record.version and failure and failure["at"] > until):
            return Counter(ledger=entries)
        failed = record.state.get("outcome") == "failed"
        gone: list[Json] = [self._removal(export, record)] if record.version else []
        gone += [{"Delete": self._at(f"{export}#failures", email)}]
        try:
            transact(
                self._table, *gone, *([{"Update": self._count(export, {"failed": -1})}] if failed else [])
            )
        except ConditionFailed as refusal:
            if refusal.numbers == {len(gone)}:  # the export is deleted: nobody counts any more
                transact(self._table, *gone)
            else:
                again = self.of(email, [export]).get(export, Kept())
                return Counter(ledger=entries) + self._erase(export, email, again, until)
        return Counter(
            memberships=int(bool(record.version)), failures=int(failure is not None), ledger=entries
        )

    def _removal(self, export: str, record: Record) -> Json:
        return {
            "Delete": self._at(export, record.email)
            | {
                "ConditionExpression": "version = :known",
                "ExpressionAttributeValues": {":known": record.version},
            }
        }

    def _at(self, partition: str, email: str) -> Json:
        return {"TableName": self._table.name, "Key": {"export": partition, "email": email}}

    def _indexed(self, email: str) -> Iterator[str]:
        """The exports that have something of an address, as far as the index, which may be behind, knows."""
        condition = Key("email").eq(email)
        for page in pages(self._table.query, IndexName="by_email", KeyConditionExpression=condition):
            yield from map(_export_of, page)

    def _save(self, export: str, writes: Sequence[Write], guard: Json | None) -> set[str]:
        """One transaction.

        Those whose version has moved on are left out of it and returned, and new ones if unguarded.
        """
        lost: set[str] = set()
        while left := [write for write in writes if write.record.email not in lost]:
            new = {write.record.email for write in left if not write.record.version}
            guards: list[Any] = [guard] if guard is not None and new else []
            try:
                transact(self._table, *guards, *self._actions(export, left))
            except ConditionFailed as error:
                numbers = {number - len(guards) for number in error.numbers}
                lost |= new if -1 in numbers else self._moved_on(left, numbers)
            else:
                break
        return lost

    def _moved_on(self, writes: Sequence[Write], failed: Collection[int]) -> set[str]:
        if any(number >= len(writes) for number in failed):
            raise NotFound("the export is deleted")
        return {writes[number].record.email for number in failed}

    def _actions(self, export: str, writes: Sequence[Write]) -> list[Any]:
        """Records first, in order, so that the reasons of a refusal can be matched.

        Then counters, failures, and what is told of it all.
        """
        entries = [entry for write in writes if (entry := write.entry)]
        told, items = self.ledger.puts(export, entries)
        records = [{"Put": self._put(export, write, items)} for write in writes]
        counts: Counter[str] = Counter()
        for write in writes:
            counts.update(write.counts)
        moved = {name: number for name, number in counts.items() if number}
        counters = [{"Update": self._count(export, moved)}] if moved else []
        failures = [self._failure(export, write) for write in writes if write.changes_failure]
        return [*records, *counters, *failures, *told, *activity.moved(self._jobs_table, export, entries)]

    def _put(self, export: str, write: Write, items: Mapping[str, str]) -> Json:
        record = write.record
        item = write.item(export, items.get(record.email, record.latest))
        put: Json = {"TableName": self._table.name, "Item": item}
        if record.version == 0:
            return put | {"ConditionExpression": "attribute_not_exists(email)"}
        return put | {
            "ConditionExpression": "version = :known",
            "ExpressionAttributeValues": {":known": record.version},
        }

    def _count(self, export: str, moved: Mapping[str, int]) -> Json:
        return {
            "TableName": self._jobs_table,
            "Key": {"job": "export", "item": export},
            **changing({}, add=moved, when="attribute_exists(#item)"),
        }

    def _failure(self, export: str, write: Write) -> Json:
        key = {"export": f"{export}#failures", "email": write.record.email}
        if write.failure is None:
            return {"Delete": {"TableName": self._table.name, "Key": key}}
        item = {**key, "failure": json.dumps(write.failure), "again": write.is_retried}
        return {"Put": {"TableName": self._table.name, "Item": item}}

    def _query(self, partition: str, cursor: str | None, options: Json) -> tuple[list[Json], str | None]:
        if cursor:
            options = options | {"ExclusiveStartKey": {"export": partition, "email": cursor}}
        answer = self._table.query(
            KeyConditionExpression=Key("export").eq(partition), ConsistentRead=True, **options
        )
        last = answer.get("LastEvaluatedKey")
        return list(answer["Items"]), str(last["email"]) if last else None

    def _delete(self, items: Iterable[Mapping[str, Any]]) -> int:
        deleted = 0
        with self._table.batch_writer() as batch:
            for item in items:
                batch.delete_item(Key={"export": item["export"], "email": item["email"]})
                deleted += 1
        return deleted


def _partitions(export: str) -> tuple[str, str]:
    return export, f"{export}#failures"


def _export_of(item: Mapping[str, Any]) -> str:
    return str(item["export"]).removesuffix("#failures")
