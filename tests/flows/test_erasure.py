"""Erasure is final: what was received before it is never seen again, wherever it waits; what comes after is new."""

import json
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import quote

import pytest

from lytics_cm.store.erasures import digest_of
from simulators.campaign_monitor.generator import World
from tests.aws.deaths import Deaths
from tests.deliveries import make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import path_of
from tests.flows.importing import PAGE, Stage, meanwhile
from tests.meter import Meter

JANE = "jane@example.com"
JOANN, ANN = "joann@erase.example", "ann@erase.example"
QUIET = World(clients=1, lists=2, subscribers=12, campaigns=0, activity=0, journeys=0)


@pytest.fixture
def stage():
    """An import whose webhooks are registered, and an export to another list, both running."""
    with exporting(scenario=QUIET) as stage:
        client = stage.vendor.clients[0]
        stage.importing = stage.product.start_import(stage.authorization, client.id)
        stage.product.pump()
        stage.imported = next(iter(client.lists.values()))
        stage.export = stage.start("vip", "buyers")
        yield stage


def post(stage, email, kind="Subscribe", **more):
    body = {"ListID": stage.imported.id, "Events": [make_event(kind, email, **more)]}
    answer = stage.api.post(path_of(stage.product, stage.imported), body)
    assert answer.status == 200, answer.body


def trigger(stage, email, slug="vip"):
    stage.lytics.enter(email, slug)
    stage.lytics.post_all_triggers()


def erase(stage, email, **query):
    answer = stage.api.call("DELETE", f"/profiles/{quote(email, safe='')}", query=query)
    assert answer.status == 200, answer.body
    return answer.json


def is_known(stage, email):
    """Whether anything of the person can be found by anybody."""
    asked = [
        stage.api.get(f"/profiles/{email}{more}").status for more in ("", "/rows", "/explain", "/export")
    ]
    kept = [
        item
        for table in ("RowsTable", "ProfilesTable", "MembershipsTable")
        for item in stage.product.items(table)
    ]
    failures = [*stage.failures(stage.export), *stage.product.failures(stage.importing)]
    told = stage.api.get(f"/exports/{stage.export}/ledger", limit="10000").json["items"]
    return set(asked) != {404} or any(email in str(item) for item in kept + failures + told)


def redrive(product):
    """Move all dead letters back, as new messages."""
    sqs = product.quick.sqs
    for source, (target, _) in sqs.redrive.items():
        for message in sqs.queues[target][:]:
            sqs.queues[target].remove(message)
            product.sqs.send_message(QueueUrl=source, MessageBody=message.body)


def test_what_waits_in_the_queues_when_a_person_is_erased_is_dropped(stage):
    post(stage, JANE)
    trigger(stage, JANE)

    erase(stage, JANE)
    stage.product.pump()

    assert not is_known(stage, JANE)
    assert stage.audiences() == {}


def test_dead_letters_that_are_redriven_after_the_erasure_are_dropped(stage):
    post(stage, JANE)
    trigger(stage, JANE)
    for source, (target, _) in stage.product.quick.sqs.redrive.items():
        queues = stage.product.quick.sqs.queues
        queues[target], queues[source] = queues[source], []
    queued = {"RowsDeadLetterQueue", "ChangesDeadLetterQueue", "PagesDeadLetterQueue"}
    assert set(stage.product.dead_letters()) == queued

    erase(stage, JANE)
    stage.product.later(days=3)
    redrive(stage.product)
    stage.product.pump()

    assert not is_known(stage, JANE)
    assert stage.audiences() == {}


def test_what_comes_after_an_erasure_is_new(stage):
    post(stage, JANE, Name="Before")
    trigger(stage, JANE)
    stage.product.pump()
    erase(stage, JANE)

    post(stage, JANE, Name="After")
    trigger(stage, JANE, "buyers")
    stage.product.pump()

    found = stage.api.get(f"/profiles/{JANE}/export").json
    (kept,) = found["memberships"]
    assert {row["fields"]["name"] for row in found["rows"]} == {"After"}
    assert [audience["slug"] for audience in kept["audiences"]] == ["buyers"]


