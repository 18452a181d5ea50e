"""Writes snapshots: reads the registers, joins them in memory, and writes only what changed, over what was read."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from lytics_cm.store.profile_outcome import Written
from lytics_cm.store.profile_snapshots import Snapshot, effective, join
from lytics_cm.store.profile_table import Place, ProfileTable, Write

ROUNDS = 10
"""Times that others may be faster before the message goes back to its queue."""


class SnapshotWriter:
    """Writes the snapshots of many addresses."""

    def __init__(self, table: ProfileTable) -> None:
        self._table = table

    def write(self, told: Mapping[Place, Snapshot], now: int, written: Written) -> None:
        """Join what was told with what is stored."""
        left = dict(told)
        for attempt in range(ROUNDS):
            if not left:
                return
            self._table.wait(attempt)
            stored = {place: Snapshot.stored(item) for place, item in self._table.get_many(left).items()}
            news = {place: _joined(one, stored.get(place)) for place, one in left.items()}
            written.count(duplicates=sum(new == stored.get(place) for place, new in news.items()))
            news = {place: new for place, new in news.items() if new != stored.get(place)}
            outcomes = self._table.write_each(
                [_write(new, stored.get(place), now) for place, new in news.items()]
            )
            done = dict(zip(news, outcomes, strict=True))
            written.count(stored=sum(written.took(email, outcome) for (email, _), outcome in done.items()))
            left = {place: left[place] for place, outcome in done.items() if outcome is False}
        written.give_up(email for email, _ in left)


def _joined(told: Snapshot, stored: Snapshot | None) -> Snapshot:
    return join(stored, told) if stored else told


def _write(new: Snapshot, old: Snapshot | None, now: int) -> Write:
    """The snapshot over what was read."""
    is_news = old is None or _counted(new) != _counted(old)
    at = now if is_news or old is None else old.at
    item = replace(new, at=at, rev=secrets.token_bytes(6)).item()
    if old is None:
        return Write.insert(item)
    place = (new.email, new.key)
    sets = {name: value for name, value in item.items() if name not in ("email", "key")}
    return Write.change(place, sets, where={"rev": {"B": old.rev}})


def _counted(snapshot: Snapshot) -> tuple[object, ...]:
    row = effective(snapshot)
    return row.ts, row.fields
