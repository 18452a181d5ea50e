"""One record is followed through the functions' logs by its ids, as docs/operations.md says."""

import json
import time

import pytest
import requests

from lytics_cm.web import rfc3339
from tests.deliveries import make_body, make_event
from tests.e2e.runs import finished, until

FOLLOWED = "followed@example.com"


def lines(up, **ids):
    """What the functions have logged with these ids, in no order."""
    told = (json.loads(line) for line in up.logs() if line.startswith("{"))
    return [line for line in told if all(line.get(name) == text for name, text in ids.items())]


def services(found):
    return {line["service"] for line in found}


@pytest.fixture(scope="module")
def imported(up, admin, account):
    """An import of one list, and the answer to the call that started it."""
    listed = account.lists[0]
    body = {"authorization_id": account.authorization_id, "client_id": account.client["id"]}
    answer = admin.call("POST", "/imports", {**body, "list_ids": [listed["id"]]})
    yield answer, finished(admin, answer.json())
    admin.call("DELETE", f"/imports/{answer.json()['id']}")


def test_a_page_is_followed_from_the_call_that_started_the_import_to_its_rows(up, imported):
    answer, job = imported
    origin = answer.headers["X-Request-Id"]

    found = lines(up, origin=origin)
    batch = next(line for line in found if line["service"] == "bulk" and "/rows" in line.get("unit", ""))
    page = batch["unit"].rpartition("/rows")[0]

    assert services(found) == {"import", "page", "bulk"}
    assert (batch["job"], batch["run"]) == (job["id"], job["run"]["id"])
    assert services(lines(up, run=job["run"]["id"], unit=page)) == {"page"}
    (called,) = [line for line in found if line["message"] == "called"]
    assert (called["kind"], called["job"]) == ("POST /imports", job["id"])


def test_a_delivery_is_followed_to_its_rows_and_to_the_look_that_it_causes(up, vendor, account, imported):
    _, job = imported
    lists = vendor("/_state")["clients"][0]["lists"]
    hooks = next(one["webhooks"] for one in lists if one["id"] == account.lists[0]["id"])
    ours = {hook["webhook_id"] for hook in job["webhooks"]}
    url = next(hook["url"] for hook in hooks if hook["id"] in ours)

    posted = requests.post(
        url, data=make_body(account.lists[0]["id"], [make_event("Update", email=FOLLOWED)]), timeout=60
    )

    def followed():
        first = [line for line in lines(up, message="delivery", job=job["id"]) if line["Accepted"]]
        return services(lines(up, origin=first[0]["origin"])) if first else set()

    until(lambda: followed() == {"webhook", "rows", "page"}, 60)
    assert posted.ok
    assert followed() == {"webhook", "rows", "page"}


def test_a_trigger_is_followed_to_its_sending(up, admin, account):
    audience = {"slug": "vip"}
    wanted = {"authorization_id": account.authorization_id, "list_id": account.lists[1]["id"]}
    export = admin.post("/exports", {**wanted, "audiences": [audience]})
    until(lambda: admin.get(f"/exports/{export['id']}")["status"] == "running")
    path = export["audience_webhook_url"].removeprefix(up.deployment.url)
    entered = {**audience, "event": "enter", "enter": rfc3339(int(time.time() * 1000))}

    posted = up.public.post(path, [{"data": {"email": FOLLOWED, "segment_events": [entered]}}])
    until(lambda: admin.get(f"/exports/{export['id']}")["counts"]["added"] == 1, 30)
    (first,) = lines(up, message="trigger", job=export["id"])
    until(lambda: services(lines(up, origin=first["origin"])) == {"webhook", "changes"}, 20)

    found = lines(up, origin=first["origin"], job=export["id"])
    admin.call("DELETE", f"/exports/{export['id']}")
    assert posted == {"accepted": 1}
    assert services(found) == {"webhook", "changes"}


def test_no_address_and_no_key_is_in_any_log(up, vendor, account):
    told = "\n".join(up.logs())

    lists = vendor("/_state")["clients"][0]["lists"]
    people = [
        person["email"]
        for one in account.lists
        for person in vendor(f"/_state/lists/{one['id']}")["subscribers"]
    ]
    keys = [hook["url"].rpartition("/")[2] for one in lists for hook in one["webhooks"]]
    assert people
    assert [text for text in (FOLLOWED, up.deployment.token, *keys, *people) if text in told] == []
