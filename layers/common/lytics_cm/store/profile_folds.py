"""Folds rows into parts, and parts into fewer: what makes one more row cost the same at any age of a profile.

Parts are merged in tiers, as in a log-structured merge tree: a new part takes with it the seven that are not larger,
then the seven of the next size, ... so a row is rewritten once per tier, and a person has few parts at any time.

A fold writes new part items under keys that nobody else uses, then makes them count by one conditional change of the
head. Whoever loses that race, or dies before it, leaves items that no head names; the next merge removes them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lytics_cm.store.profile_items import (
    END_OF_ROWS,
    HEAD,
    PART,
    ROW,
    TUNING,
    Head,
    Item,
    Part,
    Tuning,
    head_of,
    id_of,
    key_of,
    pack_parts,
    pieces_of,
    state_of,
    stored_of,
)
from lytics_cm.store.profile_table import ProfileTable
from lytics_cm.streams import Row

if TYPE_CHECKING:
    from lytics_cm.lql import Mapping as Rules


def tier_of(rows: int, tuning: Tuning) -> int:
    tier = 0
    while rows >= tuning.small:
        rows //= tuning.fan
        tier += 1
    return tier


def mergeable(parts: Sequence[Part], rows: int, tuning: Tuning = TUNING) -> list[Part]:
    """The parts that a new one of so many rows should take in."""
    taken: list[Part] = []
    while True:
        tier = tier_of(rows, tuning)
        same = [part for part in parts if part not in taken and tier_of(part.rows, tuning) <= tier]
        if len(same) < tuning.fan - 1:
            return taken
        taken += same
        rows += sum(part.rows for part in same)


class Folds:
    """The parts of every person."""

    def __init__(self, table: ProfileTable, tuning: Tuning = TUNING) -> None:
        self._table = table
        self._tuning = tuning

    def states(self, email: str, parts: Sequence[Part]) -> list[Any] | None:
        """What the parts hold; None when one is gone, because somebody folded meanwhile."""
        items = self._table.get_many([(email, key) for part in parts for key in part.keys])
        try:
            return [state_of(items[email, key]["d"]["B"] for key in part.keys) for part in parts]
        except KeyError:
            return None

    def facts(self, email: str, life: bytes) -> Iterator[tuple[str, Row]]:
        """Every fact of the person with its key, in the order of time; leftovers of an erased life are not theirs."""
        owner = {"email": {"S": email}}
        for page in self._table.pages(email, (ROW, END_OF_ROWS), only="#key, #life, #t, #d"):
            for item in page:
                if item["life"]["B"] == life:
                    yield item["key"]["S"], stored_of({**owner, **item}).row

    def pending(self, email: str, head: Head, known: Mapping[bytes, Row] | None = None) -> dict[bytes, Row]:
        """The rows that are written but in no part; those `known` need not be read."""
        known = known or {}
        keys = sorted(key_of(one) for one in head.pending - known.keys())
        items = self._near(email, keys) if keys else []
        read = {
            id_of(item["key"]["S"]): stored_of(item).row for item in items if item["life"]["B"] == head.life
        }
        return read | {one: row for one, row in known.items() if one in head.pending}

    def _near(self, email: str, keys: Sequence[str]) -> list[Item]:
        """The items of these keys. Mostly they lie side by side, and one query costs a tenth of so many gets."""
        wanted = set(keys)
        page, until = self._table.page(email, (keys[0], keys[-1]), limit=2 * len(keys))
        found = [item for item in page if item["key"]["S"] in wanted]
        return [*found, *self._table.get_many([(email, key) for key in keys if key > until]).values()]

    def fold(self, email: str, head: Head, rules: Rules, known: Mapping[bytes, Row]) -> bool:
        """Make a part of the pending rows, and of parts that are due with them; False when somebody else was faster."""
        if head.parts and not head.counts_under(rules.digest):
            return self.rebuild(email, head, rules)
        rows = self.pending(email, head, known)
        if not rows:
            return True
        old = mergeable(head.parts, len(rows), self._tuning)
        states = self.states(email, old)
        if states is None:
            return False
        state = rules.merge(rules.fold(rows.values()), *states)
        kept = tuple(part for part in head.parts if part not in old)
        count = len(rows) + sum(part.rows for part in old)
        after = self._commit(email, head, rules, (kept, state, count), rows.keys())
        if after and old:
            self._clean(email, after, min(part.fold for part in old))
        return after is not None

    def rebuild(self, email: str, head: Head, rules: Rules) -> bool:
        """Fold all facts anew into one part; False when somebody else changed the head meanwhile.

        Rows are read in pages and not kept. A row may be announced and written while we read: so the head is read
        again at the end, and whatever we saw is taken off its pending rows.
        """
        seen: set[bytes] = set()
        state = rules.fold(self._noting(email, head.life, seen))
        item = self._table.get((email, HEAD))
        now = head_of(item) if item else None
        if now is None or (now.fold, now.life) != (head.fold, head.life):
            return False
        after = self._commit(email, now, rules, ((), state, len(seen)), now.pending & seen)
        if after:
            self._clean(email, after, 0)
        return after is not None

    def _noting(self, email: str, life: bytes, seen: set[bytes]) -> Iterator[Row]:
        for key, row in self.facts(email, life):
            seen.add(id_of(key))
            yield row

    def _commit(
        self,
        email: str,
        head: Head,
        rules: Rules,
        made: tuple[tuple[Part, ...], Any, int],
        folded: Any,
    ) -> Head | None:
        """Write the state as a part and let it count beside those kept; None when the head changed meanwhile."""
        kept, state, rows = made
        pieces = pieces_of(state)
        part = Part(head.fold + 1, secrets.token_bytes(4), rows, len(pieces))
        items = [_piece(email, key, head.life, piece) for key, piece in zip(part.keys, pieces, strict=True)]
        self._table.write_many([{"PutRequest": {"Item": item}} for item in items])
        values: dict[str, Any] = {
            ":fold": {"N": str(head.fold)},
            ":next": {"N": str(head.fold + 1)},
            ":life": {"B": head.life},
            ":parts": {"B": pack_parts((*kept, part))},
            ":mapping": {"S": rules.digest},
            **({":ids": {"BS": sorted(folded)}} if folded else {}),
        }
        change = "SET #fold = :next, #parts = :parts, #mapping = :mapping REMOVE #void"
        change += " DELETE #pending :ids" if folded else ""
        after = self._table.update((email, HEAD), change, "#fold = :fold AND #life = :life", values)
        if after is None:
            self._drop(email, part.keys)
            return None
        return head_of(after)

    def _clean(self, email: str, head: Head, since: int) -> None:
        """Remove parts that count no more: of folds before this one, never of one that is still being made."""
        alive = {key for part in head.parts for key in part.keys}
        between = (f"{PART}{since:010d}", f"{PART}{head.fold:010d}~")
        for page in self._table.pages(email, between, only="#key, #life"):
            dead = [item["key"]["S"] for item in page if item["life"]["B"] == head.life]
            self._drop(email, [key for key in dead if key not in alive])

    def _drop(self, email: str, keys: Sequence[str]) -> None:
        self._table.write_many(
            [{"DeleteRequest": {"Key": {"email": {"S": email}, "key": {"S": key}}}} for key in keys]
        )


def _piece(email: str, key: str, life: bytes, data: bytes) -> Item:
    return {"email": {"S": email}, "key": {"S": key}, "life": {"B": life}, "d": {"B": data}}
