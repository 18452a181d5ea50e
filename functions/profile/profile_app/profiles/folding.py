"""Folds a person's leaves, and remembers what the older ones make: most of a large profile does not change.

What is remembered names the leaves that it was made from, by life, key and revision. It counts only while the
person's first leaves are exactly these: it may be lost or out of date at any time, and no reading comes out
wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import is_not
from typing import TYPE_CHECKING, Any

from profile_app.profiles.leaves import Leaf, are_apart, epoch_of, joined
from profile_app.profiles.snapshots import Snapshot, effective

if TYPE_CHECKING:
    from lytics_cm.streams import Row
    from profile_app.lql import Mapping
    from profile_app.profiles.reading import Leaves
    from profile_app.profiles.withholding import Withholding

MOST_PEOPLE = 32
"""Of whom a fold is remembered: those who were read last."""
OPEN = 4
"""Leaves at the end that are folded every time, because new rows go there."""

type State = dict[str, Any]
"""What rows make under a mapping."""
type LeafMark = tuple[bytes, str, str]
"""A leaf as it is now: the life of its person, its key and its revision."""


type Frame = tuple[object, ...]
"""What a fold depends on beside the leaves: the mapping, what is withheld, and whether leaves were taken away."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What a person's rows that may be known make: the state, of how many rows.

    `hides`: something is stored that may not be known.
    """

    state: State
    rows: int
    hides: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the first leaves of a person make in one frame: the state of facts, and snapshots."""

    frame: Frame
    leaves: int = 0
    marks: Sequence[LeafMark] = ()
    """Of these leaves and of the next one: nothing lies between them that was not there before."""
    rows: int = 0
    state: State = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    hides: bool = False


class Folder:
    """Folds people under mappings.

    `least` leaves are worth remembering, beside `open_` ones at the end that are not.
    """

    def __init__(self, least: int = 12, open_: int = OPEN) -> None:
        self._least = least
        self._open = open_
        self._known: dict[str, Known] = {}

    def fold(self, person: Leaves, rules: Mapping, withholding: Withholding) -> Folded:
        """What a person's leaves make."""
        items = person.items
        email = items[0]["email"]["S"]
        epoch = epoch_of(items[0])
        frame = (rules.digest, withholding.key, epoch)
        marks = [(item["life"]["B"], item["key"]["S"], item["rev"]["N"]) for item in items]
        known = self._known.pop(email, None)
        if known is None or known.frame != frame or known.marks != marks[: len(known.marks)]:
            known = Known(frame)
        leaves = person.behind(known.leaves)
        if len(leaves) >= self._least + self._open and are_apart(leaves):
            known = _grown(known, leaves[: -self._open], marks, rules, withholding)
            leaves = leaves[-self._open :]
        if known.leaves:
            self._remember(email, known)
            leaves = [_bare(leaves[0], known), *leaves]
        facts, states = joined(leaves)
        shown = withholding.all_shown(facts)
        hides = (
            known.hides or epoch % 2 == 1 or _differ(shown, facts) or withholding.hides((), states.values())
        )
        shown += withholding.all_shown(map(effective, states.values()))
        state = rules.fold(shown)
        count = known.rows + len(shown)
        return Folded(rules.merge(known.state, state) if known.leaves else state, count, hides)

    def _remember(self, email: str, known: Known) -> None:
        self._known[email] = known
        if len(self._known) > MOST_PEOPLE:
            del self._known[next(iter(self._known))]


def _grown(
    known: Known,
    leaves: Sequence[Leaf],
    marks: Sequence[LeafMark],
    rules: Mapping,
    withholding: Withholding,
) -> Known:
    """What is known, with leaves behind it."""
    facts, states = joined([_bare(leaves[0], known), *leaves])
    shown = withholding.all_shown(facts)
    count = known.leaves + len(leaves)
    state = rules.merge(known.state, rules.fold(shown))
    hides = known.hides or _differ(shown, facts)
    return Known(known.frame, count, marks[: count + 1], known.rows + len(shown), state, states, hides)


def _differ(shown: Sequence[Row], facts: Sequence[Row]) -> bool:
    """Whether facts are not shown as they are."""
    return len(shown) != len(facts) or any(map(is_not, shown, facts))


def _bare(leaf: Leaf, known: Known) -> Leaf:
    """A leaf that has the snapshots that are known, and no facts."""
    return Leaf(leaf.email, leaf.life, states=known.snapshots)
