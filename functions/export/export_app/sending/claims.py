"""Stores what messages say of people, and takes those in hand whose list entry is to change."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from export_app.people import entries
from export_app.people.changes import Observation
from export_app.people.desired import Desired, ListSchema, desired_of, is_nothing, is_open
from export_app.people.membership import FAILED, Membership, Observed
from export_app.people.outcomes import Skipped, settle
from export_app.sending.round import Held
from lytics_cm.errors import InvalidInput, Unavailable
from lytics_cm.remedies import ADDRESS_UNUSABLE, NOT_HANDLED
from lytics_cm.store.erasures import Erased, Erasures
from lytics_cm.store.membership import Record, Write
from lytics_cm.store.memberships import Memberships

type Json = dict[str, Any]
type People = Mapping[str, Observation]

LEASE_MS = 20 * 60 * 1000
"""No worker lives longer: a claim older than that is a dead worker's."""
TRIES = 10
MOST_CLAIMED = 10_000
"""People whom one worker sends; the others wait for the next."""


@dataclass(frozen=True, slots=True)
class ClaimedRecord:
    """A person in hand as stored: the record and what it says."""

    record: Record
    membership: Membership


@dataclass(slots=True)
class Taken:
    """What came of storing: people in hand, those in others' hands and until when, those beyond reach.

    `records` are the people in hand as they were stored; `rev` is that of the erasures when the first was
    taken.
    """

    held: dict[str, Held] = field(default_factory=dict)
    records: dict[str, ClaimedRecord] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)
    beyond: set[str] = field(default_factory=set)
    rev: int = sys.maxsize

    def forget(self, email: str) -> None:
        self.held.pop(email, None)
        self.records.pop(email, None)
        self.busy.pop(email, None)
        self.beyond.discard(email)


