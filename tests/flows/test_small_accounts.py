"""Lambda's limits, met: ten executions in a new account, six megabytes in and out, half a minute for an answer."""

import json
import threading
import time

import pytest

from simulators.campaign_monitor.generator import EPOCH_NOW, World
from tests.aws.event_sources import Pump
from tests.aws.executions import NEW_ACCOUNT, Executions, TooManyRequests
from tests.deliveries import make_body, make_event
from tests.flows.hooked import QUIET, path_of, rows_of
from tests.product import Product

WORK = {
    "PagesQueue": {"job": "gone", "run": "r", "unit": "plan", "task": "plan"},
    "RowsQueue": {"rows": []},
    "ChangesQueue": {"export": "gone", "people": ["a@example.com"]},
    "BulkQueue": {"run": "gone", "segment": 0, "page": 0},
}
"""A message that each queue's function asks DynamoDB about, and is then done with."""
EACH = 25


class Holding:
    """Keeps every execution of the queues in its first call to AWS until they are released."""

    def __init__(self, product):
        self.released = threading.Event()
        self.waiting = 0
        self._main, self._quick = threading.current_thread(), product.quick
        product.quick.before.append(self.hear)

    def hear(self, _service, _operation):
        if threading.current_thread() is self._main or self._quick.is_asked_by_a_server:
            return
        self.waiting += 1
        self.released.wait(30)


def busy(product):
    """Give every queue more work than there are executions; return the thread that does it, and what holds it up."""
    for queue, message in WORK.items():
        for _ in range(EACH):
            product.sqs.send_message(QueueUrl=product.names[queue], MessageBody=json.dumps(message))
    holding = Holding(product)
    pump = threading.Thread(target=Pump(product, workers=2 * NEW_ACCOUNT).run)
    pump.start()
    return pump, holding


def until_steady(product):
    """How many executions are under way when there are no more to come."""
    found, since = -1, time.monotonic()
    while time.monotonic() - since < 1:
        if product.executions.running.total() != found:
            found, since = product.executions.running.total(), time.monotonic()
        time.sleep(0.02)
    return found


def test_while_every_queue_is_busy_in_a_new_account_the_receiver_and_the_admin_are_answered():
    with Product(scenario=QUIET, start=EPOCH_NOW, executions=NEW_ACCOUNT) as product:
        product.job_id = product.start_import(product.connect(), product.vendor.clients[0].id)
        product.pump()
        product.list = next(iter(product.vendor.clients[0].lists.values()))
        body = make_body(product.list.id, [make_event(email="new@example.com")])
        pump, holding = busy(product)
        try:
            at_once = until_steady(product)
            told = product.gateway.call("POST", path_of(product, product.list), body=body)
            shown = product.gateway.get("/imports")
        finally:
            holding.released.set()
            pump.join()

        assert at_once == 8
        assert (told.status, shown.status) == (200, 200)
        assert product.executions.peak <= NEW_ACCOUNT
        product.pump()
        assert rows_of(product, "new@example.com")
        assert product.dead_letters() == {}


def test_who_asks_for_more_than_an_account_has_is_told_so_and_nothing_is_lost():
    parameters = {"MaxParallelCalls": "8", "MaxParallelWriters": "8"}
    with Product(scenario=QUIET, executions=NEW_ACCOUNT, parameters=parameters) as product:
        pump, holding = busy(product)
        try:
            until_steady(product)
            refused = product.gateway.get("/imports")
        finally:
            holding.released.set()
            pump.join()

        assert refused.status == 500
        assert product.executions.peak == NEW_ACCOUNT
        product.pump()
        assert all(product.messages(queue) == [] for queue in WORK)


def test_what_is_reserved_for_a_function_nobody_else_takes():
    executions = Executions(None, most=10, reserved={"Receiver": 2})
    entered = []

    with pytest.raises(TooManyRequests):
        nested(executions, ["Other"] * 9, entered)
    nested(executions, ["Other"] * 8 + ["Receiver"] * 2, entered)

    assert len(entered) == 8 + 10


def nested(executions, functions, entered):
    """Start executions, each while those before it are under way."""
    if functions:
        with executions._one(functions[0]):
            entered.append(functions[0])
            nested(executions, functions[1:], entered)


def test_pages_of_large_rows_are_as_long_as_an_answer_can_be():
    with Product(
        scenario=World(clients=1, lists=1, subscribers=0, campaigns=0, activity=0, journeys=0)
    ) as product:
        product.job_id = product.start_import(product.connect(), product.vendor.clients[0].id)
        product.pump()
        product.list = next(iter(product.vendor.clients[0].lists.values()))
        large = [{"Key": "note", "Value": '"' * 60_000}]
        for minute in range(60):
            at = f"2026-03-02 10:{minute:02}:00"
            event = make_event(email="large@example.com", Date=at, CustomFields=large)
            body = make_body(product.list.id, [event])
            assert product.gateway.call("POST", path_of(product, product.list), body=body).status == 200
        product.pump()

        seen, cursor, pages = [], None, 0
        while cursor or not pages:
            query = {"limit": "1000", **({"cursor": cursor} if cursor else {})}
            answer = product.gateway.get("/profiles/large@example.com/rows", **query)
            assert answer.status == 200, answer.body
            seen += [json.dumps(row, sort_keys=True) for row in answer.json["items"]]
            cursor, pages = answer.json["cursor"], pages + 1

        assert pages > 1
        assert len(seen) == len(set(seen)) == 61


def test_a_post_that_lambda_cannot_take_is_refused_before_it():
    with Product(scenario=QUIET) as product:
        answer = product.gateway.call("POST", "/webhooks/lytics/x", body="x" * 6_300_000)

        assert answer.status == 413
