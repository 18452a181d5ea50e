"""Keeps ProfilesTable: one plain item a person, for everybody who reads DynamoDB, written behind the rows.

An item has `email`, `fields` (a map of numbers, texts, lists and maps; times as RFC 3339), `rows`,
`updated_at`, `as_of` (when the rows were read), `mapping` (its digest), and `left_out`: fields that would
make it too large. `life`, `version` and `since` say what it was made from: an item of more rows replaces one
of fewer, one of a later mapping one of an earlier. `bytes` is its size, about.

Every write of rows is followed by a projection that reads them later, so the item always ends as the exact
profile: what loses to a fuller item was not needed, and what loses for its older mapping is made again. For
the same reason it is the projection that purges: whoever stores what may not be known calls for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from lytics_cm.dynamodb import Item, Statement
from lytics_cm.errors import TransientError, Unavailable
from profile_app.lql import Mapping as Rules
from profile_app.lql.dates import parse_instant
from profile_app.lql.times import rfc3339
from profile_app.mappings import InForce
from profile_app.profiles.consents import Consents
from profile_app.profiles.folding import Folded, Folder
from profile_app.profiles.leaves import ROOT
from profile_app.profiles.purge import Purge
from profile_app.profiles.reading import Leaves, read_many
from profile_app.profiles.table import PeopleTable
from profile_app.profiles.withholding import HashKey, Withholding, day_of, grow_old

MOST_BYTES = 300 * 1024
"""An item holds 400 KB; what would pass this is left out."""
LARGE_BYTES = 8 * 1024
"""An item above this is not written again at once: every write of it costs its size."""
REST_PER_KB, LONGEST_REST = 1000, 60_000
"""How long a large item rests after it was written, ms."""
MOST_DIGITS, LEAST, MOST = 38, -130, 125
"""Of DynamoDB's numbers: how many digits, and between which powers of ten."""
ROUNDS, LIVE_ROUNDS = 5, 2
"""Times that others may be faster before the message goes back to its queue, or a live write is put off."""
PUT_OFF_SECONDS = 1
"""Whose rows many workers write at once has one item for all that they bring."""

MARKS = ("life", "version", "since", "mapping", "as_of", "bytes")


