"""An import, from `POST /imports` to the profiles: what is read, how often, and what becomes of it."""

from itertools import pairwise

import pytest

from simulators.campaign_monitor.generator import World
from tests.flows.importing import SMALL, Stage, least_calls, meanwhile

GONE = "/lists/{}/"


@pytest.fixture
def stage():
    with Stage() as made:
        yield made


def test_every_profile_is_what_the_vendor_knows_and_every_page_is_read_once(stage):
    stage.imported()

    stage.assert_run_is_whole()
    stage.assert_profiles_are_true()
    assert stage.asked_twice() == []
    assert stage.job["run"]["calls"] == len(stage.asked()) == least_calls(stage.client)


def test_keys_without_brackets_make_the_same_profiles(stage):
    stage.vendor.switches.bracketed_keys = False
    stage.vendor.switches.gzip = True
    stage.vendor.switches.empty_pages = 1

    stage.imported()

    stage.assert_profiles_are_true()
    person = next(
        email for email in stage.lists[0].people if "example.com" in email and email.startswith("p.")
    )
    rows = stage.product.gateway.get(f"/profiles/{person}/rows").json["items"]
    assert any("custom.website" in row["fields"] for row in rows)


def test_an_unusable_address_is_a_failure_and_the_rest_is_imported(stage):
    stage.imported()

    unusable = [
        email
        for one in stage.lists
        for email in one.people
        if email in ("no-at-sign.example.com", "two@@example.com")
    ]
    told = {failure["email"]: failure for failure in stage.failures if "email" in failure}
    assert {email.lower() for email in told} == set(unusable)
    assert {failure["message"] for failure in told.values()} == {"the e-mail address cannot be used"}
    assert all(failure["at"].endswith("Z") and failure["code"] for failure in told.values())
    assert stage.job["run"]["rejected"] >= len(unusable)
    stage.assert_profiles_are_true()


def test_only_the_chosen_lists_and_the_campaigns_sent_to_them_are_read(stage):
    chosen = [one.id for one in stage.lists[:2]]
    campaign = stage.vendor.send_campaign(stage.client, "To two lists", stage.lists[1:], "2026-11-19 09:00")
    for one in stage.lists[1:]:
        person = next(iter(one.in_state("Active")))
        stage.vendor.happen(campaign, "open", person.email, "2026-11-19 10:00", one.id)

    stage.imported(list_ids=chosen)

    stage.assert_run_is_whole()
    stage.assert_profiles_are_true(chosen)
    assert not any(stage.lists[2].id in path for path, _ in stage.asked())
    assert len(stage.asked()) == least_calls(stage.client, chosen)
    assert stage.asked_twice() == []


def test_a_list_that_is_not_the_clients_is_refused(stage):
    stranger = next(iter(stage.vendor.clients[1].lists))
    wanted = {"authorization_id": stage.authorization, "client_id": stage.client.id, "list_ids": [stranger]}

    answer = stage.product.gateway.post("/imports", wanted)

    assert answer.status == 422
    assert [detail["field"] for detail in answer.json["details"]] == ["list_ids"]
    assert stranger in answer.json["details"][0]["message"]


def test_an_import_that_could_never_run_is_refused_by_field(stage):
    refused = {
        "client_id": "0" * 32,
        "authorization_id": "nobody",
        "every_minutes": 0,
        "list_ids": "all",
        "surprise": 1,
    }

    for field, value in refused.items():
        wanted = {"authorization_id": stage.authorization, "client_id": stage.client.id, field: value}
        answer = stage.product.gateway.post("/imports", wanted)
        assert answer.status == 422, answer.body
        assert [detail["field"] for detail in answer.json["details"]] == [field]


def test_a_second_run_is_refused_while_one_is_going_on(stage):
    stage.begin()

    answer = stage.post("run")

    assert answer.status == 409
    stage.pump()
    stage.assert_run_is_whole()
    assert stage.post("run").status == 202


def test_a_time_zone_that_nobody_knows_fails_the_connection_and_the_run_by_its_name(stage):
    stage.imported()
    stage.client.time_zone = "(GMT+13:37) Atlantis"

    stage.run_again()
    refused = stage.product.gateway.post(
        "/imports", {"authorization_id": stage.authorization, "client_id": stage.client.id}
    )

    assert refused.status == 422
    assert "Atlantis" in refused.json["details"][0]["message"]
    assert (stage.job["status"], stage.job["run"]["status"]) == ("failed", "failed")
    assert "Atlantis" in stage.job["message"]


def test_a_list_deleted_while_it_is_read_is_told_and_the_rest_is_imported(stage):
    gone = stage.lists[1]
    meanwhile(stage.vendor).when(f"{gone.id}/active", lambda: stage.client.lists.pop(gone.id))

    stage.imported()

    assert stage.job["status"] == "completed"
    assert any(gone.id in failure["message"] for failure in stage.failures)
    stage.assert_profiles_are_true(gone=[gone])


def test_a_chosen_list_that_is_gone_before_the_run_is_left_out_and_told(stage):
    stage.imported(list_ids=[one.id for one in stage.lists])
    gone = stage.lists[2]
    del stage.client.lists[gone.id]

    stage.run_again()

    assert stage.job["run"]["status"] == "succeeded"
    assert any(
        gone.id in failure["message"] and "left out" in failure["message"] for failure in stage.failures
    )
    assert [path for path, _ in stage.asked() if gone.id in path and "webhooks" not in path] == []


def test_what_happened_through_a_deleted_list_is_imported_when_all_lists_are():
    with Stage(SMALL) as stage:
        gone = stage.lists[0]
        del stage.client.lists[gone.id]
        stage.client.journeys.clear()

        stage.imported()

        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


def test_a_client_without_campaigns_journeys_or_even_lists_is_imported():
    with Stage(World(clients=1, lists=0, subscribers=0, campaigns=0, journeys=0)) as stage:
        stage.imported()

        stage.assert_run_is_whole()
        assert len(stage.asked()) == least_calls(stage.client) == 5


def test_failures_are_listed_page_by_page():
    world = World(clients=1, lists=1, subscribers=1, campaigns=0, journeys=0, unusable=900)
    with Stage(world) as stage:
        stage.imported()

        first = stage.product.gateway.get(f"/imports/{stage.job_id}/failures").json
        second = stage.product.gateway.get(f"/imports/{stage.job_id}/failures", cursor=first["cursor"]).json

        assert (len(first["items"]), second["cursor"]) == (500, None)
        emails = {failure["email"] for failure in first["items"] + second["items"]}
        assert 500 < len(emails) <= stage.job["run"]["rejected"]


def test_totals_are_known_early_and_the_time_left_is_estimated(stage):
    stage.begin()
    early = stage.job["run"]
    seen = []
    stage.pump(until=lambda: seen.append(stage.job["run"]) or len(seen) > 45)

    stage.pump()

    late = stage.job["run"]
    known = [run for run in seen if run["seconds_left"] is not None]
    assert early["seconds_left"] is None
    assert late["seconds_left"] is None
    assert known[-1]["seconds_left"] < 60
    assert all(before["pages"]["done"] <= after["pages"]["done"] for before, after in pairwise(seen))
    campaigns = next(run for run in seen if "recipients" in run["stages"])["stages"]
    assert campaigns["campaigns"]["total"] == len(stage.client.campaigns)
