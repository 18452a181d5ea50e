"""Keeps ProfilesTable: one plain item a person, for everybody who reads DynamoDB, written behind the rows.

An item has `email`, `fields` (a map of numbers, texts, lists and maps; times as RFC 3339), `rows`, `updated_at`, `as_of`
(when the rows were read), `mapping` (its digest), and `left_out` where fields would make it too large. `life`, `version`
and `since` say what it was made from: an item of more rows replaces one of fewer, one of a later mapping one of an
earlier. `bytes` is its size, about.

Every write of rows is followed by a projection that reads them later, so the item always ends as the exact profile:
what loses to a fuller item was not needed, and what loses for its older mapping is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lytics_cm.errors import LyticsCmError, Unavailable
from lytics_cm.lql.dates import parse_instant
from lytics_cm.lql.times import rfc3339
from lytics_cm.store.mappings import InForce
from lytics_cm.store.profile_leaves import ROOT
from lytics_cm.store.profile_reads import Person, read_person
from lytics_cm.store.rows_table import RowsTable, is_refusal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_BYTES = 300 * 1024
"""An item holds 400 KB; what would pass this is left out."""
LARGE_BYTES = 8 * 1024
"""An item above this is not written again at once: every write of it costs its size."""
REST_PER_KB, LONGEST_REST = 1000, 60_000
"""How long a large item rests after it was written, ms."""
MOST_DIGITS, LEAST, MOST = 38, -130, 125
"""Of DynamoDB's numbers: how many digits, and between which powers of ten."""
ROUNDS = 5
"""Times that others may be faster before the message goes back to its queue."""

NEWER = (
    "attribute_not_exists(email) OR #life <> :life OR (#since <= :since AND #version < :version)"
    " OR (#since < :since AND #version = :version)"
    " OR (#since = :since AND #version = :version AND #mapping <> :mapping)"
)


