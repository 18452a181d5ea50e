"""How a person's items look in ProfilesTable: their keys, their attributes, their sizes.

The partition is the normalised address (`email`); the sort key (`key`) tells the kind of item:

    head                        fold   number of the last fold; every condition on the head names it
                                life   nonce of this head: items written under another head are leftovers of an erased person
                                pending  ids of rows that are in no part (or not yet written)
                                parts  which parts count, packed; void  they do not, all of them
                                mapping  digest of the mapping that made the parts; at  time of the last change
    row#<minute>#<digest>       one fact (`Row.key`): life, t (its time), d (its columns as JSON, deflated when long)
    user#<list>                 one snapshot: rev, read and hook (its two registers as JSON), at
    part#<fold>#<nonce>#<i>     a piece of a part: life, d (deflated JSON of a fold's state)

Names are short because every byte of them is paid for with every row.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lytics_cm.streams import CM_ACTIVITY, YEAR_1, Row, minute_of

type Item = Mapping[str, Any]
"""An item in DynamoDB's wire form: attribute name to `{"S": ...}`, `{"N": ...}`, ..."""

HEAD = "head"
ROW = "row#"
USER = "user#"
PART = "part#"
END_OF_ROWS = "row#~"
END_OF_USERS = "user$"
"""Just behind the last key of their kind."""

PIECE_BYTES = 350 * 1024
"""A part is cut into pieces of this size: an item holds 400 KB."""
TELLING_BYTES = 190 * 1024
"""The most that one telling of a row may take."""
LONG_BYTES = 600
"""Columns above this are deflated: what fits one write unit anyway stays legible."""

MINUTE_BYTES = 5
NUMBERS_BYTES = 16
"""What a fold's number and a time take together."""
_PART = struct.Struct(">I4sIB")


@dataclass(frozen=True, slots=True)
class Tuning:
    """Sizes at which things happen; any are right, these are cheap."""

    head_bytes: int = 1024
    """A head that would outgrow this is folded: a write unit pays for so much."""
    slice: int = 250
    """Facts of one address that are announced at once."""
    fan: int = 8
    """So many parts of a size become one."""
    small: int = 256
    """Rows below which all parts are of the first size."""
    pause: float = 0.02
    """The most seconds of a first wait for others."""


TUNING = Tuning()


@dataclass(frozen=True, slots=True)
class Part:
    """One fold of a disjoint set of rows, stored in `pieces` items."""

    fold: int
    nonce: bytes
    rows: int
    pieces: int

    @property
    def keys(self) -> list[str]:
        return [f"{PART}{self.fold:010d}#{self.nonce.hex()}#{piece}" for piece in range(self.pieces)]


@dataclass(frozen=True, slots=True)
class Head:
    """What is known about a person's facts without reading them."""

    fold: int
    life: bytes
    pending: frozenset[bytes]
    parts: tuple[Part, ...]
    void: bool
    mapping: str
    at: int

    def counts_under(self, digest: str) -> bool:
        """The parts hold every row that is not pending, under the mapping of this digest."""
        return bool(self.parts) and not self.void and self.mapping == digest

    @property
    def folded(self) -> int:
        return sum(part.rows for part in self.parts)


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact as it lies in the table."""

    row: Row
    life: bytes
    columns: Any
    """The attribute as it was read: a later write is conditional on it."""


def head_of(item: Item) -> Head:
    return Head(
        fold=int(item["fold"]["N"]),
        life=item["life"]["B"],
        pending=frozenset(item.get("pending", {}).get("BS", ())),
        parts=unpack_parts(item.get("parts", {}).get("B", b"")),
        void="void" in item,
        mapping=item.get("mapping", {}).get("S", ""),
        at=int(item["at"]["N"]),
    )


def bytes_of_head(email: str, head: Head) -> int:
    """The size that the head is billed by, a few bytes more at most (AWS: "DynamoDB item sizes and formats")."""
    names = len("emailkeyheadfoldlifependingpartsmappingat") + len("void ") * head.void
    values = len(email.encode()) + len(head.life) + len(head.mapping) + NUMBERS_BYTES
    return names + values + 3 + sum(len(one) + 1 for one in head.pending) + _PART.size * len(head.parts)


def pack_parts(parts: Iterable[Part]) -> bytes:
    return b"".join(_PART.pack(part.fold, part.nonce, part.rows, part.pieces) for part in parts)


def unpack_parts(packed: bytes) -> tuple[Part, ...]:
    return tuple(Part(*fields) for fields in _PART.iter_unpack(packed))


def minute_in(ts: int) -> str:
    """The minute of a time, as facts' keys have it."""
    return f"{minute_of(ts) + YEAR_1:015d}"


def id_of(key: str) -> bytes:
    """A fact's key in 15 bytes; `key_of` gives it back."""
    _, time, digest = key.split("#")
    return (int(time) // 60_000).to_bytes(MINUTE_BYTES) + bytes.fromhex(digest)


def key_of(row_id: bytes) -> str:
    minute = int.from_bytes(row_id[:MINUTE_BYTES])
    return f"{ROW}{minute * 60_000:015d}#{row_id[MINUTE_BYTES:].hex()}"


def fact_item(key: str, row: Row, life: bytes) -> dict[str, Any]:
    return {
        "email": {"S": row.email},
        "key": {"S": key},
        "life": {"B": life},
        "t": {"N": str(row.ts)},
        "d": columns_of(row.fields),
    }


def stored_of(item: Item) -> Stored:
    email = item["email"]["S"]
    fields = fields_of(item["d"])
    return Stored(Row(CM_ACTIVITY, email, int(item["t"]["N"]), fields), item["life"]["B"], item["d"])


def columns_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    return squeezed(canonical(fields))


def fields_of(columns: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(unsqueezed(columns))
    return fields


def squeezed(text: str) -> dict[str, Any]:
    """Text as an attribute, deflated when it is long."""
    return {"S": text} if len(text) <= LONG_BYTES else {"B": zlib.compress(text.encode(), 6)}


def unsqueezed(attribute: Mapping[str, Any]) -> str:
    return attribute["S"] if "S" in attribute else zlib.decompress(attribute["B"]).decode()


def fits(fields: Mapping[str, Any]) -> bool:
    """Two tellings of it have room in one item (400 KB), even if nothing in them can be deflated."""
    text = canonical(fields)
    return len(text) <= TELLING_BYTES or len(zlib.compress(text.encode(), 6)) <= TELLING_BYTES


def pieces_of(state: Any) -> list[bytes]:
    blob = zlib.compress(canonical(state).encode(), 6)
    return [blob[at : at + PIECE_BYTES] for at in range(0, len(blob), PIECE_BYTES)]


def state_of(pieces: Iterable[bytes]) -> Any:
    return json.loads(zlib.decompress(b"".join(pieces)))


def canonical(value: Any) -> str:
    """One text for one value, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
