"""Numbers the identical rows of a paged series, also where a page boundary cuts through them. Pure.

Reports carry no event id and know minutes only: two opens within one minute are two rows that look the same. They are
told apart by counting them (`nth`) within their minute. A page knows all rows of a minute that lies inside it; the
first and the last minute may go on beyond its edges. So a page emits its inner rows and lays its edges aside, with the
*mark* of each edge row, a number that rows share which look the same. When all pages are read, a page's edges are
numbered from as many of each mark on as the pages before had: marks are minutes' own, so only those pages before count
that have rows of the same minute. However many that are, marks take eight bytes each, and rows never come together.

Pages shift when rows are inserted while reading. `total` tells: pages read under different totals may overlap or
leave a gap. Then pages are read again, those of the oldest total first and of these the last: when it has not moved,
nothing before it has since, and all that was read before it or later stands; when it has, it is replaced. So rows that
are added at the end cost one call for each total that was seen, not one for each page.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lytics_cm.addresses import folded

type Json = dict[str, Any]

MINUTE = 60_000
UNKNOWN = -1
"""The total of a page that does not tell it."""
MARK_BYTES = 8
"""Among five million rows that differ, two have one mark with a chance of one in a million."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What a page tells others of its edge rows: its first and last minute (since 1970), and the rows' marks in order.

    A page without rows has no marks, and stands in nobody's way.
    """

    page: int
    first: int
    last: int
    marks: Sequence[int]

    @classmethod
    def of(cls, page: int, rows: Sequence[Json]) -> Edge:
        """The edge that consists of these rows."""
        first, last = (rows[0]["ts"], rows[-1]["ts"]) if rows else (0, 0)
        return cls(page, first // MINUTE, last // MINUTE, [mark(row) for row in rows])


def numbered(rows: Iterable[Json], before: Mapping[int, int] | None = None) -> list[Json]:
    """Give otherwise identical rows their number, in order; `before` says how many there were of a mark already."""
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
    """Pages with edges, in order, in groups of at most `most` edge rows; a page that has more is a group of its own."""
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


def told_before(groups: Sequence[Sequence[Edge]], backwards: Iterable[Edge]) -> list[dict[int, int]]:
    """For each of these groups, how many rows of each of its marks were told before it; none is left out.

    `backwards` are the pages before the first one, the nearest first; no more of them are taken than needed.
    """
    if not groups:
        return []
    own = {each for group in groups for edge in group for each in edge.marks}
    seen = Counter(
        each for edge in _of_minute(groups[0][0].first, backwards) for each in edge.marks if each in own
    )
    told = []
    for group in groups:
        told.append({each: seen[each] for edge in group for each in edge.marks if seen[each]})
        for edge in group:
            seen.update(edge.marks)
    return told


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
    """Whether a page read again begins with what it held the first time (at the end, rows may have been added)."""
    return len(records) >= note["records"] and digest(records[: note["records"]]) == str(note["digest"])


def most_stale(notes: Sequence[Json]) -> int | None:
    """Which page to read again next; None when all stand for one moment.

    That moment is when the page was read that was read last. `notes` are all pages in order.
    """
    told = [note for note in notes if note["total"] != UNKNOWN]
    if not told:
        return None
    now = max(told, key=lambda note: note["at"])["total"]
    stale = [number for number, note in enumerate(notes) if note["total"] not in (now, UNKNOWN)]
    if not stale:
        return None
    oldest = min(stale, key=lambda number: notes[number]["at"])
    return max(number for number in stale if notes[number]["total"] == notes[oldest]["total"])


def confirmed(notes: Sequence[Json]) -> list[Json]:
    """The notes, with the totals that pages read again vouch for.

    A page of the oldest total that has not moved (`confirms`): neither have those before it, whenever they were read.
    """
    standing = list(notes)
    for number, note in sorted(enumerate(notes), key=lambda pair: pair[1]["at"]):
        if note.get("confirms"):
            for before, other in enumerate(notes[:number]):
                if other["at"] < note["at"]:
                    standing[before] = {**other, "total": note["total"]}
    return standing
