"""Consent, tokens, and what is refused to whom."""

import json
from urllib.parse import urlencode, urlsplit

import pytest

from simulators.browser import consent
from simulators.campaign_monitor import CampaignMonitor
from simulators.http import Response, Server

SCOPES = "ManageLists,ImportSubscribers"


@pytest.fixture
def application():
    """Our side of the dance: shows what the callback was given."""
    with Server(lambda request: Response.of(request.query)) as server:
        yield server


def authorize_url(vendor, redirect_uri, **changes):
    query = {
        "type": "web_server",
        "client_id": vendor.client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": "s+/=&",
        **changes,
    }
    return f"{vendor.url}/oauth?{urlencode(query)}"


def callback_of(vendor, application, *, allow=True, **changes):
    status, body = consent(authorize_url(vendor, f"{application.url}/callback", **changes), allow=allow)
    assert status == 200
    return json.loads(body)


def exchange(vendor, call, **form):
    return call.raw("POST", "/oauth/token", urlencode(form), headers={})


def code_form(vendor, application, code, **changes):
    return {
        "grant_type": "authorization_code",
        "client_id": vendor.client_id,
        "client_secret": vendor.client_secret,
        "redirect_uri": f"{application.url}/callback",
        "code": code,
        **changes,
    }


def test_allowing_brings_a_code_and_the_state_back(vendor, application, call):
    given = callback_of(vendor, application)

    status, tokens = exchange(vendor, call, **code_form(vendor, application, given["code"]))

    assert given["state"] == "s+/=&"
    assert status == 200
    assert set(tokens) == {"access_token", "expires_in", "refresh_token"}
    assert all(character in tokens["access_token"] for character in "+/=")


def test_denying_brings_an_error_and_the_state_back(vendor, application):
    given = callback_of(vendor, application, allow=False)

    assert (given["error"], given["state"]) == ("access_denied", "s+/=&")


def test_scopes_joined_by_spaces_are_unknown(vendor, application):
    given = callback_of(vendor, application, scope="ManageLists ImportSubscribers")

    assert given["error"] == "unknown_scope"


def test_an_unknown_application_gets_a_page_and_no_redirect(vendor, application):
    status, body = consent(authorize_url(vendor, application.url, client_id="1"))

    assert (status, "unknown_client" in body) == (400, True)


def test_a_redirect_uri_must_match_in_scheme_authority_and_path(application):
    registered = f"{application.url}/callback"
    with CampaignMonitor(redirect_uris=(registered,)) as vendor:
        pages = [
            consent(authorize_url(vendor, uri))[0]
            for uri in (registered, f"{registered}?x=1", f"{registered}/x")
        ]

    assert pages == [200, 200, 400]


def test_a_code_works_once_and_only_with_all_that_belongs_to_it(vendor, application, call):
    codes = [callback_of(vendor, application)["code"] for _ in range(3)]
    wrong_secret = exchange(vendor, call, **code_form(vendor, application, codes[0], client_secret="no"))
    wrong_uri = exchange(
        vendor, call, **code_form(vendor, application, codes[1], redirect_uri="http://127.0.0.1/")
    )
    first, second = (exchange(vendor, call, **code_form(vendor, application, codes[2])) for _ in range(2))

    assert [status for status, _ in (wrong_secret, wrong_uri, first, second)] == [400, 400, 200, 400]
    assert second[1] == {
        "error": "invalid_grant",
        "error_description": "Specified code was invalid or expired",
    }


def test_a_late_code_is_refused_and_the_status_of_errors_is_a_switch(vendor, application, call):
    vendor.switches.oauth_error_status = 200
    code = callback_of(vendor, application)["code"]
    vendor.clock.advance(vendor.switches.code_seconds + 1)

    status, body = exchange(vendor, call, **code_form(vendor, application, code))

    assert (status, body["error"]) == (200, "invalid_grant")


def test_a_refresh_token_dies_with_its_use_when_tokens_rotate(vendor, call):
    tokens = vendor.tokens()
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}

    first, second = (exchange(vendor, call, **form)[0] for _ in range(2))

    assert (first, second) == (200, 400)


def test_a_refresh_token_lives_on_when_tokens_do_not_rotate(vendor, call):
    vendor.switches.rotate_refresh_tokens = False
    form = {"grant_type": "refresh_token", "refresh_token": vendor.tokens().refresh_token}

    assert [exchange(vendor, call, **form)[0] for _ in range(2)] == [200, 200]


def test_a_token_expires_by_the_clock_and_a_refresh_helps(vendor, call, newsletter):
    tokens = vendor.tokens()
    call.headers = {"Authorization": f"Bearer {tokens.access_token}"}
    vendor.clock.advance(tokens.expires_in + 1)

    before = call.get("clients")
    _, renewed = exchange(vendor, call, grant_type="refresh_token", refresh_token=tokens.refresh_token)
    call.headers = {"Authorization": f"Bearer {renewed['access_token']}"}

    assert before == (401, {"Code": 121, "Message": "Expired OAuth Token"})
    assert call.get("clients")[0] == 200


def test_strangers_get_401_for_any_path_and_friends_404(vendor, call):
    assert call.raw("GET", "/api/v3.3/nowhere.json", headers={})[1]["Code"] == 100
    assert call.get("nowhere") == (
        404,
        {"Code": 404, "Message": "We couldn't find the resource you're looking for."},
    )


def test_a_person_may_see_fewer_clients_than_the_account_has(vendor, call, client, newsletter):
    other = vendor.account.add_client("Other")
    token = vendor.tokens(client_ids=frozenset({other.id})).access_token
    call.headers = {"Authorization": f"Bearer {token}"}

    assert call.get("clients")[1] == [{"ClientID": other.id, "Name": "Other"}]
    assert call.get(f"clients/{client.id}")[1]["Code"] == 102
    assert call.get(f"lists/{newsletter.id}")[1]["Code"] == 101


def test_each_kind_of_work_needs_its_scope(vendor, call, client, newsletter):
    campaign, journey = next(iter(client.campaigns)), next(iter(client.journeys))
    paths = {
        "ManageLists": ("GET", f"lists/{newsletter.id}/active"),
        "ImportSubscribers": ("POST", f"subscribers/{newsletter.id}/import"),
        "ViewReports": ("GET", f"campaigns/{campaign}/summary"),
        "Automation": ("GET", f"journeys/{journey}"),
    }
    refused = {}
    for scope in paths:
        call.headers = {"Authorization": f"Bearer {vendor.tokens(scope).access_token}"}
        answers = {each: call(method, path, {})[1] for each, (method, path) in paths.items()}
        refused[scope] = {each for each, body in answers.items() if body.get("Code") == 60}

    assert refused == {scope: set(paths) - {scope} for scope in paths}
    assert urlsplit(vendor.url).hostname == "127.0.0.1"
