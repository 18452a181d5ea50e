"""The one way in: takes messages of rows, stores what is good together, and reports each message by itself.

No row can harm another: what cannot be read or stored is rejected by itself, with the reason. A message comes
again when an address in it could not be stored for now; rows that were stored already are then known. So does
one that is in no form that we know: another version may have sent it, and reads it when it is redriven.

What was received of a person before they were erased is left out, and of a blocked person everything.
Somebody may be erased while we store, so we look again afterwards and erase once more; a worker that dies in
between leaves that to whoever settles the erasure. Both would cost what came since: so it is kept aside while
an erasure is not settled.

Every change of a person's rows is followed by a projection of their plain profile: at once, or behind all
that a run brings. A message that was delivered before may have been stored without it, so its people are
projected in any case. The projection also removes what may not be known any more, so of whom we learn that
the next one comes at once, and another one a moment later, for what others were just writing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol

from aws_lambda_powertools import Logger

from lytics_cm.errors import Throttled, TransientError
from lytics_cm.put_back import is_overdue, put_back
from lytics_cm.store.units import Stored
from profile_app.messages import RowMessage, parsed
from profile_app.profiles.written import Written

if TYPE_CHECKING:
    from lytics_cm.queues import Queue
    from lytics_cm.store.erasures import Erased, Erasures
    from profile_app.behind import Behind, RunKey
    from profile_app.profiles import Profiles
    from profile_app.profiles.arrivals import Told

type Json = dict[str, Any]

logger = Logger()


class Listener(Protocol):
    """Who wants to know what became of the rows that a job sent."""

    def stored(self, batches: Sequence[Stored], now: int) -> None:
        """Count the rows of units of one run, once however often it is told."""

    def lost(self, units: Sequence[Mapping[str, str]], now: int) -> None:
        """Go on without the rows of units of one run, which become dead letters."""

    def brought(self, unit: Mapping[str, str], new: Counter[str], now: int) -> None:
        """Count each person's new rows of a unit that is not stored entirely: nobody finds them new again."""

    def refused(self, job_id: str, rejections: list[Json], now: int) -> None:
        """Keep what was refused of rows that came outside a run, once however often it is told."""


@dataclass(slots=True)
class Ingested:
    """What became of a batch of messages."""

    written: Written
    rejections: list[Json]
    erased: int
    failed: dict[int, Exception]
    """Messages that must come again, by their place in the batch, and why."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where rows go, and who hears of it."""

    profiles: Profiles
    erasures: Erasures
    progress: Listener
    behind: Behind
    bulk: Queue
    """By which messages come again that AWS stood in the way of."""


def ingest(
    messages: Sequence[Any],
    to: Destination,
    now: int,
    ending: Container[int] = (),
    again: Container[int] = (),
    *,
    is_final: bool = True,
) -> Ingested:
    """Store the rows of all messages together; then tell `progress` of every message that is stored entirely.

    `ending` are the places of messages that become dead letters when they fail: their runs go on without
    them, at once where nothing can be read, else if this is the final attempt. `again` are those of messages
    that were delivered before. What AWS stands in the way of is put back after the final attempt: it has not
    failed.
    """
    given = [parsed(message, now) for message in messages]
    repeated = {email for number, one in enumerate(given) if number in again for email in one.emails}
    written, broken = Written(), None
    try:
        runs = _runs_of(given)
        written = _store(given, to, runs, repeated, now)
        for one in given if written.withheld else ():
            one.note_withheld(written.withheld)
        _project(written, repeated, to, runs, now)
    except Exception as error:  # noqa: BLE001 - each message says for itself that it was not stored
        broken = error
    failed = {
        number: reason
        for number, one in enumerate(given)
        if (reason := one.unread or broken or _reason(one, written)) is not None
    }
    stored = {number: one for number, one in enumerate(given) if number not in failed}
    _count_new([given[number] for number in failed], to.progress, now)
    failed |= _told(stored, lambda mine: _report(mine, to.progress, now))
    if is_final:
        failed = _put_back(messages, failed, to.bulk)
    lost = {
        number: given[number] for number in failed if number in ending and (is_final or given[number].unread)
    }
    failed |= _told(lost, lambda mine: _give_up(mine, to.progress, now))
    rejections = [bad for one in given for bad in one.rejections]
    return Ingested(written, rejections, sum(one.erased for one in given), failed)


def _reason(one: RowMessage, written: Written) -> Exception | None:
    """Why a message that was read was not stored entirely."""
    failed = (one.emails & written.failed.keys()) if written.failed else ()
    return next((written.failed[email] for email in failed), None)


def _put_back(messages: Sequence[Any], failed: dict[int, Exception], bulk: Queue) -> dict[int, Exception]:
    """Send again what AWS stood in the way of; return what failed otherwise, or could not be sent."""
    stuck = {
        number: error
        for number, error in failed.items()
        if isinstance(error, Throttled) and not is_overdue(messages[number])
    }
    if not stuck:
        return failed
    try:
        put_back(bulk, [("", messages[number]) for number in stuck], next(iter(stuck.values())))
    except TransientError:
        return failed
    return {number: error for number, error in failed.items() if number not in stuck}


