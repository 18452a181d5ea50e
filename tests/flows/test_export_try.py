"""One person is tried: with real values, before the start or after it, under all rules of sending."""

import json

import pytest

from lytics_cm.campaign_monitor.api import CampaignMonitor as Client
from simulators.campaign_monitor import fields
from tests.flows.exporting import FIELD, exporting, overheard

JANE = "jane@example.com"
KEY = "[LyticsAudiences]"


@pytest.fixture
def stage():
    with exporting() as stage:
        fields.add(stage.list, "City", "Text")
        stage.lytics.person(JANE, name="Jane", city="Paris")
        stage.lytics.place(JANE, "vip")
        yield stage


def trying(stage, export, email=JANE):
    return stage.api.post(f"/exports/{export}/try", {"email": email})


def test_a_stopped_export_sends_one_person_and_nobody_else(stage):
    stage.lytics.place("other@example.com", "vip")
    export = stage.start("vip", field_mappings={"city": "City"})
    stage.api.post(f"/exports/{export}/stop")
    stage.vendor.subscribe(stage.list, JANE, name="J", fields={"City": "Rome"})

    with overheard() as sent:
        answer = trying(stage, export, "JANE@example.com").json

    assert len(sent) == 1
    assert (answer["email"], answer["done"], answer["outcome"], answer["would"]) == (
        JANE,
        True,
        "added",
        None,
    )
    assert answer["sent"] == {"name": "Jane", "[City]": "Paris", KEY: ["VIP"]}
    assert [answer["before"][name] for name in ("state", "name", "[City]")] == ["active", "J", "Rome"]
    assert {name: answer["after"][name] for name in ("state", "name", "[City]", KEY)} == {
        "state": "active",
        "name": "Jane",
        "[City]": "Paris",
        KEY: ["VIP"],
    }
    assert stage.people() == {JANE: ("Active", {FIELD: ["VIP"], "City": ["Paris"]})}
    assert stage.job(export)["status"] == "stopped"
    (entry,) = stage.api.get(f"/exports/{export}/ledger", email=JANE).json["items"]
    assert (entry["trigger"], entry["outcome"]) == ("try", "added")
    (deeds,) = stage.api.get(f"/exports/{export}/activity").json["items"]
    assert [deeds[name] for name in ("trigger", "people", "added", "calls")] == ["try", 1, 1, 1]


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(stage):
    dry = stage.start("vip", dry_run=True, field_mappings={"city": "City"})
    new = trying(stage, dry).json
    stage.vendor.subscribe(stage.list, JANE, name="J", fields={"City": "Rome"})

    with overheard() as sent:
        known = trying(stage, dry).json

    assert sent == []
    assert [new[name] for name in ("done", "would", "outcome", "before")] == [False, "add", None, None]
    assert new["after"] == {"state": "active", "name": "Jane", "[City]": "Paris", KEY: ["VIP"]}
    assert known["would"] == "change"
    assert known["before"] == {"state": "active", "name": "J", "[City]": "Rome"}
    assert known["after"]["[City]"] == "Paris"
    assert stage.people() == {JANE: ("Active", {"City": ["Rome"]})}


def test_what_was_tried_is_not_sent_again_by_the_start_and_a_later_exit_counts(stage):
    export = stage.start("vip", existing_users=True)
    stage.api.post(f"/exports/{export}/stop")
    assert trying(stage, export).json["outcome"] == "changed"
    calls = len(stage.imports())

    stage.api.post(f"/exports/{export}/start")
    stage.run()
    assert len(stage.imports()) == calls
    stage.lytics.exit(JANE, "vip")
    stage.run()

    assert stage.audiences() == {}
    assert stage.counts(export) == {"added": 1, "updated": 1, "removed": 1, "skipped": 0, "failed": 0}


def test_a_running_export_sends_who_has_everything_once_more(stage):
    export = stage.start("vip", existing_users=True)

    answer = trying(stage, export).json

    assert (answer["outcome"], answer["before"], answer["done"]) == ("changed", answer["after"], True)
    assert len(stage.imports()) == 2


