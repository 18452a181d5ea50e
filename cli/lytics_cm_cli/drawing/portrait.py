"""A profile as a person would want to see it: who it is, what they do, when, and where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lytics_cm_cli.drawing import charts
from lytics_cm_cli.drawing.words import day, plain

LONGEST = 4
KNOWN = {
    *("cm_name", "email", "email_domain", "cm_list_names_status", "cm_list_ids_status", "cm_client_names"),
    *(
        "cm_client_ids",
        "city",
        "region",
        "country_code",
        "cm_campaign_names",
        "cm_campaign_ids",
        "cm_email_event",
    ),
    *("cm_openct", "cm_clickct", "cm_sendct", "cm_firstopen_ts", "cm_lastopen_ts", "cm_firstclick_ts"),
    *("cm_lastclick_ts", "cm_hourlyopen", "cm_hourofweek", "cm_monthly", "cm_email_urls", "last_active_ts"),
    *("cm_unsub_ts", "cm_listids", "cm_list_names", "channels", "hashedurls"),
}
"""Fields of the default mappings: shown above, or by what is shown."""

type Fields = Mapping[str, Any]


def portrait(profile: Mapping[str, Any]) -> Panel:
    """A card: the title says who, the lines say what is known."""
    fields = profile["fields"]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in lines(fields):
        table.add_row(plain(label), plain(value) if isinstance(value, str) else value)
    title = Text(f" {plain(fields.get('cm_name') or 'Somebody')}  <{plain(profile['email'])}> ", style="bold")
    told = f" {len(fields)} fields from {profile['rows']:,} rows "
    return Panel(table, title=title, title_align="left", subtitle=told, subtitle_align="right", expand=False)


def lines(fields: Fields) -> Iterator[tuple[str, RenderableType]]:
    """Label and text of all that the profile knows; last what only an own mapping has."""
    states = [f"{name} ({state})" for name, state in counted(fields, "cm_list_names_status").items()]
    for label, value in (
        ("Lists", listed(states)),
        ("Client", listed(texts(fields, "cm_client_names"))),
        (
            "Place",
            ", ".join(str(fields[name]) for name in ("city", "region", "country_code") if name in fields),
        ),
        ("Campaigns", listed(texts(fields, "cm_campaign_names"))),
        ("Activity", charts.bars(numbers(fields, "cm_email_event"))),
        ("Opened", span(fields, "open")),
        ("Clicked", span(fields, "click")),
        ("Opens by hour", charts.hours(numbers(fields, "cm_hourlyopen"))),
        ("Opens by month", charts.months(numbers(fields, "cm_monthly"))),
        ("Links", listed(texts(fields, "cm_email_urls"))),
        ("Last active", day(fields.get("last_active_ts"))),
        ("Unsubscribed", day(fields.get("cm_unsub_ts"))),
        *((name, plain(value)) for name, value in fields.items() if name not in KNOWN),
    ):
        if value:
            yield label, value


def listed(values: list[str]) -> str:
    """The first few, and how many more there are."""
    more = len(values) - LONGEST
    return ", ".join(values[:LONGEST]) + (f" and {more} more" if more > 0 else "")


def span(fields: Fields, event: str) -> str:
    """How often, and between which days."""
    first, last = (day(fields.get(f"cm_{end}{event}_ts")) for end in ("first", "last"))
    return f"{fields.get(f'cm_{event}ct')} times, {first} to {last}" if first else ""


def counted(fields: Fields, name: str) -> Mapping[str, Any]:
    """A map; an own mapping may have made something else of the field."""
    found = fields.get(name)
    return found if isinstance(found, Mapping) else {}


def numbers(fields: Fields, name: str) -> dict[str, int]:
    return {key: value for key, value in counted(fields, name).items() if isinstance(value, int)}


def texts(fields: Fields, name: str) -> list[str]:
    found = fields.get(name)
    return [str(one) for one in found] if isinstance(found, list) else []
