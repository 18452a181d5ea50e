"""While Campaign Monitor does not answer an export says so: why, since when, and when it tries again."""

from datetime import datetime

import pytest

from tests.flows.exporting import exporting

MINUTE = 60
JANE = "jane@example.com"


@pytest.fixture
def stage():
    with exporting() as stage:
        yield stage


def begin_in(stage, fault):
    """A running export to a vendor that answers nobody, and somebody to send; its id, and when it began."""
    export = stage.start("vip")
    stage.vendor.faults.rates = {fault: 1.0}
    began = stage.product.clock.now()
    stage.lytics.enter(JANE, "vip")
    stage.lytics.post_all_triggers()
    return export, began


def pump_for(stage, seconds):
    end = stage.product.clock.now() + seconds
    stage.product.pump(until=lambda: stage.product.clock.now() >= end)


def seconds(rfc3339):
    return datetime.fromisoformat(rfc3339).timestamp()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("503", "status 503"), ("429", "asks for patience"), ("drop", "could not be reached")],
)
def test_an_export_waits_from_the_first_try_in_vain_to_the_first_answer(stage, fault, reason):
    export, began = begin_in(stage, fault)
    before = stage.job(export)["waiting"]
    pump_for(stage, 30 * MINUTE)

    waiting = stage.job(export)["waiting"]

    assert before is None
    assert set(waiting) == {"reason", "since", "next_try_at"}
    assert reason in waiting["reason"]
    assert began <= seconds(waiting["since"]) < began + MINUTE
    assert 0 < seconds(waiting["next_try_at"]) - stage.product.clock.now() <= 15 * MINUTE
    stage.vendor.faults.clear()
    stage.product.pump()
    assert stage.job(export)["waiting"] is None
    assert set(stage.people()) == {JANE}


def test_a_stop_ends_the_wait_and_a_start_begins_without_one(stage):
    export, _ = begin_in(stage, "503")
    pump_for(stage, 5 * MINUTE)
    waited = stage.job(export)["waiting"]

    stopped = stage.api.post(f"/exports/{export}/stop").json
    stage.vendor.faults.clear()
    started = stage.api.post(f"/exports/{export}/start").json
    stage.product.pump(until=lambda: stage.job(export)["status"] == "running")

    assert waited
    assert [job["waiting"] for job in (stopped, started, stage.job(export))] == [None, None, None]


def test_a_wait_for_who_was_erased_meanwhile_ends_with_its_next_try(stage):
    export, _ = begin_in(stage, "503")
    pump_for(stage, 5 * MINUTE)
    waited = stage.job(export)["waiting"]

    stage.vendor.faults.clear()
    stage.api.delete(f"/profiles/{JANE}")
    stage.product.pump()

    assert waited
    assert stage.job(export)["waiting"] is None
    assert stage.people() == {}


def test_an_export_tells_when_lytics_last_told_it_something(stage):
    export = stage.start("vip")
    before = stage.job(export)["last_trigger_at"]

    stage.lytics.enter(JANE, "vip")
    now = stage.product.clock.now()
    stage.run()

    assert before is None
    assert now <= seconds(stage.job(export)["last_trigger_at"]) < now + MINUTE
    (listed,) = stage.api.get("/exports").json["items"]
    assert listed["last_trigger_at"] == stage.job(export)["last_trigger_at"]
