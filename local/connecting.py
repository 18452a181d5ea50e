"""An account that is connected by the HTTP API alone, for tests and measurements that are not about the command line."""

from typing import Any

from local.stack import Api
from simulators import browser

type Json = dict[str, Any]


def connect(admin: Api, description: str) -> Json:
    """Ask for an authorization and consent to it, as the account's owner would in a browser."""
    asked = admin.post("/authorizations", {"description": description})
    status, page = browser.consent(asked["authorize_url"])
    found: Json = admin.get(f"/authorizations/{asked['id']}")
    if found["status"] != "active":
        raise RuntimeError(f"the account was not connected: {status}\n{page}")
    return found


def choose(admin: Api, authorization_id: str) -> tuple[Json, list[Json]]:
    """The account's first client and its lists."""
    clients = f"/authorizations/{authorization_id}/clients"
    client = admin.get(clients)["items"][0]
    return client, admin.get(f"{clients}/{client['id']}/lists")["items"]