@dataclass(slots=True)
class Projected:
    """For whom it did not succeed, and why; and whose items are to be written in so many seconds.

    `failed` may succeed another time. `broken` are those of whom the mapping makes no item: trying again is
    of no use.
    """

    failed: dict[str, Exception] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    later: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """What items are made under: the mapping and what is withheld, in force `since`, read `as_of` (epoch ms)."""

    rules: Rules
    since: int
    as_of: int
    withholding: Callable[[Consents], Withholding]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of a plain item without its fields."""

    life: bytes
    version: int
    since: int
    mapping: str
    as_of: int
    bytes: int

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(
            item["life"]["B"],
            int(item["version"]["N"]),
            int(item["since"]["N"]),
            item["mapping"]["S"],
            parse_instant(item["as_of"]["S"]),
            int(item["bytes"]["N"]),
        )

    @property
    def claims(self) -> Item:
        """What a write in its place demands: that nobody else was there meanwhile."""
        return {
            "life": {"B": self.life},
            "version": {"N": str(self.version)},
            "since": {"N": str(self.since)},
            "mapping": {"S": self.mapping},
        }

    def rests_until(self) -> int:
        """Until when it is not written again at once, epoch ms."""
        if self.bytes <= LARGE_BYTES:
            return 0
        return self.as_of + min(LONGEST_REST, self.bytes * REST_PER_KB // 1024)


def is_done(person: Leaves, mark: Mark | None, frame: Frame) -> bool:
    """Whether the item was made from as many rows at least, and as late a mapping."""
    if mark is None or mark.life != person.life or mark.version < person.version or mark.since < frame.since:
        return False
    is_same = (mark.version, mark.since) == (person.version, frame.since)
    return not is_same or mark.mapping == frame.rules.digest


def is_early(person: Leaves, mark: Mark | None, frame: Frame) -> bool:
    """Whether the item was made under a later mapping than we know of."""
    return mark is not None and mark.life == person.life and mark.since > frame.since


class Projection:
    """The plain profiles. `in_force` gives the mapping that profiles follow now, `clock` epoch ms."""

    def __init__(
        self,
        plain: PeopleTable,
        rows: PeopleTable,
        in_force: Callable[[], InForce],
        clock: Callable[[], int],
        folder: Folder,
        hash_key: HashKey,
    ) -> None:
        self._hash_key = hash_key
        self._purge = Purge(rows, clock)
        self._plain = plain
        self._rows = rows
        self._in_force = in_force
        self._clock = clock
        self._folder = folder

    def project(self, emails: Iterable[str], *, is_live: bool = False) -> Projected:
        """Bring the items of these people up to their rows.

        Of the `live` those wait whose items are large and were written just now, or are written by others all
        the time.
        """
        result = Projected()
        left = sorted(set(emails))
        for attempt in range(LIVE_ROUNDS if is_live else ROUNDS):
            if not left:
                return result
            self._rows.wait(attempt)
            try:
                left = self._round(left, result, is_live=is_live)
            except (ClientError, BotoCoreError, TransientError) as error:
                result.failed |= dict.fromkeys(left, error)
                return result
        if is_live:
            for email in left:
                self.forget(email)  # who was erased meanwhile must not wait
            result.later |= dict.fromkeys(left, PUT_OFF_SECONDS)
        else:
            busy = Unavailable("others changed this profile all the time; try later")
            result.failed |= dict.fromkeys(left, busy)
        return result

    def forget(self, email: str) -> None:
        """Delete the item of a person who was erased, unless there is a new person by now."""
        item = self._plain.get_many([(email,)], MARKS).get((email,))
        root = self._rows.get((email, ROOT))
        if item and (root is None or root["life"]["B"] != item["life"]["B"]):
            self._plain.delete((email,), item["life"])

    def _round(self, emails: Sequence[str], result: Projected, *, is_live: bool) -> list[str]:
        """Try everybody once, under one mapping; return who must be tried again.

        Of whom something is hidden that may not be stored, no item is written before that is removed: else
        nobody would look again after a worker has died.
        """
        marks = {
            email: Mark.of(item)
            for (email,), item in self._plain.get_many([(email,) for email in emails], MARKS).items()
        }
        frame = self._frame()
        rests = {email: mark.rests_until() - frame.as_of for email, mark in marks.items() if is_live}
        result.later |= {email: -(-rest // 1000) for email, rest in rests.items() if rest > 0}
        wanted = [email for email in emails if email not in result.later]
        people = read_many(self._rows, wanted)
        for email in wanted:
            if email not in people and email in marks:
                self.forget(email)
        people = {
            email: person for email, person in people.items() if not is_done(person, marks.get(email), frame)
        }
        early = [email for email, person in people.items() if is_early(person, marks.get(email), frame)]
        items, hiding = self._made(
            {email: people[email] for email in people if email not in early}, marks, frame, result
        )
        for email, person in people.items():
            if email not in items and _is_of_another(marks.get(email), person):
                self.forget(email)
        self._rows.each(lambda email: self._purge.purge(email, frame.withholding), hiding)
        return early + hiding + self._put(items, marks, people, result)

    def _made(
        self, people: Mapping[str, Leaves], marks: Mapping[str, Mark], frame: Frame, result: Projected
    ) -> tuple[dict[str, Item], list[str]]:
        """The items of people, but of those of whom something is hidden that may not be stored."""
        items: dict[str, Item] = {}
        hiding = []
        for email, person in people.items():
            try:
                withholding = frame.withholding(person.consents)
                folded = self._folder.fold(person, frame.rules, withholding)
                if folded.hides:
                    hiding.append(email)
                elif folded.rows or (email in marks and not _is_of_another(marks[email], person)):
                    items[email] = plain_item(person, folded, frame, withholding)
            except Exception as error:  # noqa: BLE001 - what a mapping makes of one person must not cost the others
                result.broken[email] = error
        return items, hiding

    def _frame(self) -> Frame:
        """What items are made under now."""
        mapping, as_of = self._in_force(), self._clock()
        since = max(mapping.since, day_of(as_of) if grow_old(mapping.policies.values()) else 0)
        withholding = Withholding.under(mapping.policies, as_of, self._hash_key)
        return Frame(mapping.rules, since, as_of, withholding)

    def _put(
        self,
        items: Mapping[str, Item],
        marks: Mapping[str, Mark],
        people: Mapping[str, Leaves],
        result: Projected,
    ) -> list[str]:
        """Write items where nothing happened meanwhile; return of whom they were not, or must not stay."""
        outcomes = self._plain.write_each([_write(item, marks.get(email)) for email, item in items.items()])
        done = dict(zip(items, outcomes, strict=True))
        result.failed |= {email: one for email, one in done.items() if isinstance(one, Exception)}
        written = [email for email, outcome in done.items() if outcome is True]
        # An erasure may have come between reading and writing: then the item must not stay.
        roots = self._rows.get_many([(email, ROOT) for email in written], ("life",))
        lives = {email: root["life"]["B"] for (email, _), root in roots.items()}
        erased = [email for email in written if lives.get(email) != people[email].life]
        return erased + [email for email, outcome in done.items() if outcome is False]


def _is_of_another(mark: Mark | None, person: Leaves) -> bool:
    """Whether an item was made of somebody who was erased, before this person came."""
    return mark is not None and mark.life != person.life


def _write(item: Item, mark: Mark | None) -> Statement:
    """The item over what was read."""
    if mark is None:
        return Statement.insert(item)
    sets = {name: value for name, value in item.items() if name != "email"}
    return Statement.change({"email": item["email"]}, sets, mark.claims)


def plain_item(person: Leaves, folded: Folded, frame: Frame, withholding: Withholding) -> dict[str, Any]:
    """The item of a person in DynamoDB's wire form; whose rows are all gone has no fields."""
    made = frame.rules.render(folded.state) | withholding.fields() if folded.rows else {}
    fields = {name: native(value) for name, value in made.items()}
    sizes = {name: len(name.encode()) + size_of(value) for name, value in fields.items()}
    left_out: list[str] = []
    for name in sorted(sizes, key=lambda name: sizes[name], reverse=True):
        if sum(sizes.values()) <= MOST_BYTES:
            break
        left_out.append(name)
        del sizes[name], fields[name]
    return {
        "email": person.items[0]["email"],
        "fields": {"M": fields},
        "rows": {"N": str(folded.rows)},
        "updated_at": {"S": rfc3339(person.at)},
        "as_of": {"S": rfc3339(frame.as_of)},
        "mapping": {"S": frame.rules.digest},
        "life": {"B": person.life},
        "version": {"N": str(person.version)},
        "since": {"N": str(frame.since)},
        "bytes": {"N": str(sum(sizes.values()))},
        "left_out": {"L": [{"S": name} for name in sorted(left_out)]},
    }


def native(value: Any) -> dict[str, Any]:
    """A profile's value in DynamoDB's types; a number that these cannot hold as text."""
    match value:
        case bool():
            return {"BOOL": value}
        case int() | float():
            number = Decimal(repr(value))
            is_short = number.is_finite() and len(number.as_tuple().digits) <= MOST_DIGITS
            return {"N" if is_short and LEAST <= number.adjusted() <= MOST else "S": str(value)}
        case list():
            return {"L": [native(one) for one in value]}
        case dict():
            return {"M": {name: native(one) for name, one in value.items() if name}}
        case None:
            return {"NULL": True}
    return {"S": str(value)}


def size_of(value: Mapping[str, Any]) -> int:
    """Bytes of a value, about as DynamoDB counts them."""
    ((kind, inner),) = value.items()
    if kind == "L":
        return 3 + sum(1 + size_of(one) for one in inner)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + size_of(one) for name, one in inner.items())
    return len(inner.encode()) if isinstance(inner, str) else 1
