"""What Campaign Monitor sees of our calls."""

import gzip
import threading

import pytest
from requests.adapters import HTTPAdapter

from lytics_cm.campaign_monitor.writes import Entry, FieldValue, Rule
from lytics_cm.errors import NotFound
from lytics_cm.vendor_http import CONNECT_SECONDS, READ_SECONDS, SLOW_READ_SECONDS
from tests.unit.campaign_monitor.loopback import Reply

EMPTY_PAGE = Reply({"Results": [], "NumberOfPages": 0, "PageNumber": 1, "TotalNumberOfRecords": 0})
IMPORTED = Reply({"TotalUniqueEmailsSubmitted": 1, "FailureDetails": []}, status=201)


class Observer(HTTPAdapter):
    """Sends as usual and remembers the time-outs."""

    def __init__(self):
        super().__init__()
        self.timeouts = []

    def send(self, request, stream=False, timeout=None, **settings):
        self.timeouts.append(timeout)
        return super().send(request, stream=stream, timeout=timeout, **settings)


@pytest.fixture
def timeouts(session):
    observer = Observer()
    session.mount("http://", observer)
    return observer.timeouts


def test_a_call_asks_for_json_and_signs(monitor, vendor):
    vendor.will(Reply([]))

    monitor.clients()

    asked = vendor.asked[0]
    assert (asked.method, asked.target) == ("GET", "/api/v3.3/clients.json")
    assert asked.headers["Authorization"] == "Bearer access-token-0"
    assert asked.headers["Accept"] == "application/json"
    assert asked.headers["Accept-Encoding"] == "gzip, deflate"


def test_a_compressed_answer_is_read(monitor, vendor):
    vendor.will(
        Reply(gzip.compress(b'[{"ClientID": "4a", "Name": "One"}]'), headers={"Content-Encoding": "gzip"})
    )

    assert monitor.clients()[0].name == "One"


def test_a_plus_in_an_address_arrives(monitor, vendor):
    vendor.will(Reply({"EmailAddress": "jane+news&x=#%@example.com"}))

    monitor.subscriber("2fe4", "jane+news&x=#%@example.com")

    assert vendor.asked[0].target == (
        "/api/v3.3/subscribers/2fe4.json"
        "?email=jane%2Bnews%26x%3D%23%25%40example.com&includetrackingpreference=true&includesmspreference=true"
    )


def test_the_brackets_of_a_key_are_encoded(monitor, vendor):
    monitor.add_options("2fe4", "[Größe a/b]", ["Grün"])

    asked = vendor.asked[0]
    assert (asked.method, asked.target) == (
        "PUT",
        "/api/v3.3/lists/2fe4/customfields/%5BGr%C3%B6%C3%9Fe%20a%2Fb%5D/options.json",
    )
    assert asked.json == {"KeepExistingOptions": True, "Options": ["Grün"]}
    assert asked.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("list_id", ["", ".", ".."])
def test_an_id_that_would_lead_elsewhere_is_not_asked_for(list_id, monitor, vendor):
    with pytest.raises(NotFound):
        monitor.custom_fields(list_id)

    assert vendor.asked == []


def test_an_id_cannot_leave_its_place(monitor, vendor):
    vendor.will(Reply([]))

    monitor.custom_fields("a/../b?c#d\udc80")

    assert vendor.asked[0].target == "/api/v3.3/lists/a%2F..%2Fb%3Fc%23d%3F/customfields.json"


@pytest.mark.parametrize(
    ("call", "path", "query"),
    [
        (
            lambda cm: cm.subscribers("2fe4", "unsubscribed", 3),
            "lists/2fe4/unsubscribed",
            {"page": "3", "orderfield": "email", "orderdirection": "asc", "date": "1900-01-01"}
            | {"includetrackingpreference": "true", "includesmspreference": "true"},
        ),
        (
            lambda cm: cm.subscribers("2fe4", "active", date="2026-03-01", order="date", direction="desc"),
            "lists/2fe4/active",
            {"page": "1", "orderfield": "date", "orderdirection": "desc", "date": "2026-03-01"}
            | {"includetrackingpreference": "true", "includesmspreference": "true"},
        ),
        (
            lambda cm: cm.suppressed("4a39", 2),
            "clients/4a39/suppressionlist",
            {"page": "2", "orderfield": "date", "orderdirection": "desc"},
        ),
        (
            lambda cm: cm.sent_campaigns("4a39", sent_from="2026-03-01"),
            "clients/4a39/campaigns",
            {"page": "1", "sentFromDate": "2026-03-01", "orderdirection": "desc"},
        ),
        (
            lambda cm: cm.campaign_report("fc0c", "recipients", 4),
            "campaigns/fc0c/recipients",
            {"page": "4", "orderfield": "email", "orderdirection": "asc"},
        ),
        (
            lambda cm: cm.campaign_report("fc0c", "clicks", date="2026-03-01 08:29"),
            "campaigns/fc0c/clicks",
            {"page": "1", "orderfield": "date", "orderdirection": "asc", "date": "2026-03-01 08:29"},
        ),
        (
            lambda cm: cm.journey_report("b1b1", "opens", date="2026-03-01 08:29"),
            "journeys/email/b1b1/opens",
            {"page": "1", "orderdirection": "asc", "date": "2026-03-01 08:29"},
        ),
    ],
)
def test_a_page_is_asked_for(call, path, query, monitor, vendor):
    vendor.will(EMPTY_PAGE)

    call(monitor)

    assert vendor.asked[0].path == f"/api/v3.3/{path}.json"
    assert vendor.asked[0].query == {"pagesize": "1000", **query}


