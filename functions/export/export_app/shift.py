"""One worker's sending: people in hand become parcels, parcels become calls, answers become stored outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Any

from export_app.brake import CLEARED, RESUBSCRIBED
from export_app.calls import Calls, Flags, Outcomes, Stopped
from export_app.changes import Told
from export_app.intake import Held
from export_app.membership import Membership
from export_app.outcomes import (
    INACTIVE,
    RESUBSCRIBABLE,
    SUPPRESSED,
    UNCONFIRMED,
    UNSUBSCRIBED,
    Later,
    Outcome,
    Refused,
    settle,
)
from export_app.resubscription import objection, zone_of
from export_app.tools import Tools, is_sending
from export_app.wishes import Parcel, Plan, is_open, parcel, wish_of
from lytics_cm.campaign_monitor.records import Subscriber
from lytics_cm.campaign_monitor.writes import MAX_BATCH
from lytics_cm.errors import (
    AuthorizationRevoked,
    Conflict,
    NotFound,
    RateLimited,
    TransientError,
)
from lytics_cm.retry_window import Tries, given_up, is_silent
from lytics_cm.store.echoes import ECHOING
from lytics_cm.store.jobs import Job
from lytics_cm.store.memberships import Record, Write
from lytics_cm.subscriptions import UPDATE

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor

type Json = dict[str, Any]

ONE_BY_ONE = 50
"""People changed alone, before what came of it is stored."""
CONTESTED = RateLimited("another export to the same list has the person in hand")


@dataclass(slots=True)
class Shift:
    """One worker's sending of the people it has in hand; `again` and `later` are who must be sent once more.

    `known` are answers of calls by address and digest of the wish, also of those that were made for the same batch before.
    """

    tools: Tools
    job: Job
    plan: Plan
    told: Told
    now: int
    until: int
    rev: int
    known: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    in_hand: dict[str, Held] = field(default_factory=dict)
    again: dict[str, Json] = field(default_factory=dict)
    later: dict[TransientError, dict[str, Json]] = field(default_factory=dict)
    parcels: dict[str, Parcel] = field(default_factory=dict)

    @property
    def export(self) -> str:
        return str(self.job["id"])

    def send(self, held: Mapping[str, Held]) -> None:
        """Send everybody in hand. Who stays in hand when something unforeseen happens is sent when it comes again."""
        if not held:
            return
        self.in_hand = dict(held)
        try:
            self._try_to_send(held)
        except Stopped as stop:
            self.tools.fail(self.job, str(stop), stop.__cause__)
            self._release()

    def _try_to_send(self, held: Mapping[str, Held]) -> None:
        try:
            self._send(self._calls(), dict(held))
        except TransientError as error:
            self._settle({email: Later(error) for email in self.in_hand}, self.in_hand)

    def _calls(self) -> Calls:
        tools, kinds = self.tools, (UPDATE,) if self.job.get("confirmed_opt_in") else ECHOING
        return Calls(
            self._vendor(),
            self.job["list_id"],
            tools.echoes,
            kinds,
            tools.clock,
            self.until,
            self._is_wanted,
        )

    def _is_wanted(self) -> bool:
        """Whether more calls are made: not once the export is stopped, or is to have another plan."""
        try:
            job = self.tools.jobs.get(self.export)
        except NotFound:
            return False
        return is_sending(job) and Plan.of(job) == self.plan

    def _vendor(self) -> CampaignMonitor:
        try:
            return self.tools.connect(self.job["authorization_id"])
        except AuthorizationRevoked as error:
            raise Stopped(str(error)) from error
        except (Conflict, NotFound) as error:
            raise Stopped(f"{error}; then start the export") from error

    def _send(self, calls: Calls, held: dict[str, Held]) -> None:
        self._leave_out({email: one for email in held if (one := self._known(held[email]))}, held)
        self._leave_out_contested(held)
        clearing = [one for one in held.values() if self.parcels[one.email].is_clear]
        if reason := self.tools.brake.refuses(self.job, CLEARED, len(clearing), self.now):
            self._pause(reason)
            return
        self._amend_leaving(calls, held)
        self._clear_options(calls, held)
        refused: Outcomes = {}
        for flags, people in self._groups(held).items():
            entries = (self.parcels[email].entry for email in self._present(people))
            for outcomes in calls.deliver(entries, flags):
                followed = {
                    email: one for email, one in outcomes.items() if self._is_followed_up(held[email], one)
                }
                refused |= followed
                self._settle({email: one for email, one in outcomes.items() if email not in followed}, held)
        self._follow_up(calls, refused, held)

    def _leave_out_contested(self, held: dict[str, Held]) -> None:
        """Make everybody's parcel, but for those whom another export to this list has in hand."""
        others = self._others(list(held))
        contested: Outcomes = {}
        for email, one in held.items():
            beside = others.get(email, [])
            if any(other.is_held(self.now) for other in beside):
                contested[email] = Later(CONTESTED)
                continue
            theirs = frozenset(option for other in beside for option in other.has(self.plan.key))
            self.parcels[email] = parcel(email, one.wish, self.plan, one.membership, theirs)
        self._leave_out(contested, held)

    def _known(self, one: Held) -> Outcome | None:
        """What a call has answered about this very wish: it is not made again when only the storing failed."""
        return self.known.get((one.email, one.wish.digest))

    def _leave_out(self, outcomes: Outcomes, held: dict[str, Held]) -> None:
        """Settle those who are not sent any more."""
        self._settle(outcomes, held)
        for email in outcomes:
            del held[email]

    def _others(self, emails: list[str]) -> dict[str, list[Membership]]:
        """What other exports to the same list have of these people."""
        found: dict[str, list[Membership]] = {}
        for other in self.tools.jobs.all():
            if other["list_id"] == self.job["list_id"] and other["id"] != self.export:
                for email, record in self.tools.memberships.load(other["id"], emails).items():
                    found.setdefault(email, []).append(Membership.of(record.state))
        return found

    def _amend_leaving(self, calls: Calls, held: dict[str, Held]) -> None:
        """Change those alone who only lose audiences and are not certainly on the list: an import would add them."""
        leaving = [email for email in held if self.parcels[email].is_leaving]
        there = calls.there(leaving)
        for emails in batched((email for email in leaving if email not in there), ONE_BY_ONE, strict=False):
            entries = [self.parcels[email].entry for email in emails]
            self._leave_out(calls.amend_each(entries), held)

    def _clear_options(self, calls: Calls, held: dict[str, Held]) -> None:
        """First take away the options that must go while others stay; refusals show in the call that follows."""
        people = [email for email in held if self.parcels[email].clearing]
        leaving = (entry for email in self._present(people) if (entry := self.parcels[email].clearing))
        for outcomes in calls.deliver(
            leaving, Flags(), {email: self.parcels[email].remains for email in held}
        ):
            self._leave_out({email: one for email, one in outcomes.items() if isinstance(one, Later)}, held)

    def _groups(self, held: Mapping[str, Held]) -> dict[Flags, list[str]]:
        """People by the flags of their call: autoresponders are for those who come, not for those who go."""
        groups: dict[Flags, list[str]] = {}
        for email in held:
            queue = bool(self.job["queue_autoresponders"]) and not self.parcels[email].is_clear
            groups.setdefault(Flags(queue_autoresponders=queue), []).append(email)
        return groups

    def _present(self, emails: Sequence[str]) -> Iterator[str]:
        """Those of the people in hand who are not erased by the time when their call is made.

        A look at each only if anybody was erased since they were taken in hand.
        """
        for batch in batched(emails, MAX_BATCH, strict=False):
            if self.tools.erasures.rev() == self.rev:
                yield from batch
            else:
                records = self.tools.memberships.load(self.export, batch)
                yield from (email for email in batch if self._is_ours(email, records.get(email)))

    def _is_ours(self, email: str, record: Record | None) -> bool:
        """Whether that is the record that we claimed, and none of after an erasure."""
        if record is None or email not in self.in_hand:
            return False
        mine = Membership.of(self.in_hand[email].record.state)
        return Membership.of(record.state).claim == mine.claim

    def _is_followed_up(self, one: Held, outcome: Outcome) -> bool:
        return self._may_return(one, outcome) or self._is_amended(one, outcome)

    def _may_return(self, one: Held, outcome: Outcome) -> bool:
        """Whether somebody has left the list and may be asked about, for the admin chose so."""
        left = isinstance(outcome, Refused) and outcome.code in RESUBSCRIBABLE
        return bool(left and self.job["resubscribe_users"] and one.wish.options)

    def _is_amended(self, one: Held, outcome: Outcome) -> bool:
        """Whether somebody inactive is changed all the same: to take an audience away, or until they confirm."""
        parcel = self.parcels[one.email]
        if not isinstance(outcome, Refused) or outcome.code not in INACTIVE:
            return False
        if one.membership.sent is None:
            return parcel.is_clear
        return parcel.is_clear or parcel.clearing is not None or outcome.code == UNCONFIRMED

    def _follow_up(self, calls: Calls, refused: Outcomes, held: Mapping[str, Held]) -> None:
        """Ask about, change or subscribe again those who are inactive: one call each, so not too many at once."""
        returning: dict[str, Held] = {}
        outcomes: Outcomes = {}
        for email in self._present(list(refused)):
            one, refusal = held[email], refused[email]
            outcome = self._objection(calls, one) if self._may_return(one, refusal) else refusal
            if outcome is None:
                returning[email] = one
            elif self._is_amended(one, refusal) and not isinstance(outcome, Later):
                outcomes[email] = calls.amend(self.parcels[email].entry)
            else:
                outcomes[email] = outcome
        self._settle(outcomes, held)
        self._resubscribe(calls, returning)

    def _resubscribe(self, calls: Calls, held: Mapping[str, Held]) -> None:
        """Send those who entered an audience after they had left the list, in calls of their own."""
        if reason := self.tools.brake.refuses(self.job, RESUBSCRIBED, len(held), self.now):
            self._pause(reason)
            return
        flags = Flags(resubscribe=True, queue_autoresponders=bool(self.job["queue_autoresponders"]))
        entries = (self.parcels[email].entry for email in self._present(list(held)))
        for outcomes in calls.deliver(entries, flags):
            self._settle(outcomes, held)

    def _objection(self, calls: Calls, one: Held) -> Outcome | None:
        """Why a person is not subscribed again, or None. One call."""
        found = calls.find(one.email)
        if found is None:
            return Refused(SUPPRESSED, "the address is suppressed for the whole client")
        if not isinstance(found, Subscriber):
            return found
        why = objection(found, self.plan.counting(one.membership.state).entered, zone_of(self.job))
        return Refused(UNSUBSCRIBED, f"the person is {found.state.lower()}", why) if why else None

    def _pause(self, reason: str) -> None:
        message = f"paused by the brake: {reason}; if that is right, start the export"
        self.tools.jobs.update(self.export, {"status": "stopped", "message": message})
        self._release()

    def _release(self) -> None:
        """Let go of those who are still in hand; they stay open."""
        people = dict(self.in_hand)
        self._store({email: Later() for email in people}, people)

    def _settle(self, outcomes: Outcomes, held: Mapping[str, Held]) -> None:
        """Store outcomes; note who has to be sent again."""
        answered = {email: one for email, one in outcomes.items() if not isinstance(one, Later)}
        self.known.update({(email, held[email].wish.digest): one for email, one in answered.items()})
        late = self._out_of_patience(outcomes)
        self._store(outcomes | late, held)
        for email, outcome in outcomes.items():
            if isinstance(outcome, Later) and email not in late:
                if outcome.error is None:
                    self.again[email] = self.told.due.get(email, {})
                else:
                    self.later.setdefault(outcome.error, {})[email] = self.told.due.get(email, {})

    def _out_of_patience(self, outcomes: Outcomes) -> Outcomes:
        """Who was tried for long enough has failed. Raises `Stopped` when nobody at all is answered."""
        failed: Outcomes = {}
        for email, outcome in outcomes.items():
            error = outcome.error if isinstance(outcome, Later) else None
            if error and Tries.of(self.told.due.get(email, {})).are_enough(error, self.now):
                if is_silent(error, self.now):
                    raise Stopped(f"{given_up(error)}; start the export to try again")
                failed[email] = Refused(None, given_up(error))
        return failed

    def _store(self, outcomes: Outcomes, held: Mapping[str, Held]) -> None:
        """Store outcomes over what is stored, which may have gone on since. Who is not stored yet stays in hand."""
        records = {email: held[email].record for email in outcomes}
        known = {email: held[email].membership for email in outcomes}
        while records:
            writes = [
                self._write(record, known[email], outcomes[email], held[email])
                for email, record in records.items()
            ]
            lost = self.tools.memberships.save(self.export, writes)
            for email in records.keys() - lost:
                self.in_hand.pop(email, None)
            records = self.tools.memberships.load(self.export, lost)
            known = {email: Membership.of(record.state) for email, record in records.items()}

    def _write(self, record: Record, known: Membership, outcome: Outcome, one: Held) -> Write:
        stored = Membership.of(record.state)
        if stored.claim != Membership.of(one.record.state).claim:
            self.again[one.email] = {}
            return Write(Record(one.email, stored.doubted().to_json(), open=True, version=record.version))
        settled = settle(known, one.wish, self.plan, outcome, self.now)
        after = settled.membership if settled else stored.released()
        is_waiting = is_open(after, wish_of(after.state, self.plan))
        if is_waiting and settled:
            self.again[one.email] = {}
        new = Record(one.email, after.to_json(), is_waiting, record.version)
        return Write(new, settled.counts, settled.failure) if settled else Write(new)
