"""How a person's consent becomes an active authorization, and every way in which it may not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from auth_app import pages
from auth_app.application import Application
from auth_app.pages import Page
from lytics_cm.aws import insist
from lytics_cm.campaign_monitor import CampaignMonitor, oauth, zones
from lytics_cm.campaign_monitor.records import Name
from lytics_cm.errors import AuthorizationRevoked, InvalidInput, LyticsCmError
from lytics_cm.retry import Retry
from lytics_cm.store.authorizations import Authorization, Authorizations

CALLBACK = "/oauth/callback"
MOST_AT_ONCE = 4
"""Calls to the vendor at a time while looking at the clients of a new account."""
LOOK_SECONDS = 15.0
"""Seconds for that look: API Gateway waits 29. What was not looked at is the import's to find out."""
INSIST_SECONDS = 8.0
"""Seconds for which storing the tokens is tried: a consent's code works once."""
MAX_MESSAGE_CHARS = 500

ERRORS = {
    "access_denied": "Access was denied on Campaign Monitor's page.",
    "invalid_request": "Campaign Monitor did not understand the request for access.",
    "unknown_client": "Campaign Monitor does not know the application: check the stack's CampaignMonitorClientId.",
    "invalid_redirect_uri": "Campaign Monitor has another address registered for the application: register {uri}",
    "server_error": "Campaign Monitor had an error of its own.",
    "unknown_scope": "Campaign Monitor does not know a permission that was asked for.",
}


@dataclass(frozen=True, slots=True)
class Once:
    """A token just given, for the first look; neither expired nor stored."""

    token: str = field(repr=False)

    def access(self) -> str:
        return self.token

    def refreshed(self, _stale: str) -> str:
        raise self.refused(self.token, "it expired at once")

    def refused(self, _access: str, reason: str) -> AuthorizationRevoked:
        return AuthorizationRevoked(f"Campaign Monitor does not accept the token it just gave ({reason})")


@dataclass(frozen=True, slots=True)
class Consent:
    """The dance of authorizing, from the admin's request to the browser's return.

    `go_on` has the jobs go on that had failed for an authorization, and names them.
    """

    authorizations: Authorizations
    application: Application
    clock: Callable[[], float]
    go_on: Callable[[str], Sequence[str]]

    def begin(self, description: str, redirect_uri: str, reconnect: str | None) -> tuple[Authorization, str]:
        """Store what is to be authorized; return it and the URL to open in a browser."""
        now = self._now()
        if reconnect:
            begun = self.authorizations.reconnect(reconnect, description, redirect_uri, now)
        else:
            begun = self.authorizations.begin(description, redirect_uri, now)
        authorization, state = begun
        return authorization, self.application.authorize_url(redirect_uri, state)

    def begin_again(self, authorization_id: str, redirect_uri: str) -> str:
        """Ask for a new consent to a stored authorization; return the URL to open in a browser."""
        known = self.authorizations.get(authorization_id)
        return self.begin(known.description, redirect_uri, authorization_id)[1]

    def url_again(self, authorization: Authorization) -> str | None:
        """The URL to open for the consent that is awaited; None when its time is over."""
        state = self.authorizations.awaited(authorization, self._now())
        return state and self.application.authorize_url(authorization.redirect_uri, state)

    def open_until(self, authorization: Authorization) -> int | None:
        """Until when the consent that is awaited can be given (epoch ms); None when none is, or its time is over."""
        until = authorization.state_expires_at
        return until if until and self._now() < until else None

    def finish(self, query: Mapping[str, str]) -> Page:
        """Take the browser back: use up the `state`, exchange the code, look at the account, store tokens."""
        claim = self.authorizations.claim(query.get("state", ""), self._now())
        known = claim.authorization
        if known is None:
            stateless = "error" in query and "state" not in query
            return pages.declined("", refusal(query["error"])) if stateless else pages.unknown()
        return replace(self._finish(claim.outcome, known, query), authorization_id=known.id)

    def _finish(self, outcome: str, known: Authorization, query: Mapping[str, str]) -> Page:
        if outcome == "used":
            is_active = known.status == "active"
            jobs = self.go_on(known.id) if is_active else []
            return pages.used(known.description, jobs, active=is_active)
        if outcome == "expired":
            return pages.expired(known.description)
        if not query.get("code"):
            message = refusal(query.get("error", ""), known.redirect_uri)
            self.authorizations.fail(query["state"], message, self._now())
            return pages.declined(known.description, message)
        return self._connect(known, query["code"], query["state"])

    def _connect(self, known: Authorization, code: str, state: str) -> Page:
        retry = Retry()
        try:
            tokens = retry.call(
                lambda: self.application.exchange(code, known.redirect_uri, self._now()), is_read=False
            )
            seen = self._look_at_clients(tokens.access, retry)
            insist(lambda: self.authorizations.activate(known.id, tokens, self._now()), INSIST_SECONDS)
        except LyticsCmError as error:
            message = str(error)[:MAX_MESSAGE_CHARS]
            self.authorizations.fail(state, message, self._now())
            return pages.failed(known.description, message)
        return pages.connected(known.description, seen, self.go_on(known.id))

    def _look_at_clients(self, access: str, retry: Retry) -> int:
        """Prove that the token works and that we know every client's time zone.

        Return how many clients there are.
        """
        vendor = CampaignMonitor(self.application.api_url, oauth.Bearer(Once(access))).for_person(retry)
        clients = vendor.clients()
        deadline = self.clock() + LOOK_SECONDS

        def check(client: Name) -> None:
            if self.clock() < deadline:
                try:
                    zones.zone_of(vendor.client(client.id).time_zone)
                except InvalidInput as error:
                    raise InvalidInput(f'client "{client.name}": {error}') from error

        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
            for _ in pool.map(check, clients):
                pass
        return len(clients)

    def _now(self) -> int:
        return int(self.clock() * 1000)


def refusal(error: str, redirect_uri: str = "") -> str:
    """Say in our words what the vendor's error code means; its own words come from whoever made the link."""
    meaning = ERRORS.get(error, "Campaign Monitor sent the browser back without access.")
    return meaning.format(uri=redirect_uri or "this stack's /oauth/callback")
