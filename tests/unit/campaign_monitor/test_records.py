"""Records take what Campaign Monitor may send, not only what it should."""

import pytest

from lytics_cm.campaign_monitor.fields import custom_fields_of, field_identity
from lytics_cm.campaign_monitor.records import Client, CustomField, Page, Subscriber, Webhook, page_of
from lytics_cm.campaign_monitor.reports import Activity, CampaignLists
from lytics_cm.campaign_monitor.writes import Entry, FieldValue, ImportResult, Rule, Segment

CLICK = {
    "EmailAddress": "jane@example.com",
    "URL": "https://example.com/?a=1",
    "ListID": "512a",
    "Date": "2010-10-11 08:29:00",
    "IPAddress": "192.168.126.87",
    "Latitude": -33.8683,
    "Longitude": 151.2086,
    "City": "Sydney",
    "Region": "New South Wales",
    "CountryCode": "AU",
    "CountryName": "Australia",
}


def test_a_click_is_read_whole():
    assert Activity.parse(CLICK) == Activity(
        email="jane@example.com",
        list_id="512a",
        date="2010-10-11 08:29:00",
        url="https://example.com/?a=1",
        ip_address="192.168.126.87",
        latitude=-33.8683,
        longitude=151.2086,
        city="Sydney",
        region="New South Wales",
        country_code="AU",
        country_name="Australia",
        bounce_type="",
        reason="",
    )


@pytest.mark.parametrize("nothing", [None, "", "unknown", float("nan"), float("inf"), False])
def test_a_place_that_is_no_number_is_no_place(nothing):
    click = Activity.parse(CLICK | {"Latitude": nothing, "Longitude": nothing, "City": None})

    assert (click.latitude, click.longitude, click.city) == (None, None, "")


def test_a_recipient_of_a_journey_has_the_date_of_the_sending():
    assert (
        Activity.parse({"EmailAddress": "a@b.c", "SentDate": "2019-08-19 10:23:00"}).date
        == "2019-08-19 10:23:00"
    )


def test_a_recipient_of_a_campaign_has_no_date():
    assert Activity.parse({"EmailAddress": "a@b.c", "ListID": "a9"}).date == ""


def test_a_bounces_reason_loses_its_trailing_space():
    assert (
        Activity.parse({"EmailAddress": "a@b.c", "Reason": "No Address Returned "}).reason
        == "No Address Returned"
    )


def test_a_subscriber_with_nothing_is_a_subscriber_without_address():
    assert Subscriber.parse({}) == Subscriber("", "", "", "", "", {}, "", "", "", "")


def test_a_name_that_is_no_text_becomes_one():
    assert Subscriber.parse({"EmailAddress": None, "Name": 42}).name == "42"


def test_the_options_of_one_field_are_a_list_in_order():
    entries = [
        {"Key": "[Colours]", "Value": "Red"},
        {"Key": "[age]", "Value": "24"},
        {"Key": "[Colours]", "Value": "Blue"},
    ]

    assert custom_fields_of(entries) == {"[Colours]": ["Red", "Blue"], "[age]": "24"}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (None, {}),
        ([], {}),
        ([{"Key": "", "Value": "lost"}], {}),
        ([{"Key": "age", "Value": None}, {"Key": "age", "Value": ""}], {}),
        ([{"Key": "age", "Value": 24}], {"age": "24"}),
        ([{"Key": "Colours", "Value": ["Red", "Blue"]}], {"Colours": ["Red", "Blue"]}),
        ([{"Key": "Colours", "Value": "Red"}, {"Key": "Colours"}], {"Colours": "Red"}),
    ],
)
def test_odd_custom_fields_are_read(entries, expected):
    assert custom_fields_of(entries) == expected


@pytest.mark.parametrize(
    "key",
    [
        "subscription date",
        "[subscriptiondate]",
        "SubscriptionDate",
        "[Subscription Date]",
        " subscription date ",
    ],
)
def test_all_spellings_of_a_field_have_one_identity(key):
    assert field_identity(key) == "subscriptiondate"


