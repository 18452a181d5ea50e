"""Batches of rows of a run are counted together, each exactly once: twice told, told by two, told by one who dies."""

import json
from collections import Counter

import pytest

from lytics_cm.aws import table
from lytics_cm.errors import NotFound
from lytics_cm.queues import Queue
from lytics_cm.store.failures import failures_in
from lytics_cm.store.runs import UNITS_AT_ONCE, Runs
from lytics_cm.store.units import Children, Stored, Unit
from profile_app.progress import Progress
from simulators.campaign_monitor.generator import World
from tests.aws.deaths import Crash, Deaths
from tests.flows.importing import PAGE, Stage
from tests.flows.test_lanes import BULK, WHOLE, deliver, read_all_pages, waiting
from tests.product import Product

MANY = World(clients=1, lists=2, subscribers=60, campaigns=3, activity=300, journeys=0)
LONG = World(clients=1, lists=1, subscribers=40, campaigns=1, activity=2 * PAGE, journeys=0)
TINY = World(clients=1, lists=2, subscribers=24, campaigns=2, activity=40, journeys=0, recipients=16)
RUN = {"job": "j", "run": "r"}
NOW = 1_790_000_000_000


@pytest.fixture
def product():
    with Product(scenario=World(clients=0)) as product:
        yield product


@pytest.fixture
def runs(product):
    """The runs of a job with one run, of which a plan and 130 batches are outstanding."""
    runs = Runs(table("JobsTable"))
    runs.table.put_item(Item={"job": "import", "item": "j", "status": "scheduled"})
    assert runs.start(("import", "j"), "r", NOW, ("running",))
    runs.settle(Unit("j", "r", "plan"), Children(rows=130, promised=1), {}, NOW)
    return runs


def units(*numbers):
    return {f"u{number}": {"cm_user": 1, "cm_activity": 10} for number in numbers}


def counted(runs):
    run = runs.get("j", "r")
    return run.open, run.counts["cm_user"], run.counts["cm_activity"]


def rows_waiting(stage):
    """Messages of rows in the bulk queue: those that ask for plain profiles stay until the run is over."""
    return [body for body in waiting(stage, BULK) if "project" not in json.loads(body)]


def listening(product, what):
    """How often the jobs table was asked for something, from now on; `then` may be set to what happens just before."""

    class Heard:
        times, then = 0, None

    heard = Heard()

    def hear(service, operation):
        if operation == what:
            heard.times += 1
            if heard.then:
                then, heard.then = heard.then, None
                then()

    product.quick.before.append(hear)
    return heard


def test_units_are_counted_forty_at_a_time_and_each_once_however_they_are_told_again(product, runs):
    heard = listening(product, "TransactWriteItems")

    runs.settle_all(RUN, units(*range(100)), NOW)
    first = heard.times, counted(runs)
    runs.settle_all(RUN, units(*range(100)), NOW)
    runs.settle_all(RUN, units(*range(90, 130)), NOW)

    assert first == (-(-100 // UNITS_AT_ONCE), (31, 100, 1000))
    assert counted(runs) == (1, 130, 1300)


def test_what_another_worker_settles_meanwhile_is_counted_by_one_of_them(product, runs):
    heard = listening(product, "TransactWriteItems")
    heard.then = lambda: runs.settle_all(RUN, units(*range(20, 50)), NOW)

    runs.settle_all(RUN, units(*range(40)), NOW)

    assert counted(runs) == (131 - 50, 50, 500)


def test_units_of_a_run_that_was_deleted_leave_nothing(product, runs):
    runs.table.delete_item(Key={"job": "j", "item": "run#r"})

    with pytest.raises(NotFound):
        runs.settle_all(RUN, units(1, 2), NOW)

    assert [item["item"] for item in product.items("JobsTable") if "#u" in item["item"]] == []


def test_one_who_dies_between_counting_and_listing_what_was_refused_lists_it_when_he_is_told_again(
    product, runs
):
    progress = Progress(runs, Queue(product.sqs, product.names["PagesQueue"]))
    batches = [
        Stored({**RUN, "unit": f"u{number}"}, {"rejected": 1}, [{"email": "", "message": "bad"}])
        for number in range(3)
    ]
    dying = listening(product, "BatchWriteItem")

    def die():
        raise Crash

    dying.then = die
    with pytest.raises(Crash):
        progress.stored(batches, NOW)
    progress.stored(batches, NOW)

    failures = [failure for _, failure in failures_in(runs.table, "j")]
    assert Counter(one["source"] for one in failures) == {"u0": 1, "u1": 1, "u2": 1}
    assert runs.get("j", "r").counts["rejected"] == 3


def test_all_rows_of_a_batch_cost_one_transaction_one_look_at_the_run_and_one_count_of_people():
    with Stage(MANY) as stage:
        stage.begin()
        read_all_pages(stage)
        messages = len(waiting(stage, BULK))
        asked = Counter()

        def hear(service, operation, params):
            if "JobsTable" in str(params) and service == "dynamodb":
                asked[operation] += 1

        stage.product.quick.hear = hear
        deliver(stage, BULK, WHOLE)
        stage.product.quick.hear = stage.product._note

        assert 10 < messages <= WHOLE
        assert rows_waiting(stage) == []
        assert asked["TransactWriteItems"] == 1
        assert asked.total() <= 6  # two of them count the people that were changed
        stage.pump()
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


def test_rows_of_two_runs_in_one_batch_end_each_its_own_run():
    with Stage(TINY) as stage:
        stage.begin()
        first = stage.job_id
        read_all_pages(stage)
        stage.begin()
        read_all_pages(stage)

        deliver(stage, BULK, 2 * WHOLE)
        stage.pump()

        assert first != stage.job_id
        stage.assert_run_is_whole()
        assert stage.product.job(first)["run"]["status"] == "succeeded"


@pytest.mark.parametrize("seed", range(4))
def test_large_batches_told_twice_to_several_workers_count_exactly(seed):
    with Stage(TINY) as stage:
        stage.begin()

        stage.pump(whole=True, twice=True, seed=seed, workers=3)

        assert_counted(stage)


@pytest.mark.parametrize("seed", range(6))
def test_workers_that_die_with_large_batches_count_exactly(seed):
    with Stage(TINY) as stage:
        stage.begin()
        deaths = Deaths(seed, chance=0.5)

        stage.pump(whole=True, seed=seed, deaths=deaths, twice=seed % 2 == 0)

        assert deaths.count
        assert_counted(stage)


def assert_counted(stage):
    stage.assert_run_is_whole()
    stage.assert_profiles_are_true()
    people = sum(len(one.people) for one in stage.lists)
    assert stage.job["run"]["rows"]["cm_user"] == people


def test_a_unit_whose_name_no_table_can_hold_costs_no_other_of_its_batch():
    with Stage(TINY) as stage:
        stage.begin()
        read_all_pages(stage)
        odd = {"unit": {"job": stage.job_id, "run": stage.job["run"]["id"], "unit": "u" * 2000}, "rows": []}
        stage.product.sqs.send_message(QueueUrl=stage.product.names["BulkQueue"], MessageBody=json.dumps(odd))

        deliver(stage, BULK, WHOLE)

        assert len(rows_waiting(stage)) == 1
        stage.product.quick.sqs.queues[stage.product.names["BulkQueue"]].clear()
        stage.pump()
        stage.assert_run_is_whole()
