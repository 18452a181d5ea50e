"""Who may act for the account: applications, consent codes, access and refresh tokens."""

import base64
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

from simulators.campaign_monitor.clock import Clock
from simulators.campaign_monitor.switches import Switches

SCOPES = (
    "ViewReports",
    "ManageLists",
    "CreateCampaigns",
    "ImportSubscribers",
    "SendCampaigns",
    "ViewSubscribersInReports",
    "ManageTemplates",
    "AdministerPersons",
    "AdministerAccount",
    "ViewTransactional",
    "SendTransactional",
    "Automation",
)
TOKEN_BYTES = 60


@dataclass(slots=True)
class Application:
    """A registered application; without redirect URIs any is accepted."""

    client_id: str
    client_secret: str
    redirect_uris: list[str] = field(default_factory=list)

    def accepts(self, redirect_uri: str) -> bool:
        """Compare scheme, authority and path, as the vendor does."""
        given = urlsplit(redirect_uri)[:3]
        return not self.redirect_uris or any(urlsplit(uri)[:3] == given for uri in self.redirect_uris)


@dataclass(slots=True, eq=False)
class Grant:
    """One person's consent; its tokens come and go."""

    scopes: frozenset[str]
    client_ids: frozenset[str] | None = None  # None: all clients of the account
    revoked: bool = False


@dataclass(slots=True, eq=False)
class Token:
    text: str
    grant: Grant
    expires_at: float


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint answers."""

    access_token: str
    expires_in: int
    refresh_token: str


@dataclass(slots=True, eq=False)
class Code:
    grant: Grant
    redirect_uri: str
    expires_at: float


class InvalidGrant(Exception):
    """The code or refresh token cannot be used (any more)."""


@dataclass(slots=True, eq=False)
class Grants:
    application: Application
    clock: Clock
    switches: Switches
    random: Random
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Token] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    refreshes: int = 0

    def consent(self, scopes: frozenset[str], redirect_uri: str) -> str:
        """Give a code, short-lived and for one use."""
        code = f"{self.random.getrandbits(128):032x}"
        self.codes[code] = Code(Grant(scopes), redirect_uri, self.clock.now() + self.switches.code_seconds)
        return code

    def exchange(self, text: str, redirect_uri: str) -> Tokens:
        code = self.codes.pop(text, None)
        if code is None or code.expires_at < self.clock.now() or code.redirect_uri != redirect_uri:
            raise InvalidGrant("Specified code was invalid or expired")
        return self.issue(code.grant)

    def renew(self, refresh_token: str) -> Tokens:
        grant = self.refresh.get(refresh_token)
        if grant is None or grant.revoked:
            raise InvalidGrant("Specified refresh_token was invalid or expired")
        self.refreshes += 1
        if not self.switches.refresh_tokens_change:
            return self.issue(grant, refresh_token)
        if self.switches.rotate_refresh_tokens:
            del self.refresh[refresh_token]
        return self.issue(grant)

    def issue(self, grant: Grant, refresh_token: str | None = None) -> Tokens:
        """Make a pair of tokens without any dance."""
        lifetime = self.switches.token_seconds
        access, refresh = self._secret(), refresh_token or self._secret()
        self.access[access] = Token(access, grant, self.clock.now() + lifetime)
        self.refresh[refresh] = grant
        return Tokens(access, lifetime, refresh)

    def expire(self) -> None:
        """Let every access token be expired from now on; they can be refreshed."""
        for token in self.access.values():
            token.expires_at = 0.0

    def revoke(self) -> None:
        """Withdraw every consent given so far."""
        for token in self.access.values():
            token.grant.revoked = True
        for grant in self.refresh.values():
            grant.revoked = True

    def _secret(self) -> str:
        """A token with the characters that get lost where somebody forgets to encode."""
        text = base64.b64encode(self.random.randbytes(TOKEN_BYTES)).decode()
        return f"{text[:20]}+/{text[20:]}=="
