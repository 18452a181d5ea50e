"""Which of the observations of one snapshot is in force, whatever the order they arrive in.

A snapshot (one address on one list) is told by two witnesses, each with a register of its own:

- `read`, a page of the list: the greatest (ts, seen, columns). Campaign Monitor's `Date` (ts) does not move
when a name
  is edited, so of two pages that agree in it the one read later knows more.
- `hook`, a webhook: the greatest (ts, columns), and of the same observation the earliest `seen`: a redelivery
is no news.

Each register is a maximum of a total order, so joining is commutative, associative and idempotent. Which
register speaks is decided anew at every reading, by `effective`, from the two alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from lytics_cm.streams import CM_USER, Row


@dataclass(frozen=True, slots=True)
class Observation:
    """What one witness told: the columns, the vendor's time of the state, and when we learned it."""

    ts: int
    seen: int
    columns: str

    @property
    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self.columns)
        return fields

    @property
    def status(self) -> Any:
        return self.fields.get("status")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One address on one list, as both witnesses told it."""

    email: str
    key: str
    read: Observation | None = None
    hook: Observation | None = None

    @classmethod
    def of(cls, row: Row) -> Self:
        seen = Observation(row.ts, row.seen, _canonical(row.fields))
        return cls(row.email, row.key, **{row.witness: seen})

    @classmethod
    def parse(cls, email: str, key: str, shape: dict[str, Any]) -> Self:
        """Read what `shape` has written."""
        return cls(
            email,
            key,
            **{
                witness: Observation(ts, seen, _canonical(told))
                for witness, (ts, seen, told) in shape.items()
            },
        )

    @property
    def shape(self) -> dict[str, Any]:
        """The snapshot as JSON: of each witness the time, when we learned it, and the columns."""
        registers = {"read": self.read, "hook": self.hook}
        return {witness: [one.ts, one.seen, one.fields] for witness, one in registers.items() if one}

    @property
    def client(self) -> str:
        told = self.read or self.hook
        return str(told.fields.get("client_id", "")) if told else ""

    @property
    def told(self) -> Row | None:
        """What a page of the list told last."""
        return None if self.read is None else _row(self.email, self.read, self.read.ts)

    def mentions(self, columns: Iterable[str]) -> bool:
        """Whether one of the columns may be among those that were told; `*` at its end stands for any name."""
        needles = [f'"{name[:-1]}' if name.endswith("*") else f'"{name}":' for name in columns]
        told = [one.columns for one in (self.read, self.hook) if one]
        return any(needle in text for text in told for needle in needles)

    def mapped(self, change: Callable[[Row], Row | None]) -> Snapshot:
        """The snapshot with what both witnesses told changed."""
        return Snapshot(self.email, self.key, *(self._changed(one, change) for one in (self.read, self.hook)))

    def _changed(self, told: Observation | None, change: Callable[[Row], Row | None]) -> Observation | None:
        row = change(_row(self.email, told, told.ts)) if told else None
        return Observation(told.ts, told.seen, _canonical(row.fields)) if told and row else None

    @property
    def counted(self) -> tuple[int, Any]:
        """What profiles see of it."""
        row = effective(self)
        return row.ts, row.fields


def join(one: Snapshot, other: Snapshot) -> Snapshot:
    """All that both know."""
    read = _greatest(one.read, other.read, lambda it: (it.ts, it.seen, it.columns))
    hook = _greatest(one.hook, other.hook, lambda it: (it.ts, it.columns, -it.seen))
    return Snapshot(one.email, one.key, read, hook)


def effective(snapshot: Snapshot) -> Row:
    """The row that counts.

    Where the witnesses disagree about the state, the later change of state has it (then the later learned,
    then the webhook). Where they agree, the one learned later knows the latest name: a page that was read
    after a webhook came shows all that it told. Except that a webhook older than the state on the page came
    late and tells the past. The time is then the later of both, so that it never moves back by learning more.
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


def _row(email: str, observation: Observation, ts: int) -> Row:
    return Row(CM_USER, email, ts, observation.fields, seen=observation.seen)


def _greatest(one: Observation | None, other: Observation | None, rank: Any) -> Observation | None:
    both = [observation for observation in (one, other) if observation]
    return max(both, key=rank, default=None)


def _canonical(fields: Any) -> str:
    """One text for one value, whatever the order of its keys."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))
