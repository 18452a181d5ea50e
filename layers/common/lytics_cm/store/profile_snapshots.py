"""Which of the tellings of one snapshot is in force, whatever the order they arrive in.

A snapshot (one address on one list) is told by two witnesses, each with a register of its own:

- `read`, a page of the list: the greatest (ts, seen, columns). Campaign Monitor's `Date` (ts) does not move when a name
  is edited, so of two pages that agree in it the one read later knows more.
- `hook`, a webhook: the greatest (ts, columns), and of the same telling the earliest `seen`: a redelivery is no news.

Each register is a maximum of a total order, so joining is commutative, associative and idempotent. Which register
speaks is decided anew at every reading, by `effective`, from the two alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from lytics_cm.store.profile_items import Item, canonical, squeezed, unsqueezed
from lytics_cm.streams import CM_USER, Row


@dataclass(frozen=True, slots=True)
class Telling:
    """What one witness told: the columns, the vendor's time of the state, and when we learned it."""

    ts: int
    seen: int
    columns: str

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(row.ts, row.seen, canonical(row.fields))

    @property
    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self.columns)
        return fields

    @property
    def status(self) -> Any:
        return self.fields.get("status")

    @classmethod
    def unpacked(cls, attribute: Mapping[str, Any]) -> Self:
        ts, seen, fields = json.loads(unsqueezed(attribute))
        return cls(ts, seen, canonical(fields))

    def packed(self) -> dict[str, Any]:
        return squeezed(f"[{self.ts},{self.seen},{self.columns}]")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One address on one list, as both witnesses told it."""

    email: str
    key: str
    read: Telling | None = None
    hook: Telling | None = None
    at: int = 0
    rev: bytes = b""
    """A name for the state that was read; none when nothing is stored."""

    @classmethod
    def of(cls, row: Row) -> Self:
        told = Telling.of(row)
        if row.witness == "hook":
            return cls(row.email, row.key, hook=told)
        return cls(row.email, row.key, read=told)

    @classmethod
    def stored(cls, item: Item) -> Self:
        read, hook = (Telling.unpacked(item[name]) if name in item else None for name in ("read", "hook"))
        email, key = item["email"]["S"], item["key"]["S"]
        return cls(email, key, read, hook, at=int(item["at"]["N"]), rev=item["rev"]["B"])

    def item(self) -> dict[str, Any]:
        registers = {"read": self.read, "hook": self.hook}
        told = {name: one.packed() for name, one in registers.items() if one}
        state = {"at": {"N": str(self.at)}, "rev": {"B": self.rev}}
        return {"email": {"S": self.email}, "key": {"S": self.key}, **state, **told}


def join(one: Snapshot, other: Snapshot) -> Snapshot:
    """All that both know; `at` and `rev` are those of `one`."""
    read = _greatest(one.read, other.read, lambda it: (it.ts, it.seen, it.columns))
    hook = _greatest(one.hook, other.hook, lambda it: (it.ts, it.columns, -it.seen))
    return replace(one, read=read, hook=hook)


def effective(snapshot: Snapshot) -> Row:
    """The row that counts.

    Where the witnesses disagree about the state, the later change of state has it (then the later learned, then the
    webhook). Where they agree, the one learned later knows the latest name: a page that was read after a webhook
    came shows all that it told. Except that a webhook older than the state on the page came late and tells the past.
    The time is then the later of both, so that it never moves back by learning more.
    """
    read, hook = snapshot.read, snapshot.hook
    if read is None or hook is None:
        only = read or hook
        assert only is not None, "a stored snapshot was told by somebody"
        return _row(snapshot.email, only, only.ts)
    if read.status != hook.status:
        chosen = hook if (hook.ts, hook.seen) >= (read.ts, read.seen) else read
        return _row(snapshot.email, chosen, chosen.ts)
    chosen = hook if hook.seen > read.seen and hook.ts >= read.ts else read
    return _row(snapshot.email, chosen, max(read.ts, hook.ts))


def _row(email: str, telling: Telling, ts: int) -> Row:
    return Row(CM_USER, email, ts, telling.fields, seen=telling.seen)


def _greatest(one: Telling | None, other: Telling | None, rank: Any) -> Telling | None:
    both = [telling for telling in (one, other) if telling]
    return max(both, key=rank, default=None)
