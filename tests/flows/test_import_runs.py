"""An import remembers its runs: why each began, what it brought that was new, and why it failed."""

import base64
import json
from datetime import datetime

import boto3
import pytest
from boto3.dynamodb.conditions import Key

from lytics_cm.store.run import new_run_id
from lytics_cm.store.runs import Runs
from simulators.campaign_monitor.generator import World
from tests import contract, vendor_truth
from tests.flows.importing import Stage
from tests.meter import Meter

TINY = World(clients=1, lists=2, subscribers=24, campaigns=2, activity=60, recipients=16, journeys=0)
EMPTY = World(clients=1, lists=1, subscribers=1, campaigns=0, activity=0, recipients=0, journeys=0)
DAY_MS = 86_400_000


@pytest.fixture
def stage():
    with Stage(TINY) as made:
        yield made


@pytest.fixture
def quiet():
    """A stage where there is next to nothing to import."""
    with Stage(EMPTY) as made:
        yield made


def page_of(stage, **query):
    query = {name: str(value) for name, value in query.items()}
    answer = stage.product.gateway.get(f"/imports/{stage.job_id}/runs", **query)
    assert answer.status == 200, answer.body
    for run in answer.json["items"]:
        contract.check_run(run)
    return answer.json


def runs_of(stage):
    return page_of(stage)["items"]


def rows_known(stage):
    """How many rows there are in all, by the vendor's own books."""
    return sum(map(len, vendor_truth.rows_by_address(stage.client).values()))


def people_known(stage):
    """How many people there are rows of."""
    return len(vendor_truth.rows_by_address(stage.client))


def sketches_of(stage):
    """What is kept to count people with, in the job's partition."""
    table = boto3.resource("dynamodb").Table(stage.product.names["JobsTable"])
    theirs = Key("job").eq(stage.job_id) & Key("item").begins_with("people#")
    return table.query(KeyConditionExpression=theirs)["Items"]


