"""Lytics' answers, as docs/reference/lytics.md#api has them, become audiences, people and our errors."""

import pytest

from lytics_cm.errors import Conflict, InvalidInput, NotFound, RateLimited, Rejected, Unavailable
from lytics_cm.lytics import Audience, Field, Lytics, Scan
from tests.unit.campaign_monitor.loopback import Reply

JANE = {"email": "jane.doe@example.com", "name": "Jane Doe", "segments": ["spring_buyers"]}


def envelope(data, **more):
    return {"data": data, "status": 200, "message": "success", **more}


def audience(**changes):
    return {"id": "01ab", "name": "Spring Buyers", "slug_name": "spring_buyers", "kind": "segment", **changes}


def test_audiences_are_read(lytics, vendor):
    vendor.will(Reply(envelope([audience()])))

    assert lytics.audiences() == [Audience("01ab", "spring_buyers", "Spring Buyers")]
    assert vendor.asked[0].target == "/v2/segment?table=user&kind=segment&valid=true"


@pytest.mark.parametrize("changes", [{"kind": "aspect"}, {"deleted": True}, {"invalid": True}])
def test_what_cannot_be_exported_is_left_out(changes, lytics, vendor):
    vendor.will(Reply(envelope([audience(**changes)])))

    assert lytics.audiences() == []


def test_an_account_without_audiences_has_none(lytics, vendor):
    vendor.will(Reply(envelope(None)))

    assert lytics.audiences() == []


def test_the_fields_of_people_are_read_and_what_is_none_is_left_out(lytics, vendor):
    city = {"name": "city", "type": "string", "shortdesc": "City", "mergeop": "latest"}
    vendor.will(Reply(envelope([city, {"name": "visits", "type": None}, {"type": "int"}, "odd"])))

    assert lytics.fields() == [Field("city", "string", "City"), Field("visits", "", "")]
    assert vendor.asked[0].target == "/v2/schema/user/field"


def test_the_token_is_sent_bare(vendor, session):
    vendor.will(Reply(envelope([])))

    Lytics(vendor.origin, " lytics-token-1\n", session).audiences()

    assert vendor.asked[0].headers["Authorization"] == "lytics-token-1"


def test_a_scan_begins(lytics, vendor):
    vendor.will(Reply(envelope([JANE], total=13, _next="c2Nhbi0y")))

    assert lytics.scan("spring_buyers", fields=["email", "name"]) == Scan([JANE], "c2Nhbi0y", 13)
    assert vendor.asked[0].target == "/api/segment/spring_buyers/scan?limit=100&fields=email%2Cname"


def test_a_scan_goes_on(lytics, vendor):
    vendor.will(Reply(envelope([JANE], total=13)))

    assert lytics.scan("a/b c", cursor="c2+/=") == Scan([JANE], None, 13)
    assert vendor.asked[0].target == "/api/segment/a%2Fb%20c/scan?limit=100&start=c2%2B%2F%3D"


@pytest.mark.parametrize("last", [{"_next": ""}, {"_next": None}, {}])
def test_a_scan_ends(last, lytics, vendor):
    vendor.will(Reply(envelope(None, **last)))

    assert lytics.scan("spring_buyers") == Scan([], None, 0)


def test_a_profile_is_read(lytics, vendor):
    vendor.will(Reply(envelope(JANE, meta={"name": "user"})))

    assert lytics.profile("Jane.Doe+x@example.com") == JANE
    assert (
        vendor.asked[0].target
        == "/api/entity/user/email/jane.doe%2Bx%40example.com?segments=true&allsegments=true"
    )


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_lead_elsewhere_is_not_asked_for(name, lytics, vendor):
    with pytest.raises(NotFound):
        lytics.scan(name)

    assert vendor.asked == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, Rejected),
        (403, Rejected),
        (404, NotFound),
        (409, Rejected),
        (413, Rejected),
        (422, Rejected),
        (429, RateLimited),
        (500, Unavailable),
        (502, Unavailable),
        (302, Unavailable),
    ],
)
@pytest.mark.parametrize(
    "body", [{"data": None, "message": "Not so", "status": "1"}, b"<html>Not so</html>", [1]]
)
def test_a_refusal_becomes_an_error(status, kind, body, lytics, vendor):
    vendor.will(Reply(body, status=status))

    with pytest.raises(kind) as caught:
        lytics.scan("spring_buyers")

    assert type(caught.value) is kind
    assert "GET the scan of audience spring_buyers" in str(caught.value)
    assert getattr(caught.value, "code", None) in (None, status)


def test_a_throttled_call_without_headers_says_nothing_of_when(lytics, vendor):
    vendor.will(Reply(envelope(None), status=429))

    with pytest.raises(RateLimited) as caught:
        lytics.audiences()

    assert caught.value.retry_after is None


def test_a_missing_role_names_the_call(lytics, vendor):
    vendor.will(Reply({"data": None, "message": "Forbidden", "status": 403}, status=403))

    with pytest.raises(Rejected) as caught:
        lytics.audiences()

    assert str(caught.value) == (
        "the Lytics API token has no role that allows GET audiences (status 403): Forbidden"
    )


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<html>"),
        Reply({}),
        Reply(envelope("text")),
        Reply(envelope({"a": 1})),
        Reply(b""),
        Reply(fault="drop"),
        Reply(envelope([]), fault="cut"),
    ],
)
def test_an_answer_that_cannot_be_read_is_unavailable(reply, lytics, vendor):
    vendor.will(reply)

    for ask in (lambda: lytics.scan("spring_buyers"), lytics.audiences):
        with pytest.raises(Unavailable):
            ask()


@pytest.mark.parametrize(
    "body", [b"lytics-token-1 jane@example.com", {"message": "lytics-token-1 of jane@example.com"}]
)
@pytest.mark.parametrize("status", [200, 401, 404, 500])
def test_no_error_tells_a_secret_or_an_address(body, status, lytics, vendor):
    vendor.will(Reply(body, status=status))

    with pytest.raises((Rejected, NotFound, Unavailable)) as caught:
        lytics.profile("jane@example.com")

    assert "lytics-token" not in str(caught.value)
    assert "jane" not in str(caught.value)


def test_without_a_token_nothing_is_asked(vendor, session):
    with pytest.raises(Conflict, match="no Lytics API token is set"):
        Lytics(vendor.origin, "", session).audiences()

    assert vendor.asked == []


def test_a_token_that_is_not_accepted_is_read_anew_and_the_call_made_once_more(vendor, session):
    vendor.will(Reply(envelope(None), status=401), Reply(envelope([])), Reply(envelope([])))
    lytics = Lytics(vendor.origin, "token-of-before", session, renew=lambda: "token-of-now\n")

    lytics.audiences()
    lytics.audiences()

    assert [call.headers["Authorization"] for call in vendor.asked] == [
        "token-of-before",
        "token-of-now",
        "token-of-now",
    ]


def test_a_token_that_stays_the_same_is_not_tried_twice(vendor, session):
    vendor.will(Reply(envelope(None), status=401), Reply(envelope([])))

    with pytest.raises(Rejected, match="does not accept the API token"):
        Lytics(vendor.origin, "the-token", session, renew=lambda: "the-token").audiences()

    assert len(vendor.asked) == 1


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tokén"])
def test_a_token_that_cannot_be_one_is_not_sent_or_told(token, vendor, session):
    with pytest.raises(InvalidInput) as caught:
        Lytics(vendor.origin, token, session).audiences()

    assert token not in str(caught.value)
    assert vendor.asked == []
