"""What a row is, which two tellings are the same row, and how they become one.

A row of `cm_activity` is a fact: identified by what happened, to whom, through which list or campaign,
in which minute, and the how-many-th of otherwise identical ones. A row of `cm_user` is a snapshot of one
address on one list. Times are epoch milliseconds, UTC. See docs/reference/lytics.md#rows.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from lytics_cm.addresses import Mailbox, mailbox
from lytics_cm.errors import UnreadableMessage

CM_USER = "cm_user"
CM_ACTIVITY = "cm_activity"
STREAMS = (CM_USER, CM_ACTIVITY)

MINUTE = 60_000
DAY = 86_400_000
YEAR_1 = 62_135_596_800_000
"""Milliseconds from year 1 to 1970: added to a time, they make it a key that sorts."""
END_OF_TIME = 253_402_300_799_999
"""The last millisecond of year 9999."""

MAX_ROW_BYTES = 256 * 1024
MAX_ADDRESS_CHARS = 254
UNUSABLE = "unusable_record"
"""The code of a failure about a record that no rows can be made of."""

Witness = Literal["read", "hook"]
"""Who told of a snapshot: a page of the list that we read, or a webhook that Campaign Monitor sent."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a stream.

    `email` is the normalised address, the partition it lives in. `fields` are the columns, `email` included;
    each holds a value, or a list or an object of values. `nth` counts otherwise identical facts from 0.
    `seen` is when we learned it (epoch ms), `witness` from whom; both matter to snapshots alone. `source`
    says who brought it, where that is to be proved.
    """

    stream: str
    email: str
    ts: int
    fields: Mapping[str, Any]
    nth: int = 0
    seen: int = 0
    witness: Witness = "read"
    source: str = field(default="", compare=False)

    def message(self) -> dict[str, Any]:
        """The row as it travels in a message."""
        shape: dict[str, Any] = {"stream": self.stream, "ts": self.ts, "fields": dict(self.fields)}
        if self.nth:
            shape["nth"] = self.nth
        if self.stream == CM_USER:
            shape |= {"seen": self.seen, "witness": self.witness}
        return shape

    @classmethod
    def parse(cls, message: object) -> Self:
        """Read a row from the queue. Raises `UnreadableMessage`, saying what is wrong with it."""
        if not isinstance(message, dict):
            raise UnreadableMessage("a row is a JSON object")
        stream, ts, fields = message.get("stream"), message.get("ts"), message.get("fields")
        if stream not in STREAMS:
            raise UnreadableMessage(f"unknown stream {str(stream)[:40]!r}; there are {', '.join(STREAMS)}")
        if not isinstance(fields, dict):
            raise UnreadableMessage("a row has an object of fields")
        if not isinstance(ts, int) or isinstance(ts, bool) or not -YEAR_1 <= ts <= END_OF_TIME:
            raise UnreadableMessage("the row's time is not in the years 1 to 9999")
        return cls(
            stream=stream,
            email=address(fields.get("email")),
            ts=ts,
            fields=_columns(fields),
            nth=_whole(message, "nth"),
            seen=_whole(message, "seen"),
            witness="hook" if message.get("witness") == "hook" else "read",
        )

    @property
    def key(self) -> str:
        """The sort key: the same for two tellings of one fact, in the order of time for different ones."""
        if self.stream == CM_USER:
            return f"user#{self.fields.get('list_id', '')}"
        return f"row#{minute_of(self.ts) + YEAR_1:015d}#{self._digest()}"

    def _digest(self) -> str:
        fields = self.fields
        event = fields.get("event")
        if event == "deactivate" and fields.get("status") == "unsubscribe":
            # A list's webhook and a campaign's report tell of one unsubscribe: the list is what they share.
            what = [event, "unsubscribe", fields.get("list_id")]
        else:
            where = fields.get("message_id") or fields.get("campaign_id")
            what = [event, fields.get("status"), fields.get("list_id"), where, fields.get("url")]
        text = json.dumps([*what, self.nth], ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:20]


def snapshot(  # noqa: PLR0913 - the columns of a cm_user row
    *,
    email: str,
    name: str | None,
    state: str,
    ts: int,
    seen: int,
    client: Mapping[str, str],
    listing: Mapping[str, str],
    more: Mapping[str, Any] | None = None,
    custom_fields: Mapping[str, Any] | None = None,
    witness: Witness = "read",
) -> dict[str, Any]:
    """A `cm_user` row message: one address on one list, as a page of the list or a webhook told it.

    See docs/reference/lytics.md#rows-of-people.

    `client` and `listing` are `{id, name}`; `ts` is Campaign Monitor's `Date` and `seen` when we learned it,
    both epoch ms. Custom fields become columns `custom.<name>`, for own mappings.
    """
    columns = {
        "email": email,
        "name": name,
        "status": state.lower(),
        "list_id": listing["id"],
        "list_name": listing["name"],
        "client_id": client["id"],
        "client_name": client["name"],
        **(more or {}),
        **{f"custom.{key.strip('[]')}": value for key, value in (custom_fields or {}).items()},
    }
    fields = {column: value for column, value in columns.items() if value not in (None, "", [])}
    return {"stream": CM_USER, "ts": ts, "fields": fields, "seen": seen, "witness": witness}


def fact(*, ts: int, client: Mapping[str, str], columns: Mapping[str, Any]) -> dict[str, Any]:
    """A `cm_activity` row message; `ts` is when it happened, epoch ms; empty columns are left out.

    See docs/reference/lytics.md#rows-of-activity.
    """
    columns = {**columns, "client_id": client["id"], "client_name": client["name"]}
    fields = {column: value for column, value in columns.items() if value not in (None, "", [])}
    return {"stream": CM_ACTIVITY, "ts": ts, "fields": fields}


def deactivation_reason(state: str) -> str:
    """Campaign Monitor's word for why somebody is not mailed any more, as `cm_activity.status` has it.

    See docs/reference/lytics.md#rows-of-activity.
    """
    word = state.strip().lower()
    for sign, reason in (
        ("unsub", "unsubscribe"),
        ("bounc", "bounce"),
        ("delet", "delete"),
        ("spam", "spam"),
    ):
        if sign in word:
            return reason
    return "spam" if "complain" in word else word


def join(one: Row, other: Row) -> Row:
    """Two tellings of one fact as one: all columns of both, in conflict the greater; the later time.

    Commutative, associative and idempotent, so that arrival does not matter.
    """
    if one.fields == other.fields and one.ts == other.ts:
        return one
    fields = dict(one.fields)
    for name, value in other.fields.items():
        mine = fields.get(name)
        if mine is None or _rank(value) > _rank(mine):
            fields[name] = value
    return replace(one, fields=fields, ts=max(one.ts, other.ts))


def address(value: object) -> str:
    """The one mailbox in `value`, folded, by the rules of the mapping function `email(x)`.

    See docs/reference/lytics.md#functions.

    Raises `UnreadableMessage` when there is none, or one that could not be asked for: whose address is
    written in quotes, or too long.
    """
    if not isinstance(value, str) or not value.strip():
        raise UnreadableMessage("the row has no e-mail address")
    found = mailbox(value)
    if (
        found is None
        or len(found.address) > MAX_ADDRESS_CHARS
        or mailbox(found.address) != Mailbox(found.address, "")
    ):
        raise UnreadableMessage("the e-mail address cannot be used")
    return found.address


def moment(ts: int, now: int) -> int:
    """`ts`, when something can have happened then; both are epoch ms.

    Raises `UnreadableMessage` for a time before 1970, which stands for none, and for one that is more than a
    day ahead of our clock: one such row would be the latest for ever.
    """
    if ts < 0:
        raise UnreadableMessage("the time is before 1970")
    if ts > now + DAY:
        raise UnreadableMessage("the time is more than a day ahead of our clock")
    return ts


def minute_of(ts: int) -> int:
    """The start of the minute that `ts` falls in: reports know minutes, webhooks may know seconds."""
    return ts - ts % MINUTE


def _columns(fields: Mapping[Any, Any]) -> dict[str, Any]:
    """What the columns say, without empty ones.

    Raises `UnreadableMessage` for what could not be stored or shown.
    """
    columns = {name: _scrub(value) for name, value in fields.items() if value not in (None, "")}
    try:
        written = json.dumps(columns, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise UnreadableMessage("a column's name or number cannot be written") from None
    if len(written) > MAX_ROW_BYTES:
        raise UnreadableMessage(f"the row is larger than {MAX_ROW_BYTES // 1024} KiB")
    return columns


def _scrub(value: Any) -> Any:
    """A value, or a list or object of values. Text loses what UTF-8 cannot hold: lone surrogates."""
    if isinstance(value, list):
        return [_scrub_single(item) for item in value]
    if isinstance(value, dict):
        return {name: _scrub_single(item) for name, item in value.items()}
    return _scrub_single(value)


def _scrub_single(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise UnreadableMessage("a column is a value, or a list or an object of values")
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _whole(message: Mapping[str, Any], name: str) -> int:
    number = message.get(name, 0)
    if type(number) is not int or not 0 <= number <= END_OF_TIME:
        raise UnreadableMessage(f"the row's {name} is not a whole number from 0 on")
    return number


def _rank(value: Any) -> tuple[str, str]:
    return (type(value).__name__, json.dumps(value, sort_keys=True, ensure_ascii=True))
