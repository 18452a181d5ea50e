"""Two lanes for rows: what somebody waits for never stands behind what an import has left to store."""

import json

import pytest

from lytics_cm.store.erasures import digest_of
from simulators.campaign_monitor.generator import World
from tests.aws.event_sources import Pump
from tests.deliveries import make_body, make_event
from tests.flows.hooked import path_of
from tests.flows.importing import PAGE, Stage

WORLD = World(clients=1, lists=1, subscribers=PAGE + 30, campaigns=1, activity=2 * PAGE, journeys=0)
SMALL = World(clients=1, lists=1, subscribers=20, campaigns=1, activity=40, journeys=0)
PAGES = "PagesQueue", "import_app.handlers.on_page"
ROWS = "RowsQueue", "profile_app.handlers.on_rows"
BULK = "BulkQueue", "profile_app.handlers.on_bulk"
WHOLE = 40
"""Messages of the bulk queue that its function gets at once."""
NEW = "new@example.com"


@pytest.fixture
def stage():
    with Stage(SMALL) as stage:
        yield stage


def read_all_pages(stage):
    """Let a run read everything that it reads before its rows are stored."""
    while Pump(stage.product).deliver_one(*PAGES, 10):
        pass


def deliver(stage, lane, most=10):
    """One batch of a queue; tell whether there was one."""
    return Pump(stage.product).deliver_one(*lane, most)


def post(stage, email):
    body = make_body(stage.lists[0].id, [make_event(email=email)])
    answer = stage.product.gateway.call("POST", path_of(stage.product, stage.lists[0]), body=body)
    assert answer.status == 200


def waiting(stage, lane):
    return stage.product.messages(lane[0])


def move(stage, source, target):
    """Redrive messages into a queue that they are not of."""
    queues, names = stage.product.quick.sqs.queues, stage.product.names
    queues[names[target[0]]] += queues[names[source[0]]]
    queues[names[source[0]]].clear()


def test_a_webhooks_rows_are_stored_while_all_rows_of_an_import_still_wait():
    with Stage(WORLD) as stage:
        stage.begin()
        read_all_pages(stage)
        backlog = waiting(stage, BULK)
        post(stage, NEW)

        assert len(waiting(stage, ROWS)) == 1
        deliver(stage, ROWS)

        assert stage.product.profile(NEW).json["rows"] == 2
        assert len(backlog) > 5
        assert waiting(stage, BULK) == backlog


def test_no_row_of_an_import_is_ever_among_the_live_ones(stage):
    seen = []

    def look():
        seen.extend(waiting(stage, ROWS))
        return False

    stage.begin()
    stage.pump(until=look)

    stage.assert_run_is_whole()
    assert seen == []


@pytest.mark.parametrize(("right", "wrong"), [(BULK, ROWS), (ROWS, BULK)], ids=["to rows", "to bulk"])
def test_rows_that_are_redriven_into_the_other_queue_are_stored_and_end_their_run(stage, right, wrong):
    stage.begin()
    read_all_pages(stage)
    post(stage, NEW)
    move(stage, right, wrong)

    stage.pump(twice=True)

    stage.assert_run_is_whole()
    assert stage.product.profile(NEW).json["rows"] == 2


def test_an_errand_that_is_redriven_among_the_live_rows_is_done(stage):
    stage.imported()
    stage.product.gateway.delete(f"/profiles/{next(iter(stage.lists[0].people))}")
    stage.product.gateway.post("/streams/reproject")
    move(stage, BULK, ROWS)

    stage.pump()

    assert stage.product.gateway.get("/streams/reproject").json["status"] == "completed"
    assert [item for item in stage.product.items("JobsTable") if "sealed" in item] == []


def test_what_nobody_understands_is_laid_aside_and_costs_nobody_anything_in_either_lane(stage):
    stage.begin()
    read_all_pages(stage)
    post(stage, NEW)
    for lane in (ROWS, BULK):
        for body in ("no JSON", "null", "[]", "{}", '{"sweeps": 1}'):
            stage.product.sqs.send_message(QueueUrl=stage.product.names[lane[0]], MessageBody=body)

    stage.pump()

    assert {queue: len(found) for queue, found in stage.product.dead_letters().items()} == {
        "RowsDeadLetterQueue": 5,
        "BulkDeadLetterQueue": 5,
    }
    for lane in (ROWS, BULK):
        stage.product.quick.sqs.queues[
            stage.product.names[lane[0].replace("Queue", "DeadLetterQueue")]
        ].clear()
    stage.assert_run_is_whole()
    assert stage.product.profile(NEW).json["rows"] == 2


class Slow:
    """A product in which every errand takes so many seconds: each begins with a question about an erasure."""

    def __init__(self, stage, seconds):
        self._stage, self._seconds, self.asked = stage, seconds, 0
        stage.product.quick.hear = self.hear

    def hear(self, service, operation, params):
        if operation == "GetItem" and str(params.get("Key", {}).get("job", "")).find("erased#") >= 0:
            self.asked += 1
            self._stage.product.later(seconds=self._seconds)


def test_errands_that_take_long_leave_time_for_the_rows_of_their_batch_and_are_all_done(stage):
    stage.begin()
    read_all_pages(stage)
    rows = len(waiting(stage, BULK))
    for number in range(20):
        errand = {"sweep": digest_of(f"{number}@example.com"), "at": 1}
        stage.product.sqs.send_message(
            QueueUrl=stage.product.names["BulkQueue"], MessageBody=json.dumps(errand)
        )
    slow = Slow(stage, 12)

    deliver(stage, BULK, WHOLE)

    left = [message for body in waiting(stage, BULK) if "project" not in (message := json.loads(body))]
    assert 0 < rows < WHOLE - 20
    assert slow.asked == 3
    assert [sorted(message) for message in left] == [["at", "origin", "sweep"]] * 17
    while deliver(stage, BULK, WHOLE):
        pass
    assert slow.asked == 20
    stage.pump()
    stage.assert_run_is_whole()


def test_every_message_of_a_job_is_of_its_group(stage):
    sent = {}

    def look():
        for lane in (PAGES, ROWS, BULK):
            queue = stage.product.quick.sqs.queues[stage.product.names[lane[0]]]
            sent.setdefault(lane[0], set()).update(message.group for message in queue)
        return False

    stage.begin()
    look()
    read_all_pages(stage)
    post(stage, NEW)
    look()
    stage.pump(until=look)

    mine = {stage.job_id}
    looks = {f"{stage.job_id}/look"}  # who looks at people does not wait behind the pages of the run
    assert sent == {"PagesQueue": mine | looks, "BulkQueue": mine, "RowsQueue": mine}
