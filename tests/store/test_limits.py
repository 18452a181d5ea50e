"""The DynamoDB in memory draws the line where AWS's own DynamoDB Local does."""

import pytest
from botocore.exceptions import ClientError

KB = 1024
ITEM = 400 * KB


pytestmark = pytest.mark.parametrize("dynamodb", ["memory", "local"], indirect=True)
"""Not moto, which is kinder than AWS."""


@pytest.fixture
def strict(dynamodb):
    """A client, and the name of a new table."""
    return dynamodb.fresh()[:2]


def item(key="k", email="e", **attributes):
    return {"email": {"S": email}, "key": {"S": key}, **attributes}


PLAIN = len("email" + "e" + "key" + "k")


def filled(size, **attributes):
    """An item of `size` bytes when its other attributes have none."""
    return item(x={"S": "a" * (size - PLAIN - 1)}, **attributes)


def nested(levels):
    value = {"S": "x"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def taken(client, operation, **request):
    """Empty when it is done, else the code and the codes of the reasons."""
    try:
        getattr(client, operation)(**request)
    except ClientError as error:
        reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        return [error.response["Error"]["Code"], *reasons]
    return []


INVALID = ["ValidationException"]
ITEMS = {
    "whole": (filled(ITEM), []),
    "a byte more": (filled(ITEM + 1), INVALID),
    "text is bytes": (item(x={"S": "ü" * (200 * KB)}), INVALID),
    "characters alone would fit": (item(x={"S": "ü" * (199 * KB)}), []),
    "numbers by two digits": (filled(ITEM - 5, n={"N": "12345"}), []),
    "a number's last byte": (filled(ITEM - 5, n={"N": "1234567"}), INVALID),
    "zeros at the end are free": (filled(ITEM - 3, n={"N": "1200000000"}), []),
    "a negative number": (filled(ITEM - 5, n={"N": "-123"}), []),
    "a negative number's sign": (filled(ITEM - 4, n={"N": "-123"}), INVALID),
    "a list's overhead": (filled(ITEM - 6, l={"L": [{"S": "a"}]}), []),
    "a list's last byte": (filled(ITEM - 5, l={"L": [{"S": "a"}]}), INVALID),
    "a map's overhead": (filled(ITEM - 7, m={"M": {"k": {"S": "a"}}}), []),
    "a map's last byte": (filled(ITEM - 6, m={"M": {"k": {"S": "a"}}}), INVALID),
    "a set": (filled(ITEM - 4, s={"SS": ["a", "bc"]}), []),
    "a set's last byte": (filled(ITEM - 3, s={"SS": ["a", "bc"]}), INVALID),
    "binary": (filled(ITEM - 11, b={"B": bytes(10)}), []),
    "binary's last byte": (filled(ITEM - 10, b={"B": bytes(10)}), INVALID),
    "yes and nothing": (filled(ITEM - 4, y={"BOOL": True}, n={"NULL": True}), []),
    "32 levels": (item(x=nested(31)), []),
    "33 levels": (item(x=nested(32)), INVALID),
    "38 digits": (item(x={"N": "1" * 38}), []),
    "39 digits": (item(x={"N": "1" * 39}), INVALID),
    "a set twice the same": (item(x={"SS": ["a", "a"]}), INVALID),
    "an empty text": (item(x={"S": ""}), []),
    "the longest keys": (item("k" * 1024, "e" * 2048), []),
    "a sort key's last byte": (item("k" * 1025), INVALID),
    "a partition key's last byte": (item(email="e" * 2049), INVALID),
    "keys are bytes": (item("ü" * 513), INVALID),
    "an empty key": (item(""), INVALID),
    "a key of another type": ({"email": {"N": "1"}, "key": {"S": "k"}}, INVALID),
}


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_is_taken_up_to_the_last_byte(strict, name):
    client, table = strict
    written, expected = ITEMS[name]

    assert taken(client, "put_item", TableName=table, Item=written) == expected


def options(count):
    return {
        "ConditionExpression": f"x IN ({', '.join(f':v{number}' for number in range(count))})",
        "ExpressionAttributeValues": {f":v{number}": {"N": str(number)} for number in range(count)},
    }


REFUSED = ["ConditionalCheckFailedException"]


@pytest.mark.parametrize(("count", "expected"), [(100, REFUSED), (101, INVALID)])
def test_a_choice_has_a_hundred_options(strict, count, expected):
    client, table = strict

    assert taken(client, "put_item", TableName=table, Item=item(), **options(count)) == expected


@pytest.mark.parametrize(("count", "expected"), [(4096, []), (4097, INVALID)])
def test_an_expression_has_4096_bytes(strict, count, expected):
    client, table = strict
    name = "x" * (count - len("attribute_not_exists()"))

    request = {"Item": item(), "ConditionExpression": f"attribute_not_exists({name})"}

    assert len(request["ConditionExpression"]) == count
    assert taken(client, "put_item", TableName=table, **request) == expected


def puts(table, sizes):
    return [
        {"Put": {"TableName": table, "Item": item(f"{number:03}", x={"S": "a" * size})}}
        for number, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([1] * 100, []),
        ([1] * 101, INVALID),
        ([399 * KB] * 10, []),
        ([399 * KB] * 11, INVALID),
        ([1, ITEM], INVALID),
    ],
)
def test_a_transaction_has_a_hundred_actions_and_four_megabytes(strict, sizes, expected):
    client, table = strict

    assert taken(client, "transact_write_items", TransactItems=puts(table, sizes)) == expected


