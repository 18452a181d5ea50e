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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from boto3.dynamodb.conditions import Attr, Key

from lytics_cm.dynamodb import (
    ConditionFailed,
    attributes,
    changing,
    get_many,
    pages,
    plain,
    query,
    transact,
)
from lytics_cm.errors import InvalidInput, NotFound
from lytics_cm.store import activity
from lytics_cm.store.ledger import MOST_ENTRIES_BYTES, Entry, Ledger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

type Json = dict[str, Any]

ACTIONS_PER_TRANSACTION = 90
"""DynamoDB takes 100; the others are the job's counters, the guard of new people, two items of the ledger, and
one of the activity for each trigger."""
TRANSACTION_BYTES = 2_000_000
"""DynamoDB takes 4 MB."""
MOST_ITEM_BYTES = 380_000
"""DynamoDB takes 400 KB: what is stored of a person, and room for the other attributes."""
PAGE = 500


@dataclass(frozen=True, slots=True)
class Record:
    """One person in one export. `version` 0 is not stored yet; `open` ones wait to be sent.

    `at` is when it is written (epoch ms), where that matters: versions are no less, so that a new record is
    never taken for one of the same person that was erased, and one of before an erasure is known. `latest` is
    the item of the person's latest entry in the ledger; `is_listed` says that there may be a failure.
    """

    email: str
    state: Json
    open: bool = False
    version: int = 0
    at: int = 0
    latest: str = ""
    is_listed: bool = False

    @property
    def following(self) -> int:
        """The version that it has when it is stored."""
        return max(self.version + 1, self.at)


@dataclass(frozen=True, slots=True)
class Write:
    """A record to store over the version that it was made from, and what else happens if that succeeds.

    `failure` replaces the person's failure: an object, None for no failure any more, "same" for as it is.
    `is_retried` says that a retry of failures sends the person. `outcome` is what the ledger says of it:
    `{at, outcome, trigger, ...}`.
    """

    record: Record
    counts: Mapping[str, int] = field(default_factory=dict)
    failure: Json | Literal["same"] | None = "same"
    outcome: Json | None = None
    is_retried: bool = True

    @property
    def changes_failure(self) -> bool:
        """Whether the person's failure is to be written or deleted."""
        return self.failure != "same" and (self.failure is not None or self.record.is_listed)

    @property
    def entry(self) -> Entry | None:
        """What the ledger keeps of it."""
        if self.outcome is None:
            return None
        what = {name: value for name, value in self.outcome.items() if name != "at"}
        if self.failure and self.failure != "same":
            what |= {
                name: self.failure[name] for name in ("code", "message") if self.failure.get(name) is not None
            }
        return Entry(self.record.email, self.outcome["at"], what, self.record.latest)


NOBODY = Record("", {})


@dataclass(slots=True)
class Kept:
    """What there is of one person in one export."""

    record: Record = NOBODY
    failure: Json | None = None


class Memberships:
    """The memberships of all exports; `jobs_table` is where their counters are, needed for counting alone."""

    def __init__(self, table: Table, jobs_table: str = "") -> None:
        self._table = table
        self._jobs_table = jobs_table
        self.ledger = Ledger(table.meta.client, jobs_table)

    def load(self, export: str, emails: Iterable[str]) -> dict[str, Record]:
        """The records of those people who have one, strongly consistent."""
        keys = [{"export": export, "email": email} for email in dict.fromkeys(emails)]
        found = (_record(item) for item in get_many(self._table, keys))
        return {record.email: record for record in found}

    def save(self, export: str, writes: Iterable[Write], guard: Json | None = None) -> set[str]:
        """Store each record whose version is still what it was made from; return whose is not.

        New people are stored only if `guard`, a `ConditionCheck`, holds. Raises `NotFound` when something is
        to be counted and the export is deleted, `InvalidInput` when a record is larger than an item can be.
        """
        lost: set[str] = set()
        for batch in _transactions(writes):
            lost |= self._save(export, batch, guard)
        return lost

    def page(
        self, export: str, cursor: str | None = None, *, only_open: bool = False
    ) -> tuple[list[Record], str | None]:
        """A page of records in the order of addresses (of up to 1 MB), and the cursor of the next."""
        options: Json = {"FilterExpression": Attr("open").eq(value=True)} if only_open else {}
        items, last = self._query(export, cursor, options)
        return [_record(item) for item in items], last

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
                kept.record = _record(item)
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
        latest = items.get(record.email, record.latest)
        is_listed = record.is_listed if write.failure == "same" else write.failure is not None
        item = {
            "export": export,
            "email": record.email,
            "state": _text(record.state),
            "version": record.following,
            "listed": is_listed,
            **({"open": True} if record.open else {}),
            **({"latest": latest} if latest else {}),
        }
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


def _transactions(writes: Iterable[Write]) -> Iterator[list[Write]]:
    """Groups that one transaction can hold."""
    group: list[Write] = []
    actions = size = told = 0
    for write in writes:
        costs = 1 + write.changes_failure
        length, entry = _size(write.record.state), write.entry.bytes if write.entry else 0
        is_full = actions + costs > ACTIONS_PER_TRANSACTION or size + length > TRANSACTION_BYTES
        if group and (is_full or told + entry > MOST_ENTRIES_BYTES):
            yield group
            group, actions, size, told = [], 0, 0, 0
        group.append(write)
        actions, size, told = actions + costs, size + length, told + entry
    if group:
        yield group


def _size(state: Json) -> int:
    """Bytes of an item, with its key and the failure beside it."""
    size = len(_text(state).encode()) + 2000
    if size > MOST_ITEM_BYTES:
        raise InvalidInput(
            f"what has to be kept of the person is more than {MOST_ITEM_BYTES // 1000} KB; map fewer fields, or"
            " make exports of fewer audiences"
        )
    return size


def _partitions(export: str) -> tuple[str, str]:
    return export, f"{export}#failures"


def _export_of(item: Mapping[str, Any]) -> str:
    return str(item["export"]).removesuffix("#failures")


def _record(item: Mapping[str, Any]) -> Record:
    state = json.loads(item["state"])
    return Record(
        str(item["email"]),
        state,
        bool(item.get("open")),
        plain(item["version"]),
        latest=str(item.get("latest", "")),
        is_listed=bool(
            item.get("listed", state.get("outcome"))
        ),  # of before that was noted, any outcome may be
    )


def _text(state: Json) -> str:
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
