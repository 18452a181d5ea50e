"""Numbers the identical rows of a paged series, also where a page boundary cuts through them. Pure.

Reports carry no event id and know minutes only: two opens within one minute are two rows that look the same. They are
told apart by counting them (`nth`) within their minute. A page knows all rows of a minute that lies inside it; the
first and the last minute may go on beyond its edges. So a page emits its inner rows and hands over its edges; when
all pages are read, the edges are put together and numbered.

Pages shift when rows are inserted while reading. `total` tells: pages read under different totals may overlap or
leave a gap. Then pages are read again, those of the oldest total first and of these the last: when it has not moved,
nothing before it has since, and all that was read before it or later stands; when it has, it is replaced. So rows that
are added at the end cost one call for each total that was seen, not one for each page.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from lytics_cm.addresses import folded

type Json = dict[str, Any]

MINUTE = 60_000
UNKNOWN = -1
"""The total of a page that does not tell it."""


def numbered(rows: Iterable[Json]) -> list[Json]:
    """Give otherwise identical rows their number, in order."""
    seen: Counter[str] = Counter()
    result = []
    for row in rows:
        alike = likeness(row)
        nth = seen[alike]
        seen[alike] += 1
        result.append({**row, "nth": nth} if nth else row)
    return result


def likeness(row: Json) -> str:
    """What two rows share when a report cannot tell them apart."""
    fields = row["fields"]
    email = folded(str(fields.get("email", "")))
    return json.dumps([email, fields.get("list_id"), row["ts"] // MINUTE, fields.get("url")])


def split(rows: Sequence[Json]) -> tuple[list[Json], list[Json]]:
    """A page's rows as (inner, edges): those of its first and last minute are edges."""
    if not rows:
        return [], []
    ends = {rows[0]["ts"] // MINUTE, rows[-1]["ts"] // MINUTE}
    inner = [row for row in rows if row["ts"] // MINUTE not in ends]
    return inner, [row for row in rows if row["ts"] // MINUTE in ends]


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


def confirm(notes: Sequence[Json], number: int, total: int) -> None:
    """A page of the oldest total has not moved: neither have those before it, whenever they were read since."""
    for note in notes[: number + 1]:
        note["total"] = total
