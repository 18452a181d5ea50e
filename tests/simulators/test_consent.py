"""Consent to be tracked and to short messages: per client and address, and what a No hides."""

import http.client
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.campaign_monitor import SCENARIOS, CampaignMonitor, World

JANE = "jane@example.com"
TRACKED, TEXTED = {"includetrackingpreference": "true"}, {"includesmspreference": "true"}
MOBILE = "+61400000001"


def row(email=JANE, consent="Unchanged", **more):
    return {"EmailAddress": email, "ConsentToTrack": consent, **more}


@pytest.fixture
def shop(vendor, client):
    return vendor.account.add_list(client, "Shop")


@pytest.fixture
def add(call):
    def add(mailing_list, *rows, **flags):
        return call("POST", f"subscribers/{mailing_list.id}/import", {"Subscribers": list(rows), **flags})

    return add


@pytest.fixture
def told(call):
    """What a look-up tells of a person on a list, or None where it leaves the member out."""

    def told(mailing_list, email=JANE, query=TRACKED, name="ConsentToTrack"):
        return call.get(f"subscribers/{mailing_list.id}", email=email, **query)[1].get(name)

    return told


@pytest.fixture
def campaign(vendor, client, newsletter):
    vendor.subscribe(newsletter, JANE)
    return vendor.send_campaign(client, "C", [newsletter], "2026-03-01 09:00", [JANE])


@pytest.fixture
def times(call, campaign):
    """The minutes of the opens that a campaign's report tells."""

    def times():
        return [each["Date"][11:16] for each in call.get(f"campaigns/{campaign.id}/opens")[1]["Results"]]

    return times


@pytest.fixture
def events(vendor, newsletter, shop, call):
    """The kinds of event that wait for each list's webhook."""
    for each in (newsletter, shop):
        hook = {
            "Events": ["Subscribe", "Update", "Deactivate"],
            "Url": "http://127.0.0.1:9/",
            "PayloadFormat": "json",
        }
        call("POST", f"lists/{each.id}/webhooks", hook)
    titles = {each.id: each.title for each in (newsletter, shop)}

    def events():
        waiting, vendor.account.outbox.waiting = vendor.account.outbox.waiting, []
        return [(titles[list_id], event["Type"]) for list_id, _, event in waiting]

    return events


@pytest.mark.parametrize("value", ["Yes", "No"])
def test_a_consent_holds_on_every_list_also_on_one_joined_later(newsletter, shop, add, told, value):
    add(newsletter, row(consent=value.lower()))
    add(shop, row(JANE.upper()))

    assert (told(newsletter), told(shop)) == (value, value)


def test_one_client_does_not_know_what_another_was_told(vendor, newsletter, add, told):
    other = vendor.account.add_list(vendor.account.add_client("Other"), "Theirs")
    add(newsletter, row(consent="No"))
    add(other, row())

    assert (told(newsletter), told(other)) == ("No", "Yes")


def test_unchanged_is_a_consent_of_whom_the_client_does_not_know(newsletter, add, told):
    add(newsletter, row())

    assert told(newsletter) == "Yes"


@pytest.mark.parametrize("kept", ["No", "Unknown"])
def test_unchanged_leaves_what_is_known_of_an_address_that_has_left_every_list(
    vendor, newsletter, shop, add, told, kept
):
    vendor.subscribe(newsletter, JANE)
    vendor.decide(newsletter, JANE, kept)
    vendor.delete(newsletter, JANE)
    del newsletter.people[JANE]

    add(shop, row())

    assert told(shop) == kept


def test_a_consent_goes_along_with_a_changed_address_unless_the_new_one_has_its_own(
    vendor, newsletter, shop, told
):
    for person in ("a", "b"):
        vendor.subscribe(newsletter, f"{person}@example.com", mobile=MOBILE)
        vendor.decide(newsletter, f"{person}@example.com", "No", sms="Yes")
    vendor.subscribe(shop, "known@example.com")

    vendor.change_address(newsletter, "a@example.com", "new@example.com")
    vendor.change_address(newsletter, "b@example.com", "known@example.com")

    assert told(newsletter, "new@example.com") == "No"
    assert told(newsletter, "new@example.com", TEXTED, "ConsentToSendSms") == "Yes"
    assert told(newsletter, "known@example.com") == "Yes"


@pytest.mark.parametrize(("switch", "expected"), [("Unknown", "Unknown"), ("", ""), (None, None)])
def test_no_decision_on_file_is_told_in_one_of_three_ways(vendor, newsletter, told, switch, expected):
    vendor.switches.unknown_consent = switch
    vendor.subscribe(newsletter, JANE)
    vendor.decide(newsletter, JANE, "Unknown")

    assert told(newsletter) == expected


