"""Reads profiles and rows: exact under the mapping in force, whatever was folded under another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lytics_cm.errors import Unavailable
from lytics_cm.store.profile_folds import Folds
from lytics_cm.store.profile_items import (
    END_OF_ROWS,
    END_OF_USERS,
    HEAD,
    ROW,
    USER,
    Head,
    Item,
    head_of,
    minute_in,
    stored_of,
)
from lytics_cm.store.profile_snapshots import Snapshot, effective
from lytics_cm.store.profile_table import ProfileTable
from lytics_cm.streams import Row

if TYPE_CHECKING:
    from lytics_cm.lql import Mapping as Rules

TRIES = 10
PAGE_OF_ROWS = 200

type Position = tuple[int, str]
"""Where a row stands in the order of a person's rows: its time and key."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A person, as the rows make them."""

    email: str
    fields: dict[str, Any]
    rows: int
    updated_at: int


class Reader:
    """Reads persons."""

    def __init__(self, table: ProfileTable, folds: Folds) -> None:
        self._table = table
        self._folds = folds

    def profile(self, email: str, rules: Rules) -> Profile | None:
        """The profile; None when nothing is known of the address."""
        for attempt in range(TRIES):
            self._table.wait(attempt)
            head = self._head(email)
            snapshots = self._snapshots(email)
            facts = self._facts(email, head, rules)
            if facts is None:
                continue
            state, count = facts
            if not count and not snapshots:
                return None
            state = rules.merge(state, rules.fold([effective(one) for one in snapshots]))
            at = max([one.at for one in snapshots] + ([head.at] if head else []))
            return Profile(email, rules.render(state), count + len(snapshots), at)
        raise Unavailable("this profile changes all the time; try again")

    def _facts(self, email: str, head: Head | None, rules: Rules) -> tuple[Any, int] | None:
        """The fold of all facts and their number; None when a part was merged away while we read."""
        if head is None:
            return rules.fold([]), 0
        if not head.counts_under(rules.digest):
            counter = [0]
            return rules.fold(self._counted(email, head, counter)), counter[0]
        states = self._folds.states(email, head.parts)
        if states is None:
            return None
        pending = self._folds.pending(email, head)
        state = rules.merge(rules.fold(pending.values()), *states)
        return state, head.folded + len(pending)

    def _counted(self, email: str, head: Head, counter: list[int]) -> Iterator[Row]:
        for _, row in self._folds.facts(email, head.life):
            counter[0] += 1
            yield row

    def rows(self, email: str, limit: int, after: Position | None) -> tuple[list[Row], Position | None]:
        """A page of a person's rows, newest first, and the position of the last one if more follow."""
        snapshots = sorted(
            (((row.ts, one.key), row) for one in self._snapshots(email) for row in [effective(one)]),
            key=lambda it: it[0],
            reverse=True,
        )
        found = [it for it in snapshots if after is None or it[0] < after]
        page: list[tuple[Position, Row]] = []
        for group in self._minutes(email, self._head(email), after):
            oldest = group[-1][0]
            while found and found[0][0] > oldest:
                group.append(found.pop(0))
            page += sorted(group, key=lambda it: it[0], reverse=True)
            if len(page) > limit:
                break
        else:
            page += found
        rest = len(page) > limit
        page = page[:limit]
        return [row for _, row in page], page[-1][0] if rest else None

    def _minutes(
        self, email: str, head: Head | None, after: Position | None
    ) -> Iterator[list[tuple[Position, Row]]]:
        """A person's facts, minute by minute back in time: keys know minutes, rows may know more."""
        if head is None:
            return
        end = END_OF_ROWS if after is None else f"{ROW}{minute_in(after[0])}~"
        group: list[tuple[Position, Row]] = []
        for item in self._backwards(email, end):
            if item["life"]["B"] != head.life:
                continue
            key, row = item["key"]["S"], stored_of(item).row
            if after and (row.ts, key) >= after:
                continue
            if group and group[0][0][1].split("#")[1] != key.split("#")[1]:
                yield sorted(group, key=lambda it: it[0], reverse=True)
                group = []
            group.append(((row.ts, key), row))
        if group:
            yield sorted(group, key=lambda it: it[0], reverse=True)

    def _backwards(self, email: str, end: str) -> Iterator[Item]:
        for page in self._table.pages(email, (ROW, end), backwards=True, limit=PAGE_OF_ROWS):
            yield from page

    def _head(self, email: str) -> Head | None:
        item = self._table.get((email, HEAD))
        return head_of(item) if item else None

    def _snapshots(self, email: str) -> list[Snapshot]:
        pages = self._table.pages(email, (USER, END_OF_USERS))
        return [Snapshot.stored(item) for page in pages for item in page]
