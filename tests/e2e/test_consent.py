"""A person says No: a minute after the run that learns it nothing of their opens is left, in the raw items either."""

import time
from datetime import datetime, timedelta
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import requests

from profile_app.profiles.leaves import Leaf
from tests.e2e.runs import finished, until

OPENS = 500
TRACKING = ("open", "click")
LEARNED_BY_OPENS = (
    "cm_openct",
    "cm_clickct",
    "cm_lastopen_ts",
    "cm_hourlyopen",
    "cm_monthly",
    "hashedurls",
    "city",
)
SECONDS = 60


@pytest.fixture(scope="module")
def control(up):
    def ask(*actions):
        answer = requests.post(f"{up.vendors.campaign_monitor}/_control", json={"do": actions}, timeout=600)
        assert answer.ok, answer.text

    return ask


@pytest.fixture(scope="module")
def reader(up, admin, vendor, account, control):
    """An active person of a list with an import of its own, who opened a campaign five hundred times."""
    for job in admin.get("/imports")["items"]:
        admin.call("DELETE", f"/imports/{job['id']}")
    (client,) = [one for one in vendor("/_state")["clients"] if one["id"] == account.client["id"]]
    campaign = max(client["campaigns"], key=lambda one: one["sent"])
    lists = {listed["id"] for listed in account.lists}
    listed = (
        next(one for one in campaign["lists"] if one in lists)
        if "lists" in campaign
        else account.lists[0]["id"]
    )
    people = vendor(f"/_state/lists/{listed}")["subscribers"]
    email = next(one["email"] for one in people if one["state"] == "Active" and one["email"].isascii())
    sent = datetime.fromisoformat(campaign["sent"])
    times = [f"{sent + timedelta(minutes=minute):%Y-%m-%d %H:%M}" for minute in range(OPENS)]
    control(
        {"action": "decide", "list": listed, "email": email, "consent": "Yes", "silently": True},
        {
            "action": "happen",
            "campaign": campaign["id"],
            "kind": "open",
            "email": email,
            "at": times,
            "list_id": listed,
        },
    )
    body = {"authorization_id": account.authorization_id, "client_id": account.client["id"]}
    job = finished(admin, admin.post("/imports", {**body, "list_ids": [listed], "keep_updated": True}))
    assert job["run"]["status"] == "succeeded", job
    yield SimpleNamespace(email=email.lower(), told=email, list=listed, job=job, client=client["id"])
    admin.call("DELETE", f"/imports/{job['id']}")


def left_of(up, email):
    """What is stored of a person's opens and clicks, in the tables' raw items."""
    dynamodb = up.client("dynamodb")
    key = {":email": {"S": email}}
    query = {
        "KeyConditionExpression": "email = :email",
        "ExpressionAttributeValues": key,
        "ConsistentRead": True,
    }
    pages = dynamodb.get_paginator("query").paginate(TableName=up.output("RowsTable"), **query)
    leaves = [Leaf.of(item) for page in pages for item in page["Items"]]
    plain = dynamodb.get_item(
        TableName=up.output("ProfilesTable"), Key={"email": {"S": email}}, ConsistentRead=True
    )
    fields = plain.get("Item", {}).get("fields", {}).get("M", {})
    rows = [row for leaf in leaves for row in leaf.facts if row.fields["event"] in TRACKING]
    return len(rows), sorted(fields.keys() & set(LEARNED_BY_OPENS))


def run_again(admin, reader):
    admin.post(f"/imports/{reader.job['id']}/run")
    return finished(admin, reader.job)["run"]


def test_within_a_minute_nothing_of_a_persons_opens_is_left(up, admin, reader, control):
    path = f"/profiles/{quote(reader.email)}"
    assert admin.get(path)["fields"]["cm_openct"] >= OPENS
    up.settle("Rows", "Bulk")
    assert left_of(up, reader.email)[0] >= OPENS
    quiet = run_again(admin, reader)

    control(
        {"action": "decide", "list": reader.list, "email": reader.told, "consent": "No", "silently": True}
    )
    learned = run_again(admin, reader)
    began = time.monotonic()
    until(lambda: left_of(up, reader.email) == (0, []), seconds=SECONDS)
    took = time.monotonic() - began

    print(
        f"nothing is left {took:.1f} s after the run; {learned['calls']} calls, {quiet['calls']} of a run before"
    )
    assert left_of(up, reader.email) == (0, [])
    assert learned["calls"] <= quiet["calls"] + 1
    assert not admin.call("GET", path).json().get("fields", {}).keys() & set(LEARNED_BY_OPENS)
    shown = admin.call("GET", f"{path}/rows?limit=1000").json().get("items", [])
    assert not [row for row in shown if row["fields"].get("event") in TRACKING]
    (client,) = admin.get(f"{path}/consent")["clients"]
    values = [one["value"] for one in client["observations"]]
    assert (values[0], values[-1], values.count("no")) == ("yes", "no", 1)
    up.settle("Rows", "Bulk", "Pages")
    assert left_of(up, reader.email) == (0, [])
