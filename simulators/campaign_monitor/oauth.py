"""The vendor's consent page and token endpoint."""

from html import escape
from urllib.parse import urlencode, urlsplit

from simulators.campaign_monitor.grants import SCOPES, InvalidGrant, Tokens
from simulators.campaign_monitor.model import Account
from simulators.http import Request, Response

FIELDS = ("type", "client_id", "redirect_uri", "scope", "state")


def authorize(account: Account, request: Request) -> Response:
    """Show the consent page, or send the browser back with a code or an error."""
    given = request.form if request.method == "POST" else request.query
    if given.get("client_id") != account.grants.application.client_id:
        return Response.page("<h1>Unknown client</h1><p>unknown_client</p>", 400)
    if not account.grants.application.accepts(given.get("redirect_uri", "")):
        return Response.page("<h1>Unknown address</h1><p>invalid_redirect_uri</p>", 400)
    if problem := _problem(given):
        return _back(given, error=problem[0], error_description=problem[1])
    answer = {"1": "allow", "0": "deny"}.get(given.get("allow", ""), given.get("answer", ""))
    if not answer:
        return _consent_page(given)
    if answer != "allow":
        return _back(given, error="access_denied", error_description="The user denied the request")
    return _back(given, code=account.grants.consent(_scopes(given), given["redirect_uri"]))


def _problem(given: dict[str, str]) -> tuple[str, str] | None:
    if not given.get("redirect_uri") or given.get("type", "web_server") != "web_server":
        return "invalid_request", "type must be web_server"
    if not _scopes(given) or _scopes(given) - frozenset(SCOPES):
        return "unknown_scope", "The requested scope is unknown"
    return None


def _scopes(given: dict[str, str]) -> frozenset[str]:
    """Comma-separated and nothing else: a space makes an unknown scope."""
    return frozenset(given.get("scope", "").split(","))


def _back(given: dict[str, str], **answer: str) -> Response:
    if given.get("state"):
        answer["state"] = given["state"]
    uri = given.get("redirect_uri", "")
    joint = "&" if urlsplit(uri).query else "?"
    return Response(302, b"", headers={"Location": f"{uri}{joint}{urlencode(answer)}"})


def _consent_page(given: dict[str, str]) -> Response:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(given[name])}">'
        for name in FIELDS
        if name in given
    )
    wanted = "".join(f"<li>{escape(scope)}</li>" for scope in sorted(_scopes(given)))
    return Response.page(
        f"<h1>Allow access?</h1><ul>{wanted}</ul>"
        f'<form method="post" action="/oauth">{hidden}'
        '<button name="answer" value="allow">Allow access</button>'
        '<button name="answer" value="deny">Deny</button></form>'
    )


def token(account: Account, request: Request) -> Response:
    """Exchange a code or renew; failures have their own shape and, by switch, a status of success."""
    form = request.form
    try:
        tokens = _tokens(account, form)
    except InvalidGrant as error:
        body = {"error": "invalid_grant", "error_description": str(error)}
        return Response.of(body, account.switches.oauth_error_status)
    return Response.of(
        {
            "access_token": tokens.access_token,
            "expires_in": tokens.expires_in,
            "refresh_token": tokens.refresh_token,
        }
    )


def _tokens(account: Account, form: dict[str, str]) -> Tokens:
    with account.lock:
        if form.get("grant_type") == "refresh_token":
            return account.grants.renew(form.get("refresh_token", ""))
        if form.get("grant_type") != "authorization_code":
            raise InvalidGrant("Unsupported grant_type")
        known = account.grants.application
        if (form.get("client_id"), form.get("client_secret")) != (known.client_id, known.client_secret):
            raise InvalidGrant("Specified client was not recognised")
        return account.grants.exchange(form.get("code", ""), form.get("redirect_uri", ""))
