"""How the whole system is, asked through the front door: every part, and a remedy for everything that needs a person."""

import json
import time
import tomllib
from pathlib import Path
from threading import Event

import boto3
import pytest

from simulators.campaign_monitor import fields
from simulators.campaign_monitor.generator import World
from tests.contract import check_system
from tests.deliveries import make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import path_of, post
from tests.product import Product

ROOT = Path(__file__).parents[2]
QUIET = World(clients=1, lists=2, subscribers=12, campaigns=0, activity=0, journeys=0)
TWO_SECONDS = 2
HOUR_MS = 3_600_000


@pytest.fixture
def product():
    """A connected account whose client is kept up to date."""
    with Product(scenario=QUIET) as product:
        product.authorization = product.connect()
        client = product.vendor.clients[0]
        more = {"keep_updated": True, "every_minutes": 30, "description": "Main import"}
        product.job_id = product.start_import(product.authorization, client.id, **more)
        product.pump()
        product.list = next(iter(client.lists.values()))
        yield product


def asked(product):
    answer = product.gateway.get("/system")
    assert answer.status == 200, answer.body
    check_system(answer.json)
    return answer.json


def the_problem(product):
    (problem,) = asked(product)["problems"]
    return problem


def solve(product, problem, body=None):
    """Call the route that a problem names."""
    method, path = problem["route"].split(" ")
    answer = product.gateway.call(method, path, body=json.dumps(body or {}))
    assert answer.status < 300, answer.body
    return answer


def give_up(product, queue, letters):
    """Let messages of a queue fail five times: they lie aside."""
    queues = product.quick.sqs.queues
    queue, letters = queues[product.names[queue]], product.names[letters]
    for message in queue:
        message.entered_at = product.clock.now()
    queues[letters] += queue
    product.quick.sqs.used.add(letters)
    queue.clear()


def main_import(product):
    return {"id": product.job_id, "kind": "import", "name": "Main import"}


def test_a_healthy_system_tells_every_part_and_no_problem(product):
    told = asked(product)

    lists = sorted(one.title for one in product.vendor.clients[0].lists.values())
    job = product.job(product.job_id)
    (first, *own) = told["schedules"]
    (authorization,) = told["authorizations"]
    assert (told["healthy"], told["problems"]) == (True, [])
    assert [one["name"] for one in told["queues"]] == ["rows", "bulk", "pages", "changes"]
    assert {name: told["webhooks"][name] for name in ("registered", "alive", "unconfirmed", "dead")} == {
        "registered": 2,
        "alive": 2,
        "unconfirmed": 0,
        "dead": 0,
    }
    assert sorted(one["list"]["name"] for one in told["webhooks"]["lists"]) == lists
    assert first == {
        "name": f"import-{product.job_id}",
        "job": main_import(product),
        "every_minutes": 30,
        "next_run_at": job["next_run_at"],
        "on": True,
    }
    assert [(one["job"], one["every_minutes"], one["on"]) for one in own] == [(None, 1440, True)] * 2
    assert (authorization["id"], authorization["status"]) == (product.authorization, "active")
    assert {one["state"] for one in told["alarms"]} == {"OK"}
    assert [(one["name"], one["limit"]) for one in told["quotas"]] == [
        ("lambda_executions", 1000),
        ("sqs_messages_in_flight", 120_000),
        ("campaign_monitor_calls", 2),
    ]


def test_the_version_is_that_of_the_project(product):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert asked(product)["version"] == project["version"]


def test_a_queue_tells_what_waits_and_how_long_the_oldest_has(product):
    post(product, make_event(email="jane@example.com"))
    product.later(seconds=90)
    post(product, make_event(email="joe@example.com"))

    rows = next(one for one in asked(product)["queues"] if one["name"] == "rows")

    assert (rows["waiting"], rows["in_flight"], rows["delayed"], rows["dead_letters"]) == (2, 0, 0, 0)
    assert 90 <= rows["oldest_seconds"] < 100


def test_of_a_queue_without_messages_nobody_asks_how_old_they_are(product):
    asked(product)
    idle = list(product.quick.cloudwatch.asked)
    post(product, make_event(email="jane@example.com"))

    told = asked(product)["queues"]

    busy = [
        queue.split("-")[0] for _, *queues in product.quick.cloudwatch.asked[len(idle) :] for queue in queues
    ]
    assert idle == [("ConcurrentExecutions",)]
    assert "RowsQueue" in busy
    held = {one["name"]: one["waiting"] + one["in_flight"] + one["delayed"] for one in told}
    assert set(busy) == {f"{name.title()}Queue" for name, count in held.items() if count}


