"""Erases a person: at once what can be found, later what workers of before may still write.

The tombstone comes first: from then on nothing that was received before is stored. The rest may be repeated,
and is: by a message that comes when no worker of before can be alive. It carries the hash of the address and
no address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lytics_cm.store.erasures import LONGEST_LIFE, UNSETTLED, digest_of

if TYPE_CHECKING:
    from lytics_cm.queues import Queue
    from lytics_cm.store.erasures import Erasures, Tombstone
    from profile_app.traces import Archive

type Json = dict[str, Any]

SWEEP = "sweep"
SWEPT_AT_ONCE = 2000
"""Items that are removed while the admin waits."""
SWEPT_BY_MESSAGE = 20_000
"""Items that are removed by one message of the queue."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What came of erasing: how much of what was removed, since when, whether it is still going on."""

    removed: Mapping[str, int]
    at: int
    blocked: bool
    is_going_on: bool


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases people; `queue` is the bulk queue."""

    archive: Archive
    erasures: Erasures
    queue: Queue

    def erase(self, email: str, now: int, *, block: bool) -> Erasure:
        """Forget what was received until now, and with `block` whatever comes; repeatable."""
        stone = self.erasures.erase(email, now, block=block)
        message = {SWEEP: digest_of(email), "at": stone.erased_at}
        self.queue.send([{**message, "last": True}], delay=LONGEST_LIFE)
        profiles = self.archive.profiles
        found = profiles.read(email)
        rows_found = found.rows if found else 0
        kept = ("memberships", "failures", "ledger")
        removed = Counter({"profiles": int(found is not None), "rows": rows_found, **dict.fromkeys(kept, 0)})
        profiles.erase(email)
        removed.update(self.archive.erase(email, stone.until))
        is_swept = profiles.sweep(email, SWEPT_AT_ONCE)
        if not is_swept:
            self.queue.send([message])
        return Erasure(removed, stone.erased_at, stone.blocked, not is_swept)


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Ends what an eraser began; `queue` is the bulk queue, `rows` the rows queue."""

    archive: Archive
    erasures: Erasures
    queue: Queue
    rows: Queue

    def sweep(self, message: Json, now: int) -> None:
        """Remove what an erasure left behind.

        With `last`, also what was written since by those who knew the person.
        """
        digest = message[SWEEP]
        stone = self.erasures.tombstone(digest)
        if not stone.sealed or stone.erased_at != message["at"]:
            return  # all is removed, or a later erasure sees to it
        email = self.erasures.address(digest, stone)
        if message.get("last"):
            self._settle(email, stone, now)
        if not self.archive.profiles.sweep(email, SWEPT_BY_MESSAGE):
            self.queue.send([message])
        elif message.get("last"):
            self.erasures.finish(digest, stone.erased_at)

    def _settle(self, email: str, stone: Tombstone, now: int) -> None:
        """Erase once more, then have those rows told again that came after the erasure.

        After half an hour these may be incomplete, so the profile is left as it is.
        """
        digest = digest_of(email)
        kept = dict(self.erasures.kept(digest))
        if not stone.settled:
            if now - stone.erased_at < UNSETTLED // 2:
                self.archive.profiles.erase(email)
                kept = dict(self.erasures.kept(digest))
            self.archive.erase(email, stone.until)
            self.rows.send(kept.values())
            self.erasures.settle(digest, stone.erased_at)
        for name in kept:
            self.erasures.drop(digest, name)
