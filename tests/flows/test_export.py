import json
import time

import boto3
import pytest

from lytics_cm import web
from lytics_cm.store.membership import Record, Write
from lytics_cm.store.memberships import Memberships
from tests.flows.exporting import FIELD, exporting
from tests.flows.importing import meanwhile


@pytest.fixture
def stage():
    with exporting() as made:
        yield made


def seconds(days=0):
    return time.time() + days * 86_400


def test_who_enters_gets_the_audience_and_who_leaves_loses_it(stage):
    export = stage.start()
    stage.lytics.person("jane@example.com", name="Jane Doe")

    stage.lytics.enter("jane@example.com", "vip")
    stage.run()
    entered = stage.people()
    stage.lytics.exit("jane@example.com", "vip")
    stage.run()

    assert entered == {"jane@example.com": ("Active", {FIELD: ["VIP"]})}
    assert stage.people() == {"jane@example.com": ("Active", {})}
    assert stage.list.people["jane@example.com"].name == "Jane Doe"
    assert stage.counts(export) == {"added": 1, "updated": 0, "removed": 1, "skipped": 0, "failed": 0}


@pytest.mark.parametrize("semantics", ["replace", "add"])
def test_the_full_set_arrives_whether_the_vendor_replaces_or_adds(stage, semantics):
    stage.vendor.switches.multi_select = semantics
    export = stage.start()

    for slug in ("vip", "buyers", "new"):
        stage.lytics.enter("jane@example.com", slug)
        stage.run()
    stage.lytics.exit("jane@example.com", "buyers")
    stage.run()
    partly = stage.audiences()
    stage.lytics.exit("jane@example.com", "vip")
    stage.lytics.exit("jane@example.com", "new")
    stage.run()

    assert partly == {"jane@example.com": ["New Readers", "VIP"]}
    assert stage.people() == {"jane@example.com": ("Active", {})}
    assert stage.counts(export)["failed"] == 0


