"""What a batch brings of people, and what a write makes of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lytics_cm.streams import CM_USER, Row, join
from profile_app.profiles import snapshots
from profile_app.profiles.consents import Observation, observed
from profile_app.profiles.leaves import Leaf, cut, packed, place_of, room, union
from profile_app.profiles.snapshots import Snapshot

if TYPE_CHECKING:
    from profile_app.profiles.written import Written

type Told = dict[str, list[Observation]]
"""Consents that were observed, by client."""

BEHIND = 600_000
"""Milliseconds by which a plain profile may lag behind an import: what the run brings meanwhile is written
with it."""


@dataclass(slots=True)
class Arrivals:
    """What a batch brings of one person."""

    facts: dict[str, Row] = field(default_factory=dict)
    states: dict[str, Snapshot] = field(default_factory=dict)
    told: Told = field(default_factory=dict)
    spoken: frozenset[str] = frozenset()
    """Clients of whom consents were told that no snapshot keeps."""
    repeated: Told = field(default_factory=dict)
    """Consents that merely repeated what the root knew: their snapshots alone keep them."""
    apart: bool = False
    """A snapshot was stored in another leaf than the root."""
    unconfirmed: Told = field(default_factory=dict)
    """Consents that are stored while others may have stored some, too."""
    looks: bool = False
    """What leaves know of the consents is looked at even if those that were told are no news."""
    days: dict[str, int] = field(default_factory=dict)
    """Of opens that are left out the last day, by client, where that may be kept."""
    opens: bool = False
    """Other leaves are about to follow."""
    is_seen: bool = False
    """The change of consents changes what may be known."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Which row of the batch told of a place, or of a snapshot, first; only in what a batch brings of all."""
    elsewhere: Mapping[str, Snapshot] = field(default_factory=dict)
    """What all leaves know of the person's snapshots that change without showing it in their own leaf."""

    def __len__(self) -> int:
        return self.rows + len(self.told) + len(self.days)

    @property
    def rows(self) -> int:
        return len(self.facts) + len(self.states)

    def drop(self, other: Arrivals) -> None:
        """Forget what the other tells."""
        for place in other.facts:
            del self.facts[place]
        for key in other.states:
            del self.states[key]
        for client in other.told:
            del self.told[client]
        for client in other.days:
            del self.days[client]

    def happened(self, change: LeafChange) -> None:
        """Forget what is stored now, and note what has to be confirmed.

        Who finds that a consent repeats what the root knows leaves it to its snapshot. Who finds a change
        looks at the snapshots, and then writes the root. Of two who meet, one has to see what the other did:
        so the one looks at the root again, and the other at the snapshots.
        """
        self.drop(change.arrived)
        before, told = change.before, change.arrived.told
        self.apart |= bool(before.start and change.arrived.states and change.after)
        if before.more and (known := before.consents.clients.keys() & told.keys()):
            self.unconfirmed |= {client: told[client] for client in known}
            self.looks = True

    def confirm(self) -> bool:
        """Tell once more what has to be confirmed, when all snapshots are stored; whether there was any."""
        if self.apart and not self.states:
            self.unconfirmed, self.repeated, self.apart = {**self.repeated, **self.unconfirmed}, {}, False
        self.told, told, self.unconfirmed = {**self.unconfirmed, **self.told}, self.unconfirmed, {}
        return bool(told)


@dataclass(slots=True, eq=False)
class LeafChange:
    """What a write makes of one leaf: `after` in its place, unless it stays, and `new` leaves behind."""

    before: Leaf
    arrived: Arrivals
    after: Leaf | None = None
    new: list[Leaf] = field(default_factory=list)
    stored: int = 0
    amended: int = 0
    told: list[str] = field(default_factory=list)
    """The places of new facts, and the keys of snapshots that tell something new."""
    is_news: bool = False
    """Something that counts is new."""
    calls: bool = False
    """It calls for a projection: none is under way that would come later."""


def arrivals_of(rows: Iterable[Row], told: Mapping[str, Told], written: Written) -> dict[str, Arrivals]:
    """Rows by person, and what was told of consents; observations of one row are one."""
    found = {
        email: Arrivals(told={client: list(some) for client, some in one.items()}, spoken=frozenset(one))
        for email, one in told.items()
    }
    for number, row in enumerate(rows):
        arrived = found.setdefault(row.email, Arrivals())
        if consent := observed(row):
            arrived.told.setdefault(consent[0], []).append(consent[1])
        if row.stream == CM_USER:
            key, one = row.key, Snapshot.of(row)
            written.count(duplicates=key in arrived.states)
            arrived.states[key] = snapshots.join(arrived.states[key], one) if key in arrived.states else one
            arrived.numbers.setdefault(key, number)
        else:
            place = place_of(row)
            written.count(duplicates=place in arrived.facts)
            arrived.facts[place] = join(arrived.facts[place], row) if place in arrived.facts else row
            arrived.numbers.setdefault(place, number)
    return found


def change_of(leaf: Leaf, arrived: Arrivals, leaf_bytes: int, now: int, run: str) -> LeafChange:
    """Decide what becomes of a leaf where these rows arrived, by a run or not; it is cut at `leaf_bytes`."""
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
    most = room(leaf, leaf_bytes)
    leaf = replace(leaf, states=states, at=at, due=due, run=run)
    data = packed(replace(leaf, facts=all_facts.facts))
    first, *others = (
        [all_facts.facts]
        if len(data) <= most or len(all_facts.facts) < 2  # noqa: PLR2004 - one is not cut
        else cut(leaf, all_facts, most)
    )
    if not leaf.rev:  # other leaves follow when the root is there
        change.arrived = replace(arrived, facts={place_of(row): row for row in first})
        change.stored -= sum(map(len, others))
        change.told = [*change.arrived.facts, *(key for key in change.told if key in arrived.states)]
        others = []
    # Leaves may be written in vain. Those with nothing new must not tell of a change that did not happen.
    moved = Leaf(leaf.email, leaf.life, at=change.before.at, due=due, run=run)
    change.new = [
        replace(moved, start=place_of(some[0]), facts=some, at=at if all_facts.has_new(some) else moved.at)
        for some in others
    ]
    more = leaf.more or arrived.opens or (bool(others) and not leaf.start)
    is_whole = len(first) == len(all_facts.facts)
    before, after = change.before, replace(leaf, facts=first, more=more, data=data if is_whole else b"")
    is_same = (after.facts, after.states, more) == (before.facts, before.states, before.more)
    change.after = None if is_same and not is_first and not has_told else after
    return change
