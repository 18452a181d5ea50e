"""What can be chosen from, as tables: names before ids, sizes where they are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from lytics_cm_cli.drawing.words import plain, state, table, when

SIZES = ("subscribers", "size")
"""How many people a list or an audience has, where the API tells."""

type Items = Sequence[Mapping[str, Any]]


def accounts(items: Items) -> Table:
    drawn = table("account", "status", "connected", "says", "#id")
    for one in items:
        connected = when(one.get("connected_at"))
        drawn.add_row(
            plain(one["description"]), state(one["status"]), connected, plain(one.get("message")), one["id"]
        )
    return drawn


def things(items: Items) -> Table:
    """Clients or lists."""
    sizes = [name for name in SIZES if any(name in one for one in items)]
    drawn = table("name", *(">people" for _ in sizes), "#id")
    for one in items:
        drawn.add_row(plain(one["name"]), *(plain(one.get(name)) for name in sizes), plain(one["id"]))
    return drawn


def audiences(items: Items) -> Table:
    sizes = [name for name in SIZES if any(name in one for one in items)]
    drawn = table("audience", "slug", *(">people" for _ in sizes), "#id")
    for one in items:
        sized = (plain(one.get(name)) for name in sizes)
        drawn.add_row(plain(one["name"]), plain(one["slug"]), *sized, plain(one["id"]))
    return drawn


def custom_fields(items: Items) -> Table:
    """Fields of a list of Campaign Monitor."""
    drawn = table("field", "type", "options", "#key")
    for one in items:
        drawn.add_row(
            plain(one["name"]), plain(one["data_type"]), plain(", ".join(one["options"])), plain(one["key"])
        )
    return drawn


def lytics_fields(items: Items) -> Table:
    """Fields of people at Lytics."""
    drawn = table("field", "type", "is")
    for one in items:
        drawn.add_row(plain(one["name"]), plain(one["type"]), plain(one["description"]))
    return drawn
