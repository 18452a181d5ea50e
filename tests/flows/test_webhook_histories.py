"""Whatever happens between the vendor and the table, profiles are those of what people did."""

import random

import pytest

from simulators.campaign_monitor.clock import zone_of
from simulators.campaign_monitor.generator import World
from tests import lives
from tests.product import Product

EMPTY = World(clients=1, lists=1, subscribers=0, campaigns=0, activity=0, journeys=0)
PEOPLE, DEEDS = 120, 700


@pytest.mark.parametrize("seed", [1, 2])
def test_repeats_disorder_delay_and_dying_workers_change_no_profile(seed):
    rng = random.Random(seed)
    with Product(scenario=EMPTY, seed=seed) as product:
        vendor, client = product.vendor, product.vendor.clients[0]
        product.start_import(product.connect(), client.id)
        product.pump()
        mailing_list = next(iter(client.lists.values()))
        deeds = lives.deeds_of(rng, PEOPLE, DEEDS)
        for deed in deeds:
            details = {name: value for name, value in deed.items() if name != "action"}
            getattr(vendor, deed["action"])(mailing_list, **details)
        vendor.account.outbox.manner.configure(
            {"batch": 40, "repeat": 0.3, "shuffle": True, "split": 0.5, "delay": 0.3}
        )
        product.aws.failing, product.aws.random = 0.3, rng

        while vendor.account.outbox.pending():
            vendor.deliver()
            product.pump(twice=True, seed=rng.random())

        place = {"list_id": mailing_list.id, "list_name": mailing_list.title}
        place |= {"client_id": client.id, "client_name": client.name}
        truth = lives.profiles(deeds, place, zone_of(client.time_zone))
        statuses = {answer.status for answer in product.gateway.answers}
        assert {email: product.profile(email).json["fields"] for email in truth} == truth
        assert 503 in statuses