def test_nobody_without_a_decision_is_hidden(vendor, newsletter, campaign, times):
    vendor.decide(newsletter, JANE, "Unknown", at="2026-03-01 10:00")
    vendor.happen(campaign, "open", JANE, "2026-03-01 10:01")

    assert times() == ["10:01"]


def test_a_no_hides_what_happens_from_then_until_the_next_yes(vendor, newsletter, campaign, times, told):
    vendor.happen(campaign, "open", JANE, "2026-03-01 10:00")
    vendor.decide(newsletter, JANE, "Yes", at="2026-03-01 10:03")
    vendor.decide(newsletter, JANE, "No", at="2026-03-01 10:01")
    vendor.happen(campaign, "open", JANE, ["2026-03-01 10:0" + minute for minute in "01234"])

    assert times() == ["10:00", "10:00", "10:03", "10:04"]
    assert told(newsletter) == "Yes"


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["open", "Yes", "No", "Unknown"]),
        st.integers(0, 9),  # the minute
        st.integers(0, 1),  # the client
        st.integers(0, 1),  # its list
    )
)
TWO_CLIENTS = World(clients=2, lists=2, subscribers=0, campaigns=0, activity=0, journeys=0)


@given(DEEDS)
def test_what_is_recorded_follows_from_what_the_client_was_told_until_then(deeds):
    vendor = CampaignMonitor(scenario=TWO_CLIENTS)
    sent = [
        vendor.send_campaign(client, "C", list(client.lists.values()), "2026-03-01 09:00", [])
        for client in vendor.clients
    ]
    told, expected = ([], []), ([], [])

    for what, minute, owner, number in deeds:
        at, client = f"2026-03-01 10:0{minute}", vendor.clients[owner]
        if what == "open":
            vendor.happen(sent[owner], "open", JANE, at)
            in_force = [value for when, value in sorted(told[owner], key=lambda one: one[0]) if when <= at]
            expected[owner].extend([f"{at}:00"] * (in_force[-1:] != ["No"]))
        else:
            vendor.decide(list(client.lists.values())[number], JANE, what, at=at, silently=True)
            told[owner].append((at, what))

    assert tuple([row[2] for row in one.reports["opens"].rows] for one in sent) == expected


def test_a_no_takes_back_no_open_and_no_click_from_any_report(
    vendor, client, newsletter, campaign, call, times
):
    journey = next(iter(client.journeys.values())).emails[0]
    paths = [
        f"{where}/{kind}"
        for where in (f"campaigns/{campaign.id}", f"journeys/email/{journey.id}")
        for kind in ("opens", "clicks")
    ]
    paths += [f"campaigns/{campaign.id}/summary", f"journeys/{next(iter(client.journeys))}"]
    for where in (campaign, journey):
        for kind in ("open", "click"):
            vendor.happen(where, kind, JANE, "2026-03-01 10:00")
    history = f"subscribers/{newsletter.id}/history"
    before = [call.get(path)[1] for path in paths], call.get(history, email=JANE)[1]

    vendor.decide(newsletter, JANE, "No", at="2026-03-01 10:01")
    for where in (campaign, journey):
        for kind in ("open", "click"):
            vendor.happen(where, kind, JANE.upper(), "2026-03-01 10:02")

    assert times() == ["10:00"]
    assert ([call.get(path)[1] for path in paths], call.get(history, email=JANE)[1]) == before


def test_a_no_hides_only_what_tracking_learns(vendor, newsletter, campaign, call):
    newsletter.find(JANE).reads_with = "Gmail"
    vendor.decide(newsletter, JANE, "No", at="2026-03-01 10:00")
    for kind in ("recipient", "bounce", "unsubscribe", "spam"):
        vendor.happen(campaign, kind, JANE, "2026-03-01 10:01")

    summary = call.get(f"campaigns/{campaign.id}/summary")[1]
    assert [
        summary[name] for name in ("Recipients", "Bounced", "Unsubscribed", "SpamComplaints", "TotalOpened")
    ] == [2, 1, 1, 1, 0]
    assert call.get(f"subscribers/{newsletter.id}", email=JANE)[1]["ReadsEmailWith"] == "Gmail"


