"""Writes new facts into the set: each is counted once, whoever else writes and whoever dies in between.

For the facts of one address, in this order:

1. read the head, then the rows themselves (in that order: a row that is absent is in no part of that head);
2. announce the absent ones: add their ids to `pending`, on condition that nothing was folded since;
3. put them, on condition that nobody else did;
4. amend those that say more than the stored ones, together with a change of the head (see `_amend`);
5. fold when the head has grown to the size of a write unit.

A worker that dies after 2 leaves an id without a row, which counts nothing; after 3, a pending row, which counts as
such. Whoever fails a condition starts over with what is left. The addresses of a batch take each step together, so
that reads and writes travel in batches.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from lytics_cm.errors import Unavailable
from lytics_cm.store.profile_folds import Folds
from lytics_cm.store.profile_items import (
    HEAD,
    TUNING,
    Head,
    Stored,
    Tuning,
    bytes_of_head,
    fact_item,
    fits,
    head_of,
    id_of,
    stored_of,
)
from lytics_cm.store.profile_outcome import Written
from lytics_cm.store.profile_table import Place, ProfileTable, Write
from lytics_cm.streams import Row, join

if TYPE_CHECKING:
    from lytics_cm.lql import Mapping as Rules

ID_BYTES = 16
MOST_PENDING = 10_000
"""Announced rows at which new ones must wait: the head, too, has a largest size."""
ROUNDS = 10
"""Times that others may be faster before the message goes back to its queue."""

type Facts = dict[str, dict[str, Row]]
"""Facts by address and key."""


@dataclass(slots=True)
class Plan:
    """What to do about some facts of one address."""

    email: str
    head: Head | None
    put: list[tuple[str, Row, bytes | None]] = field(default_factory=list)
    """Rows to write under their keys, each with the life of the leftover that it replaces."""
    announce: list[bytes] = field(default_factory=list)
    amend: list[tuple[str, Row, Stored]] = field(default_factory=list)
    done: dict[bytes, Row] = field(default_factory=dict)
    """What is in the table by now, as we wrote it."""
    settled: list[str] = field(default_factory=list)
    """Keys of which nothing is left to do."""

    def drop(self) -> None:
        """Write nothing of it: the head is another by now."""
        for steps in (self.announce, self.put, self.amend):
            steps.clear()

    def item(self, key: str, row: Row) -> dict[str, Any]:
        """A row to put, under the head that announces it."""
        assert self.head is not None, "rows are put under the head that announces them"
        return fact_item(key, row, self.head.life)

    def did_put(self, key: str, row: Row) -> None:
        self.done[id_of(key)] = row
        self.settled.append(key)


def plan(
    email: str, rows: Iterable[tuple[str, Row]], head: Head | None, stored: Mapping[Place, Stored]
) -> Plan:
    """Decide, from what was read, which rows are new, say more than before, or are known."""
    result = Plan(email, head)
    for key, row in rows:
        old = stored.get((email, key))
        if head is None or old is None or old.life != head.life:
            result.put.append((key, row, old.life if old else None))
            if head is None or id_of(key) not in head.pending:
                result.announce.append(id_of(key))
        elif (both := join(old.row, row)) != old.row and fits(both.fields):
            result.amend.append((key, both, old))
        else:
            result.settled.append(key)
    return result


class FactWriter:
    """Writes the facts of many addresses."""

    def __init__(self, table: ProfileTable, folds: Folds, tuning: Tuning = TUNING) -> None:
        self._table = table
        self._tuning = tuning
        self._folds = folds

    def write(self, facts: Facts, rules: Rules, now: int, written: Written) -> None:
        """Add the facts to the set; `facts` is used up."""
        tries = 0
        while facts and tries < ROUNDS:
            self._table.wait(tries)
            before = sum(map(len, facts.values()))
            self._round(facts, rules, now, written)
            for email in [email for email, rows in facts.items() if not rows or email in written.failed]:
                del facts[email]
            tries = tries + 1 if sum(map(len, facts.values())) == before else 0
        written.give_up(facts)

    def _round(self, facts: Facts, rules: Rules, now: int, written: Written) -> None:
        """Take every address one slice further."""
        plans = self._plans(facts)
        for one in plans:
            written.count(duplicates=len(one.settled))
        self._announce(plans, now, written)
        self._put(plans, written)
        self._table.each(lambda one: written.guard(one.email, lambda: self._amend(one, now, written)), plans)
        self._table.each(lambda one: written.guard(one.email, lambda: self._fold(one, rules)), plans)
        for one in plans:
            for key in one.settled:
                del facts[one.email][key]

    def _plans(self, facts: Facts) -> list[Plan]:
        heads = {
            email: head_of(item)
            for (email, _), item in self._table.get_many([(email, HEAD) for email in facts]).items()
        }
        slices = {email: list(islice(rows.items(), self._tuning.slice)) for email, rows in facts.items()}
        # Without a head there are no rows, or only leftovers, which the put will find.
        places = [(email, key) for email in heads for key, _ in slices[email]]
        stored = {place: stored_of(item) for place, item in self._table.get_many(places).items()}
        return [plan(email, rows, heads.get(email), stored) for email, rows in slices.items()]

    def _announce(self, plans: Sequence[Plan], now: int, written: Written) -> None:
        """Add the ids of new rows to the heads; without success, nothing of the plan may be put."""
        due = [one for one in plans if one.announce]
        for one in due:
            if one.head and len(one.head.pending) > MOST_PENDING:
                written.took(
                    one.email, Unavailable("too many rows of this profile are on their way; try later")
                )
                one.drop()
        due = [one for one in due if one.announce]
        heads = [_announced(one, now) for one in due]
        outcomes = self._table.write_each(
            [_announcement(one, head) for one, head in zip(due, heads, strict=True)]
        )
        for one, head, outcome in zip(due, heads, outcomes, strict=True):
            if written.took(one.email, outcome):
                one.head = head
            else:
                one.drop()

    def _put(self, plans: Sequence[Plan], written: Written) -> None:
        """Write the announced rows, each on condition that nobody else did."""
        new = [(one, key, row) for one in plans for key, row, over in one.put if over is None]
        outcomes = self._table.write_each([Write.insert(one.item(key, row)) for one, key, row in new])
        for (one, key, row), outcome in zip(new, outcomes, strict=True):
            if written.took(one.email, outcome):
                one.did_put(key, row)
        written.count(stored=sum(outcome is True for outcome in outcomes))
        self._replace_leftovers([(one, *put) for one in plans for put in one.put if put[2]], written)

    def _replace_leftovers(
        self, puts: Sequence[tuple[Plan, str, Row, bytes | None]], written: Written
    ) -> None:
        """Rows of an erased life lie where these belong."""

        def replace_one(one: Plan, key: str, row: Row, over: bytes | None) -> None:
            if self._table.put(one.item(key, row), "#life = :over", {":over": {"B": over}}):
                one.did_put(key, row)
                written.count(stored=1)

        self._table.each(lambda put: written.guard(put[0].email, lambda: replace_one(*put)), puts)

    def _amend(self, one: Plan, now: int, written: Written) -> None:
        """Replace facts by fuller tellings of the same.

        A fold may have counted the old telling, or be about to. So the head moves on in the same transaction, which
        stops folds under way, and unless the row is still pending, its parts count for nothing from now on.
        """
        for key, row, old in one.amend:
            head = one.head
            assert head is not None, "what is amended was announced"
            is_counted = id_of(key) not in head.pending
            after = replace(head, fold=head.fold + 1, void=head.void or is_counted, at=now)
            if not self._table.together(_advance(one.email, head, after), _replace(key, row, head.life, old)):
                return
            one.head = after
            one.settled.append(key)
            written.count(amended=1)

    def _fold(self, one: Plan, rules: Rules) -> None:
        """Fold if it is time. Losing against another worker is fine: the next writer will see to it."""
        head = one.head
        if head and (head.void or bytes_of_head(one.email, head) + ID_BYTES > self._tuning.head_bytes):
            self._folds.fold(one.email, head, rules, one.done)


def _announced(one: Plan, now: int) -> Head:
    """The head with the announcements, as far as we know it: others may announce at the same time."""
    ids = frozenset(one.announce)
    if one.head is None:
        return Head(0, secrets.token_bytes(6), ids, parts=(), void=False, mapping="", at=now)
    return replace(one.head, pending=one.head.pending | ids, at=now)


def _announcement(one: Plan, head: Head) -> Write:
    """Make the head, or add to it on condition that nothing was folded since it was read."""
    ids, at, version = {"BS": one.announce}, {"N": str(head.at)}, _version(head)
    names = {"fold": version[":fold"], "life": version[":life"]}
    if one.head is None:
        return Write.insert(
            {"email": {"S": one.email}, "key": {"S": HEAD}, **names, "pending": ids, "at": at}
        )
    return Write.change((one.email, HEAD), {"at": at}, where=names, adds={"pending": ids})


def _version(head: Head) -> dict[str, Any]:
    return {":fold": {"N": str(head.fold)}, ":life": {"B": head.life}}


def _advance(email: str, head: Head, after: Head) -> dict[str, Any]:
    values = _version(head) | {":next": {"N": str(after.fold)}, ":now": {"N": str(after.at)}}
    void = {":yes": {"BOOL": True}} if after.void else {}
    return {
        "Update": {
            "Key": {"email": {"S": email}, "key": {"S": HEAD}},
            "UpdateExpression": "SET #fold = :next, #at = :now" + (", #void = :yes" if void else ""),
            "ConditionExpression": "#fold = :fold AND #life = :life",
            "Values": values | void,
        }
    }


def _replace(key: str, row: Row, life: bytes, old: Stored) -> dict[str, Any]:
    return {
        "Put": {
            "Item": fact_item(key, row, life),
            "ConditionExpression": "#life = :life AND #t = :t AND #d = :d",
            "Values": {":life": {"B": life}, ":t": {"N": str(old.row.ts)}, ":d": old.columns},
        }
    }
