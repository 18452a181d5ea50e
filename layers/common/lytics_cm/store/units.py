"""What the units of a run are made of: what one brings forth, how it waits, what its run ends as."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from lytics_cm.errors import PermanentError
from lytics_cm.store.schema import RUN, UNIT

MAX_PACKED_BYTES = 300 * 1024
"""Bytes of a unit's tasks, packed; DynamoDB allows an item 400 KB. A page calls for 64 others, a list of
campaigns for 1,000."""

CLOSE = "close"
"""The unit that ends a run: counted as a child of the plan, sent when it is the only one outstanding."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a run of a job: the same work has the same name, however often it is asked for."""

    job: str
    run: str
    name: str

    def message(self) -> dict[str, str]:
        """As a member of a message."""
        return {"job": self.job, "run": self.run, "unit": self.name}

    @classmethod
    def parse(cls, message: Mapping[str, str]) -> Self:
        return cls(message["job"], message["run"], message["unit"])

    @property
    def key(self) -> dict[str, str]:
        """The key of its marker."""
        return UNIT.at(self.job, self.run, self.name)

    @property
    def run_key(self) -> dict[str, str]:
        """The key of its run."""
        return RUN.at(self.job, self.run)


@dataclass(frozen=True, slots=True)
class Ends:
    """What a run and its job are in the end.

    The message is for the job, `outstanding` units are not waited for.
    """

    run: str
    job: str
    message: str = ""
    outstanding: int = 0


@dataclass(frozen=True, slots=True)
class HeldTask:
    """A task that is held while its job is stopped: where it lies, and this time's ticket."""

    task: dict[str, Any]
    item: str
    ticket: str


class Stored(NamedTuple):
    """A batch of rows that was stored: the `unit` {job, run, unit}, what it adds, what was refused.

    `changed` are the people of whom it told something new.
    """

    unit: Mapping[str, str]
    counts: Mapping[str, int]
    rejections: Sequence[dict[str, Any]] = ()
    changed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Children:
    """What a unit brings forth: messages of tasks, so many batches of rows, and units that others will send.

    `also` are tasks that others have promised: they are to be sent, but are counted already.
    """

    tasks: Sequence[dict[str, Any]] = ()
    rows: int = 0
    promised: int = 0
    also: bool = False

    @property
    def counted(self) -> int:
        return len(self.tasks) + self.rows + self.promised

    def joined(self, other: Children) -> Children:
        """These, and those of `other` that have other names."""
        names = {task["unit"] for task in self.tasks}
        new = [task for task in other.tasks if task["unit"] not in names]
        return Children(
            [*self.tasks, *new], max(self.rows, other.rows), max(self.promised, other.promised), other.also
        )

    def stored(self) -> dict[str, Any]:
        """As attributes of the unit's marker; the tasks only until they are sent."""
        if not self.counted and not self.also:
            return {"counted": 0, "sent": True}
        packed = zlib.compress(json.dumps(list(self.tasks), separators=(",", ":")).encode())
        if len(packed) > MAX_PACKED_BYTES:
            raise PermanentError("it calls for more than one unit of a run can; import fewer lists at once")
        return {"tasks": packed, "rows": self.rows, "promised": self.promised, "counted": self.counted}

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Children:
        packed = item.get("tasks")
        tasks = json.loads(zlib.decompress(bytes(packed))) if packed else []
        return cls(tasks, int(item.get("rows", 0)), int(item.get("promised", 0)))
