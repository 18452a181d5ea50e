"""What an import writes down: the scope of a run, notes on pages read, and what later runs may build on.

Items in the job's partition of the jobs table:

- `scope#<run>`: the client and its lists, for all workers of the run; asked for once, by whoever comes first: the
  admin's call that makes the job, or the plan of a later run.
- `note#<run>#<series>#<page>`: what a page of a longer series contained at its edges, until the series is stitched and
  its rows are sent.
- `read#<run>#<series>`: which pages of a series have been read, `of` how many.
- `known#<key>`: `settled` is what finished runs know, `next` what `run` adds. `next` counts only once that run is
  over, because only then are all its rows durable: so cursors move after the rows. `zone` is the client's time zone
  then: under another one all its local times mean something else, so it is not known any more.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from lytics_cm.store.failures import KEEP_SECONDS
from lytics_cm.store.jobs import plain, query

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

MAX_PART = 350 * 1024
"""Bytes of a note that go into one item; DynamoDB's own limit is 400 KB."""

type Json = dict[str, Any]


@dataclass(frozen=True)
class Notebook:
    """The notebook of one run of one job."""

    _table: Table
    _job: str
    _run: str

    def write_scope(self, scope: Json) -> None:
        self._put(f"scope#{self._run}", content=_pack(scope))

    def scope(self) -> Json:
        """The run's client and lists as they were when it began. Raises `KeyError` when nobody has asked for them yet."""
        key = {"job": self._job, "item": f"scope#{self._run}"}
        item: Json = self._table.get_item(Key=key, ConsistentRead=True)["Item"]
        return _unpack(bytes(item["content"]))

    def note(self, series: str, page: int, pages: int, content: Json, now: int) -> tuple[set[int], int]:
        """Write down a page; return all pages of the series that have been read, and how many there are.

        How many there are is what the first one said who wrote down anything, whatever others find later.
        """
        expires = now // 1000 + KEEP_SECONDS
        packed = _pack(content)
        for part, start in enumerate(range(0, len(packed), MAX_PART)):
            piece = packed[start : start + MAX_PART]
            self._put(f"note#{self._run}#{series}#{page:06d}#{part:03d}", content=piece, expires_at=expires)
        answer = self._table.update_item(
            Key={"job": self._job, "item": f"read#{self._run}#{series}"},
            UpdateExpression="ADD pages :page SET expires_at = :expires, #of = if_not_exists(#of, :of)",
            ExpressionAttributeNames={"#of": "of"},
            ExpressionAttributeValues={":page": {page}, ":expires": expires, ":of": pages},
            ReturnValues="ALL_NEW",
        )
        found = plain(answer["Attributes"])
        return set(found["pages"]), int(found["of"])

    def notes(self, series: str) -> list[Json]:
        """The notes of a series in the order of its pages."""
        pages: dict[str, bytes] = {}
        for item in self._query(f"note#{self._run}#{series}#"):
            page = item["item"].rpartition("#")[0]
            pages[page] = pages.get(page, b"") + bytes(item["content"])
        return [_unpack(packed) for packed in pages.values()]

    def drop_notes(self, series: str) -> None:
        """Delete the notes of a series that is stitched: their rows name people."""
        with self._table.batch_writer() as batch:
            for item in self._query(f"note#{self._run}#{series}#"):
                batch.delete_item(Key={"job": self._job, "item": item["item"]})

    def learn(self, key: str, before: Json, found: Json, zone: str) -> None:
        """Keep what this run found out under `key`, to count once the run is over; `before` is what was known."""
        settled, new = json.dumps(before), json.dumps(found)
        self._put(f"known#{key}", settled=settled, next=new, run=self._run, zone=zone)

    def forget(self, key: str) -> None:
        """Know nothing under `key` any more."""
        self._table.delete_item(Key={"job": self._job, "item": f"known#{key}"})

    def known(self, prefix: str, zone: str) -> dict[str, Json]:
        """All that is known under keys with `prefix`, by key. A job has one run at a time: other runs are over."""
        known: dict[str, Json] = {}
        for item in self._query(f"known#{prefix}"):
            content = json.loads(item["settled" if item["run"] == self._run else "next"])
            if content and item["zone"] == zone:
                known[item["item"].removeprefix("known#")] = content
        return known

    def found(self, prefix: str, zone: str) -> dict[str, Json]:
        """All that this run has found out itself under keys with `prefix`, by key."""
        return {
            item["item"].removeprefix("known#"): json.loads(item["next"])
            for item in self._query(f"known#{prefix}")
            if item["run"] == self._run and item["zone"] == zone
        }

    def _query(self, prefix: str) -> list[Json]:
        return list(query(self._table, Key("job").eq(self._job) & Key("item").begins_with(prefix)))

    def _put(self, item: str, **attributes: Any) -> None:
        self._table.put_item(Item={"job": self._job, "item": item, **attributes})


def _pack(content: Json) -> bytes:
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode())


def _unpack(content: bytes) -> Json:
    return dict(json.loads(zlib.decompress(content)))
