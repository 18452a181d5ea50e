"""How single values are written: texts of others, numbers, moments, periods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""What would move the cursor, or turn the line around: a name from elsewhere draws nothing."""
COLOURS = {
    **dict.fromkeys(
        ("active", "succeeded", "completed", "running", "ok", "sent", "add", "yes", "alive"), "green"
    ),
    **dict.fromkeys(
        ("scheduled", "starting", "pending", "waiting", "warning", "change", "unknown", "skipped"), "yellow"
    ),
    **dict.fromkeys(("failed", "revoked", "refuse", "error", "no", "refused", "kept out", "critical"), "red"),
    **dict.fromkeys(("stopped", "keep"), "dim"),
}
UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
NOTHING = "\N{EN DASH}"


def plain(value: Any, style: str = "") -> Text:
    """Any value as a text that is only text: no markup, no control character."""
    if value is None or value == "":
        return Text(NOTHING, "dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no", style)
    if isinstance(value, int):
        return Text(f"{value:,}", style)
    if isinstance(value, Mapping):
        return Text(
            ", ".join(f"{plain(name)}: {plain(one)}" for name, one in value.items()) or NOTHING, style
        )
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Text(", ".join(plain(one).plain for one in value) or NOTHING, style)
    return Text(CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value)), style)


def state(value: Any) -> Text:
    """A status or an outcome in its colour."""
    return plain(value, COLOURS.get(str(value), ""))


def when(moment: Any) -> Text:
    """A time of the API (RFC 3339), to the second, in UTC."""
    found = instant(moment)
    return Text(f"{found:%Y-%m-%d %H:%M:%S}") if found else plain(moment)


def day(moment: Any) -> str:
    """A date field or epoch milliseconds, to the day; nothing of what is no time."""
    found = instant(moment)
    if isinstance(moment, int | float):
        try:
            found = datetime.fromtimestamp(moment / 1000, UTC)
        except (OverflowError, OSError, ValueError):
            found = None
    return f"{found.day} {found:%B} {found.year}" if found else ""


def instant(moment: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(moment)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def since(moment: Any, now: float) -> str:
    """How long ago a time was, or how far away it is; `now` in epoch seconds."""
    found = instant(moment)
    if found is None:
        return ""
    passed = now - found.timestamp()
    return f"{period(passed)} ago" if passed >= 0 else f"in {period(-passed)}"


def period(seconds: float) -> str:
    """The two largest units: `2 h 5 min`."""
    left, parts = int(seconds), list[str]()
    for unit, size in UNITS:
        if left >= size or (unit == "s" and not parts):
            parts.append(f"{left // size} {unit}")
            left %= size
        elif parts:
            break
    return " ".join(parts[:2])


def named(thing: Any) -> str:
    """What a person calls it: its name or description before its id."""
    if not isinstance(thing, Mapping):
        return str(thing or "")
    found = (thing.get(name) for name in ("description", "name", "title", "slug", "id"))
    return str(next((one for one in found if one), ""))


def part(job: Mapping[str, Any], what: str) -> str:
    """The client, list or account of a job by its name, where the API tells it, else by its id."""
    for inside in (job.get(what), job.get("account") if what == "authorization" else None):
        if isinstance(inside, Mapping) and named(inside):
            return named(inside)
    return str(job.get(f"{what}_name") or job.get(f"{what}_id") or "")


def table(*columns: str) -> Table:
    """An empty table; a column `>name` has numbers, `#name` ids, which may be cut at their end."""
    made = Table(header_style="dim", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        kind, name = (column[:1], column[1:]) if column.startswith((">", "#")) else ("", column)
        header = plain(name) if name else ""
        if kind == "#":
            made.add_column(header, style="dim", overflow="ellipsis", min_width=8)  # cut before others wrap
        else:
            made.add_column(header, justify="right" if kind else "left", no_wrap=bool(kind), overflow="fold")
    return made


def stacked(*parts: RenderableType | None) -> Group:
    """One below the other, but for what there is nothing of."""
    return Group(*(one for one in parts if one is not None))


def card(lines: Iterable[tuple[str, Any]]) -> Table:
    """Labels and values, one a line; what is None is left out."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for label, value in lines:
        if value is not None:
            made.add_row(plain(label), value if hasattr(value, "__rich_console__") else plain(value))
    return made
