"""Stores what messages tell of people, and takes in hand those whom the list does not have yet."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from export_app.changes import Told
from export_app.membership import FAILED, Membership, State
from export_app.outcomes import Settlement, Skipped, settle
from export_app.wishes import Plan, Wish, is_nothing, is_open, wish_of
from lytics_cm.errors import InvalidInput, Unavailable
from lytics_cm.store.erasures import Erased, Erasures
from lytics_cm.store.memberships import Memberships, Record, Write

type Json = dict[str, Any]

LEASE = 20 * 60 * 1000
"""No worker lives longer (ms): a claim older than that is a dead worker's."""
TRIES = 10
MOST_CLAIMED = 10_000
"""People whom one worker sends; the others wait for the next."""


@dataclass(frozen=True, slots=True)
class Held:
    """A person in hand: the record as stored, what it says, what is wanted of the list, whose claim it is."""

    record: Record
    membership: Membership
    wish: Wish

    @property
    def email(self) -> str:
        return self.record.email


@dataclass(slots=True)
class Taken:
    """What came of storing: people in hand, those in others' hands and until when, those beyond one worker's reach.

    `rev` is that of the erasures when the first was taken in hand.
    """

    held: dict[str, Held] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)
    beyond: set[str] = field(default_factory=set)
    rev: int = sys.maxsize

    def forget(self, email: str) -> None:
        self.held.pop(email, None)
        self.busy.pop(email, None)
        self.beyond.discard(email)


@dataclass(frozen=True, slots=True)
class Intake:
    """Stores what a batch tells of one export. Without a plan (set-up is not done, or it is stopped) that is all.

    What was received of a person before they were erased is left out. Who is new is stored only if nobody was erased
    since we looked; who is not new was not erased if the record is still there.
    """

    memberships: Memberships
    erasures: Erasures
    export: str
    plan: Plan | None
    now: int

    def take(self, told: Told) -> Taken:
        """Store and claim; repeats for those whom another worker changed in between."""
        taken = Taken()
        left = told.people
        while left:
            erased = self.erasures.of(told.received(left, self.now))
            taken.rev = min(taken.rev, erased.rev)
            records = self.memberships.load(self.export, left)
            writes = [write for email in left if (write := self._one(email, told, records, erased, taken))]
            lost = self.memberships.save(self.export, writes, self.erasures.is_still(erased.rev))
            for email in lost:
                taken.forget(email)
            left = sorted(lost)
        return taken

    def _one(
        self, email: str, told: Told, records: Mapping[str, Record], erased: Erased, taken: Taken
    ) -> Write | None:
        record = self._record(email, records, erased)
        state = told.state_of(email, erased.admits)
        if not record.state and (state is None or email in told.strangers):
            return None  # erased or forgotten since, or none of the export's people
        before = Membership.of(record.state)
        after = before.joined(state or State())
        if told.due.get(email, {}).get("retry"):
            after = after.reopened()
        if self.plan is None:
            is_waiting = record.open or after != before
            return self._write(record, after, is_waiting) if after != before else None
        return self._decide(record, before, after, told, taken)

    def _decide(
        self, record: Record, before: Membership, after: Membership, told: Told, taken: Taken
    ) -> Write | None:
        assert self.plan is not None
        wish = wish_of(after.state, self.plan)
        email = record.email
        if not is_open(after, wish):
            return self._write(record, after, is_waiting=False) if after != before or record.open else None
        if is_nothing(after, wish):
            skipped = settle(after, wish, self.plan, Skipped(), self.now)
            return self._settled(record, skipped) if skipped else None
        if not after.is_free(told.messages, self.now):
            taken.busy[email] = after.claimed_until
        elif len(taken.held) >= MOST_CLAIMED:
            taken.beyond.add(email)
        else:
            return self._claim(record, after, wish, told.sources[email], taken)
        return self._write(record, after, is_waiting=True) if after != before else None

    def _claim(self, record: Record, after: Membership, wish: Wish, token: str, taken: Taken) -> Write:
        assert self.plan is not None
        claimed = after.claimed(token, self.now + LEASE, wish.selections(self.plan.key))
        stored = Record(record.email, claimed.to_json(), open=True, version=record.following)
        # What was tried in vain before matters to what is sent now; what is about to be tried does not.
        known = Membership.of(claimed.to_json() | {"tried": after.to_json().get("tried")})
        taken.held[record.email] = Held(stored, known, wish)
        return self._write(record, claimed, is_waiting=True)

    def _write(self, record: Record, membership: Membership, is_waiting: bool) -> Write:  # noqa: FBT001
        return Write(replace(record, state=membership.to_json(), open=is_waiting))

    def _settled(self, record: Record, settlement: Settlement) -> Write:
        state = settlement.membership.to_json()
        return Write(
            replace(record, state=state, open=False),
            settlement.counts,
            settlement.failure,
        )

    def fail(self, email: str, told: Told, why: str) -> None:
        """List somebody who cannot be handled as a person who failed, to be tried again when asked to.

        What was told is kept, unless just that is too much.
        """
        for _ in range(TRIES):
            erased = self.erasures.of(told.received([email], self.now))
            state = told.state_of(email, erased.admits)
            record = self._record(email, self.memberships.load(self.export, [email]), erased)
            if not record.state and state is None:
                return
            guard, before = self.erasures.is_still(erased.rev), Membership.of(record.state)
            try:
                after = before.joined(state or State())
                lost = self._save_failed(record, before, after, why, guard)
            except InvalidInput:
                lost = self._save_failed(record, before, before, why, guard)
            if not lost:
                return
        raise Unavailable("another worker stores the same person all the time")

    def _record(self, email: str, records: Mapping[str, Record], erased: Erased) -> Record:
        """The person's record, an empty one for somebody new; who was erased is new, even if it is still there."""
        until = erased.until(email)
        record = replace(records.get(email, Record(email, {})), at=max(self.now, until + 1))
        return replace(record, state={}) if record.version <= until else record

    def _save_failed(
        self, record: Record, before: Membership, after: Membership, why: str, guard: Json
    ) -> set[str]:
        state = after.refused("").to_json()
        failure = {"code": None, "message": why, "at": self.now}
        counts = {FAILED: int(before.outcome != FAILED)}
        write = Write(replace(record, state=state, open=False), counts, failure)
        return self.memberships.save(self.export, [write], guard)

    def refuse(self, refused: Mapping[str, str]) -> None:
        """Keep what has no usable address as a person who failed, once."""
        failed = Membership(settled=Wish(()).digest, outcome=FAILED).to_json()
        writes = [
            Write(
                Record(email, failed),
                {FAILED: 1},
                {"code": None, "message": f"{reason}; correct it in Lytics", "at": self.now},
            )
            for email, reason in refused.items()
        ]
        known = self.memberships.load(self.export, refused)
        self.memberships.save(self.export, [one for one in writes if one.record.email not in known])
