"""Every message about people says when we received what it tells: when the POST came, or before the vendor was asked."""

import json

from simulators.campaign_monitor.generator import World
from tests.deliveries import make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import listener, post
from tests.flows.importing import PAGE, Stage, meanwhile

LONG = World(clients=1, lists=1, subscribers=30, campaigns=1, activity=2 * PAGE + 300, journeys=0)
MINUTE = 60_000


def told(product, queue):
    return [json.loads(body) for body in product.messages(queue)]


def ms(product):
    return int(product.clock.now() * 1000)


def test_a_delivery_is_received_when_it_came():
    with listener() as product:
        before = ms(product)
        assert post(product, make_event(email="jane@example.com")).status == 200
        after = ms(product)

        (message,) = told(product, "RowsQueue")

        assert before <= message["received_at"] <= after


def test_a_trigger_is_received_when_it_came():
    with exporting() as stage:
        stage.start("vip")
        stage.lytics.enter("jane@example.com", "vip")
        before = ms(stage.product)
        stage.lytics.post_all_triggers()

        (message,) = told(stage.product, "ChangesQueue")

        assert before <= message["received_at"] <= ms(stage.product)


def test_a_page_is_received_before_the_vendor_was_asked_also_when_its_edges_come_with_the_last_page():
    with Stage(LONG) as stage:
        asked = {}
        faults = meanwhile(stage.vendor)
        rows = []

        def ask(number):
            asked[number] = ms(stage.product)
            stage.product.later(minutes=10)

        for number in (1, 2):
            faults.when(rf"GET .*/opens\.json.*page={number}\b", lambda number=number: ask(number))
        stage.begin()

        def collect():
            rows.extend(
                message
                for message in stage.product.row_messages("BulkQueue")
                if "/opens/" in message["unit"]["unit"]
            )
            return False

        stage.pump(until=collect)

        finished = {
            row.get("received_at", message["received_at"])
            for message in rows
            if "/finish/" in message["unit"]["unit"]
            for row in message["rows"]
        }
        assert sorted(asked) == [1, 2]
        assert len(finished) == 2
        assert all(
            0 <= asked[number] - at < MINUTE for number, at in zip(asked, sorted(finished), strict=True)
        )
