"""Makes one worker's calls to a list: up to 1,000 people each, an outcome for everybody.

A refusal of a whole call that one person may have caused is narrowed down by halves, so that the others get through;
so is an answer that does not tell who was written, until it is known of everybody.
After a call without an answer, late in the worker's life, and when the export is stopped meanwhile, no more are made:
who is left is sent by another worker, or when the export is started again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from export_app.dependencies import Dependencies, is_sending
from export_app.people.desired import ListSchema
from export_app.people.membership import Selections
from export_app.people.outcomes import Delivered, Gone, Later, Outcome, Outcomes, Refused, Renewed, of_row
from export_app.sending.round import Flags
from lytics_cm.addresses import folded, named
from lytics_cm.campaign_monitor.writes import Entry, ImportResult
from lytics_cm.errors import (
    AuthorizationRevoked,
    Conflict,
    NotFound,
    PermanentError,
    RateLimited,
    TransientError,
)
from lytics_cm.store.echoes import ECHOING
from lytics_cm.store.jobs import Job
from lytics_cm.subscriptions import UPDATE

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import Subscriber

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
    """The calls of an export to its list, until `until` (epoch ms) and while it sends by the same schema."""

    dependencies: Dependencies
    vendor: CampaignMonitor
    job: Job
    schema: ListSchema
    until: int
    trouble: TransientError | None = field(default=None, init=False)
    singles: int = field(default=0, init=False)

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
        """Change people who are on the list, in whatever state, and stay in it; nobody is added. One call each."""
        is_wanted = bool(entries) and self._is_wanted()
        return {entry.email: self._amend(entry) if is_wanted else Later() for entry in entries}

    def there(self, emails: Collection[str]) -> set[str]:
        """Who of these people is active on the list, as far as it costs fewer calls than changing them one by one.

        A thousand people a call, by address. Who is not found may be there all the same.
        """
        missing, found = set(emails), set[str]()
        page, pages = 0, 1
        while page < pages <= MOST_PAGES and len(missing) > pages - page + IMPORT:
            page += 1
            answer = self._of_list(lambda page=page: self.vendor.subscribers(self.job["list_id"], "active", page))  # type: ignore[misc]
            if isinstance(answer, Later | Refused):
                break
            pages = answer.pages
            found |= missing & {folded(person.email) for person in answer.records}
            missing -= found
        return found

    def _is_wanted(self) -> bool:
        """Whether more calls are made: not once the export is stopped, or is to have another schema."""
        try:
            job = self.dependencies.jobs.get(self.job["id"])
        except NotFound:
            return False
        return is_sending(job) and ListSchema.of(job) == self.schema

    def _send(self, people: Sequence[Entry], flags: Flags, remains: Mapping[str, Selections]) -> Outcomes:
        outcome = self._of_list(lambda: self._import(people, flags, remains))
        if isinstance(outcome, dict):
            doubtful = [entry for entry in people if entry.email not in outcome]
            return outcome | self._by_halves(doubtful, flags, remains)
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
        self, people: Sequence[Entry], flags: Flags, remains: Mapping[str, Selections]
    ) -> Outcomes:
        """Make one call; who is missing in the answer may have been the one whom it refused under another name."""
        with self._remembered([written(entry, remains.get(entry.email, {})) for entry in people]) as forget:
            result = self.vendor.add_subscribers(
                self.job["list_id"],
                people,
                resubscribe=flags.resubscribe,
                queue_autoresponders=flags.queue_autoresponders,
            )
            good: Outcome = Renewed() if flags.resubscribe else Delivered()
            outcomes = outcomes_of([entry.email for entry in people], result, good)
            forget([email for email, outcome in outcomes.items() if outcome is not good])
        return outcomes

    def _find(self, email: str) -> Subscriber | Later | Refused | None:
        try:
            return self._single(lambda: self.vendor.subscriber(self.job["list_id"], email))
        except NotFound:
            return None

    def _amend(self, entry: Entry) -> Outcome:
        try:
            return self._single(lambda: self._update(entry))
        except NotFound:
            return Gone()

    def _update(self, entry: Entry) -> Delivered:
        with self._remembered([written(entry, {})]):
            self.vendor.update_subscriber(self.job["list_id"], entry)
        return Delivered()

    @contextmanager
    def _remembered(self, people: Sequence[Json]) -> Iterator[Callable[[Sequence[str]], None]]:
        """Note whom a call writes, before it is made; what it gives takes back who was refused.

        Of a call that is refused as a whole nothing was written, so nothing comes back.
        """
        echoes, list_id, at = self.dependencies.echoes, self.job["list_id"], self.dependencies.clock()
        kinds = (UPDATE,) if self.job.get("confirmed_opt_in") else ECHOING
        notes = echoes.remember(list_id, people, at, kinds)

        def forget(emails: Sequence[str]) -> None:
            if emails:
                echoes.forget(list_id, notes, emails, at)

        try:
            yield forget
        except (RateLimited, PermanentError):
            forget([person["email"] for person in people])
            raise

    def _single[T](self, call: Callable[[], T]) -> T | Later | Refused:
        if self.singles >= MOST_SINGLES:
            return Later()
        self.singles += 1
        return self._ask(call)

    def _of_list[T](self, call: Callable[[], T]) -> T | Later | Refused:
        """Make a call that is about the list and nobody on it."""
        try:
            return self._ask(call)
        except NotFound as error:
            message = f"the list {self.job['list_id']} is gone, or not for this account; make an export to another"
            raise Stopped(message) from error

    def _ask[T](self, call: Callable[[], T]) -> T | Later | Refused:
        """Make a call, if any are still made. Raises `NotFound`, which means the list or a person, and `Stopped`."""
        if self.trouble or self.dependencies.clock() > self.until:
            return Later(self.trouble)
        try:
            return call()
        except TransientError as error:
            self.trouble = error
            return Later(error)
        except NotFound:
            raise
        except PermanentError as error:
            code = getattr(error, "code", None)
            if isinstance(error, AuthorizationRevoked):
                raise Stopped(str(error)) from error
            if isinstance(error, Conflict) or code == NO_PERMISSION:
                raise Stopped(f"{error}; then start the export") from error
            return Refused(code, str(error))


def outcomes_of(emails: Sequence[str], result: ImportResult, good: Outcome) -> Outcomes:
    """What became of the people of a call, as far as its answer tells: `good` for who is written.

    A refusal that names nobody of them may be anybody's, and of two whom Campaign Monitor took for one the first is
    not written: then only those are told of whom it refused by name. Of one person alone everything is certain.
    """
    refused = {named(failure.email): of_row(failure.code, failure.message) for failure in result.failures}
    outcomes = {email: refused.pop(email) for email in emails if email in refused}
    others = [email for email in emails if email not in outcomes]
    if len(emails) > 1 and (refused or result.duplicates):
        return outcomes
    return outcomes | dict.fromkeys(others, next(iter(refused.values()), good))


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
