"""Campaign Monitor delivers: from its POST to the profile."""

import gzip
import json

import pytest

from tests.deliveries import make_event, make_large_body
from tests.flows.hooked import (
    call_vendor,
    failures_of,
    listener,
    path_of,
    post,
    post_unstorable,
    rows_of,
)


def posted(product, *events, **more):
    """The answer to a delivery, and what came to be listed of it."""
    before = failures_of(product)
    answer = post(product, *events, **more)
    product.pump()
    return answer, [one for one in failures_of(product) if one not in before]


@pytest.fixture(scope="module")
def shared():
    with listener() as product:
        yield product


@pytest.fixture
def listening(shared):
    """The same for all tests that leave no trace but under addresses of their own."""
    shared.aws.out.clear()
    shared.aws.calls.clear()
    return shared


def test_a_sign_up_becomes_activity_and_state(listening):
    vendor = listening.vendor

    vendor.subscribe(listening.list, "New.Person@example.com", "New Person", at="2026-03-05 14:30")
    vendor.deliver()
    listening.pump()

    fields = listening.profile("new.person@example.com").json["fields"]
    assert fields["cm_list_ids_status"] == {listening.list.id: "active"}
    assert fields["cm_email_event"] == {"subscribe": 1}
    assert fields["channels"] == ["email"]
    assert fields["cm_name"] == "New Person"


def test_a_repeated_delivery_changes_nothing(listening):
    vendor = listening.vendor
    vendor.subscribe(listening.list, "repeated@example.com", "New", at="2026-03-05 14:30")
    vendor.deliver()
    listening.pump()
    before = listening.profile("repeated@example.com").json

    again = vendor.account.outbox.deliveries[-1]
    answers = [post(listening, *again.events) for _ in range(2)]
    listening.pump()

    assert [answer.json for answer in answers] == [{"accepted": 1}] * 2
    assert listening.profile("repeated@example.com").json["fields"] == before["fields"]
    assert listening.profile("repeated@example.com").json["rows"] == before["rows"]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Unsubscribed", "unsubscribe"),
        ("Bounced", "bounce"),
        ("Deleted", "delete"),
        ("SpamComplaint", "spam"),
        ("Unconfirmed", "unconfirmed"),
    ],
)
def test_why_somebody_left_is_told_in_the_seeds_words(listening, state, status):
    email = f"{status}@example.com"
    post(listening, make_event("Deactivate", email, State=state))
    listening.pump()

    told = {row["stream"]: row["fields"].get("status") for row in rows_of(listening, email)}
    assert told == {"cm_activity": status, "cm_user": state.lower()}


def test_an_unsubscribe_sets_its_time_and_a_bounce_does_not(listening):
    post(
        listening,
        make_event("Deactivate", "left@example.com", State="Unsubscribed"),
        make_event("Deactivate", "hard@example.com", State="Bounced"),
    )
    listening.pump()

    assert listening.profile("left@example.com").json["fields"]["cm_unsub_ts"]
    assert "cm_unsub_ts" not in listening.profile("hard@example.com").json["fields"]


def test_a_changed_address_is_written_under_the_new_one_and_the_old_profile_stays(listening):
    vendor = listening.vendor
    vendor.subscribe(listening.list, "old@example.com", "Jane", at="2026-03-05 14:00")
    vendor.change_address(listening.list, "old@example.com", "new@example.com", at="2026-03-05 14:30")
    vendor.deliver()
    listening.pump()

    update = next(row for row in rows_of(listening, "new@example.com") if row["stream"] == "cm_activity")
    assert update["fields"]["event"] == "update"
    assert update["fields"]["old_email"] == "old@example.com"
    assert listening.profile("new@example.com").json["fields"]["cm_list_ids_status"] == {
        listening.list.id: "active"
    }
    assert listening.profile("old@example.com").json["fields"]["cm_email_event"] == {"subscribe": 1}


def test_unknown_states_are_kept(listening):
    post(listening, make_event("Update", "dormant@example.com", State="Dormant"))
    listening.pump()

    fields = listening.profile("dormant@example.com").json["fields"]
    assert fields["cm_email_event"] == {"update": 1}
    assert fields["cm_list_ids_status"] == {listening.list.id: "dormant"}


