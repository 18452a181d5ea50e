"""A leaf: some of a person's rows packed into one item of RowsTable, and how it is cut. Pure.

The items of a person lie under the address (`email`); the sort key (`key`) is `leaf#` and where the leaf
starts: the place of a row in the order of time and identity, nothing for the first leaf, the *root*. A row
belongs to the leaf with the greatest start that is not behind it. Snapshots lie where the newest rows are as
long as they are small, each with much to tell in a leaf of its own, behind all others: `leaf#~` and its key.
Its attributes:

    life   nonce of the person: leaves of another life than the root's are what an erasure left behind
    rev    how often the leaf was written; every write is conditional on it
    at     when something in it last changed that counts, epoch ms; never falls, whatever a writer's clock says
    more   on the root: there may be other leaves
    epoch  on the root: grows before and after leaves are taken away; odd while that is going on
    d      what the leaf holds, as JSON, deflated with a preset dictionary

What a leaf holds is one text, because its parts name the same lists, clients and runs:

    rows    each fact: ms since the one before, its columns, and which of its like it is
    states  the snapshots
    told    on the root: what is known of consents (see `consents.py`)
    run     of an import that brought rows last and called for the plain profile to be written, and until when
            that is under way, epoch ms

A person's rows are the union of what its leaves hold. A row that was stored is in a leaf at every moment, and
in two while a leaf is being cut; observations of one row are joined, so it counts once. Nothing else has to
hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Self

from lytics_cm.deflating import Codec
from lytics_cm.dynamodb import Item
from lytics_cm.streams import CM_ACTIVITY, YEAR_1, Row, join
from profile_app.profiles import snapshots
from profile_app.profiles.consents import NONE_TOLD, Consents
from profile_app.profiles.snapshots import Snapshot

type Facts = Sequence[Row]
"""Rows of `cm_activity` in a person's order. Their identities are worked out only where two share a
minute."""
type States = Mapping[str, Snapshot]
"""Snapshots of `cm_user` by key."""

LEAF = "leaf#"
ROOT = LEAF
"""The key of a person's first leaf, which is there as long as the person is."""
OWN = "~"
"""How a leaf starts that holds one snapshot; behind every place of a row."""
END = "leaf$"
"""Just behind all keys of leaves."""
MINUTE = 60_000
MINUTE_DIGITS = 10

UNIT = 1024
"""Bytes that a write unit pays for."""
OVERHEAD = 96
"""Bytes of a leaf's attributes beside the address and what it holds, at most (AWS: "DynamoDB item sizes and
formats")."""
LEAST = 64
"""Bytes of packed rows for which there is always room, whatever else is in a leaf."""
STATES = 0.4
"""Share of the leaf of the newest rows that snapshots may take: beyond, they have leaves of their own."""
FILLED = 0.9
"""Share of a leaf that is filled when it is cut: how well rows deflate can only be estimated."""
OBSERVATION_BYTES = 190 * 1024
"""The most that one observation of a row may take, deflated: two of them have room in one item (400 KB)."""

MOST_INFLATED = 2**30
"""Bytes that a leaf is never inflated beyond: nobody but us has written it."""
LEAVES = Codec(
    2,
    b'"latitude":"longitude":"bounce_type":"reason":"journey_id":"journey_name":"message_id":"source":"suppression '
    b'list"signup_ip":"old_email":"name":"custom.[],"status":"unsubscribed"bounced"deleted"unconfirmed"list_joined":"'
    b'"reads_email_with":"consent_to_track":"Unchanged"Yes"No""mobile":"hook","country":"Australia"United States"'
    b'region":"city":"Sydney"ip":"192.168.cc":"AU"US"GB"url":"https://www.?utm_source=email&utm_medium=email'
    b'&utm_campaign=&utm_content=.com/.html"lookup/export import run t subscribers/unsubscribed/active/1/row","u","n"'
    b',"y",17]],"run":[17,"t"]}},"told":{":[null,[17},"states":{"user#"status":"active":{"read":["list_name":"Newsletter"'
    b'list_id":"0123456789abcdef"client_name":"client_id":"campaign_name":"campaign_id":"event":"deactivate"unsubscribe"'
    b'spam"bounce"update"subscribe"sent"click"open"}],{"rows":[[17,{"event":"}]]',
)
"""What leaves look like, so that the first row of one deflates as well as the tenth."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf as it was read or shall be written; `rev` 0 is not stored yet."""

    email: str
    life: bytes
    start: str = ""
    facts: Facts = ()
    states: States = field(default_factory=dict)
    rev: int = 0
    at: int = 0
    more: bool = False
    due: int = 0
    run: str = ""
    consents: Consents = NONE_TOLD
    epoch: int = 0
    data: bytes = b""
    """All that it holds packed, if somebody has done that already."""

    @property
    def key(self) -> str:
        return LEAF + self.start

    @classmethod
    def of(cls, item: Item) -> Self:
        leaf = cls(
            email=item["email"]["S"],
            life=item["life"]["B"],
            start=item["key"]["S"].removeprefix(LEAF),
            rev=int(item["rev"]["N"]),
            at=int(item["at"]["N"]),
            more="more" in item,
            epoch=epoch_of(item),
        )
        return replace(leaf, **unpacked(leaf.email, item["d"]["B"]))

    def item(self) -> dict[str, Any]:
        """The leaf to be stored, as its next revision."""
        return {"email": {"S": self.email}, "key": {"S": self.key}, "life": {"B": self.life}} | self.changes()

    def changes(self) -> dict[str, Any]:
        """What a write sets."""
        return {
            "rev": {"N": str(self.rev + 1)},
            "at": {"N": str(self.at)},
            "d": {"B": self.data or packed(self)},
            **({"more": {"N": "1"}} if self.more else {}),
            **({"epoch": {"N": str(self.epoch)}} if self.epoch else {}),
        }


