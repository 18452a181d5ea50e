"""What the system does by itself is in the audit log, once for each change: where a person asks who did it."""

import json

import pytest

from lytics_cm.errors import Throttled
from simulators.browser import consent
from simulators.campaign_monitor.generator import World
from tests.flows.exporting import exporting
from tests.flows.importing import Stage

TINY = World(clients=1, lists=1, subscribers=8, campaigns=1, activity=10, recipients=3, journeys=0)


@pytest.fixture
def stage():
    with Stage(TINY) as stage:
        yield stage.imported(keep_updated=True)


def told(gateway):
    """The events of the system, the oldest first: kind, job and subject."""
    items = gateway.get("/events", limit="500").json["items"]
    mine = [one for one in reversed(items) if "/" not in one["kind"]]
    assert [one for one in mine if one["who"] or one["from"] or one["result"] is not None] == []
    return [(one["kind"], one["job"], one["subject"]) for one in mine]


def test_an_import_that_fails_run_after_run_is_told_once_and_that_it_works_again(stage):
    before = told(stage.product.gateway)
    stage.vendor.faults.script("code", "GET .*suppressionlist", code=1, message="No", times=99)
    for _ in range(3):
        stage.tick()
        stage.product.later(hours=1)
    stage.vendor.faults.clear()
    for _ in range(2):
        stage.tick()

    job = stage.job_id
    assert before == []
    assert told(stage.product.gateway) == [("import.failed", job, job), ("import.recovered", job, job)]


def test_an_account_that_is_revoked_is_told_once_and_each_job_that_fails_for_it(stage):
    stage.vendor.account.grants.revoke()
    stage.tick()
    stage.tick()

    job = stage.job_id
    assert sorted(told(stage.product.gateway)) == [
        ("authorization.revoked", None, stage.authorization),
        ("import.failed", job, job),
    ]
    url = stage.product.gateway.post(f"/authorizations/{stage.authorization}/reconnect").json["authorize_url"]
    consent(url)
    stage.pump()
    assert stage.job["status"] == "scheduled"
    assert len(told(stage.product.gateway)) == 2  # what people did is told as theirs


def test_a_webhook_that_was_dead_or_gone_is_told_when_it_is_there_again(stage):
    hooks = stage.lists[0].webhooks
    stage.tick()
    quiet = told(stage.product.gateway)
    next(iter(hooks.values())).active = False
    stage.tick()
    dead = told(stage.product.gateway)
    hooks.clear()
    stage.tick()
    stage.tick()

    restored = ("webhook.restored", stage.job_id, stage.lists[0].id)
    assert (quiet, dead) == ([], [restored])
    assert told(stage.product.gateway) == [restored, restored]


def test_new_urls_and_a_stop_of_a_person_are_no_restoring(stage):
    stage.post("rotate-webhooks")
    stage.pump()
    stage.post("stop")
    stage.pump()
    stage.post("start")
    stage.pump()
    stage.tick()

    assert stage.lists[0].webhooks
    assert told(stage.product.gateway) == []


def test_a_brake_is_told_once_however_many_messages_meet_it():
    with exporting(parameters={"BrakePeople": "1500"}) as stage:
        export = stage.start("vip")
        now = int(stage.product.clock.now() * 1000) - 10_000
        stage.tell(export, *people("enter", 1200, now))
        stage.run()
        stage.tell(export, *people("exit", 1100, now + 5000))
        stage.run(twice=True)

        assert stage.job(export)["status"] == "stopped"
        assert told(stage.api) == [("export.braked", export, export)]


def people(event, count, at):
    return [
        {"email": f"p{number}@example.com", "slug": "vip", "event": event, "at": at + number, "fields": {}}
        for number in range(count)
    ]


def test_an_export_whose_list_is_gone_has_failed_and_one_whose_field_is_gone_was_mended():
    with exporting() as stage:
        export = stage.start("vip")
        stage.list.fields.clear()
        daily(stage)
        daily(stage)
        mended = told(stage.api)
        stage.vendor.clients[0].lists.pop(stage.list.id)
        stage.lytics.enter("ann@example.com", "vip")
        stage.run()
        stage.lytics.enter("bob@example.com", "vip")
        stage.run()

        assert mended == [("export.list_mended", export, stage.list.id)]
        assert told(stage.api) == [*mended, ("export.failed", export, export)]


def daily(stage):
    body = json.dumps({"export": "*", "task": "daily"})
    stage.product.sqs.send_message(QueueUrl=stage.product.names["ChangesQueue"], MessageBody=body)
    stage.run()


def test_what_was_done_stays_done_when_the_log_cannot_be_written(stage):
    refused = []

    def refuse(service, operation):
        if (service, operation) == ("dynamodb", "PutItem"):
            refused.append(operation)
            raise Throttled("AWS cannot do PutItem now")

    stage.vendor.faults.script("code", "GET .*suppressionlist", code=1, message="No", times=9)
    stage.product.quick.before.append(refuse)
    stage.tick()
    stage.product.quick.before.remove(refuse)

    assert stage.job["status"] == "failed"
    assert refused
    assert told(stage.product.gateway) == []
