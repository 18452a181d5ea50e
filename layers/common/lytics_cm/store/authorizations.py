"""What is stored of the right to act for an account: its life, its consent, its sealed tokens.

    pending ──consent──> active ──refused by the vendor──> revoked
       ^                   ^                                  │
       └── reconnect: a new consent for the same id ──────────┘   the status changes when the consent succeeds

`version` is a name for the tokens now stored: whoever leases, replaces or revokes them names the version it
means, so that a late worker cannot undo what a faster one did. A consent's `state` is kept as a hash, and sealed
to be shown again, until it comes back.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from lytics_cm.dynamodb import changing, pages, tried, typed_all, untyped_all
from lytics_cm.errors import Conflict, NotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from lytics_cm.store.sealing import Seal

EARLY = 60 * 60 * 1000
"""Milliseconds before its end at which an access token is due for a refresh."""
STATE_LIFETIME = 15 * 60 * 1000
"""Milliseconds an admin has for the consent."""

STATE = ("state_hash", "state_expires_at", "state_sealed")
"""What there is of a consent that is awaited."""
LEASE = ("lease_owner", "lease_until")
SETTLED = ("message", *LEASE)
"""What new tokens make obsolete."""

AWAITED = {"what": "state of a consent"}
"""What the key is told beside whose it is, so that no state is taken for tokens."""

Status = Literal["pending", "active", "revoked"]


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token and what renews it; epoch ms from which it should be renewed, and at which it ends."""

    access: str
    refresh: str
    due_at: int
    expires_at: int

    @classmethod
    def issued(cls, access: str, refresh: str, lifetime: int, now: int) -> Self:
        """Tokens given for `lifetime` ms: due an hour before the end, a short one a tenth."""
        expires_at = now + lifetime
        return cls(access, refresh, expires_at - min(EARLY, lifetime // 10), expires_at)

    def __repr__(self) -> str:
        return f"TokenPair(expires_at={self.expires_at})"


@dataclass(frozen=True, slots=True)
class Authorization:
    """One authorization; its tokens stay sealed."""

    id: str
    description: str
    status: Status
    redirect_uri: str
    created_at: int
    connected_at: int | None = None
    answered_at: int | None = None
    due_at: int = 0
    expires_at: int | None = None
    message: str = ""
    version: str = ""
    sealed: tuple[bytes, ...] = ()
    state_expires_at: int | None = None
    state_sealed: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of a `state` that came back: only a `fresh` one may be acted on."""

    outcome: Literal["fresh", "used", "expired", "unknown"]
    authorization: Authorization | None = None


class Authorizations:
    """The table of authorizations."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, seal: Seal) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._seal = seal

    def begin(self, description: str, redirect_uri: str, now: int) -> tuple[Authorization, str]:
        """Store a new pending authorization; return it and the `state` for its consent."""
        made = Authorization(secrets.token_hex(8), description, "pending", redirect_uri, created_at=now)
        birth = {"status": made.status, "created_at": now}
        return made, self._await_consent(made, now, "attribute_not_exists(id)", birth)

    def reconnect(
        self, authorization_id: str, description: str, redirect_uri: str, now: int
    ) -> tuple[Authorization, str]:
        """Ask for a new consent to a stored authorization; until it succeeds, status and tokens stay."""
        known = self.get(authorization_id)
        again = replace(known, description=description, redirect_uri=redirect_uri)
        return again, self._await_consent(again, now, "attribute_exists(id)", {})

    def _await_consent(
        self, authorization: Authorization, now: int, condition: str, more: Mapping[str, Any]
    ) -> str:
        secret = secrets.token_urlsafe(32)
        attributes = {
            **more,
            "description": authorization.description,
            "redirect_uri": authorization.redirect_uri,
            "state_hash": _hash(secret),
            "state_expires_at": now + STATE_LIFETIME,
            "state_sealed": self._seal.close(secret, {**_context(authorization.id), **AWAITED}),
        }
        if not self._update(authorization.id, condition, assign=attributes):
            raise Conflict("the authorization was changed at the same time; try again")
        return f"{authorization.id}.{secret}"

    def awaited(self, authorization: Authorization, now: int) -> str | None:
        """The `state` of the consent that is awaited for an authorization that was just read.

        None when there is none, or its time is over.
        """
        if not authorization.state_sealed or now >= (authorization.state_expires_at or 0):
            return None
        secret = self._seal.open(authorization.state_sealed, {**_context(authorization.id), **AWAITED})
        return f"{authorization.id}.{secret}"

    def claim(self, state: str, now: int) -> Claim:
        """Use up the `state` of a consent: of any number of callers, one is told that it is fresh."""
        authorization_id, _, secret = state.partition(".")
        if not re.fullmatch(r"[0-9a-f]{16}", authorization_id) or not secret:
            return Claim("unknown")
        digest = _hash(secret)
        fresh = self._update(
            authorization_id,
            "state_hash = :digest AND state_expires_at > :now",
            {"digest": digest, "now": now},
            assign={"used_hash": digest},
            remove=STATE,
        )
        item = self._item(authorization_id)
        if item is None:
            return Claim("unknown")
        found = _authorization(item)
        if fresh:
            return Claim("fresh", found)
        if item.get("state_hash") == digest:
            return Claim("expired", found)
        return Claim("used", found) if item.get("used_hash") == digest else Claim("unknown")

    def activate(self, authorization_id: str, tokens: TokenPair, now: int) -> None:
        """Store the tokens of a consent that succeeded. Raises `NotFound` when it was deleted meanwhile."""
        attributes = self._sealed(authorization_id, tokens) | {"connected_at": now, "answered_at": now}
        if not self._update(authorization_id, "attribute_exists(id)", assign=attributes, remove=SETTLED):
            raise _not_found(authorization_id)

    def replace(self, authorization_id: str, tokens: TokenPair, version: str) -> bool:
        """Store refreshed tokens in place of those of `version`.

        False when those are no longer the newest.
        """
        attributes = self._sealed(authorization_id, tokens)
        return self._update(
            authorization_id, "version = :known", {"known": version}, assign=attributes, remove=SETTLED
        )

    def _sealed(self, authorization_id: str, tokens: TokenPair) -> dict[str, Any]:
        text = json.dumps({"access": tokens.access, "refresh": tokens.refresh})
        return {
            "status": "active",
            "sealed": self._seal.close(text, _context(authorization_id)),
            "due_at": tokens.due_at,
            "expires_at": tokens.expires_at,
            "version": secrets.token_hex(8),
        }

    def tokens(self, authorization: Authorization) -> TokenPair:
        """Open the sealed tokens of an authorization that was just read."""
        pair = json.loads(self._seal.open(authorization.sealed, _context(authorization.id)))
        return TokenPair(pair["access"], pair["refresh"], authorization.due_at, authorization.expires_at or 0)

    def fail(self, state: str, message: str, now: int) -> None:
        """Note why the consent of a used `state` came to nothing; the status stays.

        Nothing is noted when a newer consent was asked for meanwhile: the last one is what people wait for.
        """
        authorization_id, _, secret = state.partition(".")
        self._update(
            authorization_id,
            "used_hash = :digest AND attribute_not_exists(state_hash)",
            {"digest": _hash(secret)},
            assign={"message": message, "answered_at": now},
        )

    def revoke(self, authorization_id: str, reason: str, version: str) -> bool:
        """Forget the tokens of `version`, which the vendor refuses.

        False when they are no longer the newest.
        """
        return self._update(
            authorization_id,
            "version = :known",
            {"known": version},
            assign={"status": "revoked", "message": reason},
            remove=("sealed", "due_at", "expires_at", *LEASE),
        )

    def lease(self, authorization_id: str, owner: str, version: str, now: int, until: int) -> bool:
        """Take the sole right to refresh the tokens of `version`; False while somebody else has it."""
        return self._update(
            authorization_id,
            "version = :known AND attribute_exists(sealed)"
            " AND (attribute_not_exists(lease_until) OR lease_until < :now)",
            {"known": version, "now": now},
            assign={"lease_owner": owner, "lease_until": until},
        )

    def release(self, authorization_id: str, owner: str) -> None:
        """Give the lease back; nothing happens when it is no longer ours."""
        self._update(authorization_id, "lease_owner = :owner", {"owner": owner}, remove=LEASE)

    def get(self, authorization_id: str) -> Authorization:
        """Read one, consistently. Raises `NotFound`."""
        if item := self._item(authorization_id):
            return _authorization(item)
        raise _not_found(authorization_id)

    def all(self) -> list[Authorization]:
        """Read all, oldest first: an account or a few, not a collection that grows."""
        return every_authorization(self._dynamodb, self._table)

    def delete(self, authorization_id: str, in_use: Callable[[str], Sequence[str]]) -> None:
        """Forget one with its tokens.

        Raises `NotFound`, or `Conflict` naming the jobs for which it is in use.
        """
        known = self.get(authorization_id)
        if jobs := in_use(authorization_id):
            raise Conflict(f'authorization "{known.description}" is in use; delete first: {", ".join(jobs)}')
        self._dynamodb.delete_item(TableName=self._table, Key={"id": {"S": authorization_id}})

    def _item(self, authorization_id: str) -> dict[str, Any] | None:
        key = {"id": {"S": authorization_id}}
        found = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return untyped_all(found["Item"]) if "Item" in found else None

    def _update(
        self,
        authorization_id: str,
        condition: str,
        values: Mapping[str, Any] | None = None,
        *,
        assign: Mapping[str, Any] | None = None,
        remove: Sequence[str] = (),
    ) -> bool:
        """Update one item on condition; False when the condition does not hold."""
        change = changing({**(assign or {}), **dict.fromkeys(remove)}, when=condition, **(values or {}))
        if bound := change.get("ExpressionAttributeValues"):
            change["ExpressionAttributeValues"] = typed_all(bound)
        key = {"id": {"S": authorization_id}}
        return tried(self._dynamodb.update_item, TableName=self._table, Key=key, **change) is not None


def every_authorization(dynamodb: DynamoDBClient, table: str) -> list[Authorization]:
    """All of the table, oldest first, for who cannot open their tokens either."""
    found = [
        _authorization(untyped_all(item))
        for page in pages(dynamodb.scan, TableName=table, ConsistentRead=True)
        for item in page
    ]
    return sorted(found, key=lambda authorization: (authorization.created_at, authorization.id))


def _authorization(item: Mapping[str, Any]) -> Authorization:
    def moment(name: str) -> int | None:
        return int(item[name]) if name in item else None

    return Authorization(
        id=item["id"],
        description=item["description"],
        status=item["status"],
        redirect_uri=item["redirect_uri"],
        created_at=int(item["created_at"]),
        connected_at=moment("connected_at"),
        answered_at=moment("answered_at"),
        due_at=moment("due_at") or 0,
        expires_at=moment("expires_at"),
        message=item.get("message", ""),
        version=item.get("version", ""),
        sealed=tuple(item.get("sealed", ())),
        state_expires_at=moment("state_expires_at"),
        state_sealed=tuple(item.get("state_sealed", ())),
    )


def _not_found(authorization_id: str) -> NotFound:
    return NotFound(f"there is no authorization {authorization_id[:40]!r}; GET /authorizations lists them")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _context(authorization_id: str) -> dict[str, str]:
    return {"authorization": authorization_id, "purpose": "campaign-monitor-tokens"}
