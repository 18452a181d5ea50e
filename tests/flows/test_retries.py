"""Calls that a person waits for are tried again: one refusal in passing is nobody's error."""

import pytest

from simulators.campaign_monitor.generator import World
from tests.flows.exporting import exporting
from tests.flows.importing import Stage

TINY = World(clients=1, lists=1, subscribers=5, campaigns=0, journeys=0)
FAULTS = ["429-headers", "429", "503", "drop", "garbage"]


@pytest.fixture
def stage():
    with Stage(TINY) as made:
        yield made


@pytest.fixture
def export():
    with exporting(audiences={"vip": "VIP"}) as made:
        yield made


def forms(stage):
    base, one = f"/authorizations/{stage.authorization}", stage.lists[0].id
    clients = f"{base}/clients"
    return {
        clients: r"clients\.json",
        f"{clients}/{stage.client.id}/lists": r"lists\.json",
        f"{base}/lists/{one}/custom-fields": "customfields",
        f"{clients}/{stage.client.id}/lists/{one}/custom-fields": "customfields",
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_a_form_is_filled_in_spite_of_one_refusal(stage, fault):
    for path, asked in forms(stage).items():
        stage.vendor.faults.script(fault, match=asked)

        answer = stage.product.gateway.get(path)

        assert answer.status == 200, (path, answer.body)
        assert stage.vendor.faults.suffered[fault]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("asked", [r"clients/\w+\.json", r"clients/\w+/lists\.json"])
def test_an_import_is_made_in_spite_of_one_refusal(stage, fault, asked):
    stage.vendor.faults.script(fault, match=asked)

    answer = stage.product.gateway.post(
        "/imports", {"authorization_id": stage.authorization, "client_id": stage.client.id}
    )

    assert answer.status == 201, answer.body


@pytest.mark.parametrize("asked", ["oauth/token", r"api/.*clients\.json", r"api/.*clients/\w+\.json"])
def test_an_account_is_connected_in_spite_of_one_refusal(stage, asked):
    stage.vendor.faults.script("429-headers", match=asked)

    assert stage.product.connect("Again")


def test_an_export_is_made_and_audiences_are_told_in_spite_of_one_refusal_of_each(export):
    for match in ("lists/", "customfields"):
        export.vendor.faults.script("429-headers", match=match)
    for match in ("v2/segment", "v2/schema"):
        export.lytics.faults.script("503", match=match, times=1)

    answer = export.create("vip")
    export.lytics.faults.script("429", match="v2/segment", times=1)
    audiences = export.api.get("/audiences")

    assert answer.status == 201, answer.body
    assert audiences.status == 200, audiences.body
