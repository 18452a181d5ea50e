"""Numbers the identical rows of a paged series, also where a page boundary cuts through them. Pure.

Reports carry no event id and know minutes only: two opens within one minute are two rows that look the same.
They are told apart by counting them (`nth`) within their minute. A page knows all rows of a minute that lies
inside it; the first and the last minute may go on beyond its edges. So a page emits its inner rows and lays
its edges aside, with the *mark* of each edge row, a number that rows share which look the same. When all
pages are read, a page's edges are numbered from as many of each mark on as the pages before had: marks are
minutes' own, so only those pages before count that have rows of the same minute. However many that are, marks
take eight bytes each, and rows never come together.

Pages shift when rows are inserted while reading. `total` tells: pages read under different totals may overlap
or leave a gap. Then pages are read again, those of the oldest total first and of these the last: when it has
not moved, nothing before it has since, and all that was read before it or later stands; when it has, it is
replaced. So rows that are added at the end cost one call for each total that was seen, not one for each page.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lytics_cm.addresses import folded

type Json = dict[str, Any]

MINUTE = 60_000
UNKNOWN = -1
"""The total of a page that does not tell it."""
MARKS, COUNTS = "Q", "I"
"""Arrays of marks, which are whole numbers of eight bytes, and of counts, of four."""
MARK_BYTES = 8
"""Among five million rows that differ, two have one mark with a chance of one in a million."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What a page says of its edge rows: its first and last minute (since 1970), and the rows' marks, sorted.

    A page without rows has no marks, and stands in nobody's way.
    """

    page: int
    first: int
    last: int
    marks: array[int]

    @classmethod
    def of(cls, page: int, rows: Sequence[Json]) -> Edge:
        """The edge that consists of these rows."""
        first, last = (rows[0]["ts"], rows[-1]["ts"]) if rows else (0, 0)
        return cls(page, first // MINUTE, last // MINUTE, array(MARKS, sorted(mark(row) for row in rows)))

    def item(self) -> Json:
        """As attributes of an item; the page is in its key."""
        return {"first": self.first, "last": self.last, "marks": self.marks.tobytes()}

    @classmethod
    def read(cls, item: Json) -> Edge:
        """The edge of an item's attributes and its `page`."""
        return cls(item["page"], int(item["first"]), int(item["last"]), array(MARKS, bytes(item["marks"])))


class Tally:
    """How many rows there were of each mark that some edges have.

    A mark takes twelve bytes, in a dictionary a hundred.
    """

    def __init__(self, edges: Iterable[Edge]) -> None:
        self._marks = array(MARKS)
        for each in heapq.merge(*(edge.marks for edge in edges)):
            if not self._marks or self._marks[-1] != each:
                self._marks.append(each)
        self._counts = array(COUNTS, bytes(array(COUNTS).itemsize * len(self._marks)))

    def add(self, edge: Edge) -> None:
        """Count another page's rows, those of them that matter."""
        for each in edge.marks:
            place = bisect_left(self._marks, each)
            if place < len(self._marks) and self._marks[place] == each:
                self._counts[place] += 1

    def of(self, edges: Iterable[Edge]) -> dict[int, int]:
        """How many there were so far of the marks of these edges, which are among ours; none is left out."""
        return {
            each: count
            for edge in edges
            for each in edge.marks
            if (count := self._counts[bisect_left(self._marks, each)])
        }


def numbered(rows: Iterable[Json], before: Mapping[int, int] | None = None) -> list[Json]:
    """Give otherwise identical rows their number, in order.

    `before` says how many there were of a mark already.
    """
    seen = Counter(before)
    result = []
    for row in rows:
        alike = mark(row)
        nth = seen[alike]
        seen[alike] += 1
        result.append({**row, "nth": nth} if nth else row)
    return result


