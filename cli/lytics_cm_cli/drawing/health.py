"""How the whole system is: what needs a person, with its remedy; queues, quotas, webhooks, schedules, accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lytics_cm_cli.drawing import charts
from lytics_cm_cli.drawing.words import named, period, plain, since, stacked, state, table, when

type Document = Mapping[str, Any]
type Items = Sequence[Mapping[str, Any]]

ON, NEVER_READ = "ALARM", "INSUFFICIENT_DATA"
"""CloudWatch's words for an alarm that is on, and for one that has had nothing to look at."""
NOBODY = "the system"
"""Who did what no call did."""
COMMANDS = (
    ("POST", "dead-letters/{}/redrive", "redrive {}"),
    ("POST", "authorizations/{}/reconnect", "connect --again {}"),
    ("POST", "imports/{}/start", "import start {}"),
    ("POST", "imports/{}/run", "import run {}"),
    ("POST", "exports/{}/start", "export start {}"),
)
"""The routes that remedies name, as commands."""


def system(document: Document, now: float) -> Group:
    """All of `GET /system`: problems first, then warnings; of a part that could not be read a problem tells."""
    return stacked(
        problems(document["problems"], now),
        *(warning(one, now) for one in document.get("warnings") or []),
        *_part("Queues", document.get("queues"), _queues),
        *_part("Quotas", document.get("quotas"), _quotas),
        *_part("Accounts", document.get("authorizations"), _accounts),
        *_part("Schedules", document.get("schedules"), _schedules),
        *_part("Webhooks", (document.get("webhooks") or {}).get("lists"), _webhooks),
        *_part("Alarms", [one for one in document.get("alarms") or [] if one["state"] == ON], _alarms),
        *_quiet(document.get("alarms") or []),
        plain(f"version {document.get('version')}", "dim"),
    )


def problems(found: Items, now: float) -> RenderableType:
    """Each with its remedy, and the command for it if there is one."""
    if not found:
        return Text.assemble(("✓ ", "green"), ("everything is well", "bold"))
    parts: list[RenderableType] = []
    for one in found:
        ago = f"  since {since(one['since'], now)}" if one.get("since") else ""
        parts.append(Text.assemble(("✗ ", "red"), plain(one["what"], "bold"), (ago, "dim")))
        parts.append(Text.assemble("  → ", plain(one["remedy"])))
        if told := command_for(one.get("route")):
            parts.append(Text.assemble("    ", plain(told, "cyan")))
    return Group(*parts)


def warning(one: Document, now: float) -> RenderableType:
    """What to know, though nobody is needed: what waits for a vendor, whom nobody tells."""
    ago = f"  since {since(one['since'], now)}" if one.get("since") else ""
    told = Text.assemble(("! ", "yellow"), plain(one["what"]), (ago, "dim"))
    return Group(told, Text.assemble("  → ", plain(one["remedy"], "dim")))


def command_for(route: str | None) -> str | None:
    """How a route is called from here: by a command of its own, else by `api`."""
    if not route:
        return None
    method, _, path = route.partition(" ")
    for verb, pattern, told in COMMANDS:
        before, _, after = pattern.partition("{}")
        inside = path.removeprefix(f"/{before}").removesuffix(after)
        if (method, path) == (verb, f"/{before}{inside}{after}"):
            return f"lytics-cm {told.format(inside)}"
    return f"lytics-cm api {method} {path}"


def _part(title: str, found: Items | None, draw: Any) -> Iterator[RenderableType]:
    if found:
        yield Text(f"\n{title}", "bold")
        yield draw(found)


def _quiet(alarms: Items) -> Iterator[RenderableType]:
    """How many alarms are not on; of a new stack, or where nothing happens, most have no data."""
    off = [one["state"] for one in alarms if one["state"] != ON]
    if off:
        empty = off.count(NEVER_READ)
        some = f", {empty:,} of these without data: nothing has happened that they watch" if empty else ""
        yield plain(f"\n{len(off):,} alarms are off{some}", "dim")


def _queues(found: Items) -> Table:
    drawn = table("queue", ">waiting", ">being handled", ">delayed", ">oldest", ">dead letters")
    for one in found:
        age, dead = one.get("oldest_seconds"), one["dead_letters"]
        drawn.add_row(
            plain(one["name"]),
            plain(one["waiting"]),
            plain(one["in_flight"]),
            plain(one["delayed"]),
            plain(None if age is None else period(age)),
            plain(dead, "red" if dead else ""),
        )
    return drawn


def _quotas(found: Items) -> Table:
    drawn = table("quota", ">used", ">of", "")
    for one in found:
        of = f" ({named(one['account'])})" if one.get("account") else ""
        used, limit = one.get("used"), one["limit"]
        share = (used or 0) / limit if limit else 0.0
        style = "red" if share > 0.9 else "cyan"  # noqa: PLR2004 - nearly all
        drawn.add_row(
            plain(one["name"].replace("_", " ") + of), plain(used), plain(limit), charts.bar(share, 20, style)
        )
    return drawn


def _accounts(found: Items) -> Table:
    drawn = table("account", "status", "connected", "says", "#id")
    for one in found:
        drawn.add_row(
            plain(one["description"]),
            state(one["status"]),
            when(one.get("connected_at")),
            plain(one.get("message")),
            plain(one["id"]),
        )
    return drawn


def _schedules(found: Items) -> Table:
    drawn = table("schedule", "on", "every", "next")
    for one in found:
        minutes = one.get("every_minutes")
        drawn.add_row(
            plain(named(one.get("job")) or one["name"]),
            state("yes" if one["on"] else "no"),
            plain(period(minutes * 60) if minutes else None),
            when(one.get("next_run_at")),
        )
    return drawn


def _webhooks(found: Items) -> Table:
    drawn = table("list", "webhook", "looked at", "last delivery")
    for one in found:
        drawn.add_row(
            plain(named(one["list"])),
            state(one["state"]),
            when(one.get("checked_at")),
            when(one.get("last_delivery_at")),
        )
    return drawn


def _alarms(found: Items) -> Table:
    drawn = table("alarm", "state", "since", "why")
    for one in found:
        drawn.add_row(
            plain(one["name"]), state(one["state"]), when(one.get("since")), plain(one.get("reason"))
        )
    return drawn


def dead_letters(items: Items) -> Table:
    """How many lie in each queue, and what some of them are."""
    drawn = table("queue", ">messages", "such as", "job", "sent")
    for one in items:
        first, *rest = one.get("sample") or [{}]
        drawn.add_row(plain(one["queue"]), plain(one["messages"]), *_letter(first))
        for letter in rest:
            drawn.add_row("", "", *_letter(letter))
    return drawn


def _letter(letter: Document) -> tuple[Text, Text, Text]:
    return plain(letter.get("kind")), plain(letter.get("job"), "dim"), when(letter.get("sent_at"))


def events(items: Items) -> Table:
    """Who did what, when, from where, and how it was answered."""
    drawn = table("at", "who", "role", "from", "what", ">answer", "about")
    drawn.columns[4].no_wrap = True
    for one in items:
        who = one.get("who") or {}
        result = one.get("result")
        style = "red" if isinstance(result, int) and result >= 400 else "green"  # noqa: PLR2004 - HTTP's own border
        drawn.add_row(
            when(one["at"]),
            plain(who.get("name")) if who else plain(NOBODY, "dim"),
            plain(who.get("role")),
            plain(one.get("from")),
            plain(one["kind"]),
            plain(result, style),
            plain(one.get("job") or one.get("subject"), "dim"),
        )
    return drawn
