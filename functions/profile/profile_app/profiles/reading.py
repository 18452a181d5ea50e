"""Reads a person's leaves, and their rows as the union of what the leaves hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lytics_cm.streams import Row
from profile_app.profiles.leaves import END, ROOT, Leaf, epoch_of, joined
from profile_app.profiles.snapshots import effective

if TYPE_CHECKING:
    from lytics_cm.dynamodb import Item
    from profile_app.profiles.consents import Consents
    from profile_app.profiles.table import PeopleTable
    from profile_app.profiles.withholding import Withholding

EPOCH = 2**40
"""More than the revisions of a person's leaves can add up to."""

type Position = tuple[int, str]
"""Where a row stands in the order of a person's rows: its time and key."""


@dataclass(frozen=True)
class Leaves:
    """The leaves of a person as they are stored, all of one life, the root first. They are unpacked when asked for."""

    items: Sequence[Item]

    @property
    def life(self) -> bytes:
        life: bytes = self.items[0]["life"]["B"]
        return life

    @property
    def at(self) -> int:
        """When a row changed last, epoch ms."""
        return max(int(item["at"]["N"]) for item in self.items)

    @property
    def version(self) -> int:
        """Grows with every write of a row, and when leaves have been taken away."""
        return epoch_of(self.items[0]) * EPOCH + sum(int(item["rev"]["N"]) for item in self.items)

    @cached_property
    def root(self) -> Leaf:
        return Leaf.of(self.items[0])

    @property
    def consents(self) -> Consents:
        """What is known of the person's consents to be tracked."""
        return self.root.consents

    def behind(self, count: int) -> list[Leaf]:
        """The leaves without the first so many."""
        others = [Leaf.of(item) for item in self.items[max(count, 1) :]]
        return others if count else [self.root, *others]

    def rows(self, withholding: Withholding) -> list[Row]:
        """All rows that may be known, the facts in the order of time."""
        facts, states = joined(self.behind(0))
        return withholding.all_shown([*facts, *map(effective, states.values())])


def read_leaves(table: PeopleTable, email: str) -> Leaves | None:
    """Everything that is known of an address; None when that is nothing.

    What is in a leaf that was cut off in vain, of which no root tells, is not known: its message comes again.
    """
    leaves = read_all_leaves(table, email)
    return leaves if leaves is None or "more" in leaves.items[0] else Leaves(leaves.items[:1])


def read_all_leaves(table: PeopleTable, email: str) -> Leaves | None:
    """All that is stored of an address, also in leaves that were cut off in vain; None when there is no root."""
    # In the order of their keys: rows move to leaves behind, which are written before.
    items = [item for page in table.pages(email, (ROOT, END)) for item in page]
    if not items or items[0]["key"]["S"] != ROOT:
        return None
    return Leaves([item for item in items if item["life"]["B"] == items[0]["life"]["B"]])


def read_life(table: PeopleTable, root: Leaf) -> list[Leaf]:
    """All leaves of a root's life, as they are now."""
    pages = table.pages(root.email, (ROOT, END))
    return [Leaf.of(item) for page in pages for item in page if item["life"]["B"] == root.life]


def read_many(table: PeopleTable, emails: Sequence[str]) -> dict[str, Leaves]:
    """Of these people those of whom something is known; if a root knows of no other leaf it is enough."""
    roots = table.get_many([(email, ROOT) for email in emails])
    found = {email: Leaves([roots[email, ROOT]]) for email in emails if (email, ROOT) in roots}
    grown = [email for email in found if "more" in roots[email, ROOT]]
    read = dict(zip(grown, table.each(lambda email: read_leaves(table, email), grown), strict=True))
    return {email: leaves for email, one in found.items() if (leaves := read.get(email, one))}


def page_of(
    rows: Sequence[Row], most: int | None, after: Position | None
) -> tuple[list[Row], Position | None]:
    """The rows behind a position, newest first, and the position of the last one if more follow."""
    placed = [((row.ts, row.key), row) for row in rows]
    behind = sorted((it for it in placed if not after or it[0] < after), key=lambda it: it[0], reverse=True)
    shown = behind[:most]
    return [row for _, row in shown], shown[-1][0] if len(shown) < len(behind) else None