@dataclass(slots=True)
class Projected:
    """For whom it did not succeed, and why; and whose items are to be written in so many seconds."""

    failed: dict[str, Exception] = field(default_factory=dict)
    later: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of a plain item without its fields."""

    life: bytes
    version: int
    since: int
    mapping: str
    as_of: int
    bytes: int

    def is_ahead(self, person: Person, mapping: InForce) -> bool:
        """Whether it was made from as many rows at least, and as late a mapping."""
        if self.life != person.life or self.version < person.version or self.since < mapping.since:
            return False
        is_same = (self.version, self.since) == (person.version, mapping.since)
        return not is_same or self.mapping == mapping.rules.digest

    def rests_until(self) -> int:
        """Until when it is not written again at once, epoch ms."""
        if self.bytes <= LARGE_BYTES:
            return 0
        return self.as_of + min(LONGEST_REST, self.bytes * REST_PER_KB // 1024)


class Projection:
    """The plain profiles. `in_force` gives the mapping that profiles follow now, `clock` epoch ms."""

    def __init__(
        self,
        client: DynamoDBClient,
        name: str,
        rows: RowsTable,
        in_force: Callable[[], InForce],
        clock: Callable[[], int],
    ) -> None:
        self._client = client
        self._name = name
        self._rows = rows
        self._in_force = in_force
        self._clock = clock

    def project(self, emails: Iterable[str], *, is_live: bool = False) -> Projected:
        """Bring the items of these people up to their rows; large ones of the `live` that were written just now wait."""
        result = Projected()
        left = list(emails)
        for attempt in range(ROUNDS):
            if not left:
                return result
            self._rows.wait(attempt)
            outcomes = self._round(left, result, is_live=is_live)
            left = [email for email, is_done in zip(left, outcomes, strict=True) if not is_done]
        error = Unavailable("others changed this profile all the time; try later")
        result.failed |= dict.fromkeys(left, error)
        return result

    def forget(self, email: str) -> None:
        """Delete the item of a person who was erased, unless there is a new person by now."""
        mark = self._mark(email)
        if mark and mark.life != self._life(email):
            self._did(
                self._client.delete_item, {"Key": _key(email)}, "#life = :life", {":life": {"B": mark.life}}
            )

    def _round(self, emails: Sequence[str], result: Projected, *, is_live: bool) -> list[bool]:
        """Try everybody once, under one mapping; of whom nothing is left to do."""
        try:
            mapping = self._in_force()
        except (ClientError, BotoCoreError, LyticsCmError) as error:
            result.failed |= dict.fromkeys(emails, error)
            return [True] * len(emails)

        def guarded(email: str) -> bool:
            try:
                return self._try(email, mapping, result, is_live=is_live)
            except (ClientError, BotoCoreError, LyticsCmError) as error:
                result.failed[email] = error
                return True

        return self._rows.each(guarded, emails)

    def _try(self, email: str, mapping: InForce, result: Projected, *, is_live: bool) -> bool:
        mark, as_of = self._mark(email), self._clock()
        if is_live and mark and mark.rests_until() > as_of:
            result.later[email] = -(-(mark.rests_until() - as_of) // 1000)
            return True
        person = read_person(self._rows, email)
        if person is None:
            self.forget(email)
            return True
        if mark and mark.is_ahead(person, mapping):
            return True
        # An erasure may have come between reading and putting: then the item must not stay.
        return self._put(plain_item(person, mapping, as_of)) and self._life(email) == person.life

    def _mark(self, email: str) -> Mark | None:
        names = ("life", "version", "since", "mapping", "as_of", "bytes")
        answer = self._client.get_item(
            TableName=self._name,
            Key=_key(email),
            ConsistentRead=True,
            ProjectionExpression=", ".join(f"#{name}" for name in names),
            ExpressionAttributeNames={f"#{name}": name for name in names},
        )
        item: Any = answer.get("Item")
        if not item:
            return None
        return Mark(
            item["life"]["B"],
            int(item["version"]["N"]),
            int(item["since"]["N"]),
            item["mapping"]["S"],
            parse_instant(item["as_of"]["S"]),
            int(item["bytes"]["N"]),
        )

    def _life(self, email: str) -> bytes | None:
        root = self._rows.get((email, ROOT))
        return root["life"]["B"] if root else None

    def _put(self, item: dict[str, Any]) -> bool:
        values = {f":{name}": item[name] for name in ("life", "version", "since", "mapping")}
        return self._did(self._client.put_item, {"Item": item}, NEWER, values)

    def _did(self, call: Any, request: dict[str, Any], condition: str, values: Mapping[str, Any]) -> bool:
        names = {f"#{name[1:]}": name[1:] for name in values}
        try:
            call(
                TableName=self._name,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=dict(values),
                **request,
            )
        except ClientError as error:
            if is_refusal(error):
                return False
            raise
        return True


def plain_item(person: Person, mapping: InForce, as_of: int) -> dict[str, Any]:
    """The item of a person in DynamoDB's wire form; `as_of` is epoch ms."""
    shown = mapping.rules.render(mapping.rules.fold(person.rows))
    fields = {name: native(value) for name, value in shown.items()}
    sizes = {name: len(name.encode()) + size_of(value) for name, value in fields.items()}
    left_out: list[str] = []
    for name in sorted(sizes, key=lambda name: sizes[name], reverse=True):
        if sum(sizes.values()) <= MOST_BYTES:
            break
        left_out.append(name)
        del sizes[name], fields[name]
    return {
        "email": {"S": person.email},
        "fields": {"M": fields},
        "rows": {"N": str(len(person.rows))},
        "updated_at": {"S": rfc3339(person.at)},
        "as_of": {"S": rfc3339(as_of)},
        "mapping": {"S": mapping.rules.digest},
        "life": {"B": person.life},
        "version": {"N": str(person.version)},
        "since": {"N": str(mapping.since)},
        "bytes": {"N": str(sum(sizes.values()))},
        **({"left_out": {"L": [{"S": name} for name in sorted(left_out)]}} if left_out else {}),
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


def _key(email: str) -> Any:
    return {"email": {"S": email}}
