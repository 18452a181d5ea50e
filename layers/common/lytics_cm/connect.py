"""How a stored authorization becomes a Campaign Monitor client that keeps its own tokens fresh."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

import boto3

from lytics_cm.aws import patient, table
from lytics_cm.campaign_monitor import CampaignMonitor, oauth
from lytics_cm.clock import now
from lytics_cm.errors import NotFound
from lytics_cm.retry import Retry
from lytics_cm.settings import setting
from lytics_cm.store.authorizations import Authorizations, TokenPair
from lytics_cm.store.sealing import Seal
from lytics_cm.store.tokens import StoredTokens

if TYPE_CHECKING:
    from lytics_cm.store.pace import Pace


@cache
def authorizations() -> Authorizations:
    """Build the store once per cold start."""
    seal = Seal(patient(boto3.client("kms")), setting("TOKENS_KEY_ID"))
    return Authorizations(patient(boto3.client("dynamodb")), setting("AUTHORIZATIONS_TABLE"), seal)


def campaign_monitor(authorization_id: str, pace: Pace | None = None) -> CampaignMonitor:
    """The client for an authorization, the same one in each process; with a pace, every call takes a turn.

    Raises `NotFound`, `AuthorizationRevoked` or `Conflict` (not connected yet) before any call is made.
    """
    tokens, vendor = _built(authorization_id, pace)
    tokens.access()
    return vendor


def is_connected(authorization_id: str) -> bool:
    """Whether an authorization is active, as far as is known now."""
    try:
        return authorizations().get(authorization_id).status == "active"
    except NotFound:
        return False


def description_of(authorization_id: str) -> str | None:
    """What an authorization is called towards people; None of one that was deleted."""
    try:
        return authorizations().get(authorization_id).description
    except NotFound:
        return None


def for_person(authorization_id: str, retry: Retry | None = None) -> CampaignMonitor:
    """The client for a request that a person waits for: all share one `retry`, of some seconds."""
    retry = retry or Retry()
    vendor = retry.call(lambda: campaign_monitor(authorization_id), is_read=False)
    return vendor.for_person(retry)


def build(authorization_id: str, pace: Pace | None = None) -> tuple[StoredTokens, CampaignMonitor]:
    """Make a client of its own, with the tokens that it signs with; nothing is read yet."""
    tokens = StoredTokens(
        authorizations(), authorization_id, _refresh, on_revoked=partial(_tell_revoked, authorization_id)
    )
    turn = partial(pace.turn, authorization_id) if pace else nullcontext
    vendor = CampaignMonitor(setting("CAMPAIGN_MONITOR_API_URL"), oauth.Bearer(tokens), turn=turn)
    return tokens, vendor


_built = lru_cache(maxsize=64)(build)


def _tell_revoked(authorization_id: str) -> None:
    """Let the audit log say that the vendor has ended an authorization."""
    from lytics_cm.store import events  # noqa: PLC0415 - it hardly ever happens

    events.tell(table(setting("JOBS_TABLE")), events.ACCOUNT_REVOKED, now(), subject=authorization_id)


def _refresh(refresh_token: str) -> TokenPair:
    return issued(oauth.refresh(setting("CAMPAIGN_MONITOR_API_URL"), refresh_token), now())


def issued(tokens: oauth.Tokens, at: int) -> TokenPair:
    """Tokens that the vendor gave at a time (epoch ms)."""
    return TokenPair.issued(tokens.access_token, tokens.refresh_token, tokens.expires_in * 1000, at)
