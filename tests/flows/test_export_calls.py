import json
import math
import time

import pytest

from tests.aws.functions import handler_at, lambda_context
from tests.flows.exporting import FIELD, exporting
from tests.flows.importing import meanwhile


def on_changes(event):
    return handler_at("export_app.handlers.on_changes")(event, lambda_context(seconds=900))


def batch(export, people, per_message=500):
    """One Lambda event as a large batch of the queue: changes of many people in few messages."""
    at = int(time.time() * 1000) - 1000
    changes = [
        {"email": f"p{n}@example.com", "slug": "vip", "event": "enter", "at": at, "fields": {"name": f"N{n}"}}
        for n in range(people)
    ]
    bodies = [
        json.dumps({"export": export, "changes": changes[start : start + per_message]})
        for start in range(0, people, per_message)
    ]
    return {
        "Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)],
    }


def test_a_large_batch_costs_a_call_per_thousand_people():
    with exporting() as stage:
        export = stage.start("vip")
        stage.vendor.calls.clear()

        answer = on_changes(batch(export, 2500))

        assert answer == {"batchItemFailures": []}
        assert [one.size for one in stage.imports()] == [1000, 1000, 500]
        assert len(stage.vendor.calls) == 3
        assert len(stage.audiences()) == 2500
        assert stage.counts(export)["added"] == 2500


def test_a_back_fill_through_the_queue_costs_a_call_per_thousand_people(sized):
    people = sized(3500, 100_000)
    with exporting() as stage:
        for number in range(people):
            stage.lytics.place(stage.lytics.person(f"p{number}@example.com", name=f"N{number}"), "vip")
        stage.vendor.calls.clear()

        export = stage.start("vip", existing_users=True)

        imports = len(stage.imports())
        set_up = len(stage.vendor.calls) - imports
        print(f"{people:,} people: {imports:,} import calls, {set_up} of set-up")
        assert imports == math.ceil(people / 1000)
        assert set_up <= 10
        assert stage.counts(export)["added"] == people


def test_a_batch_that_comes_again_costs_no_call():
    with exporting() as stage:
        export = stage.start("vip")
        on_changes(batch(export, 30, per_message=10))
        stage.vendor.calls.clear()

        on_changes(batch(export, 30, per_message=7))

        assert stage.vendor.calls == []
        assert stage.counts(export) == {"added": 30, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}


def test_of_a_call_with_refused_people_only_they_are_not_done():
    with exporting() as stage:
        export = stage.start("vip")
        event = batch(export, 20)
        event["Records"][0]["body"] = event["Records"][0]["body"].replace("p7@example.com", "p7@localhost")

        on_changes(event)

        assert len(stage.audiences()) == 19
        assert stage.counts(export)["failed"] == 1
        assert [(one["email"], one["code"]) for one in stage.failures(export)] == [("p7@localhost", 1)]


def test_what_the_export_causes_is_no_activity_of_the_subscriber():
    with exporting() as stage:
        client = stage.list.client
        stage.product.start_import(
            stage.authorization, client.id, list_ids=[stage.list.id], keep_updated=True
        )
        stage.product.pump()
        stage.start("vip", "new")
        for email, slug in (
            ("jane@example.com", "vip"),
            ("john@example.com", "vip"),
            ("jane@example.com", "new"),
        ):
            stage.lytics.enter(email, slug)
            stage.run()
        stage.lytics.exit("jane@example.com", "vip")
        stage.run()
        stage.vendor.subscribe(stage.list, "real@example.com")

        stage.vendor.account.outbox.deliver_all(20)
        stage.product.pump()

        jane = stage.product.profile("jane@example.com").json["fields"]
        real = stage.product.profile("real@example.com").json["fields"]
        assert stage.audiences()["jane@example.com"] == ["New Readers"]
        assert jane["cm_list_ids_status"] == {stage.list.id: "active"}
        assert "cm_email_event" not in jane
        assert "last_active_ts" not in jane
        assert real["cm_email_event"] == {"subscribe": 1}
        assert FIELD in {field.name for field in stage.list.fields}


@pytest.mark.parametrize("kind", ["503-after", "drop-after"])
def test_a_call_that_wrote_and_then_failed_is_no_activity_either_nor_is_its_repetition(kind):
    with exporting() as stage:
        stage.product.start_import(
            stage.authorization, stage.list.client.id, list_ids=[stage.list.id], keep_updated=True
        )
        stage.product.pump()
        stage.start("vip", "new")
        changes = [("enter", "vip"), ("enter", "new"), ("exit", "vip"), ("exit", "new"), ("enter", "new")]

        for change, slug in changes:
            stage.vendor.faults.script(kind, match="import", times=1)
            for email in ("jane@example.com", "john@example.com"):
                getattr(stage.lytics, change)(email, slug)
            stage.run()
            stage.vendor.account.outbox.deliver_all(20)
        stage.product.pump()

        people = [stage.product.profile(email).json["fields"] for email in stage.audiences()]
        assert stage.audiences() == {
            email: ["New Readers"] for email in ("jane@example.com", "john@example.com")
        }
        assert [one.get("cm_email_event") for one in people] == [None, None]