def test_a_person_who_left_the_list_is_refused_and_listed_as_ever(stage):
    stage.vendor.unsubscribe(stage.list, stage.vendor.subscribe(stage.list, JANE).email)
    export = stage.start("vip")
    stage.api.post(f"/exports/{export}/stop")

    answer = trying(stage, export).json

    assert [answer[name] for name in ("outcome", "code", "done")] == ["refused", 206, True]
    assert (answer["before"]["state"], answer["after"]["state"]) == ("unsubscribed", "unsubscribed")
    assert [one["email"] for one in stage.failures(export)] == [JANE]
    assert stage.counts(export)["failed"] == 1


def test_a_consent_that_is_missing_keeps_a_new_person_out(stage):
    export = stage.start("vip", consent_field="agrees", consent_for_new="refuse")

    answer = trying(stage, export).json

    assert (answer["outcome"], answer["code"], answer["after"]) == ("kept_out", "no_consent", None)
    assert stage.people() == {}


@pytest.mark.parametrize(
    ("email", "status", "says"),
    [
        ("nobody@example.com", 404, "Lytics knows nobody"),
        ("outside@example.com", 409, "in none of the export's audiences"),
        ("blocked@example.com", 409, "blocked"),
        ("no address", 422, ""),
    ],
)
def test_who_cannot_be_tried_is_told_why_and_nobody_is_sent(stage, email, status, says):
    export = stage.start("vip")
    stage.lytics.person("outside@example.com")
    stage.lytics.place("blocked@example.com", "vip")
    stage.api.call("DELETE", "/profiles/blocked@example.com", query={"block": "true"})

    with overheard() as sent:
        answer = trying(stage, export, email)

    assert (answer.status, says in answer.json["message"]) == (status, True)
    assert email not in answer.json["message"]
    assert sent == []


def test_before_the_list_is_ready_nobody_is_tried(stage):
    job = stage.create("vip").json

    answer = trying(stage, job["id"])

    assert (answer.status, "not set up" in answer.json["message"]) == (409, True)
    assert trying(stage, "none").status == 404
    assert stage.api.post(f"/exports/{job['id']}/try", {}).status == 422


def test_who_is_in_a_workers_hands_is_not_sent_beside_it(stage):
    export = stage.start("vip")
    stage.lytics.enter(JANE, "vip")
    stage.lytics.post_all_triggers()
    answers, add = [], Client.add_subscribers

    def meanwhile(client, *args, **more):
        Client.add_subscribers = add
        answers.append(trying(stage, export))
        return add(client, *args, **more)

    Client.add_subscribers = meanwhile
    try:
        stage.product.pump()
    finally:
        Client.add_subscribers = add

    (answer,) = answers
    assert (answer.status, "has the person in hand" in answer.json["message"]) == (409, True)
    assert len(stage.imports()) == 1


def test_an_outage_is_told_and_the_person_is_sent_when_the_export_is_started(stage):
    export = stage.start("vip")
    stage.api.post(f"/exports/{export}/stop")
    stage.vendor.faults.rates, stage.vendor.faults.match = {"500": 1.0}, "POST .*import"

    answer = trying(stage, export)
    stage.vendor.faults.clear()
    stage.api.post(f"/exports/{export}/start")
    stage.run()

    assert answer.status == 502
    assert stage.audiences() == {JANE: ["VIP"]}


def test_the_words_of_an_answer_are_those_of_the_contract(stage):
    export = stage.start("vip")

    answer = trying(stage, export).json

    assert set(answer) == {
        "email",
        "done",
        "would",
        "outcome",
        "resubscribed",
        "before",
        "after",
        "sent",
        "left_out",
        "code",
        "message",
    }
    dry = stage.start("buyers", dry_run=True)
    stage.lytics.place(JANE, "buyers")
    assert set(trying(stage, dry).json) == set(answer)
    assert json.dumps(answer)
