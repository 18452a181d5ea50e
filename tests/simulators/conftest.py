"""A vendor with one list of everything, and a plain client to talk to it."""

import http.client
import json
from urllib.parse import urlencode

import pytest

from simulators.campaign_monitor import CampaignMonitor


class Caller:
    """Sends one call and reads its JSON; empty bodies are None."""

    def __init__(self, vendor, token):
        self.vendor, self.headers = vendor, {"Authorization": f"Bearer {token}"}

    def __call__(self, method, path, body=None, headers=None, **query):
        target = f"/api/v3.3/{path}.json" + (f"?{urlencode(query)}" if query else "")
        return self.raw(method, target, None if body is None else json.dumps(body), headers)

    def raw(self, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection(self.vendor.url.removeprefix("http://"), timeout=10)
        try:
            connection.request(method, target, body, self.headers if headers is None else headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        return response.status, json.loads(text) if text else None

    def get(self, path, **query):
        return self("GET", path, **query)


@pytest.fixture
def vendor():
    with CampaignMonitor(seed=7, scenario="tiny") as vendor:
        yield vendor


@pytest.fixture
def client(vendor):
    return vendor.clients[0]


@pytest.fixture
def newsletter(vendor):
    return vendor.lists[0]


@pytest.fixture
def call(vendor):
    return Caller(vendor, vendor.tokens().access_token)
