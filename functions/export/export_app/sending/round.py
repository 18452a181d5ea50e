"""One round of sending: who is sent what in which calls, and what follows from the answers. Pure.

In go the people in hand, what other exports to the list have of them, and what Campaign Monitor has of those
whose consent depends on it. Out come those to look up on the list, those whose options are cleared first, and
groups to send. In go the refusals and who was looked up; out come those who are changed alone, those who are
subscribed again, and outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self
from zoneinfo import ZoneInfo

from export_app.job import ExportJob
from export_app.people.consent import NO, NO_FIELDS, YES, Case, Found, Problem, Say
from export_app.people.desired import NOTHING, Desired, ListSchema, Payload, payload_of
from export_app.people.membership import Membership
from export_app.people.outcomes import (
    INACTIVE,
    RESUBSCRIBABLE,
    Delivered,
    KeptOut,
    Later,
    Outcome,
    Outcomes,
    Refused,
    Renewed,
)
from export_app.people.resubscription import objection, zone_of
from lytics_cm.campaign_monitor.records import Subscriber
from lytics_cm.campaign_monitor.writes import Consent, Entry
from lytics_cm.errors import RateLimited
from lytics_cm.remedies import REFUSED_NUMBER, REMEDIES, SUPPRESSED, UNCONFIRMED, UNSUBSCRIBED

CONTESTED = RateLimited("another export to the same list has the person in hand")
NO_YES = "not subscribed again without a Yes to being tracked in Lytics"
NEWER_NO = "not subscribed again: Campaign Monitor has No to being tracked, which may be newer than the Yes in Lytics"


@dataclass(frozen=True, slots=True)
class Held:
    """A person in hand: what is known but for the attempt that begins, and what the list should have."""

    membership: Membership
    desired: Desired

    def case(self, terms: Terms, others: Sequence[Membership]) -> Case:
        """What decides about the person's consents; `others` is what other exports to the list have."""
        return Case(
            self.desired.wants,
            self.membership.consents,
            terms.schema.consent.for_new,
            is_known=any(one.sent is not None for one in (self.membership, *others)),
            is_tried=self.membership.tried is not None,
            is_leaving=not self.desired.options,
        )


@dataclass(frozen=True, slots=True)
class Flags:
    """What Campaign Monitor wants to know per call, not per person."""

    resubscribe: bool = False
    queue_autoresponders: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """How an export sends: what it writes, and what an admin chose beside; `zone` is the list's."""

    schema: ListSchema
    resubscribe: bool = False
    queue_autoresponders: bool = False
    zone: ZoneInfo | None = None

    @property
    def writes_consents(self) -> bool:
        """Whether anything is said of consents."""
        return self.schema.consent != NO_FIELDS

    @classmethod
    def of(cls, job: ExportJob, schema: ListSchema) -> Self:
        """The terms of a job."""
        zone = zone_of(job) if job.resubscribe_users else None
        return cls(schema, job.resubscribe_users, job.queue_autoresponders, zone)


