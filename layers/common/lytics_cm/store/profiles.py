"""Keeps rows as a set and profiles as folds of it: exact under any duplication, order, crash and company.

What lies where is told by `profile_items.py`. What always holds, and what every step of the protocol preserves:

    A fact under the head's life that exists and is not pending is counted by the parts, once;
    one that is pending is not counted by them. (When the head is void, the parts count for nothing.)

So a profile is the merge of its parts, the pending facts that exist, and its snapshots. Writing a fact costs two write
units (the head's announcement and the row) and its share of a fold, at any age of the profile; facts of one
address that come together share the announcement.

- `profile_facts.py`      writes facts          - `profile_folds.py`    makes and merges parts
- `profile_tellings.py`   writes snapshots      - `profile_reads.py`    profiles and rows
- `profile_snapshots.py`  decides which count   - `profile_erasure.py`  forgets
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lytics_cm.store.profile_erasure import Eraser
from lytics_cm.store.profile_facts import Facts, FactWriter
from lytics_cm.store.profile_folds import Folds
from lytics_cm.store.profile_items import HEAD, TUNING, Tuning, head_of
from lytics_cm.store.profile_outcome import Written
from lytics_cm.store.profile_reads import Position, Profile, Reader
from lytics_cm.store.profile_snapshots import Snapshot
from lytics_cm.store.profile_snapshots import join as join_snapshots
from lytics_cm.store.profile_table import Place, ProfileTable
from lytics_cm.store.profile_tellings import SnapshotWriter
from lytics_cm.streams import CM_USER, Row, join

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from lytics_cm.lql import Mapping as Rules

REBUILDS = 5
"""Times that others may be faster than a rebuild."""


class Profiles:
    """The table of profiles and their rows. `threads` calls go out at once."""

    def __init__(self, client: DynamoDBClient, table: str, threads: int = 1, tuning: Tuning = TUNING) -> None:
        self._table = ProfileTable(client, table, threads, tuning.pause)
        self._folds = Folds(self._table, tuning)
        self._facts = FactWriter(self._table, self._folds, tuning)
        self._reader = Reader(self._table, self._folds)
        self._eraser = Eraser(self._table)

    def write(self, rows: Iterable[Row], rules: Rules, now: int) -> Written:
        """Add rows to the set, together. Rows of the addresses named as failed may be in the set or not."""
        written = Written()
        facts: Facts = {}
        told: dict[Place, Snapshot] = {}
        for row in rows:
            if row.stream == CM_USER:
                _add_snapshot(told, row, written)
            else:
                _add_fact(facts, row, written)
        SnapshotWriter(self._table).write(told, now, written)
        self._facts.write(facts, rules, now, written)
        return written

    def read(self, email: str, rules: Rules) -> Profile | None:
        """The profile of an address; None when nothing is known of it."""
        return self._reader.profile(email, rules)

    def rows(
        self, email: str, limit: int, after: Position | None = None
    ) -> tuple[list[Row], Position | None]:
        """A page of an address' rows, newest first, and where the next page starts."""
        return self._reader.rows(email, limit, after)

    def erase(self, email: str) -> None:
        """Forget an address. Call `sweep` afterwards, and again when no worker of before can be alive."""
        self._eraser.erase(email)

    def sweep(self, email: str, most: int | None = None) -> bool:
        """Remove what an erased person left behind, `most` items or a page more; whether that was all."""
        return self._eraser.sweep(email, most)

    def heads(
        self, segment: int, segments: int, start: Place | None, limit: int
    ) -> tuple[list[str], Place | None]:
        """One page of a segment of the whole table: addresses with facts, and where to go on."""
        return self._table.heads(segment, segments, start, limit)

    def reproject(self, emails: Iterable[str], rules: Rules) -> None:
        """Rebuild the parts of those profiles that were made under another mapping, or are void."""
        self._table.each(lambda email: self._reproject(email, rules), list(emails))

    def _reproject(self, email: str, rules: Rules) -> None:
        for _ in range(REBUILDS):
            item = self._table.get((email, HEAD))
            head = head_of(item) if item else None
            if head is None or not head.parts or head.counts_under(rules.digest):
                return
            if self._folds.rebuild(email, head, rules):
                return


def _add_fact(facts: Facts, row: Row, written: Written) -> None:
    known = facts.setdefault(row.email, {})
    key = row.key
    if key in known:
        written.duplicates += 1
        row = join(known[key], row)
    known[key] = row


def _add_snapshot(told: dict[Place, Snapshot], row: Row, written: Written) -> None:
    place, snapshot = (row.email, row.key), Snapshot.of(row)
    if place in told:
        written.duplicates += 1
        snapshot = join_snapshots(told[place], snapshot)
    told[place] = snapshot
