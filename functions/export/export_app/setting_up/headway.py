"""Whether a scan gets on: only Lytics says where an audience ends, and it may never say so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from lytics_cm.errors import Unavailable
from lytics_cm.lytics import Scan
from lytics_cm.retry_window import Tries, pause

MOST_TIMES, FEW = 2, 1000
"""An audience may grow while it is read, but not to more than twice its size and a thousand people."""
STUCK = Unavailable("the scan gets no further")


@dataclass(frozen=True, slots=True)
class Headway:
    """How many people a scan has read at best, how often it stood still since, a cursor that it had."""

    furthest: int = 0
    tries: Tries = field(default_factory=Tries)
    mark: str = ""

    @classmethod
    def of(cls, progress: Mapping[str, Any]) -> Self:
        return cls(progress.get("furthest", 0), Tries.of(progress), progress.get("mark", ""))

    def to_json(self) -> dict[str, Any]:
        """As attributes of the progress."""
        return {"furthest": self.furthest, "mark": self.mark, **self.tries.members()}

    def after(self, step: int, read: int, cursor: str, now: int) -> Headway:
        """After a step that brought the scan to so many people; steps that are powers of two leave a mark."""
        mark = self.mark if step & (step - 1) else cursor
        if read > self.furthest:
            return Headway(read, Tries(), mark)
        return Headway(self.furthest, self.tries.more(STUCK, now), mark)

    def restarted(self, now: int) -> Headway:
        """After the cursor was refused."""
        return Headway(self.furthest, self.tries.more(STUCK, now))

    @property
    def seconds(self) -> int:
        """How long to wait before it is tried again."""
        return pause(self.tries.attempt, STUCK)

    def has_no_end(self, found: Scan, read: int, now: int) -> str | None:
        """Why a scan ends here though Lytics gives a cursor for more; None when it may go on."""
        if not found.cursor:
            return None
        if found.cursor == self.mark:
            return "Lytics leads the scan in a circle"
        if found.total and read > MOST_TIMES * found.total + FEW:
            return f"Lytics tells of {read:,} people, and of {found.total:,} in all"
        return self.is_too_long(now) if not found.people else None

    def is_too_long(self, now: int) -> str | None:
        """Why a scan ends that for two days came no further."""
        if self.tries.are_enough(STUCK, now):
            return f"for two days the scan came no further than {self.furthest:,} people"
        return None
