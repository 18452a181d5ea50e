"""A profile as a person would want to see it: who it is, what they do, when, and where they are."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

BARS = " ▁▂▃▄▅▆▇█"
HOURS = [f"{hour}" for hour in range(24)]
LONGEST = 4

type Fields = Mapping[str, Any]


def portrait(profile: Mapping[str, Any]) -> Panel:
    """A card: the title says who, the lines say what is known."""
    fields = profile["fields"]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for label, value in lines(fields):
        table.add_row(label, value)
    title = Text(f" {fields.get('cm_name') or 'Somebody'}  <{profile['email']}> ", style="bold")
    told = f" {len(fields)} fields from {profile['rows']:,} rows "
    return Panel(table, title=title, title_align="left", subtitle=told, subtitle_align="right", expand=False)


def lines(fields: Fields) -> Iterator[tuple[str, str | Text]]:
    """Label and text of all that the profile knows."""
    for label, value in (
        (
            "Lists",
            listed([f"{name} ({state})" for name, state in fields.get("cm_list_names_status", {}).items()]),
        ),
        ("Client", listed(fields.get("cm_client_names", []))),
        ("Place", ", ".join(fields[name] for name in ("city", "region", "country_code") if name in fields)),
        ("Campaigns", listed(fields.get("cm_campaign_names", []))),
        ("Activity", counts(fields.get("cm_email_event", {}))),
        ("Opened", span(fields, "cm_firstopen_ts", "cm_lastopen_ts", fields.get("cm_openct"))),
        ("Clicked", span(fields, "cm_firstclick_ts", "cm_lastclick_ts", fields.get("cm_clickct"))),
        ("Opens by hour", spark(fields.get("cm_hourlyopen", {}))),
        ("Links", listed(fields.get("cm_email_urls", []))),
        ("Last active", day(fields.get("last_active_ts"))),
        ("Unsubscribed", day(fields.get("cm_unsub_ts"))),
    ):
        if value:
            yield label, value


def listed(values: list[str]) -> str:
    """The first few, and how many more there are."""
    more = len(values) - LONGEST
    return ", ".join(values[:LONGEST]) + (f" and {more} more" if more > 0 else "")


def counts(values: Mapping[str, int]) -> str:
    """The most frequent first."""
    ordered = sorted(values.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{count} {name}" for name, count in ordered)


def span(fields: Fields, first: str, last: str, count: int | None) -> str:
    """How often, and between which days."""
    if first not in fields:
        return ""
    return f"{count} times, {day(fields[first])} to {day(fields[last])}"


def spark(counted: Mapping[str, int]) -> Text | None:
    """A column for each hour of the day (UTC)."""
    if not counted:
        return None
    highest = max(counted.values())
    columns = "".join(BARS[round(counted.get(hour, 0) / highest * (len(BARS) - 1))] for hour in HOURS)
    return Text.assemble(("0h ", "dim"), (columns, "cyan"), (" 23h UTC", "dim"))


def day(moment: str | int | None) -> str:
    """A date field or epoch milliseconds, to the day."""
    if moment is None:
        return ""
    when = (
        datetime.fromtimestamp(moment / 1000, UTC)
        if isinstance(moment, int)
        else datetime.fromisoformat(moment)
    )
    return f"{when:%-d %B %Y}"
