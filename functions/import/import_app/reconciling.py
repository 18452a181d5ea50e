"""From where a report is read next time, and whether its counts agree with Campaign Monitor's own. Pure.

A report is known by `{"total", "from", "before"}`: how many records it had, the local minute from which to read next
time, and how many records are older than that. Next time must then bring `before` + what it reads = what the
campaign's summary counts; when it does not, something was told late, and the whole report is read again.
"""

from datetime import datetime, timedelta
from typing import Any

type Json = dict[str, Any]

OVERLAP = timedelta(hours=3)
"""Read again at every visit: more than the hour that clocks are put back, so that local minutes may repeat."""
MINUTE_FORMAT = "%Y-%m-%d %H:%M"

COUNTED_AS = {
    "recipients": "recipients",
    "opens": "total_opened",
    "clicks": "clicks",
    "bounces": "bounced",
    "unsubscribes": "unsubscribed",
    "spam": "spam_complaints",
}
"""Which number of a campaign's summary counts the records of which report."""


def state_after(source: Json, pages: list[Json]) -> Json:
    """What is known of a report after reading all of `pages` (from `source["from"]` on)."""
    known = source.get("known") or {}
    older = known.get("before", 0) if source.get("from") else 0
    total = older + sum(page["records"] for page in pages)
    state = {"total": total, "summary": source.get("expected", total)}
    start = _resume_at(pages)
    if start is None:
        return state | {
            name: known[name] for name in ("from", "before") if name in known and source.get("from")
        }
    return state | {"from": start, "before": older + _older_than(start, pages)}


def gap(source: Json, found: Json) -> int:
    """How many records fewer there are than the campaign's summary counts; 0 when it counts no more than these."""
    expected = source.get("expected")
    return max(0, expected - found["total"]) if expected is not None else 0


def has_changed(known: Json, summary: int) -> bool:
    """Whether a report must be read, by the campaign summary's number for it."""
    return summary not in (known.get("total", 0), known.get("summary", 0))


def _resume_at(pages: list[Json]) -> str | None:
    """The first minute of the latest page that begins `OVERLAP` before the end; None for undated or few records."""
    dated = [page for page in pages if page["first"] and page["last"]]
    if not dated:
        return None
    latest = datetime.strptime(dated[-1]["last"], MINUTE_FORMAT) - OVERLAP  # noqa: DTZ007 - the client's local time
    limit = latest.strftime(MINUTE_FORMAT)
    starts = [page["first"] for page in dated if page["first"] <= limit]
    return str(starts[-1]) if starts else None


def _older_than(start: str, pages: list[Json]) -> int:
    """Records before `start`, the first minute of one of the pages."""
    older = 0
    for page in pages:
        if page["last"] < start:
            older += page["records"]
        elif page["first"] < start:
            older += page["records"] - page["of_last"]
    return older