def test_a_transaction_that_lets_an_item_grow_too_large_is_cancelled_for_that_item(strict):
    client, table = strict
    client.put_item(TableName=table, Item=filled(ITEM - 10))
    growing = {
        "TableName": table,
        "Key": item(),
        "UpdateExpression": "SET y = :y",
        "ExpressionAttributeValues": {":y": {"S": "a" * 20}},
    }

    actions = [*puts(table, [1]), {"Update": growing}]

    assert taken(client, "transact_write_items", TransactItems=actions) == [
        "TransactionCanceledException",
        "None",
        "ValidationError",
    ]


def test_a_transaction_has_one_action_on_an_item(strict):
    client, table = strict
    actions = puts(table, [1]) + puts(table, [2])

    assert taken(client, "transact_write_items", TransactItems=actions) == INVALID


@pytest.mark.parametrize(("count", "expected"), [(25, []), (26, INVALID)])
def test_a_batch_of_writes_has_25_members(strict, count, expected):
    client, table = strict
    requests = [{"PutRequest": {"Item": item(f"{number:03}")}} for number in range(count)]

    assert taken(client, "batch_write_item", RequestItems={table: requests}) == expected


@pytest.mark.parametrize(("count", "expected"), [(100, []), (101, INVALID)])
def test_a_batch_of_reads_has_a_hundred_keys(strict, count, expected):
    client, table = strict
    keys = [item(f"{number:03}") for number in range(count)]

    assert taken(client, "batch_get_item", RequestItems={table: {"Keys": keys}}) == expected


def test_a_batch_of_reads_gives_16_megabytes_and_names_the_rest(strict):
    client, table = strict
    for number in range(50):
        client.put_item(TableName=table, Item=item(f"{number:03}", x={"S": "a" * (380 * KB)}))
    keys = [item(f"{number:03}") for number in range(50)]

    answer = client.batch_get_item(RequestItems={table: {"Keys": keys}})

    given, left = answer["Responses"][table], answer["UnprocessedKeys"][table]["Keys"]
    assert len(given) + len(left) == 50
    assert len(given) * 380 * KB <= 16 * KB * KB < (len(given) + 2) * 380 * KB


def test_a_page_of_a_query_has_a_megabyte(strict):
    client, table = strict
    for number in range(5):
        client.put_item(TableName=table, Item=item(f"{number:03}", x={"S": "a" * (300 * KB)}))
    request = {"KeyConditionExpression": "email = :e", "ExpressionAttributeValues": {":e": {"S": "e"}}}

    answer = client.query(TableName=table, **request)

    assert answer["Count"] in (3, 4)
    assert "LastEvaluatedKey" in answer
