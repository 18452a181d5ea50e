from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeSerializer

from bench.bill import units
from bench.bill.paper import Pace
from bench.bill.pricing import Bill, bill_of
from tests.aws.dynamodb.database import DynamoDB
from tests.aws.dynamodb.limits import size_of

ITEMS = (
    ({"email": "grüße@example.com", "n": Decimal("-12.5"), "big": 10**20, "none": None, "yes": True}, 43),
    ({"data": b"\0" * 3000, "texts": {"a", "bc"}, "numbers": {1, 22}, "bytes": {b"x", b"yz"}}, 3031),
    ({"deep": {"list": [1, "two", [b"3"], {"four": Decimal("0.04")}], "empty": {}}, "nothing": []}, 58),
)
USE = {
    "memory": 1024,
    "invocations": 10,
    "processor": 1.0,
    "waiting": 2.0,
    "calls": {"dynamodb PutItem": 100},
    "writes": {"RowsTable": 1_000_000},
    "reads": {"RowsTable": 1_000_000},
    "sqs": 1_000_000,
    "posts": 0,
    "vendor": 0,
    "log_bytes": 0,
}


@pytest.fixture
def database():
    made = DynamoDB()
    made.call(
        "CreateTable",
        {
            "TableName": "T",
            "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
            "AttributeDefinitions": [],
        },
    )
    return made


def keyed(size):
    return {"key": {"S": "k"}, "d": {"B": b"\0" * size}}


@pytest.mark.parametrize(("plain", "size"), ITEMS)
def test_an_items_bytes_are_counted_as_aws_says(plain, size):
    item = {name: TypeSerializer().serialize(value) for name, value in plain.items()}

    assert size_of(item) == size


@pytest.mark.parametrize(
    ("operation", "params", "cost"),
    [
        ("PutItem", {"TableName": "T", "Item": keyed(1500)}, 2),
        ("DeleteItem", {"TableName": "T", "Key": {"key": {"S": "k"}}}, 6),
        ("GetItem", {"TableName": "T", "Key": {"key": {"S": "k"}}}, 1),
        ("GetItem", {"TableName": "T", "Key": {"key": {"S": "k"}}, "ConsistentRead": True}, 2),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "T", "Item": keyed(100)}}]}, 12),
        ("BatchGetItem", {"RequestItems": {"T": {"Keys": [{"key": {"S": "other"}}]}}}, 0.5),
    ],
)
def test_a_call_costs_the_larger_of_before_and_after_twice_in_a_transaction(
    database, operation, params, cost
):
    database.call("PutItem", {"TableName": "T", "Item": keyed(5500)})
    (place,) = units.touched(database, operation, params)
    (before,) = units.sizes(database, [place])
    if operation == "PutItem":
        database.call("DeleteItem", {"TableName": "T", "Key": place.key})
        before = 0

    database.call(operation, params)

    (after,) = units.sizes(database, [place])
    assert units.cost(place, before, after) == cost


def test_a_function_is_billed_for_its_units_requests_and_the_seconds_that_it_runs():
    bill = bill_of(USE, {"dynamodb PutItem": 0.01})

    seconds = (1.0 + 100 * 0.01) * 1769 / 1024 + 2.0
    assert (bill.processor, bill.lasting, bill.dynamodb, bill.sqs) == (2.0, seconds, 0.75, pytest.approx(0.4))
    assert bill.functions == pytest.approx(seconds * 0.0000133334 + 10 * 0.2e-6)
    assert bill + bill == bill.times(2)
    assert Bill().dollars == 0


def test_an_import_takes_as_long_as_what_binds():
    pace = Pace(vendor=0.001, pages=0.002, writers=0.004, units=0.0001)

    assert pace.seconds(1000, calls=2, writers=4) == {
        "vendor": pytest.approx(0.5),
        "pages": pytest.approx(1.0),
        "writers": pytest.approx(1.0),
        "units": pytest.approx(0.1),
    }
