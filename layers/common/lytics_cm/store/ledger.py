"""What became of every person in an export, for 90 days: entries, packed by the transaction that stored them.

An entry is written in the transaction that stores the outcome on its version (`memberships.py`), so there is
exactly one for each outcome: a repetition finds another version and writes none. Partition `ledger#<export>`
of the jobs table: `fine#<time>#<id>`, and `listed#<time>#<id>` for entries with a failure, so that these are
found without the others. Each item has the entries of one transaction, deflated, in the order of hashes of
addresses.

A person's membership names the item of the latest entry, and each entry the item of the one before: so
somebody's entries are found, and erased, without looking at others'.
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from lytics_cm.deflating import Codec
from lytics_cm.dynamodb import TRIES, ConditionFailed, attributes, pages, transact_all
from lytics_cm.errors import Unavailable
from lytics_cm.store.schema import FINE, LEDGER, LISTED, Kind, key_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Json = dict[str, Any]
type Place = tuple[str, str]
"""Where a page ended: the time and id of an item, and the hash of the last address that was shown of it."""

KEEP_SECONDS = 90 * 24 * 3600
MOST_ENTRIES_BYTES = 300_000
"""Of one item before it is deflated."""
MOST_INFLATED = 400_000
MOST_READ = 8_000_000
"""Deflated bytes that one page reads, however few entries are wanted."""
ENTRIES_PER_ITEM = 20
"""Fewer than most items have: how many items are read for a page of entries."""
TIME_DIGITS, ID_BYTES = 11, 5
LAST = "~"
"""Behind every hash, and every time and id."""
PACKED = Codec(
    1,
    b'"},{"email":"@example.com@gmail.com@hotmail.com@yahoo.com","outcome":"added","sent":{"[LyticsAudiences]":["'
    b'"],"name":"changed","removed","skipped","refused","kept_out","trigger":"existing_users","trigger":"audience",'
    b'"cause":["enter","cause":["exit","cause":["seen","before":"fine#","code":206,"message":"',
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of a person at a time (epoch ms): `outcome`, `trigger` and more, as `entries.py` has it.

    `before` is the item of the person's entry before, if there is one, `item` that of this one, when it is kept.
    """

    email: str
    at: int
    what: Json
    before: str = ""
    item: str = ""

    @property
    def is_listed(self) -> bool:
        """Whether there is a failure to be shown."""
        return "message" in self.what

    def to_json(self) -> Json:
        return {"email": self.email, **self.what, **({"before": self.before} if self.before else {})}

    @property
    def place(self) -> Place:
        """Where a page ends whose last entry it is."""
        return _stamp(self.item), _whom(self.email)

    def is_behind(self, place: Place) -> bool:
        """Whether it is not on the page that ended there, nor on one before: items go backwards in time."""
        stamp = _stamp(self.item)
        return stamp < place[0] or (stamp == place[0] and _whom(self.email) > place[1])

    @property
    def bytes(self) -> int:
        return len(_text(self.to_json())) + 1