def test_consents_are_told_only_to_who_asks_for_them(vendor, newsletter, call):
    vendor.subscribe(newsletter, JANE, mobile=MOBILE)
    _, segment = call(
        "POST",
        f"segments/{newsletter.id}",
        {"Title": "S", "RuleGroups": [{"Rules": [{"RuleType": "EmailAddress", "Clause": "CONTAINS jane"}]}]},
    )

    def members(query):
        one = call.get(f"subscribers/{newsletter.id}", email=JANE, **query)[1]
        pages = [
            call.get(path, **query)[1]["Results"]
            for path in (f"lists/{newsletter.id}/active", f"segments/{segment}/active")
        ]
        found = [one, *(each for page in pages for each in page if each["EmailAddress"] == JANE)]
        return [[name for name in each if name.startswith("Consent")] for each in found]

    assert members({}) == [[]] * 3
    assert members(TRACKED) == [["ConsentToTrack"]] * 3
    assert members({**TRACKED, **TEXTED}) == [["ConsentToTrack", "ConsentToSendSms"]] * 3


def test_a_change_of_consent_moves_no_date_and_no_statistic(vendor, newsletter, call, add):
    vendor.subscribe(newsletter, JANE, at="2026-03-01 10:00")
    path = f"subscribers/{newsletter.id}"
    before = call.get(path, email=JANE)[1], call.get(f"lists/{newsletter.id}/stats")[1]

    vendor.decide(newsletter, JANE, "No", at="2026-03-02 10:00")
    add(newsletter, row(consent="Yes"))
    call("PUT", path, row(consent="No"), email=JANE)

    assert (call.get(path, email=JANE)[1], call.get(f"lists/{newsletter.id}/stats")[1]) == before


WRITES = {
    "update": ("PUT", "{path}.json?email=jane%40example.com", row(consent="No")),
    "add": ("POST", "{path}.json", row(consent="No")),
    "import": ("POST", "{path}/import.json", {"Subscribers": [row(consent="No")]}),
}


@pytest.mark.parametrize("how", WRITES)
def test_every_write_of_a_consent_fires_one_update_that_does_not_tell_it(
    vendor, newsletter, shop, call, events, how
):
    for each in (newsletter, shop):
        vendor.subscribe(each, JANE)
    events()

    method, path, body = WRITES[how]
    call.raw(method, path.format(path=f"/api/v3.3/subscribers/{newsletter.id}"), json.dumps(body))

    told = [event for *_, event in vendor.account.outbox.waiting]
    assert [name for event in told for name in event if "Consent" in name] == []
    assert events() == [(newsletter.title, "Update")]
    assert vendor.clients[0].tracking.value_of(JANE) == "No"


def test_the_preference_centre_fires_an_update_unless_it_is_silent(vendor, newsletter, events, told):
    vendor.subscribe(newsletter, JANE)
    events()

    vendor.decide(newsletter, JANE, "No")
    loud = told(newsletter), events()
    vendor.decide(newsletter, JANE, "Yes", silently=True)

    assert loud == ("No", [(newsletter.title, "Update")])
    assert (told(newsletter), events()) == ("Yes", [])


@pytest.mark.parametrize(("written", "code"), [({}, 214), ({"ConsentToTrack": "Maybe"}, 215)])
def test_a_row_without_a_proper_consent_fails_alone_and_changes_nothing(
    vendor, newsletter, add, told, written, code
):
    vendor.subscribe(newsletter, JANE, consent="No")

    _, body = add(newsletter, {"EmailAddress": JANE, **written}, row("fine@example.com", "No"))

    assert [(each["EmailAddress"], each["Code"]) for each in body["ResultData"]["FailureDetails"]] == [
        (JANE, code)
    ]
    assert (told(newsletter), told(newsletter, "fine@example.com")) == ("No", "No")


def test_what_an_inactive_person_is_refused_leaves_their_consent(vendor, newsletter, add, told):
    vendor.subscribe(newsletter, JANE)
    vendor.unsubscribe(newsletter, JANE)

    add(newsletter, row(consent="No"))
    refused = told(newsletter)
    add(newsletter, row(consent="No"), Resubscribe=True)

    assert (refused, told(newsletter)) == ("Yes", "No")