def test_dead_letters_are_one_problem_until_they_are_redriven(product):
    post(product, make_event(email="jane@example.com"))
    give_up(product, "RowsQueue", "RowsDeadLetterQueue")
    product.later(hours=1)

    problem, letters = the_problem(product), product.messages("RowsDeadLetterQueue")
    alarms = {one["name"].split("-")[2]: one["state"] for one in asked(product)["alarms"]}
    solve(product, problem)

    assert (problem["kind"], problem["route"]) == ("dead_letters", "POST /dead-letters/rows/redrive")
    assert problem["what"] == "1 message of the queue rows failed five times"
    assert ms_ago(product, problem["since"]) == pytest.approx(HOUR_MS, abs=5000)
    assert alarms["RowsDeadLetterAlarm"] == "ALARM"
    assert (product.messages("RowsQueue"), asked(product)["healthy"]) == (letters, True)


def ms_ago(product, moment):
    from datetime import datetime  # noqa: PLC0415 - the clock of the product counts, not this module's

    return (product.clock.now() - datetime.fromisoformat(moment).timestamp()) * 1000


def test_a_schedule_that_is_gone_is_made_anew_by_the_route_that_is_told(product):
    scheduler = boto3.client("scheduler")
    name = {"Name": f"import-{product.job_id}", "GroupName": product.names["ScheduleGroup"]}
    scheduler.delete_schedule(**name)

    problem = the_problem(product)
    solve(product, problem, {"every_minutes": 30})

    assert (problem["kind"], problem["job"]) == ("schedule_missing", main_import(product))
    assert scheduler.get_schedule(**name)["ScheduleExpression"] == "rate(30 minutes)"
    assert asked(product)["healthy"]


