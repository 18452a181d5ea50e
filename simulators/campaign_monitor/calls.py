"""One API call: its credential, what it may touch, its body; and the table of routes the endpoints enter."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulators.campaign_monitor.model import Account, Campaign, Client, MailingList
from simulators.http import Request, Response


class ApiError(Exception):
    """An answer in the vendor's envelope."""

    def __init__(self, code: int, message: str, status: int = 400, result: object = None) -> None:
        super().__init__(message)
        body: dict[str, object] = {"Code": code, "Message": message}
        if result is not None:
            body["ResultData"] = result
        self.code, self.response = code, Response.of(body, status)


NO_CREDENTIAL = "Invalid API Key"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller may do: None means everything."""

    client_ids: frozenset[str] | None = None
    scopes: frozenset[str] | None = None


@dataclass(slots=True)
class Call:
    account: Account
    request: Request
    credential: Credential
    query: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.query = {name.lower(): value for name, value in self.request.query.items()}

    def clients(self) -> list[Client]:
        allowed = self.credential.client_ids
        return [client for client in self.account.clients.values() if allowed is None or client.id in allowed]

    def client(self, client_id: str) -> Client:
        for client in self.clients():
            if client.id == client_id:
                return client
        raise ApiError(102, "Invalid ClientID", 401)

    def mailing_list(self, list_id: str) -> MailingList:
        for client in self.clients():
            if list_id in client.lists:
                return client.lists[list_id]
        raise ApiError(101, "Invalid ListID", 401)

    def campaign(self, campaign_id: str) -> tuple[Client, Campaign]:
        for client in self.clients():
            if campaign_id in client.campaigns:
                return client, client.campaigns[campaign_id]
        raise ApiError(101, "Invalid CampaignID", 401)

    @property
    def is_old(self) -> bool:
        """Says that version 3.2 was called: sent campaigns unpaged, date filters read leniently."""
        return self.request.parts[1] == "v3.2"

    def flag(self, name: str) -> bool:
        return self.query.get(name.lower(), "").lower() == "true"

    def email(self) -> str:
        return self.query.get("email", "")

    def body(self, kinds: dict[str, "Kind"]) -> dict[str, Any]:
        """The JSON body's members by their documented names, case ignored; each must have its type or be absent."""
        try:
            given = json.loads(self.request.body.decode("utf-8"))
        except ValueError as error:
            raise unreadable("request") from error
        if not isinstance(given, dict):
            raise unreadable("request")
        return typed(given, kinds)


type Kind = type | tuple[type, ...]


def unreadable(name: str) -> ApiError:
    return ApiError(400, f"Failed to deserialize your request. Fields in error: {name}")


def typed(given: dict[str, Any], kinds: dict[str, Kind]) -> dict[str, Any]:
    """Pick the known members, null counting as absent; a wrong JSON type fails the whole request."""
    known = {name.lower(): name for name in kinds}
    picked = {}
    for member, value in given.items():
        name = known.get(member.lower())
        if name is None or value is None:
            continue
        if not _fits(value, kinds[name]):
            raise unreadable(name)
        picked[name] = value
    return picked


def _fits(value: object, kind: Kind) -> bool:
    if isinstance(value, bool):
        return kind is bool or (isinstance(kind, tuple) and bool in kind)
    return isinstance(value, kind)


class Route(NamedTuple):
    method: str
    parts: tuple[str, ...]
    scopes: frozenset[str]
    handler: Callable[..., Response]


VERSIONS = (["v3.3"], ["v3.2"])
ROUTES: list[Route] = []
_BY_SHAPE: dict[tuple[str, int], list[Route]] = {}


def route(
    method: str, path: str, *scopes: str
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Enter a handler under a path such as `lists/{list_id}/stats`; it is called with the call and the braces."""

    def enter(handler: Callable[..., Response]) -> Callable[..., Response]:
        made = Route(method, tuple(path.split("/")), frozenset(scopes), handler)
        ROUTES.append(made)
        _BY_SHAPE.setdefault((method, len(made.parts)), []).append(made)
        return handler

    return enter


def find(method: str, parts: list[str]) -> tuple[Route, list[str]] | None:
    """The route for a path and what stands in its braces; fixed words win over braces."""
    found = [
        (candidate, values)
        for candidate in _BY_SHAPE.get((method, len(parts)), ())
        if (values := _values(candidate, parts)) is not None
    ]
    return min(found, key=lambda match: len(match[1])) if found else None


def _values(candidate: Route, parts: list[str]) -> list[str] | None:
    values = []
    for expected, given in zip(candidate.parts, parts, strict=True):
        if expected.startswith("{"):
            values.append(given)
        elif expected != given:
            return None
    return values


def credential_of(account: Account, request: Request) -> Credential:
    """Accept an account key, a client key or an access token; 401 in the vendor's words otherwise."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        return _by_key(account, value)
    if kind.lower() == "bearer":
        return _by_token(account, value)
    raise ApiError(100, NO_CREDENTIAL, 401)


def _by_key(account: Account, value: str) -> Credential:
    try:
        key = base64.b64decode(value, validate=True).decode().partition(":")[0]
    except ValueError as error:
        raise ApiError(100, NO_CREDENTIAL, 401) from error
    if key == account.api_key:
        return Credential()
    for client in account.clients.values():
        if key == client.api_key:
            return Credential(frozenset({client.id}))
    raise ApiError(100, NO_CREDENTIAL, 401)


def _by_token(account: Account, value: str) -> Credential:
    token = account.grants.access.get(value)
    if token is None:
        raise ApiError(120, "Invalid OAuth Token", 401)
    if token.grant.revoked:
        raise ApiError(122, "Revoked OAuth Token", 401)
    if token.expires_at <= account.clock.now():
        raise ApiError(121, "Expired OAuth Token", 401)
    return Credential(token.grant.client_ids, token.grant.scopes)


def answer(account: Account, request: Request) -> Response:
    """Authenticate, then route: an unknown path is a 401 for strangers and a 404 for friends."""
    try:
        credential = credential_of(account, request)
        handler, values = _allowed(account, request, credential)
        with account.lock:
            return handler(Call(account, request, credential), *values)
    except ApiError as error:
        return error.response


def _allowed(
    account: Account, request: Request, credential: Credential
) -> tuple[Callable[..., Response], list[str]]:
    found = find(request.method, _resource(request))
    if found is None:
        raise ApiError(404, "We couldn't find the resource you're looking for.", 404)
    wanted, values = found
    checked = account.switches.check_scopes and credential.scopes is not None
    if checked and wanted.scopes - (credential.scopes or frozenset()):
        raise ApiError(60, "You do not have permission to access this resource.", 401)
    return wanted.handler, values


def _resource(request: Request) -> list[str]:
    """The path below `/api/v3.3/` (or 3.2) without its format suffix; XML is not spoken here."""
    parts = request.parts
    wants_json = "application/json" in request.headers.get("accept", "")
    if parts[0] != "api" or parts[1:2] not in VERSIONS or not (parts[-1].endswith(".json") or wants_json):
        return []
    return [*parts[2:-1], parts[-1].removesuffix(".json")]
