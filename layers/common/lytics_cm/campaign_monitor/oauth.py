"""OAuth with Campaign Monitor: asking for consent, trading codes and refresh tokens, signing requests.

The token end point answers errors under any status, in a shape of its own
(docs/reference/campaign-monitor.md#errors-of-the-token-endpoint): the body decides.
"""

import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol, Self
from urllib.parse import quote, urlencode

import requests
from requests.auth import AuthBase

from lytics_cm.campaign_monitor import refusals
from lytics_cm.campaign_monitor.columns import Json
from lytics_cm.errors import AuthorizationRevoked, LyticsCmError, Rejected, Unavailable
from lytics_cm.members import integer, text
from lytics_cm.vendor_http import Answer, connect, transmit

SCOPES = ("ViewReports", "ManageLists", "ImportSubscribers", "ViewSubscribersInReports", "Automation")
DOCUMENTED_LIFETIME = 14 * 24 * 3600
"""Seconds that an access token lives when the answer does not say."""

VENDOR = "Campaign Monitor"
PASSING = frozenset({"server_error", "temporarily_unavailable"})
SPENT = frozenset({"invalid_grant", "invalid_code", "expired_code"})


class TokenSource(Protocol):
    """The tokens of one authorization, shared by all who act for it."""

    def access(self) -> str:
        """The access token to sign with."""

    def refreshed(self, stale: str) -> str:
        """An access token newer than `stale`, which has expired."""

    def refused(self, access: str, reason: str) -> AuthorizationRevoked:
        """Note that the vendor refuses `access` for good.

        Return what to raise unless there is a newer one.
        """


class Bearer(AuthBase):
    """Signs with the access token; on an expired one refreshes once and repeats the request.

    Another worker's refresh may have ended our token's life: refused as invalid, it is repeated once with the
    newer one, if there is one.
    """

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        _sign(request, self._tokens.access())
        request.register_hook("response", self._repeat_if_refused)  # type: ignore[no-untyped-call]
        return request

    def _repeat_if_refused(self, response: requests.Response, **settings: Any) -> requests.Response:
        used = response.request.headers["Authorization"].removeprefix("Bearer ")
        newer = self._newer_than(used, response)
        if newer is None:
            return response
        response.close()
        request = response.request.copy()
        _sign(request, newer)
        repeated: requests.Response = response.connection.send(request, **settings)
        repeated.history.append(response)
        repeated.request = request
        return repeated

    def _newer_than(self, used: str, response: requests.Response) -> str | None:
        if response.status_code < HTTPStatus.BAD_REQUEST:
            return None
        answer = Answer(VENDOR, "a call", response.status_code, response.headers, response.content, (used,))
        code = refusals.code_of(answer)
        if code == refusals.EXPIRED_TOKEN:
            return self._tokens.refreshed(used)
        if code not in refusals.LOST_CREDENTIAL:
            return None
        error = self._tokens.refused(used, f"Code {code}: {refusals.message_of(answer)}")
        newer = self._tokens.access()
        if newer == used:
            raise error
        return newer


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token end point gives; `expires_in` in seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int = field(repr=False)

    @classmethod
    def parse(cls, body: Json, known_refresh_token: str = "") -> Self:
        refresh_token = text(body, "refresh_token") or known_refresh_token
        lifetime = integer(body, "expires_in", DOCUMENTED_LIFETIME)
        return cls(_token(text(body, "access_token")), _token(refresh_token), lifetime)


def authorize_url(origin: str, client_id: str, redirect_uri: str, state: str) -> str:
    """Where to send the admin's browser to ask for consent."""
    query = {
        "type": "web_server",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": ",".join(SCOPES),
        "state": state,
    }
    return f"{origin.rstrip('/')}/oauth?{urlencode(query, quote_via=quote, safe='')}"


def exchange(
    origin: str,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    code: str,
    session: requests.Session | None = None,
) -> Tokens:
    """Trade a code, which is good once and not for long.

    Raises `AuthorizationRevoked` for one that is not.
    """
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "redirect_uri": redirect_uri,
        "code": code,
    }
    answer = _post(origin, form, (client_secret, code), session)
    if error := _error_of(answer):
        raise _translated(answer, error, can_retry_consent=error in SPENT)
    return answer.read(Tokens.parse)


def refresh(origin: str, refresh_token: str, session: requests.Session | None = None) -> Tokens:
    """Trade a refresh token; the one returned replaces it.

    Raises `AuthorizationRevoked` when it is refused.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    answer = _post(origin, form, (refresh_token,), session)
    if error := _error_of(answer):
        raise _translated(answer, error, can_retry_consent=True)
    return answer.read(lambda body: Tokens.parse(body, refresh_token))


def _post(
    origin: str, form: dict[str, str], secrets: tuple[str, ...], session: requests.Session | None
) -> Answer:
    """Post to the token end point. Raises what the answer means, except for OAuth's own errors."""
    request = requests.Request("POST", f"{origin.rstrip('/')}/oauth/token", data=form)
    with nullcontext(session) if session else connect() as connections:
        sent = transmit(connections, request, "POST oauth/token", VENDOR)
    answer = Answer(VENDOR, sent.call, sent.status, sent.headers, sent.body, secrets)
    if not answer.is_success and not _error_of(answer):
        raise refusals.refusal(answer)
    return answer


def _error_of(answer: Answer) -> str:
    """The name of an OAuth error, empty when the answer is none, or says more by its status."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ""
    try:
        body = answer.json()
    except ValueError:
        return ""
    return text(body, "error") if isinstance(body, dict) else ""


def _translated(answer: Answer, error: str, *, can_retry_consent: bool) -> LyticsCmError:
    words = answer.quote(f"{error}: {text(answer.json(), 'error_description')}")
    if error in PASSING:
        return Unavailable(f"{VENDOR} cannot give tokens now ({words})")
    if can_retry_consent:
        return AuthorizationRevoked(f"{VENDOR} gives no tokens ({words}); connect the account again")
    return Rejected(
        f"{VENDOR} gives no tokens ({words}); check the client id, its secret and the redirect URI"
    )


def _sign(request: requests.PreparedRequest, access: str) -> None:
    request.headers["Authorization"] = f"Bearer {access}"


def _token(value: str) -> str:
    """A token as RFC 6749 has it: printable ASCII, fit for a header."""
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise ValueError("not a token")
    return value