def _runs_of(given: Iterable[RowMessage]) -> dict[str, RunKey]:
    """The run that brings a person's rows, of those of whom nothing came live."""
    runs: dict[str, RunKey] = {}
    live: set[str] = set()
    for one in given:
        emails = one.emails
        if one.unit:
            runs |= dict.fromkeys(emails, (one.unit["job"], one.unit["run"]))
        else:
            live |= emails
    return {email: run for email, run in runs.items() if email not in live}


def _project(
    written: Written, repeated: set[str], to: Destination, runs: Mapping[str, RunKey], now: int
) -> None:
    """See to the plain profiles of those whose rows were changed, perhaps by an earlier delivery."""
    called = written.due | (repeated & runs.keys())
    to.behind.call_for({email: runs[email] for email in sorted(called)}, now)
    live = (written.changed | repeated) - runs.keys() - written.failed.keys()
    withdrawn = written.withdrawn - written.failed.keys()
    to.behind.look_again(withdrawn)
    projected = to.behind.project(withdrawn)
    written.failed |= projected.failed
    projected = to.behind.project(live - withdrawn, is_live=True)
    to.behind.promise(projected.later, now)
    written.failed |= projected.failed


def _store(
    given: Sequence[RowMessage], to: Destination, runs: Mapping[str, RunKey], repeated: set[str], now: int
) -> Written:
    """Store all rows but those of people who were erased since, or are erased meanwhile."""
    people = _people(given)
    erased = to.erasures.of(people)
    for one in given:
        one.leave_out(erased)
    _keep(given, erased, to.erasures, now)
    rows = [row for one in given for row in one.rows]
    ends = list(accumulate(len(one.rows) for one in given))
    known_runs = {email: run for email, (_, run) in runs.items()}
    written = to.profiles.write(rows, known_runs, _told_of(given), repeated)
    for number in written.new:
        given[bisect_right(ends, number)].new[rows[number].email] += 1
    if to.erasures.rev() != erased.rev:
        erased = to.erasures.of(people)
        for email in {email for one in given for email in one.leave_out(erased)}:
            to.profiles.erase(email)
            for one in given:
                one.new.pop(email, None)
    return written


def _told_of(given: Iterable[RowMessage]) -> dict[str, Told]:
    """The consents that messages tell of beside rows, by address and client."""
    told: dict[str, Told] = {}
    for one in given:
        for consent in one.consents:
            told.setdefault(consent.email, {}).setdefault(consent.client, []).append(consent.observation)
    return told


def _people(given: Iterable[RowMessage]) -> dict[str, int]:
    """Everybody whom messages are about, and when the first was received of them."""
    people: dict[str, int] = {}
    for one in given:
        for email, at in one.people():
            people[email] = min(at, people.get(email, at))
    return people


def _keep(given: Iterable[RowMessage], erased: Erased, erasures: Erasures, now: int) -> None:
    """Have rows told again that may go with what a worker of before an erasure still brings."""
    for email in erased.unsettled(now):
        for one in given:
            mine = [(row, at) for row, at in zip(one.rows, one.received, strict=True) if row.email == email]
            for at in {at for _, at in mine}:
                erasures.keep(email, (row.message() for row, when in mine if when == at), at, now)


def _told(
    given: Mapping[int, RowMessage], tell: Callable[[Sequence[RowMessage]], None]
) -> dict[int, Exception]:
    """Tell of messages, given by their places, those of one run together; return which failed, and why.

    When that fails for something about one of them, each is told of by itself.
    """
    failed: dict[int, Exception] = {}
    for numbers in _by_sender(given):
        try:
            tell([given[number] for number in numbers])
        except Exception as error:  # noqa: BLE001 - what cannot be told of one message must not cost the others
            if len(numbers) == 1 or isinstance(error, TransientError):
                failed |= dict.fromkeys(numbers, error)
                continue
            for number in numbers:
                failed |= _told({number: given[number]}, tell)
    return failed


def _by_sender(given: Mapping[int, RowMessage]) -> list[list[int]]:
    """The places of messages of one run, or of one job outside a run; those of nobody are left out."""
    places: dict[tuple[str | None, str | None], list[int]] = {}
    for number, one in given.items():
        sender = (one.unit["job"], one.unit["run"]) if one.unit else (one.job, None)
        if sender[0] is not None:
            places.setdefault(sender, []).append(number)
    return list(places.values())


def _report(stored: Sequence[RowMessage], progress: Listener, now: int) -> None:
    """Tell what became of one sender's messages that are stored."""
    if stored[0].unit:
        progress.stored(
            [Stored(one.unit, one.counts, one.rejections, +one.new) for one in stored if one.unit], now
        )
    elif stored[0].job and (refused := [bad for one in stored for bad in one.rejections]):
        progress.refused(stored[0].job, refused, now)


def _count_new(failed: Iterable[RowMessage], progress: Listener, now: int) -> None:
    """Tell of the new rows in messages that come again. What cannot be told is not counted."""
    for one in failed:
        try:
            if one.unit and one.new:
                progress.brought(one.unit, +one.new, now)
        except TransientError:
            return  # patience is had once, not for each
        except Exception as error:
            logger.warning("new rows could not be counted", exc_info=error)


def _give_up(lost: Sequence[RowMessage], progress: Listener, now: int) -> None:
    if units := [one.unit for one in lost if one.unit]:
        progress.lost(units, now)
