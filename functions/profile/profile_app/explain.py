"""Tells why a profile says what it says: which rows made each field."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lytics_cm.streams import Row

if TYPE_CHECKING:
    from lytics_cm.lql import Mapping as Rules

NEWEST = 5
"""Rows that are shown of a field; the others are counted."""


@dataclass(slots=True)
class Contributions:
    """The rows that made one field."""

    count: int = 0
    newest: list[tuple[int, int, Row, Any]] = field(default_factory=list)

    def add(self, row: Row, value: Any) -> None:
        self.count += 1
        entry = (row.ts, -self.count, row, value)
        if len(self.newest) < NEWEST:
            heapq.heappush(self.newest, entry)
        elif entry[:2] > self.newest[0][:2]:
            heapq.heapreplace(self.newest, entry)


def explain(rows: Iterable[Row], rules: Rules) -> dict[str, Contributions]:
    """Every field that any row contributes to, with the number of those rows and the newest of them."""
    found: dict[str, Contributions] = {}
    for row in rows:
        for name, value in rules.contributions(row).items():
            found.setdefault(name, Contributions()).add(row, value)
    return found


def newest_first(contributions: Contributions) -> list[tuple[Row, Any]]:
    entries = sorted(contributions.newest, key=lambda it: it[:2], reverse=True)
    return [(row, value) for _, _, row, value in entries]