def test_late_repeated_and_reordered_triggers_change_nothing(stage):
    export = stage.start()
    now = int(seconds() * 1000)
    enter = {"email": "jane@example.com", "slug": "vip", "event": "enter", "at": now - 500, "fields": {}}
    late = {"email": "JANE@example.com", "slug": "vip", "event": "exit", "at": now - 1000, "fields": {}}

    for changes in ([enter], [late], [enter], [late, enter]):
        stage.tell(export, *changes)
        stage.run(twice=True)

    assert stage.audiences() == {"jane@example.com": ["VIP"]}
    assert stage.counts(export) == {"added": 1, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
    assert len(stage.imports()) == 1


def test_the_exit_of_somebody_never_sent_adds_nobody(stage):
    export = stage.start()

    stage.lytics.exit("jane@example.com", "vip")
    stage.run(twice=True)

    assert stage.people() == {}
    assert stage.counts(export)["skipped"] == 1


def test_without_existing_users_only_those_are_sent_who_enter_afterwards(stage):
    stage.lytics.place("old@example.com", "vip")
    stage.start()

    stage.lytics.enter("new@example.com", "vip")
    stage.run()

    assert list(stage.people()) == ["new@example.com"]


def test_existing_users_are_scanned_page_after_page(stage):
    for number in range(230):
        stage.lytics.place(f"p{number}@example.com", "vip", *(["buyers"] if number % 2 else []))
    stage.lytics.place(stage.lytics.person(None, name="No Address"), "vip")

    export = stage.start("vip", "buyers", existing_users=True)

    found = stage.audiences()
    assert len(found) == 230
    assert found["p1@example.com"] == ["Spring Buyers", "VIP"]
    assert stage.counts(export)["added"] == 230
    assert stage.job(export)["existing"] == [
        {"slug": "buyers", "read": 115, "total": 115, "without_address": 0, "done": True},
        {"slug": "vip", "read": 231, "total": 231, "without_address": 1, "done": True},
    ]


def test_a_scan_whose_cursor_expires_begins_again(stage):
    for number in range(2350):
        stage.lytics.place(f"p{number}@example.com", "vip")
    stage.lytics.faults.script("429", "scan")
    answer = stage.create("vip", existing_users=True)
    for _ in range(3):
        stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes", False, None)

    stage.lytics.expire_cursors()
    stage.run()

    assert len(stage.people()) == 2350
    assert stage.job(answer.json["id"])["existing"][0]["read"] == 2350
    assert stage.counts(answer.json["id"])["added"] == 2350


def test_an_exit_during_the_scan_wins(stage):
    for number in range(150):
        stage.lytics.place(f"p{number}@example.com", "vip")
    answer = stage.create("vip", existing_users=True)
    stage.subscribe(answer.json)

    stage.lytics.exit("p149@example.com", "vip")
    stage.run()

    assert len(stage.people()) == 149


def test_refused_people_are_listed_with_code_words_and_remedy_and_can_be_retried(stage):
    export = stage.start()
    with stage.vendor.account.lock:
        gone = stage.vendor.subscribe(stage.list, "gone@example.com")
        stage.vendor.unsubscribe(stage.list, "gone@example.com")
    del gone
    for email in ("good@example.com", "bad@localhost", "gone@example.com"):
        stage.lytics.enter(email, "vip")
    stage.run(twice=True)
    listed, before = stage.failures(export), stage.counts(export)
    with stage.vendor.account.lock:
        stage.list.people["gone@example.com"].state = "Active"
        stage.vendor.account.clients[stage.list.client.id].suppressed.clear()

    stage.api.post(f"/exports/{export}/retry-failures")
    stage.run(twice=True)

    assert [(one["email"], one["code"]) for one in listed] == [
        ("bad@localhost", 1),
        ("gone@example.com", 206),
    ]
    assert listed[0]["message"].startswith("Invalid Email Address; ")
    assert before == {"added": 1, "updated": 0, "removed": 0, "skipped": 0, "failed": 2}
    assert [one["email"] for one in stage.failures(export)] == ["bad@localhost"]
    assert stage.counts(export) == {"added": 2, "updated": 0, "removed": 0, "skipped": 0, "failed": 1}


@pytest.mark.parametrize(
    "fault", ["429", "429-headers", "500", "500-html", "503", "drop", "drop-after", "garbage"]
)
def test_calls_that_fail_are_made_again_and_counted_once(stage, fault):
    export = stage.start()
    stage.vendor.faults.script(fault, "import", times=2)

    for number in range(5):
        stage.lytics.enter(f"p{number}@example.com", "vip")
    stage.run()
    stage.lytics.exit("p0@example.com", "vip")
    stage.run()

    assert stage.audiences() == {f"p{number}@example.com": ["VIP"] for number in range(1, 5)}
    assert stage.counts(export) == {"added": 5, "updated": 0, "removed": 1, "skipped": 0, "failed": 0}


@pytest.mark.parametrize(("fault", "there"), [("drop", []), ("drop-after", ["jane@example.com"])])
def test_who_leaves_after_an_unanswered_attempt_is_cleared_only_if_it_had_added_them(stage, fault, there):
    export = stage.start()
    stage.vendor.faults.script(fault, "import", times=1)
    stage.lytics.enter("jane@example.com", "vip")
    stage.lytics.post_all_triggers()
    stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes", False, None)

    stage.lytics.exit("jane@example.com", "vip")
    stage.run()

    assert list(stage.people()) == there
    assert stage.audiences() == {}
    assert stage.counts(export)["failed"] == 0


def test_one_unreadable_person_costs_the_others_nothing(stage):
    export = stage.start()
    stage.vendor.switches.long_values = "reject"
    stage.vendor.faults.script(
        "code", "import", times=1, status=400, code=400, message="Failed to deserialize"
    )

    for number in range(7):
        stage.lytics.enter(f"p{number}@example.com", "vip")
    stage.run()

    assert len(stage.people()) == 7
    assert stage.counts(export)["failed"] == 0


def test_a_stopped_export_stores_what_changes_and_catches_up(stage):
    export = stage.start()
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()
    stage.api.post(f"/exports/{export}/stop")

    stage.lytics.exit("jane@example.com", "vip")
    stage.lytics.enter("john@example.com", "new")
    stage.run()
    while_stopped = stage.audiences()
    stage.api.post(f"/exports/{export}/start")
    stage.run(twice=True)

    assert while_stopped == {"jane@example.com": ["VIP"]}
    assert stage.audiences() == {"john@example.com": ["New Readers"]}
    assert stage.job(export)["status"] == "running"
    assert stage.counts(export) == {"added": 2, "updated": 0, "removed": 1, "skipped": 0, "failed": 0}


def test_an_export_that_is_stopped_while_it_sends_makes_no_further_call(stage):
    export = stage.start("vip")
    meanwhile(stage.vendor).when("import", lambda: stage.api.post(f"/exports/{export}/stop"))
    at = int(seconds() * 1000) - 1000
    enter = {"slug": "vip", "event": "enter", "at": at, "fields": {}}

    stage.tell(export, *({**enter, "email": f"p{number}@example.com"} for number in range(1700)))
    stage.run()
    stopped = [one.size for one in stage.imports()]
    stage.api.post(f"/exports/{export}/start")
    stage.run()

    assert stopped == [1000]
    assert [one.size for one in stage.imports()] == [1000, 700]
    assert stage.counts(export) == {"added": 1700, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}


def test_a_deleted_export_is_forgotten_and_its_webhook_closed(stage):
    export = stage.start()
    url = stage.job(export)["audience_webhook_url"]
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    deleted = stage.api.delete(f"/exports/{export}")
    stage.run()
    stage.lytics.enter("john@example.com", "vip")
    stage.run()

    assert deleted.status == 204
    assert stage.api.get(f"/exports/{export}").status == 404
    assert stage.api.call("POST", url.partition("/prod")[2], body="{}").status == 404
    assert stage.product.items("MembershipsTable") == []
    assert stage.audiences() == {"jane@example.com": ["VIP"]}


def test_what_a_worker_stores_after_its_export_was_deleted_is_forgotten_as_well(stage):
    export = stage.start("vip")
    stage.api.delete(f"/exports/{export}")
    stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes")
    late = Memberships(boto3.resource("dynamodb").Table("MembershipsTable"))
    late.save(export, [Write(Record("late@example.com", {"stays": {}}, open=True))])

    stage.run()

    assert stage.product.items("MembershipsTable") == []


@pytest.mark.parametrize("semantics", ["replace", "add"])
def test_exports_to_one_list_do_not_erase_each_others_audiences(stage, semantics):
    stage.vendor.switches.multi_select = semantics
    one, other = stage.start("vip", "buyers"), stage.start("new")

    for slug in ("vip", "new", "buyers"):
        stage.lytics.enter("jane@example.com", slug)
    stage.run()
    both = stage.audiences()
    stage.lytics.exit("jane@example.com", "vip")
    stage.lytics.exit("jane@example.com", "new")
    stage.run()

    assert both == {"jane@example.com": ["New Readers", "Spring Buyers", "VIP"]}
    assert stage.audiences() == {"jane@example.com": ["Spring Buyers"]}
    assert stage.counts(one)["added"] == stage.counts(other)["added"] == stage.counts(other)["removed"] == 1


def test_two_lists_are_independent(stage):
    second = stage.vendor.account.add_list(stage.list.client, "Second")
    stage.start("vip")
    stage.start("new", list_id=second.id)

    stage.lytics.enter("jane@example.com", "vip")
    stage.lytics.enter("jane@example.com", "new")
    stage.run()

    assert stage.audiences() == {"jane@example.com": ["VIP"]}
    assert stage.audiences(second) == {"jane@example.com": ["New Readers"]}


def test_an_erased_person_leaves_no_membership(stage):
    exports = [stage.start("vip"), stage.start("vip", "new")]
    stage.lytics.enter("bad@localhost", "vip")
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    erased = [
        stage.api.delete(f"/profiles/{email}").json["removed"]
        for email in ("bad@localhost", "jane@example.com", "jane@example.com")
    ]

    assert [(one["memberships"], one["failures"]) for one in erased] == [(2, 2), (2, 0), (0, 0)]
    assert stage.product.items("MembershipsTable") == []
    assert [stage.counts(export)["failed"] for export in exports] == [0, 0]


def test_autoresponders_are_queued_only_when_chosen_and_not_for_those_who_leave(stage):
    stage.start("vip", queue_autoresponders=True)

    stage.lytics.enter("jane@example.com", "vip")
    stage.lytics.enter("john@example.com", "vip")
    stage.run()
    stage.lytics.exit("jane@example.com", "vip")
    stage.run()

    flags = [(one.size, one.queuesubscriptionbasedautoresponders, one.resubscribe) for one in stage.imports()]
    assert flags == [(2, True, False)]
    assert stage.audiences() == {"john@example.com": ["VIP"]}


def test_a_list_deleted_at_the_vendor_fails_the_export_and_blocks_nothing(stage):
    second = stage.vendor.account.add_list(stage.list.client, "Second")
    export, other = stage.start("vip"), stage.start("vip", list_id=second.id)
    with stage.vendor.account.lock:
        del stage.list.client.lists[stage.list.id]

    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    assert stage.job(export)["status"] == "failed"
    assert "is gone" in stage.job(export)["message"]
    assert stage.audiences(second) == {"jane@example.com": ["VIP"]}
    assert stage.job(other)["status"] == "running"
    assert stage.product.dead_letters() == {}


def test_a_lost_authorization_fails_the_export_until_it_is_connected_again(stage):
    export = stage.start("vip")
    stage.vendor.account.grants.revoke()

    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    assert stage.job(export)["status"] == "failed"
    assert "connect" in stage.job(export)["message"]
    assert stage.product.dead_letters() == {}


def test_an_opt_in_list_is_announced(stage):
    stage.list.confirmed_opt_in = True
    export = stage.start("vip")

    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    assert "unconfirmed" in stage.job(export)["notes"][0]
    assert stage.people() == {"jane@example.com": ("Unconfirmed", {FIELD: ["VIP"]})}


def test_of_a_call_only_those_come_again_whom_a_passing_trouble_refused(stage):
    export = stage.start("vip")
    row = {"EmailAddress": "p1@example.com", "Code": 500, "Message": "Try again"}
    totals = {"TotalUniqueEmailsSubmitted": 3, "TotalExistingSubscribers": 0, "TotalNewSubscribers": 2}
    result = {**totals, "DuplicateEmailsInSubmission": [], "FailureDetails": [row]}
    stage.vendor.faults.envelope = lambda _, code, message: {
        "Code": code,
        "Message": message,
        "ResultData": result,
    }
    stage.vendor.faults.script("code-after", "import", status=400, code=210, message="Some failures")

    for number in range(3):
        stage.lytics.enter(f"p{number}@example.com", "vip")
    stage.run()

    assert [one.size for one in stage.imports()] == [3, 1]
    assert stage.counts(export) == {"added": 3, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
    assert stage.failures(export) == []


def test_triggers_that_cannot_be_used_are_failures_and_block_nothing(stage):
    export = stage.start("vip")
    path = stage.job(export)["audience_webhook_url"].partition("/prod")[2]
    now = web.rfc3339(int(seconds() * 1000) - 1000)
    good = {"slug": "vip", "event": "enter", "enter": now}
    many = [{**good, "slug": f"other{number}"} for number in range(5000)]
    people = {
        "jane": [good],
        "foreign": [{**good, "slug": "none of ours"}],
        "strange": [{**good, "event": "dance"}],
        "zoneless": [{**good, "enter": now.removesuffix("Z")}],
        "popular": [*many, good],
    }
    triggers = [
        {"data": {"email": f"{name}@example.com", "segment_events": events}}
        for name, events in people.items()
    ]
    triggers.append({"data": {"name": "Nobody", "segment_events": [good]}})

    answer = stage.api.call("POST", path, body=json.dumps(triggers))
    stage.run(twice=True)

    listed = [one["message"] for one in stage.failures(export)]
    assert (answer.status, answer.json) == (200, {"accepted": 3})
    assert stage.audiences() == {"jane@example.com": ["VIP"], "popular@example.com": ["VIP"]}
    for words in ("is missing", "'dance' is none of", "no offset", "not one of this export's"):
        assert any(words in message for message in listed), words
    assert len(listed) <= 120
    assert stage.counts(export) == {"added": 2, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}
    assert stage.product.dead_letters() == {}


def test_changes_that_cannot_be_used_are_listed_and_block_nothing(stage):
    export = stage.start("vip")
    now = int(seconds() * 1000)
    good = {"email": "jane@example.com", "slug": "vip", "event": "enter", "at": now, "fields": {}}

    foreign = [{**good, "slug": f"other{number}"} for number in range(50)]
    stage.tell(
        export,
        {**good, "email": "not an address"},
        {**good, "email": None},
        {**good, "event": "dance"},
        {**good, "at": "yesterday"},
        {**good, "at": now + 10**12},
        *foreign,
        good,
    )
    stage.run(twice=True)
    listed = []
    cursor = None
    while True:
        answer = stage.api.get(f"/exports/{export}/failures", **({"cursor": cursor} if cursor else {})).json
        listed += answer["items"]
        cursor = answer["cursor"]
        if not cursor:
            break

    assert stage.audiences() == {"jane@example.com": ["VIP"]}
    assert stage.counts(export)["failed"] == 2
    stage.api.post(f"/exports/{export}/retry-failures")
    stage.run()
    assert stage.counts(export)["failed"] == 2
    assert len([one for one in listed if "not one of this export's" in one["message"]]) == 50
    assert {one["email"] for one in listed if one["email"]} == {"(no address)", "not an address"}
    assert stage.product.dead_letters() == {}


def test_a_message_that_is_no_message_fails_alone(stage):
    export = stage.start("vip")
    queue = stage.product.names["ChangesQueue"]
    stage.product.sqs.send_message(QueueUrl=queue, MessageBody="{")
    stage.product.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"nothing": True}))
    now = int(seconds() * 1000)
    stage.tell(
        export, {"email": "jane@example.com", "slug": "vip", "event": "enter", "at": now, "fields": {}}
    )

    stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes", False, None)

    assert stage.audiences() == {"jane@example.com": ["VIP"]}
    assert len(stage.product._receive("ChangesQueue") or []) == 0
    stage.product._wake("ChangesQueue")
    assert len(stage.product._receive("ChangesQueue")) == 2
