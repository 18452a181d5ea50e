"""Chains of messages that we send to ourselves, where AWS counts their turns: long ones end right, endless ones end."""

import json

import pytest

from profile_app.profiles.leaves import Leaf
from simulators.campaign_monitor.generator import World
from tests.aws.functions import handler_at, lambda_context
from tests.aws.recursion import MOST
from tests.flows.exporting import exporting
from tests.flows.importing import Stage
from tests.product import Product
from tests.store.people import OTHER, make_fact

DAY = 24 * 3600
LISTS = World(
    clients=1, lists=3, subscribers=10, campaigns=2, activity=20, recipients=5, journeys=0, unusable=0
)
"""Some tasks, each of which comes again all through an outage."""
CITIES = OTHER.format(stream="cm_activity", column="valuect(city) AS cities KIND map[string]intsum")


def place(product, table, items):
    """Put items into a table as if they had been written long ago."""
    for item in items:
        product.quick.dynamodb.tables[table].put(item)


def out_of_order(vendor, product, seconds):
    """The vendor answers nothing for so long."""
    end = product.clock.now() + seconds
    vendor.faults.rates = {"503": 1.0}
    product.pump(until=lambda: product.clock.now() > end)
    vendor.faults.clear()


def test_an_import_gets_over_a_day_without_answers():
    with Stage(LISTS) as stage:
        stage.begin()
        deliveries = iter(range(9))
        stage.pump(until=lambda: next(deliveries, None) is None)

        out_of_order(stage.vendor, stage.product, DAY)
        stage.pump()

        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()
        assert stage.product.lineages.deepest["PageFunction"] > MOST


def test_an_import_that_is_never_answered_any_more_ends_and_says_so():
    with Stage(LISTS) as stage:
        stage.begin()
        deliveries = iter(range(9))
        stage.pump(until=lambda: next(deliveries, None) is None)
        began = stage.product.clock.now()
        stage.vendor.faults.rates = {"503": 1.0}

        stage.pump()

        job = stage.job
        assert 2 * DAY < stage.product.clock.now() - began < 2.2 * DAY
        assert (job["status"], job["run"]["status"]) == ("failed", "failed")
        assert "not everything could be read" in job["message"]
        assert all("given up after two days" in failure["message"] for failure in stage.failures)
        assert len(stage.failures) == job["run"]["failed_pages"] > 5
        assert stage.product.dead_letters() == {}
        stage.vendor.faults.clear()
        stage.run_again()
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


def test_an_import_whose_plan_is_never_answered_ends_and_says_so():
    with Stage(LISTS) as stage:
        stage.imported()
        stage.vendor.faults.rates = {"503": 1.0}

        stage.run_again()

        assert (stage.job["status"], stage.job["run"]["status"]) == ("failed", "failed")
        assert "given up after two days" in stage.job["message"]


def test_a_start_gives_what_was_held_another_two_days():
    with Stage(LISTS) as stage:
        stage.begin()
        out_of_order(stage.vendor, stage.product, DAY)
        stage.post("stop")
        stage.pump()
        stage.product.later(days=3)
        stage.post("start")

        out_of_order(stage.vendor, stage.product, DAY)
        stage.pump()

        stage.assert_run_is_whole()


@pytest.mark.parametrize(
    ("action", "told"),
    [("rotate-webhooks", "the list has no new webhook"), ("stop", "webhook is still at Campaign Monitor")],
)
def test_a_webhook_that_the_vendor_never_answers_about_is_a_failure_of_its_job(action, told):
    with Stage(LISTS) as stage:
        stage.imported()
        stage.vendor.faults.rates = {"503": 1.0}

        stage.post(action)
        stage.pump()

        lists = {f"webhook/{one.id}" for one in stage.lists}
        assert {failure["source"] for failure in stage.failures} == lists
        assert all(told in failure["message"] for failure in stage.failures)
        assert all("given up after two days" in failure["message"] for failure in stage.failures)


