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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from lytics_cm.dynamodb import Item, Statement
from lytics_cm.streams import Row
from profile_app.profiles.arrivals import Arrivals, LeafChange, Told, arrivals_of, change_of
from profile_app.profiles.consents import NONE_TOLD, Consents
from profile_app.profiles.leaves import (
    LEAF,
    OWN,
    ROOT,
    Leaf,
    joined,
)
from profile_app.profiles.placing import PersonErased, RowPlacer
from profile_app.profiles.screening import screen
from profile_app.profiles.table import ItemKey, PeopleTable, key_of
from profile_app.profiles.withholding import Withholding

if TYPE_CHECKING:
    from profile_app.profiles.written import Written

LIFE_BYTES = 6
ROUNDS = 10
"""Times that others may be faster before the message goes back to its queue."""


class RowWriter:
    """Writes the rows of many people; a leaf is cut at `leaf_bytes`, `clock` tells epoch ms.

    A plain profile is written at once by whoever writes a person's rows, or once for all that a run brings:
    such rows call for it, and their leaf knows until when it is under way for that run.
    """

    def __init__(self, table: PeopleTable, leaf_bytes: int, clock: Callable[[], int]) -> None:
        self._table = table
        self._leaf_bytes = leaf_bytes
        self._placer = RowPlacer(table, leaf_bytes)
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
            change_of(leaf, arrived, self._leaf_bytes, now, runs.get(leaf.email, ""))
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
        change = screen(self._table, root, arrived, withholding, written)
        return self._placer.place(root, arrived, change, found) if arrived else []

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
                self._placer.remove(leaf, item)
            return False
        there = Leaf.of(item)
        facts, states = joined([there, leaf])
        if (facts, states) == (there.facts, there.states):
            return True
        both = replace(there, facts=facts, states=states, at=max(there.at, leaf.at), data=b"")
        (outcome,) = self._table.write_each([write_over(there, both)])
        return outcome is True


def write_over(before: Leaf, after: Leaf) -> Statement:
    """The leaf over what was read."""
    if not before.rev:
        return Statement.insert(after.item())
    where = {"rev": {"N": str(before.rev)}, "life": {"B": before.life}}
    return Statement.change(key_of((before.email, before.key)), after.changes(), where)
