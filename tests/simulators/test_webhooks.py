"""Webhook events: when they fire, what they say, how they arrive."""

import json

import pytest

from simulators.http import Response, Server
from simulators.posting import wait_until


class Receiver:
    """Our endpoint: keeps what it got, answers as told."""

    def __init__(self):
        self.bodies, self.answers = [], []

    def __call__(self, request):
        status = self.answers.pop(0) if self.answers else 200
        self.bodies.append((status, json.loads(request.body)))
        return Response(status)

    def events(self):
        return [event for status, body in self.bodies if status == 200 for event in body["Events"]]


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def hook(receiver, vendor, newsletter, call):
    with Server(receiver) as server:
        body = {
            "Events": ["Subscribe", "Update", "Deactivate"],
            "Url": f"{server.url}/hook",
            "PayloadFormat": "json",
        }
        _, webhook_id = call("POST", f"lists/{newsletter.id}/webhooks", body)
        yield newsletter.webhooks[webhook_id]


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"Url": "ftp://x"}, 601), ({"PayloadFormat": "yaml"}, 602), ({"Events": ["Open"]}, 603)],
)
def test_unsuitable_webhooks_are_refused(call, newsletter, changed, code):
    body = {"Events": ["Update"], "Url": "http://127.0.0.1/x", "PayloadFormat": "json", **changed}

    assert call("POST", f"lists/{newsletter.id}/webhooks", body)[1]["Code"] == code


def test_each_kind_of_event_says_what_the_vendor_says(vendor, newsletter, hook, receiver):
    fields = {"website": "https://example.com", "favourite colours": ["Red", "Blue"]}
    vendor.subscribe(newsletter, "a@example.com", "Ann", fields, at="2026-03-01 10:00")
    vendor.edit(newsletter, "a@example.com", "Anna", at="2026-03-01 10:01")
    vendor.change_address(newsletter, "a@example.com", "b@example.com", at="2026-03-01 10:02")
    vendor.unsubscribe(newsletter, "b@example.com", at="2026-03-01 10:03")

    vendor.deliver()

    values = [
        {"Key": "[website]", "Value": "https://example.com"},
        {"Key": "[favouritecolours]", "Value": "Red"},
        {"Key": "[favouritecolours]", "Value": "Blue"},
    ]
    shared = {"Name": "Anna", "CustomFields": values}
    subscribed = {"Type": "Subscribe", "Date": "2026-03-01 10:00:00", "EmailAddress": "a@example.com"}
    edited = {"Type": "Update", "Date": "2026-03-01 10:01:00", "EmailAddress": "a@example.com"}
    moved = {"Type": "Update", "Date": "2026-03-01 10:02:00", "EmailAddress": "b@example.com"}
    gone = {"Type": "Deactivate", "Date": "2026-03-01 10:03:00", "EmailAddress": "b@example.com"}
    assert receiver.bodies == [
        (
            200,
            {
                "ListID": newsletter.id,
                "Events": [
                    {**subscribed, "Name": "Ann", "SignupIPAddress": "192.0.2.10", "CustomFields": values},
                    {**edited, **shared, "OldEmailAddress": "a@example.com", "State": "Active"},
                    {**moved, **shared, "OldEmailAddress": "a@example.com", "State": "Active"},
                    {**gone, **shared, "State": "Unsubscribed"},
                ],
            },
        )
    ]


def test_our_own_import_comes_back(vendor, newsletter, hook, receiver, call):
    vendor.subscribe(newsletter, "known@example.com")
    vendor.deliver()
    rows = [{"EmailAddress": f"{who}@example.com", "ConsentToTrack": "Yes"} for who in ("known", "new")]
    call("POST", f"subscribers/{newsletter.id}/import", {"Subscribers": rows})

    vendor.deliver()

    events = [(event["Type"], event["EmailAddress"]) for event in receiver.events()[1:]]
    assert events == [("Update", "known@example.com"), ("Subscribe", "new@example.com")]


def test_events_come_in_batches_of_at_most_a_thousand(vendor, newsletter, hook, receiver):
    for number in range(2500):
        vendor.subscribe(newsletter, f"{number}@example.com")

    vendor.deliver()

    assert [len(body["Events"]) for _, body in receiver.bodies] == [1000, 1000, 500]