def test_an_import_ends_though_the_vendor_always_promises_one_more_page():
    with Stage(LISTS) as stage:
        stage.vendor.switches.one_more_page = True

        stage.imported()

        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


@pytest.mark.parametrize(("status", "code"), [(401, 100), (401, 120), (403, 122)])
def test_jobs_whose_credential_is_refused_stand_still_until_the_account_is_connected_again(status, code):
    with exporting(audiences={"vip": "VIP"}) as stage:
        product = stage.product
        export = stage.start("vip")
        entering(stage, export, 3)
        job = product.start_import(stage.authorization, stage.list.client.id)
        stage.vendor.faults.script("code", "/api/", status=status, code=code, times=10**6)

        stage.run(most=2000)

        assert (product.job(job)["status"], stage.job(export)["status"]) == ("failed", "failed")
        assert product.gateway.get(f"/authorizations/{stage.authorization}").json["status"] == "revoked"


def entering(stage, export, people):
    at = int(stage.product.clock.now() * 1000) - 1000
    change = {"slug": "vip", "event": "enter", "at": at}
    stage.tell(export, *({**change, "email": f"p{number}@example.com"} for number in range(people)))


def test_an_export_gets_over_a_day_without_answers():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        entering(stage, export, 10)

        out_of_order(stage.vendor, stage.product, DAY)
        stage.run()

        assert stage.counts(export) == {"added": 10, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
        assert len(stage.audiences()) == 10
        assert stage.failures(export) == []
        assert stage.product.dead_letters() == {}
        assert stage.product.lineages.deepest["ChangesFunction"] > MOST


def test_an_export_that_is_never_answered_any_more_stops_and_says_so_and_sends_everybody_after_a_start():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        entering(stage, export, 10)
        began = stage.product.clock.now()
        stage.vendor.faults.rates = {"503": 1.0}

        stage.run()

        assert 2 * DAY < stage.product.clock.now() - began < 2.2 * DAY
        assert stage.job(export)["status"] == "failed"
        assert "given up after two days" in stage.job(export)["message"]
        assert "start the export" in stage.job(export)["message"]
        assert (stage.failures(export), stage.product.dead_letters()) == ([], {})
        stage.vendor.faults.clear()
        assert stage.api.post(f"/exports/{export}/start").status == 200
        stage.run()
        assert stage.counts(export) == {"added": 10, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}


def test_people_whom_other_workers_hold_for_ever_are_listed_after_two_days():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        began = stage.product.clock.now()
        state = {"stays": {}, "claim": "another", "claimed_until": int((began + 10 * DAY) * 1000)}
        held = {"export": export, "email": "p0@example.com", "state": json.dumps(state)}
        item = {name: {"S": value} for name, value in held.items()} | {"version": {"N": "1"}}
        place(stage.product, "MembershipsTable", [item])
        entering(stage, export, 1)

        stage.run()

        (failure,) = stage.failures(export)
        assert (failure["email"], failure["message"]) == (
            "p0@example.com",
            "given up after two days: other workers have the person in hand; start the export to try again",
        )
        assert 2 * DAY < stage.product.clock.now() - began < 2.2 * DAY


def test_a_worker_without_time_for_a_call_leaves_its_messages_to_the_queue():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        entering(stage, export, 3)
        queue = stage.product.quick.sqs.queues[stage.product.names["ChangesQueue"]]
        records = [{"messageId": message.id, "body": message.body} for message in queue]
        handler = handler_at("export_app.handlers.on_changes")

        answer = handler({"Records": records}, lambda_context(seconds=100))
        waiting = len(queue)
        stage.run()

        assert answer == {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}
        assert (len(records), waiting) == (1, 1)
        assert len(stage.audiences()) == 3


def test_an_export_whose_set_up_is_never_answered_fails_and_says_so():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.create("vip").json["id"]
        stage.vendor.faults.rates = {"503": 1.0}

        stage.run()

        assert stage.job(export)["status"] == "failed"
        assert "given up after two days" in stage.job(export)["message"]


def test_existing_users_are_scanned_however_many_steps_that_takes():
    with exporting(audiences={"vip": "VIP"}) as stage:
        for number in range(20_500):
            stage.lytics.place(f"p{number}@example.com", "vip")

        export = stage.start("vip", existing_users=True)

        assert stage.job(export)["existing"] == [
            {"slug": "vip", "read": 20_500, "total": 20_500, "without_address": 0, "done": True}
        ]
        assert stage.counts(export) == {
            "added": 20_500,
            "updated": 0,
            "removed": 0,
            "skipped": 0,
            "failed": 0,
        }
        assert len(stage.audiences()) == 20_500
        assert stage.product.dead_letters() == {}
        assert stage.product.lineages.deepest["ChangesFunction"] > MOST


def test_a_dry_run_ends_though_the_vendor_always_promises_one_more_page():
    with exporting(audiences={"vip": "VIP"}) as stage:
        stage.vendor.switches.one_more_page = True
        stage.vendor.subscribe(stage.list, "p1@example.com")
        stage.lytics.place("p1@example.com", "vip")

        export = stage.create("vip", existing_users=True, dry_run=True).json["id"]
        stage.run()

        assert stage.job(export)["status"] == "stopped"
        assert stage.counts(export)["updated"] == 1


def scanning_for_two_days(stage):
    """An export whose scan has tried for some hours, and meets the same after two days."""
    export = stage.create("vip", existing_users=True).json["id"]
    end = stage.product.clock.now() + 2 * 3600
    stage.product.pump(until=lambda: stage.product.clock.now() > end)
    stage.product.later(days=2)
    stage.run()
    return export


@pytest.mark.parametrize(
    ("endless", "why"),
    [
        ("circle", "Lytics leads the scan in a circle"),
        ("again", "Lytics tells of 1,700 people, and of 250 in all"),
        ("nobody", "for two days the scan came no further than 250 people"),
    ],
)
def test_a_scan_that_lytics_never_ends_is_ended_and_read_anew_after_a_start(endless, why):
    with exporting(audiences={"vip": "VIP"}) as stage:
        for number in range(250):
            stage.lytics.place(f"p{number}@example.com", "vip")
        stage.lytics.account.endless = endless

        export = scanning_for_two_days(stage)

        job = stage.job(export)
        assert job["status"] == "running"
        assert job["existing"][0]["failed"] == why
        assert f"audience 'vip' could not be read: {why}; " in stage.failures(export)[0]["message"]
        stage.lytics.account.endless = ""
        stage.api.post(f"/exports/{export}/stop")
        stage.api.post(f"/exports/{export}/start")
        stage.run()
        assert stage.job(export)["existing"][0]["done"]
        assert stage.counts(export)["added"] == len(stage.audiences()) == 250


def test_a_lytics_that_never_answers_costs_the_existing_users_of_its_audience_alone():
    with exporting(audiences={"vip": "VIP"}) as stage:
        stage.lytics.place("old@example.com", "vip")
        stage.lytics.faults.match, stage.lytics.faults.rates = "scan", {"503": 1.0}

        export = scanning_for_two_days(stage)
        entering(stage, export, 1)
        stage.run()

        assert "given up after two days" in stage.failures(export)[0]["message"]
        assert (stage.job(export)["status"], list(stage.audiences())) == ("running", ["p0@example.com"])
        assert stage.job(export).get("message") is None


def test_a_check_that_is_never_answered_costs_itself_alone():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        stage.vendor.faults.match, stage.vendor.faults.rates = "segments", {"503": 1.0}
        body = json.dumps({"export": "*", "task": "daily"})

        stage.product.sqs.send_message(QueueUrl=stage.product.names["ChangesQueue"], MessageBody=body)
        stage.run()
        entering(stage, export, 1)
        stage.run()

        (failure,) = stage.failures(export)
        assert (failure["source"], "given up after two days" in failure["message"]) == ("check", True)
        assert (stage.job(export)["status"], list(stage.audiences())) == ("running", ["p0@example.com"])
        assert stage.job(export).get("message") is None


def test_a_scan_whose_cursors_are_always_refused_is_ended_and_read_anew_after_a_start():
    with exporting(audiences={"vip": "VIP"}) as stage:
        for number in range(250):
            stage.lytics.place(f"p{number}@example.com", "vip")
        stage.lytics.account.cursor_seconds = -1

        export = scanning_for_two_days(stage)

        job = stage.job(export)
        assert job["status"] == "running"
        assert "for two days the scan came no further than 100 people" in job["existing"][0]["failed"]
        assert stage.product.dead_letters() == {}
        stage.lytics.account.cursor_seconds = None
        stage.api.post(f"/exports/{export}/stop")
        stage.api.post(f"/exports/{export}/start")
        stage.run()
        assert stage.counts(export)["added"] == len(stage.audiences()) == 250


def test_a_deleted_export_is_forgotten_however_many_people_it_had():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        place(
            stage.product,
            "MembershipsTable",
            (
                {"export": {"S": export}, "email": {"S": f"p{number}@example.com"}, "state": {"S": "{}"}}
                for number in range(60_000)
            ),
        )

        assert stage.api.delete(f"/exports/{export}").status == 204
        stage.run()

        assert stage.product.items("MembershipsTable") == []
        assert stage.product.dead_letters() == {}
        assert stage.product.lineages.deepest["ChangesFunction"] > MOST


def test_lambda_cuts_a_chain_of_a_function_that_does_not_allow_it_and_its_message_becomes_a_dead_letter():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        stage.product.lineages.allowed.clear()
        place(
            stage.product,
            "MembershipsTable",
            (
                {"export": {"S": export}, "email": {"S": f"p{number}@example.com"}, "state": {"S": "{}"}}
                for number in range(10_000)
            ),
        )

        stage.api.delete(f"/exports/{export}")
        stage.run()

        assert len(stage.product.items("MembershipsTable")) == 10_000 - MOST * 500
        ((queue, (letter,)),) = stage.product.dead_letters().items()
        assert (queue, json.loads(letter)["task"]) == ("ChangesDeadLetterQueue", "forget")
        assert stage.product.lineages.dropped == {"ChangesFunction": 5}


def test_the_receivers_own_client_hands_on_no_lineage_and_botocore_does():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.create("vip").json
        stage.subscribe(export)
        stage.lytics.enter("jane@example.com", "vip")
        stage.lytics.post_all_triggers()

        queue = stage.product.quick.sqs.queues[stage.product.names["ChangesQueue"]]
        assert [message.lineage for message in queue] == [{"ExportFunction": 1}, {}]


def test_profiles_are_aggregated_anew_however_many_there_are():
    with Product() as product:
        people = [f"{number}@example.com" for number in range(20)]
        rows = [
            make_fact(email, minute=minute, event="open", city="Oslo").message()
            for email in people
            for minute in range(60)
        ]
        product.sqs.send_message(QueueUrl=product.names["RowsQueue"], MessageBody=json.dumps({"rows": rows}))
        product.pump()
        others = [f"p{number}@example.com" for number in range(100_000 - len(people))]
        place(product, "RowsTable", (Leaf(email, b"life").item() for email in others))
        before = mappings_of(product, people)
        product.gateway.call("PUT", "/streams/cm_activity/mapping", body=json.dumps({"mapping": CITIES}))

        product.pump()

        state = product.gateway.get("/streams/reproject").json
        assert (state["status"], state["addresses"]) == ("completed", {"done": 100_000, "total": 100_000})
        assert len(mappings_of(product, people) - before) == len(before) == 1
        assert product.profile(people[0]).json["fields"]["cities"] == {"Oslo": 60}
        assert product.dead_letters() == {}
        assert product.lineages.deepest["BulkFunction"] > MOST


def mappings_of(product, people):
    """The mappings under which the plain profiles of these people were made."""
    items = product.quick.dynamodb.items("ProfilesTable")
    return {item["mapping"]["S"] for item in items if item["email"]["S"] in people}