def likeness(row: Json) -> str:
    """What two rows share when a report cannot tell them apart."""
    fields = row["fields"]
    email = folded(str(fields.get("email", "")))
    return json.dumps([email, fields.get("list_id"), row["ts"] // MINUTE, fields.get("url")])


def mark(row: Json) -> int:
    """A number for a row's likeness."""
    return int.from_bytes(hashlib.sha256(likeness(row).encode()).digest()[:MARK_BYTES])


def split(rows: Sequence[Json]) -> tuple[list[Json], list[Json]]:
    """A page's rows as (inner, edges): those of its first and last minute are edges."""
    if not rows:
        return [], []
    ends = {rows[0]["ts"] // MINUTE, rows[-1]["ts"] // MINUTE}
    inner = [row for row in rows if row["ts"] // MINUTE not in ends]
    return inner, [row for row in rows if row["ts"] // MINUTE in ends]


def grouped(edges: Iterable[Edge], most: int) -> list[list[Edge]]:
    """Pages with edges, in order, in groups of at most `most` edge rows.

    A page that has more is a group of its own.
    """
    groups: list[list[Edge]] = []
    size = 0
    for edge in edges:
        if not edge.marks:
            continue
        if not groups or size + len(edge.marks) > most:
            groups.append([])
            size = 0
        groups[-1].append(edge)
        size += len(edge.marks)
    return groups


def told_before(groups: Sequence[Sequence[Edge]], backwards: Iterable[Edge]) -> Iterator[dict[int, int]]:
    """For each of these groups, how many rows of each of its marks were told before it; none is left out.

    `backwards` are the pages before the first one, the nearest first; no more of them are taken than needed.
    """
    if not groups:
        return
    tally = Tally(edge for group in groups for edge in group)
    for edge in _of_minute(groups[0][0].first, backwards):
        tally.add(edge)
    for group in groups:
        yield tally.of(group)
        for edge in group:
            tally.add(edge)


def _of_minute(minute: int, backwards: Iterable[Edge]) -> Iterator[Edge]:
    """The pages, going backwards, that have rows of a minute with which the page behind them begins."""
    for edge in backwards:
        if not edge.marks:
            continue
        if edge.last != minute:
            return
        yield edge
        if edge.first != minute:
            return


def digest(records: Sequence[Any]) -> str:
    """A fingerprint of a page's records, in order."""
    return hashlib.sha256(repr(records).encode()).hexdigest()[:24]


def is_unmoved(note: Json, records: Sequence[Any]) -> bool:
    """Whether a page read again begins with what it held the first time.

    At the end, rows may have been added.
    """
    return len(records) >= note["records"] and digest(records[: note["records"]]) == str(note["digest"])


def most_stale(notes: Iterable[Json]) -> int | None:
    """Which page to read again next; None when all stand for one moment.

    That moment is when the page was read that was read last. `notes` are all pages in order.
    """
    newest, now = -1, UNKNOWN
    seen: dict[int, tuple[int, int]] = {}
    for number, note in enumerate(notes):
        at, total = note["at"], note["total"]
        if total == UNKNOWN:
            continue
        if at > newest:
            newest, now = at, total
        seen[total] = (min(at, seen[total][0]) if total in seen else at, number)
    stale = [found for total, found in seen.items() if total != now]
    return min(stale)[1] if stale else None


@dataclass(frozen=True)
class Confirmed:
    """The notes, as often as they are gone through, with the totals that pages read again vouch for.

    A page of the oldest total that has not moved (`confirms`): neither have those before it, whenever they
    were read.
    """

    _notes: Iterable[Json]

    def __iter__(self) -> Iterator[Json]:
        for number, note in enumerate(self._notes):
            vouching = [
                (at, total) for place, at, total in self._confirms if place > number and at > note["at"]
            ]
            yield {**note, "total": max(vouching)[1]} if vouching else note

    @cached_property
    def _confirms(self) -> list[tuple[int, int, int]]:
        """The pages that vouch for others: number, time, total."""
        return [
            (number, note["at"], note["total"])
            for number, note in enumerate(self._notes)
            if note.get("confirms")
        ]
