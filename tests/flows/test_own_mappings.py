"""Mappings as people write them, from the text that an admin puts to the profile that is read."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.product import Product
from tests.store.people import JANE, OTHER, make_fact, make_snapshot

PUBLISHED = """# what Lytics' own pages write
SELECT email(email) AS email, city,
  count(event) IF event CONTAINS ["pen", "lick"],
  map(event, epochms()) AS times KIND map[string]time MERGEOP LATEST, /* per key */
  domain(url) AS shop, cap(url, 2) AS last_urls, url AS pages KIND ts[]string,
FROM cm_activity
INTO USER BY email;
"""
SEED = Path(__file__).parents[1] / "unit/lql/cases/seed.json"
"""Both tables as Lytics publishes them, cell by cell."""
GUARDED = """SELECT email(email) AS email, count(email) AS coupons IF custom.coupon != ''
FROM cm_user INTO user BY email"""


@pytest.fixture
def product():
    with Product() as running:
        yield running


def deliver(product, *rows):
    body = json.dumps({"rows": [row.message() for row in rows]})
    product.sqs.send_message(QueueUrl=product.names["RowsQueue"], MessageBody=body)
    product.pump()


def put_mapping(product, text, stream):
    return product.gateway.call("PUT", f"/streams/{stream}/mapping", body=json.dumps({"mapping": text}))


def test_a_published_text_makes_the_profile_and_a_bounded_set_keeps_the_newest(product):
    assert put_mapping(product, PUBLISHED, "cm_activity").status == 200
    urls = ["http://www.shop.example.co.uk/c", "http://a.example/", "http://a.example/b"]

    for minute in (7, 3, 5):
        link = urls[(minute - 3) // 2]
        deliver(product, make_fact(event="click", minute=minute, url=link, city="Rome"))
    deliver(product, make_fact(event="click", minute=8, url=urls[0], city="Rome"))

    fields = product.profile(JANE).json["fields"]
    (newest,) = fields.pop("times").values()
    assert newest[14:16] == "08"
    assert {name: fields[name] for name in ("city", "ct_event", "shop", "last_urls", "pages")} == {
        "city": "Rome",
        "ct_event": 4,
        "shop": "example.co.uk",
        "last_urls": [urls[2], urls[0]],
        "pages": [urls[1], urls[2], urls[0]],
    }


def test_a_bounded_set_is_exact_over_stored_folds_and_repetition(product):
    put_mapping(product, PUBLISHED, "cm_activity")
    clicks = [
        make_fact(event="click", minute=each, url=f"http://a.example/{each % 70}") for each in range(140)
    ]
    random.Random(7).shuffle(clicks)

    for start in (*range(0, 140, 35), 0, 70):
        deliver(product, *clicks[start : start + 35])

    shown = product.profile(JANE).json
    assert (shown["rows"], shown["fields"]["ct_event"]) == (140, 140)
    assert shown["fields"]["last_urls"] == ["http://a.example/68", "http://a.example/69"]
    assert shown["fields"]["pages"] == [f"http://a.example/{each}" for each in range(70)]


def test_only_the_values_that_a_bounded_set_holds_are_explained(product):
    put_mapping(product, PUBLISHED, "cm_activity")
    deliver(
        product, *(make_fact(event="click", minute=each, url=f"http://a.example/{each}") for each in range(4))
    )

    fields = product.gateway.get(f"/profiles/{JANE}/explain").json["fields"]

    assert sorted(fields["last_urls"]["elements"]) == ["http://a.example/2", "http://a.example/3"]


def test_a_text_that_an_earlier_version_took_keeps_its_meaning(product):
    old = (
        "SELECT email(email) AS email, 7-1 AS six KIND number, score-3/2 AS less KIND number -- a-b\n,"
        ' "a-b" AS word, `a-b` AS named FROM cm_activity INTO user BY email'
    )
    put_mapping(product, PUBLISHED, "cm_activity")
    product.dynamodb.update_item(
        TableName=product.names["StreamsTable"],
        Key={"id": {"S": "mapping"}},
        UpdateExpression="SET cm_activity = :old",
        ExpressionAttributeValues={":old": {"S": old}},
    )

    deliver(product, make_fact(score=10, **{"a-b": "x"}))

    shown = product.gateway.get("/streams/cm_activity/mapping").json["mapping"]
    assert product.profile(JANE).json["fields"] == {
        "email": JANE,
        "six": 6,
        "less": 9,
        "word": "a-b",
        "named": "x",
    }
    assert put_mapping(product, shown, "cm_activity").status == 200


def check_mapping(product, text, stream="cm_user", **more):
    body = json.dumps({"mapping": text, **more})
    answer = product.gateway.call("POST", f"/streams/{stream}/mapping/check", body=body)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store"), answer
    return answer.json


def show_mapping(product, stream="cm_user"):
    return product.gateway.get(f"/streams/{stream}/mapping").json


@pytest.mark.parametrize("stream", ["cm_user", "cm_activity"])
def test_a_mapping_is_shown_as_the_table_that_lytics_publishes(product, stream):
    known = [line for line in json.loads(SEED.read_text(encoding="utf-8")) if line["stream"] == stream]

    shown = show_mapping(product, stream)["columns"]

    assert shown == [
        {
            "expression": line["expression"],
            "condition": line["condition"] or None,
            "field": line["field"],
            "unique_id": line["unique_id"],
            "description": line["description"],
            "type": line["kind"],
        }
        for line in known
    ]


def test_an_own_mapping_is_shown_line_by_line_until_it_is_taken_back(product):
    before = show_mapping(product)
    changed = put_mapping(product, GUARDED, "cm_user").json

    lines = [(one["expression"], one["field"], one["description"]) for one in changed["columns"]]
    assert lines == [("email(email)", "email", None), ("count(email)", "coupons", None)]
    assert show_mapping(product) == changed
    assert product.gateway.call("DELETE", "/streams/cm_user/mapping").json == before == show_mapping(product)


def test_a_check_tells_what_a_text_would_make_of_a_person_and_keeps_nothing(product):
    deliver(product, make_snapshot(name="Jane", city="Ulm"), make_fact(minute=3))
    before, stored = product.profile(JANE).json, show_mapping(product)
    own = OTHER.format(stream="cm_user", column="city AS town")

    checked = check_mapping(product, own, email=JANE.upper())

    assert checked["errors"] == []
    assert checked["before"] == before["fields"]
    assert checked["after"] | {"town": "Ulm"} == checked["after"]
    assert "cm_name" not in checked["after"]
    assert "cm_lastclick_ts" in checked["after"]
    assert (product.profile(JANE).json, show_mapping(product)) == (before, stored)
    assert product.gateway.get("/streams/reproject").json["status"] == "idle"
    assert put_mapping(product, own, "cm_user").status == 200
    assert product.profile(JANE).json["fields"] == checked["after"]
    assert check_mapping(product, own, email=JANE)["before"] == checked["after"]


def test_a_check_without_a_person_tells_of_mistakes_alone(product):
    assert check_mapping(product, PUBLISHED, "cm_activity") == {"errors": []}


CLASH = "SELECT email(email) AS email, count(email) AS cm_openct KIND string FROM cm_user INTO user BY email"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT",
        "SELECT email AS email KIND string,\n  nope(name) AS x KIND string FROM cm_user INTO user BY email",
        GUARDED.replace("cm_user", "cm_activity"),
        CLASH,
        "SELECT \ud83d",
        "x" * (100 * 1024 + 1),
        "é" * (50 * 1024 + 1),
    ],
)
def test_a_check_finds_the_mistakes_for_which_a_put_is_refused(product, text):
    deliver(product, make_snapshot(name="Jane"))
    refused = put_mapping(product, text, "cm_user")
    assert refused.status == 422

    checked = check_mapping(product, text, email=JANE)

    (error,) = checked["errors"]
    (detail,) = refused.json["details"]
    assert detail == {
        "field": "mapping",
        **{name: value for name, value in error.items() if value is not None},
    }
    assert sorted(error) == ["column", "excerpt", "line", "message", "stream"]
    assert checked == {"errors": [error], "before": product.profile(JANE).json["fields"]}


def test_a_mistake_is_told_by_the_line_and_column_of_the_text_as_it_was_given(product):
    (error,) = check_mapping(product, "\n\n  SELECT email(email) AS email, oops FROM cm_user")["errors"]

    assert (error["line"], error["stream"]) == (3, "cm_user")
    line, caret = error["excerpt"].split("\n")
    assert line.strip() == "SELECT email(email) AS email, oops FROM cm_user"
    assert caret.index("^") - 4 == error["column"] - 1


def test_a_check_agrees_with_the_own_text_of_the_other_stream(product):
    other = OTHER.format(stream="cm_activity", column="count(email) AS town KIND int")
    put_mapping(product, other, "cm_activity")

    (error,) = check_mapping(product, OTHER.format(stream="cm_user", column="city AS town KIND string"))[
        "errors"
    ]

    assert "the mapping of cm_activity" in error["message"]


def test_what_may_not_be_known_of_a_person_is_not_shown_by_a_check(product):
    client = product.vendor.clients[0].id
    facts = [make_fact(event="open", client_id=client), make_fact(event="sent", client_id=client)]
    deliver(product, make_snapshot(client_id=client), *facts)
    text = OTHER.format(stream="cm_activity", column="set(event) AS events KIND []string")
    allowed = check_mapping(product, text, "cm_activity", email=JANE)

    product.start_import(product.connect(), client, tracking_consent="strict")

    checked = check_mapping(product, text, "cm_activity", email=JANE)
    assert allowed["after"]["events"] == ["open", "sent"]
    assert checked["after"]["events"] == ["sent"]
    assert "cm_openct" in allowed["before"]
    assert "cm_openct" not in checked["before"]
    assert checked["before"] == product.profile(JANE).json["fields"]


def test_a_profile_that_does_not_fit_twice_into_an_answer_is_refused(product):
    for number in range(16):
        deliver(product, make_fact(minute=number, long=f"{number}{'x' * 200_000}"))
    text = OTHER.format(stream="cm_activity", column="set(long) AS longs KIND []string")
    assert put_mapping(product, text, "cm_activity").status == 200

    answer = product.gateway.post("/streams/cm_activity/mapping/check", {"mapping": text, "email": JANE})

    assert product.profile(JANE).status == 200
    assert (answer.status, [one["field"] for one in answer.json["details"]]) == (422, ["email"])


@pytest.mark.parametrize(
    ("stream", "body", "expected"),
    [
        ("cm_user", {"mapping": GUARDED, "email": "nobody@example.com"}, (404, [])),
        ("cm_user", {"mapping": "SELECT", "email": "nobody@example.com"}, (404, [])),
        ("cm_orders", {"mapping": GUARDED}, (404, [])),
        ("cm_user", {}, (422, ["mapping"])),
        ("cm_user", {"mapping": 1, "emial": JANE}, (422, ["mapping", "emial"])),
        ("cm_user", {"mapping": GUARDED, "email": ""}, (422, ["email"])),
        ("cm_user", {"mapping": GUARDED, "email": "jane%40example.com"}, (422, ["email"])),
    ],
)
def test_a_check_of_nobody_or_nothing_is_refused(product, stream, body, expected):
    answer = product.gateway.post(f"/streams/{stream}/mapping/check", body)

    assert (answer.status, [one["field"] for one in answer.json["details"]]) == expected


def test_an_empty_coupon_is_no_coupon(product):
    put_mapping(product, GUARDED, "cm_user")

    for minute, coupon, expected in ((0, "", None), (1, "SPRING", 1)):
        deliver(product, make_snapshot(minute=minute, **{"custom.coupon": coupon}))
        assert product.profile(JANE).json["fields"].get("coupons") == expected


@pytest.mark.parametrize("nth", [1, 2])  # once the first is stored; before that, it is refused
def test_of_two_mappings_that_are_put_at_once_both_are_applied_to_everybody(product, nth):
    deliver(product, make_fact(event="open", city="Rome"), make_snapshot(state="active"))
    texts = {stream: show_mapping(product, stream)["mapping"] for stream in ("cm_user", "cm_activity")}
    own = {
        stream: text.replace(f"FROM {stream}", f"  , email(email) AS own_{stream} KIND string\nFROM {stream}")
        for stream, text in texts.items()
    }
    seen, answers = Counter(), []

    def another(_, operation):
        seen[operation] += 1
        if operation == "PutItem" and seen[operation] == nth + 1:
            answers.append(put_mapping(product, own["cm_user"], "cm_user").status)

    product.quick.before.append(another)
    answers.append(put_mapping(product, own["cm_activity"], "cm_activity").status)
    product.quick.before.remove(another)
    product.pump()

    fields = product.profile(JANE).json["fields"]
    (plain,) = product.items("ProfilesTable")
    assert answers == [200, 200]
    assert {"own_cm_user", "own_cm_activity"} <= fields.keys()
    assert {"own_cm_user", "own_cm_activity"} <= plain["fields"].keys()
