"""What an import writes down: the scope of a run, notes on pages read, and what later runs may build on.

Items in the job's partition of the jobs table:

- `scope#<run>`: the client and its lists, for all workers of the run; asked for once, by whoever comes first:
  the admin's call that makes the job, or the plan of a later run.
- `page#<run>#<series>#<page>`: what there is to know of a page of a longer series as a whole.
- `edge#<run>#<series>#<page>`: the marks of its edge rows (see `stitching`), in reports whose rows are
  numbered.
- `note#<run>#<series>#<page>#<part>`: these rows, until they are numbered and sent; and `#before`, how many
  rows of each mark were told before the group of pages that begins there.
- `read#<run>#<series>#<level>#<node>`: which pages have been read, as a tree: a node that is full is a mark
  in the one above it. So no item grows with the number of pages, and it does not matter how often a page says
  that it was read.
- `known#<key>`: `settled` is what finished runs know, `next` what `run` adds. `next` counts only once that
  run is over, because only then are all its rows durable: so cursors move after the rows. `zone` is the
  client's time zone then: under another one all its local times mean something else, so it is not known any
  more.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from lytics_cm.dynamodb import attributes, plain, query, tried
from lytics_cm.store.failures import KEEP_SECONDS
from lytics_cm.store.schema import EDGE, KNOWN, NOTE, PAGE, READ, SCOPE, Kind, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

MAX_PART_BYTES = 350 * 1024
"""Bytes of rows that go into one item; DynamoDB's own limit is 400 KB."""
FAN = 64
"""So many pages, or nodes, are marks of one node of the tree of pages that have been read."""
BEFORE = "before"
MOST_HELD = 64
"""So many notes are held by who goes through them more than once."""
AT_ONCE = 32
"""So many edges are asked for at once when nobody knows how many are needed."""

type Json = dict[str, Any]


