"""Every recorded body that we can get is read."""

import json
from pathlib import Path

import pytest

from lytics_cm.campaign_monitor import oauth, refusals, zones
from lytics_cm.errors import AuthorizationRevoked, LyticsCmError
from tests.unit.campaign_monitor.loopback import Reply

BODIES = Path(__file__).parents[2] / "data/campaign-monitor-fixtures"
ID = "a58ee1d3039b8bec838e6d1482a8a965"

PAGES = {
    "active_subscribers": lambda cm: cm.subscribers(ID, "active"),
    "active_subscribers_with_tracking_preference": lambda cm: cm.subscribers(ID, "active"),
    "bounced_subscribers": lambda cm: cm.subscribers(ID, "bounced"),
    "campaign_bounces": lambda cm: cm.campaign_report(ID, "bounces"),
    "campaign_clicks": lambda cm: cm.campaign_report(ID, "clicks"),
    "campaign_opens": lambda cm: cm.campaign_report(ID, "opens"),
    "campaign_recipients": lambda cm: cm.campaign_report(ID, "recipients"),
    "campaign_spam": lambda cm: cm.campaign_report(ID, "spam"),
    "campaign_unsubscribes": lambda cm: cm.campaign_report(ID, "unsubscribes"),
    "deleted_subscribers": lambda cm: cm.subscribers(ID, "deleted"),
    "journey_email_bounces_no_params": lambda cm: cm.journey_report(ID, "bounces"),
    "journey_email_bounces_with_params": lambda cm: cm.journey_report(ID, "bounces"),
    "journey_email_clicks_no_params": lambda cm: cm.journey_report(ID, "clicks"),
    "journey_email_clicks_with_params": lambda cm: cm.journey_report(ID, "clicks"),
    "journey_email_opens_no_params": lambda cm: cm.journey_report(ID, "opens"),
    "journey_email_opens_with_params": lambda cm: cm.journey_report(ID, "opens"),
    "journey_email_recipients_no_params": lambda cm: cm.journey_report(ID, "recipients"),
    "journey_email_recipients_with_params": lambda cm: cm.journey_report(ID, "recipients"),
    "journey_email_unsubscribes_no_params": lambda cm: cm.journey_report(ID, "unsubscribes"),
    "journey_email_unsubscribes_with_params": lambda cm: cm.journey_report(ID, "unsubscribes"),
    "segment_subscribers": lambda cm: cm.segment_subscribers(ID),
    "segment_subscribers_with_tracking_preference": lambda cm: cm.segment_subscribers(ID),
    "suppressionlist": lambda cm: cm.suppressed(ID),
    "unconfirmed_subscribers": lambda cm: cm.subscribers(ID, "unconfirmed"),
    "unsubscribed_subscribers": lambda cm: cm.subscribers(ID, "unsubscribed"),
}

ARRAYS = {
    "client_journeys": (lambda cm: cm.journeys_of(ID), "id", "JourneyID"),
    "clients": (lambda cm: cm.clients(), "id", "ClientID"),
    "custom_fields": (lambda cm: cm.custom_fields(ID), "key", "Key"),
    "custom_fields_utf8": (lambda cm: cm.custom_fields(ID), "key", "Key"),
    "list_webhooks": (lambda cm: cm.webhooks_of(ID), "url", "Url"),
    "lists": (lambda cm: cm.lists_of(ID), "name", "Name"),
    "segments": (lambda cm: cm.segments_of(ID), "title", "Title"),
}

TEXTS = {
    "create_custom_field": lambda cm: cm.create_custom_field(ID, "new date field", "Date"),
    "create_list_webhook": lambda cm: cm.create_webhook(ID, "https://example.com/hook", ["Update"]),
    "create_segment": lambda cm: cm.create_segment(ID, "Everybody", []),
    "timezones": lambda cm: cm.time_zones(),
}

OBJECTS = {
    "campaign_listsandsegments": lambda cm: (
        cm.campaign_lists(ID).list_ids
        == ["a58ee1d3039b8bec838e6d1482a8a965", "2bea949d0bf96148c3e6a209d2e82060"]
    ),
    "campaign_summary": lambda cm: cm.campaign_summary(ID).total_opened == 10,
    "campaigns": lambda cm: [one.recipients for one in cm.sent_campaigns(ID).records] == [2245, 11222],
    "client_details": lambda cm: zones.zone_of(cm.client(ID).time_zone).key == "Australia/Sydney",
    "import_subscribers": lambda cm: cm.add_subscribers(ID, []).new == 3,
    "journey_summary": lambda cm: [mail.opened for mail in cm.journey(ID).emails] == [12],
    "list_details": lambda cm: cm.list_details(ID).unsubscribe_setting == "AllClientLists",
    "list_stats": lambda cm: cm.list_stats(ID).active == 6,
    "segment_details": lambda cm: [len(group) for group in cm.segment(ID).rule_groups] == [1, 1],
    "subscriber_details": lambda cm: cm.subscriber(ID, "subscriber@example.com").consent_to_track == "",
    "subscriber_details_with_tracking_preference": lambda cm: (
        cm.subscriber(ID, "subscriber@example.com").consent_to_track == "Yes"
    ),
    "systemdate": lambda cm: cm.system_date() == "2010-10-15 09:27:00",
}

