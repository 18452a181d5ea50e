"""An import, from `POST /imports` to the profiles."""

from collections import Counter

import pytest

from simulators.campaign_monitor.generator import World
from tests import vendor_truth
from tests.product import Product

SMALL = World(clients=2, lists=3, subscribers=240, campaigns=3, activity=400, journeys=1, unusable=2)


@pytest.fixture
def product():
    with Product(scenario=SMALL) as running:
        yield running


def imported(product, **more):
    client = product.vendor.clients[0]
    job = product.start_import(product.connect(), client.id, **more)
    product.pump()
    return client, job


def test_every_profile_is_what_the_vendor_knows_of_the_person(product):
    client, job = imported(product)

    shown = product.job(job)

    assert shown["status"] == "completed", product.gateway.get(f"/imports/{job}/failures").json
    assert shown["run"]["status"] == "succeeded"
    truth = vendor_truth.profiles(client)
    assert {email: product.profile(email).json["fields"] for email in truth} == truth


def test_every_page_is_read_once(product):
    imported(product)

    asked = Counter(
        (call.path, tuple(sorted(call.query.items())))
        for call in product.vendor.calls
        if call.method == "GET"
    )

    assert [call for call, times in asked.items() if times > 1 and "/oauth" not in call[0]] == []
