"""What a first run would take, told before there is an import: about what it then takes."""

import pytest

from simulators.campaign_monitor.generator import World
from tests.product import Product

SCENARIO = World(clients=1, lists=3, subscribers=600, campaigns=8, activity=1500, journeys=1)


@pytest.fixture(scope="module")
def product():
    with Product(scenario=SCENARIO) as product:
        product.authorization = product.connect()
        product.client = product.vendor.clients[0]
        yield product


@pytest.fixture
def ask(product):
    def call(**more):
        given = {"authorization_id": product.authorization, "client_id": product.client.id, **more}
        return product.gateway.get("/imports/estimate", **{name: one for name, one in given.items() if one})

    return call


def lists(product, count):
    return list(product.client.lists)[:count]


@pytest.mark.parametrize("count", [0, 1], ids=["all", "one"])
def test_an_estimate_is_about_what_the_first_run_takes(product, ask, count):
    chosen = lists(product, count)

    told = ask(list_ids=",".join(chosen)).json

    job = product.start_import(product.authorization, product.client.id, list_ids=chosen)
    product.pump()
    taken = product.job(job)["run"]["calls"]
    assert 0.6 * taken <= told["calls"] <= 1.6 * taken
    assert told["campaigns"] == len(product.client.campaigns)
    assert product.gateway.delete(f"/imports/{job}").status == 204


def test_it_tells_how_many_people_are_on_the_lists(product, ask):
    path = f"/authorizations/{product.authorization}/clients/{product.client.id}/lists"
    sizes = {one["id"]: one["subscribers"] for one in product.gateway.get(path).json["items"]}

    (first, *_) = sizes

    assert ask().json["people"] == sum(sizes.values())
    assert ask(list_ids=first).json["people"] == sizes[first]


def test_recipients_before_a_day_are_not_counted(ask):
    everything, nothing = ask().json["calls"], ask(rows_since="2999-01-01").json["calls"]

    assert nothing < everything


def test_it_asks_little_and_leaves_nothing_behind(product, ask):
    before = len(product.vendor.calls)

    ask()

    assert len(product.vendor.calls) - before <= 2 + 3 + 1 + 4
    assert product.gateway.get("/imports").json["items"] == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"authorization_id": "nobody"}, "authorization_id"),
        ({"client_id": None}, "client_id"),
        ({"client_id": "another"}, "client_id"),
        ({"list_ids": "another"}, "list_ids"),
        ({"rows_since": "yesterday"}, "rows_since"),
        ({"list_ids": "a b"}, "list_ids.0"),
    ],
)
def test_what_could_be_no_import_has_no_estimate(ask, more, field):
    answer = ask(**more)

    assert (answer.status, answer.json["details"][0]["field"]) == (422, field)


def test_a_size_that_is_not_told_is_no_reason_to_fail(product, ask):
    product.vendor.faults.script("code", "stats.json", times=1)

    told = ask()

    assert (told.status, told.json["people"]) == (200, None)
    assert told.json["calls"] > 0
