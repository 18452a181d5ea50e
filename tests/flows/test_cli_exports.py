"""Who was sent, who was refused and why, who would be: exports looked at by the command line."""

import threading

import pytest

from simulators.campaign_monitor import fields
from simulators.campaign_monitor.generator import World
from tests.flows.exporting import exporting
from tests.terminal import terminal

JANE, AMY = "jane@example.com", "amy@example.com"
QUIET = World(clients=1, lists=1, subscribers=5, campaigns=0, activity=0, journeys=0)


@pytest.fixture
def stage(tmp_path):
    """Amy is sent with her city; Jane was sent, left the list, and was refused."""
    with exporting(scenario=QUIET) as stage, terminal(tmp_path, stage.product, stage.lytics) as stage.typed:
        fields.add(stage.list, "City", "Text")
        stage.lytics.person(AMY, name="Amy", city="Oslo")
        stage.export = stage.start("vip", "buyers", description="VIPs", field_mappings={"city": "City"})
        for person in (AMY, JANE):
            stage.lytics.enter(person, "vip")
        stage.run()
        stage.vendor.unsubscribe(stage.list, JANE)
        stage.lytics.enter(JANE, "buyers")
        stage.run()
        yield stage


def test_what_failed_is_told_with_its_code_and_sent_again_on_demand(stage):
    shown = stage.typed.well("export", "failures", "VIPs").out

    assert JANE in shown
    assert "206" in shown
    assert "1 who failed" in stage.typed.well("export", "retry", "VIPs").out
    assert JANE in stage.typed.well("export", "failures", "VIPs", "--all", "--json").out


def test_a_stopped_export_is_started_by_its_name_and_takes_no_other_options_then(stage):
    stage.typed.well("export", "stop", "VIPs")
    assert stage.job(stage.export)["status"] == "stopped"
    assert stage.typed("export", "watch", "VIPs").code == 1

    refused = stage.typed("export", "start", "VIPs", "--dry-run")
    stage.typed.well("export", "start", "VIPs")
    stage.run()

    assert (refused.code, stage.job(stage.export)["status"]) == (2, "running")


def test_an_export_is_changed_by_name_and_its_options_by_words(stage):
    stage.typed.well(
        "export", "set", "VIPs", "--map", "none", "--audience", "VIP", "--description", "Only VIPs"
    )
    stage.run()

    job = stage.job(stage.export)
    assert ([one["slug"] for one in job["audiences"]], job["field_mappings"]) == (["vip"], {})
    assert job["description"] == "Only VIPs"
    assert stage.typed("export", "set", "Only VIPs", "--map", "city").code == 2


def test_a_dry_run_says_who_would_be_what(stage):
    what = ("--account", "Main", "--list", "Newsletter", "--audience", "vip", "--existing-users", "--dry-run")
    stage.typed.well("export", "start", *what, "--description", "Dry")
    early = stage.typed.well("export", "plan", "Dry").out
    queues = threading.Timer(3, stage.run)
    queues.start()

    watched = stage.typed.program("export", "watch", "Dry")

    queues.join()
    shown = stage.typed.well("export", "plan", "Dry").out
    assert (watched.code, "would do: lytics-cm export plan" in watched.out + watched.errors) == (0, True)
    assert "under way; lytics-cm export watch" in early
    assert all(told in shown for told in (AMY, JANE, "add"))
    assert stage.typed("export", "plan", "VIPs").code == 1


def test_the_values_that_a_dry_run_would_write_are_shown(stage):
    what = (
        "--account",
        "Main",
        "--list",
        "Newsletter for exports",
        "--audience",
        "vip",
        "--map",
        "name=City",
    )
    stage.typed.well("export", "start", *what, "--existing-users", "--dry-run", "--description", "Dry")
    stage.run()

    shown = stage.typed.well("export", "plan", "Dry").out

    assert "Oslo → Amy" in shown
    assert "refuse" in shown


def test_a_trigger_that_no_export_wants_says_that_nothing_was_posted(stage):
    assert "1 posted" in stage.typed.well("trigger", "enter", JANE, "VIP").out
    assert "no export has this audience" in stage.typed.well("trigger", "enter", JANE, "New Readers").out


def test_one_person_is_tried_and_shown_before_and_after(stage):
    stage.lytics.person(AMY, city="Rome")

    shown = stage.typed.well("export", "try", "VIPs", AMY).out

    (line,) = (line for line in shown.splitlines() if "City" in line)
    assert line.split()[-2:] == ["Oslo", "Rome"]
    assert stage.people()[AMY][1]["City"] == ["Rome"]
    assert stage.typed("export", "try", "VIPs", "nobody@example.com").code == 1


def test_the_ledger_tells_what_became_of_whom_and_the_activity_what_was_done(stage):
    everybody = stage.typed.well("export", "ledger", "VIPs").out
    refused = stage.typed.well("export", "ledger", "VIPs", "--outcome", "refused", "--json").json["items"]
    janes = stage.typed.well("export", "ledger", "VIPs", "--email", JANE, "--json").json["items"]
    activity = stage.typed.well("export", "activity", "VIPs").out

    assert all(told in everybody for told in (AMY, JANE, "added", "refused", "Oslo", "enter buyers"))
    assert [(one["email"], one["code"]) for one in refused] == [(JANE, 206)]
    assert [one["outcome"] for one in janes] == ["refused", "added"]
    assert "2 added" in activity