def test_a_blocked_person_never_comes_back_until_the_block_is_lifted(stage):
    assert erase(stage, JANE, block="true")["blocked"] is True
    post(stage, JANE)
    trigger(stage, JANE)
    stage.product.pump()
    assert is_blocked(stage, JANE)
    assert not stage.audiences()

    shown = stage.api.get("/blocks").json
    lifted = stage.api.delete(f"/blocks/{JANE}")
    again = stage.api.delete(f"/blocks/{JANE}")
    post(stage, JANE)
    trigger(stage, JANE, "buyers")
    stage.product.pump()

    assert [one["email"] for one in shown["items"]] == [JANE]
    assert (shown["cursor"], sorted(shown["items"][0])) == (None, ["blocked_at", "email"])
    assert (lifted.status, again.status, stage.api.get("/blocks").json["items"]) == (204, 404, [])
    assert stage.product.profile(JANE).status == 200
    assert list(stage.audiences()) == [JANE]


def is_blocked(stage, email):
    """Whether the person is blocked, and nothing else is known of them."""
    found = stage.api.get(f"/profiles/{email}/export").json
    nothing = {"profile": None, "rows": [], "memberships": [], "failures": []}
    return found["blocked"] and {name: found[name] for name in nothing} == nothing


def test_what_was_received_while_a_person_was_blocked_does_not_come_with_the_lift(stage):
    erase(stage, JANE, block="true")
    post(stage, JANE)
    stage.api.delete(f"/blocks/{JANE}")

    stage.product.pump()

    assert stage.product.profile(JANE).status == 404


def test_a_block_is_asked_for_in_the_body_as_well_and_stays_when_a_person_is_erased_again(stage):
    path = f"/profiles/{JANE}"
    first = stage.api.call("DELETE", path, body='{"block": true}').json
    second = stage.api.delete(path).json

    assert (first["blocked"], second["blocked"]) == (True, True)
    assert len(stage.api.get("/blocks").json["items"]) == 1


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ({"block": "perhaps"}, None, 422),
        ({}, '{"block": 1}', 422),
        ({}, '{"blok": true}', 422),
        ({}, "{", 400),
    ],
)
def test_a_block_that_is_unclear_erases_nobody(stage, query, body, status):
    post(stage, JANE)
    stage.product.pump()

    answer = stage.api.call("DELETE", f"/profiles/{JANE}", query=query, body=body)

    assert answer.status == status
    assert stage.product.profile(JANE).status == 200


def test_failures_are_found_by_the_exact_address(stage):
    for email in (ANN, JOANN):
        stage.lytics.enter(email, "vip")
    stage.lytics.post_all_triggers()
    stage.product.pump()
    body = [
        {"data": {"email": email, "segment_events": [{"event": "enter", "slug": "vip"}]}}
        for email in (ANN, JOANN, f"Ann <{ANN.upper()}>")
    ]
    stage.api.post(stage.job(stage.export)["audience_webhook_url"].partition("/prod")[2], body)
    post_unusable(stage, ANN)
    post_unusable(stage, JOANN)
    before = addresses_of_failures(stage)

    removed = erase(stage, ANN)["removed"]

    assert before == sorted([ANN, JOANN, f"Ann <{ANN.upper()}>", ANN, JOANN])
    assert addresses_of_failures(stage) == [JOANN, JOANN]
    assert removed["failures"] == 3


def test_what_is_read_of_failures_does_not_grow_with_those_of_others(stage):
    for number in range(40):
        post_unusable(stage, f"p{number}@erase.example")
    post_unusable(stage, f"Ann <{ANN.upper()}>")
    meter = Meter()

    with meter.on(stage.product):
        told = stage.api.get(f"/profiles/{ANN}/export").json["failures"]
        removed = erase(stage, ANN)["removed"]
        none = erase(stage, JOANN)["removed"]

    assert (len(told), removed["failures"], none["failures"]) == (1, 1, 0)
    assert [key.split("#")[0] for key in meter.read].count("failure") == 2
    assert len(stage.product.failures(stage.importing)) == 40


def post_unusable(stage, email):
    body = {"ListID": stage.imported.id, "Events": [make_event("Explode", email)]}
    stage.api.post(path_of(stage.product, stage.imported), body)


def addresses_of_failures(stage):
    found = [*stage.failures(stage.export), *stage.product.failures(stage.importing)]
    return sorted(one["email"] for one in found)


def test_the_receipt_says_what_was_removed_and_what_remains_until_when(stage):
    post(stage, JANE)
    trigger(stage, JANE)
    stage.product.pump()

    first, second = erase(stage, JANE), erase(stage, JANE)

    assert first["removed"] == {"profiles": 1, "rows": 2, "memberships": 1, "failures": 0, "ledger": 1}
    assert second["removed"] == {"profiles": 0, "rows": 0, "memberships": 0, "failures": 0, "ledger": 0}
    assert first["blocked"] is False
    days = {
        one["what"].partition(" ")[0]: round(
            (ms_of(one["until"]) / 1000 - stage.product.clock.now()) / 86_400
        )
        for one in first["remains"]
        if one["until"]
    }
    assert (days["backups"], days["messages"], days["logs;"], days["hashes"]) == (35, 14, 30, 9)


