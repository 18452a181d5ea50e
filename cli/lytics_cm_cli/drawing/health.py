"""Whether everything is well: queues, dead letters, alarms, and each finding with its remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lytics_cm_cli.drawing.words import card, period, plain, state, table

type Document = Mapping[str, Any]


def system(document: Document) -> Group:
    """What `GET /system` tells, section by section; what it does not have is not shown."""
    parts: list[RenderableType] = [card((("Version", document.get("version")),))]
    if queues(document):
        parts += ["", _queues(queues(document))]
    for name, section in document.items():
        if name in ("version", "queues", "findings", "ok", "healthy", "status"):
            continue
        drawn = members(section)
        if drawn is not None:
            parts += ["", Text(name.replace("_", " ").capitalize(), "bold"), drawn]
    return Group(*parts)


def queues(document: Document) -> list[Document]:
    """The queues with their names, whether the API lists them or has them by name."""
    found = document.get("queues") or []
    if isinstance(found, Mapping):
        return [{"name": name, **one} for name, one in found.items() if isinstance(one, Mapping)]
    return [one for one in found if isinstance(one, Mapping)]


def _queues(found: Sequence[Document]) -> Table:
    drawn = table("queue", ">waiting", ">oldest", ">dead letters")
    for one in found:
        age = one.get("age_seconds", one.get("oldest_seconds"))
        dead = one.get("dead_letters")
        drawn.add_row(
            plain(one.get("name")),
            plain(one.get("depth", one.get("messages", one.get("waiting")))),
            plain(period(age) if isinstance(age, int | float) else None),
            plain(dead, "red" if dead else ""),
        )
    return drawn


def members(section: Any) -> RenderableType | None:
    """Whatever the API tells: a table of things, or a line for each member."""
    if isinstance(section, Mapping):
        return (
            card((str(name).replace("_", " "), _value(value)) for name, value in section.items())
            if section
            else None
        )
    if isinstance(section, Sequence) and not isinstance(section, str):
        things = [one for one in section if isinstance(one, Mapping)]
        names = list(dict.fromkeys(name for one in things for name in one))
        drawn = table(*(name.replace("_", " ") for name in names))
        for one in things:
            drawn.add_row(*(_value(one.get(name)) for name in names))
        return drawn if things else None
    return plain(section) if section is not None else None


def _value(value: Any) -> Text:
    return state(value) if isinstance(value, str) else plain(value)


def findings(document: Document) -> list[Document]:
    """What is not as it should be."""
    return [one for one in document.get("findings") or [] if isinstance(one, Mapping)]


def told(found: Sequence[Document]) -> Group:
    """Each finding with its remedy."""
    if not found:
        return Group("", Text.assemble(("✓ ", "green"), "everything is well"))
    parts: list[RenderableType] = [""]
    for one in found:
        what = one.get("message") or one.get("what") or one.get("finding")
        parts.append(Text.assemble(("✗ ", "red"), plain(what, "bold")))
        if one.get("remedy"):
            parts.append(Text.assemble("  → ", plain(one["remedy"])))
    return Group(*parts)
