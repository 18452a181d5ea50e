"""The consent dance, and how a request survives the end of its token."""

import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from lytics_cm.campaign_monitor import oauth
from lytics_cm.errors import AuthorizationRevoked, PermanentError, RateLimited, Rejected, Unavailable
from tests.unit.campaign_monitor.loopback import Reply

EXPIRED = Reply({"Code": 121, "Message": "Expired OAuth Token"}, status=401)
INVALID = Reply({"Code": 120, "Message": "Invalid OAuth Token"}, status=401)
REVOKED = Reply({"Code": 122, "Message": "Revoked OAuth Token"}, status=401)


def signatures(vendor):
    return [asked.headers["Authorization"] for asked in vendor.asked]


def exchange(vendor):
    return oauth.exchange(vendor.origin, "id-1", "the secret/+=", "https://example.com/callback", "the code")


def test_an_expired_token_is_refreshed_once_and_the_request_repeated(monitor, vendor, tokens):
    vendor.will(EXPIRED, Reply("[age]", status=201))

    key = monitor.create_custom_field("2fe4", "age", "Number")

    assert key == "[age]"
    assert signatures(vendor) == ["Bearer access-token-0", "Bearer access-token-1"]
    assert vendor.asked[0].body == vendor.asked[1].body != b""
    assert tokens.refreshes == ["access-token-0"]


def test_a_token_that_expires_again_at_once_is_not_refreshed_again(monitor, vendor, tokens):
    vendor.will(EXPIRED)

    with pytest.raises(Unavailable, match="Code 121"):
        monitor.clients()

    assert tokens.refreshes == ["access-token-0"]


def test_the_next_call_signs_with_the_new_token(monitor, vendor):
    vendor.will(EXPIRED, Reply([]))

    monitor.clients()
    monitor.clients()

    assert signatures(vendor) == [f"Bearer access-token-{number}" for number in (0, 1, 1)]


def test_threads_that_find_the_token_expired_cause_one_refresh(monitor, vendor, tokens):
    together = threading.Barrier(2, timeout=5)

    def reply(asked):
        if asked.headers["Authorization"] == "Bearer access-token-0":
            return EXPIRED
        return Reply([{"ClientID": "4a39", "Name": "One"}])

    def ask():
        together.wait()
        found.append(monitor.clients()[0].name)

    found = []
    vendor.replies = reply
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["One", "One"]
    assert tokens.refreshes == ["access-token-0"]


@pytest.mark.parametrize("reply", [INVALID, REVOKED])
def test_a_token_refused_for_good_is_reported_with_the_reason(reply, monitor, vendor, tokens):
    vendor.will(reply)

    with pytest.raises(AuthorizationRevoked):
        monitor.clients()

    code, message = reply.body["Code"], reply.body["Message"]
    assert tokens.refusals == [("access-token-0", f"Code {code}: {message}")]
    assert (len(vendor.asked), tokens.refreshes) == (1, [])


def test_a_token_that_another_worker_replaced_is_no_reason_to_give_up(monitor, vendor, tokens):
    tokens.stored = "access-token-of-another"
    vendor.will(INVALID, Reply([]))

    assert monitor.clients() == []
    assert signatures(vendor) == ["Bearer access-token-0", "Bearer access-token-of-another"]


@pytest.mark.parametrize("code", [60, 101, 102])
def test_other_refusals_do_not_touch_the_tokens(code, monitor, vendor, tokens):
    vendor.will(Reply({"Code": code, "Message": "no"}, status=401))

    with pytest.raises(PermanentError):
        monitor.clients()

    assert (tokens.refreshes, tokens.refusals, len(vendor.asked)) == ([], [], 1)


@pytest.mark.parametrize(("status", "code"), [(401, 100), (401, 120), (401, 122), (403, 122)])
def test_a_credential_that_is_refused_for_good_is_noted_whatever_the_status(
    status, code, monitor, vendor, tokens
):
    vendor.will(Reply({"Code": code, "Message": "no"}, status=status))

    with pytest.raises(AuthorizationRevoked):
        monitor.clients()

    assert tokens.refusals == [("access-token-0", f"Code {code}: no")]


def test_a_lost_line_during_the_repetition_is_unavailable(monitor, vendor):
    vendor.will(EXPIRED, Reply(fault="drop"))

    with pytest.raises(Unavailable):
        monitor.clients()


