"""How many workers share one pair of tokens, of which one at a time may refresh it.

The access token is kept in the process until shortly before it expires. Whoever then finds it due takes a
lease on the stored authorization and asks the vendor; the others wait for what it stores. A lease that is not
given back runs out. The refresh token is good for one refresh: should its holder die after the vendor's
answer and before storing it, then the next refresh is refused, and the account must be connected again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lytics_cm.aws import insist
from lytics_cm.clock import now
from lytics_cm.errors import AuthorizationRevoked, Conflict, TransientError, Unavailable
from lytics_cm.store.authorizations import Authorization, Authorizations, TokenPair

RETRY_MS = 60 * 1000
"""Milliseconds until the next attempt, when a refresh ahead of time came to nothing."""
LEASE_MS = 180 * 1000
"""Milliseconds of a lease: longer than a refresh may take and storing it is tried, time-outs included."""
REFRESH_WAIT_MS = 20 * 1000
"""Milliseconds that a worker waits for another's refresh: less than API Gateway waits for us."""
INSIST_SECONDS = 90
"""Seconds for which storing refreshed tokens is tried: the old ones are dead."""
PAUSE_SECONDS = 0.25
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The time that passes for the one who waits."""

    now: Callable[[], int] = now
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)


@dataclass(frozen=True, slots=True)
class _Held:
    access: str
    until: int

    def __repr__(self) -> str:
        return f"_Held(until={self.until})"


class StoredTokens:
    """The tokens of one authorization, as requests need them; safe to share between threads."""

    def __init__(
        self,
        authorizations: Authorizations,
        authorization_id: str,
        refresh: Callable[[str], TokenPair],
        timing: Timing | None = None,
        on_revoked: Callable[[], None] = lambda: None,
    ) -> None:
        self._authorizations = authorizations
        self._id = authorization_id
        self._refresh = refresh
        self._timing = timing or Timing()
        self._on_revoked = on_revoked
        self._held: _Held | None = None

    def access(self) -> str:
        """The access token; refreshed when due.

        Raises `AuthorizationRevoked` or `Conflict` (not connected yet).
        """
        held = self._held
        if held is None or self._timing.now() >= held.until:
            held = self._current()
        return held.access

    def refreshed(self, stale: str) -> str:
        """An access token other than `stale`, which the vendor calls expired: another's refresh, or ours."""

        def is_stale(tokens: TokenPair) -> bool:
            return tokens.access == stale or self._timing.now() >= tokens.expires_at

        return self._hold(self._renewed(is_stale)).access

    def refused(self, access: str, reason: str) -> AuthorizationRevoked:
        """Record that the vendor refuses `access` for good, unless newer tokens are stored.

        Return what to raise.
        """
        self._held = None
        known = self._authorizations.get(self._id)
        if known.status == "active" and self._authorizations.tokens(known).access == access:
            self._revoke(known, reason)
        return _revoked(known, reason)

    def _revoke(self, known: Authorization, reason: str) -> bool:
        """Store that the authorization is over, unless newer tokens are stored; tell whether that was now."""
        is_new = self._authorizations.revoke(self._id, reason, known.version)
        if is_new:
            self._on_revoked()
        return is_new

    def _current(self) -> _Held:
        try:
            return self._hold(self._renewed(self._is_due))
        except TransientError:
            tokens = self._authorizations.tokens(self._usable())
            if self._timing.now() >= tokens.expires_at:
                raise
            # It is not over yet: better the old token than none.
            self._held = _Held(tokens.access, min(tokens.expires_at, self._timing.now() + RETRY_MS))
            return self._held

    def _is_due(self, tokens: TokenPair) -> bool:
        return self._timing.now() >= tokens.due_at

    def _hold(self, tokens: TokenPair) -> _Held:
        self._held = _Held(tokens.access, tokens.due_at)
        return self._held

    def _renewed(self, is_stale: Callable[[TokenPair], bool]) -> TokenPair:
        """The stored tokens as soon as they are not stale; refreshes them when nobody else does."""
        owner = secrets.token_hex(8)
        deadline = self._timing.now() + REFRESH_WAIT_MS
        known = self._usable()
        tokens = self._authorizations.tokens(known)
        while is_stale(tokens):
            at = self._timing.now()
            if self._authorizations.lease(self._id, owner, known.version, at, at + LEASE_MS):
                return self._ask_vendor(known, tokens.refresh, owner)
            if at >= deadline:
                raise Unavailable(
                    f'another worker is refreshing authorization "{known.description}"; try again'
                )
            self._timing.sleep(PAUSE_SECONDS)
            latest = self._usable()
            if latest.version != known.version:
                tokens = self._authorizations.tokens(latest)
            known = latest
        return tokens

    def _ask_vendor(self, known: Authorization, refresh: str, owner: str) -> TokenPair:
        try:
            tokens = self._refresh(refresh)
        except AuthorizationRevoked as error:
            if self._revoke(known, str(error)):
                raise _revoked(known, str(error)) from error
            return self._authorizations.tokens(self._usable())
        except Exception:
            self._authorizations.release(self._id, owner)
            raise
        if insist(lambda: self._authorizations.replace(self._id, tokens, known.version), INSIST_SECONDS):
            return tokens
        return self._authorizations.tokens(self._usable())

    def _usable(self) -> Authorization:
        known = self._authorizations.get(self._id)
        if known.status == "active":
            return known
        if known.status == "revoked":
            raise _revoked(known, known.message)
        raise Conflict(f'authorization "{known.description}" is not connected yet; open its authorize_url')


def _revoked(known: Authorization, reason: str) -> AuthorizationRevoked:
    return AuthorizationRevoked(
        f'authorization "{known.description}" is revoked ({reason}); connect it again:'
        f" POST /authorizations/{known.id}/reconnect"
    )
