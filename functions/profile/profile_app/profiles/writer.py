"""Writes rows into leaves: reads a leaf, joins rows in memory, puts it back if nobody wrote meanwhile.

New rows, known ones and fuller observations are one and the same compare-and-set, so any order, repetition
and company leads to the union. Where a leaf is cut, the new leaves are written before the rows are taken out
of the old one: a worker that dies in between leaves rows in two leaves, which count once. Whoever fails a
condition starts over with what is left. The people of a batch take each step together, so that reads and
writes travel in batches.

What may not be known of a person is left out: the root, which is read in any case, knows the consents. A
change of these is written to the root.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from lytics_cm.dynamodb import Item, Statement
from lytics_cm.streams import Row
from profile_app.profiles import snapshots
from profile_app.profiles.arrivals import Arrivals, LeafChange, Told, arrivals_of
from profile_app.profiles.consents import ALWAYS, NONE_TOLD, Consents, observed
from profile_app.profiles.leaves import (
    END,
    LEAF,
    OWN,
    ROOT,
    STATES,
    Leaf,
    cut,
    joined,
    packed,
    place_of,
    room,
    size_of,
    union,
)
from profile_app.profiles.snapshots import Snapshot
from profile_app.profiles.table import ItemKey, PeopleTable, key_of
from profile_app.profiles.withholding import Withholding

if TYPE_CHECKING:
    from profile_app.profiles.written import Written

LIFE_BYTES = 6
BEHIND = 600_000
"""Milliseconds by which a plain profile may lag behind an import: what the run brings meanwhile is written
with it."""
ROUNDS = 10
"""Times that others may be faster before the message goes back to its queue."""
LEAVES_AT_ONCE = 8
"""Leaves that one query reads, while looking for those that rows belong to."""
NEWEST = "~"
"""Behind every place."""


class PersonErased(Exception):
    """The person was erased since its root was read."""


class RowWriter:
    """Writes the rows of many people; a leaf is cut at `leaf_bytes`, `clock` tells epoch ms.

    A plain profile is written at once by whoever writes a person's rows, or once for all that a run brings:
    such rows call for it, and their leaf knows until when it is under way for that run.
    """

    def __init__(self, table: PeopleTable, leaf_bytes: int, clock: Callable[[], int]) -> None:
        self._table = table
        self._leaf_bytes = leaf_bytes
        self._clock = clock

    def write(
        self,
        rows: Iterable[Row],
        told: Mapping[str, Told],
        runs: Mapping[str, str],
        withholding: Callable[[Consents], Withholding],
        again: Collection[str],
        written: Written,
    ) -> None:
        """Add rows to the set; `runs` has the run that brings a person's rows, if one does.

        `told` are consents that somebody else observed than who read the rows; `withholding` says what may
        not be known, given what is known of consents. Of those to write `again` a worker may have died.
        """
        left = arrivals_of(map(withholding(NONE_TOLD).reduced, rows), told, written)
        for email in left.keys() & set(again):
            left[email].looks = True
        tries = 0
        while left and tries < ROUNDS:
            self._table.wait(tries)
            before = sum(map(len, left.values()))
            is_confirming = self._round(left, runs, withholding, written)
            for email in [email for email, arrived in left.items() if not arrived or email in written.failed]:
                del left[email]
            is_further = is_confirming or sum(map(len, left.values())) < before
            tries = 0 if is_further else tries + 1
        written.give_up(left)

    def _round(
        self,
        left: dict[str, Arrivals],
        runs: Mapping[str, str],
        withholding: Callable[[Consents], Withholding],
        written: Written,
    ) -> bool:
        """Read the leaves that everybody's rows belong to, and try to write each.

        Whether another round has to confirm what was stored.
        """
        now = self._clock()
        found = self._table.get_many([(email, ROOT) for email in left])
        grown = [email for email, _ in found if "more" in found[email, ROOT]]
        own = [(email, LEAF + OWN + key) for email in grown for key in left[email].states]
        found |= self._table.get_many(own)
        people = list(left.items())
        leaves = self._table.each(
            lambda one: written.guard(one[0], lambda: self._leaves(*one, found, withholding, written)), people
        )
        changes = [
            self._change(leaf, arrived, now, runs.get(leaf.email, ""))
            for some in leaves
            for leaf, arrived in some or []
        ]
        done = set(self._done(changes, written))
        for change in changes:
            # Of one that failed half way the new leaves may be there, and then its rows are known the next time.
            if change.is_news and (change.new or change in done):
                self._note_news(change, runs, written)
            email = change.before.email
            if change in done or (change.new and email not in written.failed):
                numbers = left[email].numbers
                written.new.update(numbers[place] for place in change.told)
        for change in done:
            known = change.arrived.rows - change.stored - change.amended
            written.count(stored=change.stored, amended=change.amended, duplicates=known)
            left[change.before.email].happened(change)
        unconfirmed = [email for email, arrived in left.items() if arrived.confirm()]
        return bool(unconfirmed)

    def _note_news(self, change: LeafChange, runs: Mapping[str, str], written: Written) -> None:
        """The person's profile is another now, and has to be projected."""
        email = change.before.email
        written.changed.add(email)
        if email in runs and (change.calls or self._clock() > change.before.due):
            written.due.add(email)

    def _leaves(
        self,
        email: str,
        arrived: Arrivals,
        found: Mapping[ItemKey, Item],
        withholding: Callable[[Consents], Withholding],
        written: Written,
    ) -> list[tuple[Leaf, Arrivals]]:
        """The leaves that rows belong to, each with its rows; a new root when there is none.

        None at all when the person was erased meanwhile, or nothing of all that may be known.
        """
        item = found.get((email, ROOT))
        root = Leaf.of(item) if item else Leaf(email, secrets.token_bytes(LIFE_BYTES))
        change = self._withhold(root, arrived, withholding, written)
        if not arrived:
            return []
        if item is None:
            return [
                (
                    root,
                    replace(change, facts=dict(arrived.facts), states=self._small(email, {}, arrived.states)),
                )
            ]
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
                self._remove(root, own)
        self._add_states(root, arrived.states, leaves)
        return leaves

    def _withhold(
        self,
        root: Leaf,
        arrived: Arrivals,
        withholding: Callable[[Consents], Withholding],
        written: Written,
    ) -> Arrivals:
        """Take out what may not be known, by what is known of consents now; return the change of the root."""
        every = {**arrived.repeated, **arrived.told}
        news = self._news(root, arrived, every)
        arrived.told = {client: some for client, some in every.items() if client in news}
        arrived.repeated = {client: some for client, some in every.items() if client not in news}
        told = self._all_told(root, arrived.told)
        known = root.consents.with_all(told)
        before, after = withholding(root.consents), withholding(known)
        out = [row for row in arrived.facts.values() if after.withholds(row)]
        written.withhold(root.email, out)
        if after.is_limiting:
            written.limited.add(root.email)
        for row in out:
            del arrived.facts[place_of(row)]
        for key, one in arrived.states.items():
            if after.limit(one.client) != ALWAYS:
                arrived.states[key] = one.mapped(after.shown)
        arrived.days |= {
            client: max(day, arrived.days.get(client, 0)) for client, day in after.days(out).items()
        }
        known = known.with_days(arrived.days)
        if known == root.consents:
            arrived.told, arrived.days = {}, {}
            return Arrivals()
        after = withholding(known)
        if root.rev and any(after.limit(client) > before.limit(client) for client in news):
            written.withdrawn.add(root.email)
        is_seen = bool(root.rev) and (before.key, before.fields()) != (after.key, after.fields())
        return Arrivals(told=dict(told), days=dict(arrived.days), is_seen=is_seen)

    def _news(self, root: Leaf, arrived: Arrivals, told: Told) -> set[str]:
        """The clients of whom something was told that may change the root, or that nobody else keeps."""
        if arrived.looks:
            return set(told)
        unkept = {
            client
            for client in arrived.spoken & told.keys()
            if any(map(root.consents.of(client).is_later, told[client]))
        }
        return root.consents.news(told) | unkept

    def _all_told(self, root: Leaf, told: Told) -> Told:
        """Consents of these clients that were observed, also those that merely repeated what was known."""
        if not any(root.consents.of(client).observations for client in told):
            return told
        leaves = [root]
        if root.more:
            pages = self._table.pages(root.email, (ROOT, END))
            leaves = [Leaf.of(item) for page in pages for item in page if item["life"]["B"] == root.life]
        found = {client: list(some) for client, some in told.items()}
        for leaf in leaves:
            for snapshot in leaf.states.values():
                if (row := snapshot.told) and (one := observed(row)) and one[0] in found:
                    found[one[0]].append(one[1])
        return found

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
            if size_of(email, {**found, key: both}) <= self._leaf_bytes * STATES:
                found[key], small[key] = both, one
        return small

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
                self._remove(root, item)
            if alive := [Leaf.of(item) for item in page if item not in strange]:
                yield from alive
                return
            if not page:
                raise PersonErased

    def _remove(self, leaf: Leaf, item: Item) -> None:
        """Delete a leaf of an earlier life than this one's. Raises `PersonErased` when this one is the earlier.

        The root is read after the leaf: leaves are written after their root, so a life that is not the root's
        now has ended for good.
        """
        root = self._table.get((leaf.email, ROOT))
        if root is None or root["life"]["B"] != leaf.life:
            raise PersonErased
        self._table.delete((leaf.email, item["key"]["S"]), item["life"])

    def _known(self, root: Leaf, wanted: Collection[str]) -> dict[str, Snapshot]:
        """What all leaves know of some lists."""
        if not root.more or not wanted:
            return {}
        pages = self._table.pages(root.email, (ROOT, END))
        _, states = joined(
            [Leaf.of(item) for page in pages for item in page if item["life"]["B"] == root.life]
        )
        return {key: one for key, one in states.items() if key in wanted}

    def _change(self, leaf: Leaf, arrived: Arrivals, now: int, run: str) -> LeafChange:
        """Decide what becomes of a leaf where these rows arrived, by a run or not."""
        change = LeafChange(leaf, arrived)
        all_facts = union(leaf.facts, arrived.facts)
        states = dict(leaf.states)
        change.stored, change.amended = all_facts.stored, all_facts.amended
        change.told = list(all_facts.new)
        change.is_news = bool(change.stored or change.amended or arrived.is_seen)
        for key, one in arrived.states.items():
            old = states.get(key)
            new = snapshots.join(old, one) if old else one
            if new != old:
                change.stored += 1
                states[key] = new
                if old is None or new.counted != old.counted:
                    change.is_news = True
                    change.told.append(key)
                if there := arrived.elsewhere.get(key):  # two writers may have met, and left it in two leaves
                    change.is_news |= snapshots.join(there, new).counted != there.counted
        is_first = not leaf.rev and not leaf.start
        leaf = replace(leaf, consents=leaf.consents.with_all(arrived.told).with_days(arrived.days))
        has_told = leaf.consents != change.before.consents
        if not change.stored and not change.amended and not is_first and not arrived.opens and not has_told:
            return change
        at = max(now, leaf.at) if change.is_news else leaf.at
        change.calls = change.is_news and bool(run) and (leaf.due <= now or leaf.run != run)
        due, run = (now + BEHIND, run) if change.calls else (leaf.due, leaf.run)
        most = room(leaf, self._leaf_bytes)
        data = packed(leaf.email, all_facts.facts, states)
        first, *others = (
            [all_facts.facts]
            if len(data) <= most or len(all_facts.facts) < 2  # noqa: PLR2004 - one is not cut
            else cut(replace(leaf, states=states), all_facts, most)
        )
        if not leaf.rev:  # other leaves follow when the root is there
            change.arrived = replace(arrived, facts={place_of(row): row for row in first})
            change.stored -= sum(map(len, others))
            change.told = [*change.arrived.facts, *(key for key in change.told if key in arrived.states)]
            others = []
        change.new = [
            Leaf(leaf.email, leaf.life, place_of(some[0]), some, at=at, due=due, run=run) for some in others
        ]
        more = leaf.more or arrived.opens or (bool(others) and not leaf.start)
        is_whole = len(first) == len(all_facts.facts)
        after = replace(
            leaf,
            facts=first,
            states=states,
            at=at,
            more=more,
            due=due,
            run=run,
            data=data if is_whole else b"",
        )
        is_same = (after.facts, after.states, more) == (leaf.facts, leaf.states, leaf.more)
        change.after = None if is_same and not is_first and not has_told else after
        return change

    def _done(self, changes: Sequence[LeafChange], written: Written) -> list[LeafChange]:
        """Write new leaves, then the old ones of those that went well; which changes have happened."""
        new = [(change, leaf) for change in changes for leaf in change.new]
        outcomes = self._table.write_each([Statement.insert(leaf.item()) for _, leaf in new])
        failed: set[LeafChange] = set()
        for (change, leaf), outcome in zip(new, outcomes, strict=True):
            took = written.took(leaf.email, outcome)
            if not took and not written.guard(leaf.email, lambda leaf=leaf: self._merge(leaf)):  # type: ignore[misc]
                failed.add(change)
        ready = [
            change for change in changes if change not in failed and change.before.email not in written.failed
        ]
        due = [(change, change.after) for change in ready if change.after]
        outcomes = self._table.write_each([write_over(change.before, after) for change, after in due])
        for (change, after), outcome in zip(due, outcomes, strict=True):
            if not written.took(after.email, outcome):
                failed.add(change)
                written.cut_in_vain |= {after.email} if change.new else set()
        return [change for change in ready if change not in failed]

    def _merge(self, leaf: Leaf) -> bool:
        """Put rows into the leaf that is in the place of a new one; whether all are there now.

        A worker that died while it cut a leaf has left it, or another was faster, or it is of an earlier
        life.
        """
        item = self._table.get((leaf.email, leaf.key))
        if item is None:
            return False
        if item["life"]["B"] != leaf.life:
            with suppress(PersonErased):
                self._remove(leaf, item)
            return False
        there = Leaf.of(item)
        facts, states = joined([there, leaf])
        if (facts, states) == (there.facts, there.states):
            return True
        both = replace(there, facts=facts, states=states, at=max(there.at, leaf.at), data=b"")
        (outcome,) = self._table.write_each([write_over(there, both)])
        return outcome is True


def _unshown(leaf: Leaf, arrived: Arrivals) -> set[str]:
    """The snapshots that change, but would not show it if they were in this leaf alone."""
    found = set()
    for key in arrived.states.keys() & leaf.states.keys():
        old = leaf.states[key]
        new = snapshots.join(old, arrived.states[key])
        if new != old and new.counted == old.counted:
            found.add(key)
    return found


def write_over(before: Leaf, after: Leaf) -> Statement:
    """The leaf over what was read."""
    if not before.rev:
        return Statement.insert(after.item())
    where = {"rev": {"N": str(before.rev)}, "life": {"B": before.life}}
    return Statement.change(key_of((before.email, before.key)), after.changes(), where)