ERRORS = {
    "custom_api_error": (400, 98798),
    "expired_oauth_token_api_error": (401, refusals.EXPIRED_TOKEN),
    "sample_client_error": (418, 418),
    "sample_server_error": (500, 500),
}

ELSEWHERE = {
    "import_subscribers_partial_success",
    "oauth_exchange_token",
    "oauth_exchange_token_error",
    "refresh_oauth_token",
}
"""Read by tests of their own, below."""

CALLS_WE_DO_NOT_MAKE = {
    "add_subscriber",
    "countries",
    "create_campaign",
    "create_client",
    "create_list",
    "create_template",
    "drafts",
    "email_client_usage",
    "listsforemail",
    "scheduled_campaigns",
    "subscriber_history",
    "tags",
    "update_custom_field",
}


def body_of(name):
    return (BODIES / f"{name}.json").read_bytes()


def test_no_recorded_body_is_forgotten():
    known = {*PAGES, *ARRAYS, *TEXTS, *OBJECTS, *ERRORS, *ELSEWHERE, *CALLS_WE_DO_NOT_MAKE}

    assert {path.stem for path in BODIES.glob("*.json")} == known


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read(name, monitor, vendor):
    vendor.will(Reply(body_of(name)))
    sent = json.loads(body_of(name))

    page = PAGES[name](monitor)

    assert [record.email for record in page.records] == [one["EmailAddress"] for one in sent["Results"]]
    assert (page.number, page.pages, page.total) == (
        sent["PageNumber"],
        sent["NumberOfPages"],
        sent["TotalNumberOfRecords"],
    )


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_is_read(name, monitor, vendor):
    call, attribute, key = ARRAYS[name]
    vendor.will(Reply(body_of(name)))

    found = call(monitor)

    assert [getattr(one, attribute) for one in found] == [one[key] for one in json.loads(body_of(name))]


@pytest.mark.parametrize("name", TEXTS)
def test_a_bare_text_is_read(name, monitor, vendor):
    vendor.will(Reply(body_of(name), status=201))

    assert TEXTS[name](monitor) == json.loads(body_of(name))


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_is_read(name, monitor, vendor):
    vendor.will(Reply(body_of(name)))

    assert OBJECTS[name](monitor)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_read(name, monitor, vendor):
    status, code = ERRORS[name]
    vendor.will(Reply(body_of(name), status=status))

    with pytest.raises(LyticsCmError, match=f"Code {code}"):
        monitor.clients()


def test_a_partial_import_is_a_result(monitor, vendor):
    vendor.will(Reply(body_of("import_subscribers_partial_success"), status=400))

    result = monitor.add_subscribers(ID, [])

    assert (result.submitted, result.existing, result.new, result.duplicates) == (3, 2, 0, ())
    assert [(one.email, one.code, one.message) for one in result.failures] == [
        ("example+1@example", 1, "Invalid Email Address")
    ]


def test_an_exchange_is_read(vendor):
    vendor.will(Reply(body_of("oauth_exchange_token")))

    assert oauth.exchange(vendor.origin, "1", "secret", "https://example.com", "code") == oauth.Tokens(
        "SlAV32hkKG", "tGzv3JOkF0XG5Qx2TlKWIA", 1209600
    )


def test_a_refresh_is_read(vendor):
    vendor.will(Reply(body_of("refresh_oauth_token")))

    assert oauth.refresh(vendor.origin, "tGzv3JOkF0XG5Qx2TlKWIA") == oauth.Tokens(
        "SlAV32hkKG2e12e", "tGzv3JOkF0XG5Qx2TlKWIA", 1209600
    )


@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_refused_exchange_is_read_under_any_status(vendor, status):
    vendor.will(Reply(body_of("oauth_exchange_token_error"), status=status))

    with pytest.raises(AuthorizationRevoked, match="Specified code was invalid or expired"):
        oauth.exchange(vendor.origin, "1", "secret", "https://example.com", "code")
