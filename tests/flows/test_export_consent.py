import os
import time

import pytest

from simulators.campaign_monitor.changes import suppress
from tests.aws.functions import cold_start
from tests.flows.exporting import FIELD, exporting

HOUR = 3600


@pytest.fixture
def stage():
    with exporting() as made:
        yield made


def leaves(stage, email, hours_ago, how="unsubscribe"):
    """Somebody who was on the list leaves it so many hours ago."""
    stage.vendor.clock.advance(-hours_ago * HOUR)
    if email not in stage.list.people:
        stage.vendor.subscribe(stage.list, email)
    getattr(stage.vendor, how)(stage.list, email)
    stage.vendor.clock.advance(hours_ago * HOUR)


def enters(stage, email, hours_ago, slug="vip"):
    stage.lytics.enter(email, slug, at=time.time() - hours_ago * HOUR)


@pytest.mark.parametrize("how", ["unsubscribe", "delete", "bounce"])
def test_nobody_is_subscribed_again_unless_it_was_chosen(stage, how):
    export = stage.start("vip")
    leaves(stage, "jane@example.com", 2, how)

    enters(stage, "jane@example.com", 1)
    stage.run()

    assert stage.list.people["jane@example.com"].state != "Active"
    assert stage.counts(export)["failed"] == 1
    assert [one.resubscribe for one in stage.imports()] == [False]


