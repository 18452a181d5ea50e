"""What an export did of each person, what it would do, and what failed and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lytics_cm_cli.drawing import charts
from lytics_cm_cli.drawing.words import card, period, plain, stacked, state, table, when

type Document = Mapping[str, Any]
type Items = Sequence[Mapping[str, Any]]

DEEDS = ("added", "changed", "removed", "skipped", "refused", "kept_out", "waited")


def failures(document: Document) -> Group:
    """How often each code and its remedy, then one by one, newest of the API's order first."""
    items, summary = document["items"], document.get("summary") or []
    remedies = () if summary or not any(one.get("remedy") for one in items) else ("remedy",)
    drawn = table("at", "who", "code", "message", *remedies)
    for one in items:
        who = one.get("email") or one.get("source")
        remedy = [plain(one.get("remedy")) for _ in remedies]
        drawn.add_row(when(one["at"]), plain(who), plain(_code(one)), plain(one["message"]), *remedy)
    counted = None if document.get("summary_complete", True) else Text("of the newest alone", "dim")
    return stacked(_summary(summary) if summary else None, counted, drawn)


def _summary(summary: Items) -> Table:
    highest = max((one["count"] for one in summary), default=1)
    drawn = table(">times", "", "code", "message, and remedy")
    for one in summary:
        told = Text.assemble(plain(one.get("message")), ("\n→ ", "cyan"), plain(one.get("remedy")))
        drawn.add_row(
            plain(one["count"], "bold"),
            charts.bar(one["count"] / highest, 12, "red"),
            plain(_code(one)),
            told,
        )
    return drawn


def plan(document: Document) -> Group:
    """What a dry run would do: totals as bars, then what would change of each person, and why not."""
    totals = {name: count for name, count in (document.get("totals") or {}).items() if isinstance(count, int)}
    drawn = table("person", "would", "values", "why")
    for one in document["items"]:
        drawn.add_row(
            plain(one["email"]),
            state(one["would"]),
            changes(one.get("before"), one.get("after")),
            plain(one.get("why")),
        )
    return stacked(charts.bars(totals), drawn)


def changes(before: Any, after: Any) -> RenderableType:
    """What differs, a line for each field: `City: Ulm → Oslo`."""
    was, will = (one if isinstance(one, Mapping) else {} for one in (before, after))
    lines = [
        Text.assemble((f"{plain(name)}: ", "dim"), plain(was.get(name)), " → ", plain(will.get(name), "bold"))
        for name in {**was, **will}
        if was.get(name) != will.get(name)
    ]
    return Group(*lines) if lines and will else plain(None)


def tried(document: Document) -> Group:
    """One person who was sent, or would be: what became of it, and the list before and after."""
    outcome = document.get("outcome") or document.get("would")
    told = "sent" if document.get("done") else "dry run: nothing was written"
    lines = (
        ("Person", plain(document.get("email"), "bold")),
        ("Outcome", Text.assemble(state(outcome), (f"  {told}", "dim"))),
        ("Code", _code(document)),
        ("Says", document.get("message")),
    )
    return Group(card(lines), before_and_after(document.get("before"), document.get("after")))


def before_and_after(before: Any, after: Any) -> Table:
    """Two states side by side; what differs stands out."""
    was, will = (one if isinstance(one, Mapping) else {} for one in (before, after))
    drawn = table("field", "before", "after")
    for name in {**was, **will}:
        style = "" if was.get(name) == will.get(name) else "bold green"
        drawn.add_row(plain(name), plain(was.get(name)), plain(will.get(name), style))
    return drawn


def ledger(items: Items) -> Table:
    """What became of every person, newest first: what was sent, or why it was not, and what asked for it."""
    drawn = table("at", "person", "outcome", "code", "sent, or why not", "because")
    for one in items:
        values = one.get("sent") if one.get("sent") and not one.get("message") else one.get("message")
        drawn.add_row(
            when(one["at"]),
            plain(one["email"]),
            state(one["outcome"]),
            plain(_code(one)),
            plain(values),
            plain(_because(one)),
        )
    return drawn


def _because(one: Document) -> str:
    cause = one.get("cause") or {}
    told = " ".join(str(cause[name]) for name in ("event", "slug") if cause.get(name))
    return told or str(one.get("trigger") or "")


def activity(items: Items) -> Group:
    """What was done in each hour and for what, newest first; how many people as columns, oldest first."""
    drawn = table("began", "because of", "took", ">calls", ">people", "what", "result", "why not all")
    for one in items:
        drawn.add_row(
            when(one["began_at"]),
            plain(str(one["trigger"]).replace("_", " ")),
            plain(period(one["seconds"])),
            plain(one["calls"]),
            plain(one["people"]),
            plain(", ".join(_deeds(one))),
            state(one["result"]),
            plain(one.get("reason")),
        )
    people = [one["people"] for one in reversed(items)]
    chart = (
        Text.assemble(("people, oldest first ", "dim"), charts.columns(people)) if len(people) > 1 else None
    )
    return stacked(chart, drawn)


def _deeds(one: Document) -> Iterator[str]:
    for name in DEEDS:
        if one.get(name):
            yield f"{one[name]:,} {name.replace('_', ' ')}"


def _code(one: Document) -> str | None:
    """A code is a number that nobody counts with."""
    return None if one.get("code") is None else str(one["code"])