def milliseconds(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def store_runs(stage, *items):
    """Put runs into the job's partition, as `(id, started at)`."""
    table = boto3.resource("dynamodb").Table(stage.product.names["JobsTable"])
    with table.batch_writer() as batch:
        for run_id, at in items:
            run = {"id": run_id, "status": "succeeded", "started_at": at, "finished_at": at + 1, "open": 0}
            batch.put_item(Item={"job": stage.job_id, "item": f"run#{run_id}", **run})


def test_a_run_says_what_was_new_and_the_next_one_that_nothing_was(stage):
    stage.imported(keep_updated=True, tracking_consent="ignore")
    stage.product.later(hours=1)
    stage.tick()
    stage.product.later(days=8)  # all people are read once more
    stage.run_again()

    asked, by_time, first = runs_of(stage)

    assert [one["trigger"] for one in (asked, by_time, first)] == ["person", "schedule", "person"]
    assert first["new_rows"] == rows_known(stage) > 60
    assert sum(first["rows"].values()) >= first["new_rows"]
    assert (by_time["new_rows"], asked["new_rows"]) == (0, 0)
    assert first["changed_profiles"] == pytest.approx(people_known(stage), abs=1)
    assert (by_time["changed_profiles"], asked["changed_profiles"]) == (0, 0)
    assert asked["rows"]["cm_user"] > 20
    assert min(one["calls"] for one in (asked, by_time, first)) > 0
    assert {one["status"] for one in (asked, by_time, first)} == {"succeeded"}
    assert {one["reason"] for one in (asked, by_time, first)} == {None}


def test_a_run_counts_a_new_person_a_changed_one_and_a_new_open_and_nothing_else(stage):
    stage.imported(keep_updated=True, tracking_consent="ignore")
    stage.product.later(days=8)
    campaign = list(stage.client.campaigns.values())[-1]
    changed = next(email for email, one in stage.lists[1].people.items() if one.state == "Active")
    stage.vendor.subscribe(stage.lists[0], "new@example.org")
    stage.vendor.edit(stage.lists[1], changed, name="Somebody Else")
    stage.vendor.happen(campaign, "open", changed, "2026-11-27 08:00")

    stage.run_again()

    assert runs_of(stage)[0]["new_rows"] == 3
    assert runs_of(stage)[0]["changed_profiles"] == 2
    stage.assert_profiles_are_true()


@pytest.mark.parametrize("seed", range(2))
def test_rows_are_new_once_however_often_and_by_however_many_they_are_delivered(seed):
    with Stage(TINY) as stage:
        stage.begin(tracking_consent="ignore")

        assert runs_of(stage)[0]["changed_profiles"] is None
        stage.pump(whole=True, twice=True, seed=seed, workers=3)

        assert runs_of(stage)[0]["new_rows"] == rows_known(stage)
        assert runs_of(stage)[0]["changed_profiles"] == pytest.approx(people_known(stage), abs=1)
        assert sketches_of(stage) == []


def test_rows_of_a_batch_that_could_be_stored_in_part_only_are_counted_all_the_same():
    with Stage(TINY) as stage:
        stage.begin(tracking_consent="ignore")
        throttling = stage.product.throttle(seed=1, write_units=40)

        stage.pump()

        stage.product.throttle()
        assert throttling.seen["items"] > 0
        assert runs_of(stage)[0]["new_rows"] == rows_known(stage)


def test_two_runs_and_an_outage_between_them_are_told_right(stage):
    stage.imported(tracking_consent="ignore")
    stage.product.later(hours=1)
    stage.vendor.faults.rates = {"503": 1.0}
    stage.run_again()
    stage.vendor.faults.clear()
    stage.product.later(hours=1)
    stage.run_again()

    last, outage, first = runs_of(stage)

    assert [one["status"] for one in (last, outage, first)] == ["succeeded", "failed", "succeeded"]
    assert outage["reason"].startswith("given up after two days")
    assert "status 503" in outage["reason"]
    assert (last["reason"], first["reason"]) == (None, None)
    assert outage["seconds"] > 24 * 3600 > first["seconds"]
    assert outage["seconds"] - 3600 < outage["waited_seconds"] <= outage["seconds"]
    assert (first["waited_seconds"], last["waited_seconds"]) == (0, 0)
    assert first["ended_at"] < outage["began_at"] < outage["ended_at"] < last["began_at"]
    took = milliseconds(outage["ended_at"]) - milliseconds(outage["began_at"])
    assert outage["seconds"] == took // 1000
    assert (outage["new_rows"], last["new_rows"]) == (0, 0)


def test_a_schedules_run_after_a_missed_time_catches_up_and_the_next_one_does_not(quiet):
    quiet.imported(keep_updated=True, every_minutes=60)
    for hours in (1, 3, 1):  # the second tick comes two hours late: two were lost
        quiet.product.later(hours=hours)
        quiet.tick()

    assert [run["trigger"] for run in runs_of(quiet)] == ["schedule", "catch-up", "schedule", "person"]


def test_a_run_after_a_failed_one_and_after_one_that_lasted_too_long_catches_up(quiet):
    quiet.imported(keep_updated=True, every_minutes=60)
    quiet.vendor.faults.rates = {"503": 1.0}
    quiet.product.later(hours=1)
    body = json.dumps({"job": quiet.job_id, "task": "scheduled"})
    send = quiet.product.sqs.send_message
    pages = quiet.product.names["PagesQueue"]
    send(QueueUrl=pages, MessageBody=body)
    end = quiet.product.clock.now() + 3600
    quiet.pump(until=lambda: quiet.product.clock.now() >= end)
    send(QueueUrl=pages, MessageBody=body)  # its time has come while the one before waits
    end += 60
    quiet.pump(until=lambda: quiet.product.clock.now() >= end)
    quiet.vendor.faults.clear()
    quiet.pump()
    waited = runs_of(quiet)[0]
    quiet.product.later(minutes=20)
    quiet.tick()
    caught_up = runs_of(quiet)[0]
    quiet.product.later(hours=1)
    quiet.tick()

    assert (waited["trigger"], waited["status"]) == ("schedule", "succeeded")
    assert 3600 <= waited["waited_seconds"] <= waited["seconds"] < 2 * 3600
    assert (caught_up["trigger"], caught_up["new_rows"], caught_up["waited_seconds"]) == ("catch-up", 0, 0)
    assert runs_of(quiet)[0]["trigger"] == "schedule"


def test_a_run_that_goes_on_has_no_end_yet_and_one_of_a_job_that_lost_its_account_says_why(stage):
    stage.begin()
    stage.pump(until=lambda: stage.job["run"]["pages"]["done"] >= 5)
    (running,) = runs_of(stage)
    stage.vendor.faults.script(
        "code", match="GET /api", times=1, status=401, code=122, message="Revoked OAuth Token"
    )
    stage.pump()

    (stuck,) = runs_of(stage)

    assert (running["status"], running["ended_at"], running["seconds"]) == ("running", None, None)
    assert running["pages"]["done"] >= 5
    assert (stuck["status"], stuck["reason"]) == ("failed", stage.job["message"])
    stage.product.connect("Main", reconnect=stage.authorization)
    stage.pump()
    (done,) = runs_of(stage)
    assert (done["id"], done["status"], done["reason"]) == (stuck["id"], "succeeded", None)


def test_a_run_whose_messages_are_lost_says_that_it_was_given_up(quiet):
    quiet.begin(keep_updated=True)
    quiet.product.quick.sqs.queues[quiet.product.names["PagesQueue"]].clear()
    quiet.product.later(days=3, hours=1)

    quiet.tick()

    after, lost = runs_of(quiet)
    assert [one["status"] for one in (after, lost)] == ["succeeded", "failed"]
    assert lost["reason"].startswith("the run was given up: nothing came of it")
    assert (lost["calls"], lost["new_rows"]) == (0, 0)


def test_a_new_run_for_an_account_that_was_connected_again_says_so(quiet):
    quiet.imported(keep_updated=True)
    table = boto3.resource("dynamodb").Table(quiet.product.names["JobsTable"])
    table.update_item(
        Key={"job": "import", "item": quiet.job_id},
        UpdateExpression="SET failed_for = :it, #s = :failed",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":it": quiet.authorization, ":failed": "failed"},
    )
    quiet.product.later(hours=1)

    quiet.tick()

    assert [run["trigger"] for run in runs_of(quiet)] == ["reconnected", "person"]