def test_the_space_of_a_minute_is_encoded(monitor, vendor):
    vendor.will(EMPTY_PAGE)

    monitor.campaign_report("fc0c", "opens", date="2026-03-01 08:29")

    assert vendor.asked[0].target.endswith("&date=2026-03-01%2008%3A29")


@pytest.mark.parametrize(
    ("call", "method", "path", "body"),
    [
        (
            lambda cm: cm.create_webhook("2fe4", "https://example.com/k", ["Subscribe", "Update"]),
            "POST",
            "lists/2fe4/webhooks",
            {"Events": ["Subscribe", "Update"], "Url": "https://example.com/k", "PayloadFormat": "json"},
        ),
        (
            lambda cm: cm.create_custom_field("2fe4", "Lytics Audiences", "MultiSelectMany", ["Fans"]),
            "POST",
            "lists/2fe4/customfields",
            {"FieldName": "Lytics Audiences", "DataType": "MultiSelectMany", "Options": ["Fans"]}
            | {"VisibleInPreferenceCenter": False},
        ),
        (
            lambda cm: cm.create_segment("2fe4", "Fans", [[Rule("[LyticsAudiences]", "EQUALS Fans")]]),
            "POST",
            "segments/2fe4",
            {
                "Title": "Fans",
                "RuleGroups": [{"Rules": [{"RuleType": "[LyticsAudiences]", "Clause": "EQUALS Fans"}]}],
            },
        ),
        (
            lambda cm: cm.update_segment("dba8", "Fans", []),
            "PUT",
            "segments/dba8",
            {"Title": "Fans", "RuleGroups": []},
        ),
        (lambda cm: cm.activate_webhook("2fe4", "9436"), "PUT", "lists/2fe4/webhooks/9436/activate", {}),
        (lambda cm: cm.deactivate_webhook("2fe4", "9436"), "PUT", "lists/2fe4/webhooks/9436/deactivate", {}),
    ],
)
def test_a_write_is_sent(call, method, path, body, monitor, vendor):
    vendor.will(Reply("943678317049bc13", status=201))

    call(monitor)

    asked = vendor.asked[0]
    assert (asked.method, asked.path, asked.json) == (method, f"/api/v3.3/{path}.json", body)


def test_a_deletion_sends_and_gets_nothing(monitor, vendor):
    monitor.delete_webhook("2fe4", "9436")

    asked = vendor.asked[0]
    assert (asked.method, asked.path, asked.body) == (
        "DELETE",
        "/api/v3.3/lists/2fe4/webhooks/9436.json",
        b"",
    )


def test_people_are_added_with_flags_for_all_and_consent_for_each(monitor, vendor):
    vendor.will(IMPORTED)

    monitor.add_subscribers(
        "2fe4", [Entry("jané@example.com\ud800", None, (FieldValue("[a]", "1"),))], resubscribe=True
    )

    assert vendor.asked[0].path == "/api/v3.3/subscribers/2fe4/import.json"
    assert vendor.asked[0].json == {
        "Subscribers": [
            {
                "EmailAddress": "jané@example.com\ud800",
                "CustomFields": [{"Key": "[a]", "Value": "1"}],
                "ConsentToTrack": "Unchanged",
            }
        ],
        "Resubscribe": True,
        "QueueSubscriptionBasedAutoResponders": False,
        "RestartSubscriptionBasedAutoresponders": False,
    }


def test_calls_share_a_connection(monitor, vendor):
    vendor.will(Reply([]))

    for _ in range(3):
        monitor.clients()

    assert (len(vendor.asked), vendor.connections) == (3, 1)


def test_threads_share_a_client(monitor, vendor):
    vendor.will(Reply([]))
    threads = [threading.Thread(target=monitor.clients) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(vendor.asked) == 8


def test_cookies_are_not_sent_back(monitor, vendor):
    vendor.will(Reply([], headers={"Set-Cookie": "session=of-another-account; Path=/"}))

    monitor.clients()
    monitor.clients()

    assert "Cookie" not in vendor.asked[1].headers


@pytest.mark.parametrize(
    ("call", "reply", "read"),
    [
        (lambda cm: cm.clients(), Reply([]), READ_SECONDS),
        (lambda cm: cm.add_subscribers("2fe4", []), IMPORTED, SLOW_READ_SECONDS),
        (lambda cm: cm.segment_subscribers("dba8"), EMPTY_PAGE, SLOW_READ_SECONDS),
        (lambda cm: cm.update_segment("dba8", "Fans", []), Reply(), SLOW_READ_SECONDS),
    ],
)
def test_every_call_has_its_time_outs(call, reply, read, monitor, vendor, timeouts):
    vendor.will(reply)

    call(monitor)

    assert timeouts == [(CONNECT_SECONDS, read)]
