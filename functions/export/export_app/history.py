"""What an export did: of each person in its ledger, in sum in its activity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from export_app.people.entries import KEPT_OUT, OUTCOMES, REFUSED
from lytics_cm.errors import InvalidInput, UnreadableMessage
from lytics_cm.ledger_view import entry_view
from lytics_cm.paging import foreign_cursor
from lytics_cm.streams import address
from lytics_cm.web import rfc3339

if TYPE_CHECKING:
    from lytics_cm.store.activity import Activity, Deeds
    from lytics_cm.store.memberships import Memberships

type Json = dict[str, Any]

ENTRIES, MOST_ENTRIES = 100, 10_000
"""Of a page of the ledger, unless told, and at most."""
MOST_OF_ONE = 100
"""Entries of one person on a page: each is a read of its own."""
HOURS, MOST_HOURS = 50, 500
"""Of a page of the activity."""
MOST_HOURS_BESIDE = 50
"""Of each export in a list of all: a read an export."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which entries are wanted: of whom, with which code, of which outcome; None is any."""

    email: str | None = None
    code: str | None = None
    outcome: str | None = None

    @classmethod
    def of(cls, email: str | None, code: str | None, outcome: str | None) -> Search:
        """A search as a query tells it. Raises `InvalidInput`."""
        if outcome is not None and outcome not in OUTCOMES:
            raise _invalid("outcome", f"outcome must be one of {', '.join(OUTCOMES)}")
        try:
            return cls(None if email is None else address(email), code, outcome)
        except UnreadableMessage as error:
            raise _invalid("email", str(error)) from error

    def matches(self, what: Json) -> bool:
        """Whether an entry is one that is wanted, whosever it is."""
        is_wanted = self.outcome in (None, what["outcome"])
        return is_wanted and (self.code is None or str(what.get("code")) == self.code)

    @property
    def is_listed(self) -> bool:
        """Whether all that is wanted has a failure."""
        return self.code is not None or self.outcome in (REFUSED, KEPT_OUT)


@dataclass(frozen=True, slots=True)
class History:
    """What is read of exports' pasts; `clock` tells epoch ms."""

    memberships: Memberships
    activity: Activity
    clock: Callable[[], int]

    def ledger(self, export: str, search: Search, limit: int, place: Any) -> tuple[list[Json], Any]:
        """A page of entries, the newest first, and the place of the next."""
        if search.email is not None:
            return self._of_one(export, search.email, search, min(limit, MOST_OF_ONE), place)
        match place:
            case None:
                after = None
            case [str(stamp), str(whom)]:
                after = stamp, whom
            case _:
                raise foreign_cursor()
        ledger, now = self.memberships.ledger, self.clock()
        found, following = ledger.page(
            export, now, limit, search.matches, after, only_listed=search.is_listed
        )
        return [entry_view(entry) for entry in found], list(following) if following else None

    def deeds(self, export: str, limit: int, after: str | None) -> tuple[list[Json], str | None]:
        """A page of hours and triggers, the newest first, and the place of the next."""
        found, following = self.activity.page(export, self.clock(), limit, after)
        return [deeds_view(one) for one in found], following

    def _of_one(
        self, export: str, email: str, search: Search, limit: int, place: Any
    ) -> tuple[list[Json], str | None]:
        """The same of one person; a page is of so many entries before they are searched."""
        if place is None:
            record = self.memberships.load(export, [email]).get(email)
            place = record.latest if record else ""
        if not isinstance(place, str):
            raise foreign_cursor()
        read = list(islice(self.memberships.ledger.of(export, email, place, self.clock()), limit))
        following = read[-1].before if len(read) == limit else ""
        return [entry_view(entry) for entry in read if search.matches(entry.what)], following or None


def deeds_view(deeds: Deeds) -> Json:
    """An hour's work for a trigger as the contract shows it."""
    counts = {name: deeds.counts[name] for name in ("calls", "people", *OUTCOMES, "waited")}
    has_lost = counts[REFUSED] or counts[KEPT_OUT] or counts["waited"] or deeds.reason
    result = "partial" if has_lost else "succeeded"
    return {
        "id": deeds.place.replace("#", "-"),
        "trigger": deeds.trigger,
        "began_at": rfc3339(deeds.began_at),
        "ended_at": rfc3339(deeds.ended_at),
        "seconds": (deeds.ended_at - deeds.began_at) // 1000,
        **counts,
        "result": "failed" if deeds.reason and not counts["people"] else result,
        "reason": deeds.reason,
    }


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput("the request is not valid; see details", [{"field": field, "message": message}])
