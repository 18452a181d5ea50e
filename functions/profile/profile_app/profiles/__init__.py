"""Keeps rows as a set and profiles as folds of it: exact under any duplication, order, crash and company.

RowsTable has a person's rows packed into leaves (`leaves.py`), and what always holds is:

    A person's rows are the union of what the leaves of the root's life hold.

A profile is the fold of those that may be known, under the mapping in force. ProfilesTable has it as a plain
item, written behind.

- `arrivals.py`   decides what a write makes   - `reading.py`, `folding.py`  read rows and fold them
- `screening.py`  lets no forbidden row in     - `projection.py`             keeps the plain items
- `placing.py`    finds the leaves for rows    - `erasure.py`                forgets
- `writer.py`     writes them                  - `purge.py`                  takes out what may not be known
- `leaves.py`     packs and cuts               - `consents.py`               what people agreed to
- `snapshots.py`  decides which count          - `withholding.py`            what may be known
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from lytics_cm.clock import now
from lytics_cm.streams import Row
from profile_app.mappings import InForce
from profile_app.profiles.arrivals import Told
from profile_app.profiles.consents import NONE_TOLD
from profile_app.profiles.erasure import RowEraser
from profile_app.profiles.folding import Folder
from profile_app.profiles.leaves import ROOT, UNIT
from profile_app.profiles.projection import Projected, Projection
from profile_app.profiles.purge import Purge
from profile_app.profiles.reading import Leaves, Position, page_of, read_leaves
from profile_app.profiles.table import ItemKey, PeopleTable
from profile_app.profiles.withholding import HashKey, Withholding, no_key
from profile_app.profiles.writer import RowWriter
from profile_app.profiles.written import Written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from lytics_cm.dynamodb import Item
    from profile_app.lql import Mapping as Rules


@dataclass(frozen=True, slots=True)
class Tuning:
    """Sizes at which things happen; any are right, these are cheap."""

    leaf_bytes: int = UNIT
    """A leaf that outgrows this is cut: a write unit pays for so much."""
    pause: float = 0.02
    """The most seconds of a first wait for others."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A person, as the rows make them under the mapping in force; `updated_at` is epoch ms."""

    email: str
    fields: dict[str, Any]
    rows: int
    updated_at: int


NAME = "cm_name"
"""The field of a profile that has the person's name, in the default mapping."""
PLAIN = ("rows", "updated_at")


@dataclass(frozen=True, slots=True)
class PlainProfile:
    """What a plain item tells of a person in a list; `updated_at` is RFC 3339."""

    email: str
    name: str | None
    rows: int
    updated_at: str

    @classmethod
    def of(cls, item: Item) -> Self:
        name = item.get("fields", {}).get("M", {}).get(NAME, {}).get("S")
        return cls(item["email"]["S"], name, int(item["rows"]["N"]), item["updated_at"]["S"])


