"""Whatever happens between the vendor and the table, profiles are those of what people did."""

import datetime as dt
import random

import pytest

from simulators.campaign_monitor.generator import World
from tests import oracle, vendor_truth
from tests.product import Product

EMPTY = World(clients=1, lists=1, subscribers=3, campaigns=0, activity=0, journeys=0)
PEOPLE, DEEDS = 120, 700
START = dt.datetime(2026, 3, 2, 8, 0)
REASONS = {"Unsubscribed": "unsubscribe", "Bounced": "bounce", "Deleted": "delete"}


def live_through(vendor, mailing_list, rng):
    """Random deeds of random people, never two of one person within a minute."""
    minutes = {}
    for _ in range(DEEDS):
        email = f"person{rng.randrange(PEOPLE)}@example.com"
        minutes[email] = minutes.get(email, 0) + rng.randint(1, 300)
        at = (START + dt.timedelta(minutes=minutes[email])).strftime("%Y-%m-%d %H:%M")
        person = mailing_list.find(email)
        if person is None or person.state != "Active":
            vendor.subscribe(mailing_list, email, f"Name {rng.randrange(99)}", at=at)
        else:
            deed = rng.choice(["edit", "edit", "unsubscribe", "delete", "bounce"])
            more = {"name": f"Name {rng.randrange(99)}"} if deed == "edit" else {}
            getattr(vendor, deed)(mailing_list, email, at=at, **more)


def rows_of(events, client, mailing_list):
    """What the webhooks told, each event once, as rows of activity."""
    zone = vendor_truth.zone_of(client.time_zone)
    place = {"list_id": mailing_list.id, "list_name": mailing_list.title}
    place |= {"client_id": client.id, "client_name": client.name}
    for event in events:
        fields = {"event": event["Type"].lower(), "email": event["EmailAddress"], **place}
        if event["Type"] == "Deactivate":
            fields["status"] = REASONS[event["State"]]
        yield {"stream": "cm_activity", "ts": vendor_truth.utc(event["Date"], zone), "fields": fields}


@pytest.mark.parametrize("seed", [1, 2])
def test_repeats_disorder_delay_and_dying_workers_change_no_profile(seed):
    rng = random.Random(seed)
    with Product(scenario=EMPTY, seed=seed) as product:
        vendor, client = product.vendor, product.vendor.clients[0]
        product.start_import(product.connect(), client.id)
        product.pump()
        mailing_list = next(iter(client.lists.values()))
        live_through(vendor, mailing_list, rng)
        events = [event for _, _, event in vendor.account.outbox.waiting]
        vendor.account.outbox.manner.configure(
            {"batch": 40, "repeat": 0.3, "shuffle": True, "split": 0.5, "delay": 0.3}
        )
        product.aws.failing, product.aws.random = 0.3, rng

        while vendor.account.outbox.pending():
            vendor.deliver()
            product.pump(twice=True, seed=rng.random())

        truth = vendor_truth.rows_by_address(client)
        for row in rows_of(events, client, mailing_list):
            truth[row["fields"]["email"]].append(row)
        statuses = {answer.status for answer in product.gateway.answers}
        assert {email: product.profile(email).json["fields"] for email in truth} == {
            email: oracle.profile(rows) for email, rows in truth.items()
        }
        assert 503 in statuses