def test_a_refused_batch_is_tried_again_and_nothing_is_lost(vendor, newsletter, hook, receiver):
    vendor.account.outbox.manner.attempts = 2
    receiver.answers = [500, 503, 302]
    vendor.subscribe(newsletter, "a@example.com")

    first, left = vendor.deliver(), vendor.account.outbox.pending()
    vendor.deliver()

    assert [each.status for each in first] == [500, 503]
    assert (left, vendor.account.outbox.pending()) == (1, 0)
    assert [event["EmailAddress"] for event in receiver.events()] == ["a@example.com"]


def test_however_they_stray_every_event_arrives_at_least_once(vendor, newsletter, hook, receiver):
    vendor.account.outbox.manner.configure(
        {"repeat": 0.3, "shuffle": True, "split": 0.5, "delay": 0.4, "batch": 20}
    )
    expected = {f"{number}@example.com" for number in range(300)}
    for email in expected:
        vendor.subscribe(newsletter, email)

    left = vendor.account.outbox.deliver_all()

    arrived = [event["EmailAddress"] for event in receiver.events()]
    assert left == 0
    assert set(arrived) == expected
    assert len(arrived) > len(expected)


def test_a_deactivated_hook_gets_nothing_and_its_events_are_lost(vendor, newsletter, hook, receiver, call):
    vendor.fail_for_a_week(hook)
    vendor.subscribe(newsletter, "lost@example.com")
    status = call.get(f"lists/{newsletter.id}/webhooks")[1][0]["Status"]
    call("PUT", f"lists/{newsletter.id}/webhooks/{hook.id}/activate")
    vendor.subscribe(newsletter, "kept@example.com")

    vendor.deliver()

    assert status == "Deactivated"
    assert [event["EmailAddress"] for event in receiver.events()] == ["kept@example.com"]


def test_too_many_failures_deactivate_a_hook_by_switch(vendor, newsletter, hook, receiver):
    vendor.switches.webhook_failures_allowed = 2
    receiver.answers = [500] * 10
    vendor.subscribe(newsletter, "a@example.com")

    vendor.deliver()

    assert (hook.active, len(receiver.bodies), vendor.account.outbox.pending()) == (False, 3, 0)


def test_the_test_call_posts_one_made_up_event_per_kind(newsletter, hook, receiver, call):
    path = f"lists/{newsletter.id}/webhooks/{hook.id}/test"
    fine = call.get(path)
    receiver.answers = [404]

    _, failed = call.get(path)

    assert fine == (200, None)
    assert [event["Type"] for event in receiver.bodies[0][1]["Events"]] == [
        "Subscribe",
        "Update",
        "Deactivate",
    ]
    assert failed["ResultData"] == {
        "FailureStatus": "ProtocolError",
        "FailureResponseMessage": "Not Found",
        "FailureResponseCode": 404,
        "FailureResponse": "",
    }


def test_an_endpoint_may_call_the_vendor_while_it_is_tested(vendor, newsletter, call):
    def endpoint(_):
        return Response(call.get("clients")[0])

    with Server(endpoint) as server:
        body = {"Events": ["Update"], "Url": server.url, "PayloadFormat": "json"}
        _, webhook_id = call("POST", f"lists/{newsletter.id}/webhooks", body)

        assert call.get(f"lists/{newsletter.id}/webhooks/{webhook_id}/test") == (200, None)


def test_deliveries_can_run_in_the_background(vendor, newsletter, hook, receiver):
    vendor.deliver_in_background(every=0.01)
    vendor.subscribe(newsletter, "soon@example.com")

    assert wait_until(lambda: len(receiver.events()) == 1, seconds=5)


def test_nothing_is_posted_beyond_loopback(vendor, newsletter, call):
    body = {"Events": ["Subscribe"], "Url": "https://example.com/hook", "PayloadFormat": "json"}
    call("POST", f"lists/{newsletter.id}/webhooks", body)
    vendor.subscribe(newsletter, "a@example.com")

    assert {each.status for each in vendor.deliver()} == {0}
