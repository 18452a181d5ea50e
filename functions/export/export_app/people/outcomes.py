"""What became of a person whom we sent, and what an admin can do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from export_app.people.desired import Desired, ListSchema
from export_app.people.membership import FAILED, SKIPPED, Membership
from lytics_cm.addresses import named
from lytics_cm.campaign_monitor.writes import ImportResult
from lytics_cm.errors import TransientError

type Json = dict[str, Any]

INVALID, SUPPRESSED, DELETED, UNSUBSCRIBED, BOUNCED, UNCONFIRMED = 1, 204, 205, 206, 207, 208
RESUBSCRIBABLE = (SUPPRESSED, DELETED, UNSUBSCRIBED)
INACTIVE = (DELETED, UNSUBSCRIBED, BOUNCED, UNCONFIRMED)
"""On the list, but not to be reached by an import."""
PASSING = (429, 500, 502, 503, 504)
"""Codes of a refusal that another time may be none."""

REMEDIES: Mapping[int, str] = {
    INVALID: "correct the address in Lytics",
    SUPPRESSED: "take the address off the client's suppression list, if the person agrees",
    DELETED: "turn on resubscribe_users and retry the failures, or add the person again at Campaign Monitor",
    UNSUBSCRIBED: "nothing, unless the person agrees to be subscribed again: then turn on resubscribe_users"
    " and retry the failures",
    BOUNCED: "correct the address in Lytics, or reactivate the person at Campaign Monitor",
    UNCONFIRMED: "wait until the person has confirmed the subscription, then retry the failures",
    220: "correct the mobile number at Campaign Monitor",
}
OTHERWISE = "see what Campaign Monitor says; retry the failures when it is mended"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Written."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing had to be sent."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Not on the list, and not to be added: deleted there, or known there by another address."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Not taken, for good; `code` and `words` are Campaign Monitor's, `why` our own reason beside."""

    code: int | None
    words: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """To be tried again; None when it was not tried at all."""

    error: TransientError | None = None


@dataclass(frozen=True, slots=True)
class Renewed:
    """Written, after the person had been off the list."""


type Outcome = Delivered | Skipped | Gone | Refused | Later | Renewed
type Outcomes = dict[str, Outcome]
"""By address."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """A membership after an outcome, the counters that this moves, the failure to be shown from now on."""

    membership: Membership
    counts: Mapping[str, int]
    failure: Json | None


GONE = Refused(
    None,
    "the person is not on the list any more, or has another address there",
    "left as it is, for who leaves an audience is not added; the next entry into one adds the person",
)


def settle(
    before: Membership, desired: Desired, schema: ListSchema, outcome: Outcome, now: int
) -> Settlement | None:
    """What an outcome does; None for one that leaves all as it was."""
    match outcome:
        case Gone() if desired.options:
            return settle(before, desired, schema, GONE, now)
        case Gone():
            return settle(before, desired, schema, Delivered() if before.has(schema.key) else Skipped(), now)
        case Delivered() | Renewed():
            after = before.delivered(desired.digest, desired.selections(schema.key))
            kind = kind_of(desired, was_there=bool(before.has(schema.key)))
            counts = {kind: 1, "resubscribed": int(isinstance(outcome, Renewed))}
            failure = {
                "code": None,
                "message": "; ".join(desired.problems) + "; the rest was sent",
                "at": now,
            }
            return Settlement(after, counts | _failing(before, after), failure if desired.problems else None)
        case Skipped():
            after = before.skipped(desired.digest)
            return Settlement(after, {SKIPPED: 1} | _failing(before, after), None)
        case Refused():
            after = before.refused(desired.digest)
            failure = {"code": outcome.code, "message": explained(outcome), "at": now}
            return Settlement(after, _failing(before, after), failure)
    return None


def kind_of(desired: Desired, *, was_there: bool) -> str:
    """What a delivery counts as: people come to the list with a first audience and go with the last."""
    if desired.options and not was_there:
        return "added"
    return "removed" if was_there and not desired.options else "updated"


def explained(refusal: Refused) -> str:
    """The vendor's words and what to do."""
    remedy = refusal.why or REMEDIES.get(refusal.code or 0, OTHERWISE)
    return f"{refusal.words.rstrip('.') or 'refused'}; {remedy}"


def of_row(code: int | None, words: str) -> Outcome:
    """The outcome of one row of Code 210."""
    if code in PASSING:
        return Later(TransientError(f"Campaign Monitor answered Code {code}"))
    return Refused(code, words)


def outcomes_of(emails: Sequence[str], result: ImportResult, good: Outcome) -> Outcomes:
    """What became of the people of a call, as far as its answer tells: `good` for who is written.

    A refusal that names nobody of them may be anybody's, and of two whom Campaign Monitor took for one the
    first is not written: then only those are told of whom it refused by name. Of one person alone everything
    is certain.
    """
    refused = {named(failure.email): of_row(failure.code, failure.message) for failure in result.failures}
    outcomes = {email: refused.pop(email) for email in emails if email in refused}
    others = [email for email in emails if email not in outcomes]
    if len(emails) > 1 and (refused or result.duplicates):
        return outcomes
    return outcomes | dict.fromkeys(others, next(iter(refused.values()), good))


def _failing(before: Membership, after: Membership) -> dict[str, int]:
    """`failed` counts the people who are failing now."""
    return {FAILED: int(after.outcome == FAILED) - int(before.outcome == FAILED)}
