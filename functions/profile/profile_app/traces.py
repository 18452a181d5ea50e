"""Everything kept of a person, besides tombstones: gathers it, removes what is older than an erasure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from lytics_cm.store.failures import erase_failures, failures_of
from lytics_cm.store.jobs import Jobs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.store.jobs import Job
    from lytics_cm.store.ledger import Entry
    from lytics_cm.store.membership import Kept
    from lytics_cm.store.memberships import Memberships
    from lytics_cm.streams import Row
    from profile_app.profiles import Profile, Profiles
    from profile_app.profiles.reading import Position
    from profile_app.profiles.withholding import Withholding

type Json = dict[str, Any]

MOST_BYTES = 4_500_000
"""Of one answer: Lambda takes 6 MB. Rows fill what the rest leaves, and there is always one."""
MOST_ENTRIES = 200
"""Of a person in one export's ledger: each is a read. `GET /exports/{id}/ledger?email=` pages through all."""


@dataclass(slots=True)
class Traces:
    """What is kept of one person: `rows` are those after a position, as many as an answer can hold.

    `left` is how many rows follow, `last` where the last one stands if any does. `ledger` has the latest
    entries of each export.
    """

    email: str
    profile: Profile | None
    memberships: Mapping[str, Kept]
    failures: list[Json]
    exports: Mapping[str, Job]
    consents: Withholding
    ledger: Mapping[str, list[Entry]]
    rows: list[Row] = field(default_factory=list)
    left: int = 0
    last: Position | None = None

    @property
    def bytes(self) -> int:
        """How much all but the rows is, in JSON."""
        members = [[kept.record.state, kept.failure] for kept in self.memberships.values()]
        fields = self.profile.fields if self.profile else {}
        entries = [entry.to_json() for mine in self.ledger.values() for entry in mine]
        return len(json.dumps([fields, members, self.failures, entries]))

    @property
    def are_any(self) -> bool:
        return bool(self.profile or self.memberships or self.failures or self.consents.consents.clients)


@dataclass(frozen=True, slots=True)
class Archive:
    """Where traces are."""

    profiles: Profiles
    memberships: Memberships
    jobs: Table

    def traces(self, email: str, now: int, after: Position | None = None, shown: int = 0) -> Traces:
        """All of a person; of the rows those after a position, when `shown` were told before."""
        exports = self._exports()
        memberships = self.memberships.of(email, exports)
        found = Traces(
            email,
            self.profiles.read(email),
            memberships,
            list(failures_of(self.jobs, email)),
            exports,
            self.profiles.consents(email),
            {}
            if after
            else {export: self._entries(export, kept, now) for export, kept in memberships.items()},
        )
        found.rows, found.last = self._rows(email, after, MOST_BYTES - found.bytes)
        total = found.profile.rows if found.profile else 0
        found.left = max(0, total - shown - len(found.rows)) if found.last else 0
        return found

    def memberships_of(self, email: str) -> tuple[Mapping[str, Kept], Mapping[str, Job]]:
        """What exports know of a person, by export, and all exports that there are."""
        exports = self._exports()
        return self.memberships.of(email, exports), exports

    def knows(self, email: str) -> bool:
        """Whether anything is known of a person besides what exports know."""
        return bool(
            self.profiles.consents(email).consents.clients
            or self.profiles.read(email)
            or any(failures_of(self.jobs, email))
        )

    def erase(self, email: str, until: int) -> Counter[str]:
        """Remove memberships, failures and entries of ledgers that are not younger than `until` (epoch ms).

        Count what was. Repeatable.
        """
        erased = self.memberships.erase(email, self._exports(), until)
        erased["failures"] += erase_failures(self.jobs, email, until)
        return erased

    def _entries(self, export: str, kept: Kept, now: int) -> list[Entry]:
        record = kept.record
        return list(
            islice(self.memberships.ledger.of(export, record.email, record.latest, now), MOST_ENTRIES)
        )

    def _exports(self) -> dict[str, Job]:
        return {job["id"]: job for job in Jobs(self.jobs, "export").all()}

    def _rows(self, email: str, after: Position | None, most: int) -> tuple[list[Row], Position | None]:
        rows, _ = self.profiles.rows(email, after=after)
        size = 0
        for number, row in enumerate(rows):
            size += len(json.dumps(dict(row.fields))) + 100
            if number and size > most:
                return rows[:number], (rows[number - 1].ts, rows[number - 1].key)
        return rows, None