def test_pages_of_runs_follow_each_other_newest_first(quiet):
    quiet.imported()
    for _ in range(4):
        quiet.product.later(minutes=5)
        quiet.run_again()
    everything = [run["id"] for run in runs_of(quiet)]

    first = page_of(quiet, limit=2)
    second = page_of(quiet, limit=2, cursor=first["cursor"])
    last = page_of(quiet, limit=2, cursor=second["cursor"])

    pages = [[run["id"] for run in page["items"]] for page in (first, second, last)]
    assert pages == [everything[:2], everything[2:4], everything[4:]]
    assert everything[0] == quiet.job["run"]["id"]
    assert last["cursor"] is None
    assert page_of(quiet, limit=5)["cursor"] is None


def test_a_list_of_imports_has_the_last_runs_of_each_beside_it(quiet):
    quiet.imported()
    for _ in range(2):
        quiet.product.later(minutes=5)
        quiet.run_again()
    other = quiet.product.start_import(quiet.authorization, quiet.client.id)

    listed = {one["id"]: one for one in quiet.product.gateway.get("/imports", runs="2").json["items"]}

    assert listed[quiet.job_id]["runs"] == runs_of(quiet)[:2]
    assert [run["id"] for run in listed[other]["runs"]] == [listed[other]["run"]["id"]]
    assert not any("runs" in one for one in quiet.product.gateway.get("/imports").json["items"])


