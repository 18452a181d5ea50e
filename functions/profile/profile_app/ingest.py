"""The one door: takes messages of rows, stores what is good together, and reports each message by itself.

No row can harm another: what cannot be read or stored is rejected by itself, with the reason. A message comes again
only when an address in it could not be stored for now; rows that were stored already are then known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from lytics_cm.errors import LyticsCmError, UnreadableMessage
from lytics_cm.store.profile_items import fits
from lytics_cm.store.profile_outcome import Written
from lytics_cm.streams import MAX_ADDRESS_CHARS, Row

if TYPE_CHECKING:
    from lytics_cm.lql import Mapping as Rules
    from lytics_cm.store.profiles import Profiles

MAX_KEY_BYTES = 1024
"""DynamoDB's limit for a sort key."""
REJECTED = "unusable_row"

type Json = dict[str, Any]


class Progress(Protocol):
    """Who wants to know what became of the rows that a job sent."""

    def stored(
        self, unit: Mapping[str, str], counts: Mapping[str, int], rejections: list[Json], now: int
    ) -> None:
        """Count the rows of one unit of a run, once however often it is told."""

    def refused(self, job_id: str, rejections: list[Json], now: int) -> None:
        """Keep what was refused of rows that came outside a run, once however often it is told."""


@dataclass(slots=True)
class Delivery:
    """One message of the rows queue, read."""

    unit: Mapping[str, str] | None
    job: str | None = None
    rows: list[Row] = field(default_factory=list)
    rejections: list[Json] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {**Counter(row.stream for row in self.rows), "rejected": len(self.rejections)}


@dataclass(slots=True)
class Ingested:
    """What became of a batch of messages."""

    written: Written
    rejections: list[Json]
    failed: dict[int, Exception]
    """Messages that must come again, by their place in the batch, and why."""


def ingest(
    messages: Sequence[Any], profiles: Profiles, rules: Rules, progress: Progress, now: int
) -> Ingested:
    """Store the rows of all messages together; then tell `progress` of every message that is stored entirely."""
    deliveries = [delivery_of(message) for message in messages]
    written = profiles.write((row for one in deliveries for row in one.rows), rules, now)
    failed: dict[int, Exception] = {}
    for number, one in enumerate(deliveries):
        reason = next((written.failed[row.email] for row in one.rows if row.email in written.failed), None)
        if reason is None:
            reason = _report(one, progress, now)
        if reason is not None:
            failed[number] = reason
    return Ingested(written, [bad for one in deliveries for bad in one.rejections], failed)


def delivery_of(message: Any) -> Delivery:
    """Read a message; whatever it is, there is an answer.

    It is `{"rows": [...], "received_at"}`, with the `unit` {job, run, unit} when a run sent it, with the `job` when its
    webhook did. `received_at` (epoch ms) is when the POST came, or before the vendor was asked.
    """
    shape = message if isinstance(message, dict) else {}
    job = shape.get("job")
    result = Delivery(_unit_of(shape.get("unit")), job if isinstance(job, str) else None)
    rows = shape.get("rows")
    if not isinstance(rows, list):
        result.rejections.append(_rejection(None, "the message has no list of rows"))
        return result
    for one in rows:
        try:
            result.rows.append(row_of(one))
        except (UnreadableMessage, ValueError, TypeError, OverflowError, RecursionError) as error:
            reason = str(error) if isinstance(error, UnreadableMessage) else "the row cannot be read"
            result.rejections.append(_rejection(one, reason))
    return result


def row_of(message: object) -> Row:
    """Read a row. Raises `UnreadableMessage` when it is none, or one that the table could not hold."""
    row = Row.parse(message)
    if len(row.key.encode()) > MAX_KEY_BYTES:
        raise UnreadableMessage("the row's list id is too long")
    if not fits(row.fields):
        raise UnreadableMessage("the row is too large")
    return row


def _report(one: Delivery, progress: Progress, now: int) -> Exception | None:
    """Tell of a stored delivery; return why that did not succeed."""
    try:
        if one.unit:
            progress.stored(one.unit, one.counts, one.rejections, now)
        elif one.job and one.rejections:
            progress.refused(one.job, one.rejections, now)
    except LyticsCmError as error:
        return error
    return None


def _unit_of(unit: Any) -> Mapping[str, str] | None:
    names = ("job", "run", "unit")
    if not isinstance(unit, dict) or not all(isinstance(unit.get(name), str) for name in names):
        return None
    return {name: unit[name] for name in names}


def _rejection(row: Any, reason: str) -> Json:
    fields = row.get("fields") if isinstance(row, dict) else None
    email = fields.get("email") if isinstance(fields, dict) else None
    told = email.encode("utf-8", "replace").decode() if isinstance(email, str) else ""
    return {"email": told[:MAX_ADDRESS_CHARS], "code": REJECTED, "message": reason}


def rejections_by_reason(rejections: Iterable[Json]) -> dict[str, int]:
    """How often each reason was given: what a log line may tell."""
    return dict(Counter(one["message"] for one in rejections))
