"""Which changes of a list are our own export's writes coming back, and not what somebody did.

Before each import call the export leaves a note of whom it sends and what; a webhook's event that tells just
that, at that time, is its echo, once. The rule, its window and its limits:
`docs/decisions/0031-echo-rule.md`. A note holds hashes only.

Items in partition `echo#<list>`: `sent#<time>#<call>` holds 16 bytes per person (whom, what),
`used#<time>#<nonce>` holds 24 bytes per echo (whom, which event, which call). Both expire.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lytics_cm.addresses import folded
from lytics_cm.campaign_monitor.fields import field_identity
from lytics_cm.dynamodb import pages
from lytics_cm.store.schema import ECHO, SENT, USED, Kind
from lytics_cm.subscriptions import SUBSCRIBE, UPDATE, Change

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

type Json = dict[str, Any]

MINUTE = 60_000
BEFORE = 2 * MINUTE
"""An event's time may lie so much before our call: it is cut to the minute, and clocks differ."""
AFTER = 5 * MINUTE
"""And so much after: the longest call, the vendor's queue, clocks."""
KEEP = 9 * 24 * 3600 * 1000
"""A note outlives the week in which the vendor repeats a delivery."""

ECHOING = (SUBSCRIBE, UPDATE)
NAME = "name"
HASH_BYTES = 8
MAX_VALUE_CHARS = 250
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
DAY = re.compile(r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})([ T].*)?")


@dataclass(frozen=True, slots=True)
class Sent:
    """One import call: its id, when it began, the kinds of events it can cause, what it wrote, to whom."""

    call: bytes
    at: int
    kinds: Sequence[str]
    names: Sequence[str]
    people: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Claim:
    """An event that is the echo of a call."""

    whom: bytes
    event: bytes
    call: bytes


class Echoes:
    """The notes of all lists."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def remember(
        self, list_id: str, people: Iterable[Mapping[str, Any]], at: int, kinds: Sequence[str] = ECHOING
    ) -> dict[bytes, bytes]:
        """Note whom an import call is about to write, before each attempt; return what `forget` takes.

        People are `{email, name?, fields: {key: text, texts or None to clear}}`; `kinds` the events it can
        cause: on a list that confirms opt-ins only `update`, for a new person becomes active by a deed of
        their own.
        """
        groups: dict[tuple[str, ...], bytes] = {}
        for person in people:
            written = written_by(person.get("name"), person.get("fields", {}))
            names = tuple(sorted(written))
            groups[names] = groups.get(names, b"") + whom(person["email"]) + digest_of(written, names)
        calls: dict[bytes, bytes] = {}
        for names, packed in groups.items():
            call = os.urandom(HASH_BYTES)
            self._put(
                list_id,
                SENT.of(f"{at:013d}", call.hex()),
                {"people": packed, "names": list(names), "kinds": list(kinds)},
                at,
            )
            calls |= {_cut(packed, start, 1)[0]: call for start in range(0, len(packed), 2 * HASH_BYTES)}
        return calls

    def forget(self, list_id: str, calls: Mapping[bytes, bytes], emails: Iterable[str], at: int) -> None:
        """Say that a call did not write these people: the vendor refused them. `at` is the call's own."""
        people = [whom(email) for email in emails]
        nobodies = [Claim(who, bytes(HASH_BYTES), calls[who]) for who in people if who in calls]
        self._claim(list_id, nobodies, at)

    def recognise(self, list_id: str, changes: Sequence[Change], now: int) -> set[int]:
        """The indexes of the changes that are echoes; asked again about the same change, the same answer.

        One or two queries whatever the number of changes, and a write per minute in which echoes happened.
        """
        asked = [
            number
            for number, change in enumerate(changes)
            if change.event in ECHOING and abs(now - change.at) < KEEP
        ]
        if not asked:
            return set()
        first, last = min(changes[each].at for each in asked), max(changes[each].at for each in asked)
        wanted = {whom(changes[each].email) for each in asked}
        sent = [call for call in self._sent(list_id, first - AFTER, last + BEFORE, wanted) if call.people]
        if not sent:
            return set()
        span = BEFORE + AFTER
        used = list(self._used(list_id, first - span, last + span))
        found = match({each: changes[each] for each in asked}, sent, used)
        self._keep_claims(list_id, changes, found, used)
        return set(found)

    def _keep_claims(
        self, list_id: str, changes: Sequence[Change], found: Mapping[int, Claim], used: Sequence[Claim]
    ) -> None:
        known = set(used)
        by_minute: dict[int, list[Claim]] = {}
        for number, claim in found.items():
            if claim not in known:
                by_minute.setdefault(changes[number].at, []).append(claim)
        for minute, claims in by_minute.items():
            self._claim(list_id, claims, minute)

    def _claim(self, list_id: str, claims: Sequence[Claim], at: int) -> None:
        if claims:
            packed = b"".join(claim.whom + claim.event + claim.call for claim in claims)
            self._put(list_id, USED.of(f"{at:013d}", os.urandom(HASH_BYTES).hex()), {"claims": packed}, at)

    def _sent(self, list_id: str, first: int, last: int, wanted: set[bytes]) -> Iterator[Sent]:
        for item in self._between(list_id, SENT, first, last):
            _, at, call = item["item"].split("#")
            packed = bytes(item["people"])
            pairs = (_cut(packed, start, 2) for start in range(0, len(packed), 2 * HASH_BYTES))
            people = {one: what for one, what in pairs if one in wanted}
            yield Sent(bytes.fromhex(call), int(at), item["kinds"], item["names"], people)

    def _used(self, list_id: str, first: int, last: int) -> Iterator[Claim]:
        for item in self._between(list_id, USED, first, last):
            packed = bytes(item["claims"])
            for start in range(0, len(packed), 3 * HASH_BYTES):
                yield Claim(*_cut(packed, start, 3))

    def _between(self, list_id: str, kind: Kind, first: int, last: int) -> Iterator[Mapping[str, Any]]:
        request: Json = {
            "KeyConditionExpression": "job = :list AND #item BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#item": "item"},
            "ExpressionAttributeValues": {
                ":list": ECHO.of(list_id),
                ":first": kind.of(f"{max(0, first):013d}"),
                ":last": kind.of(f"{max(0, last):013d}", "~"),
            },
            "ConsistentRead": True,
        }
        for page in pages(self._table.query, **request):
            yield from page

    def _put(self, list_id: str, item: str, content: Mapping[str, Any], at: int) -> None:
        expires = (at + KEEP) // 1000
        self._table.put_item(Item={"job": ECHO.of(list_id), "item": item, "expires_at": expires, **content})