@pytest.mark.parametrize(
    "kind", ["Open", "explode", "Reactivate", "\u017fubscribe", "Subscribe ", "", None, 7, ["Update"]]
)
def test_a_lists_webhook_tells_of_nothing_but_subscribe_update_and_deactivate(listening, kind):
    email = "told.of.something@example.com"

    answer, listed = posted(listening, make_event(kind, email, State="Active"))

    assert (answer.status, answer.json) == (200, {"accepted": 0})
    assert [one["email"] for one in listed] == [email]
    assert listening.profile(email).status == 404


@pytest.mark.parametrize("state", ["", None, "Active", "active", "x" * 41, 7])
def test_a_deactivation_says_why(listening, state):
    email = "gone.for.no.reason@example.com"

    answer, listed = posted(listening, make_event("Deactivate", email, State=state))

    assert (answer.status, answer.json) == (200, {"accepted": 0})
    assert [one["email"] for one in listed] == [email]
    assert listening.profile(email).status == 404


@pytest.mark.parametrize("kind", ["SUBSCRIBE", "subscribe"])
def test_the_case_of_an_event_type_does_not_matter(listening, kind):
    email = f"{kind.swapcase()}@example.com"

    post(listening, make_event(kind, email))
    listening.pump()

    assert listening.profile(email).json["fields"]["cm_email_event"] == {"subscribe": 1}


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2999-01-01 00:00:00", "more than a day ahead"),
        ("9999-12-31 23:59:59", "more than a day ahead"),
        ("1969-12-01 00:00:00", "before 1970"),
        ("0001-01-01 00:00:00", "1"),
    ],
)
def test_a_time_that_cannot_be_is_listed_and_freezes_nothing(listening, date, words):
    email = f"frozen{date[:4]}@example.com"
    answer, listed = posted(
        listening,
        make_event("Deactivate", email, Date=date, State="Unsubscribed"),
        make_event("Subscribe", email),
    )

    assert (answer.status, answer.json) == (200, {"accepted": 1})
    assert [words in one["message"] for one in listed] == [True]
    fields = listening.profile(email).json["fields"]
    assert fields["cm_list_ids_status"] == {listening.list.id: "active"}
    assert "cm_unsub_ts" not in fields


def test_at_most_a_hundred_failures_of_a_post_are_kept_and_one_counts_the_others(listening):
    bad = [make_event("Open", f"open{number}@example.com") for number in range(250)]

    answer, listed = posted(listening, *bad, make_event(email="beside@example.com"))

    assert answer.json == {"accepted": 1}
    assert len(listed) == 101
    assert sum("(and 149 more failures" in one["message"] for one in listed) == 1


def test_what_is_nested_or_numbered_beyond_reason_costs_its_own_event_alone(listening):
    deep = "[" * 2000 + "]" * 2000
    events = [
        json.dumps(make_event(email="deep@example.com", CustomFields=["DEEP"])).replace('"DEEP"', deep),
        f'{{"Type": {"9" * 5000}, "Date": {deep}, "EmailAddress": 1e999}}',
        json.dumps(make_event(email="half\ud83d@example.com")),
        json.dumps(make_event("half \ud83d", "surrogate@example.com", Date="half \ud83d")),
        json.dumps(make_event(email="shallow@example.com")),
    ]
    before = failures_of(listening)

    body = f'{{"ListID": "{listening.list.id}", "Events": [{", ".join(events)}]}}'
    answer = listening.gateway.call("POST", path_of(listening, listening.list), body=body)
    listening.pump()

    assert (answer.status, answer.json) == (200, {"accepted": 1})
    assert len(failures_of(listening)) == len(before) + 4
    assert listening.profile("shallow@example.com").status == 200