@pytest.mark.parametrize("is_blocked", [False, True])
def test_the_receipt_says_what_stays_for_good_and_what_until_something_happens(stage, is_blocked):
    remains = erase(stage, JANE, block=str(is_blocked).lower())["remains"]

    dated = {one["what"] for one in remains if one["until"]}
    for_good = {one["what"] for one in remains if one["for_good"]}
    assert for_good == {
        "the hash of the address and the time of the erasure",
        "the subscriber at Campaign Monitor and the person in Lytics; what they tell later is new",
    }
    assert {one["what"] for one in remains} - dated - for_good == {
        "keyed hashes of addresses with their consent, until their page is read again",
        *(["the sealed address, until the block is lifted"] if is_blocked else []),
    }
    assert dated & for_good == set()


def ms_of(text):
    return datetime.fromisoformat(text).timestamp() * 1000


def test_no_address_waits_in_a_queue_or_lies_in_a_table_in_clear_after_an_erasure(stage):
    erase(stage, JANE)
    erase(stage, "blocked@example.com", block="true")

    waiting = stage.product.messages("BulkQueue")
    kept = str(stage.product.items("JobsTable"))

    assert len(waiting) == 2
    assert "@" not in "".join(waiting)
    assert (JANE in kept, "blocked@" in kept, digest_of(JANE) in kept) == (False, False, True)

    stage.product.pump()
    sealed = [item for item in stage.product.items("JobsTable") if "sealed" in item]
    assert [item["job"] for item in sealed] == ["blocks"]


@contextmanager
def meanwhile_at(product, operation, action):
    """Let something happen just before workers first make a call of this kind."""
    waiting = [action]

    def hear(_, called):
        if called == operation and waiting:
            waiting.pop()()

    product.quick.before.append(hear)
    try:
        yield
    finally:
        product.quick.before.remove(hear)
    assert not waiting


def deliver_rows(stage):
    return stage.product._deliver("RowsQueue", "profile_app.handlers.on_rows")


def test_an_erasure_while_rows_are_being_stored_wins_at_once(stage):
    post(stage, JANE)

    with meanwhile_at(stage.product, "BatchExecuteStatement", lambda: erase(stage, JANE)):
        deliver_rows(stage)

    assert stage.product.profile(JANE).status == 404


class KilledAfterStoring(Deaths):
    """The person is erased just before a worker stores their rows; then it is killed before it looks again."""

    def __init__(self, action):
        super().__init__()
        self._action, self._has_stored = action, False

    def is_fatal(self, service, operation):
        if operation == "BatchExecuteStatement" and not self._has_stored:
            self._has_stored, self._is_working = True, False
            self._action()
            self._is_working = True
        return self._has_stored and operation == "GetItem"


def test_what_a_killed_worker_leaves_of_an_erased_person_goes_and_what_came_after_stays(stage):
    post(stage, JANE, Name="Before")
    deaths = KilledAfterStoring(lambda: erase(stage, JANE))
    stage.product.pump(deaths=deaths, until=lambda: True)
    assert (deaths.count, stage.product.profile(JANE).status) == (1, 200)

    post(stage, JANE, Name="After", Date="2026-03-05 15:00:00")
    stage.product.pump()

    names = {row["fields"]["name"] for row in stage.api.get(f"/profiles/{JANE}/rows").json["items"]}
    assert names == {"After"}


def test_who_is_erased_while_in_hand_is_not_sent(stage):
    people = [JANE, "john@example.com"]
    for email in people:
        stage.lytics.enter(email, "vip")
    stage.lytics.post_all_triggers()

    with meanwhile_at(stage.product, "Query", lambda: erase(stage, JANE)):
        stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes")

    assert list(stage.audiences()) == ["john@example.com"]
    assert [item["email"] for item in stage.product.items("MembershipsTable")] == ["john@example.com"]


def test_a_membership_is_not_made_from_what_was_received_before_an_erasure_that_comes_between(stage):
    stage.lytics.enter(JANE, "vip")
    stage.lytics.post_all_triggers()

    with meanwhile_at(stage.product, "TransactWriteItems", lambda: erase(stage, JANE)):
        stage.product._deliver("ChangesQueue", "export_app.handlers.on_changes")

    assert stage.product.items("MembershipsTable") == []