@dataclass(frozen=True)
class Notes:
    """Notes that are read whenever they are gone through."""

    _read: Callable[[], Iterator[Json]]

    def __iter__(self) -> Iterator[Json]:
        return self._read()


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one run of one job."""

    _table: Table
    _job: str
    _run: str

    def write_scope(self, scope: Json) -> None:
        self._put(SCOPE.of(self._run), content=_pack(scope))

    def scope(self) -> Json:
        """The run's client and lists as they were when it began.

        Raises `KeyError` when nobody has asked for them yet.
        """
        key = SCOPE.at(self._job, self._run)
        item: Json = self._table.get_item(Key=key, ConsistentRead=True)["Item"]
        return _unpack(bytes(item["content"]))

    def write(
        self,
        series: str,
        note: Json,
        now: int,
        edges: Sequence[Json] | None = None,
        edge: Json | None = None,
    ) -> None:
        """Write down a page, over what there was of it.

        `edges` are its edge rows, `edge` says what marks they have.
        """
        page, expires = (self._run, series, f"{note['page']:06d}"), now // 1000 + KEEP_SECONDS
        items: list[Json] = [{"item": PAGE.of(*page), "content": _pack(note)}]
        if edge is not None:
            items.append({"item": EDGE.of(*page), **edge})
        if edges is not None:
            packed = _pack({"rows": edges})
            parts = [
                packed[start : start + MAX_PART_BYTES] for start in range(0, len(packed), MAX_PART_BYTES)
            ]
            items += [
                {"item": NOTE.of(*page, f"{part:03d}"), "content": content, "of": len(parts)}
                for part, content in enumerate(parts)
            ]
        with self._table.batch_writer() as batch:
            for item in items:
                batch.put_item(Item={"job": self._job, "expires_at": expires, **item})

    def mark(self, series: str, page: int, pages: int, now: int) -> tuple[bool, int]:
        """Mark a page as read; tell whether it is the last one of its series, and how many there are.

        Repeatable. How many there are is what the first page says that is marked, whatever it says later.
        Whoever fills a node marks it in the one above.
        """
        number, width, level = page - 1, pages, 0
        while True:
            node, place = divmod(number, FAN)
            answer = self._table.update_item(
                Key=READ.at(self._job, self._run, series, str(level), f"{node:06d}"),
                UpdateExpression="ADD marks :place SET expires_at = :expires, #of = if_not_exists(#of, :of)",
                ExpressionAttributeNames={"#of": "of"},
                ExpressionAttributeValues={
                    ":place": {place},
                    ":expires": now // 1000 + KEEP_SECONDS,
                    ":of": width,
                },
                ReturnValues="ALL_NEW",
            )
            found = plain(answer["Attributes"])
            width = int(found["of"])
            pages = pages if level else width
            if len(found["marks"]) < min(FAN, width - node * FAN):
                return False, pages
            number, width, level = node, -(-width // FAN), level + 1
            if width == 1:
                return True, pages

    def notes(self, series: str) -> Iterable[Json]:
        """What was written down of the pages of a series that could be had, in order, without their edges.

        They can be gone through as often as needed. Only few are held; many are read again each time.
        """
        notes = Notes(partial(self._notes, series))
        few = list(islice(notes, MOST_HELD + 1))
        return few if len(few) <= MOST_HELD else notes

    def _notes(self, series: str) -> Iterator[Json]:
        for item in self._query(PAGE.within(self._run, series), Limit=MOST_HELD + 1):
            note = _unpack(bytes(item["content"]))
            if not note.get("failed"):
                yield note

    def edges(self, series: str, first: int, last: int) -> Iterator[Json]:
        """The edges of these pages, in order, each with its `page`."""
        return map(_edge, self._between(EDGE, series, first, last))

    def edges_before(self, series: str, page: int) -> Iterator[Json]:
        """The edges of the pages before one, backwards, read as they are asked for."""
        if page > 1:
            found = self._between(EDGE, series, 1, page - 1, ScanIndexForward=False, Limit=AT_ONCE)
            yield from map(_edge, found)

    def edge_rows(self, series: str, first: int, last: int) -> Iterator[Json]:
        """The edge rows of these pages, in order."""
        packed, left = b"", 0
        for item in self._between(NOTE, series, first, last):
            *_, part = item["item"].split("#")
            if part == BEFORE:
                continue
            if int(part) == 0:
                packed, left = b"", int(item["of"])
            packed, left = packed + bytes(item["content"]), left - 1
            if left == 0:
                yield from _unpack(packed)["rows"]

    def write_before(self, series: str, told: Iterable[tuple[int, Mapping[int, int]]], now: int) -> None:
        """Keep how many rows of each mark were told before some pages, if there were any."""
        expires = now // 1000 + KEEP_SECONDS
        with self._table.batch_writer() as batch:
            for page, counts in told:
                if counts:
                    content = _pack({str(mark): count for mark, count in counts.items()})
                    item = {"item": self._before(series, page), "content": content, "expires_at": expires}
                    batch.put_item(Item={"job": self._job, **item})

    def before(self, series: str, page: int) -> dict[int, int]:
        """How many rows of each mark were told before a page, when that was written down."""
        key = key_of(self._job, self._before(series, page))
        item: Json = self._table.get_item(Key=key, ConsistentRead=True).get("Item", {})
        return {int(mark): count for mark, count in _unpack(bytes(item["content"])).items()} if item else {}

    def drop_rows(self, series: str, first: int, last: int) -> None:
        """Delete the edge rows of pages that are numbered and sent: they name people."""
        names = {"ExpressionAttributeNames": {"#item": "item"}, "ProjectionExpression": "#item"}
        with self._table.batch_writer() as batch:
            for item in self._between(NOTE, series, first, last, **names):
                batch.delete_item(Key={"job": self._job, "item": item["item"]})

    def learned(self, key: str, before: Json, found: Json, zone: str) -> Json:
        """The item of what this run found out under `key`, to count once the run is over.

        `before` is what was known.
        """
        settled, new = json.dumps(before), json.dumps(found)
        known = {"settled": settled, "next": new, "run": self._run, "zone": zone}
        return {**KNOWN.at(self._job, key), **known}

    def forget(self, key: str) -> None:
        """Know nothing under `key` any more."""
        self._table.delete_item(Key=KNOWN.at(self._job, key))

    def unlearn(self, key: str) -> None:
        """Take back what this run found out under `key`, if anything: what was known before counts again."""
        tried(
            self._table.update_item,
            Key=KNOWN.at(self._job, key),
            UpdateExpression="SET #next = settled",
            ConditionExpression="#run = :run",
            **attributes("#next #run", {"run": self._run}),
        )

    def known(self, prefix: str, zone: str) -> dict[str, Json]:
        """All that is known under keys with `prefix`, by key.

        A job has one run at a time: other runs are over.
        """
        return self._known(self._query(KNOWN.of(prefix)), zone)

    def known_between(self, first: str, last: str, zone: str) -> dict[str, Json]:
        """The same under keys from one prefix to another, both included."""
        keys = Key("item").between(KNOWN.of(first), KNOWN.of(f"{last}~"))
        return self._known(query(self._table, Key("job").eq(self._job) & keys), zone)

    def _known(self, items: Iterable[Json], zone: str) -> dict[str, Json]:
        known: dict[str, Json] = {}
        for item in items:
            content = json.loads(item["settled" if item["run"] == self._run else "next"])
            if content and item["zone"] == zone:
                known[KNOWN.rest(item["item"])] = content
        return known

    def found(self, prefix: str, zone: str) -> dict[str, Json]:
        """All that this run has found out itself under keys with `prefix`, by key."""
        return {
            KNOWN.rest(item["item"]): json.loads(item["next"])
            for item in self._query(KNOWN.of(prefix))
            if item["run"] == self._run and item["zone"] == zone
        }

    def _query(self, prefix: str, **options: Any) -> Iterator[Json]:
        return query(self._table, Key("job").eq(self._job) & Key("item").begins_with(prefix), **options)

    def _between(self, kind: Kind, series: str, first: int, last: int, **options: Any) -> Iterator[Json]:
        """The items of a kind about these pages."""
        place = kind.within(self._run, series)
        pages = Key("item").between(f"{place}{first:06d}", f"{place}{last:06d}#~")
        return query(self._table, Key("job").eq(self._job) & pages, **options)

    def _before(self, series: str, page: int) -> str:
        return NOTE.of(self._run, series, f"{page:06d}", BEFORE)

    def _put(self, item: str, **attributes: Any) -> None:
        self._table.put_item(Item={"job": self._job, "item": item, **attributes})


def _pack(content: Json) -> bytes:
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode())


def _unpack(content: bytes) -> Json:
    return dict(json.loads(zlib.decompress(content)))


def _edge(item: Json) -> Json:
    return {**item, "page": int(item["item"].rpartition("#")[2])}
