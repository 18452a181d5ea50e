"""Dead letters come back into their queue: by SQS itself, or by hand where it cannot; none is lost, none counts twice."""

import json
from contextlib import suppress

import pytest

from tests.aws.deaths import Crash
from tests.contract import is_time
from tests.deliveries import make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import listener, post, rows_of
from tests.flows.importing import SMALL, Stage

JANE = "jane@example.com"
MANY = 25
LARGE = 240_000
BY = pytest.mark.parametrize("by", ["SQS", "hand"])


@pytest.fixture
def product():
    with listener() as product:
        yield product


def as_if(product, by):
    """With `StartMessageMoveTask`, or without it as on the local stack."""
    product.quick.sqs.moves = by == "SQS"


def give_up(product, queue, least=1):
    """What lies in a queue has failed five times, and lies aside."""
    queues, letters = product.quick.sqs.queues, queue.replace("Queue", "DeadLetterQueue")
    source, target = queues[product.names[queue]], queues[product.names[letters]]
    assert len(source) >= least
    for message in source:
        message.due = 0
    target += source
    source.clear()


def letters(product, *bodies, group=None):
    """Put texts among the dead letters of the rows queue."""
    for body in bodies:
        more = {"MessageGroupId": group} if group else {}
        url = product.names["RowsDeadLetterQueue"]
        product.sqs.send_message(QueueUrl=url, MessageBody=body, **more)


def redrive(product, queue="rows"):
    answer = product.gateway.post(f"/dead-letters/{queue}/redrive")
    assert answer.status == 202, answer.body
    return answer.json


def test_dead_letters_are_listed_by_kind_and_job_and_no_text_of_them(product):
    post(product, make_event(email=JANE))
    give_up(product, "RowsQueue")
    letters(product, "{not json", "[1]", json.dumps({JANE: 1}), json.dumps({"task": JANE, "job": "a\nb"}))
    product.gateway.post(f"/imports/{product.job_id}/run")
    give_up(product, "PagesQueue")

    answer = product.gateway.get("/dead-letters")
    again = product.gateway.get("/dead-letters")

    listed = {one["queue"]: one for one in answer.json["items"]}
    samples = {name: [(one["kind"], one["job"]) for one in found["sample"]] for name, found in listed.items()}
    assert {name: found["messages"] for name, found in listed.items()} == {
        "rows": 5,
        "bulk": 0,
        "pages": 2,
        "changes": 0,
    }
    assert samples == {
        "rows": [("rows", product.job_id), *[("unreadable", None)] * 4],
        "bulk": [],
        "pages": [("look", product.job_id), ("plan", product.job_id)],
        "changes": [],
    }
    assert all(is_time(one["sent_at"]) for one in listed["rows"]["sample"])
    assert JANE not in answer.body
    assert again.json == answer.json


def test_sqs_is_given_the_task_and_its_name_is_told(product):
    letters(product, "a", "b")

    told = redrive(product)

    task = told.pop("task")
    assert told == {"queue": "rows", "moved": None, "remaining": 2}
    assert task
    assert (product.messages("RowsQueue"), product.dead_letters()) == (["a", "b"], {})


def test_a_second_redrive_is_a_conflict_while_sqs_is_at_the_first(product):
    letters(product, "a")
    redrive(product)

    again = product.gateway.post("/dead-letters/rows/redrive")
    other = product.gateway.post("/dead-letters/bulk/redrive")
    product.later(seconds=2)

    assert (again.status, other.status) == (409, 202)
    assert "are being moved already" in again.json["message"]
    assert redrive(product)["task"]


def test_an_unknown_queue_is_not_found_and_the_known_ones_are_named(product):
    for name in ("everything", "RowsQueue", "rowsdeadletter"):
        answer = product.gateway.post(f"/dead-letters/{name}/redrive")

        assert (answer.status, answer.json["message"]) == (
            404,
            "there is no such queue; there are bulk, changes, pages, rows",
        )