def test_a_row_that_is_rejected_after_the_erasure_is_not_listed_if_it_was_received_before(stage):
    body = {
        "job": stage.importing,
        "received_at": int(stage.product.clock.now() * 1000),
        "rows": [{"stream": "cm_user", "ts": "never", "fields": {"email": email}} for email in (ANN, JOANN)],
    }
    stage.product.sqs.send_message(QueueUrl=stage.product.names["RowsQueue"], MessageBody=json.dumps(body))

    erase(stage, ANN)
    stage.product.pump()

    assert [one["email"] for one in stage.product.failures(stage.importing)] == [JOANN]


def test_a_page_that_was_asked_for_before_the_erasure_brings_nobody_back_also_by_its_edges():
    world = World(clients=1, lists=1, subscribers=30, campaigns=1, activity=2 * PAGE + 300, journeys=0)
    with Stage(world) as stage:
        faults = meanwhile(stage.vendor)
        erased = set()

        def erase_all():
            for item in {person.email for person in stage.lists[0].people.values()}:
                stage.product.later(seconds=1)
                assert stage.product.gateway.delete(f"/profiles/{item}").status == 200
                erased.add(item)

        faults.when(r"GET .*/opens\.json.*page=2\b", erase_all)
        stage.begin()
        opens = []

        def collect():
            opens.extend(
                row
                for message in stage.product.row_messages("BulkQueue")
                for row in message["rows"]
                if "/opens/" in message["unit"]["unit"]
            )
            return False

        stage.pump(until=collect)

        seen = sum(
            stage.product.profile(email).json.get("fields", {}).get("cm_openct", 0) for email in erased
        )
        notes = [item for item in stage.product.items("JobsTable") if item["item"].startswith("note#")]
        assert len(opens) > 100
        assert notes == []
        assert seen == 0
        assert stage.job["run"]["status"] == "succeeded"


def test_blocks_are_told_page_by_page(stage):
    people = {f"p{number:03}@example.com" for number in range(130)}
    for email in people:
        erase(stage, email, block="true")

    first = stage.api.get("/blocks").json
    second = stage.api.get("/blocks", cursor=first["cursor"]).json

    found = [one["email"] for one in first["items"] + second["items"]]
    assert (len(first["items"]), second["cursor"]) == (100, None)
    assert sorted(found) == sorted(people)
    assert stage.api.get("/blocks", cursor="x").status == 422


def test_everything_kept_of_a_person_is_one_json(stage):
    post(stage, JANE)
    trigger(stage, JANE)
    stage.product.pump()
    post_unusable(stage, JANE)

    answer = stage.api.get(f"/profiles/{JANE}/export")

    found = answer.json
    (member,) = found["memberships"]
    (failure,) = found["failures"]
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert found["profile"] == stage.product.profile(JANE).json
    assert found["rows"] == stage.api.get(f"/profiles/{JANE}/rows").json["items"]
    assert (found["rows_left"], found["cursor"], found["blocked"]) == (0, None, False)
    assert member["export"]["id"] == stage.export
    assert [audience["slug"] for audience in member["audiences"]] == ["vip"]
    assert "VIP" in str(member["sent"])
    assert (member["outcome"], member["waiting"], member["failure"]) == ("sent", False, None)
    assert (failure["job"], "message" in failure) == (stage.importing, True)
    assert stage.api.get("/profiles/stranger@example.com/export").status == 404
    assert stage.api.get("/profiles/nobody/export").status == 422


def test_a_person_with_more_rows_than_an_answer_holds_is_told_in_several(stage):
    rows = [
        {
            "stream": "cm_activity",
            "ts": 1_700_000_000_000 + number * 60_000,
            "fields": {
                "email": JANE,
                "event": "click",
                "url": f"https://example.com/{number}",
                "note": "x" * 200_000,
            },
        }
        for number in range(30)
    ]
    for row in rows:
        stage.product.sqs.send_message(
            QueueUrl=stage.product.names["RowsQueue"], MessageBody=json.dumps({"rows": [row]})
        )
    stage.product.pump()

    pages = [stage.api.get(f"/profiles/{JANE}/export")]
    while cursor := pages[-1].json["cursor"]:
        pages.append(stage.api.get(f"/profiles/{JANE}/export", cursor=cursor))

    urls = [row["fields"]["url"] for page in pages for row in page.json["rows"]]
    assert all(len(page.body.encode()) < 5_000_000 for page in pages)
    assert sorted(urls) == sorted({row["fields"]["url"] for row in rows})
    assert [page.json["rows_left"] for page in pages] == [
        30 - sum(len(one.json["rows"]) for one in pages[: number + 1]) for number in range(len(pages))
    ]
