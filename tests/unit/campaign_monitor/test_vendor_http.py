"""Broken lines are transient, and no message tells a secret or an address."""

import socket

import pytest
from requests.adapters import HTTPAdapter

from lytics_cm.campaign_monitor import CampaignMonitor
from lytics_cm.campaign_monitor.oauth import Bearer
from lytics_cm.errors import AuthorizationRevoked, LyticsCmError, Rejected, Unavailable
from lytics_cm.vendor_http import Answer
from tests.unit.campaign_monitor.loopback import Reply
from tests.unit.campaign_monitor.tokens import Tokens


class Impatient(HTTPAdapter):
    def send(self, request, stream=False, timeout=None, **settings):
        return super().send(request, stream=stream, timeout=(1, 0.05), **settings)


def told(error):
    """All that a log would show of an error and its causes."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return repr(error) + (told(cause) if cause else "")


def test_a_silent_vendor_is_unavailable(monitor, vendor, session):
    session.mount("http://", Impatient())
    vendor.will(Reply(fault="hang"))

    with pytest.raises(Unavailable, match="Campaign Monitor did not answer GET clients within 30 s"):
        monitor.clients()


@pytest.mark.parametrize("fault", ["drop", "cut"])
def test_a_broken_connection_is_unavailable(fault, monitor, vendor):
    vendor.will(Reply([], fault=fault))

    with pytest.raises(Unavailable, match="could not be reached, or broke off, at GET clients"):
        monitor.clients()


def test_an_answer_that_cannot_be_unpacked_is_unavailable(monitor, vendor):
    vendor.will(Reply(b"not gzip", headers={"Content-Encoding": "gzip"}))

    with pytest.raises(Unavailable):
        monitor.clients()


def test_nobody_at_home_is_unavailable(session, tokens):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{unused.getsockname()[1]}"

    with pytest.raises(Unavailable, match="ConnectionError"):
        CampaignMonitor(origin, Bearer(tokens), session).clients()


def test_nothing_is_repeated(monitor, vendor):
    vendor.will(Reply(status=503), Reply([]))

    with pytest.raises(Unavailable):
        monitor.clients()

    assert len(vendor.asked) == 1


def test_a_redirect_is_not_followed(monitor, vendor):
    vendor.will(Reply(status=302, headers={"Location": f"{vendor.origin}/elsewhere"}), Reply([]))

    with pytest.raises(Unavailable, match="status 302"):
        monitor.clients()

    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "reply", [Reply(fault="drop"), Reply(b"<html>", 502), Reply({"Code": 1, "Message": "no"}, 400)]
)
def test_the_address_asked_for_is_not_told(reply, monitor, vendor):
    vendor.will(reply)

    with pytest.raises(LyticsCmError) as caught:
        monitor.subscriber("2fe4", "jane+x@example.com")

    assert "jane" not in told(caught.value)


@pytest.mark.parametrize("status", [200, 400, 401, 500, 502])
@pytest.mark.parametrize(
    "body",
    [
        b"<html>Bearer access-token-0 sent by jane.doe@example.com</html>",
        {"Code": 1, "Message": "jane.doe@example.com sent access-token-0"},
        {"Code": 120, "Message": "access-token-0 is bad, jane.doe%40example.com"},
        [{"ApiKey": "639d8cc2", "access_token": "abc", "refresh_token": "def", "x": "jane.doe@example.com"}],
        b'{"x": "' + b"y" * 150 + b'", "ApiKey": "639d8cc2',
    ],
)
def test_a_vendor_that_tells_secrets_is_not_quoted_in_full(status, body, monitor, vendor):
    vendor.will(Reply(body, status=status))

    with pytest.raises(LyticsCmError) as caught:
        monitor.clients()

    for secret in ("access-token-0", "jane", "639d8cc2", "abc", "def"):
        assert secret not in told(caught.value)


def test_the_url_of_a_webhook_is_not_told(monitor, vendor):
    vendor.will(
        Reply({"Code": 601, "Message": "https://hooks.example.com/webhooks/key-1 is not valid"}, status=400)
    )

    with pytest.raises(Rejected) as caught:
        monitor.create_webhook("2fe4", "https://hooks.example.com/webhooks/key-1", ["Update"])

    assert "https://hooks.example.com/[path] is not valid" in str(caught.value)


def test_a_store_that_has_no_tokens_is_heard(vendor, session):
    class Disconnected(Tokens):
        def access(self):
            raise AuthorizationRevoked("connect it again")

    with pytest.raises(AuthorizationRevoked, match="connect it again"):
        CampaignMonitor(vendor.origin, Bearer(Disconnected()), session).clients()


def test_an_answer_shows_no_body():
    answer = Answer("Campaign Monitor", "GET clients", 200, {}, b"personal", ("token",))

    assert "personal" not in repr(answer)
    assert "token" not in repr(answer)
