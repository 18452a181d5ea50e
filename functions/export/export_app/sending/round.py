"""One round of sending: who is sent what in which calls, and what follows from the answers. Pure.

In go the people in hand and what other exports to the list have of them. Out come those to look up on the
list, those whose options are cleared first, and groups to send. In go the refusals and who was looked up; out
come those who are changed alone, those who are subscribed again, and outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from zoneinfo import ZoneInfo

from export_app.job import ExportJob
from export_app.people.desired import Desired, ListSchema, Payload, payload_of
from export_app.people.membership import Membership
from export_app.people.outcomes import (
    INACTIVE,
    RESUBSCRIBABLE,
    SUPPRESSED,
    UNCONFIRMED,
    UNSUBSCRIBED,
    Later,
    Outcome,
    Outcomes,
    Refused,
)
from export_app.people.resubscription import objection, zone_of
from lytics_cm.campaign_monitor.records import Subscriber
from lytics_cm.errors import RateLimited

CONTESTED = RateLimited("another export to the same list has the person in hand")


@dataclass(frozen=True, slots=True)
class Held:
    """A person in hand: what is known but for the attempt that begins, and what the list should have."""

    membership: Membership
    desired: Desired


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

    @classmethod
    def of(cls, job: ExportJob, schema: ListSchema) -> Self:
        """The terms of a job."""
        zone = zone_of(job) if job.resubscribe_users else None
        return cls(schema, job.resubscribe_users, job.queue_autoresponders, zone)


@dataclass(frozen=True, slots=True)
class FollowUps:
    """What follows from refusals: outcomes that stand, who is changed alone, who is subscribed again."""

    outcomes: Outcomes = field(default_factory=dict)
    amended: list[str] = field(default_factory=list)
    returning: list[str] = field(default_factory=list)


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
    payloads: Mapping[str, Payload]
    leaving: Sequence[str]
    clearing: Sequence[str]
    groups: Mapping[Flags, Sequence[str]]
    clears: int

    def refusals(self, outcomes: Outcomes) -> dict[str, Refused]:
        """The refusals that are followed up, by calls about one person each."""
        return {
            email: one
            for email, one in outcomes.items()
            if isinstance(one, Refused) and (self._may_return(email, one) or self._is_amended(email, one))
        }

    def to_look_up(self, refusals: Mapping[str, Refused]) -> list[str]:
        """Who has left the list and is looked up there, for they may be subscribed again."""
        return [email for email, one in refusals.items() if self._may_return(email, one)]

    def follow_up(
        self, refusals: Mapping[str, Refused], found: Mapping[str, Subscriber | Later | Refused | None]
    ) -> FollowUps:
        """What is done about refusals, given those looked up as the list has them, or None."""
        following = FollowUps()
        for email, refusal in refusals.items():
            outcome = self._objection(email, found[email]) if email in found else refusal
            if outcome is None:
                following.returning.append(email)
            elif self._is_amended(email, refusal) and not isinstance(outcome, Later):
                following.amended.append(email)
            else:
                following.outcomes[email] = outcome
        return following

    def _may_return(self, email: str, refusal: Refused) -> bool:
        """Whether somebody has left the list and may be asked about, for the admin chose so."""
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
        why = objection(found, entered, self.terms.zone)
        return Refused(UNSUBSCRIBED, f"the person is {found.state.lower()}", why) if why else None


def decide(
    held: Mapping[str, Held],
    others: Mapping[str, Sequence[Membership]],
    answered: Outcomes,
    terms: Terms,
    now: int,
) -> Round:
    """Decide which calls are made for people in hand.

    `others` is what other exports to the list have of them: who is in such hands is left for later. Who has
    `answered` to this very state already is not asked again, when only the storing failed.
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
        made = payload_of(email, one.desired, terms.schema, one.membership, frozenset(theirs))
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
