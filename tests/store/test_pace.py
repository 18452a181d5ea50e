"""Turns in AWS's own DynamoDB: what its expressions make of a map's size, of paths into it, and of an item that is not there."""

import threading
import time
import uuid

import boto3
import pytest

from lytics_cm.errors import RateLimited
from lytics_cm.store.pace import NoTurn, Pace, Silence
from tests.aws.dynamodb.local import ACCESS

MOST = 3
ACCOUNT = "a"


@pytest.fixture
def table(local_url):
    resource = boto3.resource("dynamodb", endpoint_url=local_url, **ACCESS)
    keys = (("job", "HASH"), ("item", "RANGE"))
    made = resource.create_table(
        TableName=f"jobs-{uuid.uuid4().hex}",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
    )
    yield made
    made.delete()
    resource.meta.client.close()


def stored(table):
    return table.get_item(Key={"job": f"pace#{ACCOUNT}", "item": "pace"}, ConsistentRead=True)["Item"]


def test_of_many_that_want_turns_no_more_than_may_be_have_one(table):
    pace, lock, counts = Pace(table, MOST, wait_seconds=60), threading.Lock(), {"now": 0, "peak": 0, "all": 0}

    def work():
        for _ in range(5):
            with pace.turn(ACCOUNT):
                with lock:
                    counts["now"] += 1
                    counts["all"] += 1
                    counts["peak"] = max(counts["peak"], counts["now"])
                time.sleep(0.05)
                with lock:
                    counts["now"] -= 1

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert 1 < counts["peak"] <= MOST
    assert counts["all"] == 30
    assert (stored(table)["leases"], stored(table)["rev"]) == ({}, 1)


def test_who_finds_no_turn_is_told_and_leases_of_the_dead_make_room(table):
    pace = Pace(table, MOST, wait_seconds=0)
    for number in range(MOST):
        pace.take(ACCOUNT, f"dead{number}")

    with pytest.raises(NoTurn):
        pace.take(ACCOUNT, "another")
    table.update_item(
        Key={"job": f"pace#{ACCOUNT}", "item": "pace"},
        UpdateExpression="SET leases.dead0 = :past, leases.dead1 = :past",
        ExpressionAttributeValues={":past": int(time.time()) - 1},
    )
    pace.take(ACCOUNT, "another")

    assert sorted(stored(table)["leases"]) == ["another", "dead2"]


def test_a_refusal_narrows_and_silences_and_good_calls_widen_again(table):
    pace = Pace(table, MOST, wait_seconds=5)

    with pytest.raises(RateLimited), pace.turn(ACCOUNT):
        raise RateLimited("not now", retry_after=1)
    refused = stored(table)
    for _ in range(20):
        with pace.turn(ACCOUNT):
            pass

    assert (refused["width"], refused["strikes"], refused["leases"], refused["rev"]) == (1, 1, {}, 2)
    assert refused["quiet_until"] > time.time() - 5
    assert (stored(table)["width"], stored(table)["strikes"], stored(table)["leases"]) == (MOST, 0, {})


def test_a_narrower_pace_has_fewer_turns_and_a_silent_one_has_none(table):
    pace = Pace(table, MOST, wait_seconds=0)
    with pytest.raises(RateLimited), pace.turn(ACCOUNT):
        raise RateLimited("not now", retry_after=1)

    with pytest.raises(Silence):
        pace.take(ACCOUNT, "too early")
    Pace(table, MOST, wait_seconds=5).take(ACCOUNT, "first")
    with pytest.raises(NoTurn):
        pace.take(ACCOUNT, "second")

    assert list(stored(table)["leases"]) == ["first"]


def test_who_asks_once_more_for_a_turn_because_an_answer_got_lost_has_it(table):
    pace = Pace(table, MOST, wait_seconds=0)
    for lease in ("mine", "another", "a third"):
        pace.take(ACCOUNT, lease)

    pace.take(ACCOUNT, "mine")

    assert len(stored(table)["leases"]) == MOST
