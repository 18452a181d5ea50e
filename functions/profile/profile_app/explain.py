"""Tells why a profile says what it says: which rows made each field, and which one decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lytics_cm.streams import Row
    from profile_app.lql import Mapping as Rules
    from profile_app.lql.columns import Column

NEWEST = 5
"""Rows that are shown of a field; the others are counted."""
ELEMENTS = 100
"""Elements of a set or map that are told of: those that rows touched last."""

type Made = tuple[Row, Any]
"""A row, and what it alone would make of a field."""


@dataclass(slots=True)
class Element:
    """An element of a set, or a key of a map."""

    rows: int
    newest: Row


@dataclass(slots=True)
class Explanation:
    """How one field came about: the columns of the mapping that make it, and the rows that did.

    Where one row decides the value, `decided_by` is that row.
    """

    columns: list[Column]
    rows: int = 0
    newest: list[Made] = field(default_factory=list)
    decided_by: Made | None = None
    elements: dict[str, Element] = field(default_factory=dict)

    def add(self, row: Row, part: Any, held: Any) -> None:
        """Count a row; the newest come first. Of elements only those that the profile holds are told of."""
        self.rows += 1
        if len(self.newest) < NEWEST:
            self.newest.append((row, part))
        for name in part if isinstance(part, list | dict) else ():
            if name not in held:
                continue
            if known := self.elements.get(name):
                known.rows += 1
            elif len(self.elements) < ELEMENTS:
                self.elements[name] = Element(1, row)


def explain(rows: Iterable[Row], rules: Rules, profile: dict[str, Any]) -> dict[str, Explanation]:
    """Every field of a profile, explained by rows that are given newest first."""
    found = {
        name: Explanation([column for column in rules.columns if column.field == name]) for name in profile
    }
    for row in rows:
        for name, part in rules.contributions(row).items():
            if made := found.get(name):
                made.add(row, part, profile[name])
                rule = rules.fields[name]
                # Of several rows with the value the newest counts, unless the oldest does.
                if (
                    rule.is_one_rows
                    and part == profile[name]
                    and (not made.decided_by or rule.merge == "oldest")
                ):
                    made.decided_by = (row, part)
    return found