@pytest.mark.parametrize("runs", ["0", "51", "-1", "x", ""])
def test_how_many_runs_are_wanted_is_a_number(quiet, runs):
    answer = quiet.product.gateway.get("/imports", runs=runs)

    assert (answer.status, [one["field"] for one in answer.json["details"]]) == (422, ["runs"])


def test_a_page_reads_no_more_runs_than_it_shows(quiet):
    quiet.imported()
    at = milliseconds(quiet.job["run"]["started_at"])
    store_runs(
        quiet, *((new_run_id(at - number * 300_000), at - number * 300_000) for number in range(1, 400))
    )
    meter = Meter()

    with meter.on(quiet.product):
        page = page_of(quiet, limit=10)
        page_of(quiet, limit=10, cursor=page["cursor"])

    began = [milliseconds(run["began_at"]) for run in page["items"]]
    assert began == [at - number * 300_000 for number in range(10)]
    assert sum(item.startswith("run#") for item in meter.read) <= 2 * 12


def test_runs_of_before_are_told_behind_the_others_by_when_they_began(quiet):
    quiet.imported()
    at = milliseconds(quiet.job["run"]["started_at"])
    old = {"0aaaaaaaaaaa": 1, "ffffffffffff": 2, "77bbbbbbbbbb": 3, "88bbbbbbbbbb": 91}
    store_runs(quiet, *((run_id, at - days * DAY_MS) for run_id, days in old.items()))

    first = page_of(quiet, limit=2)
    second = page_of(quiet, limit=2, cursor=first["cursor"])

    told = [*first["items"], *second["items"]]
    assert [run["id"] for run in told[1:]] == ["0aaaaaaaaaaa", "ffffffffffff", "77bbbbbbbbbb"]
    assert [(run["trigger"], run["new_rows"]) for run in told[1:]] == [(None, None)] * 3
    assert second["cursor"] is None


def test_a_run_is_forgotten_90_days_after_the_next_one_began_and_the_latest_never(quiet):
    quiet.imported()
    first = quiet.job["run"]["id"]
    quiet.product.later(days=200)
    assert [run["id"] for run in runs_of(quiet)] == [first]
    quiet.run_again()
    latest = quiet.job["run"]["id"]

    quiet.product.later(days=89)
    kept = [run["id"] for run in runs_of(quiet)]
    quiet.product.later(days=1)

    assert kept == [latest, first]
    assert [run["id"] for run in runs_of(quiet)] == [latest]
    items = {item["item"]: item for item in quiet.product.items("JobsTable") if item["job"] == quiet.job_id}
    began = milliseconds(quiet.job["run"]["started_at"])
    assert items[f"run#{first}"]["expires_at"] == began // 1000 + 90 * 86_400
    assert "expires_at" not in items[f"run#{latest}"]


def test_runs_go_with_their_job(quiet):
    quiet.imported()
    quiet.run_again()

    quiet.product.gateway.delete(f"/imports/{quiet.job_id}")

    assert quiet.product.gateway.get(f"/imports/{quiet.job_id}/runs").status == 404
    assert [item for item in quiet.product.items("JobsTable") if item["job"] == quiet.job_id] == []
    runs = Runs(boto3.resource("dynamodb").Table(quiet.product.names["JobsTable"]))
    runs.add(quiet.job_id, "gone", {"new_rows": 1}, 0)
    assert [item for item in quiet.product.items("JobsTable") if item["job"] == quiet.job_id] == []


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "501"}, {"cursor": "!"}, {"cursor": "WzFd"}])
def test_a_page_that_is_none_is_refused_by_name(quiet, query):
    quiet.begin()

    answer = quiet.product.gateway.get(f"/imports/{quiet.job_id}/runs", **query)

    assert (answer.status, [one["field"] for one in answer.json["details"]]) == (422, list(query))


@pytest.mark.parametrize("place", ["t", "t~~", "~", "#", "0", "t0" * 400])
def test_a_place_where_no_run_ever_was_is_a_page_all_the_same(quiet, place):
    quiet.imported()
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()

    assert page_of(quiet, cursor=cursor)["cursor"] is None
