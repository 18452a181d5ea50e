"""What is known of a person, and why: rows, explanations, consents, exports, what an erasure left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lytics_cm_cli.drawing import charts
from lytics_cm_cli.drawing.words import card, day, instant, named, plain, stacked, state, table, when

type Items = Sequence[Mapping[str, Any]]

TELLING = ("event", "status", "campaign_name", "url", "list_name", "city", "country_code")
"""Columns of a row that say what it is about, in this order."""
MOST_ELEMENTS = 6


def people(items: Items) -> Table:
    drawn = table("person", "name", ">rows", "updated")
    for one in items:
        drawn.add_row(
            plain(one["email"]), plain(one.get("name")), plain(one["rows"]), when(one["updated_at"])
        )
    return drawn


def rows(items: Items) -> Group:
    """Rows newest first, and when there were how many."""
    drawn = table("at", "stream", "what")
    for one in items:
        drawn.add_row(when(one["ts"]), plain(one["stream"], "dim"), gist(one["fields"]))
    return stacked(charts.over_time(_moments(items)), drawn)


def _moments(items: Items) -> list[datetime]:
    found = (instant(one["ts"]) for one in items)
    return [one for one in found if one]


def gist(fields: Mapping[str, Any]) -> Text:
    """What a row is about, in a line."""
    found = [plain(fields[name], "bold" if name == "event" else "") for name in TELLING if fields.get(name)]
    return Text("  ").join(found) if found else plain(fields)


def explained(document: Mapping[str, Any], only: str | None = None) -> Group:
    """Each field with its value, by which rule, from how many rows, and which one decided."""
    fields = {name: one for name, one in document["fields"].items() if only in (None, name)}
    told = f"{document['read']:,} of {document['rows']:,} rows read"
    parts: list[RenderableType] = [Text.assemble(plain(document["email"], "bold"), (f"  {told}", "dim"))]
    for name, one in fields.items():
        parts += ["", Text.assemble(plain(name, "bold cyan"), "  ", plain(one["value"])), card(_why(one))]
    return Group(*parts)


def _why(one: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for rule in one["made_by"]:
        condition = f" IF {rule['condition']}" if rule.get("condition") else ""
        yield f"  {rule['stream']}", plain(f"{rule['expression']}{condition}")
    elements = one.get("elements") or {}
    if elements:
        counts = {name: element["rows"] for name, element in elements.items()}
        yield "  elements", charts.bars(counts, MOST_ELEMENTS)
    if decided := one.get("decided_by"):
        yield "  decided by", Text.assemble(f"{day(decided['ts'])}  ", gist(decided["fields"]))
    elif one["newest"]:
        newest = one["newest"][0]
        yield (
            f"  {one['rows']:,} rows",
            Text.assemble(f"newest {day(newest['ts'])}  ", gist(newest["fields"])),
        )


def consents(document: Mapping[str, Any]) -> Group:
    """Of each client: what holds, what that allows, and who said what when."""
    parts: list[RenderableType] = [plain(document["email"], "bold")]
    for one in document["clients"]:
        opens = one["opens_and_clicks"]
        allowed = (
            "none" if not opens["allowed"] else f"from {day(opens['from'])} on" if opens["from"] else "all"
        )
        history = table("at", "said", "by")
        for each in one["observations"]:
            history.add_row(when(each["at"]), state(each["value"]), plain(each["source"]))
        parts.append(
            card(
                (
                    ("Client", named(one.get("client")) or one.get("client_name") or one["client_id"]),
                    ("Consent", state(one["consent_to_track"])),
                    ("Import", f"tracking_consent is {one['tracking_consent']}"),
                    ("Opens, clicks", allowed),
                    ("Observed", history if one["observations"] else None),
                )
            )
        )
    return Group(*parts)


def in_exports(items: Items) -> Group:
    """In which audiences of which export somebody is, and what the list got."""
    parts: list[RenderableType] = []
    for one in items:
        export = one["export"]
        stays = table("audience", "inside", "entered", "left")
        for audience in one["audiences"]:
            inside = state("yes" if audience["inside"] else "no")
            stays.add_row(
                plain(audience.get("name") or audience["slug"]),
                inside,
                when(audience["entered_at"]),
                when(audience["left_at"]),
            )
        failure = one.get("failure") or {}
        parts.append(
            card(
                (
                    ("Export", named(export) + (" (dry run)" if export.get("dry_run") else "")),
                    ("Outcome", Text.assemble(state(one["outcome"]), " (waiting)" if one["waiting"] else "")),
                    ("Audiences", stays),
                    ("Sent", plain(one.get("sent"))),
                    ("Refused", f"{failure.get('code')}: {failure.get('message')}" if failure else None),
                )
            )
        )
    return Group(*parts)


def receipt(document: Mapping[str, Any]) -> Group:
    """What an erasure removed, and what remains until when."""
    remains = table("remains", "until")
    for one in document["remains"]:
        until = "for good" if one.get("for_good") else day(one["until"])
        remains.add_row(plain(one["what"]), plain(until))
    removed = card((name.replace("_", " "), plain(count)) for name, count in document["removed"].items())
    blocked = Text("blocked: will not come back", "bold") if document["blocked"] else ""
    return Group(Text("Removed", "bold"), removed, "", remains, blocked)


def blocks(items: Items) -> Table:
    """Who never comes back."""
    drawn = table("address", "since")
    for one in items:
        drawn.add_row(plain(one["email"]), when(one["blocked_at"]))
    return drawn


def checked(document: Mapping[str, Any]) -> Group:
    """A mapping that was checked: its mistakes with carets, and one person before and after."""
    parts: list[RenderableType] = []
    for one in document["errors"]:
        place = f"{one['stream']}, line {one['line']}, column {one['column']}: " if one.get("line") else ""
        parts.append(Text.assemble(("✗ ", "red"), plain(f"{place}{one['message']}")))
        if one.get("excerpt"):
            parts.append(Text("\n".join(f"    {plain(line)}" for line in one["excerpt"].split("\n"))))
    if not document["errors"]:
        parts.append(Text.assemble(("✓ ", "green"), "no mistakes"))
    if "after" in document:
        parts.append(differences(document["before"], document["after"]))
    return Group(*parts)


def reaggregation(document: Mapping[str, Any]) -> Group:
    """How far all profiles are made anew."""
    done, total = document["addresses"]["done"], document["addresses"]["total"]
    share = done / total if total else float(document["status"] == "completed")
    bar = charts.bar(share, 40, "green" if share >= 1 else "cyan")
    line = Text.assemble(state(document["status"]), "  ", bar, f"  {done:,} of {total:,} people")
    return stacked(line, plain(document["message"], "yellow") if document.get("message") else None)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> RenderableType:
    """The fields that another mapping changes."""
    drawn = table("field", "now", "then")
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            drawn.add_row(plain(name), plain(before.get(name)), plain(after.get(name), "bold green"))
    return drawn if drawn.row_count else Text("the person's fields stay as they are", "dim")
