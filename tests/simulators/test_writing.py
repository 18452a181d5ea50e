"""Adding, updating and importing people, as strictly as the vendor."""

import pytest


def row(email, *values, **changes):
    entries = [dict(zip(("Key", "Value", "Clear"), value, strict=False)) for value in values]
    return {"EmailAddress": email, "Name": "N", "CustomFields": entries, "ConsentToTrack": "Yes", **changes}


@pytest.fixture
def send(call, newsletter):
    def send(*rows, **flags):
        return call("POST", f"subscribers/{newsletter.id}/import", {"Subscribers": list(rows), **flags})

    return send


@pytest.fixture
def read(call, newsletter):
    def read(email):
        body = call.get(f"subscribers/{newsletter.id}", email=email)[1]
        return [(each["Key"], each["Value"]) for each in body["CustomFields"]]

    return read


COLOURS = "[favouritecolours]"


def test_an_import_takes_one_to_a_thousand_people(send):
    assert send()[1]["Code"] == 212
    assert send(*[row(f"{n}@example.com") for n in range(1001)])[1]["Code"] == 209
    assert send(*[row(f"{n}@example.com") for n in range(1000)])[0] == 201


def test_a_failed_row_leaves_the_others_written(send, call, newsletter):
    status, body = send(
        row("fine@example.com"), row("bad@example"), row("silent@example.com", ConsentToTrack=None)
    )

    failures = [(each["EmailAddress"], each["Code"]) for each in body["ResultData"]["FailureDetails"]]
    assert (status, body["Code"]) == (400, 210)
    assert failures == [("bad@example", 1), ("silent@example.com", 214)]
    assert newsletter.find("fine@example.com").state == "Active"


@pytest.mark.parametrize(
    ("state", "code"), [("Deleted", 205), ("Unsubscribed", 206), ("Bounced", 207), ("Unconfirmed", 208)]
)
def test_inactive_people_stay_so_unless_resubscribed(vendor, newsletter, send, state, code):
    person = vendor.subscribe(newsletter, "gone@example.com", "Before")
    person.state = state

    _, body = send(row("gone@example.com"))
    refused = (person.state, person.name)
    status, _ = send(row("gone@example.com"), Resubscribe=True)

    assert [each["Code"] for each in body["ResultData"]["FailureDetails"]] == [code]
    assert refused == (state, "Before")
    assert status == 201
    assert person.state == ("Unconfirmed" if state == "Unconfirmed" else "Active")


def test_suppressed_people_are_refused_where_lists_share_their_unsubscribes(client, newsletter, call, send):
    call("POST", f"clients/{client.id}/suppress", {"EmailAddresses": ["S@example.com"]})
    apart = send(row("s@example.com"))[0]
    newsletter.unsubscribe_setting = "AllClientLists"
    del newsletter.people["s@example.com"]
    call("POST", f"clients/{client.id}/suppress", {"EmailAddresses": ["S@example.com"]})

    assert apart == 201
    assert send(row("s@example.com"))[1]["ResultData"]["FailureDetails"][0]["Code"] == 204


def test_duplicates_are_named_and_one_of_them_wins(vendor, send, newsletter):
    _, last = send(row("Twice@example.com", Name="1"), row("twice@example.com", Name="2"))
    by_last = newsletter.find("twice@example.com").name
    vendor.switches.duplicate_wins = "first"
    send(row("twice@example.com", Name="3"), row("twice@example.com", Name="4"))

    assert (last["TotalUniqueEmailsSubmitted"], last["DuplicateEmailsInSubmission"]) == (
        1,
        ["twice@example.com"],
    )
    assert (by_last, newsletter.find("twice@example.com").name) == ("2", "3")


def test_options_replace_the_selection_or_add_to_it_by_switch(vendor, send, read):
    send(row("m@example.com", (COLOURS, "Red"), (COLOURS, "Blue")))
    send(row("m@example.com", (COLOURS, "Blue"), (COLOURS, "Green")))
    replaced = read("m@example.com")
    vendor.switches.multi_select = "add"
    send(row("m@example.com", (COLOURS, "Red")))

    assert replaced == [(COLOURS, "Blue"), (COLOURS, "Green")]
    assert read("m@example.com") == [(COLOURS, "Red"), (COLOURS, "Blue"), (COLOURS, "Green")]