@dataclass(frozen=True, slots=True)
class FollowUps:
    """What follows from refusals: outcomes that stand, who is changed alone, who is subscribed again.

    `withdrawn` are those whose outcomes stand, but for whom a No is written first.
    """

    outcomes: Outcomes = field(default_factory=dict)
    amended: list[str] = field(default_factory=list)
    returning: list[str] = field(default_factory=list)
    withdrawn: dict[str, Refused] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Round:
    """What is sent of whom. Each step is about those who are still in hand when it comes.

    `outcomes` are known without a call. `leaving` are looked up on the list, for an import would add who is
    not there; of `clearing` options go first; `clears` counts those who lose their last audience; `groups`
    are sent together.
    """

    terms: Terms
    held: Mapping[str, Held]
    outcomes: Outcomes
    payloads: dict[str, Payload]
    leaving: Sequence[str]
    clearing: Sequence[str]
    groups: Mapping[Flags, Sequence[str]]
    clears: int

    def refusals(self, outcomes: Outcomes) -> dict[str, Refused]:
        """The refusals that are followed up, by calls about one person each."""
        rules = (self._has_left, self._is_amended, self._withdraws)
        return {
            email: one
            for email, one in outcomes.items()
            if isinstance(one, Refused) and any(rule(email, one) for rule in rules)
        }

    def without_number(self, outcomes: Outcomes) -> dict[str, Payload]:
        """What is sent of those whose mobile number was refused, and with it all else."""
        refused = {
            email: self.payloads[email]
            for email, one in outcomes.items()
            if isinstance(one, Refused)
            and one.code == REFUSED_NUMBER
            and self.payloads[email].entry.mobile_number
        }
        return {email: _without_number(made) for email, made in refused.items()}

    def said(self, outcomes: Outcomes, at: int) -> Outcomes:
        """Outcomes of calls at that time (epoch ms) with what was said of consents, and what had been there."""
        return {email: self._said(self.payloads[email].say, one, at) for email, one in outcomes.items()}

    def _said(self, say: Say, outcome: Outcome, at: int) -> Outcome:
        match outcome:
            case Delivered() | Renewed():
                return replace(outcome, say=say, at=at)
            case Refused() | Later() if outcome.say is NOTHING and say.found:
                return replace(outcome, say=Say(found=say.found))
        return outcome

    def to_look_up(self, refusals: Mapping[str, Refused]) -> list[str]:
        """Who has left the list and is looked up there, for they may be subscribed again."""
        return [
            email
            for email, one in refusals.items()
            if self._has_left(email, one) and self._has_said_yes(email)
        ]

    def follow_up(
        self, refusals: Mapping[str, Refused], found: Mapping[str, Subscriber | Later | Refused | None]
    ) -> FollowUps:
        """What is done about refusals, given those looked up as the list has them, or None."""
        following = FollowUps()
        for email, refusal in refusals.items():
            outcome = self._objection(email, found[email]) if email in found else self._barred(email, refusal)
            if outcome is None:
                following.returning.append(email)
            elif isinstance(outcome, Later):
                following.outcomes[email] = outcome
            elif self._is_amended(email, refusal):
                following.amended.append(email)
            elif isinstance(outcome, Refused) and self._withdraws(email, refusal):
                following.withdrawn[email] = outcome
            else:
                following.outcomes[email] = outcome
        return following

    def withdrawal(self, email: str) -> Entry:
        """What tells Campaign Monitor of nothing but a No."""
        entry = self.payloads[email].entry
        if entry.consent_to_send_sms != NO:
            return Entry(email, None, (), entry.consent_to_track)
        return Entry(email, None, (), entry.consent_to_track, entry.mobile_number, NO)

    def withdrawn(self, email: str, refusal: Refused, outcome: Outcome, at: int) -> Outcome:
        """What became of somebody who was refused, after the attempt at `at` to write their No."""
        if isinstance(outcome, Delivered):
            say = self.payloads[email].say
            track: Consent = NO if say.track == NO else "Unchanged"
            sms: Consent = NO if say.sms == NO else "Unchanged"
            return replace(refusal, say=replace(say, track=track, sms=sms), at=at)
        return outcome if isinstance(outcome, Later) else refusal

    def _withdraws(self, email: str, refusal: Refused) -> bool:
        """Whether somebody inactive says No: that holds for all lists of the client, so it is written."""
        wants, say = self.held[email].desired.wants, self.payloads[email].say
        is_news = (wants.track == NO and say.track == NO) or (wants.sms == NO and say.sms == NO)
        return is_news and refusal.code in INACTIVE

    def _has_said_yes(self, email: str) -> bool:
        """Whether somebody may come back as far as their own word goes; without a field nobody is asked."""
        return not self.terms.schema.consent.track or self.held[email].desired.wants.track == YES

    def _barred(self, email: str, refusal: Refused) -> Refused:
        """The refusal of who is not asked about, with the reason if that is that they did not say Yes."""
        is_barred = self._has_left(email, refusal) and not self._has_said_yes(email)
        return replace(refusal, why=NO_YES) if is_barred else refusal

    def _has_left(self, email: str, refusal: Refused) -> bool:
        """Whether somebody has left the list and may come back, for the admin chose so."""
        is_wanted = self.terms.resubscribe and bool(self.held[email].desired.options)
        return is_wanted and refusal.code in RESUBSCRIBABLE

    def _is_amended(self, email: str, refusal: Refused) -> bool:
        """Whether somebody inactive is changed all the same: to lose an audience, or until they confirm."""
        payload = self.payloads[email]
        if refusal.code not in INACTIVE:
            return False
        if self.held[email].membership.sent is None:
            return payload.is_clear
        return payload.is_clear or payload.clearing is not None or refusal.code == UNCONFIRMED

    def _objection(self, email: str, found: Subscriber | Later | Refused | None) -> Outcome | None:
        """Why a person is not subscribed again, or None."""
        if found is None:
            return Refused(SUPPRESSED, "the address is suppressed for the whole client")
        if not isinstance(found, Subscriber):
            return found
        entered = self.terms.schema.counting(self.held[email].membership.observed).entered
        why = objection(found, entered, self.terms.zone) or self._contradiction(email, found)
        return Refused(UNSUBSCRIBED, f"the person is {found.state.lower()}", why) if why else None

    def _contradiction(self, email: str, found: Subscriber) -> str | None:
        """Why somebody who says Yes does not come back: their last word at Campaign Monitor was No."""
        if not self.terms.schema.consent.track or found.consent_to_track != NO:
            return None
        return None if self.payloads[email].say.is_reversal else NEWER_NO


