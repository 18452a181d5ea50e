"""Exports and imports of one account share its turns, and who finds none comes again."""

import json
import os

import pytest

from tests.aws.functions import cold_start, handler_at, lambda_context
from tests.flows.exporting import exporting
from tests.flows.importing import meanwhile

MOST = 2


@pytest.fixture
def stage():
    with exporting() as made:
        os.environ["MAX_PARALLEL_CALLS"] = str(MOST)
        cold_start()
        yield made


def enter(stage, export, numbers, email="p{}@example.com"):
    at = int(stage.product.clock.now() * 1000) - 1000
    for number in numbers:
        change = {"slug": "vip", "event": "enter", "at": at, "fields": {}}
        stage.tell(export, {**change, "email": email.format(number)})


def taken_by_others(stage, seconds):
    """All turns are in other hands, which hold them for so long."""
    until = {"N": str(int(stage.product.clock.now() + seconds))}
    numbers = {"width": MOST, "strikes": 0, "credit": 0, "quiet_until": 0, "rev": 1}
    item = {name: {"N": str(value)} for name, value in numbers.items()}
    item |= {"job": {"S": f"pace#{stage.authorization}"}, "item": {"S": "pace"}}
    item |= {"leases": {"M": {f"other{number}": until for number in range(MOST)}}}
    stage.product.dynamodb.put_item(TableName="JobsTable", Item=item)


def test_exports_and_an_import_together_keep_to_the_accounts_turns(stage):
    lists = [stage.list, *(stage.vendor.account.add_list(stage.list.client, f"List {n}") for n in range(2))]
    exports = [stage.start("vip", list_id=one.id) for one in lists]
    for export in exports:
        enter(stage, export, range(40))
    stage.product.start_import(stage.authorization, stage.list.client.id)
    stage.vendor.faults.latency = 0.02
    stage.vendor.faults.rates = {"429": 0.1, "429-headers": 0.05}
    stage.vendor.peak_parallel = 0

    stage.product.pump(workers=6)

    stage.vendor.faults.clear()
    assert 1 < stage.vendor.peak_parallel <= MOST
    assert [len(stage.audiences(one)) for one in lists] == [40, 40, 40]
    assert stage.product.dead_letters() == {}


def test_who_finds_no_turn_comes_again_and_has_not_failed(stage):
    export = stage.start("vip")
    taken_by_others(stage, 170)
    stage.vendor.calls.clear()
    enter(stage, export, range(7))

    with stage.product.clock.sleepless():
        stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes")
    asked = list(stage.vendor.calls)
    (message,) = map(json.loads, stage.product.messages("ChangesQueue"))
    stage.run()

    assert asked == []
    assert (sorted(message["people"]), message["attempt"]) == (
        [f"p{number}@example.com" for number in range(7)],
        0,
    )
    assert len(stage.audiences()) == 7
    assert stage.counts(export) == {"added": 7, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}


def test_people_whom_nobody_could_ask_about_are_not_given_up_after_two_days(stage):
    export = stage.start("vip")
    enter(stage, export, [1])
    stage.vendor.faults.script("500", "import", times=1)
    stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes")
    stage.product.later(days=3)
    taken_by_others(stage, 170)

    stage.run()

    assert stage.counts(export) == {"added": 1, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
    assert stage.failures(export) == []


def test_a_person_who_makes_an_export_waits_for_no_turn_but_its_set_up_does_and_says_nothing(stage):
    taken_by_others(stage, 170)

    export = stage.create("vip").json["id"]
    with stage.product.clock.sleepless():
        stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes")
    waiting = stage.job(export)
    stage.run()

    assert (waiting["status"], waiting.get("message")) == ("starting", None)
    assert stage.job(export)["status"] == "running"


def test_a_refusal_of_one_export_silences_the_other_as_well(stage):
    second = stage.vendor.account.add_list(stage.list.client, "Second")
    one, other = stage.start("vip"), stage.start("vip", list_id=second.id)
    asked = []
    vendor = meanwhile(stage.vendor)
    vendor.when("import", lambda: asked.append(stage.product.clock.now()), times=2)
    vendor.script("429", "import", times=1)

    with stage.product.clock.sleepless():
        for export in (one, other):
            enter(stage, export, [1])
            stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes")

    refused, accepted = asked
    assert accepted - refused > 0.9
    assert (len(stage.audiences()), len(stage.audiences(second))) == (1, 1)


def test_late_in_a_workers_life_no_more_calls_are_made_and_the_rest_comes_again(stage):
    export = stage.start("vip")
    enter(stage, export, range(2500))
    records = [
        {"messageId": str(number), "body": body}
        for number, body in enumerate(stage.product.messages("ChangesQueue"))
    ]
    stage.product.quick.sqs.queues[stage.product.names["ChangesQueue"]].clear()
    meanwhile(stage.vendor).when("import", lambda: stage.product.clock.advance(700))

    handler_at("export_app.handlers.on_changes")({"Records": records}, lambda_context(seconds=900))
    first = [one.size for one in stage.imports()]
    stage.run()

    assert first == [1000]
    assert len(stage.audiences()) == 2500
    assert stage.counts(export) == {"added": 2500, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
