"""A job is stopped, started, deleted, loses its authorization and gets it back: it goes on where it was."""

import json

import boto3
import pytest

from lytics_cm.store.runs import Runs
from simulators.campaign_monitor.generator import World
from tests.flows.importing import SMALL, Stage

TINY = World(clients=1, lists=2, subscribers=20, campaigns=1, activity=20, recipients=10, journeys=0)


@pytest.fixture
def stage():
    with Stage(TINY) as made:
        yield made


def schedules():
    """Those of imports; the stack has others of its own."""
    found = boto3.client("scheduler").list_schedules()["Schedules"]
    return [one for one in found if one["GroupName"] != "default"]


def test_stopping_stops_within_a_page_and_starting_goes_on_where_it_was():
    with Stage(SMALL) as stage:
        stage.begin()
        stage.pump(until=lambda: stage.job["run"]["pages"]["done"] >= 10)
        assert stage.post("stop").json["status"] == "stopped"
        before = len(stage.asked())

        stage.pump()

        assert [call for call in stage.asked()[before:] if "webhooks" not in call[0]] == []
        assert stage.job["run"]["status"] == "running"
        assert stage.post("start").json["status"] == "running"
        stage.pump()
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()
        assert [call for call in stage.asked_twice() if "webhooks" not in call[0]] == []


def test_an_import_deleted_during_a_run_is_gone_and_its_rows_stay(stage):
    stage.begin()
    stage.pump(until=lambda: stage.job["run"]["pages"]["done"] >= 8)

    answer = stage.product.gateway.delete(f"/imports/{stage.job_id}")
    stage.pump()

    assert answer.status == 204
    assert stage.product.gateway.get(f"/imports/{stage.job_id}").status == 404
    assert stage.product.dead_letters() == {}
    assert [item for item in stage.product.items("JobsTable") if item["job"] == stage.job_id] == []
    assert stage.product.items("RowsTable") != []


def test_an_authorization_revoked_in_the_middle_fails_the_job_and_reconnecting_finishes_it(stage):
    stage.begin()
    stage.pump(until=lambda: stage.job["run"]["pages"]["done"] >= 5)
    stage.vendor.faults.script(
        "code", match="GET /api", times=1, status=401, code=122, message="Revoked OAuth Token"
    )

    stage.pump()

    assert (stage.job["status"], stage.job["run"]["status"]) == ("failed", "failed")
    assert "connect it again" in stage.job["message"]
    assert stage.product.dead_letters() == {}
    assert stage.post("run").status == 409
    again = stage.product.connect("Main", reconnect=stage.authorization)
    assert again == stage.authorization
    stage.post("start")
    stage.pump()
    stage.assert_run_is_whole()
    stage.assert_profiles_are_true()


def test_a_task_that_is_held_again_while_it_is_released_is_not_lost(stage):
    stage.begin()
    stage.post("stop")
    stage.pump()
    runs = Runs(boto3.resource("dynamodb").Table(stage.product.names["JobsTable"]))
    run_id = stage.job["run"]["id"]
    (held,) = runs.held(stage.job_id, run_id)
    runs.hold(held.task)

    runs.drop_held(held)

    assert [one.task for one in runs.held(stage.job_id, run_id)] == [held.task]


def test_a_schedule_is_made_and_removed_with_its_job(stage):
    stage.imported(keep_updated=True, every_minutes=30)
    target = boto3.client("scheduler").get_schedule(
        Name=schedules()[0]["Name"], GroupName=schedules()[0]["GroupName"]
    )
    tick = target["Target"]["Input"]

    assert (target["ScheduleExpression"], json.loads(tick)) == (
        "rate(30 minutes)",
        {"job": stage.job_id, "task": "scheduled"},
    )
    assert stage.job["status"] == "scheduled"
    assert stage.job["next_run_at"] > stage.job["created_at"]
    stage.post("stop")
    assert schedules() == []
    assert stage.job["next_run_at"] is None
    send(stage, tick)
    assert stage.job["next_run_at"] is None
    stage.post("start")
    assert len(schedules()) == 1
    stage.product.gateway.delete(f"/imports/{stage.job_id}")
    assert schedules() == []