@pytest.mark.parametrize("fault", [{"kind": "429"}, {"kind": "code", "status": 400, "code": 400}])
def test_a_call_that_wrote_nothing_is_no_reason_to_overlook_what_a_subscriber_does(fault):
    with exporting() as stage:
        stage.product.start_import(
            stage.authorization, stage.list.client.id, list_ids=[stage.list.id], keep_updated=True
        )
        stage.product.pump()
        stage.start("vip")
        vendor = meanwhile(stage.vendor)
        vendor.when(
            "import", lambda: stage.vendor.subscribe(stage.list, "jane@example.com", fields={FIELD: ["VIP"]})
        )
        vendor.script(match="import", **fault)

        stage.lytics.enter("jane@example.com", "vip")
        stage.run()
        stage.vendor.account.outbox.deliver_all(20)
        stage.product.pump()

        jane = stage.product.profile("jane@example.com").json["fields"]
        assert sum(jane["cm_email_event"].values()) == 1


def test_on_a_list_that_confirms_opt_ins_a_confirmation_is_a_deed_and_an_update_is_an_echo():
    with exporting() as stage:
        stage.list.confirmed_opt_in = True
        stage.product.start_import(
            stage.authorization, stage.list.client.id, list_ids=[stage.list.id], keep_updated=True
        )
        stage.product.pump()
        stage.start("vip", "new")

        stage.lytics.enter("jane@example.com", "vip")
        stage.run()
        stage.vendor.confirm(stage.list, "jane@example.com")
        stage.vendor.account.outbox.deliver_all(20)
        stage.product.pump()
        confirmed = stage.product.profile("jane@example.com").json["fields"]
        stage.lytics.enter("jane@example.com", "new")
        stage.run()
        stage.vendor.account.outbox.deliver_all(20)
        stage.product.pump()

        assert stage.people() == {"jane@example.com": ("Active", {FIELD: ["New Readers", "VIP"]})}
        assert confirmed["cm_email_event"] == {"subscribe": 1}
        assert stage.product.profile("jane@example.com").json["fields"]["cm_email_event"] == {"subscribe": 1}


def told(email, **more):
    at = int(time.time() * 1000) - 1000
    return {"email": email, "slug": "vip", "event": "enter", "at": at, "fields": {}, **more}


def test_a_refusal_is_of_the_mailbox_that_it_names_and_of_no_other_that_looks_alike():
    with exporting() as stage:
        export = stage.start("vip")
        stage.vendor.subscribe(stage.list, "strasse@example.com")
        stage.vendor.delete(stage.list, "strasse@example.com")

        stage.tell(export, told("strasse@example.com"), told("stra\u00dfe@example.com"))
        stage.run()

        assert list(stage.audiences()) == ["stra\u00dfe@example.com"]
        assert [one["email"] for one in stage.failures(export)] == ["strasse@example.com"]
        assert stage.counts(export) == {"added": 1, "updated": 0, "removed": 0, "skipped": 0, "failed": 1}
        assert len(stage.imports()) == 1


def test_two_people_whom_the_vendor_takes_for_one_are_told_apart():
    with exporting() as stage:
        export = stage.start("vip")
        stage.vendor.subscribe(stage.list, "kim@example.com")
        stage.vendor.delete(stage.list, "kim@example.com")

        stage.tell(export, told("\u212aim@example.com"), told("kim@example.com"))
        stage.run()

        assert stage.audiences() == {}
        assert [(one["email"], one["code"]) for one in stage.failures(export)] == [
            ("kim@example.com", 205),
            ("\u212aim@example.com", 205),
        ]
        assert stage.counts(export) == {"added": 0, "updated": 0, "removed": 0, "skipped": 0, "failed": 2}


def test_composed_and_decomposed_spellings_are_one_person():
    with exporting() as stage:
        export = stage.start("vip", "new")

        stage.tell(export, told("J\u00d6RG@example.com"), told("jo\u0308rg@example.com", slug="new"))
        stage.run()

        assert stage.audiences() == {"j\u00f6rg@example.com": ["New Readers", "VIP"]}
        assert stage.counts(export)["added"] == 1


def test_a_refusal_that_names_nobody_of_the_call_is_no_success_of_anybody():
    with exporting() as stage:
        export = stage.start("vip")
        stage.vendor.switches.masked_failures = True
        bad = {"p7@localhost", "p13@localhost", "p200@localhost"}
        emails = [f"p{n}@localhost" if f"p{n}@localhost" in bad else f"p{n}@example.com" for n in range(300)]
        stage.vendor.calls.clear()

        stage.tell(export, *map(told, emails))
        stage.run(twice=True)

        assert sorted(stage.audiences()) == sorted(set(emails) - bad)
        assert {(one["email"], one["code"]) for one in stage.failures(export)} == {
            (email, 1) for email in bad
        }
        assert stage.counts(export) == {"added": 297, "updated": 0, "removed": 0, "skipped": 0, "failed": 3}
        assert len(stage.imports()) <= 3 * 2 * math.ceil(math.log2(300))
