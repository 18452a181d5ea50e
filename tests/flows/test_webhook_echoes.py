"""What our own export causes is not the subscriber's activity."""

import time

import boto3
import pytest
import requests

from lytics_cm.store.echoes import Echoes
from simulators.campaign_monitor.clock import text_of
from tests.deliveries import make_event
from tests.flows.hooked import listener, post, rows_of

AUDIENCES = "Lytics Audiences"


@pytest.fixture(scope="module")
def shared():
    with listener() as product:
        product.token = product.vendor.tokens().access_token
        api(
            product,
            "POST",
            "customfields",
            {"FieldName": AUDIENCES, "DataType": "MultiSelectMany", "Options": ["Buyers", "VIP"]},
        )
        yield product


@pytest.fixture
def listening(shared):
    shared.echoes = Echoes(boto3.resource("dynamodb").Table("JobsTable"))
    return shared


def api(product, method, what, body):
    where = "subscribers" if what.startswith("import") else "lists"
    return requests.request(
        method,
        f"{product.vendor.url}/api/v3.3/{where}/{product.list.id}/{what}.json",
        json=body,
        headers={"Authorization": f"Bearer {product.token}"},
        timeout=30,
    )


def export(product, email, options, name="Exported", at=None):
    """What an export does: note, then call."""
    person = {"email": email, "name": name, "fields": {"[LyticsAudiences]": options}}
    calls = product.echoes.remember(product.list.id, [person], at or now())
    values = [{"Key": "[LyticsAudiences]", "Value": option} for option in options]
    subscriber = {"EmailAddress": email, "Name": name, "ConsentToTrack": "Unchanged", "CustomFields": values}
    body = {"Subscribers": [subscriber], "Resubscribe": True}
    assert api(product, "POST", "import", body).status_code == 201
    return calls


def now():
    return time.time_ns() // 1_000_000


def local_minute(product, later=0):
    return text_of(time.time() + later, product.vendor.clients[0].time_zone)


def deliver(product):
    product.vendor.deliver()
    product.pump()


def activity(product, email):
    return sorted(row["fields"]["event"] for row in rows_of(product, email) if row["stream"] == "cm_activity")


def test_a_person_whom_the_export_adds_is_known_and_did_nothing(listening):
    export(listening, "added@example.com", ["Buyers"])
    deliver(listening)

    fields = listening.profile("added@example.com").json["fields"]
    assert fields["cm_list_ids_status"] == {listening.list.id: "active"}
    assert fields["cm_name"] == "Exported"
    assert activity(listening, "added@example.com") == []
    assert "last_active_ts" not in fields


def test_a_repeated_echo_is_an_echo(listening):
    export(listening, "twice@example.com", ["Buyers"])
    deliver(listening)
    delivery = listening.vendor.account.outbox.deliveries[-1]

    answers = [post(listening, *delivery.events).json for _ in range(3)]
    listening.pump()

    assert answers == [{"accepted": 1}] * 3
    assert activity(listening, "twice@example.com") == []


def test_several_calls_for_one_person_are_as_many_echoes(listening):
    for options in (["Buyers"], ["Buyers", "VIP"], ["VIP"]):
        export(listening, "changing@example.com", options)
    deliver(listening)

    assert activity(listening, "changing@example.com") == []


def test_a_genuine_subscribe_right_after_an_export_counts(listening):
    export(listening, "back@example.com", ["Buyers"])
    listening.vendor.unsubscribe(listening.list, "back@example.com", at="2026-03-05 14:31")
    deliver(listening)
    minute = local_minute(listening, 60)
    person = listening.list.find("back@example.com")
    events = [event for each in listening.vendor.account.outbox.deliveries for event in each.events]
    echo = next(
        event for event in events if event["EmailAddress"] == person.email and event["Type"] == "Subscribe"
    )

    post(listening, {**echo, "Date": minute})
    listening.pump()

    assert activity(listening, "back@example.com") == ["deactivate", "subscribe"]


def test_other_values_are_not_an_echo(listening):
    export(listening, "edits@example.com", ["Buyers"])
    listening.vendor.edit(listening.list, "edits@example.com", name="Another Name")
    deliver(listening)

    assert activity(listening, "edits@example.com") == ["update"]


def test_somebody_whom_the_vendor_refused_is_not_expected_back(listening):
    person = {"email": "refused@example.com", "fields": {}}
    at = now()
    calls = listening.echoes.remember(listening.list.id, [person], at)
    listening.echoes.forget(listening.list.id, calls, ["refused@example.com"], at)

    listening.vendor.subscribe(listening.list, "refused@example.com", "Came by themselves")
    deliver(listening)

    assert activity(listening, "refused@example.com") == ["subscribe"]


def test_an_export_of_long_ago_explains_nothing(listening):
    person = {"email": "later@example.com", "fields": {}}
    listening.echoes.remember(listening.list.id, [person], now() - 3_600_000)

    listening.vendor.subscribe(listening.list, "later@example.com", "Later")
    deliver(listening)

    assert activity(listening, "later@example.com") == ["subscribe"]


def test_on_a_list_that_confirms_opt_ins_a_subscribe_is_a_deed(listening):
    person = {"email": "optin@example.com", "fields": {}}
    listening.echoes.remember(listening.list.id, [person], now(), kinds=("update",))

    listening.vendor.subscribe(listening.list, "optin@example.com", "Confirmed")
    deliver(listening)

    assert activity(listening, "optin@example.com") == ["subscribe"]


def test_a_dead_webhooks_gap_is_filled_without_echoes(listening):
    (hook,) = listening.list.webhooks.values()
    hook.active = False
    export(listening, "gap@example.com", ["Buyers"])
    listening.vendor.subscribe(listening.list, "genuine@example.com", "Genuine")

    listening.gateway.post(f"/imports/{listening.job_id}/run")
    listening.pump()

    assert activity(listening, "gap@example.com") == []
    assert activity(listening, "genuine@example.com") == ["subscribe"]


def test_a_thousand_echoes_cost_a_handful_of_calls(listening):
    people = [{"email": f"echo{number}@example.com", "name": "Jane", "fields": {}} for number in range(1000)]
    listening.echoes.remember(listening.list.id, people, now())
    minute = local_minute(listening)
    listening.aws.calls.clear()

    answer = post(listening, *(make_event(email=person["email"], Date=minute) for person in people))

    assert answer.json == {"accepted": 1000}
    calls = dict(listening.aws.calls)
    assert calls.pop("SendMessageBatch") <= 2
    assert calls == {"GetItem": 1, "Query": 2, "PutItem": 1} | (
        {"UpdateItem": 1} if "UpdateItem" in calls else {}
    )
    listening.quick.sqs.queues[listening.names["RowsQueue"]].clear()


def test_notes_tell_nobodys_address_and_expire(listening):
    export(listening, "private@example.com", ["Buyers"])

    notes = [item for item in listening.items("JobsTable") if item["job"].startswith("echo#")]
    assert all(item["expires_at"] > now() / 1000 for item in notes)
    assert "private" not in repr(notes)


def test_whom_our_export_writes_nobody_looks_at_and_whoever_acts_alone_is_looked_at(listening):
    def asked():
        calls = listening.vendor.calls[mark:]
        return [
            call.query["email"] for call in calls if call.method == "GET" and "/subscribers/" in call.path
        ]

    mark = len(listening.vendor.calls)
    export(listening, "written@example.com", ["Buyers"])
    deliver(listening)
    by_us = asked()
    listening.vendor.subscribe(listening.list, "alone@example.com")
    deliver(listening)

    assert (by_us, asked()) == ([], ["alone@example.com"])
