"""The options of every list, and how one is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from lytics_cm_cli.session import Session

type Json = dict[str, Any]

MOST, PAGE = 50, 500
"""Items that are shown unless told, and that one answer has at most."""
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="At most so many items.")]
All = Annotated[bool, typer.Option("--all", help="Everything, page by page.")]


def tell_list(
    session: Session,
    document: Json,
    draw: Callable[[Sequence[Mapping[str, Any]]], RenderableType],
    nothing: str,
) -> None:
    """Tell of a list: its items drawn, or that there is nothing, and whether there is more."""
    items = document["items"]
    more = (
        Text(f"more than these {len(items):,}: --all shows everything", "dim")
        if document.get("more")
        else None
    )
    session.tell(document, draw(items) if items else Text(nothing, "dim"), more)


def page(limit: int, everything: bool) -> int:
    """How many items to ask for at once, of routes that can be told."""
    return PAGE if everything else min(limit, PAGE)


def most(limit: int, everything: bool) -> int | None:
    return None if everything else limit
