"""One person's value costs nobody else anything, and what is left out of it is told."""

import json
import math
import time

import boto3
import pytest
from botocore.exceptions import ClientError

from lytics_cm.errors import InvalidInput
from lytics_cm.store.membership import Record, Write
from lytics_cm.store.memberships import Memberships
from simulators.campaign_monitor.fields import add
from tests.flows.exporting import exporting
from tests.flows.importing import meanwhile


@pytest.fixture
def stage():
    with exporting() as made:
        add(made.list, "City", "Text")
        add(made.list, "Interests", "MultiSelectMany", ["Red", "Blue"])
        yield made


MAPPED = {"field_mappings": {"city": "City", "tags": "Interests"}}


def change(email, slug="vip", **fields):
    at = int(time.time() * 1000) - 1000
    return {"email": email, "slug": slug, "event": "enter", "at": at, "fields": fields}


def nested(levels):
    return json.loads("[" * levels + "]" * levels)


def queue(stage, body):
    stage.product.sqs.send_message(QueueUrl=stage.product.names["ChangesQueue"], MessageBody=body)


ODD = {
    "deep": nested(2000),
    "large": [f"https://example.com/{n:050d}" for n in range(3000)],
    "object": {"a": {"b": [1, None]}, "c": "x" * 400},
    "surrogate": "\ud800Ulm",
    "infinite": math.inf,
    "nan": math.nan,
    "huge": 10**400,
}


@pytest.mark.parametrize("kind", ODD)
def test_one_persons_value_costs_the_others_of_the_batch_nothing(stage, kind):
    export = stage.start("vip", **MAPPED)
    emails = [f"p{n}@example.com" for n in range(20)]

    people = [change(email, city="Ulm") for email in emails]
    stage.tell(export, *people[:9], change("odd@example.com", city=ODD[kind], name=ODD[kind]), *people[9:])
    stage.run(twice=True)

    assert sorted(stage.audiences()) == sorted([*emails, "odd@example.com"])
    assert stage.product.dead_letters() == {}
    assert len(stage.imports()) == 1
    told = [one for one in stage.failures(export) if one["email"]]
    assert {one["email"] for one in told} <= {"odd@example.com"}
    assert bool(told) == (kind != "surrogate")
    assert stage.counts(export) == {"added": 21, "updated": 0, "removed": 0, "skipped": 0, "failed": 0}


def test_a_trigger_with_a_value_that_is_too_much_is_taken_without_it(stage):
    export = stage.start("vip", **MAPPED)
    stage.lytics.person("jane@example.com", name="Jane", city=ODD["large"] * 3, tags=["Red"])

    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    (_, fields) = stage.people()["jane@example.com"]
    (failure,) = stage.failures(export)
    assert (fields["Interests"], fields["Lytics Audiences"]) == (["Red"], ["VIP"])
    assert "City" in failure["message"]
    assert "9000 values" in failure["message"]


def test_a_scanned_person_with_a_set_larger_than_a_message_is_sent_without_the_rest_of_it(stage):
    for n in range(5):
        stage.lytics.place(stage.lytics.person(f"p{n}@example.com", city="Ulm"), "vip")
    urls = [f"https://example.com/{n:060d}" for n in range(20_000)]
    stage.lytics.place(stage.lytics.person("odd@example.com", city=urls, tags=urls), "vip")

    export = stage.start("vip", existing_users=True, **MAPPED)

    assert len(stage.audiences()) == 6
    assert stage.product.dead_letters() == {}
    (failure,) = stage.failures(export)
    assert failure["email"] == "odd@example.com"
    assert "of 20000 values were left out" in failure["message"]


def spoil(stage, export, email):
    """Make of what is stored of somebody what no version of ours can read."""
    table = boto3.resource("dynamodb").Table("MembershipsTable")
    table.put_item(Item={"export": export, "email": email, "state": "{", "version": 99, "open": True})


