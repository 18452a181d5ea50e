"""What is known of a person's consent to be tracked: a history of observations per client. Pure.

Campaign Monitor has one consent per address and client, and tells what it is, never since when. So an
observation is who told what, and when it was asked (epoch ms). What is allowed follows from the set of
observations alone: after the newest that forbids, activity before the next *Yes* stays away for ever.

A root keeps where the value changed, not each time it was told. The newest of each list is in its snapshot:
whoever finds a change looks there too, so that no *No* told since is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from lytics_cm.streams import CM_USER, Row

type Value = Literal["yes", "no", "unknown"]
VALUES: tuple[Value, ...] = ("yes", "unknown", "no")
"""In the order in which they stand when told of one moment: the last counts."""
SHORT = {"yes": "y", "no": "n", "unknown": "u"}
LONG: dict[str, Value] = {"y": "yes", "n": "no", "u": "unknown"}

ALWAYS, NEVER = -(2**63), 2**63
"""From when on activity is allowed: since ever, or not at all (epoch ms)."""
MOST_KEPT = 50
"""Observations of one client: the oldest go first, which no decision rests on any more."""
MAX_SOURCE_CHARS = 120


@dataclass(frozen=True, slots=True)
class Observation:
    """Somebody told us of a consent: `at` is when it was asked or written, `source` by whom."""

    at: int
    value: Value
    source: str = field(default="", compare=False)

    @property
    def place(self) -> tuple[int, int]:
        return self.at, VALUES.index(self.value)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one client's consent, in the order of time; the last is in force.

    `day` is the day of the last open (epoch days), where nothing else may be kept of it.
    """

    observations: tuple[Observation, ...] = ()
    day: int | None = None

    @property
    def in_force(self) -> Value:
        return self.observations[-1].value if self.observations else "unknown"

    def is_news(self, told: Observation) -> bool:
        """Whether an observation may change what is known; one that repeats what is in force does not."""
        last = self.observations[-1] if self.observations else None
        return last is None or told.value != last.value or told.place < last.place

    def is_later(self, told: Observation) -> bool:
        """Whether an observation is later than all that are known."""
        return not self.observations or told.place > self.observations[-1].place

    def with_all(self, told: Iterable[Observation]) -> Self:
        """With other observations: of a value that was told many times in a row the first and the last stay."""
        every = sorted({*self.observations, *told}, key=lambda one: one.place)
        kept = [
            one
            for before, one, after in zip([None, *every], every, [*every[1:], None], strict=False)
            if before is None or after is None or not before.value == one.value == after.value
        ]
        return replace(self, observations=tuple(kept[-MOST_KEPT:]))

    def with_day(self, day: int) -> Self:
        return self if self.day is not None and self.day >= day else replace(self, day=day)

    def allowed_from(self, *, strict: bool) -> int:
        """From when on activity is allowed, epoch ms, or `ALWAYS`, or `NEVER`."""
        forbids = ("no", "unknown") if strict else ("no",)
        last = max((one.at for one in self.observations if one.value in forbids), default=None)
        granted = [
            one.at for one in self.observations if one.value == "yes" and (last is None or one.at > last)
        ]
        if last is None:
            return ALWAYS if granted or not strict else NEVER
        return min(granted, default=NEVER)


@dataclass(frozen=True, slots=True)
class Consents:
    """What is known of a person's consents, by client id."""

    clients: Mapping[str, Known] = field(default_factory=dict)

    def of(self, client: str) -> Known:
        return self.clients.get(client) or Known()

    def news(self, told: Mapping[str, Iterable[Observation]]) -> set[str]:
        """The clients of whom observations may change what is known."""
        return {client for client, some in told.items() if any(map(self.of(client).is_news, some))}

    def with_all(self, told: Mapping[str, Iterable[Observation]]) -> Consents:
        """With other observations, by client."""
        more = {name: self.of(name).with_all(some) for name, some in told.items()}
        return Consents({**self.clients, **more}) if more else self

    def with_days(self, days: Mapping[str, int]) -> Consents:
        """With the days of the last opens, by client."""
        more = {name: self.of(name).with_day(day) for name, day in days.items()}
        return Consents({**self.clients, **more}) if more else self

    @property
    def shape(self) -> dict[str, Any]:
        """As JSON: by client the day of the last open, then the observations."""
        return {
            name: [known.day, *([one.at, SHORT[one.value], one.source] for one in known.observations)]
            for name, known in sorted(self.clients.items())
        }

    @classmethod
    def parse(cls, shape: Mapping[str, list[Any]]) -> Self:
        """Read what `shape` has written."""
        return cls(
            {
                name: Known(tuple(Observation(at, LONG[value], source) for at, value, source in told), day)
                for name, (day, *told) in shape.items()
            }
        )


NONE_TOLD = Consents()


def value_of(told: object) -> Value:
    """What Campaign Monitor's word for a consent means; anything but Yes and No is no decision."""
    word = str(told).strip().lower()
    return "yes" if word == "yes" else "no" if word == "no" else "unknown"


def observed(row: Row) -> tuple[str, Observation] | None:
    """The client and the observation in a snapshot that we read ourselves; None in other rows.

    We always ask for the consent, so where none is told there is no decision.
    """
    if row.stream != CM_USER or row.witness != "read":
        return None
    told = row.fields.get("consent_to_track", "")
    return client_of(row), Observation(row.seen, value_of(told), row.source[:MAX_SOURCE_CHARS])


def client_of(row: Row) -> str:
    client = row.fields.get("client_id", "")
    return client if isinstance(client, str) else str(client)
