"""Numbers the identical rows of a paged series, also where a page boundary cuts through them. Pure.

Reports carry no event id and know minutes only: two opens within one minute are two rows that look the same. They are
told apart by counting them (`nth`) within their minute. A page knows all rows of a minute that lies inside it; the
first and the last minute may go on beyond its edges. So a page emits its inner rows and hands over its edges; when
all pages are read, the edges are put together and numbered.

Pages shift when rows are inserted while reading. `total` tells: pages read under different totals may overlap or
leave a gap. Then the series is read again from its end until a page is found unchanged: nothing before it can have
moved.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

type Json = dict[str, Any]

MINUTE = 60_000


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
    email = str(fields.get("email", "")).lower()
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


def is_steady(notes: Sequence[Json]) -> bool:
    """Whether all pages were read under one total, so that no row can have moved between them."""
    return len({note["total"] for note in notes}) <= 1
