"""Keeps lists in step: a batch of messages goes in, stored states and import calls come out.

Order, for each person: (1) store what was told and claim the person, (2) call, (3) store the outcome with its counts,
in one transaction. A worker that dies in between leaves the claim: the message comes again, finds its own claim and
sends again, which is an upsert. A person whom another worker or another export to the same list has in hand is sent a
little later by a message of its own, so that no two calls about one person are under way at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from export_app.changes import reading_of
from export_app.intake import Intake
from export_app.revision import is_listening
from export_app.shift import Shift
from export_app.tools import PEOPLE_PER_MESSAGE, Tools, is_attempt, is_sending
from export_app.wishes import Plan
from lytics_cm.errors import NotFound, RateLimited, TransientError
from lytics_cm.patience import pause

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Worker:
    """Handles the people of one export's batch; after `until` (epoch ms) it makes no calls any more."""

    tools: Tools
    until: int

    def handle(self, export: str, messages: Sequence[tuple[str, Json]]) -> None:
        """Take in messages, given with their ids, and send what is to be sent. Repeatable."""
        now = self.tools.clock()
        try:
            job = self.tools.jobs.get(export)
        except NotFound:
            return
        if not is_listening(job):
            return
        told = reading_of(job).read(messages, now)
        self.tools.runs.record_failures(
            export, [{"source": "changes", "message": remark} for remark in sorted(told.remarks)], now
        )
        plan = Plan.of(job) if is_sending(job) else None
        taken = Intake(self.tools.memberships, export, plan, now).take(told)
        if plan is None:
            if is_sending(self.tools.jobs.get(export)):  # it was started while we stored
                self._again({email: {} for email in told.people}, export, None)
            return
        shift = Shift(self.tools, job, plan, told, now, self.until)
        shift.send(taken.held)
        self._again(shift.again | {email: told.due.get(email, {}) for email in taken.beyond}, export, None)
        self._look_after(taken.busy, export, now)
        for error, people in shift.later.items():
            self._again(people, export, error)

    def _look_after(self, busy: Mapping[str, int], export: str, now: int) -> None:
        """Who is in another worker's hands is sent by that one, which finds what we stored; else when its claim ends."""
        if busy:
            seconds = max(busy.values()) - now
            self._again({email: {} for email in busy}, export, RateLimited("in other hands", seconds / 1000))

    def _again(self, people: Mapping[str, Json], export: str, error: TransientError | None) -> None:
        """Have people sent by another message: at once, or after a pause that grows with the attempts."""
        groups: dict[tuple[int, int], list[str]] = {}
        for email, message in people.items():
            attempt = message.get("attempt", 0) + is_attempt(error)
            since = message.get("since", 0) or (self.tools.clock() if is_attempt(error) else 0)
            groups.setdefault((attempt, since), []).append(email)
        for (attempt, since), emails in groups.items():
            messages = [
                {"export": export, "people": list(batch), "attempt": attempt, "since": since}
                for batch in batched(emails, PEOPLE_PER_MESSAGE, strict=False)
            ]
            self.tools.changes.send(messages, delay=pause(attempt, error) if error else 0)