def epoch_of(root: Item) -> int:
    return int(root["epoch"]["N"]) if "epoch" in root else 0


def place_of(row: Row) -> str:
    """Where a fact stands among a person's: its minute, then its identity, as text that sorts."""
    _, time, identity = row.key.split("#")
    return f"{int(time) // MINUTE:010x}{identity}"


def minute_in(row: Row) -> int:
    """The minute of a fact, as it stands before everything else in its place."""
    return (row.ts + YEAR_1) // MINUTE


def packed(leaf: Leaf) -> bytes:
    """What a leaf holds as bytes; the address is left out where a row's column says the same."""
    parts = {
        "rows": _written(leaf.email, leaf.facts),
        "states": {key: one.shape for key, one in sorted(leaf.states.items())},
        "told": leaf.consents.shape,
        "run": [leaf.due, leaf.run] if leaf.due else (),
    }
    return LEAVES.deflate(_text({name: part for name, part in parts.items() if part}).encode())


def unpacked(email: str, data: bytes) -> dict[str, Any]:
    """What was packed, as fields of a leaf."""
    parts = json.loads(LEAVES.inflate(data, MOST_INFLATED))
    states = {key: Snapshot.parse(email, key, one) for key, one in parts.get("states", {}).items()}
    found: dict[str, Any] = {"facts": _read(email, parts.get("rows", ())), "states": states}
    if told := parts.get("told"):
        found["consents"] = Consents.parse(told)
    if run := parts.get("run"):
        found["due"], found["run"] = run
    return found


def fits(fields: Mapping[str, Any]) -> bool:
    """Two observations of it have room in one item, even if nothing in them can be deflated."""
    text = _text(fields)
    return len(text) <= OBSERVATION_BYTES or len(LEAVES.deflate(text.encode())) <= OBSERVATION_BYTES


def room(leaf: Leaf, leaf_bytes: int) -> int:
    """How many packed bytes make a leaf of that size, this one's address considered."""
    return max(LEAST, leaf_bytes - OVERHEAD - len(leaf.email.encode()))


@dataclass(slots=True)
class Union:
    """Facts of a leaf and those that arrived, as one, and what is new in it."""

    facts: list[Row]
    new: list[str] = field(default_factory=list)
    """The places of those that were not there."""
    amended: int = 0
    behind: int = 0
    """How many of the new ones come behind all that was there."""

    @property
    def stored(self) -> int:
        return len(self.new)

    def has_new(self, facts: Facts) -> bool:
        """Whether some of these facts were not there."""
        return not set(map(place_of, facts)).isdisjoint(self.new)


def union(facts: Facts, arrived: Mapping[str, Row]) -> Union:
    """Join facts, given in order, with some that are given by their places."""
    minutes = {minute_in(row) for row in arrived.values()}
    shared = {place_of(row): row for row in facts if minute_in(row) in minutes}
    last = place_of(facts[-1]) if facts else ""
    result = Union([row for row in facts if minute_in(row) not in minutes])
    for place, row in arrived.items():
        old = shared.get(place)
        if old is None:
            result.new.append(place)
            result.behind += place > last
            shared[place] = row
        elif (both := join(old, row)) != old and fits(both.fields):
            result.amended += 1
            shared[place] = both
    result.facts += [shared[place] for place in sorted(shared)]
    result.facts.sort(key=minute_in)  # stable: those of one minute are in their order
    return result


