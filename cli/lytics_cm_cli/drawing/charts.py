"""Small charts of counts: a column for each, or a bar for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.table import Table
from rich.text import Text

from lytics_cm_cli.drawing.words import plain

COLUMNS = " ▁▂▃▄▅▆▇█"
WHOLE, HALF, REST = "━╸─"
HOURS = [f"{hour}" for hour in range(24)]
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
WIDTH = 30


def columns(counts: Sequence[float], style: str = "cyan") -> Text:
    """A column for each count; the highest is as high as a line, and what is there at all can be seen."""
    highest = max(counts, default=0)
    if highest <= 0:
        return Text(COLUMNS[0] * len(counts), style)
    steps = (0 if count <= 0 else max(1, round(count / highest * (len(COLUMNS) - 1))) for count in counts)
    return Text("".join(COLUMNS[step] for step in steps), style)


def bar(share: float, width: int = WIDTH, style: str = "cyan") -> Text:
    """A bar that is so much of the width long, to half a character; what is there at all can be seen."""
    halves = round(min(1.0, max(0.0, share)) * width * 2) or (1 if share > 0 else 0)
    drawn = WHOLE * (halves // 2) + HALF * (halves % 2)
    return Text.assemble((drawn, style), (REST * (width - len(drawn)), "dim"))


def hours(counted: Mapping[str, int]) -> Text | None:
    """A column for each hour of the day (UTC)."""
    if not counted:
        return None
    drawn = columns([counted.get(hour, 0) for hour in HOURS])
    return Text.assemble(("0h ", "dim"), drawn, (" 23h UTC", "dim"))


def week(counted: Mapping[str, int]) -> Table | None:
    """A line of 24 columns for each day of the week, from hours counted from Sunday 00:00 (UTC)."""
    if not counted:
        return None
    highest = max(counted.values())
    made = Table.grid(padding=(0, 1))
    for number, name in enumerate(DAYS):
        found = [counted.get(str(number * 24 + hour), 0) for hour in range(24)]
        drawn = columns([*found, highest])
        made.add_row(Text(name[:2], "dim"), drawn[:24])
    return made


def months(counted: Mapping[str, int]) -> Text | None:
    """A column for each month from the first to the last; keys are `yymm`."""
    known = sorted(month for month in counted if len(month) == len("yymm") and month.isdigit())
    if len(known) < 2:  # noqa: PLR2004 - one column shows nothing
        return None
    first, last = (int(month[:2]) * 12 + int(month[2:]) - 1 for month in (known[0], known[-1]))
    found = [counted.get(f"{month // 12:02}{month % 12 + 1:02}", 0) for month in range(first, last + 1)]
    return Text.assemble((f"{_month(known[0])} ", "dim"), columns(found), (f" {_month(known[-1])}", "dim"))


def _month(yymm: str) -> str:
    return f"20{yymm[:2]}-{yymm[2:]}"


def bars(counted: Mapping[str, int], most: int = 8) -> Table | None:
    """A bar for each name, the longest first; what is left of the names is one line."""
    if not counted:
        return None
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    highest = max(1, ordered[0][1])
    made = Table.grid(padding=(0, 2))
    made.add_column(overflow="fold")
    made.add_column(justify="right")
    made.add_column()
    for name, count in ordered[:most]:
        made.add_row(plain(name), plain(count), bar(count / highest, 20))
    if len(ordered) > most:
        made.add_row(
            Text(f"and {len(ordered) - most} more", "dim"), plain(sum(one for _, one in ordered[most:])), ""
        )
    return made


def over_time(moments: Sequence[datetime], places: int = 48) -> Text | None:
    """How many moments fall into each of so many equal periods, from the first to the last."""
    if not moments:
        return None
    first, last = min(moments).timestamp(), max(moments).timestamp()
    counted = [0] * places
    for moment in moments:
        share = (moment.timestamp() - first) / (last - first or 1)
        counted[min(places - 1, int(share * places))] += 1
    ends = (f"{datetime.fromtimestamp(end, UTC):%-d %b %Y}" for end in (first, last))
    begin, end = ends
    return Text.assemble((f"{begin} ", "dim"), columns(counted), (f" {end}", "dim"))
