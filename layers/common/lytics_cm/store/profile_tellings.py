"""Writes snapshots: reads the registers, joins them in memory, and writes only what changed, over what was read."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from lytics_cm.store.profile_outcome import Written
from lytics_cm.store.profile_snapshots import Snapshot, effective, join
from lytics_cm.store.profile_table import Place, ProfileTable

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
            tries = [partial(self._join, one, stored.get(place), now, written) for place, one in left.items()]
            done = self._table.each(lambda attempt: attempt(), tries)
            left = {
                place: one for (place, one), is_done in zip(left.items(), done, strict=True) if not is_done
            }
        written.give_up(email for email, _ in left)

    def _join(self, told: Snapshot, stored: Snapshot | None, now: int, written: Written) -> bool:
        """Whether nothing is left to do for this one."""
        new = join(stored, told) if stored else told
        if new == stored:
            written.count(duplicates=1)
            return True
        is_put = written.guard(told.email, partial(self._put, new, stored, now))
        if is_put:
            written.count(stored=1)
        return is_put is not False

    def _put(self, new: Snapshot, old: Snapshot | None, now: int) -> bool:
        is_news = old is None or _counted(new) != _counted(old)
        at = now if is_news or old is None else old.at
        item = replace(new, at=at, rev=secrets.token_bytes(6)).item()
        if old is None:
            return self._table.put(item, "attribute_not_exists(#key)")
        return self._table.put(item, "#rev = :rev", {":rev": {"B": old.rev}})


def _counted(snapshot: Snapshot) -> tuple[object, ...]:
    row = effective(snapshot)
    return row.ts, row.fields