def cut(leaf: Leaf, all_facts: Union, most: int) -> list[Facts]:
    """The facts of a leaf, new ones among them, as those of one or more leaves of about `most` bytes.

    What comes behind all that was there goes to new leaves, so that a leaf that is full is not written again;
    else a leaf that is too large becomes leaves of one size.
    """
    facts = all_facts.facts
    written = _written(leaf.email, facts)
    weights = [len(_text(one)) for one in written]
    size = len(packed(Leaf(leaf.email, leaf.life, facts=facts)))
    bytes_of = [weight * size / sum(weights) for weight in weights]
    here = max(LEAST, most - size_of(leaf))
    # Snapshots follow the newest rows: where these go there must be room for them.
    behind = max(LEAST, most - size_of(Leaf(leaf.email, leaf.life, states=leaf.states)))
    old = len(facts) - all_facts.behind
    held = sum(bytes_of[:old])
    has_room = held <= here or len(packed(replace(leaf, facts=facts[:old]))) <= most
    if old < len(facts) and here * (1 - FILLED) < held and has_room:
        ends = [old, *_filled(bytes_of, old, behind * FILLED)]
    elif not old:
        first = next(_filled(bytes_of, 0, here * FILLED))
        ends = [first, *_filled(bytes_of, first, behind * FILLED)]
    else:
        ends = list(_halved(bytes_of, here))
    return [facts[start:end] for start, end in pairwise([0, *ends])]


def _filled(sizes: list[float], start: int, most: float) -> Iterator[int]:
    """The ends of groups from `start` on, each as large as may be."""
    total = 0.0
    for number in range(start, len(sizes)):
        if total and total + sizes[number] > most:
            yield number
            total = 0.0
        total += sizes[number]
    if total:
        yield len(sizes)


def _halved(sizes: list[float], most: float) -> Iterator[int]:
    """The ends of groups of about one size: of a leaf that is hardly too large, two halves."""
    groups = max(2, round(sum(sizes) / (most * 0.7)))
    share, total, made = sum(sizes) / groups, 0.0, 1
    for number, size in enumerate(sizes):
        if number and total + size / 2 > share * made and made < groups:
            yield number
            made += 1
        total += size
    yield len(sizes)


def size_of(leaf: Leaf) -> int:
    """Bytes of what a leaf holds beside facts, about."""
    return len(packed(replace(leaf, facts=())))


def joined(leaves: Sequence[Leaf]) -> tuple[Facts, dict[str, Snapshot]]:
    """The union of what leaves hold, given in order; what two of them hold is joined."""
    states: dict[str, Snapshot] = {}
    for leaf in leaves:
        for key, one in leaf.states.items():
            states[key] = snapshots.join(states[key], one) if key in states else one
    facts = [row for leaf in leaves for row in leaf.facts]
    return facts if are_apart(leaves) else _joined(facts), states


def are_apart(leaves: Iterable[Leaf]) -> bool:
    """Whether no two of these leaves, given in order, hold the same fact."""
    return not any(_reaches(leaf, after.start) for leaf, after in pairwise(leaves))


def _reaches(leaf: Leaf, start: str) -> bool:
    """Whether a leaf that is being cut still holds rows that belong behind another's start."""
    if not leaf.facts or start.startswith(OWN):
        return False
    last = leaf.facts[-1]
    return f"{minute_in(last):010x}" >= start[:MINUTE_DIGITS] and place_of(last) >= start


def _joined(facts: Iterable[Row]) -> list[Row]:
    found: dict[str, Row] = {}
    for row in facts:
        place = place_of(row)
        found[place] = join(found[place], row) if place in found else row
    return [found[place] for place in sorted(found)]


def _written(email: str, facts: Facts) -> list[list[Any]]:
    """Facts as JSON, each with the time since the one before."""
    found, before = [], 0
    for row in facts:
        fields = {name: value for name, value in row.fields.items() if name != "email" or value != email}
        found.append([row.ts - before, fields, row.nth] if row.nth else [row.ts - before, fields])
        before = row.ts
    return found


def _read(email: str, written: Iterable[Sequence[Any]]) -> list[Row]:
    """The facts that were written."""
    found, ts = [], 0
    for since, fields, *nth in written:
        ts += since
        found.append(Row(CM_ACTIVITY, email, ts, {"email": email, **fields}, *nth))
    return found


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
