"""What the ledger and the activity of an export tell is what happened, whatever dies meanwhile."""

import json
import random
from collections import Counter

import boto3
import pytest

from lytics_cm.store.ledger import PACKED
from lytics_cm.store.membership import Record, Write
from lytics_cm.store.memberships import Memberships
from simulators.campaign_monitor import fields
from tests.aws.deaths import Crash, Deaths
from tests.contract import check_deeds, check_entry
from tests.flows.exporting import exporting
from tests.flows.test_export_history import AUDIENCES, as_messages, history
from tests.meter import Meter

MOST = 10_000
KEY = "[LyticsAudiences]"
HOSTS = ("gmail.com", "outlook.com", "example.org", "firm.example")
JANE = "jane@example.com"


@pytest.fixture
def stage():
    with exporting() as stage:
        yield stage


def every(stage, path, cursor="", **query):
    """The items of all pages of a list, from a cursor on."""
    items = []
    while cursor is not None:
        page = stage.api.get(path, **{name: str(value) for name, value in query.items()} | {"cursor": cursor})
        assert page.status == 200, page.body
        items += page.json["items"]
        cursor = page.json["cursor"]
    return items


def ledger(stage, export, **query):
    entries = every(stage, f"/exports/{export}/ledger", **query)
    for entry in entries:
        check_entry(entry)
    return entries


def activity(stage, export, **query):
    deeds = every(stage, f"/exports/{export}/activity", **query)
    for one in deeds:
        check_deeds(one)
    return deeds


def test_a_persons_life_in_an_export_is_told(stage):
    export = stage.start("vip", "buyers")
    stage.lytics.person(JANE, name="Jane")
    for slug, deed in (("vip", "enter"), ("buyers", "enter"), ("vip", "exit"), ("buyers", "exit")):
        getattr(stage.lytics, deed)(JANE, slug)
        stage.run()
    stage.lytics.enter("late@example.com", "vip")
    stage.run()

    told = ledger(stage, export, email="Jane@Example.com")
    assert [
        (one["outcome"], one["sent"], one["cause"]["event"], one["cause"]["slug"]) for one in reversed(told)
    ] == [
        ("added", {"name": "Jane", KEY: ["VIP"]}, "enter", "vip"),
        ("changed", {"name": "Jane", KEY: ["Spring Buyers", "VIP"]}, "enter", "buyers"),
        ("changed", {"name": "Jane", KEY: ["Spring Buyers"]}, "exit", "vip"),
        ("removed", {KEY: None}, "exit", "buyers"),
    ]
    assert {one["trigger"] for one in told} == {"audience"}
    (deeds,) = activity(stage, export)
    assert [deeds[name] for name in ("calls", "people", "added", "changed", "removed")] == [5, 5, 2, 2, 1]
    assert (deeds["trigger"], deeds["result"], deeds["reason"]) == ("audience", "succeeded", None)
    (known,) = stage.api.get(f"/profiles/{JANE}/exports").json["items"]
    assert known["sent_at"] == told[0]["at"]


def test_who_failed_and_why_is_asked_for_by_outcome_and_by_code(stage):
    stage.vendor.unsubscribe(stage.list, stage.vendor.subscribe(stage.list, "gone@example.com").email)
    for email in ("gone@example.com", JANE):
        stage.lytics.place(email, "vip")
    stage.lytics.place("no address", "vip")
    export = stage.start("vip", existing_users=True)
    stage.lytics.exit("never@example.com", "vip")
    stage.run()

    everybody = ledger(stage, export)
    refused = ledger(stage, export, outcome="refused")
    assert {one["email"]: one["outcome"] for one in everybody} == {
        "gone@example.com": "refused",
        JANE: "added",
        "no address": "refused",
        "never@example.com": "skipped",
    }
    assert {one["email"]: one["code"] for one in refused} == {
        "gone@example.com": 206,
        "no address": "address_unusable",
    }
    assert {one["trigger"] for one in refused if one["code"] == 206} == {"existing_users"}
    assert "unless the person agrees" in next(one["message"] for one in refused if one["code"] == 206)
    assert ledger(stage, export, code=206) == [one for one in refused if one["code"] == 206]
    assert ledger(stage, export, outcome="removed") == []
    assert ledger(stage, export, email="gone@example.com", outcome="added") == []
    assert ledger(stage, export, email="stranger@example.com") == []
    assert {one["message"] for one in everybody if one["outcome"] == "skipped"} == {
        "the person left the audiences before anything was sent"
    }