def test_clear_removes_an_option_or_the_whole_value(send, read):
    send(row("c@example.com", (COLOURS, "Red"), (COLOURS, "Blue"), ("age", "30"), ("website", "w")))
    send(row("c@example.com", (COLOURS, "Red", True), ("age", "", True), ("website", "")))
    one = read("c@example.com")
    send(row("c@example.com", (COLOURS, "", True)))

    assert one == [(COLOURS, "Blue"), ("[website]", "w")]
    assert read("c@example.com") == [("[website]", "w")]


def test_what_does_not_fit_is_dropped_without_a_word(send, read):
    status, _ = send(
        row(
            "d@example.com",
            ("[nothing]", "x"),
            (COLOURS, "Purple"),
            ("age", "old"),
            ("subscriptiondate", "2080/01/01"),
            ("website", "w" * 300),
        )
    )
    send(row("e@example.com", ("subscription date", "2020/02/29")))

    assert status == 201
    assert read("d@example.com") == [("[website]", "w" * 250)]
    assert read("e@example.com") == [("[subscriptiondate]", "2020-02-29")]


def test_a_wrongly_typed_body_fails_as_a_whole(send, call, newsletter):
    before = len(newsletter.people)
    answers = [
        send(row("a@example.com"), row("b@example.com", ("age", ["1"]))),
        send(row("a@example.com", Name=5)),
        call("POST", f"subscribers/{newsletter.id}/import", ["x"]),
        call.raw("POST", f"/api/v3.3/subscribers/{newsletter.id}/import.json", "{not json"),
    ]

    assert {(status, body["Code"]) for status, body in answers} == {(400, 400)}
    assert len(newsletter.people) == before


def test_people_of_an_opt_in_list_wait_for_their_click(vendor, newsletter, send):
    newsletter.confirmed_opt_in = True
    send(row("new@example.com"))
    before = newsletter.find("new@example.com").state
    vendor.confirm(newsletter, "new@example.com")

    assert (before, newsletter.find("new@example.com").state) == ("Unconfirmed", "Active")


def test_an_update_never_creates_and_can_change_the_address(vendor, newsletter, call):
    vendor.subscribe(newsletter, "old+x@example.com")
    vendor.subscribe(newsletter, "taken@example.com")
    path = f"subscribers/{newsletter.id}"

    missing = call("PUT", path, row("x@example.com"), email="nobody@example.com")[1]["Code"]
    taken = call("PUT", path, row("taken@example.com"), email="old+x@example.com")[1]["Code"]
    invalid = call("PUT", path, row("new@example"), email="old+x@example.com")[1]["Code"]
    changed = call("PUT", path, row("new@example.com"), email="old+x@example.com")

    assert (missing, taken, invalid, changed) == (203, 201, 211, (200, None))
    assert newsletter.find("old+x@example.com") is None
    assert newsletter.find("new@example.com").name == "N"


def test_a_raw_plus_in_a_query_is_a_blank(vendor, newsletter, call):
    vendor.subscribe(newsletter, "a+b@example.com")
    path = f"/api/v3.3/subscribers/{newsletter.id}.json?email="

    assert call.raw("GET", f"{path}a+b@example.com")[1]["Code"] == 1
    assert call.raw("GET", f"{path}a%2Bb@example.com")[0] == 200


def test_the_same_person_too_often_is_throttled_without_headers(vendor, newsletter, call):
    vendor.switches.same_subscriber_per_minute = 1
    vendor.clock.fixed, vendor.clock.offset = 1_790_000_000.0, 0.0
    call.headers = {"Authorization": f"Bearer {vendor.tokens().access_token}"}

    answers = [call("POST", f"subscribers/{newsletter.id}", row("often@example.com")) for _ in range(2)]

    assert [status for status, _ in answers] == [201, 429]


def test_an_unsubscribe_spreads_to_lists_that_share_them(vendor, client, newsletter, call):
    newsletter.unsubscribe_setting = "AllClientLists"
    shared = vendor.account.add_list(client, "Shared")
    apart = vendor.account.add_list(client, "Apart", unsubscribe_setting="OnlyThisList")
    for each in (newsletter, shared, apart):
        vendor.subscribe(each, "u@example.com")

    call("POST", f"subscribers/{newsletter.id}/unsubscribe", {"EmailAddress": "u@example.com"})

    states = [each.find("u@example.com").state for each in (newsletter, shared, apart)]
    assert states == ["Unsubscribed", "Unsubscribed", "Active"]
    assert client.suppressed["u@example.com"].reason == "Unsubscribed"
