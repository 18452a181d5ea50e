"""Mappings as people write them, from the text that an admin puts to the profile that is read."""

import json
import random

import pytest

from tests.product import Product
from tests.store.people import JANE, make_fact, make_snapshot

PUBLISHED = """# what Lytics' own pages write
SELECT email(email) AS email, city,
  count(event) IF event CONTAINS ["pen", "lick"],
  map(event, epochms()) AS times KIND map[string]time MERGEOP LATEST, /* per key */
  domain(url) AS shop, cap(url, 2) AS last_urls, url AS pages KIND ts[]string,
FROM cm_activity
INTO USER BY email;
"""
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


def test_an_empty_coupon_is_no_coupon(product):
    put_mapping(product, GUARDED, "cm_user")

    for minute, coupon, expected in ((0, "", None), (1, "SPRING", 1)):
        deliver(product, make_snapshot(minute=minute, **{"custom.coupon": coupon}))
        assert product.profile(JANE).json["fields"].get("coupons") == expected
