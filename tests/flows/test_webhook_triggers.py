"""Lytics tells of audiences: from its POST to the changes queue."""

import json

import boto3
import pytest

from lytics_cm.store.webhooks import EXPORT, Keys, derive
from simulators.campaign_monitor.generator import World
from tests.product import Product

NOTHING = World(clients=1, lists=1, subscribers=1, campaigns=0, activity=0, journeys=0)
AT = 1_709_649_000_872
JOB = "e" * 32


@pytest.fixture(scope="module")
def shared():
    with Product(scenario=NOTHING) as product:
        key = derive("secret of the stack", EXPORT, JOB)
        owner = {
            "kind": EXPORT,
            "owner": JOB,
            "email_field": "email",
            "fields": ["email", "name", "age"],
        }
        Keys(boto3.resource("dynamodb").Table("JobsTable")).allow(key, owner)
        product.path = f"/webhooks/lytics/{key}"
        yield product


@pytest.fixture
def product(shared):
    shared.aws.out.clear()
    received(shared)
    return shared


def make_event(event="enter", **more):
    return {
        "id": "a" * 32,
        "slug": "spring_buyers",
        "event": event,
        event: "2024-03-05T14:30:00.872000000Z",
        **more,
    }


def make_data(*events, **fields):
    data = {"email": "Jane.Doe@example.com", "name": "Jane", "age": 24, "_split": 7, "other": "x", **fields}
    return data | {"segment_events": list(events) or [make_event()]}


META = {"object": "user", "subscription_id": "f" * 32, "timestamp": "2024-03-05T14:30:04.651000000Z"}


def post(product, body):
    return product.gateway.call(
        "POST", product.path, body=body if isinstance(body, str) else json.dumps(body)
    )


def received(product):
    url, found = product.names["ChangesQueue"], []
    while messages := product.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            found.append(json.loads(message["Body"]))
            product.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def changes(product):
    return [change for message in received(product) for change in message["changes"]]


def failures(product):
    items = product.items("JobsTable")
    return [
        item["failure"]["message"]
        for item in items
        if item["job"] == JOB and item["item"].startswith("failure#")
    ]


CHANGE = {
    "email": "jane.doe@example.com",
    "audience_id": "a" * 32,
    "slug": "spring_buyers",
    "event": "enter",
    "at": AT,
    "fields": {"email": "Jane.Doe@example.com", "name": "Jane", "age": 24},
    "fields_at": 1_709_649_004_651,
}
UNDATED = CHANGE | {"fields_at": AT}
"""The change, in a format that does not tell when it was made."""

FORMATS = {
    "new": {"id": "12345678901234567890", "data": make_data(), "meta": META},
    "batch": [{"id": "1", "data": make_data(), "meta": META}],
    "CloudEvents": {
        "specversion": "1.0",
        "type": "x",
        "source": "/job/1",
        "id": "1",
        "time": META["timestamp"],
        "data": make_data(),
    },
    "old": make_data(),
    "old, in a batch": [make_data()],
}


@pytest.mark.parametrize(("name", "body"), FORMATS.items(), ids=FORMATS.keys())
def test_every_format_becomes_a_membership_change(product, name, body):
    answer = post(product, body)

    assert (answer.status, answer.json) == (200, {"accepted": 1})
    wanted = UNDATED if name.startswith("old") else CHANGE
    (message,) = received(product)
    assert message == {
        "export": JOB,
        "received_at": message["received_at"],
        "origin": message["origin"],
        "changes": [wanted],
    }


def test_fields_that_are_empty_are_told_from_those_that_a_trigger_does_not_carry(product):
    data = make_data(name="", other="")
    del data["age"]

    post(product, {"data": data, "meta": META})

    (change,) = changes(product)
    assert change["fields"] == {"email": "Jane.Doe@example.com", "name": None}