@pytest.mark.parametrize("was", ["finished", "unfinished"])
def test_of_two_starts_at_once_one_counts_and_there_is_one_run(stage, was):
    stage.begin()
    if was == "finished":
        stage.pump()
    stage.post("stop")
    another = []

    def somebody_else_starts_it(_, operation):
        if operation == "UpdateItem" and not another:
            another.append(None)
            another[0] = stage.post("start")

    stage.product.quick.before.append(somebody_else_starts_it)
    answer = stage.post("start")
    stage.pump()

    runs = stage.product.gateway.get(f"/imports/{stage.job_id}/runs").json["items"]
    assert (another[0].status, another[0].json["status"], answer.status) == (200, "running", 409)
    assert {run["status"] for run in runs} == {"succeeded"}
    assert len(runs) == {"finished": 2, "unfinished": 1}[was]
    assert stage.job["status"] == "completed"


def test_what_is_changed_of_a_job_is_followed_by_its_schedule(stage):
    stage.imported(every_minutes=30)

    kept = stage.change(keep_updated=True)
    slower = stage.change(every_minutes=120, description="twelve times a day would do")
    rates = [rate() for _ in schedules()]
    ended = stage.change(keep_updated=False)

    assert (kept["keep_updated"], kept["every_minutes"], kept["status"]) == (True, 30, "scheduled")
    assert kept["next_run_at"] is not None
    assert (slower["every_minutes"], slower["description"]) == (120, "twelve times a day would do")
    assert rates == ["rate(120 minutes)"]
    assert (ended["status"], ended["next_run_at"]) == ("completed", None)
    assert ended["description"] == "twelve times a day would do"
    assert schedules() == []


def test_an_import_can_run_every_minute(stage):
    stage.imported(keep_updated=True, every_minutes=1)

    assert rate() == "rate(1 minute)"


def test_what_is_changed_of_a_stopped_job_counts_when_it_is_started(stage):
    stage.imported(keep_updated=True, every_minutes=30)
    stage.post("stop")

    stage.change(every_minutes=15)
    made = schedules()
    stage.post("start")

    assert made == []
    assert rate() == "rate(15 minutes)"


@pytest.mark.parametrize(
    "body", [{"every_minutes": 0}, {"keep_updated": None}, {"client_id": "another"}, ["keep_updated"]]
)
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(stage, body):
    stage.imported(keep_updated=True, every_minutes=30)
    before = stage.job

    answer = stage.product.gateway.patch(f"/imports/{stage.job_id}", body)

    assert answer.status == 422
    assert answer.json["details"]
    assert stage.job == before
    assert stage.product.gateway.patch("/imports/unknown", {"every_minutes": 30}).status == 404


def test_a_tick_of_a_job_that_is_not_kept_updated_any_more_ends_its_schedule(stage):
    stage.imported(keep_updated=True)
    (schedule,) = schedules()
    group = {"Name": schedule["Name"], "GroupName": schedule["GroupName"]}
    made = boto3.client("scheduler").get_schedule(**group)
    first = stage.change(keep_updated=False)["run"]["id"]
    wanted = {name: made[name] for name in ("ScheduleExpression", "FlexibleTimeWindow", "Target")}
    boto3.client("scheduler").create_schedule(**group, **wanted)  # as if the worker had died before

    send(stage, made["Target"]["Input"])

    assert stage.job["run"]["id"] == first
    assert schedules() == []


def rate():
    (schedule,) = schedules()
    group = {"Name": schedule["Name"], "GroupName": schedule["GroupName"]}
    return boto3.client("scheduler").get_schedule(**group)["ScheduleExpression"]


def send(stage, body):
    stage.product.sqs.send_message(QueueUrl=stage.product.names["PagesQueue"], MessageBody=body)
    stage.pump()


def test_a_tick_starts_a_run_and_is_ignored_while_one_is_going_on(stage):
    stage.begin(keep_updated=True)
    first = stage.job["run"]["id"]
    tick = json.dumps({"job": stage.job_id, "task": "scheduled"})

    stage.product.sqs.send_message(QueueUrl=stage.product.names["PagesQueue"], MessageBody=tick)
    stage.pump()
    assert stage.job["run"]["id"] == first
    send(stage, tick)

    assert stage.job["run"]["id"] != first
    stage.assert_run_is_whole("scheduled")