def test_consent_is_asked_for_at_the_documented_place():
    url = oauth.authorize_url(
        "https://api.example.com/", "id 1", "https://example.com/prod/oauth/callback?a=1", "s+1"
    )

    assert url.startswith("https://api.example.com/oauth?type=web_server&client_id=id%201&")
    assert (
        "scope=ViewReports%2CManageLists%2CImportSubscribers%2CViewSubscribersInReports%2CAutomation&" in url
    )
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == ["https://example.com/prod/oauth/callback?a=1"]
    assert parse_qs(urlsplit(url).query)["state"] == ["s+1"]


def test_a_code_is_traded_with_a_form(vendor):
    vendor.will(Reply({"access_token": "SlAV/+=", "refresh_token": "tGzv", "expires_in": 60}))

    tokens = exchange(vendor)

    asked = vendor.asked[0]
    assert tokens == oauth.Tokens("SlAV/+=", "tGzv", 60)
    assert (asked.method, asked.target) == ("POST", "/oauth/token")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.form == {
        "grant_type": "authorization_code",
        "client_id": "id-1",
        "client_secret": "the secret/+=",
        "redirect_uri": "https://example.com/callback",
        "code": "the code",
    }


def test_a_refresh_sends_the_refresh_token_alone(vendor):
    vendor.will(Reply({"access_token": "new", "refresh_token": "next", "expires_in": 60}))

    oauth.refresh(vendor.origin, "tG+/=")

    assert vendor.asked[0].form == {"grant_type": "refresh_token", "refresh_token": "tG+/="}
    assert "Authorization" not in vendor.asked[0].headers


def test_what_a_refresh_does_not_say_stays_as_it_was(vendor):
    vendor.will(Reply({"access_token": "new"}))

    assert oauth.refresh(vendor.origin, "old") == oauth.Tokens("new", "old", 14 * 24 * 3600)


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_request", "expired_token"])
@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_refused_refresh_means_connecting_again(error, status, vendor):
    vendor.will(Reply({"error": error, "error_description": "Specified token was invalid"}, status=status))

    with pytest.raises(AuthorizationRevoked, match="connect the account again"):
        oauth.refresh(vendor.origin, "refresh-token")


@pytest.mark.parametrize("error", ["unknown_client", "invalid_redirect_uri", "invalid_client"])
def test_an_exchange_that_no_consent_can_mend_is_a_rejection(error, vendor):
    vendor.will(Reply({"error": error}, status=400))

    with pytest.raises(Rejected, match="check the client id, its secret and the redirect URI"):
        exchange(vendor)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply({"error": "server_error"}), Unavailable),
        (Reply({"error": "invalid_grant"}, status=500), Unavailable),
        (Reply({"error": "invalid_grant"}, status=429), RateLimited),
        (Reply(b"<html>", status=502), Unavailable),
        (Reply(b"<html>", status=200), Unavailable),
        (Reply({"Code": 500, "Message": "oops"}, status=500), Unavailable),
        (Reply({"Code": 122, "Message": "Revoked"}, status=401), AuthorizationRevoked),
        (Reply({}), Unavailable),
        (Reply([]), Unavailable),
        (Reply({"access_token": "a b", "refresh_token": "c"}), Unavailable),
        (Reply({"access_token": "a\nb", "refresh_token": "c"}), Unavailable),
        (Reply({"access_token": "a", "refresh_token": "c", "expires_in": "soon"}), Unavailable),
        (Reply(fault="drop"), Unavailable),
        (Reply(fault="cut"), Unavailable),
    ],
)
def test_every_other_answer_has_its_error(reply, kind, vendor):
    vendor.will(reply)

    for trade in (lambda: oauth.refresh(vendor.origin, "refresh-token"), lambda: exchange(vendor)):
        with pytest.raises(kind) as caught:
            trade()
        assert type(caught.value) is kind


@pytest.mark.parametrize("status", [200, 400, 502])
def test_no_error_tells_what_was_sent(status, vendor):
    vendor.will(
        Reply({"error": "invalid_client", "error_description": "the secret/+= and the code"}, status=status)
    )

    with pytest.raises((Rejected, Unavailable)) as caught:
        exchange(vendor)

    assert "the secret" not in str(caught.value)
    assert "the code" not in str(caught.value)


def test_tokens_show_nothing():
    assert repr(oauth.Tokens("SlAV32hkKG", "tGzv3JOkF0XG5Qx2TlKWIA", 1209600)) == "Tokens()"
