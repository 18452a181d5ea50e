"""Each refusal becomes the error that says what to do next."""

import pytest

from lytics_cm.errors import AuthorizationRevoked, NotFound, RateLimited, Rejected, Unavailable
from tests.unit.campaign_monitor.loopback import Reply

NOON = "Fri, 02 Jan 2026 12:00:00 GMT"
NOON_EPOCH = 1767355200


def envelope(code, message="No, because", result=None):
    return {"Code": code, "Message": message} | ({"ResultData": result} if result else {})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, envelope(100), AuthorizationRevoked),
        (401, envelope(120), AuthorizationRevoked),
        (401, envelope(122), AuthorizationRevoked),
        (401, envelope(101), NotFound),
        (401, envelope(102), NotFound),
        (400, envelope(203), NotFound),
        (400, envelope(253), NotFound),
        (400, envelope(271), NotFound),
        (404, envelope(404), NotFound),
        (400, envelope(3000), NotFound),
        (400, envelope(3002), NotFound),
        (400, envelope("102"), NotFound),
        (429, envelope(429), RateLimited),
        (400, envelope(429), RateLimited),
        (429, b"", RateLimited),
        (429, b"<html>slow down</html>", RateLimited),
        (400, envelope(278), Unavailable),
        (400, envelope(287), Unavailable),
        (500, envelope(500), Unavailable),
        (503, envelope(1), Unavailable),
        (502, b"<html>Bad Gateway</html>", Unavailable),
        (504, b"", Unavailable),
        (401, b"<html>a proxy</html>", Unavailable),
        (400, b"{", Unavailable),
        (400, [], Unavailable),
        (400, {"Code": None}, Unavailable),
        (302, b"", Unavailable),
        (200, b"<html>maintenance</html>", Unavailable),
        (200, b"", Unavailable),
        (200, {"Code": 1}, Unavailable),
        (200, [{"Name": "no id"}], Unavailable),
        (200, b"\xff\xfe", Unavailable),
        (200, b"[" * 100_000, Unavailable),
    ],
)
def test_a_refusal_becomes_an_error(status, body, kind, monitor, vendor):
    vendor.will(Reply(body, status=status))

    with pytest.raises(kind) as caught:
        monitor.clients()

    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("status", "code"), [(401, 60), (403, 403), (400, 1), (400, 255), (400, 400), (400, 800), (400, 98798)]
)
def test_other_codes_are_rejections(status, code, monitor, vendor):
    vendor.will(Reply(envelope(code), status=status))

    with pytest.raises(Rejected) as caught:
        monitor.clients()

    assert caught.value.code == code


def test_a_message_tells_the_call_the_code_and_the_words(monitor, vendor):
    vendor.will(Reply(envelope(255, "Field Key Already Exists "), status=400))

    with pytest.raises(Rejected) as caught:
        monitor.create_custom_field("2fe4", "age", "Number")

    assert str(caught.value) == (
        "Campaign Monitor refused: POST lists/2fe4/customfields (Code 255: Field Key Already Exists)"
    )


def test_a_missing_permission_tells_the_remedy(monitor, vendor):
    vendor.will(Reply(envelope(60), status=401))

    with pytest.raises(Rejected, match="connect the account again, granting all permissions"):
        monitor.journeys_of("4a39")


def test_a_lost_credential_tells_the_remedy(monitor, vendor):
    vendor.will(Reply(envelope(122, "Revoked OAuth Token"), status=401))

    with pytest.raises(AuthorizationRevoked, match="Code 122: Revoked OAuth Token"):
        monitor.clients()


@pytest.mark.parametrize(
    ("headers", "patience"),
    [
        ({}, None),
        ({"Retry-After": "17"}, 17),
        ({"X-RateLimit-Reset": "30", "X-RateLimit-Remaining": "0"}, 30),
        ({"Retry-After": "17", "X-RateLimit-Reset": "30"}, 30),
        ({"Retry-After": "Fri, 02 Jan 2026 12:02:00 GMT", "Date": NOON}, 120),
        ({"Retry-After": "Fri, 02 Jan 2026 11:00:00 GMT", "Date": NOON}, 0),
        ({"X-RateLimit-Reset": str(NOON_EPOCH + 45), "Date": NOON}, 45),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "1e999"}, None),
        ({"Retry-After": "Fri, 99 Jan 2026 12:02:00 GMT"}, None),
    ],
)
def test_patience_is_read_from_the_headers(headers, patience, monitor, vendor):
    vendor.will(Reply(envelope(429), status=429, headers=headers))

    with pytest.raises(RateLimited) as caught:
        monitor.clients()

    assert caught.value.retry_after == patience


def test_the_rules_at_fault_are_told(monitor, vendor):
    clause = {"Clause": "EQUALS Purple", "Code": 2722, "Message": "Option does not exist"}
    rule = {"Subject": "[Colours]", "Code": 2703, "Message": "Clauses invalid", "ClauseResults": [clause]}
    vendor.will(Reply(envelope(277, "Invalid Segment Rules", [rule]), status=400))

    with pytest.raises(Rejected) as caught:
        monitor.create_segment("2fe4", "Purple", [])

    assert str(caught.value).endswith(
        "(Code 277: Invalid Segment Rules; [Colours]: Clauses invalid; EQUALS Purple: Option does not exist)"
    )


@pytest.mark.parametrize(
    "result", ["text", 5, [None, 1], {"RuleResults": [[{"RuleType": "x", "Message": "y"}]]}]
)
def test_rules_at_fault_in_any_shape_are_a_rejection(result, monitor, vendor):
    vendor.will(Reply(envelope(277, "Invalid Segment Rules", result), status=400))

    with pytest.raises(Rejected, match="Invalid Segment Rules"):
        monitor.create_segment("2fe4", "Purple", [])


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (envelope(210, result={"FailureDetails": []}), 400, Unavailable),
        (envelope(210), 400, Unavailable),
        (envelope(210, result={"TotalUniqueEmailsSubmitted": 1}), 503, Unavailable),
        (envelope(209), 400, Rejected),
        (envelope(429, "Subscriber was added too many times"), 429, RateLimited),
        (b"<html>Gateway Timeout</html>", 504, Unavailable),
        (b"", 201, Unavailable),
    ],
)
def test_an_import_that_failed_as_a_whole_is_an_error(body, status, kind, monitor, vendor):
    vendor.will(Reply(body, status=status))

    with pytest.raises(kind):
        monitor.add_subscribers("2fe4", [])


def test_the_body_that_cannot_be_read_is_quoted_with_its_status(monitor, vendor):
    vendor.will(Reply(b"<html>\n  <h1>Bad Gateway</h1>" + b"x" * 5000, status=502))

    with pytest.raises(Unavailable) as caught:
        monitor.lists_of("4a39")

    assert str(caught.value).startswith(
        "Campaign Monitor answered GET clients/4a39/lists with status 502 and a body that cannot be read:"
        " Bad Gateway xxx"
    )
    assert len(str(caught.value)) < 350
