"""A run as its item has it: its id, status and counters, how long it has waited, when it is forgotten."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Self

from lytics_cm.store.waiting import WAITED

if TYPE_CHECKING:
    from collections.abc import Mapping

KEEP_RUNS_SECONDS = 90 * 24 * 3600
"""How long a run is remembered after the next one began."""
TIMED = "t"
"""What ids of runs begin with that tell the time; those of before are hexadecimal numbers by chance."""

type Trigger = Literal["person", "schedule", "catch-up", "reconnected"]
"""Why a run began: somebody wanted it, its time had come, its time had come after one that was missed, or the
account was connected again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as it is: `open` units are outstanding, `counts` says what has been counted. Times are epoch ms.

    `done_before` is how many steps were done when it was resumed, `waited_before` how long it had waited;
    `waiting_...` and `answered_at` say whether it waits (see `store.waiting`). `shown` is the greatest share
    that people were shown, in thousandths. `changed_people` is known when it has ended. `trigger` is not known
    of runs that began before it was stored; `reason` says why it failed. It is forgotten at `expires_at`
    (epoch seconds).
    """

    id: str
    status: str
    started_at: int
    open: int = 0
    moved_at: int | None = None
    finished_at: int | None = None
    resumed_at: int | None = None
    done_before: int = 0
    waited_before: int = 0
    shown: int = 0
    answered_at: int | None = None
    waiting_since: int | None = None
    waiting_until: int | None = None
    waiting_reason: str | None = None
    trigger: Trigger | None = None
    reason: str | None = None
    changed_people: int | None = None
    expires_at: int | None = None
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def parse(cls, item: Mapping[str, Any]) -> Self:
        names = {one.name for one in fields(cls)}
        counts = {name: value for name, value in item.items() if name not in names and isinstance(value, int)}
        known = {name: value for name, value in item.items() if name in names}
        return cls(**known, counts=Counter(counts))

    @property
    def is_running(self) -> bool:
        return self.status == "running"

    @property
    def is_fatal(self) -> bool:
        """Whether something could not be read that should be there."""
        return self.counts["fatal"] > 0

    @property
    def is_waiting(self) -> bool:
        """Whether the vendor has not answered since a wait for it began."""
        return self.is_running and self.waiting_since is not None and self.answered_at is None

    def waited(self, now: int) -> int:
        """How long it has waited for the vendor (ms): from each first try in vain to the next answer."""
        if self.waiting_since is None or self.waiting_until is None:
            return 0
        last = (
            min(self.finished_at or now, self.waiting_until) if self.answered_at is None else self.answered_at
        )
        return self.counts[WAITED] + max(0, last - self.waiting_since)

    def is_forgotten(self, now: int) -> bool:
        """Whether it is too old to be told of, though DynamoDB may have it still.

        Of runs of before nobody noted that; then it is by when they began.
        """
        if self.expires_at is not None:
            return self.expires_at * 1000 <= now
        return not self.id.startswith(TIMED) and self.started_at + KEEP_RUNS_SECONDS * 1000 <= now

    @property
    def last_sign(self) -> int:
        """When something was last heard of it."""
        return max(self.started_at, self.moved_at or 0, self.resumed_at or 0)


def new_run_id(now: int) -> str:
    """An id of a run that begins now (epoch ms): those that begin later are greater as texts."""
    return f"{TIMED}{now:011x}{uuid.uuid4().hex[:6]}"
