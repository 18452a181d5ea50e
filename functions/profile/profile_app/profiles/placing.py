"""Finds the leaves that rows belong to, and removes what earlier lives have left in their place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from profile_app.profiles import snapshots
from profile_app.profiles.arrivals import Arrivals
from profile_app.profiles.leaves import LEAF, OWN, ROOT, STATES, Leaf, joined, size_of
from profile_app.profiles.reading import read_life

if TYPE_CHECKING:
    from lytics_cm.dynamodb import Item
    from lytics_cm.streams import Row
    from profile_app.profiles.snapshots import Snapshot
    from profile_app.profiles.table import ItemKey, PeopleTable

LEAVES_AT_ONCE = 8
"""Leaves that one query reads, while looking for those that rows belong to."""
NEWEST = "~"
"""Behind every place."""


class PersonErased(Exception):
    """The person was erased since its root was read."""


class RowPlacer:
    """Places the rows of a person; snapshots have room in a leaf that is cut at `leaf_bytes`."""

    def __init__(self, table: PeopleTable, leaf_bytes: int) -> None:
        self._table = table
        self._leaf_bytes = leaf_bytes

    def place(
        self, root: Leaf, arrived: Arrivals, change: Arrivals, found: Mapping[ItemKey, Item]
    ) -> list[tuple[Leaf, Arrivals]]:
        """The leaves that rows belong to, each with its rows, and the `change` of consents with the root.

        `found` has what was read already. None at all when the person was erased meanwhile.
        """
        if not root.rev:
            small = self._small(root.email, {}, arrived.states)
            return [(root, replace(change, facts=dict(arrived.facts), states=small))]
        try:
            leaves = self._those_of(root, arrived, found)
        except PersonErased:
            return []
        if change.told or change.days:  # before a snapshot forgets what it alone knows: the others follow
            leaf, mine = leaves.get(root.start, (root, Arrivals()))
            both = replace(change, facts=mine.facts, states=mine.states, opens=mine.opens)
            leaves = {root.start: (leaf, both)}
        elsewhere = self._known(root, {key for leaf, mine in leaves.values() for key in _unshown(leaf, mine)})
        for _, mine in leaves.values():
            mine.elsewhere = elsewhere
        return list(leaves.values())

    def _those_of(
        self, root: Leaf, arrived: Arrivals, found: Mapping[ItemKey, Item]
    ) -> dict[str, tuple[Leaf, Arrivals]]:
        """The leaves that rows belong to, each with its rows, by their start. Raises `PersonErased`."""
        leaves = self._placed(root, arrived.facts)
        for key, one in arrived.states.items():
            own = found.get((root.email, LEAF + OWN + key))
            if own and own["life"]["B"] == root.life:
                leaves[OWN + key] = (Leaf.of(own), Arrivals({}, {key: one}))
            elif own:
                self.remove(root, own)
        self._add_states(root, arrived.states, leaves)
        return leaves

    def _placed(self, root: Leaf, facts: Mapping[str, Row]) -> dict[str, tuple[Leaf, Arrivals]]:
        """Leaves by their start, each with the rows, given by their places, that it is the last before."""
        if facts and not root.more:
            return {root.start: (root, Arrivals(dict(facts)))}
        found: dict[str, tuple[Leaf, Arrivals]] = {}
        left = sorted(facts)
        while left:
            for leaf in self._behind(root, left[-1], min(len(left), LEAVES_AT_ONCE)):
                mine = {place: facts[place] for place in left if place >= leaf.start}
                if mine:
                    found[leaf.start] = (leaf, Arrivals(mine))
                    left = left[: len(left) - len(mine)]
                if not left:
                    break
        return found

    def _behind(self, root: Leaf, place: str, most: int) -> Iterator[Leaf]:
        """The leaves that do not start behind a place, back in time, `most` of them; at least one.

        Raises `PersonErased`. What an earlier life left there is removed: a leaf may have to go in its place.
        """
        while True:
            page = self._table.last(root.email, (ROOT, LEAF + place), most)
            strange = [item for item in page if item["life"]["B"] != root.life]
            for item in strange:
                self.remove(root, item)
            if alive := [Leaf.of(item) for item in page if item not in strange]:
                yield from alive
                return
            if not page:
                raise PersonErased

    def _add_states(
        self, root: Leaf, states: Mapping[str, Snapshot], leaves: dict[str, tuple[Leaf, Arrivals]]
    ) -> None:
        """Put snapshots without a leaf of their own where the newest rows are, or behind."""
        left = {key: one for key, one in states.items() if OWN + key not in leaves}
        if not left:
            return
        newest = next(self._behind(root, NEWEST, 1)) if root.more else root
        newest, mine = leaves.get(newest.start, (newest, Arrivals()))
        if not left.keys() <= newest.states.keys():
            newest = replace(newest, states={**self._known(root, left), **newest.states})
        small = self._small(root.email, newest.states, left)
        if small:
            leaves[newest.start] = (newest, replace(mine, states=small))
        if small.keys() != left.keys() and not root.more:  # the others follow when the root says so
            leaves[root.start] = (root, replace(leaves.get(root.start, (root, Arrivals()))[1], opens=True))
            return
        for key in left.keys() - small.keys():
            known = {key: newest.states[key]} if key in newest.states else {}
            leaves[OWN + key] = (
                Leaf(root.email, root.life, OWN + key, (), known),
                Arrivals({}, {key: left[key]}),
            )

    def _small(
        self, email: str, there: Mapping[str, Snapshot], arrived: Mapping[str, Snapshot]
    ) -> dict[str, Snapshot]:
        """Of the snapshots that arrived those that have room beside the ones that are in a leaf."""
        found, small = dict(there), {}
        for key, one in arrived.items():
            both = snapshots.join(there[key], one) if key in there else one
            if size_of(Leaf(email, b"", states={**found, key: both})) <= self._leaf_bytes * STATES:
                found[key], small[key] = both, one
        return small

    def _known(self, root: Leaf, wanted: Collection[str]) -> dict[str, Snapshot]:
        """What all leaves know of some lists."""
        if not root.more or not wanted:
            return {}
        _, states = joined(read_life(self._table, root))
        return {key: one for key, one in states.items() if key in wanted}

    def remove(self, leaf: Leaf, item: Item) -> None:
        """Delete a leaf of an earlier life than this one's. Raises `PersonErased` when this one is the earlier.

        The root is read after the leaf: leaves are written after their root, so a life that is not the root's
        now has ended for good.
        """
        root = self._table.get((leaf.email, ROOT))
        if root is None or root["life"]["B"] != leaf.life:
            raise PersonErased
        self._table.delete((leaf.email, item["key"]["S"]), item["life"])


def _unshown(leaf: Leaf, arrived: Arrivals) -> set[str]:
    """The snapshots that change, but would not show it if they were in this leaf alone."""
    found = set()
    for key in arrived.states.keys() & leaf.states.keys():
        old = leaf.states[key]
        new = snapshots.join(old, arrived.states[key])
        if new != old and new.counted == old.counted:
            found.add(key)
    return found
