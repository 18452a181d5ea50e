"""Erases a person so that nothing of them is left, and nothing of them counts, even while others write.

The root goes first: from then on the leaves written under it, by its `life`, are leftovers that nobody
counts. Whoever writes later makes a new person with a new life. Leftovers are removed one by one on condition
that they are still leftovers, because a writer may meanwhile take a leaf's place for the new person.

A writer that read the root before the erasure may still put leaves after it; such leaves count nothing
either, but they are traces. No worker outlives a quarter of an hour, so `sweep` is called again then.
"""

from __future__ import annotations

from profile_app.profiles.leaves import END, LEAF, ROOT
from profile_app.profiles.projection import Projection
from profile_app.profiles.table import PeopleTable


class RowEraser:
    """Erases persons."""

    def __init__(self, table: PeopleTable, projection: Projection) -> None:
        self._table = table
        self._projection = projection

    def erase(self, email: str) -> None:
        """Forget the person: after this, no read finds them. `sweep` removes the rows behind."""
        while (root := self._table.get((email, ROOT))) is not None:
            self._table.delete((email, ROOT), root["life"])
        self._projection.forget(email)

    def sweep(self, email: str, most: int | None = None) -> bool:
        """Remove what earlier lives of this address left behind, `most` items or a page more.

        Whether that was all.
        """
        swept = 0
        for page in self._table.pages(email, (LEAF, END), only=("life",)):
            # The root is read after the page: a life that is not the root's now has ended for good.
            root = self._table.get((email, ROOT))
            life = root["life"]["B"] if root else None
            dead = [item for item in page if item["life"]["B"] != life]
            self._table.each(lambda item: self._table.delete((email, item["key"]["S"]), item["life"]), dead)
            swept += len(dead)
            if most is not None and swept >= most:
                return False
        self._projection.forget(email)
        return True
