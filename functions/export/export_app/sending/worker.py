"""Keeps lists in step: a batch of messages goes in, stored memberships and import calls come out.

Order, for each person: (1) store what was said and claim the person, (2) call, (3) store the outcome with its
counts, in one transaction. A worker that dies in between leaves the claim: the message comes again, finds its
own claim and sends again, which is an upsert. A person whom another worker or another export to the same list
has in hand is sent a little later by a message of its own, so that no two calls about one person are under
way at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from export_app.dependencies import Dependencies, Report, is_passing, no_report
from export_app.job import ExportJob
from export_app.people.changes import Observation, reader_of
from export_app.people.desired import ListSchema
from export_app.people.entries import UPKEEP
from export_app.sending.claims import Claims
from export_app.sending.sender import Sender
from export_app.sending.settling import Again, Answers, Settling
from export_app.sending.winding_up import list_failures, send_again, wind_up
from lytics_cm.errors import LyticsCmError, NotFound, Unavailable
from lytics_cm.remedies import NOT_HANDLED, NOT_UNDERSTOOD

type Json = dict[str, Any]
type People = Mapping[str, Observation]

MINUTE_MS = 60_000
MOST_FAILED = 100
"""People of a batch who fail alone; when there are more, it is not their fault, and all come again."""


@dataclass(slots=True)
class Batch:
    """One batch: its messages, when it began, who failed alone, what calls have answered."""

    messages: set[str]
    now: int
    failed: set[str] = field(default_factory=set)
    answers: Answers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Worker:
    """Handles the people of one export's batch; after `until` (epoch ms) it makes no calls any more.

    `report` hears of what was unforeseen, with the ids of the messages that it came up with. With `stores_only`
    nobody is sent: somebody else sees to that.
    """

    dependencies: Dependencies
    until: int
    report: Report = no_report
    stores_only: bool = False

    def handle(self, export: str, messages: Sequence[tuple[str, Json]]) -> None:
        """Take in messages, given with their ids, and send what is to be sent. Repeatable.

        Somebody who cannot be handled is listed and costs the others nothing.
        """
        now = self.dependencies.clock()
        try:
            job = self.dependencies.job(export)
        except NotFound:
            return
        if not job.is_listening:
            return
        said = reader_of(job).read(messages, now)
        self._list(
            export, [{"code": NOT_UNDERSTOOD, "message": remark} for remark in sorted(said.remarks)], now
        )
        if said.refused:
            self._claims(export, now).refuse(said.refused)
        batch = Batch(said.messages, now)
        for email, error in said.unread.items():
            self._fail(export, email, said.people[email], error, batch)
        self._halve(job, {email: one for email, one in said.people.items() if one.source}, batch)

    def refuse(self, export: str, why: str) -> None:
        """List a message that can never be used."""
        try:
            job = self.dependencies.job(export)
        except NotFound:
            return
        self._list(job.id, [{"code": NOT_UNDERSTOOD, "message": why}], self.dependencies.clock())

    def _halve(self, job: ExportJob, people: People, batch: Batch) -> None:
        """Handle people; when something unforeseen comes up, each half alone, down to whose fault it is."""
        try:
            self._handle(job, people, batch)
        except Exception as error:
            if is_passing(error) or not people or len(batch.failed) >= MOST_FAILED:
                raise
            emails = list(people)
            if len(emails) == 1:
                self._fail(job.id, emails[0], people[emails[0]], error, batch)
                return
            middle = len(emails) // 2
            for half in (emails[:middle], emails[middle:]):
                self._halve(job, {email: people[email] for email in half}, batch)

    def _fail(self, export: str, email: str, said: Observation, error: Exception, batch: Batch) -> None:
        """List somebody who met with something unforeseen, and keep what was said, if that can be kept."""
        batch.failed.add(email)
        self.report([said.source], error)
        try:
            self._claims(export, batch.now).fail(email, said, _why(error))
        except Exception as another:  # not even what is stored of the person can be read
            if is_passing(another):
                raise
            self._list(export, [{"email": email, "code": NOT_HANDLED, "message": _why(error)}], batch.now)

    def _handle(self, job: ExportJob, people: People, batch: Batch) -> None:
        export = job.id
        schema = ListSchema.of(job) if job.is_sending and not self.stores_only else None
        memberships, erasures = self.dependencies.memberships, self.dependencies.erasures
        taken = Claims(memberships, erasures, export, schema, batch.now).take(people, batch.messages)
        if schema is None:
            if not self.stores_only:
                self._look_again(job, people)
            return
        if [one for one in taken.held.values() if one.desired.is_unlearned]:
            self._learn_options(job, schema, batch.now)  # with another schema, all are sent again
        if self.dependencies.clock() > self.until:  # the queue counts how often that happens
            raise Unavailable("a worker has no time left to make a call")
        due = {email: {**said.due, "trigger": said.trigger} for email, said in people.items()}
        settling = Settling(
            memberships,
            self.dependencies.rows,
            export,
            job.client_id,
            schema,
            taken,
            due,
            batch.answers,
            batch.now,
            dict(taken.held),
        )
        Sender(self.dependencies, job, schema, self.until, settling).send()
        wind_up(self.dependencies, job, settling)

    def _learn_options(self, job: ExportJob, schema: ListSchema, now: int) -> None:
        """Put the options that fields have now into the schema; they are read once a minute at most."""
        if now - job.options_read_at < MINUTE_MS:
            return
        try:
            fields = self.dependencies.connect(job.authorization_id).custom_fields(job.list_id)
        except LyticsCmError:
            return  # who makes the calls meets it again
        learned = schema.with_options(fields)
        stored = json.loads(job.plan or "{}") | {"targets": [asdict(target) for target in learned]}
        changes: Json = {"options_read_at": now}
        is_new = learned != schema.targets
        if is_new:
            changes |= {"plan": json.dumps(stored, ensure_ascii=False), "behind": True}
        self.dependencies.jobs.update(job.id, changes, given={"plan": job.plan})
        if is_new:  # there may be others who wait for an option
            self.dependencies.changes.send(
                [{"export": job.id, "task": "catch_up", "args": {"trigger": UPKEEP}}]
            )

    def _look_again(self, job: ExportJob, people: People) -> None:
        """Of an export that does not send: see whether it has been started while we stored."""
        if job.failed_for:
            self.dependencies.look_at_authorization(job)
        if self.dependencies.job(job.id).is_sending:
            again: Again = {email: ({"trigger": said.trigger}, None) for email, said in people.items()}
            send_again(self.dependencies.changes, job.id, again, self.dependencies.clock())

    def _claims(self, export: str, now: int) -> Claims:
        """What stores people who are not sent."""
        return Claims(self.dependencies.memberships, self.dependencies.erasures, export, None, now)

    def _list(self, export: str, failures: Sequence[Json], now: int) -> None:
        """Keep what could not be used, to be shown."""
        if failures:
            list_failures(self.dependencies, export, failures, now)


def _why(error: Exception) -> str:
    """What a failure says of the unforeseen: our own words, or its kind, for others may quote the person."""
    if isinstance(error, LyticsCmError):
        return str(error)
    return f"the person could not be handled ({type(error).__name__}); see the log, then retry the failures"
