"""Who may call the API, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from lytics_cm_cli.drawing.words import plain, table, when


def sessions(items: Sequence[Mapping[str, Any]]) -> Table:
    drawn = table("session", "role", "made", "by", "until", "", "#id")
    for one in items:
        drawn.add_row(
            plain(one["name"]),
            plain(one["role"]),
            when(one.get("created_at")),
            plain(one.get("created_by")),
            when(one.get("expires_at")),
            plain("code not used yet", "yellow") if one.get("pending") else "",
            plain(one["id"]),
        )
    return drawn
