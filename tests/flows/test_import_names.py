"""An import says what its account, client and lists are called, without asking anybody."""

import pytest

from simulators.campaign_monitor.generator import World
from tests.flows.importing import Stage

TINY = World(clients=1, lists=2, subscribers=4, campaigns=0, activity=0, recipients=0, journeys=0)


@pytest.fixture
def stage():
    with Stage(TINY) as made:
        yield made


def called(job):
    return [job["authorization"]["name"], job["client"]["name"], *(one["name"] for one in job["lists"])]


def test_names_stand_beside_ids_from_the_beginning_and_follow_with_each_run(stage):
    stage.begin()
    at_once = stage.job
    stage.pump()
    stage.client.name, stage.lists[0].title = "Another Client", "Another List"
    stage.product.connect("Another Account", reconnect=stage.authorization)
    before = stage.job
    asked = len(stage.vendor.calls)
    stage.run_again()

    (after,) = stage.product.gateway.get("/imports").json["items"]

    names = ["Main", at_once["client"]["name"], *(one["name"] for one in at_once["lists"])]
    assert called(at_once) == called(before) == names
    assert None not in names
    assert called(after)[:3] == ["Another Account", "Another Client", "Another List"]
    assert {one["id"] for one in after["lists"]} == {one.id for one in stage.lists}
    assert {one["list"]["name"] for one in after["webhooks"]} == {one["name"] for one in after["lists"]}
    assert len(stage.vendor.calls) > asked


def test_only_lists_that_are_imported_are_named_and_one_that_is_gone_keeps_its_id(stage):
    one, other = stage.lists
    stage.imported(list_ids=[one.id, other.id])
    del stage.client.lists[one.id]
    stage.run_again()

    shown = stage.job["lists"]

    assert shown == [{"id": one.id, "name": None}, {"id": other.id, "name": other.title}]


def test_showing_names_asks_nothing_of_campaign_monitor(stage):
    stage.imported()
    asked = len(stage.vendor.calls)

    called(stage.job)

    assert len(stage.vendor.calls) == asked
