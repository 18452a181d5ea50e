"""Stores what became of the people in hand, with its counts, and has those sent again who must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import Any

from export_app.people import entries
from export_app.people.desired import ListSchema, Payload, desired_of, is_open, payload_of
from export_app.people.membership import Membership
from export_app.people.outcomes import (
    Delivered,
    Later,
    Outcome,
    Outcomes,
    Refused,
    Renewed,
    Settlement,
    settle,
)
from export_app.sending.calls import Stopped
from export_app.sending.claims import ClaimedRecord, Taken
from export_app.sending.round import Held
from lytics_cm.errors import TransientError
from lytics_cm.queues import Queue, packed
from lytics_cm.remedies import NOT_SENT
from lytics_cm.retry_window import Tries, given_up, is_silent
from lytics_cm.store.membership import Write
from lytics_cm.store.memberships import Memberships

type Json = dict[str, Any]
type Again = dict[str, tuple[Json, TransientError | None]]
"""Who is sent again: the message that had them sent before, and what stood in the way, if anything did."""
type Answers = dict[tuple[str, str], Outcome]
"""What calls have answered, by address and digest of the desired state."""

MOST_CONSENTS = 1000
"""Of one message."""


@dataclass(slots=True)
class Settling:
    """The people whom a worker has taken, who stay in hand until their outcomes are stored.

    `due` are the messages that have people sent, each with the trigger; `answers` go on from one attempt at a
    batch to the next; `again` collects who must be sent once more. Consents of the client that are written are
    told to `rows`. `payloads` are what is sent of people, `calls` how many were made, `reason` why they ended, and
    `trouble` what of that passes.
    """

    memberships: Memberships
    rows: Queue
    export: str
    client_id: str | None
    schema: ListSchema
    taken: Taken
    due: Mapping[str, Json]
    answers: Answers
    now: int
    in_hand: dict[str, Held]
    again: Again = field(default_factory=dict)
    payloads: Mapping[str, Payload] = field(default_factory=dict)
    calls: int = 0
    reason: str = ""
    trouble: TransientError | None = None

    def settle(self, outcomes: Outcomes) -> None:
        """Store outcomes; note who has to be sent again. Raises `Stopped` when the vendor answers nobody."""
        late = {email: one for email, one in outcomes.items() if isinstance(one, Later)}
        answered = {email: one for email, one in outcomes.items() if email not in late}
        self.answers.update(
            {(email, self.taken.held[email].desired.digest): one for email, one in answered.items()}
        )
        if untold := self._tell(answered):
            late, outcomes = late | untold, outcomes | untold
        failed = {email: refusal for email, one in late.items() if (refusal := self._given_up(email, one))}
        self._store(outcomes | failed)
        self.again |= {
            email: (self.due.get(email, {}), one.error) for email, one in late.items() if email not in failed
        }

    def _tell(self, answered: Outcomes) -> dict[str, Later]:
        """Tell which consents were written, before that is stored: who dies in between writes them again.

        Return those who could not be told of, to be sent again.
        """
        if not self.client_id:
            return {}
        told = {email: told for email, one in answered.items() if (told := self._consent(email, one))}
        try:
            self.rows.send(
                {"rows": [], "consents": fitting, "received_at": self.now}
                for consents in batched(told.values(), MOST_CONSENTS, strict=False)
                for fitting in packed(consents)
            )
        except TransientError as error:
            return {email: Later(error, is_in_doubt=True) for email in told}
        return {}

    def _consent(self, email: str, outcome: Outcome) -> Json | None:
        """The consent to be tracked that was written of somebody, as an observation."""
        if not isinstance(outcome, Delivered | Renewed | Refused) or outcome.say.track == "Unchanged":
            return None
        source = f"export {self.export}"
        written = {"value": outcome.say.track, "at": outcome.at, "source": source}
        return {"email": email, "client_id": self.client_id, **written}

    def release(self) -> None:
        """Let go of those who are still in hand; they stay open."""
        self._store({email: Later() for email in self.in_hand})

    def _given_up(self, email: str, late: Later) -> Refused | None:
        """The failure of somebody who was tried for long enough."""
        error = late.error
        if error is None or not Tries.of(self.due.get(email, {})).are_enough(error, self.now):
            return None
        if is_silent(error, self.now):
            raise Stopped(f"{given_up(error)}; start the export to try again")
        return Refused(NOT_SENT, given_up(error))

    def _store(self, outcomes: Outcomes) -> None:
        """Store outcomes over what is stored, which may have gone on. Who is not stored stays in hand."""
        claims = {email: self.taken.records[email] for email in outcomes}
        known = {email: self.taken.held[email].membership for email in outcomes}
        while claims:
            writes = [self._write(claim, known[email], outcomes[email]) for email, claim in claims.items()]
            lost = self.memberships.save(self.export, writes)
            for email in claims.keys() - lost:
                self.in_hand.pop(email, None)
            records = self.memberships.load(self.export, lost) if lost else {}
            claims = {email: ClaimedRecord(one, Membership.of(one.state)) for email, one in records.items()}
            known = {email: claim.membership for email, claim in claims.items()}

    def _write(self, claim: ClaimedRecord, known: Membership, outcome: Outcome) -> Write:
        """What to store for an outcome; `known` leaves out the attempt, if its outcome is certain."""
        record, stored, held = claim.record, claim.membership, self.taken.held[claim.record.email]
        anew: Json = {"trigger": self.trigger_of(record.email)}
        if stored.claim != held.membership.claim:
            self.again[record.email] = (anew, None)
            return Write(replace(record, state=stored.doubted().to_json(), open=True))
        settled = settle(known, held.desired, self.schema, outcome, self.now)
        after = settled.membership if settled else stored.released()
        if not settled and isinstance(outcome, Later):
            before = stored.consents if outcome.is_in_doubt else held.membership.consents
            after = replace(after, consents=outcome.say.seen(before))
        is_waiting = not settled
        if after.observed != held.membership.observed:  # more was heard meanwhile
            is_waiting = is_open(after, desired_of(after.observed, self.schema))
        if is_waiting and settled:
            self.again[record.email] = (anew, None)
        new = replace(record, state=after.to_json(), open=is_waiting)
        if not settled:
            return Write(new)
        told = self._told(record.email, held, settled, is_renewed=isinstance(outcome, Renewed))
        return Write(new, settled.counts, settled.failure, told, after.is_retried)

    def _told(self, email: str, held: Held, settled: Settlement, *, is_renewed: bool) -> Json:
        """What the ledger is told of an outcome. Of who was answered in an attempt before, others' share is not known."""
        is_sent = settled.word not in (entries.SKIPPED, entries.KEPT_OUT)
        payload = self.payloads.get(email) or payload_of(email, held.desired, self.schema, held.membership)
        several = held.desired.multiple | {self.schema.key}
        return entries.outcome(
            settled.word,
            self.trigger_of(email),
            self.now,
            self.schema.counting(held.membership.observed),
            sent=entries.values_of(payload.entry, several) if is_sent else None,
            why=entries.NOT_LISTED if settled.word == entries.SKIPPED else None,
        ) | ({"resubscribed": True} if is_renewed else {})

    def trigger_of(self, email: str) -> str:
        """Why somebody is sent."""
        return str(self.due.get(email, {}).get("trigger", entries.AUDIENCE))
