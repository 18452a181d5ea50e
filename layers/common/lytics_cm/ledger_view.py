"""How an entry of an export's ledger looks from outside. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lytics_cm.web import rfc3339

if TYPE_CHECKING:
    from lytics_cm.store.ledger import Entry

type Json = dict[str, Any]

EVENTS = ("enter", "exit", "seen", "change")
"""What a cause can be: of an audience, or a change of fields."""


def entry_view(entry: Entry) -> Json:
    """What became of a person, and when. `left_out` counts fields whose values were too large to be kept."""
    what = entry.what
    cause = what.get("cause")
    return {
        "at": rfc3339(entry.at),
        "email": entry.email,
        "outcome": what["outcome"],
        "resubscribed": what.get("resubscribed", False),
        "code": what.get("code"),
        "message": what.get("message") or what.get("why"),
        "sent": what.get("sent"),
        "left_out": what.get("left_out", 0),
        "trigger": what["trigger"],
        "cause": {"event": cause[0], "slug": cause[1], "at": rfc3339(cause[2])} if cause else None,
    }
