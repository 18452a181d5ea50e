"""What is not needed of an answer never matters; what is needed and odd costs its own record, and is told."""

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lytics_cm.campaign_monitor import records, reports
from lytics_cm.campaign_monitor.records import page_of
from lytics_cm.lytics import api as lytics
from lytics_cm.members import Odd, all_of, each_of
from lytics_cm.vendor_http import Answer
from tests.unit.campaign_monitor.test_bodies import body_of

PERSON = {
    "EmailAddress",
    "Name",
    "State",
    "Date",
    "ListJoinedDate",
    "CustomFields",
    "ReadsEmailWith",
    "ConsentToTrack",
    "MobileNumber",
}
PLACE = {"IPAddress", "City", "Region", "CountryCode", "CountryName"}
ACTIVITY = {"EmailAddress", "ListID", "Date", "SentDate", "URL", "BounceType", "Reason", *PLACE}
WHERE = {"Latitude", "Longitude"}
"""Read when they are numbers."""
STATS = {*records.LIST_TOTALS, *records.LIST_EVENTS}
SUMMARY = {"Recipients", "TotalOpened", "Clicks", "Unsubscribed", "Bounced", "SpamComplaints"}

PAGES = {
    "active_subscribers": (records.Subscriber, PERSON),
    "active_subscribers_with_tracking_preference": (records.Subscriber, PERSON),
    "bounced_subscribers": (records.Subscriber, PERSON),
    "unconfirmed_subscribers": (records.Subscriber, PERSON),
    "campaign_opens": (reports.Activity, ACTIVITY | WHERE),
    "campaign_clicks": (reports.Activity, ACTIVITY | WHERE),
    "campaign_bounces": (reports.Activity, ACTIVITY),
    "campaign_recipients": (reports.Activity, ACTIVITY),
    "campaign_unsubscribes": (reports.Activity, ACTIVITY),
    "campaign_spam": (reports.Activity, ACTIVITY),
    "journey_email_opens_no_params": (reports.Activity, ACTIVITY | WHERE),
    "journey_email_recipients_no_params": (reports.Activity, ACTIVITY),
    "suppressionlist": (records.Suppression, {"EmailAddress", "SuppressionReason", "Date", "State"}),
    "campaigns": (reports.Campaign, {"CampaignID", "Name", "SentDate", "TotalRecipients"}),
}
ARRAYS = {
    "clients": (records.name_of("ClientID"), {"ClientID", "Name"}),
    "lists": (records.name_of("ListID"), {"ListID", "Name"}),
    "custom_fields": (records.CustomField.parse, {"FieldName", "Key", "DataType", "FieldOptions"}),
    "list_webhooks": (records.Webhook.parse, {"WebhookID", "Url", "Events", "Status", "PayloadFormat"}),
    "client_journeys": (reports.JourneyName.parse, {"JourneyID", "Name", "ListID"}),
    "segments": (reports.SegmentName.parse, {"SegmentID", "ListID", "Title"}),
}
OBJECTS = {
    "list_stats": (records.ListStats.parse, STATS),
    "campaign_summary": (reports.CampaignSummary.parse, SUMMARY),
    "journey_summary": (reports.Journey.parse, {"Emails"}),
    "list_details": (records.ListDetails.parse, {"ListID", "Title", "ConfirmedOptIn", "UnsubscribeSetting"}),
    "client_details": (records.Client.parse, {"BasicDetails"}),
}

odd_numbers = st.one_of(st.floats(), st.integers(), st.just(10**400))
scalars = st.one_of(st.none(), st.booleans(), odd_numbers, st.text(max_size=20))
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
structures = st.one_of(
    st.lists(anything, min_size=1, max_size=2), st.dictionaries(st.text(max_size=5), anything)
)
bounded = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(name):
    return json.loads(body_of(name))


def reader(name):
    """What reads the body, and where its records are."""
    if name in PAGES:
        return page_of(PAGES[name][0].parse), PAGES[name][1], lambda body: body["Results"]
    if name in ARRAYS:
        return each_of(ARRAYS[name][0]), ARRAYS[name][1], lambda body: body
    return OBJECTS[name][0], OBJECTS[name][1], lambda body: [body]


def essence(found):
    """A page without its number, which nothing depends on."""
    return (found.records, found.pages, found.total) if hasattr(found, "pages") else found


@pytest.mark.parametrize("name", [*PAGES, *ARRAYS, *OBJECTS])
@given(data=st.data())
@bounded
def test_members_that_are_not_needed_may_be_anything(name, data):
    read, needed, records_in = reader(name)
    body = told(name)
    expected = essence(read(copy.deepcopy(body)))

    for record in records_in(body):
        for member in [one for one in record if one not in needed]:
            record[member] = data.draw(anything)
        record["ListName"], record["New"] = data.draw(anything), data.draw(anything)
    if name in PAGES:
        for member in ("ResultsOrderedBy", "OrderDirection", "PageNumber", "PageSize", "RecordsOnThisPage"):
            body[member] = data.draw(anything)

    assert essence(read(body)) == expected


