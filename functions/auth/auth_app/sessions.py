"""Who was given a token for some hours, in the jobs table: none of the tokens, and of a code a hash.

One item a session, in the partition `sessions`, sorted by when it was made:

- `name`, `role`, `created_at`, `created_by`, `ends_at`: times in epoch ms.
- `code_hash`, `code_until`: while its one-time code waits to be exchanged. Then its time to live is the code's,
so that what nobody fetched goes by itself.

A session that is deleted is revoked: its token is worth nothing without its item.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lytics_cm.dynamodb import attributes, changing, tried, typed, typed_all, untyped_all
from lytics_cm.errors import Forbidden, NotFound
from lytics_cm.store.schema import PARTITION, SESSION, SESSIONS, SORT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

CODE_LIFETIME = 60_000
"""Milliseconds for which a code can be exchanged, unless told."""
PER_PAGE = 100
ID = re.compile(r"[0-9a-f]{21}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Session:
    """One session; times are epoch ms. `code_until` is 0 when no code of it waits."""

    id: str
    name: str
    role: str
    created_at: int
    created_by: str
    ends_at: int
    code_until: int = 0

    def is_over(self, now: int) -> bool:
        """Whether it ended, or nobody came for it in time."""
        return self.ends_at <= now or 0 < self.code_until <= now


class Sessions:
    """The store of sessions."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb, self._table = dynamodb, table

    def begin(self, name: str, role: str, ends_at: int, by: str, now: int) -> Session:
        """Store a session whose token is given out at once."""
        made = Session(_new_id(now), name, role, now, by, ends_at)
        self._put(made, ends_at, {})
        return made

    def begin_with_code(
        self, name: str, role: str, ends_at: int, by: str, now: int, lifetime: int = CODE_LIFETIME
    ) -> tuple[Session, str]:
        """Store a session whose token is given to who brings its code in time; return both.

        `lifetime` is in milliseconds. No code outlives its session.
        """
        until = min(now + lifetime, ends_at)
        made, secret = Session(_new_id(now), name, role, now, by, ends_at, until), secrets.token_urlsafe(32)
        self._put(made, until, {"code_hash": _hash(secret), "code_until": until})
        return made, f"{made.id}.{secret}"

    def exchange(self, code: str, now: int) -> Session:
        """Use up a code: of any number of callers, one gets its session. Raises `Forbidden`."""
        session_id, _, secret = code.partition(".")
        if not ID.fullmatch(session_id) or not secret:
            raise _not_exchangeable()
        known = self.get(session_id)
        if known is None:
            raise _not_exchangeable()
        change = changing(
            {"code_hash": None, "code_until": None, "expires_at": _kept_until(known.ends_at)},
            when="#code_hash = :digest AND #code_until > :now",
            digest=_hash(secret),
            now=now,
        )
        change["ExpressionAttributeValues"] = typed_all(change["ExpressionAttributeValues"])
        key = typed_all(_key(session_id))
        if tried(self._dynamodb.update_item, TableName=self._table, Key=key, **change) is None:
            raise _not_exchangeable()
        return known

    def get(self, session_id: str) -> Session | None:
        """Read one, consistently; None of what was revoked, or never was."""
        key = typed_all(_key(session_id))
        found = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return _session(untyped_all(found["Item"])) if "Item" in found else None

    def page(self, after: str | None, now: int) -> tuple[list[Session], str | None]:
        """At most a hundred that are not over, newest first; and the id after which the next ones are."""
        request: dict[str, Any] = {
            "KeyConditionExpression": "#job = :sessions",
            **attributes("#job", {"sessions": typed(SESSIONS)}),
        }
        if after is not None:
            request["ExclusiveStartKey"] = typed_all(_key(after))
        answer = self._dynamodb.query(
            TableName=self._table, ConsistentRead=True, ScanIndexForward=False, Limit=PER_PAGE, **request
        )
        found = [_session(untyped_all(item)) for item in answer["Items"]]
        place = found[-1].id if "LastEvaluatedKey" in answer else None
        return [one for one in found if not one.is_over(now)], place

    def revoke(self, session_id: str) -> None:
        """End one, or take its code away. Raises `NotFound`."""
        gone = tried(
            self._dynamodb.delete_item,
            TableName=self._table,
            Key=typed_all(_key(session_id)),
            ConditionExpression="attribute_exists(#job)",
            **attributes("#job"),
        )
        if gone is None:
            raise NotFound(f"there is no session {session_id[:40]!r}; GET /sessions lists them")

    def _put(self, made: Session, until: int, code: Mapping[str, Any]) -> None:
        told = {
            "name": made.name,
            "role": made.role,
            "created_at": made.created_at,
            "created_by": made.created_by,
            "ends_at": made.ends_at,
        }
        item = {**_key(made.id), **told, **code, "expires_at": _kept_until(until)}
        self._dynamodb.put_item(TableName=self._table, Item=typed_all(item))


def _session(item: Mapping[str, Any]) -> Session:
    return Session(
        id=SESSION.rest(item[SORT]),
        name=item["name"],
        role=item["role"],
        created_at=item["created_at"],
        created_by=item["created_by"],
        ends_at=item["ends_at"],
        code_until=item.get("code_until", 0),
    )


def _new_id(now: int) -> str:
    """An id of 21 hex digits: when it was made, so that ids sort by that, and chance."""
    return f"{now:011x}{secrets.token_hex(5)}"


def _kept_until(end: int) -> int:
    """The time to live (epoch seconds) of what holds until `end` (epoch ms)."""
    return end // 1000 + 1


def _key(session_id: str) -> dict[str, str]:
    return {PARTITION: SESSIONS, SORT: SESSION.of(session_id)}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _not_exchangeable() -> Forbidden:
    return Forbidden("this code was used, has ended, or is none of ours; ask for another")