class Ledger:
    """The entries of all exports; `table` is that of the jobs, `client` one of a boto3 resource."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def puts(self, export: str, entries: Sequence[Entry]) -> tuple[list[Json], dict[str, str]]:
        """The writes of a transaction that keep entries, and the item of each, by address.

        At most two writes. Nobody has two entries here.
        """
        writes: list[Json] = []
        items: dict[str, str] = {}
        for kind in (FINE, LISTED):
            mine = [entry for entry in entries if (kind is LISTED) == entry.is_listed]
            if mine:
                at = max(entry.at for entry in mine)
                name = kind.of(f"{at:0{TIME_DIGITS}x}", os.urandom(ID_BYTES).hex())
                item = {
                    **key_of(LEDGER.of(export), name),
                    **_packed(mine),
                    "expires_at": at // 1000 + KEEP_SECONDS,
                }
                writes.append({"Put": {"TableName": self._table, "Item": item}})
                items |= {entry.email: name for entry in mine}
        return writes, items

    def page(
        self,
        export: str,
        now: int,
        limit: int,
        matches: Callable[[Json], bool],
        after: Place | None = None,
        *,
        only_listed: bool = False,
    ) -> tuple[list[Entry], Place | None]:
        """At most `limit` entries that match, the newest first, and where the next page begins.

        It reads so much and no more: there may be a next page behind an empty one.
        """
        kinds = (LISTED,) if only_listed else (FINE, LISTED)
        found: list[Entry] = []
        read = 0
        streams = [self._backwards(export, kind, after, limit) for kind in kinds]
        for item in heapq.merge(*streams, key=lambda item: _stamp(item["item"]), reverse=True):
            for entry in _entries(item) if int(item["expires_at"]) * 1000 > now else ():
                if (after is None or entry.is_behind(after)) and matches(entry.what):
                    if len(found) == limit:
                        return found, found[-1].place
                    found.append(entry)
            read += len(bytes(item["entries"]))
            if read > MOST_READ:
                return found, (_stamp(item["item"]), LAST)
        return found, None

    def of(self, export: str, email: str, latest: str, now: int) -> Iterator[Entry]:
        """A person's entries, the newest first, from the one in the item `latest` on; a read for each."""
        for entry in self._chain(export, email, latest):
            if entry.at // 1000 + KEEP_SECONDS > now // 1000:
                yield entry

    def erase(self, export: str, email: str, latest: str, until: int) -> int:
        """Forget a person's entries that are not younger than `until` (epoch ms); return how many.

        Repeatable: the oldest go first, so that who dies half way leaves what leads to the others.
        """
        old = [entry for entry in self._chain(export, email, latest) if entry.at <= until]
        for entry in reversed(old):
            self._take_out(export, entry.item, email)
        return len(old)

    def forget(self, export: str, most: int) -> bool:
        """Delete so many items of an export; tell whether there may be more."""
        keys = [item for item, _ in zip(self._keys(export), range(most), strict=False)]
        for key in keys:
            self._client.delete_item(TableName=self._table, Key=key)
        return len(keys) == most

    def _chain(self, export: str, email: str, latest: str) -> Iterator[Entry]:
        name = latest
        while name and (item := self._item(export, name)):
            entry = next((one for one in _entries(item) if one.email == email), None)
            if entry is None:
                return
            yield entry
            name = entry.before

    def _take_out(self, export: str, name: str, email: str) -> None:
        """Write an item without a person; others may take out theirs at the same time."""
        key = key_of(LEDGER.of(export), name)
        for _ in range(TRIES):
            item = self._item(export, name)
            entries = list(_entries(item)) if item else []
            left = [entry for entry in entries if entry.email != email]
            if item is None or len(left) == len(entries):
                return
            known = {
                "ConditionExpression": "people = :known",
                "ExpressionAttributeValues": {":known": len(entries)},
            }
            where = {"TableName": self._table, **known}
            change = (
                {"Put": {**where, "Item": {**item, **_packed(left)}}}
                if left
                else {"Delete": {**where, "Key": key}}
            )
            try:
                transact_all(self._client, [change])
            except ConditionFailed:
                continue
            return
        raise Unavailable("others take people out of the same item; try again")

    def _item(self, export: str, name: str) -> Json | None:
        key = key_of(LEDGER.of(export), name)
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return dict(answer["Item"]) if "Item" in answer else None

    def _backwards(self, export: str, kind: Kind, after: Place | None, limit: int) -> Iterator[Json]:
        """Items of a kind from a place on, the newest first."""
        last = kind.of(after[0] if after else LAST)
        request = self._request(export, "#job = :job AND #item BETWEEN :first AND :last")
        request["ExpressionAttributeValues"] |= {":first": kind.within(), ":last": last}
        more: Any = {"ScanIndexForward": False, "Limit": 10 + limit // ENTRIES_PER_ITEM}
        for page in pages(self._client.query, **request, **more):
            yield from page

    def _keys(self, export: str) -> Iterator[Json]:
        request = self._request(export, "#job = :job")
        for page in pages(self._client.query, **request, ProjectionExpression="#job, #item"):
            yield from ({"job": item["job"], "item": item["item"]} for item in page)

    def _request(self, export: str, condition: str) -> Json:
        named = attributes(f"{condition} #item", {"job": LEDGER.of(export)})
        return {
            "TableName": self._table,
            "KeyConditionExpression": condition,
            "ConsistentRead": True,
            **named,
        }


def _packed(entries: Iterable[Entry]) -> Json:
    """The attributes of an item with these entries."""
    told = [entry.to_json() for entry in sorted(entries, key=lambda entry: _whom(entry.email))]
    return {"entries": PACKED.deflate(_text(told)), "people": len(told)}


def _entries(item: Mapping[str, Any]) -> Iterator[Entry]:
    """The entries of an item, in the order of hashes."""
    name = str(item["item"])
    at = int(_stamp(name).partition("#")[0], 16)
    for told in json.loads(PACKED.inflate(bytes(item["entries"]), MOST_INFLATED)):
        what = {member: value for member, value in told.items() if member not in ("email", "before")}
        yield Entry(told["email"], at, what, told.get("before", ""), name)


def _stamp(name: str) -> str:
    """The time and id in an item's name: what orders items of both kinds."""
    return name.partition("#")[2]


def _whom(email: str) -> str:
    return sha256(email.encode("utf-8", "replace")).hexdigest()[:16]


def _text(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
