"""What anybody reads in DynamoDB: one plain item a person, written behind the rows, few times, and right in the end."""

import json
from collections import Counter

import pytest

from profile_app.profiles.arrivals import BEHIND
from simulators.campaign_monitor.generator import World
from tests.aws.event_sources import Pump
from tests.flows.importing import Stage
from tests.flows.test_webhook_registration import DyingAt
from tests.product import Product
from tests.store.people import JANE, OTHER, make_fact

CITIES = OTHER.format(stream="cm_activity", column="valuect(city) AS cities KIND map[string]intsum")
WORLD = World(clients=1, lists=1, subscribers=60, campaigns=4, activity=400, recipients=200, journeys=0)
BULK = "BulkQueue", "profile_app.handlers.on_bulk"


@pytest.fixture
def product():
    with Product() as product:
        yield product


@pytest.fixture
def stage():
    with Stage(WORLD) as stage:
        yield stage


def plain(product):
    return {item["email"]: item for item in product.items("ProfilesTable")}


def send(product, *rows, queue="RowsQueue", **more):
    body = json.dumps({"rows": [row.message() for row in rows], **more})
    product.sqs.send_message(QueueUrl=product.names[queue], MessageBody=body)


def test_a_live_row_is_in_the_plain_item_when_its_message_is_done(product):
    send(product, make_fact(event="open"))
    Pump(product).deliver_one("RowsQueue", "profile_app.handlers.on_rows", 10)

    item = plain(product)[JANE]
    shown = product.profile(JANE).json
    assert (item["fields"], item["rows"]) == (shown["fields"], shown["rows"])
    assert item["updated_at"] == shown["updated_at"]


def test_an_import_writes_every_person_once(stage):
    writes = Counter()

    def note(service, operation, params):
        for one in params.get("Statements", []):
            table = stage.product.names["ProfilesTable"]
            if f'"{table}"' in one["Statement"]:
                writes[
                    json.dumps([value.get("S") for value in one["Parameters"] if "@" in value.get("S", "")])
                ] += 1

    stage.product.quick.hear = note
    stage.begin()
    stage.pump()

    people = plain(stage.product)
    assert len(people) > 50
    assert sum(writes.values()) == len(people)
    assert set(writes.values()) == {1}


def test_a_long_run_writes_them_when_ten_minutes_are_over(product):
    unit = {"job": "j1", "run": "r1", "unit": "u1"}
    send(product, make_fact(event="open"), queue="BulkQueue", unit=unit)
    Pump(product).deliver_one(*BULK, 10)
    assert plain(product) == {}

    product.pump()

    assert plain(product)[JANE]["rows"] == 1
    assert product.clock.now() >= BEHIND / 1000


@pytest.mark.parametrize("number", range(1, 10))
def test_a_worker_that_dies_between_rows_and_profile_leaves_it_to_the_next(product, number):
    send(product, *(make_fact(event="open", minute=minute, city="Oslo") for minute in range(40)))

    product.pump(deaths=(deaths := DyingAt(number)))

    assert deaths.count == 1
    item, shown = plain(product)[JANE], product.profile(JANE).json
    assert (item["fields"], item["rows"], shown["rows"]) == (shown["fields"], 40, 40)


def test_a_changed_mapping_is_projected_for_everybody_by_itself(product):
    people = [f"p{number}@example.com" for number in range(30)]
    send(product, *(make_fact(email, city="Oslo") for email in people))
    product.pump()

    product.gateway.call("PUT", "/streams/cm_activity/mapping", body=json.dumps({"mapping": CITIES}))
    asked = product.gateway.post("/streams/reproject")
    product.pump(twice=True)

    assert asked.status == 202
    assert [item["fields"]["cities"] for item in plain(product).values()] == [{"Oslo": 1}] * 30
    state = product.gateway.get("/streams/reproject").json
    assert (state["status"], state["addresses"]) == ("completed", {"done": 30, "total": 30})


def test_a_mapping_that_changes_while_another_is_projected_wins_for_everybody(product):
    people = [f"p{number}@example.com" for number in range(30)]
    send(product, *(make_fact(email, city="Oslo") for email in people))
    product.pump()
    product.gateway.call("PUT", "/streams/cm_activity/mapping", body=json.dumps({"mapping": CITIES}))
    Pump(product).deliver_one(*BULK, 3)

    product.gateway.delete("/streams/cm_activity/mapping")
    product.pump()

    assert all("cities" not in item["fields"] for item in plain(product).values())
    assert len({item["mapping"] for item in plain(product).values()}) == 1


def test_an_erased_person_has_no_plain_item_and_a_new_one_is_of_what_came_after(product):
    send(product, make_fact(event="open"), make_fact(event="open", minute=1))
    product.pump()

    assert product.gateway.delete(f"/profiles/{JANE}").status == 200
    assert JANE not in plain(product)
    product.later(minutes=1)
    send(product, make_fact(event="open", minute=2))
    product.pump()

    assert plain(product)[JANE]["rows"] == product.profile(JANE).json["rows"] == 1