def test_custom_fields_and_the_sign_up_address_are_columns(listening):
    listening.gateway.patch(f"/imports/{listening.job_id}", {"drop_columns": []})
    options = [{"Key": "[colours]", "Value": "red"}, {"Key": "[colours]", "Value": "blue"}]
    post(
        listening,
        make_event(
            email="fields@example.com",
            SignupIPAddress="192.0.2.9",
            CustomFields=[*options, {"Key": "[age]", "Value": 24}, {"Key": "[odd]", "Value": {"a": [True]}}],
        ),
    )
    listening.pump()

    fact = next(row for row in rows_of(listening, "fields@example.com") if row["stream"] == "cm_activity")
    assert fact["fields"]["custom.colours"] == ["red", "blue"]
    assert (fact["fields"]["custom.age"], fact["fields"]["custom.odd"]) == ("24", '{"a": [true]}')
    assert fact["fields"]["signup_ip"] == "192.0.2.9"


def test_a_thousand_events_of_fifty_fields_are_one_post_and_all_profiles_are_right(listening):
    emails = [f"many{number}@example.com" for number in range(1000)]
    body = make_large_body(listening.list.id, emails)
    assert len(body.encode()) > 2_500_000

    answer = listening.gateway.call("POST", path_of(listening, listening.list), body=body)
    batches = [json.loads(body)["Entries"] for _, body in listening.aws.requests if b"MessageBody" in body]
    sizes = [sum(len(entry["MessageBody"].encode()) for entry in batch) for batch in batches]
    listening.pump()

    assert (answer.status, answer.json) == (200, {"accepted": 1000})
    assert max(sizes) <= 2**20
    for email in emails[::499]:
        assert listening.profile(email).json["fields"]["cm_email_event"] == {"subscribe": 1}
    stored = [item for item in listening.items("RowsTable") if item["key"] == "leaf#"]
    assert set(emails) <= {item["email"] for item in stored}


def test_a_post_during_an_outage_of_the_queue_is_not_acknowledged_and_its_repeat_is_whole(listening):
    events = [make_event(email=f"outage{number}@example.com") for number in range(20)]
    listening.aws.out.add("sqs")
    refused = post(listening, *events)
    listening.aws.out.clear()

    accepted = post(listening, *events)
    listening.pump()

    assert (refused.status, accepted.status) == (503, 200)
    assert "Retry-After" in refused.headers
    assert listening.profile("outage19@example.com").json["fields"]["cm_email_event"] == {"subscribe": 1}


def test_without_the_table_nothing_is_acknowledged(listening):
    listening.aws.out.add("dynamodb")

    assert post(listening, make_event()).status == 503


def test_bad_events_do_not_cost_the_others(listening):
    bad = {
        "no address": make_event(email=""),
        "no date": make_event(Date="yesterday"),
        "no such day": make_event(Date="2026-02-30 10:00:00"),
        "no object": "Subscribe",
        "no fields": make_event(CustomFields="website"),
        "no type": {**make_event(), "Type": None},
        "too large": make_event(Name="x" * 300_000),
    }
    good = [make_event(email=f"good{number}@example.com") for number in range(60)]

    answer, listed = posted(listening, *good[:30], *bad.values(), *good[30:])

    assert answer.json == {"accepted": 60}
    assert len(listed) == len(bad)
    assert listening.profile("good59@example.com").status == 200


def test_a_row_that_the_door_refuses_is_a_failure_of_the_job_once(listening):
    answers = [post_unstorable(listening, "unstorable@example.com") for _ in range(2)]
    listening.pump(twice=True)

    found = [one for one in failures_of(listening) if one["email"] == "unstorable@example.com"]
    assert [answer.status for answer in answers] == [200, 200]
    assert [(one["source"], one["code"], one["message"]) for one in found] == [
        ("webhook", "unusable_row", "a column's name or number cannot be written")
    ]
    assert listening.profile("unstorable@example.com").status == 404