def test_a_consent_to_short_messages_needs_a_number_and_holds_at_the_client(
    vendor, client, newsletter, shop, add, told
):
    add(newsletter, row("none@example.com", ConsentToSendSms="Yes"))
    add(newsletter, row(MobileNumber=MOBILE, ConsentToSendSms="Yes"))
    add(shop, row(MobileNumber=MOBILE, ConsentToSendSms="Unchanged"))
    add(newsletter, row("new@example.com", MobileNumber=MOBILE))

    query = {"query": TEXTED, "name": "ConsentToSendSms"}
    assert [told(each, **query) for each in (newsletter, shop)] == ["Yes", "Yes"]
    assert told(newsletter, "none@example.com", **query) is None
    assert client.texting.value_of("none@example.com") == "No"
    assert told(newsletter, "new@example.com", **query) == "No"
    vendor.decide(shop, JANE, sms="No")
    add(newsletter, row(MobileNumber=""))
    assert [told(each, **query) for each in (newsletter, shop)] == [None, "No"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (MOBILE, None),
        ("+49" + "1" * 13, None),
        ("+49" + "1" * 14, 220),
        ("0400000001", 220),
        ("+0400000001", 220),
        ("+61 400 000 001", 220),
        ("+", 220),
        ("+٦١٤٠٠", 220),
    ],
)
def test_a_mobile_number_is_one_of_e164(newsletter, call, number, code):
    status, body = call("POST", f"subscribers/{newsletter.id}", row(MobileNumber=number))

    assert (status, body) == (201, JANE) if code is None else (status, body["Code"]) == (400, code)


def test_an_address_and_a_number_that_are_both_wrong_have_a_code_of_their_own(newsletter, call, add):
    wrong = row("no address", MobileNumber="1")

    single = call("POST", f"subscribers/{newsletter.id}", wrong)[1]["Code"]
    bulk = add(newsletter, wrong, row("fine@example.com"))[1]["ResultData"]

    assert (single, [each["Code"] for each in bulk["FailureDetails"]]) == (221, [221])
    assert bulk["TotalNewSubscribers"] == 1


def test_a_move_to_another_zone_takes_the_times_of_consents_along(
    vendor, client, newsletter, campaign, times
):
    vendor.decide(newsletter, JANE, "No", at="2026-03-01 12:00")

    vendor.move_to_zone(client, "(GMT) Coordinated Universal Time")
    vendor.happen(campaign, "open", JANE, ["2026-03-01 00:59", "2026-03-01 01:00"])

    assert times() == ["00:59"]


@pytest.mark.parametrize(
    ("answers", "values"), [({}, {"Yes"}), ({"consents": ("No", "Unknown", "No")}, {"No", "Unknown"})]
)
def test_a_world_asks_everybody_and_its_own_answers_hide_nothing(answers, values):
    vendor = CampaignMonitor(scenario=replace(SCENARIOS["demo"], **answers))
    client = vendor.clients[0]
    campaign = next(iter(client.campaigns.values()))
    before = len(campaign.reports["opens"].rows)

    for email in list(vendor.lists[0].people)[:10]:
        vendor.happen(campaign, "open", email, "2026-11-21 10:00")

    assert {each.value for every in vendor.clients for each in every.tracking} == values
    assert len(campaign.reports["opens"].rows) == before + 10


def test_the_same_can_be_caused_and_read_from_another_process(vendor, client, newsletter, campaign):
    journey = next(iter(client.journeys.values())).emails[0]
    before = len(journey.reports["clicks"].rows)
    decide = {"action": "decide", "list": newsletter.id, "email": JANE, "at": "2026-03-01 10:01"}
    happen = {"action": "happen", "email": JANE}
    times = ["2026-03-01 10:00", "2026-03-01 10:02"]

    _control(
        vendor,
        "POST",
        "/_control",
        {
            "do": [
                decide | {"consent": "No"},
                decide | {"consent": "Unknown", "email": "never@example.com", "silently": True},
                happen | {"campaign": campaign.id, "kind": "open", "at": times},
                happen | {"email_id": journey.id, "kind": "click", "at": times[0]},
            ]
        },
    )
    state = _control(vendor, "GET", f"/_state/consents/{client.id}")

    assert state["tracking"][JANE] == {"value": "No", "changes": [["2026-03-01 10:01:00", "No"]]}
    assert state["tracking"]["never@example.com"]["value"] == "Unknown"
    assert [each[2] for each in campaign.reports["opens"].rows] == ["2026-03-01 10:00:00"]
    assert len(journey.reports["clicks"].rows) == before + 1


def test_a_decision_that_is_none_is_refused(vendor, newsletter):
    vendor.subscribe(newsletter, JANE)

    with pytest.raises(ValueError, match="Yes, No, Unknown"):
        vendor.decide(newsletter, JANE, "Unchanged")


def _control(vendor, method, path, body=None):
    connection = http.client.HTTPConnection(vendor.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    assert response.status == 200, text
    return json.loads(text)
