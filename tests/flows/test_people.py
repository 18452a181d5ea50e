"""People as an admin looks for them: by how their address begins, and in which exports they are."""

import json
from urllib.parse import quote

import pytest

from simulators.campaign_monitor.generator import World
from tests.deliveries import make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import path_of
from tests.product import Product
from tests.store.people import JANE, make_fact, make_snapshot

QUIET = World(clients=1, lists=2, subscribers=12, campaigns=0, activity=0, journeys=0)
NOBODY = "nobody@example.com"
LARGE = "x" * 200_000
MOST_OF_AN_ANSWER = 6 * 1024 * 1024
"""Bytes that Lambda can answer."""


@pytest.fixture
def product():
    with Product() as product:
        yield product


@pytest.fixture
def stage():
    """An import whose webhooks are registered, and an export to another list, both running."""
    with exporting(scenario=QUIET) as stage:
        client = stage.vendor.clients[0]
        stage.importing = stage.product.start_import(stage.authorization, client.id)
        stage.product.pump()
        stage.imported = next(iter(client.lists.values()))
        stage.export = stage.start("vip", "buyers", description="Newsletter")
        yield stage


def deliver(product, *rows):
    for row in rows:
        body = json.dumps({"rows": [row.message()]})
        product.sqs.send_message(QueueUrl=product.names["RowsQueue"], MessageBody=body)
    product.pump()


def people(product, **query):
    """Everybody who is listed, page by page; how many pages that took."""
    found, cursors = [], [None]
    for cursor in cursors:
        answer = product.gateway.get("/profiles", **query, **({"cursor": cursor} if cursor else {}))
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store"), answer
        assert len(json.dumps(answer.body)) < MOST_OF_AN_ANSWER
        found += answer.json["items"]
        cursors += [answer.json["cursor"]] if answer.json["cursor"] else []
    return found, len(cursors)


def emails(product, **query):
    return sorted(one["email"] for one in people(product, **query)[0])


def test_people_are_found_by_how_their_address_begins_with_what_their_plain_profile_says(product):
    deliver(product, make_snapshot(name="Jane"), make_fact(), make_snapshot("jo@example.com", name="Jo"))
    deliver(product, make_fact("zoë@example.com"))

    found, pages = people(product, prefix=" JAN")

    profile = product.profile(JANE).json
    expected = {"email": JANE, "name": "Jane", "rows": 2, "updated_at": profile["updated_at"]}
    assert (found, pages) == ([expected], 1)
    assert emails(product, prefix="j") == [JANE, "jo@example.com"]
    assert emails(product, prefix="ZOË") == ["zoë@example.com"]
    assert people(product, prefix="zoë")[0][0]["name"] is None
    assert emails(product) == [JANE, "jo@example.com", "zoë@example.com"]
    assert emails(product, prefix="example") == []


@pytest.mark.parametrize("prefix", ["", "p"])
def test_each_person_is_on_one_page_of_many_and_no_page_is_larger_than_asked_for(product, prefix):
    everybody = [f"p{number}@example.com" for number in range(23)]
    deliver(product, *map(make_fact, everybody))

    for limit in (1, 5, 23, 500):
        found, pages = people(product, prefix=prefix, limit=str(limit))
        assert sorted(one["email"] for one in found) == sorted(everybody)
        assert -(-23 // limit) <= pages <= 23 // limit + 1


def test_a_page_reads_a_bounded_part_of_the_table_and_may_be_empty_before_the_last_one(product):
    deliver(product, make_fact("zoe@example.com"))
    crowd = [f"p{number}@example.com" for number in range(110)]
    deliver(product, *(make_snapshot(email, name=LARGE) for email in crowd))

    first = product.gateway.get("/profiles", prefix="zoe").json
    found, pages = people(product, prefix="zoe")

    assert first["items"] == []
    assert first["cursor"]
    assert [one["email"] for one in found] == ["zoe@example.com"]
    assert pages == 2
    assert emails(product, limit="500") == sorted([*crowd, "zoe@example.com"])
    assert emails(product, prefix="p", limit="500") == sorted(crowd)


def test_who_was_erased_is_not_listed(stage):
    for email in (JANE, NOBODY):
        body = {"ListID": stage.imported.id, "Events": [make_event("Subscribe", email)]}
        stage.api.post(path_of(stage.product, stage.imported), body)
    stage.product.pump()
    assert emails(stage.product, prefix="jane@") == [JANE]

    assert stage.api.delete(f"/profiles/{JANE}").status == 200

    assert emails(stage.product, prefix="jane@") == []
    assert emails(stage.product, prefix="nobody@") == [NOBODY]


def test_of_whom_nothing_may_be_known_any_more_is_not_listed(stage):
    client = stage.vendor.clients[0]
    deliver(stage.product, make_fact(client_id=client.id), make_fact("old@example.com"))
    assert emails(stage.product, prefix="jane@") == [JANE]

    assert stage.api.call("PATCH", f"/imports/{stage.importing}", body='{"keep_rows_days": 30}').status == 200
    stage.product.pump()

    assert stage.product.profile(JANE).status == 404
    assert emails(stage.product, prefix="jane@") == []
    assert JANE not in emails(stage.product, limit="5")
    assert emails(stage.product, prefix="old@") == ["old@example.com"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"prefix": "x" * 255}, "prefix"),
        ({"prefix": "a\0"}, "prefix"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "WzFd"}, "cursor"),
    ],
)
def test_a_question_for_people_that_makes_no_sense_is_refused_with_its_field(product, query, field):
    answer = product.gateway.get("/profiles", **query)

    assert (answer.status, [one["field"] for one in answer.json["details"]]) == (422, [field])