@pytest.mark.parametrize("name", [*PAGES, *ARRAYS])
@given(data=st.data())
@bounded
def test_a_needed_member_that_is_odd_costs_its_own_record_and_is_told(name, data):
    read, needed, records_in = reader(name)
    body = told(name)
    bare = read(copy.deepcopy(body))
    whole = list(bare.records if name in PAGES else bare)
    where = data.draw(st.integers(0, len(whole) - 1))
    record = records_in(body)[where]
    lenient = {*WHERE, "TotalRecipients", "ConfirmedOptIn", "Events", "FieldOptions", "CustomFields"}
    member = data.draw(st.sampled_from(sorted(needed & set(record) - lenient)))

    record[member] = data.draw(structures)

    found = read(body)
    left = found.records if name in PAGES else found
    assert list(left) == whole[:where] + whole[where + 1 :]
    (lost,) = left.odd
    assert member in lost.message or member == "FieldName"
    assert lost.email in (None, record.get("EmailAddress"))


@pytest.mark.parametrize("name", [*PAGES, *ARRAYS])
@pytest.mark.parametrize("record", [None, 1, "x", [], [[]], True])
def test_a_record_that_is_no_object_costs_itself(name, record):
    read, _, records_in = reader(name)
    body = told(name)
    bare = read(copy.deepcopy(body))

    records_in(body).append(record)

    found = read(body)
    left, before = (found.records, bare.records) if name in PAGES else (found, bare)
    assert (left, left.odd) == (before, [Odd("the record cannot be read")])


@pytest.mark.parametrize("odd", ["x", {"a": 1}, 5, [1], [None], ["x"]])
def test_custom_fields_of_no_shape_cost_their_person(odd):
    body = told("active_subscribers")
    body["Results"][0]["CustomFields"] = odd

    page = page_of(records.Subscriber.parse)(body)

    assert [one.message for one in page.records.odd] == [
        "the record cannot be read: its CustomFields are not an array of Key and Value"
    ]
    assert page.records.odd[0].email == body["Results"][0]["EmailAddress"]


@pytest.mark.parametrize(
    ("pages", "total", "expected"),
    [
        ("3", "2500", 3),
        (None, 2500, 3),
        ("x", 2001, 3),
        ({}, 0, 0),
        (2.0, None, 2),
        (1e400, 10, 1),
        (-1, 5, 1),
    ],
)
def test_how_many_pages_there_are_is_read_or_counted(pages, total, expected):
    body = {"Results": [], "NumberOfPages": pages, "TotalNumberOfRecords": total}

    assert page_of(records.Subscriber.parse)(body).pages == expected


@pytest.mark.parametrize("total", [None, "many", [], -5, 1e400, float("nan"), True])
def test_a_total_that_is_none_is_not_told(total):
    body = {"Results": [], "NumberOfPages": 1, "TotalNumberOfRecords": total}

    assert page_of(records.Subscriber.parse)(body).total is None


def test_null_for_no_records_is_an_empty_page():
    body = {"Results": None, "NumberOfPages": 1, "TotalNumberOfRecords": 0}

    assert page_of(records.Subscriber.parse)(body).records == []


def test_numbers_told_as_text_are_numbers_and_what_cannot_be_read_is_named():
    stats = dict.fromkeys(STATS, "12") | {"TotalBounces": "many", "DeletedToday": [1], "ListName": "x"}

    found = records.ListStats.parse(stats)

    assert (found.active, found.unsubscribed, found.deleted, found.bounced) == (12, 12, 12, None)
    assert found.odd == ("TotalBounces", "DeletedToday")


def test_what_must_not_be_taken_for_empty_is_refused_when_nothing_of_it_can_be_read():
    with pytest.raises(TypeError):
        all_of(records.name_of("ListID"))([{"Name": "no id"}])


def test_a_byte_that_is_no_text_a_bare_line_break_and_a_number_without_end_cost_nothing():
    answer = Answer(
        "Vendor", "GET x", 200, {}, b'\xef\xbb\xbf{"Name": "caf\xe9 \n", "Count": 1' + b"0" * 5000 + b"}"
    )

    assert answer.read(lambda body: body["Name"]) == "caf\ufffd \n"


def test_one_odd_person_of_a_scan_is_one_without_an_address():
    scan = lytics._scan({"data": [{"email": "a@b.org"}, 7, None], "_next": "c", "total": "x"})

    assert (scan.people, scan.cursor, scan.total) == ([{"email": "a@b.org"}, {}, {}], "c", 0)


def test_one_odd_audience_is_left_out():
    good = {"id": "1", "slug_name": "vip", "name": "VIP", "kind": "segment"}

    assert lytics._audiences({"data": [{"name": "x"}, good, 5]}) == [lytics.Audience("1", "vip", "VIP")]
