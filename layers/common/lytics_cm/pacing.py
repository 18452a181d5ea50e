"""How many calls may run at once for one account, and when to keep quiet: what each teaches. Pure.

Each call takes a turn. There are as many turns as the account's *width*: at most the parameter
`MaxParallelCalls`, halved by every 429 and by calls that take very long, and growing by one after each round
of calls that went well. After a 429 everybody keeps quiet: as long as the vendor asks, or twice as long as
the last time. Campaign Monitor documents no limit outside its transactional API and sends no headers with
most 429s (docs/reference/campaign-monitor.md#limits-and-time-outs). So too after a call without an answer
(5xx, time-out, broken connection), or each of a run's thousand pages would ask all through an outage; one
good call ends it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from lytics_cm.errors import RateLimited, Unavailable
from lytics_cm.retry_window import FEWEST_TRIES

ROUNDS_TO_GROW = 4
LONGEST_QUIET = 60
LONGEST_OUTAGE = 900
"""Seconds of silence at most after a 429, and when nothing is answered: an outage costs a call in a quarter
of an hour."""
MOST_STRIKES = 10
MOST_WORDS = 500
"""Characters of the vendor's words that are kept for those who find no turn."""


@dataclass(frozen=True, slots=True)
class PaceState:
    """The pace of one account. Times are epoch seconds; a lease is a turn that somebody has, until a time."""

    width: float
    leases: dict[str, float]
    strikes: int = 0
    credit: int = 0
    quiet_until: float = 0
    silent_since: float = 0
    heard: str = ""
    rev: int = 0

    @classmethod
    def of(cls, item: Mapping[str, Any], most: int) -> Self:
        """The state that is stored as an item."""
        return cls(
            width=min(float(item["width"]), most),
            leases={name: float(until) for name, until in item["leases"].items()},
            strikes=int(item["strikes"]),
            credit=int(item["credit"]),
            quiet_until=float(item["quiet_until"]),
            silent_since=float(item.get("silent_since", 0)),
            heard=str(item.get("heard", "")),
            rev=int(item["rev"]),
        )

    def stored(self) -> dict[str, Any]:
        """What was learned, as attributes of the item."""
        return {
            "width": int(self.width),
            "strikes": self.strikes,
            "credit": self.credit,
            "quiet_until": math.ceil(self.quiet_until),
            "silent_since": math.ceil(self.silent_since),
            "heard": self.heard,
        }

    def is_calm(self, most: int) -> bool:
        """Whether one more call that went well teaches nothing."""
        return self.width >= most and not self.strikes and not self.silent_since

    def live(self, now: float) -> dict[str, float]:
        return {lease: until for lease, until in self.leases.items() if until > now}

    def has_room(self, now: float) -> bool:
        return len(self.live(now)) < max(1, int(self.width))

    def expired(self, now: float) -> list[str]:
        """The leases that dead workers left."""
        return [lease for lease, until in self.leases.items() if until <= now]

    def gone_well(self, most: int) -> PaceState:
        """One more call that went well: after a few rounds of them there is room for one more at once."""
        credit = self.credit + 1
        if credit < ROUNDS_TO_GROW * self.width:
            return replace(self.answered(), credit=credit, strikes=0)
        return replace(self.answered(), credit=0, strikes=0, width=min(most, self.width + 1))

    @property
    def silence(self) -> int:
        """Since when nobody was answered (epoch ms); 0 when somebody was, or few have asked."""
        return int(self.silent_since * 1000) if self.strikes >= FEWEST_TRIES else 0

    def answered(self) -> PaceState:
        """A call that was answered, be it by a refusal for good."""
        return replace(self, silent_since=0, heard="")

    def slowed(self) -> PaceState:
        return replace(self, credit=0, width=max(1, self.width // 2))

    def refused(
        self, now: float, retry_after: float | None, longest: float = LONGEST_QUIET, words: str = ""
    ) -> PaceState:
        """A 429, or no answer at all: half as many at once, after a silence of `longest` seconds at most."""
        pause = min(longest, retry_after if retry_after is not None else 2.0**self.strikes)
        strikes = min(self.strikes + 1, MOST_STRIKES)
        return replace(
            self.slowed(),
            strikes=strikes,
            quiet_until=max(self.quiet_until, now + pause),
            silent_since=self.silent_since or now,
            heard=words[:MOST_WORDS],
        )


def taught_by(error: BaseException, state: PaceState, now: float, *, is_slow: bool) -> PaceState:
    """What a call that ended in an error teaches."""
    if isinstance(error, RateLimited):
        return state.refused(now, error.retry_after, words=str(error))
    if isinstance(error, Unavailable):
        return state.refused(now, None, LONGEST_OUTAGE, str(error))
    return (state.slowed() if is_slow else state).answered()
