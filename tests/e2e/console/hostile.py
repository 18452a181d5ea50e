"""A world whose names would run as programs, if anything took them for more than text."""

from types import SimpleNamespace

import requests

from local.stack import answered
from tests.e2e.runs import import_all

TIMEOUT_SECONDS = 30


def name(what):
    """A hostile name of something; as markup it would ask for a picture that there is not, and then run."""
    return f"<img src=x onerror=run('{what}')>"


def make(up, admin, account):
    """A list, a campaign, a person, an audience and jobs with such names, through the vendors and back."""
    vendor, lytics = up.vendors.campaign_monitor, up.vendors.lytics
    key = answered(requests.get(f"{vendor}/_state", timeout=TIMEOUT_SECONDS))["api_key"]
    lists = f"{vendor}/api/v3.3/lists/{account.client['id']}.json"
    made = requests.post(lists, json={"Title": name("list")}, auth=(key, "x"), timeout=TIMEOUT_SECONDS)
    list_id, person = answered(made), "hostile.name@example.com"
    today = answered(
        requests.get(f"{vendor}/api/v3.3/systemdate.json", auth=(key, "x"), timeout=TIMEOUT_SECONDS)
    )
    at = today["SystemDate"]
    told(vendor, {"do": [
        {"action": "subscribe", "list": list_id, "email": person, "name": name("person"), "at": at},
        {"action": "send_campaign", "client": account.client["id"], "name": name("campaign"), "lists": [list_id], "at": at},
    ]})  # fmt: skip
    *_, campaign = [
        each["id"]
        for each in answered(requests.get(f"{vendor}/_state", timeout=TIMEOUT_SECONDS))["clients"][0][
            "campaigns"
        ]
        if each["name"] == name("campaign")
    ]
    told(
        vendor,
        {"do": [{"action": "happen", "campaign": campaign, "kind": "open", "email": person, "at": at}]},
    )
    told(lytics, {"audiences": [{"slug": "hostile", "name": name("audience")}],
                  "place": [{"who": person, "slugs": ["hostile"]}]})  # fmt: skip
    an_import = import_all(
        admin, account, list_ids=[list_id], description=name("import"), tracking_consent="ignore"
    )
    export = admin.post(
        "/exports",
        {
            "authorization_id": account.authorization_id,
            "list_id": list_id,
            "audiences": [{"slug": "hostile"}],
            "existing_users": True,
            "description": name("export"),
        },
    )
    session = admin.post(
        "/sessions", {"name": name("session"), "role": "viewer", "hours": 1, "code": True, "code_hours": 1}
    )
    return SimpleNamespace(
        person=person,
        list_id=list_id,
        import_id=an_import["id"],
        export_id=export["id"],
        session_id=session["id"],
    )


def unmake(admin, world):
    for path in (
        f"/exports/{world.export_id}",
        f"/imports/{world.import_id}",
        f"/sessions/{world.session_id}",
        f"/profiles/{world.person}",
    ):
        assert admin.call("DELETE", path).ok


def told(simulator, what):
    return answered(requests.post(f"{simulator}/_control", json=what, timeout=TIMEOUT_SECONDS))
