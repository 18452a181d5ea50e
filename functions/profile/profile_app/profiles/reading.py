"""Reads a person's rows: all leaves, and their union."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lytics_cm.streams import Row
from profile_app.profiles.leaves import END, ROOT, Leaf, joined
from profile_app.profiles.snapshots import effective

if TYPE_CHECKING:
    from lytics_cm.dynamodb import Item
    from profile_app.profiles.table import PeopleTable

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


def read_leaves(table: PeopleTable, email: str) -> list[Item]:
    """The leaves of the root's life, in order, the root first; none when nothing is known of the address."""
    # In the order of their keys: rows move to leaves behind, which are written before.
    items = [item for page in table.pages(email, (ROOT, END)) for item in page]
    if not items or items[0]["key"]["S"] != ROOT:
        return []
    return [item for item in items if item["life"]["B"] == items[0]["life"]["B"]]


def read_person(table: PeopleTable, email: str) -> Person | None:
    """Everything that is known of an address; None when that is nothing."""
    return person_of([Leaf.of(item) for item in read_leaves(table, email)])


def read_persons(table: PeopleTable, emails: Sequence[str]) -> dict[str, Person]:
    """Of these people those of whom something is known; of one whose root knows of no other leaf the root is enough."""
    roots = table.get_many([(email, ROOT) for email in emails])
    leaves = {email: Leaf.of(roots[email, ROOT]) for email in emails if (email, ROOT) in roots}
    grown = [email for email, root in leaves.items() if root.more]
    found = {email: person_of([root]) for email, root in leaves.items()}
    found |= zip(grown, table.each(lambda email: read_person(table, email), grown), strict=True)
    return {email: person for email, person in found.items() if person}


def person_of(leaves: Sequence[Leaf]) -> Person | None:
    """A person by their leaves, all of one life, the root first; None without one."""
    if not leaves:
        return None
    facts, states = joined(leaves)
    rows = [*facts] + [effective(one) for one in states.values()]
    at, version = max(leaf.at for leaf in leaves), sum(leaf.rev for leaf in leaves)
    return Person(leaves[0].email, leaves[0].life, rows, at, version)
