"""While Campaign Monitor cannot be reached a run says so: why, since when, and when it tries again."""

from datetime import datetime

import pytest

from simulators.campaign_monitor.generator import World
from tests.flows.importing import Stage

TINY = World(clients=1, lists=1, subscribers=10, campaigns=1, activity=10, recipients=5, journeys=0)
MINUTE = 60


@pytest.fixture
def stage():
    with Stage(TINY) as made:
        yield made


def begin_in(stage, fault):
    """A run of which not even the plan can be done; returns when it began."""
    stage.imported(keep_updated=True)
    stage.vendor.faults.rates = {fault: 1.0}
    stage.product.later(hours=1)
    stage.post("run")
    return stage.product.clock.now()


def pump_for(stage, seconds):
    end = stage.product.clock.now() + seconds
    stage.pump(until=lambda: stage.product.clock.now() >= end)


def seconds(rfc3339):
    assert rfc3339.endswith("Z")
    assert len(rfc3339) == len("2026-11-23T10:00:00.000Z")
    return datetime.fromisoformat(rfc3339).timestamp()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("503", "status 503"), ("429", "asks for patience"), ("drop", "could not be reached")],
)
def test_a_run_waits_from_its_plan_on_and_says_so_until_the_first_success(stage, fault, reason):
    began = begin_in(stage, fault)
    before = stage.job["run"]
    pump_for(stage, 30 * MINUTE)

    waiting, pages = stage.job["run"]["waiting"], stage.job["run"]["pages"]

    assert (before["waiting"], before["pages"]) == (None, {"done": 0, "total": 1})
    assert set(waiting) == {"reason", "since", "next_try_at"}
    assert reason in waiting["reason"]
    assert began <= seconds(waiting["since"]) < began + MINUTE
    assert 0 < seconds(waiting["next_try_at"]) - stage.product.clock.now() <= 15 * MINUTE
    assert pages == {"done": 0, "total": 1}
    stage.vendor.faults.clear()
    stage.pump(until=lambda: stage.job["run"]["pages"]["done"])
    assert stage.job["run"]["waiting"] is None
    stage.pump()
    assert stage.job["run"]["waiting"] is None
    stage.assert_run_is_whole("scheduled")


def test_who_finds_no_turn_in_a_silence_waits_for_what_made_it(stage):
    begin_in(stage, "503")
    pump_for(stage, MINUTE)
    first = stage.job["run"]["waiting"]
    pump_for(stage, 6 * 3600)

    later = stage.job["run"]["waiting"]

    assert later["since"] == first["since"]
    assert "status 503" in later["reason"]
    assert seconds(later["next_try_at"]) > stage.product.clock.now() - MINUTE


def test_who_comes_into_a_silence_says_so_without_having_asked(stage):
    stage.imported()
    first = stage.job_id
    stage.imported()
    later = stage.job_id
    stage.vendor.faults.rates = {"503": 1.0}
    stage.job_id = first
    stage.post("run")
    pump_for(stage, 3 * 3600)
    stage.job_id = later
    stage.post("run")
    asked = len(stage.vendor.calls)

    stage.pump(until=lambda: stage.job["run"]["waiting"] or len(stage.vendor.calls) > asked)

    assert "paused" in stage.job["run"]["waiting"]["reason"]
    assert "status 503" in stage.job["run"]["waiting"]["reason"]
    assert len(stage.vendor.calls) == asked


def test_the_log_tells_the_first_wait_and_every_tenth(stage, caplog):
    begin_in(stage, "503")
    caplog.clear()

    pump_for(stage, 24 * 3600)

    lines = [record for record in caplog.records if record.message == "a run waits"]
    assert [line.times for line in lines] == [1, *range(10, 10 * len(lines), 10)]
    assert len(lines) > 5
    assert all("status 503" in line.reason for line in lines)


def test_a_run_that_was_stopped_waits_for_nobody_and_waits_again_when_it_is_started(stage):
    begin_in(stage, "503")
    pump_for(stage, 30 * MINUTE)

    stage.vendor.faults.clear()
    stage.post("stop")
    stopped = stage.job["run"]["waiting"]
    stage.post("start")
    stage.pump()

    assert stopped is None
    stage.assert_run_is_whole("scheduled")


def test_a_run_that_never_waits_writes_nothing_of_it(stage):
    stage.imported()

    runs = [item for item in stage.product.items("JobsTable") if item["item"].startswith("run#")]
    assert [[name for name in run if name.startswith("wait")] for run in runs] == [[]]
