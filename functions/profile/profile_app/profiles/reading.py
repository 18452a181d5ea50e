"""Reads a person's rows: all leaves, and their union."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lytics_cm.streams import Row
from profile_app.profiles.leaves import END, ROOT, Leaf, joined
from profile_app.profiles.snapshots import effective

if TYPE_CHECKING:
    from lytics_cm.dynamodb import BatchTable

type Position = tuple[int, str]
"""Where a row stands in the order of a person's rows: its time and key."""


@dataclass(frozen=True, slots=True)
class Person:
    """All rows of a person, the facts in the order of time, and when they last changed, epoch ms."""

    email: str
    life: bytes
    rows: list[Row]
    at: int
    version: int
    """Grows with every write of a row."""

    def page(self, most: int | None, after: Position | None) -> tuple[list[Row], Position | None]:
        """The rows behind a position, newest first, at most so many, and the position of the last one if more follow."""
        placed = [((row.ts, row.key), row) for row in self.rows]
        behind = sorted(
            (it for it in placed if not after or it[0] < after), key=lambda it: it[0], reverse=True
        )
        shown = behind[:most]
        return [row for _, row in shown], shown[-1][0] if len(shown) < len(behind) else None


@dataclass(frozen=True, slots=True)
class Profile:
    """A person, as the rows make them under the mapping in force."""

    email: str
    fields: dict[str, Any]
    rows: int
    updated_at: int


def read_person(table: BatchTable, email: str) -> Person | None:
    """Everything that is known of an address; None when that is nothing."""
    # Leaves in the order of their keys: rows move to leaves behind, which are written before.
    return person_of([Leaf.of(item) for page in table.pages(email, (ROOT, END)) for item in page])


def read_persons(table: BatchTable, emails: Sequence[str]) -> dict[str, Person]:
    """Of these people those of whom something is known; of one whose root knows of no other leaf the root is enough."""
    roots = table.get_many([(email, ROOT) for email in emails])
    leaves = {email: Leaf.of(roots[email, ROOT]) for email in emails if (email, ROOT) in roots}
    grown = [email for email, root in leaves.items() if root.more]
    found = {email: person_of([root]) for email, root in leaves.items()}
    found |= zip(grown, table.each(lambda email: read_person(table, email), grown), strict=True)
    return {email: person for email, person in found.items() if person}


def person_of(leaves: Sequence[Leaf]) -> Person | None:
    """A person by their leaves, the root first; None without one."""
    if not leaves or leaves[0].key != ROOT:
        return None
    email, life = leaves[0].email, leaves[0].life
    alive = [leaf for leaf in leaves if leaf.life == life]
    facts, states = joined(alive)
    rows = [*facts] + [effective(one) for one in states.values()]
    return Person(email, life, rows, max(leaf.at for leaf in alive), sum(leaf.rev for leaf in alive))
