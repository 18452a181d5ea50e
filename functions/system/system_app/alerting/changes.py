"""What was told of problems, and what is to be told now. Pure: times are epoch ms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from system_app.problems import Problem

type Json = dict[str, Any]
type News = Literal["broke", "still", "over"]

DAY_MS = 86_400_000
MINUTE_MS = 60_000
PATIENCE_MS = {"unreadable": 9 * MINUTE_MS, "quota": 9 * MINUTE_MS, "alerts_undelivered": 4 * MINUTE_MS}
"""By kind, how long something lasts before it is told: what often passes by itself. Inspections are five minutes apart."""
AGAIN_MS = {"dead_letters": DAY_MS}
"""By kind, after how long it is told again that it lasts: these messages are lost after fourteen days."""
MOST_KNOWN = 200
"""Problems that are told one by one. More would not fit into an item, nor into anybody's head."""
WORDS = 300
"""Characters that are kept of what is wrong."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that broke, lasts, or works again."""

    news: News
    problem: Problem


@dataclass(slots=True)
class State:
    """What is known from inspection to inspection.

    `seen` has by key the problems that are on, with `first`, when they were first seen. `told` has by channel
    and key when that was told last. `failing` says since when a channel takes nothing.
    """

    seen: dict[str, Json] = field(default_factory=dict)
    told: dict[str, dict[str, int]] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, kept: Mapping[str, Any]) -> Self:
        return cls(**{name: kept.get(name, {}) for name in ("seen", "told", "failing")})

    def item(self) -> Json:
        return {"seen": self.seen, "told": self.told, "failing": self.failing}

    def take_in(
        self, problems: Sequence[Problem], is_settled: Callable[[str, Json | None], bool], now: int
    ) -> None:
        """Take in what is wrong now. What is not found is on until it is settled (asked by kind and job)."""
        found = {problem.key: problem for problem in problems[:MOST_KNOWN]}
        for key, before in self.seen.items():
            if key not in found:
                before["on"] = before["on"] and not is_settled(before["kind"], before["job"])
        for key, problem in found.items():
            first = self.seen[key]["first"] if key in self.seen else now
            self.seen[key] = {
                "kind": problem.kind,
                "subject": problem.subject,
                "what": problem.what[:WORDS],
                "job": problem.job,
                "tells_itself": problem.tells_itself,
                "first": first,
                "on": True,
            }

    def changes(self, channel: str, problems: Sequence[Problem], now: int) -> Iterator[Change]:
        """What a channel has not been told yet: what broke first, then what lasts, then what is over."""
        told, found = self.told.get(channel, {}), {problem.key: problem for problem in problems}
        fresh = [one for key, one in found.items() if key in self.seen and key not in told]
        for problem in fresh:
            if now - self.seen[problem.key]["first"] >= PATIENCE_MS.get(problem.kind, 0):
                yield Change("broke", problem)
        for key, at in told.items():
            known = found.get(key)
            if known and now - at >= AGAIN_MS.get(known.kind, now):
                yield Change("still", known)
        for key in told:
            if not self.seen[key]["on"]:
                yield Change("over", _gone(self.seen[key]))

    def tell(self, channel: str, change: Change, now: int) -> None:
        """A channel has taken a change."""
        told = self.told.setdefault(channel, {})
        if change.news == "over":
            told.pop(change.problem.key, None)
        else:
            told[change.problem.key] = now

    def forget(self, channels: Sequence[str]) -> None:
        """Drop channels that are gone, and what is over and was told so to the others."""
        self.told = {name: self.told[name] for name in channels if name in self.told}
        self.failing = {name: since for name, since in self.failing.items() if name in channels}
        known = {key for told in self.told.values() for key in told}
        self.seen = {key: one for key, one in self.seen.items() if one["on"] or key in known}


def _gone(known: Mapping[str, Any]) -> Problem:
    return Problem(
        known["kind"],
        known["subject"],
        known["what"],
        "",
        None,
        since=known["first"],
        job=known["job"],
        tells_itself=known["tells_itself"],
    )