def exports_of(stage, email):
    answer = stage.api.get(f"/profiles/{quote(email)}/exports")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store"), answer
    assert answer.json["cursor"] is None
    return answer.json["items"]


def test_the_exports_of_a_person_tell_audiences_what_was_sent_and_what_became_of_it(stage):
    stage.lytics.place(JANE, "vip")
    dry = stage.start("vip", existing_users=True, dry_run=True)
    stage.lytics.enter(JANE, "vip")
    stage.lytics.enter(JANE, "buyers")
    stage.run()
    stage.lytics.exit(JANE, "buyers")
    stage.run()

    shown = {one["export"]["id"]: one for one in exports_of(stage, JANE.upper())}

    assert sorted(shown) == sorted([dry, stage.export])
    found, planned = shown[stage.export], shown[dry]
    audiences = found.pop("audiences")
    told = stage.api.get(f"/profiles/{JANE}/export").json["memberships"]
    (kept,) = [one for one in told if one["export"]["id"] == stage.export]
    assert found == {
        "export": {
            "id": stage.export,
            "description": "Newsletter",
            "list_id": stage.list.id,
            "dry_run": False,
        },
        "consents": {},
        "sent": {"[LyticsAudiences]": ["VIP"]},
        "sent_at": kept["sent_at"],
        "tried": None,
        "outcome": "sent",
        "waiting": False,
        "failure": None,
    }
    assert {one["slug"]: (one["name"], one["inside"]) for one in audiences} == {
        "vip": ("VIP", True),
        "buyers": ("Spring Buyers", False),
    }
    assert [one["entered_at"] is None for one in audiences] == [False, False]
    assert {one["slug"]: one["left_at"] is None for one in audiences} == {"vip": True, "buyers": False}
    stays = [{name: one[name] for name in ("slug", "entered_at", "seen_at", "left_at")} for one in audiences]
    assert stays == kept["audiences"]
    assert (planned["export"]["dry_run"], planned["sent"], planned["outcome"]) == (True, None, "add")
    assert [one["inside"] for one in planned["audiences"]] == [True]
    assert [one["outcome"] for one in kept["ledger"]] == ["changed", "added"]
    assert kept["ledger"][0]["at"] == kept["sent_at"]


def test_what_campaign_monitor_refused_of_a_person_is_told_with_its_code(stage):
    stage.lytics.enter(JANE, "vip")
    stage.run()
    stage.vendor.unsubscribe(stage.list, JANE)
    stage.lytics.enter(JANE, "buyers")
    stage.run()

    (found,) = exports_of(stage, JANE)

    (failure,) = stage.failures(stage.export)
    assert (found["outcome"], found["failure"]["code"]) == ("failed", 206)
    assert found["sent"] == {"[LyticsAudiences]": ["VIP"]}
    assert found["failure"] == {name: failure[name] for name in ("code", "message", "at")}


def test_who_is_in_no_export_has_an_empty_list_and_who_is_unknown_none(stage):
    known = next(iter(stage.imported.people.values())).email

    assert exports_of(stage, known) == []
    assert stage.api.get(f"/profiles/{NOBODY}/exports").status == 404
    assert stage.api.get("/profiles/no-address/exports").status == 422


def test_the_exports_of_a_person_who_was_erased_are_not_known_any_more(stage):
    stage.lytics.enter(JANE, "vip")
    stage.run()
    assert len(exports_of(stage, JANE)) == 1

    stage.api.delete(f"/profiles/{JANE}")

    assert stage.api.get(f"/profiles/{JANE}/exports").status == 404