def test_a_schedule_of_the_stack_that_somebody_switched_off_is_a_problem(product):
    scheduler = boto3.client("scheduler")
    found = scheduler.get_schedule(Name="DailyAge", GroupName="default")
    kept = {name: found[name] for name in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    scheduler.update_schedule(**kept, State="DISABLED")

    problem = the_problem(product)

    assert (problem["kind"], problem["job"], problem["route"]) == ("schedule_off", None, None)
    assert [one["on"] for one in asked(product)["schedules"]] == [True, True, False]


def test_a_webhook_that_cannot_be_repaired_is_dead_until_a_run_repairs_it(product):
    hook = next(iter(product.list.webhooks.values()))
    hook.active = False
    product.vendor.faults.script("code", "PUT .*/activate", code=601, message="Invalid webhook URL", times=2)
    run(product)
    problem = the_problem(product)

    told = asked(product)["webhooks"]
    product.vendor.faults.clear()
    solve(product, problem)
    product.pump()

    (dead,) = [one for one in told["lists"] if one["state"] == "dead"]
    assert dead["list"] == {"id": product.list.id, "name": product.list.title}
    assert (told["alive"], told["dead"]) == (1, 1)
    assert (problem["kind"], problem["job"]) == ("webhook_dead", main_import(product))
    assert asked(product)["healthy"]


def run(product):
    assert product.gateway.post(f"/imports/{product.job_id}/run").status == 202
    product.pump()


def test_webhooks_that_nobody_has_looked_at_for_days_are_unconfirmed_because_their_import_is_silent(product):
    product.later(days=3)

    told = asked(product)

    assert told["webhooks"]["unconfirmed"] == 2
    assert [one["kind"] for one in told["problems"]] == ["job_silent"]


def test_a_stopped_import_needs_neither_webhooks_nor_a_schedule(product):
    product.gateway.post(f"/imports/{product.job_id}/stop")

    told = asked(product)

    assert (told["healthy"], told["webhooks"]["lists"]) == (True, [])
    assert [one["job"] for one in told["schedules"]] == [None, None]


def test_a_revoked_account_is_one_problem_that_counts_the_jobs_that_wait_for_it(product):
    product.vendor.account.grants.revoke()
    run(product)

    problem = the_problem(product)

    (authorization,) = asked(product)["authorizations"]
    assert authorization["status"] == "revoked"
    assert authorization["message"]
    assert problem["kind"] == "authorization_revoked"
    assert problem["what"].endswith("any more; 1 of its jobs waits for it")
    assert "authorize_url" in solve(product, problem).json


def test_a_failed_import_says_why_and_can_be_started(product):
    product.vendor.faults.script("code", "GET .*/active", code=1, message="No", times=1)
    run(product)

    problem = the_problem(product)
    solve(product, problem)
    product.pump()

    assert (problem["kind"], problem["job"]) == ("job_failed", main_import(product))
    assert problem["what"].startswith('import "Main import" has failed: not everything could be read')
    assert asked(product)["problems"] == []


def test_an_export_that_lost_a_mapped_field_is_impaired_and_one_whose_list_is_gone_has_failed():
    with exporting() as stage:
        city = fields.add(stage.list, "City", "Text")
        export = stage.start("vip", field_mappings={"city": "City"}, description="VIPs")
        stage.list.fields.remove(city)
        body = json.dumps({"export": "*", "task": "daily"})
        stage.product.sqs.send_message(QueueUrl=stage.product.names["ChangesQueue"], MessageBody=body)
        stage.run()

        impaired = the_problem(stage.product)
        solve(stage.product, impaired, {"field_mappings": {}})
        stage.run()
        stage.api.post(f"/exports/{export}/stop")
        stage.vendor.faults.script("code", "GET .*/lists/", code=101, message="Invalid ListID", times=50)
        stage.api.post(f"/exports/{export}/start")
        stage.run()
        stage.vendor.faults.clear()
        failed = the_problem(stage.product)
        solve(stage.product, failed)
        stage.run()

        job = {"id": export, "kind": "export", "name": "VIPs"}
        assert (impaired["kind"], impaired["job"]) == ("job_impaired", job)
        assert "the list has no field 'City' any more" in impaired["what"]
        assert (failed["kind"], failed["job"]) == ("job_failed", job)
        assert "Invalid ListID" in failed["what"]
        assert asked(stage.product)["healthy"]


def test_an_alarm_of_another_stack_is_not_told(product):
    watched = {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Threshold": 0}
    cloudwatch = product.quick.cloudwatch
    cloudwatch.others = {f"lytics-cm{rest}-PagesAlarm-1A2B3C4D5E6F": watched for rest in ("-2", "2", "-x-y")}
    for name in cloudwatch.others:
        cloudwatch.switch(name, "ALARM")

    told = asked(product)

    assert (told["healthy"], len(told["alarms"])) == (True, len(cloudwatch.alarms))


def test_an_alarm_that_no_depth_explains_is_a_problem_with_its_reason(product):
    (name,) = [one for one in product.quick.cloudwatch.alarms if "PageLoop" in one]
    product.quick.cloudwatch.switch(name, "ALARM", "1 datapoint was greater than the threshold")

    problem = the_problem(product)

    assert (problem["kind"], problem["route"]) == ("alarm", None)
    assert problem["what"] == f"the alarm {name} is on: 1 datapoint was greater than the threshold"
    assert ms_ago(product, problem["since"]) < 60_000


def test_executions_that_are_nearly_used_up_are_a_problem(product):
    for used, kinds in ((899, []), (900, ["quota"])):
        product.quick.cloudwatch.executions = used

        told = asked(product)

        assert (told["quotas"][0]["used"], [one["kind"] for one in told["problems"]]) == (used, kinds)


MISSING = {
    "sqs": ({"queues"}, 1),
    "cloudwatch": ({"alarms"}, 2),
    "lambda": (set(), 1),
    "dynamodb": ({"authorizations", "webhooks", "schedules"}, 4),
}
"""By the service that refuses: the parts that are null, and how many are told as unreadable."""


def test_a_part_that_cannot_be_read_is_null_and_named_and_the_rest_is_told(product):
    for service, (missing, unread) in MISSING.items():
        product.quick.denied = {service}

        told = asked(product)

        assert {name for name, part in told.items() if part is None} == missing, service
        assert [one["kind"] for one in told["problems"]] == ["unreadable"] * unread, service
        assert all("AccessDenied" in one["what"] for one in told["problems"])


def test_a_service_that_does_not_answer_costs_its_part_and_no_more_time(product):
    product.quick.before.append(lambda service, _: service == "cloudwatch" and Event().wait(3))
    began = time.monotonic()

    told = asked(product)

    assert time.monotonic() - began < TWO_SECONDS
    assert told["alarms"] is None
    assert told["queues"]
    assert "no answer within" in told["problems"][0]["what"]


MAIL = {"AlarmEmail": "ops@example.com"}
HOOK = {"AlarmWebhookUrl": "https://hooks.example.com/x"}


@pytest.mark.parametrize(
    ("parameters", "kinds"),
    [({}, ["alerts_reach_nobody"]), (HOOK, ["alerts_without_mail"]), (MAIL, []), (MAIL | HOOK, [])],
    ids=["nobody", "webhook alone", "mail alone", "both"],
)
def test_a_stack_whose_alerts_miss_somebody_warns_and_is_healthy(parameters, kinds):
    with Product(scenario=QUIET, parameters=parameters) as product:
        told = asked(product)

    assert (told["healthy"], [one["kind"] for one in told["warnings"]]) == (True, kinds)
    assert all("AlarmEmail" in one["remedy"] for one in told["warnings"])


def test_a_run_that_waits_for_the_vendor_is_a_warning_until_it_goes_on(product):
    product.vendor.faults.rates = {"503": 1.0}
    product.gateway.post(f"/imports/{product.job_id}/run")
    began = product.clock.now()
    product.pump(until=lambda: product.job(product.job_id)["run"]["waiting"])
    took = product.clock.now() - began
    told, waiting = asked(product), product.job(product.job_id)["run"]["waiting"]
    product.vendor.faults.clear()
    product.pump()

    (warning,) = (one for one in told["warnings"] if one["kind"] == "waiting")
    assert (told["healthy"], warning["job"], warning["since"]) == (
        True,
        main_import(product),
        waiting["since"],
    )
    assert "waits: Campaign Monitor" in warning["what"]
    assert waiting["next_try_at"] in warning["remedy"]
    assert took < 60
    assert "waiting" not in {one["kind"] for one in asked(product)["warnings"]}


def test_an_export_that_waits_for_a_vendor_is_a_warning():
    with exporting() as stage:
        answer = stage.create("vip", description="VIPs")
        stage.vendor.faults.rates = {"503": 1.0}
        job = answer.json
        stage.product.pump(until=lambda: stage.job(job["id"])["message"])
        told = stage.api.get("/system").json
        stage.vendor.faults.clear()
        stage.product.pump()

        (warning,) = (one for one in told["warnings"] if one["kind"] == "waiting")
        assert warning["job"] == {"id": job["id"], "kind": "export", "name": "VIPs"}
        assert stage.job(job["id"])["status"] == "running"
        assert "waiting" not in {one["kind"] for one in stage.api.get("/system").json["warnings"]}


def test_an_export_that_cannot_send_is_a_warning_with_since_when():
    with exporting() as stage:
        export = stage.start("vip")
        stage.vendor.faults.rates = {"503": 1.0}
        stage.lytics.enter("jane@example.com", "vip")
        stage.lytics.post_all_triggers()
        stage.product.pump(until=lambda: stage.job(export)["waiting"])
        told, waiting = stage.api.get("/system").json, stage.job(export)["waiting"]
        stage.vendor.faults.clear()
        stage.product.pump()

        (warning,) = (one for one in told["warnings"] if one["kind"] == "waiting")
        assert (warning["since"], waiting["reason"] in warning["what"]) == (waiting["since"], True)
        assert "waiting" not in {one["kind"] for one in stage.api.get("/system").json["warnings"]}


def test_neither_a_token_nor_an_address_nor_a_key_is_told(product):
    post(product, make_event(email="jane@example.com"))
    give_up(product, "RowsQueue", "RowsDeadLetterQueue")
    key = path_of(product, product.list).rpartition("/")[2]

    told = product.gateway.get("/system").body

    grants = product.vendor.account.grants
    assert [text for text in (*grants.access, *grants.refresh, key, "jane", "@") if text in told] == []


def test_the_description_is_public_and_is_sent_once():
    with Product(scenario=QUIET) as product:
        product.gateway.token = None
        first = product.gateway.get("/openapi.json")
        tag = first.headers["ETag"]
        again = product.gateway.call("GET", "/openapi.json", headers={"If-None-Match": f'W/"x", {tag}'})
        other = product.gateway.call("GET", "/openapi.json", headers={"If-None-Match": '"x"'})

    assert first.json["openapi"].startswith("3.1")
    assert (first.status, first.headers["Cache-Control"]) == (200, "public, max-age=300")
    assert first.headers["Content-Type"] == "application/json"
    assert (again.status, again.body, again.headers["ETag"]) == (304, "", tag)
    assert (other.status, other.body) == (200, first.body)
