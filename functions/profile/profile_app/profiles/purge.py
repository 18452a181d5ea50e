"""Takes out of a person's leaves what may not be known any more, while others write.

Rows are taken out of their leaf by a compare-and-set, like any change of it. But a leaf's key tells when its
first row happened, so a leaf that begins with a row that may not be known is replaced: the rest goes to a new
leaf behind, and the old one is deleted. Rows move to later keys alone, so that who reads in the order of keys
misses none.

The sum of revisions falls when a leaf is deleted, and a plain item could seem to be ahead of the rows for
ever. So the root's epoch grows before and after: it is odd while leaves are being taken away, which happens
only as long as the root stays as it is. Whoever finds it odd, because a worker died, does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import batched

from lytics_cm.dynamodb import Item, Statement
from lytics_cm.errors import Unavailable
from profile_app.profiles.consents import Consents
from profile_app.profiles.leaves import OWN, Leaf, joined, place_of
from profile_app.profiles.reading import read_all_leaves
from profile_app.profiles.table import MOST_DELETED, PeopleTable
from profile_app.profiles.withholding import Withholding
from profile_app.profiles.writer import write_over

ROUNDS = 10
"""Times that others may be faster."""


class Purge:
    """Purges persons; `clock` tells epoch ms."""

    def __init__(self, table: PeopleTable, clock: Callable[[], int]) -> None:
        self._table = table
        self._clock = clock

    def purge(self, email: str, withholding: Callable[[Consents], Withholding]) -> None:
        """Remove what may not be known of a person. Repeatable. Raises `Unavailable`."""
        for attempt in range(ROUNDS):
            self._table.wait(attempt)
            found = read_all_leaves(self._table, email)
            if found is None:
                return
            if self._round(found.behind(0), withholding(found.consents)):
                return
        raise Unavailable("others changed this profile all the time; try later")

    def _round(self, leaves: Sequence[Leaf], withholding: Withholding) -> bool:
        """Do what is to be done with these leaves; whether there was nothing."""
        root, *behind = leaves
        gone = [leaf for leaf in behind if _is_to_be_replaced(leaf, withholding)]
        starts = {leaf.start for leaf in gone}
        others = [
            (leaf, purged)
            for leaf in behind
            if leaf.start not in starts and (purged := _purged(leaf, withholding)) is not leaf
        ]
        out = [row for leaf in leaves for row in leaf.facts if withholding.withholds(row)]
        after = replace(_purged(root, withholding), consents=root.consents.with_days(withholding.days(out)))
        is_open = bool(gone) or root.epoch % 2 == 1
        if after == root and not others and not is_open:
            return True
        after = replace(
            after, at=max(self._clock(), root.at), epoch=root.epoch | 1 if is_open else root.epoch
        )
        if not self._write([(root, after)]) or not self._write(others):
            return False
        stored = replace(after, rev=after.rev + 1)
        if is_open and self._replace(gone, stored, withholding):
            self._write([(stored, replace(stored, epoch=stored.epoch + 1))])
        return False  # a look at what is there now shows whether all is done

    def _write(self, changes: Sequence[tuple[Leaf, Leaf]]) -> bool:
        outcomes = self._table.write_each([write_over(before, after) for before, after in changes])
        return all(outcome is True for outcome in outcomes)

    def _replace(self, gone: Sequence[Leaf], root: Leaf, withholding: Withholding) -> bool:
        """Write what is left of leaves into new ones behind, then delete them; whether all was done.

        None is deleted once the root has changed: others may have closed the epoch, or a consent been told.
        """
        new = [leaf for old in gone for leaf in _successors(old, withholding)]
        outcomes = self._table.write_each([Statement.insert(leaf.item()) for leaf in new])
        # Where a leaf is in the place already, a worker died who did the same, or another one cut it.
        done = [outcome is True or self._merge(leaf) for leaf, outcome in zip(new, outcomes, strict=True)]
        if not all(done):
            return False
        here = {"email": {"S": root.email}, "key": {"S": root.key}, **_mark(root)}
        return all(
            self._table.delete_while(here, {(leaf.email, leaf.key): _mark(leaf) for leaf in some})
            for some in batched(gone, MOST_DELETED, strict=False)
        )

    def _merge(self, leaf: Leaf) -> bool:
        """Put rows into the leaf that is in the place of a new one."""
        item = self._table.get((leaf.email, leaf.key))
        if item is None or item["life"]["B"] != leaf.life:
            return False
        there = Leaf.of(item)
        facts, states = joined([there, leaf])
        if (facts, states) == (there.facts, there.states):
            return True
        return self._write([(there, replace(there, facts=facts, states=states))])


def _mark(leaf: Leaf) -> Item:
    """What a leaf has as long as nobody writes it."""
    return {"rev": {"N": str(leaf.rev)}, "life": {"B": leaf.life}}


def _purged(leaf: Leaf, withholding: Withholding) -> Leaf:
    """The leaf with what may be known of it; the same if that is all."""
    if not withholding.hides(leaf.facts, leaf.states.values()):
        return leaf
    states = {key: one.mapped(withholding.shown) for key, one in leaf.states.items()}
    return replace(leaf, facts=withholding.all_shown(leaf.facts), states=states, data=b"")


def _is_to_be_replaced(leaf: Leaf, withholding: Withholding) -> bool:
    """Whether the leaf's key tells of a row that may not be known."""
    return bool(leaf.facts) and not leaf.start.startswith(OWN) and withholding.withholds(leaf.facts[0])


def _successors(leaf: Leaf, withholding: Withholding) -> list[Leaf]:
    """What is left of a leaf, in new ones behind it."""
    rest = _purged(leaf, withholding)
    new = replace(rest, rev=0, due=0, run="", data=b"")
    if rest.facts:
        return [replace(new, start=place_of(rest.facts[0]))]
    return [replace(new, start=OWN + key, states={key: one}) for key, one in rest.states.items()]