def test_whoever_meets_with_what_nobody_foresaw_is_found_by_halves_and_listed_alone(stage):
    export = stage.start("vip")
    emails = [f"p{n}@example.com" for n in range(700)]
    for email in ("p3@example.com", "p500@example.com"):
        spoil(stage, export, email)

    stage.tell(export, *map(change, emails[:350]))
    stage.tell(export, *map(change, emails[350:]))
    stage.run()

    assert len(stage.audiences()) == 698
    assert {one["email"] for one in stage.failures(export)} == {"p3@example.com", "p500@example.com"}
    assert all("see the log" in one["message"] for one in stage.failures(export))
    assert stage.counts(export)["added"] == 698
    assert sum(one.size for one in stage.imports()) == 698
    assert stage.product.dead_letters() == {}


def test_no_call_is_made_twice_when_only_the_storing_of_its_answer_fails(stage):
    export = stage.start("vip")
    bad = {"email": "bad@localhost", "code": 1}
    meanwhile(stage.vendor).when("import", lambda: spoil(stage, export, "p3@example.com"))

    stage.tell(export, *(change(f"p{n}@example.com") for n in range(300)), change("bad@localhost"))
    stage.run()

    assert [one.size for one in stage.imports()] == [301]
    assert stage.counts(export)["added"] == 299
    listed = {(one["email"], one["code"]) for one in stage.failures(export)}
    assert listed == {tuple(bad.values()), ("p3@example.com", "not_handled")}
    assert stage.product.dead_letters() == {}


def test_people_whose_answer_could_not_be_stored_together_are_not_sent_again_one_by_one(stage):
    export = stage.start("vip")
    called, refused = [], []
    meanwhile(stage.vendor).when("import", lambda: called.append(1))

    def refuse(service, operation):
        if operation == "TransactWriteItems" and called and not refused:
            refused.append(operation)
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "no"}}, operation)

    stage.tell(export, *(change(f"p{n}@example.com") for n in range(60)))
    stage.product.quick.before.append(refuse)
    stage.run()

    assert [one.size for one in stage.imports()] == [60]
    assert refused
    assert stage.counts(export)["added"] == 60
    assert stage.failures(export) == []


def test_a_fault_of_aws_is_nobodys_failure_and_all_come_again(stage):
    export = stage.start("vip")
    stage.tell(export, *(change(f"p{n}@example.com") for n in range(50)))
    until = stage.product.clock.now() + 60
    refused = []

    def throttle(service, operation):
        if operation == "PutItem" and stage.product.clock.now() < until:
            refused.append(operation)
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "not now"}}, operation)

    stage.product.quick.before.append(throttle)
    stage.run()

    assert len(refused) == 1
    assert len(stage.audiences()) == 50
    assert stage.failures(export) == []


@pytest.mark.parametrize(
    "body",
    [
        {"changes": 5},
        {"changes": [5, None, "x", []]},
        {"changes": [{"email": {"a": 1}, "slug": "vip", "event": "enter", "at": 1}]},
        {"changes": [{**change("x@example.com"), "fields": [1]}]},
        {"changes": [{**change("x@example.com"), "slug": {"a": 1}}]},
        {"people": "jane@example.com"},
        {"people": [5, None, "", "x" * 300]},
        {"people": ["jane@example.com"], "attempt": "soon", "since": None},
        {"task": 7},
        {"task": "scan", "args": [1]},
        {"nothing": True},
    ],
)
def test_a_message_that_cannot_be_used_is_listed_and_costs_only_itself(stage, body):
    export = stage.start("vip", **MAPPED)

    queue(stage, json.dumps({"export": export, **body}))
    stage.tell(export, change("jane@example.com"))
    stage.run(twice=True)

    assert stage.audiences() == {"jane@example.com": ["VIP"]}
    assert stage.product.dead_letters() == {}
    assert len(stage.failures(export)) == ("attempt" not in body)
    assert "{'a'" not in json.dumps(stage.failures(export))
    assert stage.job(export)["status"] == "running"