def test_pages_of_the_ledger_join_to_the_whole_and_end_where_one_person_was_erased_meanwhile(stage):
    export = stage.start("vip")
    for number in range(23):
        stage.lytics.enter(f"p{number}@example.com", "vip")
        if number % 5 == 0:
            stage.run()
    stage.run()

    whole = ledger(stage, export)
    assert len(whole) == 23
    for limit in (1, 4, 22, 23, 24):
        assert ledger(stage, export, limit=limit) == whole
    first = stage.api.get(f"/exports/{export}/ledger", limit="4").json
    stage.api.delete(f"/profiles/{first['items'][-1]['email']}")
    rest = every(stage, f"/exports/{export}/ledger", cursor=first["cursor"])
    assert rest == whole[4:]


def test_entries_and_deeds_are_told_for_90_days(stage):
    export = stage.start("vip")
    stage.lytics.enter(JANE, "vip")
    stage.run()

    stage.product.later(days=89)
    stage.lytics.enter("late@example.com", "vip")
    stage.run()
    almost = [
        len(ledger(stage, export)),
        len(ledger(stage, export, email=JANE)),
        len(activity(stage, export)),
    ]
    stage.product.later(days=2)

    assert almost == [2, 1, 2]
    assert [one["email"] for one in ledger(stage, export)] == ["late@example.com"]
    assert ledger(stage, export, email=JANE) == []
    assert [one["people"] for one in activity(stage, export)] == [1]


def test_what_triggers_a_sending_is_told_apart(stage):
    stage.lytics.place("old@example.com", "vip")
    stage.vendor.unsubscribe(stage.list, stage.vendor.subscribe(stage.list, "gone@example.com").email)
    export = stage.start("vip", existing_users=True)
    stage.lytics.enter("gone@example.com", "vip")
    stage.run()
    stage.api.post(f"/exports/{export}/stop")
    stage.lytics.enter(JANE, "vip")
    stage.run()
    stage.api.post(f"/exports/{export}/start")
    stage.run()
    stage.api.post(f"/exports/{export}/retry-failures")
    stage.run()

    told = {(one["email"], one["trigger"], one["outcome"]) for one in ledger(stage, export)}
    assert told == {
        ("old@example.com", "existing_users", "added"),
        ("gone@example.com", "audience", "refused"),
        (JANE, "start", "added"),
        ("gone@example.com", "retry", "refused"),
    }
    assert {one["trigger"]: one["people"] for one in activity(stage, export)} == {
        "existing_users": 1,
        "audience": 1,
        "start": 1,
        "retry": 1,
    }


def test_an_outage_is_told_as_waiting_with_its_reason_and_ends_under_the_same_trigger(stage):
    export = stage.start("vip")
    stage.vendor.faults.rates = {"500": 1.0}
    stage.lytics.enter(JANE, "vip")
    stage.lytics.post_all_triggers()
    stage.product.pump(until=iter([False, True]).__next__)
    (waiting,) = activity(stage, export)
    stage.vendor.faults.clear()
    stage.run()

    (done,) = activity(stage, export)
    assert (waiting["result"], waiting["people"], waiting["waited"] > 0) == ("failed", 0, True)
    assert "Campaign Monitor" in waiting["reason"]
    assert (done["people"], done["added"], done["calls"] > waiting["calls"]) == (1, 1, True)
    assert [one["trigger"] for one in ledger(stage, export)] == ["audience"]


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_crashes_the_ledger_has_every_outcome_once_and_agrees_with_counts_and_activity(seed):
    rng = random.Random(seed)
    with exporting(audiences=AUDIENCES, seed=seed) as stage:
        export = stage.start()
        stage.vendor.unsubscribe(stage.list, stage.vendor.subscribe(stage.list, "p0@example.com").email)
        deaths = Deaths(seed, 0.4)
        stage.vendor.faults.rates = {"429": 0.06, "503-after": 0.08, "drop-after": 0.08}
        stage.vendor.faults.match = r"POST .*import|(GET|PUT) .*subscribers/"
        changes = history(rng, int(stage.product.clock.now() * 1000), 60)
        for body in as_messages(rng, export, changes):
            stage.product.sqs.send_message(QueueUrl=stage.product.names["ChangesQueue"], MessageBody=body)
            if rng.random() < 0.3:
                left = iter(range(2))
                stage.product.pump(
                    seed=rng.random(), deaths=deaths, until=lambda left=left: next(left, None) is None
                )
        stage.product.pump(seed=seed, deaths=deaths, twice=True)
        stage.vendor.faults.clear()
        stage.product.pump()

        told = ledger(stage, export)
        assert deaths.count > 2
        outcomes = Counter(one["outcome"] for one in told)
        counts = stage.counts(export)
        assert [counts[name] for name in ("added", "updated", "removed", "skipped")] == [
            outcomes[name] for name in ("added", "changed", "removed", "skipped")
        ]
        deeds = activity(stage, export)
        assert {name: sum(one[name] for one in deeds) for name in outcomes} == outcomes
        for email in {one["email"] for one in told}:
            mine = [one for one in told if one["email"] == email]
            assert sorted(ledger(stage, export, email=email), key=str) == sorted(mine, key=str)
        last = {one["email"]: one["outcome"] for one in reversed(told)}
        assert counts["failed"] == sum(outcome == "refused" for outcome in last.values())
        assert {one["email"] for one in stage.failures(export)} == {
            email for email, outcome in last.items() if outcome == "refused"
        }


