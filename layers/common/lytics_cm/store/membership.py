"""A record of what is stored of one person in one export, and the writes that change it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from lytics_cm.dynamodb import plain
from lytics_cm.errors import InvalidInput
from lytics_cm.store.ledger import MOST_ENTRIES_BYTES, Entry

type Json = dict[str, Any]

ACTIONS_PER_TRANSACTION = 90
"""DynamoDB takes 100; the others are the job's counters, the guard of new people, two items of the ledger, and
one of the activity for each trigger."""
TRANSACTION_BYTES = 2_000_000
"""DynamoDB takes 4 MB."""
MOST_ITEM_BYTES = 380_000
"""DynamoDB takes 400 KB: what is stored of a person, and room for the other attributes."""


@dataclass(frozen=True, slots=True)
class Record:
    """One person in one export. `version` 0 is not stored yet; `open` ones wait to be sent.

    `at` is when it is written (epoch ms), where that matters: versions are no less, so that a new record is
    never taken for one of the same person that was erased, and one of before an erasure is known. `latest` is
    the item of the person's latest entry in the ledger; `is_listed` says that there may be a failure.
    """

    email: str
    state: Json
    open: bool = False
    version: int = 0
    at: int = 0
    latest: str = ""
    is_listed: bool = False

    @property
    def following(self) -> int:
        """The version that it has when it is stored."""
        return max(self.version + 1, self.at)

    @classmethod
    def parse(cls, item: Mapping[str, Any]) -> Self:
        """The record of a stored item."""
        state = json.loads(item["state"])
        return cls(
            str(item["email"]),
            state,
            bool(item.get("open")),
            plain(item["version"]),
            latest=str(item.get("latest", "")),
            # Of before that was noted, any outcome may be one.
            is_listed=bool(item.get("listed", state.get("outcome"))),
        )


@dataclass(frozen=True, slots=True)
class Write:
    """A record to store over the version that it was made from, and what else happens if that succeeds.

    `failure` replaces the person's failure: an object, None for no failure any more, "same" for as it is.
    `is_retried` says that a retry of failures sends the person. `outcome` is what the ledger says of it:
    `{at, outcome, trigger, ...}`.
    """

    record: Record
    counts: Mapping[str, int] = field(default_factory=dict)
    failure: Json | Literal["same"] | None = "same"
    outcome: Json | None = None
    is_retried: bool = True

    @property
    def changes_failure(self) -> bool:
        """Whether the person's failure is to be written or deleted."""
        return self.failure != "same" and (self.failure is not None or self.record.is_listed)

    @property
    def entry(self) -> Entry | None:
        """What the ledger keeps of it."""
        if self.outcome is None:
            return None
        what = {name: value for name, value in self.outcome.items() if name != "at"}
        if self.failure and self.failure != "same":
            what |= {
                name: self.failure[name] for name in ("code", "message") if self.failure.get(name) is not None
            }
        return Entry(self.record.email, self.outcome["at"], what, self.record.latest)

    def item(self, export: str, latest: str) -> Json:
        """The record as it is stored, when `latest` is the person's latest entry in the ledger."""
        record = self.record
        return {
            "export": export,
            "email": record.email,
            "state": _text(record.state),
            "version": record.following,
            "listed": record.is_listed if self.failure == "same" else self.failure is not None,
            **({"open": True} if record.open else {}),
            **({"latest": latest} if latest else {}),
        }


NOBODY = Record("", {})


@dataclass(slots=True)
class Kept:
    """What there is of one person in one export."""

    record: Record = NOBODY
    failure: Json | None = None


def transactions(writes: Iterable[Write]) -> Iterator[list[Write]]:
    """Groups that one transaction can hold."""
    group: list[Write] = []
    actions = size = told = 0
    for write in writes:
        costs = 1 + write.changes_failure
        length, entry = _size(write.record.state), write.entry.bytes if write.entry else 0
        is_full = actions + costs > ACTIONS_PER_TRANSACTION or size + length > TRANSACTION_BYTES
        if group and (is_full or told + entry > MOST_ENTRIES_BYTES):
            yield group
            group, actions, size, told = [], 0, 0, 0
        group.append(write)
        actions, size, told = actions + costs, size + length, told + entry
    if group:
        yield group


def _size(state: Json) -> int:
    """Bytes of an item, with its key and the failure beside it."""
    size = len(_text(state).encode()) + 2000
    if size > MOST_ITEM_BYTES:
        raise InvalidInput(
            f"what has to be kept of the person is more than {MOST_ITEM_BYTES // 1000} KB; map fewer fields, or"
            " make exports of fewer audiences"
        )
    return size


def _text(state: Json) -> str:
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
