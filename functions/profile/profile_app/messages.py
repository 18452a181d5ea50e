"""Messages of rows, read: what is good in them, what is rejected and why, and when it was received.

Whatever a message is, reading it has an answer, and no row can harm another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lytics_cm.addresses import named
from lytics_cm.errors import UnreadableMessage
from lytics_cm.row_messages import rows_of
from lytics_cm.streams import CM_ACTIVITY, MAX_ADDRESS_CHARS, Row, address, moment
from profile_app.profiles.consents import MAX_SOURCE_CHARS, Observation, value_of
from profile_app.profiles.leaves import fits

if TYPE_CHECKING:
    from lytics_cm.store.erasures import Erased

MAX_KEY_BYTES = 1000
"""A bit less than DynamoDB's limit for a sort key, 1,024."""
REJECTED = "unusable_row"

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToldConsent:
    """A consent that was written or seen by somebody who has no rows of the person."""

    email: str
    client: str
    observation: Observation


@dataclass(slots=True)
class RowMessage:
    """One message of rows, read; it may tell of consents too.

    Every row and every rejection has beside it when it was received (epoch ms), and so have all consents.
    `erased` counts what was left out for that, `withheld` what may not be known. `new` has how many rows of
    each person told what was not known. `unread` is why nothing of it could be read.
    """

    unit: Mapping[str, str] | None
    job: str | None = None
    rows: list[Row] = field(default_factory=list)
    rejections: list[Json] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    consents: list[ToldConsent] = field(default_factory=list)
    received_at: int = 0
    erased: int = 0
    withheld: int = 0
    new: Counter[str] = field(default_factory=Counter)
    unread: UnreadableMessage | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each stream were taken, how many of all were new, how many were not taken."""
        taken = Counter(row.stream for row in self.rows)
        taken[CM_ACTIVITY] -= self.withheld
        more = {"withheld": self.withheld, "new_rows": self.new.total()}
        return {**+taken, "rejected": len(self.rejections)} | {
            name: count for name, count in more.items() if count
        }

    @property
    def emails(self) -> set[str]:
        """Everybody whom something is to be stored of."""
        return {row.email for row in self.rows} | {one.email for one in self.consents}

    def people(self) -> Iterator[tuple[str, int]]:
        """The addresses, each with when something was received of it."""
        yield from ((row.email, at) for row, at in zip(self.rows, self.received, strict=True))
        yield from ((named(bad["email"]), at) for bad, at in zip(self.rejections, self.rejected, strict=True))
        yield from ((one.email, self.received_at) for one in self.consents)

    def leave_out(self, erased: Erased) -> set[str]:
        """Drop what its person's erasure covers; return the people of whom there were rows."""
        rows = list(zip(self.rows, self.received, strict=True))
        bad = list(zip(self.rejections, self.rejected, strict=True))
        good = [one for one in rows if erased.admits(one[0].email, one[1])]
        told = [one for one in bad if erased.admits(named(one[0]["email"]), one[1])]
        self.rows, self.received = [row for row, _ in good], [at for _, at in good]
        self.rejections, self.rejected = [one for one, _ in told], [at for _, at in told]
        self.erased += len(rows) - len(good) + len(bad) - len(told)
        known = [one for one in self.consents if erased.admits(one.email, self.received_at)]
        left_out = {one.email for one in self.consents} - {one.email for one in known}
        self.consents = known
        return left_out | {row.email for row, at in rows if not erased.admits(row.email, at)}

    def note_withheld(self, keys: Mapping[str, Container[str]]) -> None:
        """Count the rows that were not stored, given by their keys for each person."""
        self.withheld = sum(row.email in keys and row.key in keys[row.email] for row in self.rows)


def parsed(message: Any, now: int) -> RowMessage:
    """Read a message; whatever it is, there is an answer. Of a form that we do not know it is `unread` alone.

    It is `{"rows", "received_at"}` (see `row_messages`), with the `unit` {job, run, unit} when a run sent it,
    with the `job` when its webhook did. `received_at` (epoch ms) is when the POST came, or before the vendor
    was asked; a row may have its own, earlier one. `consents` are those that an export has written:
    `{email, client_id, value, at, source}`.
    """
    shape = message if isinstance(message, dict) else {}
    job, received_at = shape.get("job"), _whole(shape.get("received_at"), 0)
    result = RowMessage(
        _unit_of(shape.get("unit")), job if isinstance(job, str) else None, received_at=received_at
    )
    consents = shape.get("consents")
    for one in consents if isinstance(consents, list) else ():
        try:
            result.consents.append(_consent_of(one, now))
        except (UnreadableMessage, LookupError, ValueError, TypeError, OverflowError) as error:
            reason = str(error) if isinstance(error, UnreadableMessage) else "the consent cannot be read"
            result.rejections.append(_rejection({"fields": one}, reason))
            result.rejected.append(received_at)
    source = _source_of(result)
    try:
        rows = rows_of(shape.get("rows"))
    except UnreadableMessage as error:
        result.unread = error
        return result
    for one in rows:
        told = one.get("received_at") if isinstance(one, dict) else None
        at = min(_whole(told, received_at), received_at)
        try:
            result.rows.append(replace(row_of(one, now), source=source))
            result.received.append(at)
        except (UnreadableMessage, ValueError, TypeError, OverflowError, RecursionError) as error:
            reason = str(error) if isinstance(error, UnreadableMessage) else "the row cannot be read"
            result.rejections.append(_rejection(one, reason))
            result.rejected.append(at)
    return result


def _source_of(message: RowMessage) -> str:
    """Who brought the rows of a message, as it is kept to prove a consent."""
    if message.unit:
        return "import {job} run {run} {unit}".format_map(message.unit)[:MAX_SOURCE_CHARS]
    return f"import {message.job}"[:MAX_SOURCE_CHARS] if message.job else ""


def _consent_of(message: Any, now: int) -> ToldConsent:
    """Read a consent. Raises `UnreadableMessage`, or what a message of a strange shape raises."""
    at, client, source = message["at"], message["client_id"], message.get("source", "")
    if type(at) is not int or not isinstance(client, str) or not isinstance(source, str):
        raise UnreadableMessage("the consent cannot be read")
    moment(at, now)
    observation = Observation(at, value_of(message["value"]), source[:MAX_SOURCE_CHARS])
    return ToldConsent(address(message["email"]), client, observation)


def row_of(message: object, now: int) -> Row:
    """Read a row.

    Raises `UnreadableMessage` for none, one that cannot be yet, or that the table could not hold.
    """
    row = Row.parse(message)
    moment(row.ts, now)
    moment(row.seen, now)
    if len(row.key.encode()) > MAX_KEY_BYTES:
        raise UnreadableMessage("the row's list id is too long")
    if not fits(row.fields):
        raise UnreadableMessage("the row is too large")
    return row


def _whole(value: Any, otherwise: int) -> int:
    return value if type(value) is int and value >= 0 else otherwise


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
