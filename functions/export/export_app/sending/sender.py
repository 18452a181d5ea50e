"""Sends the people in hand: gathers what a round needs, makes its calls, settles the outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from export_app.brake import CLEARED, RESUBSCRIBED
from export_app.dependencies import Dependencies
from export_app.job import ExportJob
from export_app.people.desired import ListSchema, Payload
from export_app.people.membership import Membership, Selections
from export_app.people.outcomes import Later, Outcomes, Refused
from export_app.sending.calls import Calls, Stopped
from export_app.sending.looking import Looking
from export_app.sending.round import Flags, Round, Terms, decide, to_ask
from export_app.sending.settling import Settling
from lytics_cm.campaign_monitor.writes import Entry, batches
from lytics_cm.errors import AuthorizationRevoked, Conflict, NotFound, TransientError
from lytics_cm.store import events

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor

ONE_BY_ONE = 50
"""People with whom calls about one person are made before what came of them is stored."""


@dataclass(frozen=True, slots=True)
class Sender:
    """One worker's sending for one export; after `until` (epoch ms) it makes no calls any more."""

    dependencies: Dependencies
    job: ExportJob
    schema: ListSchema
    until: int
    settling: Settling

    def send(self) -> None:
        """Send everybody in hand. After something unforeseen, who is still in hand is sent the next time."""
        if not self.settling.taken.held:
            return
        try:
            self._try_to_send()
        except Stopped as stop:
            self.settling.reason = str(stop)
            self.dependencies.fail(self.job, str(stop), stop.__cause__)
            self.settling.release()

    def _try_to_send(self) -> None:
        try:
            calls = Calls(self.dependencies, self._vendor(), self.job, self.until)
            try:
                self._send(calls)
            finally:
                self.settling.calls = calls.made
                self.settling.trouble = calls.trouble
                self.settling.reason = str(calls.trouble or self.settling.reason)
        except TransientError as error:
            self.settling.reason, self.settling.trouble = str(error), error
            self.settling.settle({email: Later(error) for email in self.settling.in_hand})

    def _vendor(self) -> CampaignMonitor:
        try:
            return self.dependencies.connect(self.job.authorization_id)
        except AuthorizationRevoked as error:
            raise Stopped(str(error)) from error
        except (Conflict, NotFound) as error:
            raise Stopped(f"{error}; then start the export") from error

    def _send(self, calls: Calls) -> None:
        """Make the calls of a round; each answer is stored before the next call."""
        settling, held = self.settling, self.settling.taken.held
        keys = {email: (email, one.desired.digest) for email, one in held.items()}
        answered = {email: settling.answers[key] for email, key in keys.items() if key in settling.answers}
        others = self._others([email for email in held if email not in answered])
        terms = Terms.of(self.job, self.schema)
        unanswered = {email: one for email, one in held.items() if email not in answered}
        asking = to_ask(unanswered, others, terms, settling.now)
        asked = Looking(calls).of(asking) if asking else {}
        this = decide(held, others, answered, terms, settling.now, asked)
        settling.payloads = this.payloads
        if this.outcomes:
            settling.settle(this.outcomes)
        if this.clears and self._is_braked(CLEARED, this.clears):
            return
        self._amend_leaving(calls, this)
        self._clear_options(calls, this)
        refusals: dict[str, Refused] = {}
        for flags, people in this.groups.items():
            refusals |= self._send_group(calls, this, people, flags)
        if refusals:
            self._follow_up(calls, this, refusals)

    def _send_group(
        self, calls: Calls, this: Round, people: Sequence[str], flags: Flags
    ) -> dict[str, Refused]:
        """Send people in as few calls as possible; return the refusals that are to be followed up.

        Whose mobile number is refused are sent once more without it.
        """
        refusals: dict[str, Refused] = {}
        again: dict[str, Payload] = {}
        for at, outcomes in self._calls(calls, self._entries(this, people), flags):
            numberless = this.without_number(outcomes)
            followed = this.refusals(outcomes)
            done = {email: one for email, one in outcomes.items() if email not in {*followed, *numberless}}
            self.settling.settle(this.said(done, at))
            refusals |= followed
            again |= numberless
        if again:
            this.payloads.update(again)
            refusals |= self._send_group(calls, this, list(again), flags)
        return refusals

    def _others(self, emails: Sequence[str]) -> dict[str, list[Membership]]:
        """What other exports to the same list have of these people."""
        found: dict[str, list[Membership]] = {}
        for other in self.dependencies.all_jobs():
            if other.list_id == self.job.list_id and other.id != self.job.id:
                for email, record in self.dependencies.memberships.load(other.id, emails).items():
                    found.setdefault(email, []).append(Membership.of(record.state))
        return found

    def _amend_leaving(self, calls: Calls, this: Round) -> None:
        """Change those alone who leave and are not certainly on the list: an import would add them."""
        leaving = self._entries(this, this.leaving)
        there = calls.there([entry.email for entry in leaving]) if leaving else ()
        for people in batched([one for one in leaving if one.email not in there], ONE_BY_ONE, strict=False):
            self.settling.settle(self._amended(calls, this, people))

    def _amended(self, calls: Calls, this: Round, people: Sequence[Entry]) -> Outcomes:
        """Change people alone."""
        at = self.dependencies.clock()
        return this.said(calls.amend_each(people), at)

    def _clear_options(self, calls: Calls, this: Round) -> None:
        """First take away options that must go while others stay; refusals show in the next call."""
        payloads = [this.payloads[email] for email in this.clearing if email in self.settling.in_hand]
        entries = [payload.clearing for payload in payloads if payload.clearing]
        remains = {payload.email: payload.remains for payload in payloads}
        for _, outcomes in self._calls(calls, entries, Flags(), remains):
            late: Outcomes = {
                email: Later(one.error) for email, one in outcomes.items() if isinstance(one, Later)
            }
            self.settling.settle(late)

    def _follow_up(self, calls: Calls, this: Round, refusals: Mapping[str, Refused]) -> None:
        """Look up, change or subscribe again who is inactive; outcomes are stored every few people."""
        returning: list[str] = []
        for people in batched(refusals, ONE_BY_ONE, strict=False):
            mine = {email: refusals[email] for email in self._present(people)}
            following = this.follow_up(mine, calls.find_each(this.to_look_up(mine)))
            amended = self._amended(calls, this, self._entries(this, following.amended))
            withdrawn = self._withdraw(calls, this, following.withdrawn)
            at = self.dependencies.clock()
            self.settling.settle(this.said(following.outcomes, at) | amended | this.said(withdrawn, at))
            returning += following.returning
        if returning and not self._is_braked(RESUBSCRIBED, len(returning)):
            self._resubscribe(calls, this, returning)

    def _withdraw(self, calls: Calls, this: Round, refusals: Mapping[str, Refused]) -> Outcomes:
        """Tell of the No of people who are inactive on the list: it holds for all lists of the client."""
        at = self.dependencies.clock()
        outcomes = calls.amend_each([this.withdrawal(email) for email in refusals])
        return {email: this.withdrawn(email, refusals[email], one, at) for email, one in outcomes.items()}

    def _resubscribe(self, calls: Calls, this: Round, people: Sequence[str]) -> None:
        """Send those who entered an audience after they had left the list, in calls of their own."""
        flags = Flags(resubscribe=True, queue_autoresponders=self.job.queue_autoresponders)
        for at, outcomes in self._calls(calls, self._entries(this, people), flags):
            self.settling.settle(this.said(outcomes, at))

    def _calls(
        self,
        calls: Calls,
        entries: Sequence[Entry],
        flags: Flags,
        remains: Mapping[str, Selections] | None = None,
    ) -> Iterator[tuple[int, Outcomes]]:
        """Send people in as few calls as possible, without those who are erased by the time of their call.

        Every call with the time (epoch ms) before it.
        """
        for batch in batches(entries) if entries else ():
            at = self.dependencies.clock()
            if self.dependencies.erasures.rev() == self.settling.taken.rev:
                yield at, calls.send(batch, flags, remains)
            elif present := self._present([entry.email for entry in batch]):
                yield at, calls.send([entry for entry in batch if entry.email in present], flags, remains)

    def _entries(self, this: Round, emails: Sequence[str]) -> list[Entry]:
        """What is sent of those who are in hand yet."""
        return [this.payloads[email].entry for email in emails if email in self.settling.in_hand]

    def _present(self, emails: Sequence[str]) -> list[str]:
        """Those of the people in hand who are not erased: their records are the ones that were claimed."""
        claims = {
            email: self.settling.taken.records[email] for email in emails if email in self.settling.in_hand
        }
        records = self.dependencies.memberships.load(self.job.id, claims)
        return [
            email
            for email, record in records.items()
            if Membership.of(record.state).claim == claims[email].membership.claim
        ]

    def _is_braked(self, what: str, people: int) -> bool:
        """Whether the brake is against doing that to so many people; then the export is stopped."""
        job, now = self.job, self.settling.now
        if now < job.unbraked_until:
            return False
        reason = self.dependencies.brake.refuses(job.id, what, people, job.population, now)
        if reason:
            message = f"paused by the brake: {reason}; if that is right, start the export"
            self.settling.reason = message
            paused = {"status": "stopped", "message": message}
            if self.dependencies.jobs.update(job.id, paused, unless=("stopped",)):
                events.tell(self.dependencies.jobs.table, events.EXPORT_BRAKED, now, job=job.id)
            self.settling.release()
        return bool(reason)