def match(changes: Mapping[int, Change], sent: Iterable[Sent], used: Iterable[Claim]) -> dict[int, Claim]:
    """Which changes echo which call: in time, as they were sent, the first of their kind per call."""
    calls = sorted(sent, key=lambda call: (call.at, call.call))
    taken = {(claim.whom, claim.call) for claim in used}
    told = {(claim.whom, claim.event): claim for claim in used}
    found = {}
    for number, change in sorted(changes.items(), key=lambda pair: (pair[1].at, pair[0])):
        who, event = whom(change.email), event_of(change)
        claim = told.get((who, event)) or _first(change, calls, taken)
        if claim:
            found[number] = told[who, event] = claim
            taken.add((who, claim.call))
    return found


def _first(change: Change, calls: Iterable[Sent], taken: set[tuple[bytes, bytes]]) -> Claim | None:
    who = whom(change.email)
    written = written_by(change.name, change.custom_fields)
    for call in calls:
        fits = call.at - BEFORE <= change.at <= call.at + AFTER and change.event in call.kinds
        if fits and (who, call.call) not in taken and call.people.get(who) == digest_of(written, call.names):
            return Claim(who, event_of(change), call.call)
    return None


def whom(email: str) -> bytes:
    return _hash(folded(email))


def event_of(change: Change) -> bytes:
    """A name for the event: the same when it is delivered again."""
    written = written_by(change.name, change.custom_fields)
    return _hash([change.event, change.at, sorted(written.items())])


def written_by(name: str | None, fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Name and custom fields as both sides agree: the vendor writes dates and numbers its own way."""
    written = {f"custom.{field_identity(key)}": _plain(value) for key, value in fields.items()}
    return written | ({NAME: _plain(name)} if name else {})


def digest_of(written: Mapping[str, list[str]], names: Sequence[str]) -> bytes:
    """What these columns hold; an absent one is empty."""
    return _hash([[name, written.get(name, [])] for name in names])


def _plain(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple | set) else [value]
    return sorted({text for one in values if one is not None and (text := _plain_one(str(one)))})


def _plain_one(text: str) -> str:
    text = " ".join(text[:MAX_VALUE_CHARS].split()).casefold()
    if day := DAY.fullmatch(text):
        return "".join(day.groups()[:3])
    return str(Decimal(text).normalize()) if NUMBER.fullmatch(text) else text


def _hash(what: Any) -> bytes:
    return hashlib.sha256(json.dumps(what).encode()).digest()[:HASH_BYTES]


def _cut(packed: bytes, start: int, parts: int) -> tuple[bytes, ...]:
    ends = range(start, start + parts * HASH_BYTES, HASH_BYTES)
    return tuple(packed[end : end + HASH_BYTES] for end in ends)
