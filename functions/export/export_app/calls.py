"""Makes the import calls of an export: up to 1,000 people each, an outcome for everybody.

A refusal of a whole call that one person may have caused is narrowed down by halves, so that the others get through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from export_app.membership import Selections
from export_app.outcomes import Delivered, Later, Outcome, Refused, Renewed, of_row
from lytics_cm.campaign_monitor.writes import MAX_BATCH, Entry
from lytics_cm.errors import (
    AuthorizationRevoked,
    Conflict,
    NotFound,
    PermanentError,
    Rejected,
    TransientError,
)

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.echoes import Echoes

type Json = dict[str, Any]
type Outcomes = dict[str, Outcome]

NO_PERMISSION = 60


class Stopped(Exception):
    """The export cannot go on at all; the message is for the job."""


@dataclass(frozen=True, slots=True)
class Flags:
    """What Campaign Monitor wants to know per call, not per person."""

    resubscribe: bool = False
    queue_autoresponders: bool = False


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls to one list; `clock` gives epoch ms."""

    vendor: CampaignMonitor
    list_id: str
    echoes: Echoes
    clock: Callable[[], int]

    def deliver(
        self, entries: Iterable[Entry], flags: Flags, remains: Mapping[str, Selections] | None = None
    ) -> Iterator[Outcomes]:
        """Send people, yielding the outcomes of each call. After a call without an answer no more are made.

        `remains` are the options that the list has of each person afterwards, where the entry does not tell.
        """
        error: TransientError | None = None
        for batch in batched(entries, MAX_BATCH, strict=False):
            if error is not None:
                yield {entry.email: Later(error) for entry in batch}
                continue
            try:
                yield self._send(batch, flags, remains or {})
            except TransientError as failed:
                error = failed
                yield {entry.email: Later(failed) for entry in batch}

    def _send(self, batch: Sequence[Entry], flags: Flags, remains: Mapping[str, Selections]) -> Outcomes:
        try:
            return self._call(batch, flags, remains)
        except (AuthorizationRevoked, Conflict) as error:
            raise Stopped(f"{error}; then start the export") from error
        except NotFound as error:
            message = f"the list {self.list_id} is gone, or not for this account; make an export to another"
            raise Stopped(message) from error
        except Rejected as error:
            if error.code == NO_PERMISSION:
                raise Stopped(f"{error}; then start the export") from error
            if len(batch) == 1:
                return {batch[0].email: Refused(error.code, str(error))}
        half = len(batch) // 2
        return self._send(batch[:half], flags, remains) | self._send(batch[half:], flags, remains)

    def _call(self, batch: Sequence[Entry], flags: Flags, remains: Mapping[str, Selections]) -> Outcomes:
        at = self.clock()
        notes = self.echoes.remember(
            self.list_id, [written(entry, remains.get(entry.email, {})) for entry in batch], at
        )
        result = self.vendor.add_subscribers(
            self.list_id,
            batch,
            resubscribe=flags.resubscribe,
            queue_autoresponders=flags.queue_autoresponders,
        )
        good: Outcome = Renewed() if flags.resubscribe else Delivered()
        outcomes: Outcomes = {entry.email: good for entry in batch}
        spelled = {entry.email.casefold(): entry.email for entry in batch}
        for failure in result.failures:
            if email := spelled.get(failure.email.strip().casefold()):
                outcomes[email] = of_row(failure.code, failure.message)
        refused = [email for email, outcome in outcomes.items() if outcome is not good]
        if refused:
            self.echoes.forget(self.list_id, notes, refused, at)
        return outcomes

    def amend(self, entry: Entry) -> Outcome:
        """Change one inactive person, who stays inactive. One call."""
        self.echoes.remember(self.list_id, [written(entry, {})], self.clock())
        return self.ask(lambda: self.vendor.update_subscriber(self.list_id, entry)) or Delivered()

    def ask(self, call: Callable[[], object]) -> Outcome | None:
        """Make a call about one person; the outcome when it fails, None when it does not."""
        try:
            call()
        except TransientError as error:
            return Later(error)
        except PermanentError as error:
            return Refused(getattr(error, "code", None), str(error))
        return None


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