@dataclass(frozen=True, slots=True)
class Claims:
    """Stores what a batch says for one export, and claims people if there is a schema to send by.

    What was received of a person before they were erased is left out. Who is new is stored only if nobody was
    erased since we looked; who is not new was not erased if the record is still there.
    """

    memberships: Memberships
    erasures: Erasures
    export: str
    schema: ListSchema | None
    now: int

    def take(self, people: People, messages: Collection[str]) -> Taken:
        """Store and claim for `messages`; repeats for those whom another worker changed in between."""
        taken, left = Taken(), list(people)
        while left:
            erased = self._erased({email: people[email] for email in left})
            taken.rev = min(taken.rev, erased.rev)
            records = self.memberships.load(self.export, left)
            guard = self.erasures.is_still(erased.rev)
            writes = []
            for email in left:
                said, until = people[email], erased.until(email)
                heard = [one for at, one in said.heard.items() if erased.admits(email, at)]
                known = self._known(records.get(email, Record(email, {})), until)
                if write := self._one(known, heard, said, messages, taken):
                    writes.append(write)
            lost = self.memberships.save(self.export, writes, guard)
            for email in lost:
                taken.forget(email)
            left = sorted(lost)
        return taken

    def fail(self, email: str, said: Observation, why: str) -> None:
        """List somebody who cannot be handled as a person who failed, to be tried again when asked to.

        What was said is kept, unless just that is too much.
        """
        for _ in range(TRIES):
            erased = self._erased({email: said})
            records = self.memberships.load(self.export, [email])
            record = self._known(records.get(email, Record(email, {})), erased.until(email))
            heard = [one for at, one in said.heard.items() if erased.admits(email, at)]
            if not record.state and not heard:
                return
            guard, before = self.erasures.is_still(erased.rev), Membership.of(record.state)
            try:
                lost = self._save_failed(record, before, before.joined(*heard), why, said.trigger, guard)
            except InvalidInput:
                lost = self._save_failed(record, before, before, why, said.trigger, guard)
            if not lost:
                return
        raise Unavailable("another worker stores the same person all the time")

    def refuse(self, refused: Mapping[str, str]) -> None:
        """Keep what has no usable address as a person who failed, once."""
        failed = Membership(settled=Desired(()).digest, outcome=FAILED).to_json()
        known = self.memberships.load(self.export, refused)
        writes = [
            Write(
                Record(email, failed),
                {FAILED: 1},
                {"code": ADDRESS_UNUSABLE, "message": f"{reason}; correct it in Lytics", "at": self.now},
                entries.outcome(entries.REFUSED, entries.AUDIENCE, self.now, Observed()),
                is_retried=False,
            )
            for email, reason in refused.items()
            if email not in known
        ]
        self.memberships.save(self.export, writes)

    def _erased(self, people: People) -> Erased:
        return self.erasures.of({email: min(said.heard, default=self.now) for email, said in people.items()})

    def _known(self, record: Record, until: int) -> Record:
        """The record of a person who was erased `until` then: it is empty, even if it is still there."""
        known = replace(record, at=max(self.now, until + 1))
        return replace(known, state={}) if record.version <= until else known

    def _one(
        self,
        record: Record,
        heard: Sequence[Observed],
        said: Observation,
        messages: Collection[str],
        taken: Taken,
    ) -> Write | None:
        """What to store of a person with what was heard; `taken` learns of whom to send."""
        if not record.state and (said.is_stranger or not heard):
            return None  # erased or forgotten since, or none of the export's people
        before = Membership.of(record.state)
        after = _reopened(before.joined(*heard), said)
        if self.schema:
            desired = desired_of(after.observed, self.schema)
            if not is_open(after, desired):
                return _write(record, after, is_waiting=False) if after != before or record.open else None
            if is_nothing(after, desired):
                return _skipped(record, after, desired, self.schema, self.now, said.trigger)
            trying = desired.selections(self.schema.key)
            if not after.is_free(messages, self.now):
                taken.busy[record.email] = after.claimed_until
            elif len(taken.held) >= MOST_CLAIMED:
                taken.beyond.add(record.email)
            else:
                claimed = after.claimed(said.source, self.now + LEASE_MS, trying)
                claimed = replace(claimed, consents=after.consents.doubting(desired.wants))
                return self._claim(record, claimed, after, desired, taken)
        return _write(record, after, is_waiting=True) if after != before else None

    def _claim(
        self, record: Record, claimed: Membership, before: Membership, desired: Desired, taken: Taken
    ) -> Write:
        """Take a person in hand. Earlier attempts in vain matter to what is sent; this one does not yet."""
        write = _write(record, claimed, is_waiting=True)
        taken.records[record.email] = ClaimedRecord(
            replace(write.record, version=record.following, at=0), claimed
        )
        known = replace(claimed, tried=before.tried, consents=before.consents)
        taken.held[record.email] = Held(known, desired)
        return write

    def _save_failed(
        self,
        record: Record,
        before: Membership,
        after: Membership,
        why: str,
        trigger: str,
        guard: Json,
    ) -> set[str]:
        failure = {"code": NOT_HANDLED, "message": why, "at": self.now}
        counts = {FAILED: int(before.outcome != FAILED)}
        refused = after.refused("")
        failed = replace(record, state=refused.to_json(), open=False)
        told = entries.outcome(entries.REFUSED, trigger, self.now, after.observed)
        return self.memberships.save(
            self.export, [Write(failed, counts, failure, told, refused.is_retried)], guard
        )


def _reopened(membership: Membership, said: Observation) -> Membership:
    """To be sent again where that is asked for: who failed, or whoever it is that somebody tries."""
    if said.trigger == entries.TRY:
        return replace(membership, settled="")
    return membership.reopened() if said.due.get("retry") else membership


def _write(record: Record, membership: Membership, *, is_waiting: bool) -> Write:
    return Write(replace(record, state=membership.to_json(), open=is_waiting))


def _skipped(
    record: Record, after: Membership, desired: Desired, schema: ListSchema, now: int, trigger: str
) -> Write | None:
    settlement = settle(after, desired, schema, Skipped(), now)
    if settlement is None:
        return None
    told = entries.outcome(settlement.word, trigger, now, after.observed, why=entries.NEVER_SENT)
    kept = replace(record, state=settlement.membership.to_json(), open=False)
    return Write(kept, settlement.counts, settlement.failure, told)