def test_by_hand_all_are_moved_as_they_are_with_the_groups_that_they_have(product):
    as_if(product, "hand")
    bodies = [*(json.dumps({"n": number}) for number in range(MANY)), "{not json", "ü \U0001f642"]
    letters(product, *bodies, group="job-1")

    told = redrive(product)

    moved = product.quick.sqs.queues[product.names["RowsQueue"]]
    assert told == {"queue": "rows", "moved": len(bodies), "remaining": 0, "task": None}
    assert sorted(product.messages("RowsQueue")) == sorted(bodies)
    assert {message.group for message in moved} == {"job-1"}
    assert product.dead_letters() == {}


def test_by_hand_messages_that_do_not_fit_into_one_batch_are_moved_in_several(product):
    as_if(product, "hand")
    bodies = [str(number) * LARGE for number in range(9)]
    letters(product, *bodies)

    assert redrive(product)["moved"] == len(bodies)
    assert sorted(product.messages("RowsQueue")) == bodies


def test_by_hand_a_request_ends_in_time_and_the_next_one_goes_on(product):
    as_if(product, "hand")
    letters(product, *(str(number) for number in range(MANY)))
    slow = lambda _, operation: operation == "SendMessageBatch" and product.later(seconds=12)  # noqa: E731
    product.quick.before.append(slow)

    first, second = redrive(product), redrive(product)

    assert [(told["moved"], told["remaining"]) for told in (first, second)] == [(20, 5), (5, 0)]


def test_by_hand_two_requests_at_once_share_the_work(product):
    as_if(product, "hand")
    bodies = [str(number) for number in range(MANY)]
    letters(product, *bodies)
    others = []

    def meanwhile(_, operation):
        if operation == "SendMessageBatch" and not others:
            others.append("at it")
            others.append(redrive(product)["moved"])

    product.quick.before.append(meanwhile)

    assert (redrive(product)["moved"], others[1]) == (10, 15)
    assert sorted(product.messages("RowsQueue")) == sorted(bodies)


def test_nothing_to_move_is_no_error(product):
    as_if(product, "hand")

    assert redrive(product) == {"queue": "rows", "moved": 0, "remaining": 0, "task": None}


def test_by_hand_whoever_dies_leaves_each_message_at_least_once(product):
    as_if(product, "hand")
    bodies = [str(number) for number in range(MANY)]
    for victim in range(1, 2 * MANY):
        letters(product, *bodies)
        calls = iter(range(victim))
        dies = lambda service, _, calls=calls: service == "sqs" and next(calls, None) is None and die()  # noqa: E731
        product.quick.before.append(dies)
        with suppress(Crash):
            product.gateway.post("/dead-letters/rows/redrive")
        product.quick.before.remove(dies)
        found = product.messages("RowsQueue") + product.messages("RowsDeadLetterQueue")
        product.later(minutes=2)
        redrive(product)

        assert set(found) == set(bodies)
        assert set(product.messages("RowsQueue")) == set(bodies)
        assert product.dead_letters() == {}
        product.quick.sqs.queues[product.names["RowsQueue"]].clear()


def die():
    raise Crash


def test_by_hand_what_the_queue_does_not_take_stays_among_the_dead_letters(product):
    as_if(product, "hand")
    letters(product, "a", "b")
    product.throttle(services=("sqs",))

    def refuse(service, operation):
        if operation == "SendMessageBatch":
            product.quick.throttling.refuse("sqs", 3600)
        elif operation == "GetQueueAttributes":
            product.throttle()

    product.quick.before.append(refuse)
    with product.clock.sleepless():
        told = redrive(product)

    assert (told["moved"], told["remaining"]) == (0, 2)
    assert product.dead_letters() == {"RowsDeadLetterQueue": ["a", "b"]}


