"""Has plain profiles written behind the rows: once for all that a run brings, large ones after a rest.

What is asked for is a message of the bulk queue, `{"project": [addresses]}`. One for a run has its `job` and
`run`, and `until`: it is put off until all rows of the run are stored, or until then (epoch ms), which the
people's leaves name too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from profile_app.profiles.arrivals import BEHIND

if TYPE_CHECKING:
    from lytics_cm.queues import Queue
    from lytics_cm.store.runs import Runs
    from profile_app.profiles import Profiles
    from profile_app.profiles.projection import Projected

PROJECT = "project"
MOST_PEOPLE = 500
"""Of one message."""
FIRST_LOOK, LONGEST_LOOK = 10, 160
"""Seconds after which a message looks whether its run is over, doubled each time: one whose worker dies comes
twice."""
MOST_PROMISES = 10_000
LOOK_AGAIN_SECONDS = 20
"""After which whoever was at work when a consent was withdrawn has mostly stored what he had read before."""

logger = Logger()

type Json = dict[str, Any]
type RunKey = tuple[str, str]
"""A run by the ids of its job and its own."""


@dataclass(slots=True)
class Behind:
    """Asks for projections and makes them; `queue` is the bulk queue."""

    profiles: Profiles
    runs: Runs
    queue: Queue
    _promised: dict[str, int] = field(default_factory=dict)
    """Until when a message is under way, by people whose large items rest: one is enough."""

    def call_for(self, people: Mapping[str, RunKey], now: int) -> None:
        """Ask for the projection of people whose rows were stored, each when the run has brought all."""
        of_runs: dict[RunKey, list[str]] = {}
        for email, key in people.items():
            of_runs.setdefault(key, []).append(email)
        for (job, run), emails in of_runs.items():
            self._send(emails, FIRST_LOOK, job=job, run=run, until=now + BEHIND)

    def promise(self, rests: Mapping[str, int], now: int) -> None:
        """Ask for the projection of people whose items rest for so many seconds, unless that was done."""
        due = [email for email in rests if self._promised.get(email, 0) <= now]
        for seconds in {rests[email] for email in due}:
            self._send([email for email in due if rests[email] == seconds], seconds)
        if len(self._promised) > MOST_PROMISES:
            self._promised.clear()
        self._promised |= {email: now + rests[email] * 1000 for email in due}

    def look_again(self, people: Iterable[str]) -> None:
        """Ask for a projection of people a moment later, which removes what others are just storing."""
        self._send(sorted(people), LOOK_AGAIN_SECONDS)

    def do(self, message: Json, now: int) -> None:
        """Make the projections that a message asks for, or look again later.

        Raises what stood in the way of one.
        """
        if now < message.get("until", 0) and not self._is_over(message["job"], message["run"]):
            wait = min(LONGEST_LOOK, 2 * message.get("waited", FIRST_LOOK))
            self.queue.send([{**message, "waited": wait}], delay=wait)
            return
        self.project_all(message[PROJECT])

    def project_all(self, emails: Iterable[str]) -> None:
        """Project these people. Raises what stood in the way of one and may pass."""
        for error in self.project(emails).failed.values():
            raise error

    def project(self, emails: Iterable[str], *, is_live: bool = False) -> Projected:
        """Project these people.

        The log says of how many the mapping makes no item, which holds up nobody else.
        """
        projected = self.profiles.project(emails, is_live=is_live)
        if projected.broken:
            kinds = sorted({type(error).__name__ for error in projected.broken.values()})
            logger.error("plain profiles could not be made", people=len(projected.broken), errors=kinds)
        return projected

    def _is_over(self, job_id: str, run_id: str) -> bool:
        """Whether all rows of a run are stored; those of one that ended in another way may still come."""
        found = self.runs.get(job_id, run_id)
        return bool(found and found.status == "succeeded")

    def _send(self, emails: Iterable[str], delay: int, **more: Any) -> None:
        self.queue.send(
            [{PROJECT: list(some), **more} for some in batched(emails, MOST_PEOPLE, strict=False)],
            delay=delay,
        )
