"""How the deployed system is, its dead letters, and the description of its API."""

import json
import time

import pytest

from tests.contract import check_system
from tests.e2e.runs import import_all, until

PERSON = "laid.aside@example.com"
TWO_SECONDS = 2


@pytest.fixture(scope="module")
def kept(up, admin, account):
    """An import that is kept up to date."""
    job = import_all(admin, account, keep_updated=True)
    yield job
    admin.call("DELETE", f"/imports/{job['id']}")


def test_every_part_of_the_system_is_told_within_two_seconds(up, admin, kept):
    admin.get("/system")
    began = time.monotonic()

    told = admin.get("/system")

    took = time.monotonic() - began
    check_system(told)
    assert told["problems"] == []
    assert [name for name, part in told.items() if part is None] == []
    assert sorted(alarm["name"].split("-")[2] for alarm in told["alarms"]) == sorted(alarms(up))
    jobs = admin.get("/imports")["items"]  # those of other tests, too
    assert kept["id"] in {job["id"] for job in jobs}
    hooks = sum(len(job["webhooks"]) for job in jobs)
    assert (told["webhooks"]["alive"], told["webhooks"]["dead"]) == (hooks, 0)
    periods = [job["every_minutes"] for job in jobs if job["status"] == "scheduled"]
    schedules = [(one["every_minutes"], one["on"]) for one in told["schedules"]]
    assert sorted(schedules) == sorted((minutes, True) for minutes in (*periods, 1440, 1440))
    assert took < TWO_SECONDS


def alarms(up):
    pages = up.client("cloudformation").get_paginator("list_stack_resources")
    return [
        one["LogicalResourceId"]
        for page in pages.paginate(StackName=up.deployment.name)
        for one in page["StackResourceSummaries"]
        if one["ResourceType"] == "AWS::CloudWatch::Alarm"
    ]


def test_dead_letters_are_told_and_come_back(up, admin):
    row = {"stream": "cm_activity", "ts": 1_709_640_000_000, "fields": {"email": PERSON, "event": "open"}}
    for _ in range(12):  # more than a batch; one row
        body = json.dumps({"rows": [row], "received_at": int(time.time() * 1000)})
        up.client("sqs").send_message(QueueUrl=up.output("RowsDeadLetterQueueUrl"), MessageBody=body)
    (problem,) = admin.get("/system")["problems"]

    listed = {one["queue"]: one for one in admin.get("/dead-letters")["items"]}
    answer = admin.call(*problem["route"].split(" "))
    until(lambda: admin.call("GET", f"/profiles/{PERSON}").ok)

    told = answer.json()
    assert (listed["rows"]["messages"], listed["bulk"]["messages"]) == (12, 0)
    assert {one["kind"] for one in listed["rows"]["sample"]} == {"rows"}
    assert (problem["kind"], answer.status_code) == ("dead_letters", 202)
    assert (told["queue"], told["moved"], told["remaining"], told["task"]) == ("rows", 12, 0, None)
    assert len(admin.get(f"/profiles/{PERSON}/rows")["items"]) == 1
    assert admin.get("/system")["problems"] == []


def test_the_description_is_public_and_sent_once(up):
    first = up.public.call("GET", "/openapi.json")
    again = up.public.call("GET", "/openapi.json", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, first.headers["Cache-Control"]) == (200, "public, max-age=300")
    assert first.json()["openapi"].startswith("3.1")
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_not_public_needs_the_token(up):
    assert up.public.call("GET", "/system").status_code == 401
    assert up.public.call("POST", "/dead-letters/rows/redrive").status_code == 401


def test_the_function_was_denied_nothing(up, kept):
    denied = [line for line in up.logs() if "AccessDenied" in line or "not authorized to perform" in line]

    assert denied == []