def test_by_hand_a_message_that_the_queue_fails_to_take_stays_where_it_was(product):
    as_if(product, "hand")
    letters(product, "a", "b", "c")
    product.quick.sqs.refuses = lambda body: body == "b"

    told = redrive(product)

    assert (told["moved"], told["remaining"]) == (2, 1)
    assert (product.messages("RowsQueue"), product.messages("RowsDeadLetterQueue")) == (["a", "c"], ["b"])


@BY
def test_a_webhook_that_is_redriven_is_in_the_profile_once(product, by):
    as_if(product, by)
    post(product, make_event(email=JANE, Name="Jane"))
    give_up(product, "RowsQueue")
    product.later(days=1)

    redrive(product)
    product.pump(twice=True)

    streams = [row["stream"] for row in rows_of(product, JANE)]
    assert sorted(streams) == ["cm_activity", "cm_user"]
    assert product.profile(JANE).json["fields"]["cm_name"] == "Jane"
    assert product.dead_letters() == {}


@BY
def test_who_was_erased_while_a_message_lay_aside_stays_erased(product, by):
    as_if(product, by)
    post(product, make_event(email=JANE))
    give_up(product, "RowsQueue")
    product.later(hours=1)
    product.gateway.delete(f"/profiles/{JANE}")
    product.later(hours=1)

    redrive(product)
    product.pump()

    assert (product.profile(JANE).status, product.dead_letters()) == (404, {})


@pytest.mark.parametrize(("queue", "by"), [("pages", "hand"), ("bulk", "SQS")])
def test_a_run_that_was_given_up_meanwhile_is_not_disturbed_by_its_dead_letters(queue, by):
    name = f"{queue.title()}Queue"
    with Stage(SMALL) as stage:
        as_if(stage.product, by)
        stage.begin(keep_updated=True)
        stage.pump(until=lambda: stage.product.messages(name) and stage.job["run"]["pages"]["done"] > 3)
        give_up(stage.product, name)
        stage.pump()
        stage.product.later(days=4)
        stage.tick()
        runs = ends_of(stage)

        redrive(stage.product, queue)
        stage.pump()

        (_, status, _, _), (_, before, _, reason) = runs
        assert (status, before) == ("succeeded", "failed")
        assert "redrive the dead letters" in reason
        assert ends_of(stage) == runs
        assert stage.product.dead_letters() == {}
        stage.assert_profiles_are_true()


def ends_of(stage):
    """How the runs of the import ended, the newest first."""
    runs = stage.product.gateway.get(f"/imports/{stage.job_id}/runs").json["items"]
    return [(run["id"], run["status"], run["ended_at"], run["reason"]) for run in runs]


def test_a_run_that_waits_for_dead_letters_ends_when_they_are_redriven():
    with Stage(SMALL) as stage:
        as_if(stage.product, "hand")
        stage.begin()
        stage.pump(until=lambda: len(stage.product.messages("BulkQueue")) > 1)
        give_up(stage.product, "BulkQueue")
        stage.pump()
        before = stage.job["status"]

        redrive(stage.product, "bulk")
        stage.pump()

        assert (before, stage.job["status"]) == ("running", "completed")
        stage.assert_profiles_are_true()


@BY
def test_changes_of_an_export_that_are_redriven_reach_the_list_once(by):
    with exporting() as stage:
        as_if(stage.product, by)
        stage.start("vip")
        stage.lytics.enter(JANE, "vip")
        stage.lytics.post_all_triggers()
        give_up(stage.product, "ChangesQueue")
        stage.product.later(days=3)

        redrive(stage.product, "changes")
        stage.product.pump()
        sent = len(stage.imports())
        redrive_again(stage.product)

        assert stage.audiences() == {JANE: ["VIP"]}
        assert (sent, len(stage.imports())) == (1, 1)
        assert stage.product.dead_letters() == {}


def redrive_again(product):
    product.later(seconds=5)
    redrive(product, "changes")
    product.pump()
