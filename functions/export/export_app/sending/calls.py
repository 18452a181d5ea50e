"""Makes one worker's calls to a list: up to 1,000 people each, an outcome for everybody.

A refusal of a whole call that one person may have caused is narrowed down by halves, so that the others get
through; so is an answer that does not tell who was written, until it is known of everybody. After a call
without an answer, late in the worker's life, and when the export is stopped meanwhile, no more are made: who
is left is sent by another worker, or when the export is started again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from export_app.dependencies import Dependencies
from export_app.job import ExportJob
from export_app.people.membership import Selections
from export_app.people.outcomes import (
    Delivered,
    Gone,
    Later,
    Outcome,
    Outcomes,
    Refused,
    Renewed,
    outcomes_of,
)
from export_app.sending.round import Flags
from lytics_cm.addresses import folded
from lytics_cm.campaign_monitor.writes import Entry
from lytics_cm.errors import (
    AuthorizationRevoked,
    Conflict,
    NotFound,
    PermanentError,
    RateLimited,
    TransientError,
)
from lytics_cm.store.echoes import ECHOING
from lytics_cm.subscriptions import UPDATE

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import Page, Subscriber

type Json = dict[str, Any]

NO_PERMISSION = 60
IMPORT = 1
"""Calls for up to 1,000 people, once they are known to be there."""
MOST_PAGES = 100
"""Of a list of 100,000 people; reading more would take longer than a worker has."""
MOST_SINGLES = 500
"""Calls about one person that one worker makes; the others wait for the next."""


class Stopped(Exception):
    """The export cannot go on at all; the message is for the job."""


@dataclass(slots=True)
class Calls:
    """The calls of an export to its list, until `until` (epoch ms) and while the export sends alike.

    `made` is how many were made.
    """

    dependencies: Dependencies
    vendor: CampaignMonitor
    job: ExportJob
    until: int
    trouble: TransientError | None = field(default=None, init=False)
    singles: int = field(default=0, init=False)
    made: int = field(default=0, init=False)

    def send(
        self, people: Sequence[Entry], flags: Flags, remains: Mapping[str, Selections] | None = None
    ) -> Outcomes:
        """Send the people of one call.

        `remains` are the options that the list has of each person afterwards, where the entry does not tell.
        """
        if not self._is_wanted():
            return {entry.email: Later() for entry in people}
        return self._send(people, flags, remains or {})

    def find_each(self, emails: Iterable[str]) -> dict[str, Subscriber | Later | Refused | None]:
        """People as the list has them; None whom it does not have. One call each."""
        return {email: self._find(email) for email in emails}

    def amend_each(self, entries: Sequence[Entry]) -> Outcomes:
        """Change people who are on the list, in whatever state; nobody is added. One call each."""
        is_wanted = bool(entries) and self._is_wanted()
        return {entry.email: self._amend(entry) if is_wanted else Later() for entry in entries}

    def there(self, emails: Collection[str]) -> set[str]:
        """Who of these people is active on the list, if that costs fewer calls than changing each.

        A thousand people a call, by address. Who is not found may be there all the same.
        """
        missing, found = set(emails), set[str]()
        page, pages = 0, 1
        while page < pages <= MOST_PAGES and len(missing) > pages - page + IMPORT:
            page += 1
            answer = self.of_list(partial(self._active, page))
            if isinstance(answer, Later | Refused):
                break
            pages = answer.pages
            found |= missing & {folded(person.email) for person in answer.records}
            missing -= found
        return found

    def _active(self, page: int, _: int) -> Page[Subscriber]:
        return self.vendor.subscribers(self.job.list_id, "active", page)

    def _is_wanted(self) -> bool:
        """Whether more calls are made: not once the export is stopped, or is to have another schema."""
        try:
            return self.dependencies.job(self.job.id).sends_like(self.job)
        except NotFound:
            return False

    def _send(self, people: Sequence[Entry], flags: Flags, remains: Mapping[str, Selections]) -> Outcomes:
        outcome = self.of_list(lambda at: self._import(people, flags, remains, at), writes=True)
        if isinstance(outcome, dict):
            doubtful = [entry for entry in people if entry.email not in outcome]
            return outcome | doubted(self._by_halves(doubtful, flags, remains)) if doubtful else outcome
        if isinstance(outcome, Refused) and len(people) > 1:
            return self._by_halves(people, flags, remains)
        return {entry.email: outcome for entry in people}

    def _by_halves(
        self, people: Sequence[Entry], flags: Flags, remains: Mapping[str, Selections]
    ) -> Outcomes:
        middle = len(people) // 2
        halves = [half for half in (people[:middle], people[middle:]) if half]
        return {email: one for half in halves for email, one in self._send(half, flags, remains).items()}

    def _import(
        self, people: Sequence[Entry], flags: Flags, remains: Mapping[str, Selections], at: int
    ) -> Outcomes:
        """Make one call; who is missing in the answer may have been refused under another name."""
        emails = [entry.email for entry in people]
        notes = self._remember([written(entry, remains.get(entry.email, {})) for entry in people], at)
        try:
            result = self.vendor.add_subscribers(
                self.job.list_id,
                people,
                resubscribe=flags.resubscribe,
                queue_autoresponders=flags.queue_autoresponders,
            )
        except (RateLimited, PermanentError):  # nothing was written, so nothing comes back
            self._forget(notes, emails, at)
            raise
        good: Outcome = Renewed() if flags.resubscribe else Delivered()
        outcomes = outcomes_of(emails, result, good)
        if refused := [email for email, outcome in outcomes.items() if outcome is not good]:
            self._forget(notes, refused, at)
        return outcomes

    def _find(self, email: str) -> Subscriber | Later | Refused | None:
        try:
            return self.single(lambda _: self.vendor.subscriber(self.job.list_id, email))
        except NotFound:
            return None

    def _amend(self, entry: Entry) -> Outcome:
        try:
            return self.single(lambda at: self._update(entry, at), writes=True)
        except NotFound:
            return Gone()

    def _update(self, entry: Entry, at: int) -> Delivered:
        notes = self._remember([written(entry, {})], at)
        try:
            self.vendor.update_subscriber(self.job.list_id, entry)
        except (RateLimited, PermanentError):
            self._forget(notes, [entry.email], at)
            raise
        return Delivered()

    def _remember(self, people: Sequence[Json], at: int) -> dict[bytes, bytes]:
        """Note whom a call is about to write, so that what comes back of it is known."""
        kinds = (UPDATE,) if self.job.confirmed_opt_in else ECHOING
        return self.dependencies.echoes.remember(self.job.list_id, people, at, kinds)

    def _forget(self, notes: Mapping[bytes, bytes], emails: Sequence[str], at: int) -> None:
        self.dependencies.echoes.forget(self.job.list_id, notes, emails, at)

    def single[T](self, call: Callable[[int], T], *, writes: bool = False) -> T | Later | Refused:
        """Make a call about one person, if any more are made. Raises `NotFound` for a person as for a list."""
        if self.singles >= MOST_SINGLES:
            return Later()
        self.singles += 1
        return self.ask(call, writes=writes)

    def of_list[T](self, call: Callable[[int], T], *, writes: bool = False) -> T | Later | Refused:
        """Make a call that is about the list and nobody on it."""
        try:
            return self.ask(call, writes=writes)
        except NotFound as error:
            remedy = "make an export to another"
            raise Stopped(
                f"the list {self.job.list_id} is gone, or not for this account; {remedy}"
            ) from error

    def ask[T](self, call: Callable[[int], T], *, writes: bool = False) -> T | Later | Refused:
        """Make a call at this time, if any are still made; it is in doubt what one that `writes` has done.

        Raises `NotFound`, which means the list or a person, and `Stopped`.
        """
        at = self.dependencies.clock()
        if self.trouble or at > self.until:
            return Later(self.trouble)
        self.made += 1
        try:
            return call(at)
        except TransientError as error:
            self.trouble = error
            return Later(error, is_in_doubt=writes and not isinstance(error, RateLimited))
        except NotFound:
            raise
        except PermanentError as error:
            code = getattr(error, "code", None)
            if isinstance(error, AuthorizationRevoked):
                raise Stopped(str(error)) from error
            if isinstance(error, Conflict) or code == NO_PERMISSION:
                raise Stopped(f"{error}; then start the export") from error
            return Refused(code, str(error))


def doubted(outcomes: Outcomes) -> Outcomes:
    """Outcomes of people whom an earlier call may have written."""
    return {
        email: replace(one, is_in_doubt=True) if isinstance(one, Later) else one
        for email, one in outcomes.items()
    }


def written(entry: Entry, remains: Selections) -> Json:
    """What the list has of a person after a call, as the notes on echoes want it."""
    fields: dict[str, Any] = {}
    if remains:
        return {"email": entry.email, "fields": {key: list(options) for key, options in remains.items()}}
    for value in entry.fields:
        if value.clear:
            fields[value.key] = None
        else:
            fields[value.key] = [*(fields.get(value.key) or []), value.value]
    return {"email": entry.email, "name": entry.name, "fields": fields}
