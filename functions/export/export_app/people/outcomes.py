"""What became of a person whom we sent, and what an admin can do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from export_app.people import entries
from export_app.people.consent import NO_CONSENT, Problem, Say
from export_app.people.desired import NOTHING, Desired, ListSchema
from export_app.people.entries import WORDS
from export_app.people.membership import FAILED, KEPT_OUT, SKIPPED, Membership
from lytics_cm.addresses import named
from lytics_cm.campaign_monitor.writes import ImportResult
from lytics_cm.errors import TransientError
from lytics_cm.remedies import (
    BOUNCED,
    DELETED,
    NOT_ON_LIST,
    SUPPRESSED,
    UNCONFIRMED,
    UNSUBSCRIBED,
    VALUE_UNUSABLE,
    remedy_of,
)

type Json = dict[str, Any]

NOT_ADDED = (
    "the person is new to the list and has not decided on being tracked, so is not added; with a decision in"
    " Lytics they are added at once; or change consent_for_new"
)

RESUBSCRIBABLE = (SUPPRESSED, DELETED, UNSUBSCRIBED)
INACTIVE = (DELETED, UNSUBSCRIBED, BOUNCED, UNCONFIRMED)
"""On the list, but not to be reached by an import."""
PASSING = (429, 500, 502, 503, 504)
"""Codes of a refusal that another time may be none."""
OTHERWISE = "see what Campaign Monitor says; retry the failures when it is mended"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Written; `say` is what was said of consents, at `at` (epoch ms)."""

    say: Say = NOTHING
    at: int = 0


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing had to be sent."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Not on the list, and not to be added: deleted there, or known there by another address."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Not taken, for good; `code` and `words` are Campaign Monitor's or ours, `why` our own reason beside.

    `say` is what of the person's consents was written all the same, at `at` (epoch ms).
    """

    code: str | int | None
    words: str
    why: str = ""
    say: Say = NOTHING
    at: int = 0


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Not added: new to the list, and without a decision on being tracked."""


@dataclass(frozen=True, slots=True)
class Later:
    """To be tried again; None when it was not tried at all. It may have been written if it `is_in_doubt`.

    `say` has what Campaign Monitor had, if it was asked.
    """

    error: TransientError | None = None
    is_in_doubt: bool = False
    say: Say = NOTHING


@dataclass(frozen=True, slots=True)
class Renewed:
    """Written, after the person had been off the list; `say` and `at` as of who is delivered."""

    say: Say = NOTHING
    at: int = 0


type Outcome = Delivered | Skipped | Gone | Refused | KeptOut | Later | Renewed
type Outcomes = dict[str, Outcome]
"""By address."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """A membership after an outcome, the counters that this moves, the failure to be shown from now on.

    `word` is what the ledger calls it.
    """

    membership: Membership
    counts: Mapping[str, int]
    failure: Json | None
    word: str


GONE = Refused(
    NOT_ON_LIST,
    "the person is not on the list any more, or has another address there",
    "left as it is, for who leaves an audience is not added; the next entry into one adds the person",
)


def settle(
    before: Membership, desired: Desired, schema: ListSchema, outcome: Outcome, now: int
) -> Settlement | None:
    """What an outcome does; None for one that leaves all as it was."""
    match outcome:
        case Gone():
            gone: Outcome = Delivered() if before.has(schema.key) else Skipped()
            return settle(before, desired, schema, GONE if desired.options else gone, now)
        case KeptOut():
            return _kept_out(before, desired, now)
        case Delivered() | Renewed():
            after = before.delivered(desired.digest, desired.selections(schema.key), now)
            after = _noted(after, outcome)
            kind = kind_of(desired, was_there=bool(before.has(schema.key)))
            counts = {kind: 1, "resubscribed": int(isinstance(outcome, Renewed))}
            failure = _left_out(desired, outcome.say.problems, now)
            return Settlement(after, counts | _failing(before, after), failure, WORDS[kind])
        case Skipped():
            after = before.skipped(desired.digest)
            return Settlement(after, {SKIPPED: 1} | _failing(before, after), None, entries.SKIPPED)
        case Refused():
            after = before.refused(desired.digest)
            after = _noted(after, outcome)
            failure = {"code": outcome.code, "message": explained(outcome), "at": now}
            return Settlement(after, _failing(before, after), failure, entries.REFUSED)
    return None


def _noted(after: Membership, outcome: Delivered | Renewed | Refused) -> Membership:
    """With what is known of consents after an outcome."""
    if outcome.say is NOTHING and not after.consents.is_left:
        return after
    return replace(after, consents=outcome.say.noted(after.consents, outcome.at))


def _left_out(desired: Desired, problems: Sequence[Problem], now: int) -> Json | None:
    """The failure of somebody of whom something could not be sent, or None."""
    texts = [*desired.problems, *(problem.message for problem in problems)]
    codes = [code for code in (desired.code, *(problem.code for problem in problems)) if code is not None]
    message = "; ".join(texts) + "; the rest was sent"
    code = codes[0] if codes else VALUE_UNUSABLE
    return {"code": code, "message": message, "at": now} if texts else None


def _kept_out(before: Membership, desired: Desired, now: int) -> Settlement:
    """Who is not added counts once as skipped, and is listed."""
    after = before.kept_out(desired.digest_kept_out)
    failure = {"code": NO_CONSENT, "message": "; ".join([NOT_ADDED, *desired.problems]), "at": now}
    counts = {SKIPPED: int(before.outcome != KEPT_OUT)}
    return Settlement(after, counts | _failing(before, after), failure, entries.KEPT_OUT)


def kind_of(desired: Desired, *, was_there: bool) -> str:
    """What a delivery counts as: people come to the list with a first audience and go with the last."""
    if desired.options and not was_there:
        return "added"
    return "removed" if was_there and not desired.options else "updated"


def explained(refusal: Refused) -> str:
    """The vendor's words and what to do."""
    remedy = refusal.why or remedy_of(refusal.code, OTHERWISE)
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