class DiesAtOutcomes(Deaths):
    """Kills workers that are about to store an outcome, after the claim; each message once."""

    def begin(self, messages):
        super().begin(messages)
        self.transactions = 0
        self.is_spared = any(self._killed[message.id] for message in messages)

    def is_fatal(self, service, operation):
        self.transactions += operation == "TransactWriteItems"
        return self.transactions == 2 and not self.is_spared


def test_an_outcome_that_could_not_be_stored_is_no_entry_and_its_repetition_is_one(stage):
    export, deaths = stage.start("vip", "buyers"), DiesAtOutcomes()

    for slug in ("vip", "buyers"):
        stage.lytics.enter(JANE, slug)
        stage.run(deaths=deaths)

    assert deaths.count == 2
    assert [one["outcome"] for one in ledger(stage, export)] == ["changed", "added"]
    assert ledger(stage, export, email=JANE) == ledger(stage, export)
    hours = activity(stage, export)  # one, or two where the repetition passed a full hour
    assert [sum(one[name] for one in hours) for name in ("people", "added", "changed")] == [2, 1, 1]


def test_ten_thousand_who_failed_are_one_page_read_in_a_few_queries(stage, sized):
    export, number = stage.start("vip"), sized(2_000, MOST)
    memberships = Memberships(boto3.resource("dynamodb").Table("MembershipsTable"), "JobsTable")
    failure = {"code": 206, "message": "Subscriber Unsubscribed; nothing, unless the person agrees", "at": 1}
    now = int(stage.product.clock.now() * 1000)
    told = {"at": now, "outcome": "refused", "trigger": "audience"}
    people = [f"p{number}@example.com" for number in range(number)]
    memberships.save(export, [Write(Record(email, {}), {}, failure, told) for email in people])
    asked = Counter()
    stage.product.quick.before.append(lambda _, operation: asked.update([operation]))

    page = stage.api.get(f"/exports/{export}/ledger", outcome="refused", limit=str(MOST)).json

    assert {one["email"] for one in page["items"]} == set(people)
    assert {(one["code"], one["message"]) for one in page["items"]} == {(206, failure["message"])}
    assert page["cursor"] is None
    assert asked["Query"] <= 3
    assert "BatchGetItem" not in asked


def test_a_person_costs_the_ledger_and_the_activity_less_than_a_tenth_of_a_write_unit(stage):
    rng = random.Random(1)
    people = [f"{rng.randbytes(5).hex()}.{rng.randbytes(3).hex()}@{rng.choice(HOSTS)}" for _ in range(900)]
    for number, email in enumerate(people):
        stage.lytics.place(email, rng.choice(["vip", "buyers"]))
        stage.lytics.person(
            email, name=f"{rng.randbytes(3).hex()} {rng.randbytes(4).hex()}", city=f"C{number % 90}"
        )
    fields.add(stage.list, "City", "Text")
    meter = Meter()

    with meter.on(stage.product):
        export = stage.start("vip", "buyers", existing_users=True, field_mappings={"city": "City"})

    assert stage.counts(export)["added"] == 900
    kept = 2 * (meter.units["fine"] + meter.units["activity"])  # a transaction costs twice as much
    assert kept / 900 < 0.1


def test_who_is_erased_leaves_the_ledger_and_the_others_of_the_same_items_stay(stage):
    everybody = [f"p{number}@example.com" for number in range(40)]
    for email in (*everybody, JANE):
        stage.lytics.place(email, "vip")
    export = stage.start("vip", "buyers", existing_users=True)
    for email in (JANE, "p1@example.com"):
        stage.lytics.enter(email, "buyers")
    stage.run()
    assert len(packed(stage)) == 2
    kept = stage.api.get(f"/profiles/{JANE}/export").json["memberships"][0]["ledger"]

    receipt = stage.api.delete(f"/profiles/{JANE}").json

    assert [one["outcome"] for one in kept] == ["changed", "added"]
    assert receipt["removed"]["ledger"] == 2
    assert sorted(one for item in packed(stage) for one in item) == sorted([*everybody, "p1@example.com"])
    assert ledger(stage, export, email=JANE) == []
    assert sorted(deeds["people"] for deeds in activity(stage, export, limit=1)) == [2, 41]


