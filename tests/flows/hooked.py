"""An import whose webhooks are registered, and the POSTs that they get."""

from contextlib import contextmanager

import requests

from simulators.campaign_monitor.generator import World
from tests.deliveries import make_body, make_event
from tests.product import Product

UNSTORABLE = {"Key": "half \ud83d a name", "Value": "x"}
"""A custom field that JSON can tell and no table can hold."""
QUIET = World(clients=1, lists=2, subscribers=12, campaigns=0, activity=0, journeys=0)


@contextmanager
def listener():
    with Product(scenario=QUIET) as product:
        product.job_id = product.start_import(product.connect(), product.vendor.clients[0].id)
        product.pump()
        product.list = next(iter(product.vendor.clients[0].lists.values()))
        yield product


def path_of(product, mailing_list):
    (hook,) = mailing_list.webhooks.values()
    return hook.url.removeprefix(product.url)


def post(product, *events, path=None, **more):
    body = make_body(product.list.id, events, **more)
    return product.gateway.call("POST", path or path_of(product, product.list), body=body)


def post_unstorable(product, email):
    """An event that can be read, and whose rows the table cannot hold."""
    body = {"ListID": product.list.id, "Events": [make_event(email=email, CustomFields=[UNSTORABLE])]}
    return product.gateway.post(path_of(product, product.list), body)


def rows_of(product, email):
    return product.gateway.get(f"/profiles/{email}/rows").json["items"]


def failures_of(product):
    return product.gateway.get(f"/imports/{product.job_id}/failures").json["items"]


def call_vendor(product, path, token):
    answer = requests.get(
        f"{product.vendor.url}/api/v3.3{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    return answer.status_code
