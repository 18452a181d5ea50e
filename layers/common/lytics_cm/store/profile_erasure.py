"""Erases a person so that nothing of them is left, and nothing of them counts, even while others write.

The head goes first: from then on the rows and parts written under it, by its `life`, are leftovers that nobody counts.
Whoever writes later makes a new person with a new life. Leftovers are removed one by one on condition that they are
still leftovers, because a writer may meanwhile take a row's place for the new person.

A writer that announced rows before the erasure may still put them after it; such rows count nothing either, but they
are traces. No worker outlives a quarter of an hour, so `sweep` is called again then.
"""

from __future__ import annotations

from lytics_cm.store.profile_items import END_OF_USERS, HEAD, PART, USER
from lytics_cm.store.profile_table import ProfileTable

END = "~"
"""Behind all keys of a partition."""


class Eraser:
    """Erases persons."""

    def __init__(self, table: ProfileTable) -> None:
        self._table = table

    def erase(self, email: str) -> None:
        """Forget the person: after this, no read finds them. `sweep` removes the rows behind."""
        while (head := self._table.get((email, HEAD))) is not None:
            self._table.delete((email, HEAD), "#life = :life", {":life": head["life"]})
        for page in self._table.pages(email, (USER, END_OF_USERS), only="#key"):
            keys = [{"email": {"S": email}, "key": item["key"]} for item in page]
            self._table.write_many([{"DeleteRequest": {"Key": key}} for key in keys])

    def sweep(self, email: str, most: int | None = None) -> bool:
        """Remove what earlier lives of this address left behind, `most` items or a page more; whether that was all."""
        swept = 0
        for page in self._table.pages(email, (PART, END), only="#key, #life"):
            # The head is read after the page: a life that is not the head's now has ended for good.
            head = self._table.get((email, HEAD))
            life = head["life"]["B"] if head else None
            dead = [item for item in page if "life" in item and item["life"]["B"] != life]
            self._table.each(
                lambda item: self._table.delete(
                    (email, item["key"]["S"]), "#life = :life", {":life": item["life"]}
                ),
                dead,
            )
            swept += len(dead)
            if most is not None and swept >= most:
                return False
        return True