def test_one_trigger_can_tell_of_several_audiences(product):
    events = [
        make_event(),
        make_event("exit", id="b" * 32, slug="vip"),
        {"id": "c" * 32, "slug": "old", "event": "change"},
    ]

    answer = post(product, {"data": make_data(*events), "meta": META})

    assert answer.json == {"accepted": 1}
    told = [(change["slug"], change["event"], change["at"]) for change in changes(product)]
    assert told == [("spring_buyers", "enter", AT), ("vip", "exit", AT), ("old", "change", 1_709_649_004_651)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (make_data(email=None), "'email' is missing"),
        (make_data(email="nobody"), "cannot be used as an e-mail address"),
        (make_data(make_event("glance")), "is none of enter, exit, change"),
        (make_data(make_event(enter="2024-03-05T14:30:00")), "no offset from UTC"),
        (make_data(make_event(enter="soon")), "no time that can be read"),
        (make_data({"event": "enter", "enter": "2024-03-05T14:30:00Z"}), "does not name its audience"),
        (make_data("enter"), "is an object"),
        (make_data(make_event(enter="2999-01-01T00:00:00Z")), "more than a day ahead"),
        (make_data(make_event("exit", exit="9999-12-31T23:59:59-23:59")), "more than a day ahead"),
        (make_data(make_event(enter="1969-12-31T23:59:59Z")), "before 1970"),
        (make_data(make_event(enter="0001-01-01T00:00:00+23:59")), "before 1970"),
        (make_data(make_event(enter=7)), "is no text"),
        (make_data({"slug": "vip", "event": ["enter"]}), "is none of enter, exit, change"),
        (make_data(make_event(id=7, slug={})), "does not name its audience"),
        ({"email": "jane.doe@example.com"}, "has segment_events"),
        ([make_data()], "has segment_events"),
    ],
)
def test_what_cannot_be_used_is_a_failure_of_the_export_and_costs_nobody_else(product, data, words):
    answer = post(product, [{"data": data}, {"data": make_data()}])

    assert answer.json == {"accepted": 1}
    assert changes(product) == [UNDATED]
    assert any(words in message for message in failures(product))


@pytest.mark.parametrize("bad", [7, None, "x", [], {}, {"data": []}, [[make_data()]]])
def test_what_is_no_trigger_costs_the_others_of_its_batch_nothing(product, bad):
    answer = post(product, [bad, {"data": make_data()}, bad])

    assert (answer.status, answer.json) == (200, {"accepted": 1})
    assert changes(product) == [UNDATED]


def test_a_message_made_in_the_future_tells_no_time(product):
    post(product, {"data": make_data(), "meta": META | {"timestamp": "2999-01-01T00:00:00Z"}})

    assert changes(product) == [UNDATED]


def test_a_field_that_is_too_much_costs_neither_the_trigger_nor_other_fields(product):
    answer = post(product, {"data": make_data(name=json.loads("[" * 2000 + "]" * 2000), age=7)})

    (change,) = changes(product)
    assert answer.json == {"accepted": 1}
    assert change["fields"]["age"] == 7
    assert "nested more than 20 deep" in change["fields"]["name"]["$unfit"]


def test_a_number_that_nobody_can_hold_stays_the_text_that_it_is(product):
    long = "9" * 5000
    answer = post(
        product,
        json.dumps(make_data(age="AGE", name="NAME")).replace('"AGE"', long).replace('"NAME"', "1e999"),
    )

    (change,) = changes(product)
    assert (answer.status, change["fields"]["age"], change["fields"]["name"]) == (200, long[:1000], "1e999")


def test_a_trigger_without_an_address_alone_is_answered_200(product):
    assert (post(product, make_data(email="")).status, changes(product)) == (200, [])


def test_the_time_may_have_any_offset_and_the_address_may_be_in_an_array(product):
    post(
        product,
        make_data(
            make_event(enter="2024-03-05T16:30:00.872+02:00"), email=["jane.doe@example.com", "x@example.com"]
        ),
    )

    (change,) = changes(product)
    assert (change["email"], change["at"]) == ("jane.doe@example.com", AT)


@pytest.mark.parametrize(
    "body", ["", "{", "7", '"x"', "{}", '{"data": {}}', '[{"data": {"email": "a@example.com"}}]', "[[]]"]
)
def test_what_is_no_trigger_is_a_400_which_lytics_does_not_repeat(product, body):
    answer = post(product, body)

    assert (answer.status, changes(product)) == (400, [])


def test_json_that_is_no_trigger_is_listed_as_well(product):
    post(product, {"profile": "of another shape"})

    assert "a trigger has segment_events, in data or beside the profile's fields" in failures(product)


def test_a_thousand_triggers_fit_the_queue(product):
    answer = post(
        product,
        [{"data": make_data(email=f"p{number}@example.com", name="Ü" * 400)} for number in range(1000)],
    )
    messages = received(product)

    assert answer.json == {"accepted": 1000}
    assert sum(len(message["changes"]) for message in messages) == 1000
    assert max(len(json.dumps(message)) for message in messages) < 256 * 1024


def test_five_thousand_audiences_of_one_person_are_taken(product):
    events = [make_event(id=f"{number:032x}") for number in range(5000)]

    assert post(product, make_data(*events)).json == {"accepted": 1}
    assert len(changes(product)) == 5000


def test_nothing_is_acknowledged_while_the_queue_is_out(product):
    product.aws.out.add("sqs")

    answer = post(product, make_data())

    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")


def test_an_unknown_key_is_a_404(product):
    assert product.gateway.call("POST", "/webhooks/lytics/unknown", body="{}").status == 404
    assert (
        product.gateway.call("POST", product.path.replace("lytics", "campaign-monitor"), body="{}").status
        == 404
    )