def test_an_erasure_that_dies_anywhere_is_finished_by_its_repetition(stage):
    export = stage.start("vip", "buyers")
    for at in range(1, 40):
        for slug, deed in (("vip", "enter"), ("buyers", "enter"), ("vip", "exit")):
            getattr(stage.lytics, deed)(JANE, slug)
            stage.run()
        assert len(ledger(stage, export, email=JANE)) == 3
        left = iter(range(at))

        def dies(_service, _operation, left=left):
            if next(left, None) is None:
                raise Crash

        stage.product.quick.before.append(dies)
        try:
            stage.api.delete(f"/profiles/{JANE}")
        except Crash:
            is_over = False
        else:
            is_over = True
        finally:
            stage.product.quick.before.remove(dies)
        stage.api.delete(f"/profiles/{JANE}")
        assert [one for item in packed(stage) for one in item if one == JANE] == []
        if is_over:
            break
    assert is_over


def packed(stage):
    """Who is in each item of ledgers, as stored."""
    items = [item for item in stage.product.items("JobsTable") if item["job"].startswith("ledger#")]
    return [
        [one["email"] for one in json.loads(PACKED.inflate(bytes(item["entries"]), 10**6))] for item in items
    ]


def test_a_list_of_exports_has_what_each_did_last_beside_it(stage):
    export, other = stage.start("vip"), stage.start("buyers")
    stage.lytics.person(JANE, name="Jane")
    for deed in ("enter", "exit", "enter"):
        getattr(stage.lytics, deed)(JANE, "vip")
        stage.run()
        stage.product.later(hours=1)
    whole = activity(stage, export)

    listed = {one["id"]: one for one in stage.api.get("/exports", activity="2").json["items"]}

    assert (len(whole) > 2, listed[export]["activity"]) == (True, whole[:2])
    assert listed[other]["activity"] == activity(stage, other)[:2]
    assert not any("activity" in one for one in stage.api.get("/exports").json["items"])
    assert stage.api.get("/exports", activity="51").status == 422


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("ledger", {"email": "nobody"}, "email"),
        ("ledger", {"outcome": "failed"}, "outcome"),
        ("ledger", {"limit": "10001"}, "limit"),
        ("ledger", {"cursor": "IjEi", "email": ""}, "email"),
        ("ledger", {"cursor": "WzFd"}, "cursor"),
        ("activity", {"cursor": "WzFd"}, "cursor"),
        ("activity", {"limit": "501"}, "limit"),
        ("activity", {"email": JANE}, "email"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_name(stage, path, query, field):
    export = stage.start("vip")

    answer = stage.api.get(f"/exports/{export}/{path}", **query)

    assert (answer.status, [one["field"] for one in answer.json["details"]]) == (422, [field])
    assert stage.api.get(f"/exports/none/{path}").status == 404


def test_a_retry_says_how_many_are_sent_again_and_failures_agree_with_the_count(stage):
    people = [stage.vendor.subscribe(stage.list, f"gone{number}@example.com") for number in range(3)]
    for one in people:
        stage.vendor.unsubscribe(stage.list, one.email)
        stage.lytics.place(one.email, "vip")
    stage.lytics.place("no address", "vip")
    export = stage.start("vip", existing_users=True)
    stage.vendor.subscribe(stage.list, people[0].email)

    first = stage.api.post(f"/exports/{export}/retry-failures")
    stage.run()
    second = stage.api.post(f"/exports/{export}/retry-failures").json

    assert (first.status, first.json["people"], second["people"]) == (202, 3, 2)
    assert stage.counts(export)["failed"] == len(stage.failures(export)) == 3
    retried = {one["email"]: one["outcome"] for one in ledger(stage, export) if one["trigger"] == "retry"}
    assert retried == {people[0].email: "added", people[1].email: "refused", people[2].email: "refused"}


def test_a_job_names_its_account_client_and_list_and_audiences_their_size(stage):
    made = stage.create("vip").json
    unnamed = made["client"]
    calls = len(stage.vendor.calls)
    stage.run()
    first = stage.job(made["id"])
    asked = len(stage.vendor.calls)
    again = stage.job(made["id"])

    client = stage.vendor.clients[0]
    assert (unnamed, asked > calls, len(stage.vendor.calls)) == (None, True, asked)
    assert first == again
    assert first["client"] == {"id": client.id, "name": client.name}
    assert first["list"] == made["list"] == {"id": stage.list.id, "name": "Newsletter for exports"}
    assert first["authorization"] == made["authorization"] == {"id": stage.authorization, "name": "Main"}
    stage.lytics.place(JANE, "vip")
    assert {one["slug"]: one["size"] for one in stage.api.get("/audiences").json["items"]} == {
        "vip": 1,
        "buyers": 0,
        "new": 0,
    }
