"""From where a report is read next time, and whether its counts agree with Campaign Monitor's own. Pure.

A report is known by `{"total", "summary", "tries", "from", "before"}`: how many records it had, how many the
summary counted, how often in a row these were more, the local minute from which to read next time, and how
many records are older than that. Next time must then bring `before` + what it reads = what the campaign's
summary counts; when it does not, something was told late, and the whole report is read again.

An import may want nothing from before a minute, `since`. What its first reading from there lacks of what the
summary counts is taken to be older: it is `before`, and the state says `since` as long as it has been read
from no earlier.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from lytics_cm.remedies import UNCOUNTED

type Json = dict[str, Any]

OVERLAP = timedelta(hours=3)
"""Read again at every visit: more than the hour that clocks are put back, so that local minutes may
repeat."""
MOST_TRIES = 3
"""How often a report is read whose number differs from the summary's, and neither moves."""
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


def state_after(source: Json, pages: Iterable[Json]) -> Json:
    """What is known of a report after reading all of `pages`. They are gone through several times."""
    known = source.get("known") or {}
    expected = source.get("expected")
    read = sum(page["records"] for page in pages)
    is_first = begins_at_since(source)
    if is_first:
        older = max(0, (expected or 0) - read)
    else:
        older = known.get("before", 0) if source.get("from") else 0
    total = older + read
    summary = total if expected is None else expected
    state = {"total": total, "summary": summary}
    since = source["since"] if is_first else source.get("from") and known.get("since")
    if since:
        state["since"] = since
    if summary > total:
        state["tries"] = known.get("tries", 0) + 1
    start = _resume_at(pages)
    if start is None:
        return state | {
            name: known[name] for name in ("from", "before") if name in known and source.get("from")
        }
    return state | {"from": start, "before": older + _older_than(start, pages)}


def begins_at_since(source: Json) -> bool:
    """Whether a report is read from the minute on before which nothing is wanted."""
    return bool(source.get("since")) and source.get("from") == source["since"]


def known_since(known: Json, since: str) -> Json:
    """What is known of a report that counts where nothing from before a minute is wanted; empty is all wanted.

    Nothing, if it has been read from a later minute on. Not from where to go on, if that is earlier.
    """
    if known.get("since", "") > since:
        return {}
    if known.get("from", since) < since:
        return {name: value for name, value in known.items() if name not in ("from", "before")}
    return known


def gap(source: Json, found: Json) -> int:
    """How many records fewer there are than the campaign's summary counts.

    0 when it counts no more than these.
    """
    expected = source.get("expected")
    return max(0, expected - found["total"]) if expected is not None else 0


def has_changed(known: Json, summary: int | None) -> bool:
    """Whether a report must be read, by the campaign summary's number for it; without one it must.

    A report that lags behind its summary is read again a few times; then the two count differently, and that
    is that.
    """
    if summary is None:
        return True
    total, before = known.get("total", 0), known.get("summary", 0)
    if summary in (total, before) and summary <= total:
        return False
    return bool(summary != before or known.get("tries", 0) < MOST_TRIES)


def uncounted(source: str, reports: list[str]) -> list[Json]:
    """A failure for each report of which Campaign Monitor's number cannot be read."""
    return [
        {
            "source": f"{source}/{name}",
            "code": UNCOUNTED,
            "message": f"its number of {name} cannot be read; it is read uncounted",
        }
        for name in reports
    ]


def _resume_at(pages: Iterable[Json]) -> str | None:
    """The first minute of the latest page that begins `OVERLAP` before the end.

    None for undated or few records.
    """
    latest, found = "", None
    for page in pages:
        latest = page["last"] or latest
    if not latest:
        return None
    before = datetime.strptime(latest, MINUTE_FORMAT) - OVERLAP  # noqa: DTZ007 - the client's local time
    limit = before.strftime(MINUTE_FORMAT)
    for page in pages:
        if page["first"] and page["first"] <= limit:
            found = str(page["first"])
    return found


def _older_than(start: str, pages: Iterable[Json]) -> int:
    """Records before `start`, the first minute of one of the pages."""
    older = 0
    for page in pages:
        if page["last"] < start:
            older += page["records"]
        elif page["first"] < start:
            older += page["records"] - page["of_last"]
    return older