@pytest.mark.parametrize("how", ["unsubscribe", "delete"])
def test_who_entered_after_leaving_the_list_is_subscribed_again_when_chosen(stage, how):
    export = stage.start("vip", resubscribe_users=True)
    leaves(stage, "jane@example.com", 2, how)

    enters(stage, "jane@example.com", 1)
    enters(stage, "other@example.com", 1)
    stage.run()

    assert stage.people() == {
        "jane@example.com": ("Active", {FIELD: ["VIP"]}),
        "other@example.com": ("Active", {FIELD: ["VIP"]}),
    }
    assert stage.counts(export) == {"added": 2, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
    assert stage.job(export)["resubscribed"] == 1
    assert [(one.size, one.resubscribe) for one in stage.imports()] == [(2, False), (1, True)]


def test_who_left_the_list_after_entering_stays_out_whatever_happens_then(stage):
    export = stage.start("vip", resubscribe_users=True)
    enters(stage, "jane@example.com", 3)
    stage.run()
    leaves(stage, "jane@example.com", 1)

    stage.lytics.change("jane@example.com", "vip", name="Jane Doe")
    enters(stage, "jane@example.com", 3)
    stage.run()
    stage.api.post(f"/exports/{export}/retry-failures")
    stage.run()

    assert stage.list.people["jane@example.com"].state == "Unsubscribed"
    assert {one.resubscribe for one in stage.imports()} == {False}
    assert "after entering the audience" in stage.failures(export)[0]["message"]


def test_leaving_within_the_minute_of_entering_counts_as_after(stage):
    stage.start("vip", resubscribe_users=True)
    leaves(stage, "jane@example.com", 0)

    enters(stage, "jane@example.com", 0)
    stage.run()

    assert stage.list.people["jane@example.com"].state == "Unsubscribed"


def test_who_bounced_is_not_subscribed_again(stage):
    export = stage.start("vip", resubscribe_users=True)
    leaves(stage, "jane@example.com", 2, "bounce")

    enters(stage, "jane@example.com", 1)
    stage.run()

    assert stage.list.people["jane@example.com"].state == "Bounced"
    assert stage.failures(export)[0]["code"] == 207


def test_who_is_suppressed_without_being_on_the_list_stays_out(stage):
    export = stage.start("vip", resubscribe_users=True)
    with stage.vendor.account.lock:
        suppress(stage.vendor.account, stage.list.client, "jane@example.com", "Spam Complaint")

    enters(stage, "jane@example.com", 1)
    stage.run()

    assert stage.people() == {}
    assert stage.failures(export)[0]["code"] == 204
    assert "suppress" in stage.failures(export)[0]["message"]


def test_a_look_up_that_fails_is_made_again(stage):
    stage.start("vip", resubscribe_users=True)
    leaves(stage, "jane@example.com", 2)
    stage.vendor.faults.script("500", r"GET .*subscribers/\w+\.json", times=2)

    enters(stage, "jane@example.com", 1)
    stage.run()

    assert stage.list.people["jane@example.com"].state == "Active"


def test_the_exit_of_somebody_who_left_the_list_subscribes_nobody(stage):
    export = stage.start("vip", resubscribe_users=True)
    enters(stage, "jane@example.com", 3)
    stage.run()
    leaves(stage, "jane@example.com", 2)

    stage.lytics.exit("jane@example.com", "vip")
    stage.run()

    assert stage.people() == {"jane@example.com": ("Unsubscribed", {})}
    assert {one.resubscribe for one in stage.imports()} == {False}
    assert stage.counts(export) == {"added": 1, "updated": 0, "removed": 1, "skipped": 0, "failed": 0}


@pytest.mark.parametrize(
    ("agrees", "has", "reason"),
    [
        ("yes", "Yes", None),
        ("yes", "Unknown", None),
        ("yes", "No", "may be newer than the Yes in Lytics"),
        ("no", "Yes", "without a Yes"),
        (None, "Yes", "without a Yes"),
        ("perhaps", "Yes", "without a Yes"),
    ],
)
def test_with_a_field_for_consent_nobody_comes_back_without_a_yes(stage, agrees, has, reason):
    export = stage.start("vip", resubscribe_users=True, consent_field="agrees")
    leaves(stage, "jane@example.com", 2)
    stage.vendor.decide(stage.list, "jane@example.com", has, silently=True)

    stage.lytics.person("jane@example.com", agrees=agrees)
    enters(stage, "jane@example.com", 1)
    stage.run()

    state = stage.list.people["jane@example.com"].state
    told = [one["message"] for one in stage.failures(export)]
    assert state == ("Unsubscribed" if reason else "Active")
    assert reason is None or reason in told[0]
    assert (stage.job(export)["resubscribed"], len(told)) == ((0, 1) if reason else (1, 0))


def test_who_said_no_to_us_and_yes_later_comes_back(stage):
    export = stage.start("vip", resubscribe_users=True, consent_field="agrees")
    stage.lytics.person("jane@example.com", agrees="no")
    enters(stage, "jane@example.com", 5)
    stage.run()
    leaves(stage, "jane@example.com", 2)

    stage.lytics.person("jane@example.com", agrees="yes")
    enters(stage, "jane@example.com", 1)
    stage.run()

    assert stage.list.people["jane@example.com"].state == "Active"
    assert stage.list.client.tracking.value_of("jane@example.com") == "Yes"
    assert stage.failures(export) == []


@pytest.mark.parametrize("semantics", ["replace", "add"])
def test_who_is_still_to_confirm_is_kept_in_step(stage, semantics):
    stage.vendor.switches.multi_select = semantics
    stage.list.confirmed_opt_in = True
    export = stage.start()
    for change, slug in (("enter", "vip"), ("enter", "new"), ("exit", "vip")):
        getattr(stage.lytics, change)("jane@example.com", slug)
        stage.run()

    assert stage.people() == {"jane@example.com": ("Unconfirmed", {FIELD: ["New Readers"]})}
    assert stage.counts(export) == {"added": 1, "updated": 2, "removed": 0, "skipped": 0, "failed": 0}


def people(stage, event, numbers, at):
    return [
        {"email": f"p{number}@example.com", "slug": "vip", "event": event, "at": at + number, "fields": {}}
        for number in numbers
    ]


def test_the_brake_stops_an_export_that_would_clear_too_many(stage):
    os.environ["EXPORT_BRAKE_PEOPLE"] = "1500"
    cold_start()
    export = stage.start("vip")
    now = int(time.time() * 1000) - 10_000
    stage.tell(export, *people(stage, "enter", range(1200), now))
    stage.run()
    stage.tell(export, *people(stage, "exit", range(1100), now + 5000))
    stage.run(twice=True)
    paused, kept = stage.job(export), len(stage.audiences())

    stage.api.post(f"/exports/{export}/start")
    stage.run(twice=True)

    assert paused["status"] == "stopped"
    assert paused["message"].startswith("paused by the brake: 1,100 people to clear within an hour")
    assert kept == 1200
    assert len(stage.audiences()) == 100
    assert stage.job(export)["status"] == "running"
    assert stage.counts(export) == {"added": 1200, "updated": 0, "removed": 1100, "skipped": 0, "failed": 0}


def test_the_brake_stops_an_export_that_would_subscribe_too_many_again(stage):
    os.environ["EXPORT_BRAKE_PEOPLE"] = "1010"
    cold_start()
    export = stage.start("vip", resubscribe_users=True)
    now = int(time.time() * 1000) - 10_000
    stage.vendor.clock.advance(-5 * HOUR)
    for number in range(1020):
        stage.vendor.subscribe(stage.list, f"p{number}@example.com")
        stage.vendor.delete(stage.list, f"p{number}@example.com")
    stage.vendor.clock.advance(5 * HOUR)

    stage.tell(export, *people(stage, "enter", range(1020), now))
    for _ in range(8):
        stage.run()
        if stage.job(export)["status"] == "stopped":
            break

    assert stage.job(export)["status"] == "stopped"
    assert "re-subscribe" in stage.job(export)["message"]