NO_JSON = {
    "not JSON": "{",
    "a form": "ListID=1&Events=2",
    "nothing": "",
    "not a number": '{"ListID": "LIST", "Events": [NaN]}',
    "deep": "[" * 100_000,
    "deep and whole": "[" * 100_000 + "]" * 100_000,
}
UNUSABLE = {
    "an array": "[]",
    "a number": "7",
    "null": "null",
    "a deep array": "[" * 5000 + "]" * 5000,
    "no events": '{"ListID": "LIST"}',
    "events of another shape": '{"ListID": "LIST", "Events": {"Type": "Subscribe"}}',
    "another list": '{"ListID": "ffffffffffffffffffffffffffffffff", "Events": []}',
    "a list that is none": '{"ListID": ["LIST"], "Events": [1]}',
    "no list": '{"Events": []}',
    "only unusable events": '{"ListID": "LIST", "Events": [{"Type": "Subscribe", "Date": "2026-03-05 14:30:00"}]}',
}


@pytest.mark.parametrize("body", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_json_of_which_nothing_can_be_used_is_accepted_and_listed_so_that_the_vendor_goes_on(listening, body):
    before = listening.items("RowsTable")
    job = [item for item in listening.items("JobsTable") if item["item"].startswith("failure#")]

    answer = listening.gateway.call(
        "POST", path_of(listening, listening.list), body=body.replace("LIST", listening.list.id)
    )
    listening.pump()

    assert (answer.status, answer.json) == (200, {"accepted": 0})
    after = [item for item in listening.items("JobsTable") if item["item"].startswith("failure#")]
    assert [one for one in after if one not in job]
    assert listening.items("RowsTable") == before


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON.keys())
def test_what_is_no_json_is_a_clear_400_and_nothing_is_stored(listening, body, capsys):
    before = listening.items("JobsTable")
    capsys.readouterr()

    answer = listening.gateway.call(
        "POST", path_of(listening, listening.list), body=body.replace("LIST", listening.list.id) or None
    )
    listening.pump()

    assert answer.status == 400
    assert answer.json["message"]
    assert "Traceback" not in answer.body
    line = json.loads(capsys.readouterr().out.splitlines()[0])
    assert line["Status4xx"] == 1
    assert listening.items("JobsTable") == before


def test_compressed_bodies_are_refused_with_the_remedy(listening):
    body = gzip.compress(json.dumps({"ListID": listening.list.id, "Events": [make_event()]}).encode())

    answer = listening.gateway.call(
        "POST",
        path_of(listening, listening.list),
        body=body.decode("latin-1"),
        headers={"Content-Encoding": "gzip"},
    )

    assert (answer.status, "compressed" in answer.json["message"]) == (400, True)


def test_ten_megabytes_are_too_many(listening):
    answer = listening.gateway.call("POST", path_of(listening, listening.list), body=" " * 10_000_000)

    assert answer.status == 413


def test_no_events_are_fine(listening):
    assert post(listening).json == {"accepted": 0}


def test_the_vendors_test_call_succeeds_and_its_made_up_people_are_marked(listening):
    (hook,) = listening.list.webhooks.values()
    token = listening.vendor.tokens().access_token
    status = call_vendor(listening, f"/lists/{listening.list.id}/webhooks/{hook.id}/test.json", token)
    listening.pump()

    facts = [
        row["fields"] for row in rows_of(listening, "test@example.org") if row["stream"] == "cm_activity"
    ]
    assert status == 200
    assert {fact["event"]: fact.get("test") for fact in facts} == dict.fromkeys(
        ["subscribe", "update", "deactivate"], "true"
    )


def test_keys_that_are_unknown_foreign_malformed_or_of_the_other_vendor_answer_alike(listening):
    good = path_of(listening, listening.list)
    key = good.rpartition("/")[2]
    wrong = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        "/webhooks/campaign-monitor/x",
        "/webhooks/campaign-monitor/" + "k" * 5000,
        "/webhooks/campaign-monitor/%00%ff",
        f"/webhooks/lytics/{key}",
    ]

    answers = {
        (answer.status, answer.body)
        for path in wrong
        for answer in [post(listening, make_event(), path=path)]
    }
    unread = listening.gateway.call("POST", wrong[0], body="not JSON")

    assert answers == {(404, unread.body)}
    assert unread.status == 404


def test_a_key_costs_one_read_and_no_scan(listening):
    listening.aws.calls.clear()

    post(listening, make_event(), path="/webhooks/campaign-monitor/unknown")

    assert listening.aws.calls == {"GetItem": 1}
