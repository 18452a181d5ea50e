"""Who may call the API, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from lytics_cm_cli.drawing.words import plain, state, table, when


def sessions(items: Sequence[Mapping[str, Any]]) -> Table:
    has_status = any("status" in one for one in items)
    drawn = table("session", "role", *(["status"] if has_status else []), "made", "until", "revoked", "#id")
    for one in items:
        drawn.add_row(
            plain(one["name"]),
            plain(one["role"]),
            *([state(one.get("status"))] if has_status else []),
            when(one.get("created_at")),
            when(one.get("expires_at")),
            when(one.get("revoked_at")),
            plain(one["id"]),
        )
    return drawn