@pytest.mark.parametrize("existing", [False, True])
def test_the_address_may_be_in_a_list_in_scans_as_in_triggers_and_the_first_one_counts(stage, existing):
    lists = {"one": ["one@example.com"], "two": ["", "two@example.com", "x@example.com"], "none": [" "]}
    for name, emails in lists.items():
        person = stage.lytics.person(f"{name}@lytics.example.com", mails=emails)
        if existing:
            stage.lytics.place(person, "vip")
    stage.lytics.add_field("mails")

    export = stage.start("vip", existing_users=existing, email_field="mails")
    if not existing:
        for name in lists:
            stage.lytics.enter(f"{name}@lytics.example.com", "vip")
        stage.run()

    assert sorted(stage.audiences()) == ["one@example.com", "two@example.com"]
    if existing:
        assert stage.job(export)["existing"][0]["without_address"] == 1


def test_blanks_empty_a_field(stage):
    export = stage.start("vip", **MAPPED)
    for city in ("Ulm", "   "):
        stage.tell(export, change("jane@example.com", city=city))
        stage.product.later(seconds=2)
        stage.run()

    assert stage.people() == {"jane@example.com": ("Active", {"Lytics Audiences": ["VIP"]})}
    assert stage.failures(export) == []


def test_what_nobody_foresaw_in_a_set_up_ends_it_and_in_a_scan_ends_that_alone(stage):
    refusal = ClientError({"Error": {"Code": "ValidationException", "Message": "no"}}, "UpdateItem")
    began, refused = [], []

    def refuse(service, operation):
        if operation == "UpdateItem" and began and not refused:
            refused.append(operation)
            raise refusal

    stage.product.quick.before.append(refuse)
    stage.lytics.place("jane@example.com", "vip")
    meanwhile(stage.vendor).when("customfields", lambda: began.append(1), times=100)
    export = stage.create("vip", existing_users=True, **MAPPED).json["id"]
    began.clear()
    stage.product.pump()
    failed = stage.job(export)
    stage.api.post(f"/exports/{export}/start")
    stage.run()

    assert failed["status"] == "failed"
    assert "something unforeseen came up (ClientError)" in failed["message"]
    assert list(stage.audiences()) == ["jane@example.com"]


def test_a_dry_run_tells_two_phone_numbers_apart(stage):
    add(stage.list, "Phone", "Text")
    add(stage.list, "Points", "Number")
    add(stage.list, "Lytics Audiences", "MultiSelectMany", ["VIP"])
    there = {"p0": ("+491511234567", "12.50"), "p1": ("+491511234567", "12.5"), "p2": ("007", "1")}
    mine = {"p0": ("+491511239999", 12.5), "p1": ("+491511234567", 12.5), "p2": ("7", 1)}
    for name, (phone, points) in there.items():
        fields = {"Phone": phone, "Points": points, "Lytics Audiences": "VIP"}
        stage.vendor.subscribe(stage.list, f"{name}@example.com", fields=fields)
    for name, (phone, points) in mine.items():
        stage.lytics.place(stage.lytics.person(f"{name}@example.com", phone=phone, points=points), "vip")

    mappings = {"phone": "Phone", "points": "Points"}
    dry = stage.create("vip", existing_users=True, dry_run=True, field_mappings=mappings).json["id"]
    stage.run()

    plan = {one["email"]: one["would"] for one in stage.api.get(f"/exports/{dry}/plan").json["items"]}
    assert plan == {"p0@example.com": "change", "p1@example.com": "keep", "p2@example.com": "change"}


def test_what_would_be_more_of_a_person_than_an_item_holds_is_counted_in_bytes_and_refused(stage):
    memberships = Memberships(boto3.resource("dynamodb").Table("MembershipsTable"))
    small, large = ({"fields": {"name": "\u00fc" * size}} for size in (180_000, 195_000))

    memberships.save("export", [Write(Record("small@example.com", small))])
    with pytest.raises(InvalidInput, match="map fewer fields"):
        memberships.save("export", [Write(Record("large@example.com", large))])

    assert [item["email"] for item in stage.product.items("MembershipsTable")] == ["small@example.com"]
