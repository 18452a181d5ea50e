"""Every function does its work with what its role grants: IAM is evaluated here."""

import json
from urllib.parse import quote

import pytest

from local.stack import Api
from lytics_cm.store.erasures import digest_of
from tests.e2e.runs import finished, import_all, people, until


@pytest.fixture(scope="module")
def person(admin, vendor, account):
    import_all(admin, account)
    return max(people(vendor, account))


def schedules_of_imports(scheduler):
    return [one for one in scheduler.list_schedules()["Schedules"] if one["Name"].startswith("import-")]


def test_an_import_that_keeps_updated_has_a_schedule_and_webhooks_until_it_is_stopped(up, admin, account):
    body = {
        "authorization_id": account.authorization_id,
        "client_id": account.client["id"],
        "keep_updated": True,
    }
    job = finished(admin, admin.post("/imports", body))
    scheduler = up.client("scheduler")
    (schedule,) = schedules_of_imports(scheduler)

    changed = admin.call("PATCH", f"/imports/{job['id']}", {"every_minutes": 15})
    rate = scheduler.get_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])[
        "ScheduleExpression"
    ]

    assert job["status"] == "scheduled"
    assert len(job["webhooks"]) == len(account.lists)
    assert job["id"] in schedule["Name"]
    assert (changed.status_code, rate) == (200, "rate(15 minutes)")

    admin.post(f"/imports/{job['id']}/stop")

    assert schedules_of_imports(scheduler) == []
    admin.call("DELETE", f"/imports/{job['id']}")


def test_an_export_sets_up_its_list_and_sends_existing_users(up, admin, account):
    audiences = admin.get("/audiences")["items"]
    body = {
        "authorization_id": account.authorization_id,
        "list_id": account.lists[0]["id"],
        "audiences": [{"slug": audiences[0]["slug"]}],
        "existing_users": True,
    }
    job = admin.post("/exports", body)
    path = f"/exports/{job['id']}"

    until(lambda: admin.get(path)["counts"]["added"])

    counts = admin.get(path)["counts"]
    assert counts["failed"] == 0
    assert counts["added"] > 0

    admin.post(f"/exports/{job['id']}/stop")
    assert admin.call("DELETE", f"/exports/{job['id']}").status_code == 204


def test_a_trigger_of_lytics_reaches_the_list(up, admin, account):
    body = {
        "authorization_id": account.authorization_id,
        "list_id": account.lists[1]["id"],
        "audiences": [{"slug": "vip"}],
    }
    job = admin.post("/exports", body)
    trigger = {"data": {"email": "new.person@example.com", "name": "New", "segment_events": []}}

    answer = Api(job["audience_webhook_url"]).call("POST", "", trigger)

    assert answer.status_code == 200
    admin.post(f"/exports/{job['id']}/stop")
    up.settle("Changes")


def test_an_own_mapping_is_taken_projected_and_given_up(up, admin):
    before = admin.get("/streams/cm_user/mapping")

    text = next(value for value in before.values() if isinstance(value, str) and " AS " in value)
    changed = admin.call("PUT", "/streams/cm_user/mapping", {"mapping": text})
    admin.post("/streams/reproject")
    until(lambda: admin.get("/streams/reproject")["status"] == "completed")

    assert changed.ok, changed.text
    assert admin.get("/streams/reproject")["status"] == "completed"
    assert admin.call("DELETE", "/streams/cm_user/mapping").ok


def test_a_person_is_explained_listed_and_erased(admin, person):
    path = f"/profiles/{quote(person)}"

    assert admin.get(f"{path}/explain")
    assert admin.get(f"{path}/rows")["items"]
    assert admin.get(f"{path}/export")["profile"]["email"] == person
    assert admin.call("DELETE", path).status_code == 200
    assert admin.call("GET", path).status_code == 404


def test_an_erasure_is_settled_and_a_block_shown_and_lifted(up, admin):
    """What comes after an erasure is kept aside, until the message that waits a quarter of an hour tells it again."""
    email = "erased@example.com"
    admin.call("DELETE", f"/profiles/{email}?block=true")
    blocked = [one["email"] for one in admin.get("/blocks")["items"]]
    lifted = admin.call("DELETE", f"/blocks/{email}")
    row = {"stream": "cm_activity", "ts": 1_709_640_000_000, "fields": {"email": email, "event": "open"}}
    send(up, "Rows", {"rows": [row]})
    until(lambda: admin.call("GET", f"/profiles/{email}").ok)

    send(up, "Bulk", {"sweep": digest_of(email), "at": tombstone(up, email)["erased_at"], "last": True})
    until(lambda: "sealed" not in tombstone(up, email))
    until(lambda: admin.call("GET", f"/profiles/{email}").ok)

    assert (blocked, lifted.status_code) == ([email], 204)


def send(up, queue, message):
    up.client("sqs").send_message(QueueUrl=up.output(f"{queue}QueueUrl"), MessageBody=json.dumps(message))


def tombstone(up, email):
    key = {"job": {"S": f"erased#{digest_of(email)}"}, "item": {"S": "tombstone"}}
    found = up.client("dynamodb").get_item(TableName=up.output("JobsTable"), Key=key)["Item"]
    return {**found, "erased_at": int(found["erased_at"]["N"])}


def test_no_function_was_denied_anything(up, person):
    denied = [line for line in up.logs() if "AccessDenied" in line or "not authorized to perform" in line]

    assert denied == []
