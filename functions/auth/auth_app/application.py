"""Our application as Campaign Monitor knows it: the only place that uses the application's secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lytics_cm.campaign_monitor import oauth
from lytics_cm.connect import issued
from lytics_cm.store.authorizations import TokenPair


@dataclass(frozen=True, slots=True)
class Application:
    """The registered OAuth application; `secret` reads its secret when a code is exchanged."""

    api_url: str
    client_id: str
    secret: Callable[[], str] = field(repr=False)

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        return oauth.authorize_url(self.api_url, self.client_id, redirect_uri, state)

    def exchange(self, code: str, redirect_uri: str, now: int) -> TokenPair:
        """Exchange the code of a consent, which works once."""
        tokens = oauth.exchange(self.api_url, self.client_id, self.secret(), redirect_uri, code)
        return issued(tokens, now)
