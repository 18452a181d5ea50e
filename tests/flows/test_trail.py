"""One record is followed by its ids in the logs, through every function that has it in hand."""

import json

import pytest

from simulators.campaign_monitor.generator import World
from tests.deliveries import make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import listener, path_of, post
from tests.flows.importing import Stage
from tests.flows.logged import logged

TINY = World(clients=1, lists=1, subscribers=8, campaigns=1, activity=10, recipients=3, journeys=0)
BOTH = World(clients=1, lists=1, subscribers=3, campaigns=0, activity=0, journeys=0)
PERSON = "followed@example.com"


@pytest.fixture
def log(capsys):
    """Every line of the functions, those that the receiver prints among them, in no order."""
    printed = []

    def told():
        printed.extend(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
        return [*(line for line in printed if "origin" in line), *lines()]

    with logged() as lines:
        yield told


def lines_of(log, **ids):
    return [line for line in log() if ids.items() <= line.items()]


def seen(lines):
    """What lines tell: of what, and by which task."""
    return sorted((line["message"], line.get("task", "")) for line in lines)


def test_a_delivery_is_followed_from_the_post_to_its_rows_and_to_the_look_that_it_causes(log):
    with listener() as product:
        post(product, make_event("Update", email=PERSON))
        product.pump()
        (first,) = [line for line in log() if line["message"] == "delivery"]

        lines = lines_of(log, origin=first["origin"])

        assert seen(lines) == [("delivery", ""), ("handled", ""), ("handled", "look")]
        assert {line["job"] for line in lines} == {product.job_id}
        assert first["origin"] == first["request_id"]
        assert first["gateway_request_id"] != first["origin"]
        others = {line["request_id"] for line in lines} - {first["request_id"]}
        assert len(others) == 2  # invocations of two more functions


def test_rows_that_a_look_brings_come_from_the_delivery(log):
    with listener() as product:
        person = product.list.in_state("Active")[0]
        post(product, make_event("Update", email=person.email))
        product.pump()

        (first,) = [line for line in log() if line["message"] == "delivery"]
        assert seen(lines_of(log, origin=first["origin"])) == [
            ("delivery", ""),
            ("handled", ""),  # the rows of the delivery
            ("handled", ""),  # those of the look
            ("handled", "look"),
        ]


def test_a_page_of_an_import_is_followed_from_the_call_that_started_it_to_its_rows(log):
    with Stage(TINY) as stage:
        stage.begin()
        (call,) = lines_of(log, message="called", kind="POST /imports")
        stage.pump()
        run = stage.job["run"]["id"]

        lines = lines_of(log, job=stage.job_id, run=run)
        units = [line["unit"] for line in lines if "unit" in line and line["message"] == "handled"]
        bulk = [unit for unit in units if "/rows" in unit]

        assert (call["job"], call["result"]) == (stage.job_id, 201)
        assert {line["origin"] for line in lines} == {call["request_id"]}
        assert {line["task"] for line in lines if "task" in line} >= {"plan", "list", "page", "close"}
        assert bulk
        assert {unit.rpartition("/rows")[0] for unit in bulk} <= set(units)
        assert sorted(units) == sorted(set(units))


def test_a_run_that_a_schedule_began_has_the_origin_of_its_message(log):
    with Stage(TINY) as stage:
        stage.imported(keep_updated=True)
        stage.tick()
        run = stage.job["run"]["id"]

        (tick,) = lines_of(log, task="scheduled")
        assert tick["origin"] == tick["message_id"]
        assert {line["origin"] for line in lines_of(log, run=run)} == {tick["origin"]}


def test_a_trigger_is_followed_from_the_post_to_the_sending_and_to_what_comes_again(log):
    with exporting() as stage:
        export = stage.start("vip")
        stage.vendor.faults.script("500", "POST .*/import.json", times=1)
        stage.lytics.enter(PERSON, "vip")
        stage.run()
        (first,) = [line for line in log() if line["message"] == "trigger" and line["Accepted"]]

        lines = lines_of(log, origin=first["origin"], job=export)

        assert PERSON in stage.audiences()
        assert seen(lines)[-1] == ("trigger", "")
        assert len(lines) >= 3  # the POST, the first try, the second


def test_messages_that_are_handled_together_are_told_one_by_one_under_one_invocation(log):
    with exporting() as stage:
        export = stage.start("vip")
        for number in range(3):
            stage.lytics.enter(f"person{number}@example.com", "vip")
            stage.lytics.post_all_triggers()
        stage.product.pump()

        origins = [line["origin"] for line in log() if line["message"] == "trigger" and line["Accepted"]]
        lines = [one for one in lines_of(log, job=export, message="handled") if one["origin"] in origins]
        assert len(set(origins)) == 3
        assert sorted(line["origin"] for line in lines) == sorted(origins)
        assert len({line["request_id"] for line in lines}) == 1


def test_what_comes_again_is_told_with_its_ids(log):
    with Stage(TINY) as stage:
        stage.vendor.faults.script("500", "GET .*/active", times=1)
        stage.imported()

        (waits,) = [line for line in log() if line["message"] == "a run waits"]
        assert (waits["job"], waits["run"]) == (stage.job_id, stage.job["run"]["id"])
        assert (waits["task"], waits["reason"] != "") == ("page", True)


def test_nothing_personal_and_no_key_is_in_any_line(log):
    with listener() as product:
        key = path_of(product, product.list).rpartition("/")[2]
        people = [person.email for person in product.list.people.values()]
        post(product, *(make_event("Update", email=email) for email in people[:4]))
        product.gateway.call("DELETE", f"/profiles/{people[0]}")
        body = json.dumps(
            {"job": PERSON, "run": f"x\n{PERSON}", "unit": PERSON, "task": PERSON, "origin": PERSON}
        )
        for queue in ("PagesQueue", "RowsQueue", "BulkQueue", "ChangesQueue"):
            product.sqs.send_message(QueueUrl=product.names[queue], MessageBody=body)
        product.pump()

        told = json.dumps(log())
        assert len(log()) > 10
        assert [text for text in (key, "@", *people) if text in told] == []


def test_what_is_no_message_of_ours_is_told_by_its_own_id(log):
    with listener() as product:
        sent = product.sqs.send_message(QueueUrl=product.names["RowsQueue"], MessageBody="{")
        product.pump()

        lines = [
            one for one in lines_of(log, message_id=sent["MessageId"]) if "comes again" in one["message"]
        ]
        assert {line["origin"] for line in lines} == {sent["MessageId"]}
