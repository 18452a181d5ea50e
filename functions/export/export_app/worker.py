"""Keeps lists in step: a batch of messages goes in, stored states and import calls come out.

Order, for each person: (1) store what was told and claim the person, (2) call, (3) store the outcome with its counts,
in one transaction. A worker that dies in between leaves the claim: the message comes again, finds its own claim and
sends again, which is an upsert. A person whom another worker or another export to the same list has in hand is sent a
little later by a message of its own, so that no two calls about one person are under way at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from export_app.changes import Told, reading_of
from export_app.intake import Intake
from export_app.outcomes import Outcome
from export_app.revision import is_listening
from export_app.shift import Shift
from export_app.targets import with_options
from export_app.tools import Report, Tools, is_passing, is_sending, messages_of, unheard
from export_app.wishes import Plan, is_unlearned
from lytics_cm.errors import LyticsCmError, NotFound, RateLimited, TransientError, Unavailable
from lytics_cm.retry_window import Tries, given_up, pause
from lytics_cm.store.jobs import Job

type Json = dict[str, Any]


MINUTE = 60_000
MOST_FAILED = 100
"""People of a batch with whom something unforeseen comes up; when there are more, it is not theirs, and all come again."""


@dataclass(slots=True)
class Batch:
    """What one batch has come to: when it began, who failed alone, what calls have answered, each for its wish."""

    now: int
    failed: set[str] = field(default_factory=set)
    known: dict[tuple[str, str], Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Worker:
    """Handles the people of one export's batch; after `until` (epoch ms) it makes no calls any more.

    `report` hears of what was unforeseen, with the ids of the messages that it came up with.
    """

    tools: Tools
    until: int
    report: Report = unheard

    def handle(self, export: str, messages: Sequence[tuple[str, Json]]) -> None:
        """Take in messages, given with their ids, and send what is to be sent. Repeatable.

        Somebody who cannot be handled is listed and costs the others nothing.
        """
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
        Intake(self.tools.memberships, self.tools.erasures, export, None, now).refuse(told.refused)
        batch = Batch(now)
        for email, error in told.unread.items():
            alone = Told(heard={email: told.heard[email]}, sources={email: told.sources.get(email, "")})
            self._fail(job, alone, error, batch)
        self._halve(job, told, batch)

    def refuse(self, export: str, why: str) -> None:
        """List a message that can never be used."""
        try:
            job = self.tools.jobs.get(export)
        except NotFound:
            return
        self.tools.runs.record_failures(
            job["id"], [{"source": "changes", "message": why}], self.tools.clock()
        )

    def _halve(self, job: Job, told: Told, batch: Batch) -> None:
        """Handle people; when something unforeseen comes up, each half alone, down to whose fault it is."""
        try:
            self._handle(job, told, batch)
        except Exception as error:
            if is_passing(error) or not told.people or len(batch.failed) >= MOST_FAILED:
                raise
            if len(told.people) > 1:
                for half in told.halves():
                    self._halve(job, half, batch)
            else:
                self._fail(job, told, error, batch)

    def _fail(self, job: Job, told: Told, error: Exception, batch: Batch) -> None:
        """List somebody with whom something unforeseen came up, and keep what was told, if that can be kept."""
        email = told.people[0]
        batch.failed.add(email)
        self.report([told.sources[email]], error)
        intake = Intake(self.tools.memberships, self.tools.erasures, job["id"], None, batch.now)
        try:
            intake.fail(email, told, _why(error))
        except Exception as another:  # not even what is stored of the person can be read
            if is_passing(another):
                raise
            failure = {"source": "changes", "email": email, "message": _why(error)}
            self.tools.runs.record_failures(job["id"], [failure], batch.now)

    def _handle(self, job: Job, told: Told, batch: Batch) -> None:
        export, now = job["id"], batch.now
        plan = Plan.of(job) if is_sending(job) else None
        taken = Intake(self.tools.memberships, self.tools.erasures, export, plan, now).take(told)
        if plan and any(is_unlearned(one.membership.state, plan) for one in taken.held.values()):
            self._learn_options(job, plan, now)  # with another plan, the shift puts everybody back
        if plan is None:
            if job.get("failed_for"):
                self.tools.look_at_authorization(job)
            if is_sending(self.tools.jobs.get(export)):  # it was started while we stored
                self._again({email: {} for email in told.people}, export, None)
            return
        if self.tools.clock() > self.until:  # the queue counts how often that happens
            raise Unavailable("a worker has no time left to make a call")
        shift = Shift(self.tools, job, plan, told, now, self.until, taken.rev, batch.known)
        shift.send(taken.held)
        self._again(shift.again | {email: told.due.get(email, {}) for email in taken.beyond}, export, None)
        self._look_after(taken.busy, told.due, export, now)
        for error, people in shift.later.items():
            self._again(people, export, error)

    def _learn_options(self, job: Job, plan: Plan, now: int) -> None:
        """Put the options that the list's fields have now into the plan; they are read once a minute at most."""
        if now - job.get("options_read_at", 0) < MINUTE:
            return
        try:
            fields = self.tools.connect(job["authorization_id"]).custom_fields(job["list_id"])
        except LyticsCmError:
            return  # who makes the calls meets it again
        learned = with_options(plan.targets, fields)
        stored = json.loads(job["plan"]) | {"targets": [asdict(target) for target in learned]}
        changes: Json = {"options_read_at": now}
        is_new = learned != list(plan.targets)
        if is_new:
            changes |= {"plan": json.dumps(stored, ensure_ascii=False), "behind": True}
        self.tools.jobs.update(job["id"], changes, given={"plan": job["plan"]})
        if is_new:  # there may be others who wait for an option
            self.tools.changes.send([{"export": job["id"], "task": "catch_up", "args": {}}])

    def _look_after(self, busy: Mapping[str, int], due: Mapping[str, Json], export: str, now: int) -> None:
        """Who is in another worker's hands is sent by that one, which finds what we stored; else when its claim ends."""
        if not busy:
            return
        error = RateLimited("other workers have the person in hand", (max(busy.values()) - now) / 1000)
        enough = {email for email in busy if Tries.of(due.get(email, {})).are_enough(error, now)}
        self._again({email: due.get(email, {}) for email in busy.keys() - enough}, export, error)
        message = f"{given_up(error)}; start the export to try again"
        self.tools.runs.record_failures(
            export, [{"source": "changes", "email": email, "message": message} for email in enough], now
        )

    def _again(self, people: Mapping[str, Json], export: str, error: TransientError | None) -> None:
        """Have people sent by another message: at once, or after a pause that grows with the attempts."""
        groups: dict[Tries, list[str]] = {}
        now = self.tools.clock()
        for email, message in people.items():
            tries = Tries.of(message)
            groups.setdefault(tries.more(error, now) if error else tries, []).append(email)
        for tries, emails in groups.items():
            messages = messages_of(export, emails, **tries.members())
            self.tools.changes.send(messages, delay=pause(tries.attempt, error) if error else 0)


def _why(error: Exception) -> str:
    """What a failure says of what was unforeseen: our own words, or only its kind, for others' may quote the person."""
    if isinstance(error, LyticsCmError):
        return str(error)
    return f"the person could not be handled ({type(error).__name__}); see the log, then retry the failures"