class Profiles:
    """The rows and profiles of all people.

    `threads` calls go out at once; `clock` tells epoch ms; `hash_key` gives the key that columns are hashed
    with.
    """

    def __init__(  # noqa: PLR0913 - two tables, and what decides about them
        self,
        client: DynamoDBClient,
        rows: str,
        plain: str,
        in_force: Callable[[], InForce],
        *,
        clock: Callable[[], int] = now,
        threads: int = 1,
        tuning: Tuning | None = None,
        folder: Folder | None = None,
        hash_key: HashKey = no_key,
    ) -> None:
        tuning = tuning or Tuning()
        self._table = PeopleTable(client, rows, threads, tuning.pause)
        self._plain = PeopleTable(client, plain, threads, tuning.pause)
        self._in_force = in_force
        self._clock = clock
        self._hash_key = hash_key
        self._writer = RowWriter(self._table, tuning.leaf_bytes, clock)
        self._folder = folder or Folder()
        self._projection = Projection(self._plain, self._table, in_force, clock, self._folder, hash_key)
        self._purge = Purge(self._table, clock)
        self._eraser = RowEraser(self._table, self._projection)

    def write(
        self,
        rows: Iterable[Row],
        runs: Mapping[str, str] | None = None,
        told: Mapping[str, Told] | None = None,
        again: Collection[str] = (),
    ) -> Written:
        """Add rows to the set, together, but those that may not be known.

        `runs` has the run that brings a person's rows, if one does; `told` are consents that were observed
        otherwise than in rows; `again` are the people whose rows a worker had who died, perhaps. Rows of the
        addresses named as failed may be in the set or not.
        """
        written = Written()
        withholding = Withholding.under(self._in_force().policies, self._clock(), self._hash_key)
        self._writer.write(rows, told or {}, runs or {}, withholding, again, written)
        # A leaf that was cut off in vain holds copies, and no root tells of it.
        for email in written.limited & (written.cut_in_vain | set(again)):
            written.guard(email, lambda email=email: self._purge.purge(email, withholding))  # type: ignore[misc]
        return written

    def project(self, emails: Iterable[str], *, is_live: bool = False) -> Projected:
        """Bring plain items up to the rows; of the `live` those wait that are large or in others' hands."""
        return self._projection.project(emails, is_live=is_live)

    def read(self, email: str) -> Profile | None:
        """The profile of an address; None when nothing is known of it."""
        leaves = read_leaves(self._table, email)
        if leaves is None:
            return None
        in_force = self._in_force()
        return self._folded(email, leaves, in_force.rules, self._withholding(in_force, leaves), self._folder)

    def compare(self, email: str, in_force: InForce, trial: Rules | None) -> list[Profile]:
        """The profile of an address as it is and, of the same rows, as other rules make it.

        Empty when nothing is known of it. Folds of the other rules are not remembered: nobody follows them.
        """
        leaves = read_leaves(self._table, email)
        if leaves is None:
            return []
        withholding = self._withholding(in_force, leaves)
        found = [
            self._folded(email, leaves, rules, withholding, folder)
            for rules, folder in ((in_force.rules, self._folder), (trial, Folder()))
            if rules is not None
        ]
        return [one for one in found if one is not None]

    def _folded(
        self, email: str, leaves: Leaves, rules: Rules, withholding: Withholding, folder: Folder
    ) -> Profile | None:
        folded = folder.fold(leaves, rules, withholding)
        if not folded.rows:
            return None
        fields = rules.render(folded.state) | withholding.fields()
        return Profile(email, fields, folded.rows, leaves.at)

    def beginning(
        self, prefix: str, most: int, after: str | None = None
    ) -> tuple[list[PlainProfile], str | None]:
        """The plain profiles of at most so many addresses that begin with a text, in no order.

        And the address to go on behind. A call reads a bounded part of the table, so it may find nobody and
        still say where to go on.
        """
        items, last = self._plain.beginning(prefix, PLAIN, NAME, most, after)
        return [PlainProfile.of(item) for item in items], last

    def rows(
        self, email: str, most: int | None = None, after: Position | None = None
    ) -> tuple[list[Row], Position | None]:
        """A page of an address' rows, newest first, and where the next page starts. Reads all of them."""
        leaves = read_leaves(self._table, email)
        if leaves is None:
            return [], None
        return page_of(leaves.rows(self._withholding(self._in_force(), leaves)), most, after)

    def consents(self, email: str) -> Withholding:
        """What is known of an address' consents, and what is withheld for them."""
        leaves = read_leaves(self._table, email)
        consents = leaves.consents if leaves else NONE_TOLD
        return Withholding.under(self._in_force().policies, self._clock(), self._hash_key)(consents)

    def _withholding(self, in_force: InForce, leaves: Leaves) -> Withholding:
        return Withholding.under(in_force.policies, self._clock(), self._hash_key)(leaves.consents)

    def erase(self, email: str) -> None:
        """Forget an address. Call `sweep` afterwards, and again when no worker of before can be alive."""
        self._eraser.erase(email)

    def sweep(self, email: str, most: int | None = None) -> bool:
        """Remove what an erased person left behind, `most` items or a page more; whether that was all."""
        return self._eraser.sweep(email, most)

    def people(
        self, segment: int, segments: int, start: ItemKey | None, limit: int
    ) -> tuple[list[str], ItemKey | None]:
        """One page of a segment of the whole table: addresses that are known, and where to go on."""
        return self._table.people(ROOT, segment, segments, start, limit)
