"""Who may call the API: whoever carries the admin token's string, or the token of a session that holds."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from auth_app import session_tokens
from lytics_cm.callers import ADMIN, NOBODY, Caller
from lytics_cm.errors import Throttled

if TYPE_CHECKING:
    from auth_app.session_tokens import SessionToken
    from auth_app.sessions import Session

MAX_AGE = 300
"""Seconds after which the secret is read again in any case: a token that was rotated out stops working."""
MIN_AGE = 10
"""Seconds for which wrong tokens do not make us read it again."""
FINGERPRINT_CHARS = 12


class AdminToken:
    """The admin token as last read; `read` fetches it, which costs a call."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._token = b""
        self._read_at = float("-inf")

    def admits(self, carried: str, now: float) -> bool:
        """Compare a token in constant time."""
        given = carried.encode("utf-8", "replace")
        return bool(given) and self.proves(lambda token: hmac.compare_digest(given, token), now)

    def proves(self, claim: Callable[[bytes], bool], now: float) -> bool:
        """Whether a claim about the admin token is true; a false one may only mean that it was rotated.

        An empty one proves nothing.
        """
        if now - self._read_at >= MAX_AGE:
            self._renew_if_possible(now)
        if self._token and claim(self._token):
            return True
        if now - self._read_at < MIN_AGE:
            return False
        self._renew(now)
        return bool(self._token) and claim(self._token)

    def _renew_if_possible(self, now: float) -> None:
        """Read the secret again; while that cannot be, the token last read goes on being the one."""
        try:
            self._renew(now)
        except Throttled:
            if not self._token:
                raise

    def _renew(self, now: float) -> None:
        self._token = self._read().strip().encode()
        self._read_at = now


def caller(
    header: str, admin_token: AdminToken, session: Callable[[str], Session | None], now: float
) -> Caller:
    """Who carries the token in a header `Authorization` at `now` (epoch seconds); `NOBODY` if it does not hold.

    `session` reads one by its id: once, for a token that was signed and has not ended.
    """
    scheme, _, carried = header.strip().partition(" ")
    token = carried.strip()
    if scheme.lower() != "bearer":
        return NOBODY
    if said := session_tokens.parse(token):
        return _in_session(said, token, admin_token, session, now)
    if admin_token.admits(token, now):
        return Caller("admin token", ADMIN, fingerprint=_fingerprint(token))
    return NOBODY


def _in_session(
    said: SessionToken,
    token: str,
    admin_token: AdminToken,
    session: Callable[[str], Session | None],
    now: float,
) -> Caller:
    if said.ends_at <= now * 1000 or not admin_token.proves(said.is_signed, now):
        return NOBODY
    if (known := session(said.id)) is None:
        return NOBODY
    return Caller(known.name, said.role, said.id, _fingerprint(token), said.ends_at)


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:FINGERPRINT_CHARS]


def policy(event: Mapping[str, Any], who: Caller) -> dict[str, Any]:
    """API Gateway's answer for all routes of the stage: it keeps it for the token, whatever came first.

    Which of them serve the caller's role is decided where they are answered (`lytics_cm.web`).
    """
    api, stage, *_ = event["methodArn"].split("/")
    return {
        "principalId": "anyone" if who == NOBODY else who.session or "admin",
        "context": who.as_context(),
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Deny" if who == NOBODY else "Allow",
                    "Resource": f"{api}/{stage}/*",
                }
            ],
        },
    }