def _without_number(made: Payload) -> Payload:
    entry = replace(made.entry, mobile_number=None, consent_to_send_sms="Unchanged")
    words = f"Campaign Monitor refused the mobile number; {REMEDIES[REFUSED_NUMBER]}"
    problems = (*made.say.problems, Problem(REFUSED_NUMBER, words))
    return replace(made, entry=entry, say=replace(made.say, sms="Unchanged", problems=problems))


def to_ask(
    held: Mapping[str, Held], others: Mapping[str, Sequence[Membership]], terms: Terms, now: int
) -> dict[str, bool]:
    """Of whom Campaign Monitor must be asked what they agreed to; true where any list of the client counts."""
    found: dict[str, bool] = {}
    for email, one in held.items() if terms.writes_consents else ():
        beside = others.get(email, ())
        case = one.case(terms, beside)
        if case.asks and not any(other.is_held(now) for other in beside):
            found[email] = case.asks_of_client
    return found


def decide(
    held: Mapping[str, Held],
    others: Mapping[str, Sequence[Membership]],
    answered: Outcomes,
    terms: Terms,
    now: int,
    asked: Mapping[str, Found | Later | Refused] = MappingProxyType({}),
) -> Round:
    """Decide which calls are made for people in hand.

    `others` is what other exports to the list have of them: who is in such hands is left for later. Who has
    `answered` to this very state already is not asked again, when only the storing failed. `asked` is what
    Campaign Monitor has of those `to_ask` about.
    """
    outcomes, payloads = dict(answered), dict[str, Payload]()
    groups: dict[Flags, list[str]] = {}
    key = terms.schema.key
    for email, one in held.items():
        beside = others.get(email, ())
        if email in answered:
            continue
        if any(other.is_held(now) for other in beside):
            outcomes[email] = Later(CONTESTED)
            continue
        theirs = {option for other in beside for option in other.has(key)}
        say = _say(one.case(terms, beside), asked.get(email)) if terms.writes_consents else NOTHING
        if not isinstance(say, Say):
            outcomes[email] = say
            continue
        made = payload_of(email, one.desired, terms.schema, one.membership, frozenset(theirs), say)
        payloads[email] = made
        flags = Flags(queue_autoresponders=terms.queue_autoresponders and not made.is_clear)
        groups.setdefault(flags, []).append(email)
    return Round(
        terms,
        held,
        outcomes,
        payloads,
        leaving=[email for email, made in payloads.items() if made.is_leaving],
        clearing=[email for email, made in payloads.items() if made.clearing],
        groups=groups,
        clears=len([made for made in payloads.values() if made.is_clear]),
    )


def _say(case: Case, found: Found | Later | Refused | None) -> Say | Outcome:
    """What is said of a person's consents, or what becomes of somebody to whom nothing can be said."""
    if isinstance(found, Later | Refused):
        return found
    if case.asks and found is None:
        return Later()
    said = case.say(found)
    return KeptOut() if said is None else said