def test_a_page_without_records_may_have_no_pages():
    body = {
        "Results": [],
        "NumberOfPages": 0,
        "PageNumber": 1,
        "TotalNumberOfRecords": 0,
        "ResultsOrderedBy": "Email",
    }

    assert page_of(Subscriber.parse)(body) == Page([], 1, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Results": []},
        {"Results": None, "NumberOfPages": 1},
        [],
        None,
    ],
)
def test_what_is_no_page_is_refused(body):
    with pytest.raises((KeyError, TypeError, AttributeError)):
        page_of(Subscriber.parse)(body)


def test_the_api_key_of_a_client_is_not_kept():
    body = {"ApiKey": "639d8cc2", "BasicDetails": {"ClientID": "4a39", "TimeZone": "(GMT) Casablanca"}}

    assert Client.parse(body) == Client("4a39", "", "", "(GMT) Casablanca")


@pytest.mark.parametrize("country", [None, 7, {"Name": "Chile"}, ["Chile"]])
def test_a_clients_country_may_be_anything(country):
    body = {"BasicDetails": {"ClientID": "4a39", "TimeZone": "(GMT) Casablanca", "Country": country}}

    assert Client.parse(body).time_zone == "(GMT) Casablanca"


def test_lists_and_lists_of_segments_are_one_set():
    body = {
        "Lists": [{"ListID": "a", "Name": "A"}],
        "Segments": [
            {"ListID": "b", "SegmentID": "s", "Title": "S"},
            {"ListID": "a", "SegmentID": "t", "Title": "T"},
        ],
    }

    assert CampaignLists.parse(body).list_ids == ["a", "b"]


@pytest.mark.parametrize(
    ("status", "is_active"), [("Active", True), ("active", True), ("Inactive", False), ("", False)]
)
def test_a_webhook_is_active_when_it_says_so(status, is_active):
    assert Webhook("1", "https://example.com", (), status, "Json").is_active is is_active


def test_a_webhook_shows_no_url():
    assert "example.com" not in repr(Webhook("1", "https://example.com/key", (), "Active", "Json"))


def test_a_field_without_options_has_none():
    assert CustomField.parse(
        {"FieldName": "age", "Key": "[age]", "DataType": "Number", "FieldOptions": None}
    ) == (CustomField("age", "[age]", "Number", ()))


def test_a_segment_without_rules_has_none():
    assert Segment.parse({"SegmentID": "s", "Title": "All", "RuleGroups": None}) == Segment(
        "s", "", "All", 0, ()
    )


def test_a_segments_rules_are_read_and_written_alike():
    rule = {"RuleType": "[Colours]", "Clause": "EQUALS Blue"}

    assert Rule.parse(rule).body() == rule


def test_an_entry_says_only_what_it_knows():
    assert Entry("a@b.c").body() == {"EmailAddress": "a@b.c", "ConsentToTrack": "Unchanged"}


def test_an_entry_repeats_the_key_of_each_option():
    entry = Entry(
        "a@b.c",
        "",
        (FieldValue("[C]", "Red"), FieldValue("[C]", "Blue"), FieldValue("[age]", "", clear=True)),
    )

    assert entry.body() == {
        "EmailAddress": "a@b.c",
        "Name": "",
        "CustomFields": [
            {"Key": "[C]", "Value": "Red"},
            {"Key": "[C]", "Value": "Blue"},
            {"Key": "[age]", "Value": "", "Clear": True},
        ],
        "ConsentToTrack": "Unchanged",
    }


def test_an_import_without_details_has_no_failures():
    body = {"TotalUniqueEmailsSubmitted": 1, "FailureDetails": None, "DuplicateEmailsInSubmission": None}

    assert ImportResult.parse(body) == ImportResult(1, 0, 0, (), [])
