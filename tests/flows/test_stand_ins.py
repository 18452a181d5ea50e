"""The quick DynamoDB answers as moto does, call for call; the quick SQS keeps SQS's limits."""

import json
import sys
import threading
import types

import boto3
import pytest
from aws_lambda_powertools import Metrics
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.aws.clients import QuickAws, session
from tests.aws.clock import Clock
from tests.aws.errors import ServiceError
from tests.aws.functions import handler_at, lambda_context
from tests.aws.template import REGION

KEYS = {
    "KeySchema": [{"AttributeName": "job", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("job", "item")],
    "BillingMode": "PAY_PER_REQUEST",
}
TOLD = ("Item", "Items", "Attributes", "Count", "ScannedCount", "LastEvaluatedKey")
ALL_NEW = {"ReturnValues": "ALL_NEW"}


def key(item, job="j"):
    return {"job": {"S": job}, "item": {"S": item}}


def update(item, change, condition=None, names=None, values=None, **more):
    request = {"Key": key(item), "UpdateExpression": change, **more}
    optional = {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
    return "update_item", request | {name: value for name, value in optional.items() if value}


def put(item, condition=None, **attributes):
    request = {"Item": {**key(item), **attributes}}
    return "put_item", request | ({"ConditionExpression": condition} if condition else {})


N = {name: {"N": str(number)} for name, number in {":one": 1, ":two": 2, ":ten": 10}.items()}
CALLS = [
    put("a", n={"N": "1"}, tags={"SS": ["x"]}),
    put("a", "attribute_not_exists(job)", n={"N": "5"}),
    put("b", "attribute_not_exists(job)", text={"S": "hello"}, raw={"B": b"\x00\x01"}, flags={"BOOL": True}),
    update("a", "ADD n :ten", values={":ten": N[":ten"]}, **ALL_NEW),
    update("a", "ADD tags :more", values={":more": {"SS": ["x", "y"]}}),
    update("a", "DELETE tags :more", values={":more": {"SS": ["x", "y"]}}, **ALL_NEW),
    update("c", "SET #o = if_not_exists(#o, :two) ADD pages :p", names={"#o": "of"}, values={":two": N[":two"], ":p": {"NS": ["3"]}}, **ALL_NEW),
    update("c", "SET #o = if_not_exists(#o, :ten)", names={"#o": "of"}, values={":ten": N[":ten"]}, **ALL_NEW),
    update("a", "SET n = n + :two REMOVE nothing", "n > :ten AND NOT attribute_exists(gone)", values={":two": N[":two"], ":ten": N[":ten"]}, **ALL_NEW),
    update("a", "SET n = :one", "n IN (:one, :two) OR begins_with(#i, :b)", {"#i": "item"}, {":one": N[":one"], ":two": N[":two"], ":b": {"S": "zz"}}),
    update("a", "SET n = :one", "n BETWEEN :one AND :two", values={":one": N[":one"], ":two": N[":two"]}),
    update("a", "SET status = :one", values={":one": N[":one"]}),
    update("a", "SET n = :one, m = :undefined", values={":one": N[":one"]}),
    ("get_item", {"Key": key("a")}),
    ("get_item", {"Key": key("nobody")}),
    ("get_item", {"Key": key("b"), "ProjectionExpression": "#t", "ExpressionAttributeNames": {"#t": "text"}}),
    ("transact", [("Put", {"Item": key("d"), "ConditionExpression": "attribute_not_exists(job)"}), update("a", "ADD n :one", values={":one": N[":one"]})]),
    ("transact", [("Put", {"Item": key("d"), "ConditionExpression": "attribute_not_exists(job)"}), update("a", "ADD n :one", values={":one": N[":one"]})]),
    ("query", {"KeyConditionExpression": "job = :j", "ExpressionAttributeValues": {":j": {"S": "j"}}}),
    ("query", {"KeyConditionExpression": "job = :j AND begins_with(#i, :p)", "ExpressionAttributeNames": {"#i": "item"}, "ExpressionAttributeValues": {":j": {"S": "j"}, ":p": {"S": "a"}}}),
    ("query", {"KeyConditionExpression": "job = :j", "ExpressionAttributeValues": {":j": {"S": "j"}}, "Limit": 2, "ScanIndexForward": False}),
    ("query", {"KeyConditionExpression": "job = :j", "ExpressionAttributeValues": {":j": {"S": "j"}}, "Limit": 2, "ExclusiveStartKey": key("a")}),
    ("delete_item", {"Key": key("b"), "ConditionExpression": "flags = :f", "ExpressionAttributeValues": {":f": {"BOOL": False}}}),
    ("delete_item", {"Key": key("b"), "ReturnValues": "ALL_OLD"}),
    ("scan", {"FilterExpression": "attribute_exists(n)"}),
]  # fmt: skip


def answers(client):
    client.create_table(TableName="jobs", **KEYS)
    return [answer(client, method, request) for method, request in CALLS]


def answer(client, method, request):
    try:
        if method == "transact":
            writes = [
                {"Update" if kind == "update_item" else kind: {"TableName": "jobs", **write}}
                for kind, write in request
            ]
            found = client.transact_write_items(TransactItems=writes)
        else:
            found = getattr(client, method)(TableName="jobs", **request)
    except ClientError as error:
        reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]
        return error.response["Error"]["Code"], reasons
    return plain({name: found[name] for name in TOLD if found.get(name)})


def plain(value):
    """Sets come in any order."""
    if isinstance(value, dict):
        return {
            name: sorted(inner) if name in ("SS", "NS", "BS") else plain(inner)
            for name, inner in value.items()
        }
    return [plain(one) for one in value] if isinstance(value, list) else value


def test_the_quick_dynamodb_answers_as_moto_does():
    access = {"region_name": REGION, "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    with mock_aws():
        expected = answers(boto3.client("dynamodb", **access))
        quick = QuickAws(Clock()).session().client("dynamodb", **access)

        found = answers(quick)

    for call, mine, theirs in zip(CALLS, found, expected, strict=True):
        assert (call, mine) == (call, theirs)


@pytest.mark.parametrize(
    "request_",
    [
        {"Item": {"job": {"S": "j"}, "item": {"S": ""}}},
        {"Item": {**key("a"), "large": {"S": "x" * 410_000}}},
        {"Item": {**key("a"), "none": {"SS": []}}},
        {
            "Item": key("a"),
            "ConditionExpression": "attribute_exists(#a)",
            "ExpressionAttributeNames": {"#a": "a", "#b": "b"},
        },
    ],
)
def test_what_dynamodb_does_not_take_the_quick_one_does_not_take(request_):
    access = {"region_name": REGION, "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    quick = QuickAws(Clock()).session().client("dynamodb", **access)
    quick.create_table(TableName="jobs", **KEYS)

    with pytest.raises(ClientError, match="ValidationException"):
        quick.put_item(TableName="jobs", **request_)


INDEX = {
    "IndexName": "by_item",
    "KeySchema": [{"AttributeName": "item", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


def indexed(clock):
    """A client and its DynamoDB, with a table that has an index."""
    access = {"region_name": REGION, "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    aws = QuickAws(clock)
    quick = aws.session().client("dynamodb", **access)
    quick.create_table(TableName="jobs", GlobalSecondaryIndexes=[INDEX], **KEYS)
    return quick, aws.dynamodb


def by_item(quick, item, **more):
    asked = {"KeyConditionExpression": "#i = :i", "ExpressionAttributeNames": {"#i": "item"}}
    values = {":i": {"S": item}}
    return quick.query(
        TableName="jobs", IndexName="by_item", ExpressionAttributeValues=values, **asked, **more
    )["Items"]


def test_an_index_is_never_read_consistently_and_shows_what_it_projects():
    quick, _ = indexed(Clock())
    quick.put_item(TableName="jobs", Item={**key("a"), "text": {"S": "x"}})

    assert by_item(quick, "a") == [key("a")]
    with pytest.raises(ClientError, match="ValidationException"):
        by_item(quick, "a", ConsistentRead=True)


def test_an_index_that_lags_shows_the_table_as_it_was():
    clock = Clock()
    with clock.in_force(1_800_000_000):
        quick, dynamodb = indexed(clock)
        quick.put_item(TableName="jobs", Item=key("a"))
        clock.advance(60)
        dynamodb.lag = 10
        quick.put_item(TableName="jobs", Item=key("b"))
        quick.delete_item(TableName="jobs", Key=key("a"))

        assert (by_item(quick, "a"), by_item(quick, "b")) == ([key("a")], [])
        clock.advance(10)
        assert (by_item(quick, "a"), by_item(quick, "b")) == ([], [key("b")])


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([{"Id": "1", "MessageBody": "x" * 1_048_577}], "BatchRequestTooLong"),
        ([{"Id": str(number), "MessageBody": "x"} for number in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "1", "MessageBody": "x"}, {"Id": "1", "MessageBody": "y"}], "BatchEntryIdsNotDistinct"),
        ([], "TooManyEntriesInBatchRequest"),
    ],
)
def test_what_sqs_refuses_the_quick_one_refuses(entries, code):
    sqs = QuickAws(Clock()).sqs
    url = sqs.call("CreateQueue", {"QueueName": "work"})["QueueUrl"]

    with pytest.raises(ServiceError, match=code):
        sqs.call("SendMessageBatch", {"QueueUrl": url, "Entries": entries})


@pytest.mark.parametrize(
    "entry",
    [
        {"MessageBody": "\x00"},
        {"MessageBody": "\ufffe"},
        {"DelaySeconds": 901},
        {"MessageGroupId": "two words"},
        {"MessageGroupId": "g" * 129},
    ],
)
def test_a_message_that_sqs_refuses_costs_the_others_of_its_batch_nothing(entry):
    sqs = QuickAws(Clock()).sqs
    url = sqs.call("CreateQueue", {"QueueName": "work"})["QueueUrl"]
    entries = [{"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "y", **entry}]

    answer = sqs.call("SendMessageBatch", {"QueueUrl": url, "Entries": entries})

    assert [one["Id"] for one in answer["Successful"]] == ["good"]
    assert [one["Id"] for one in answer["Failed"]] == ["bad"]


def test_a_message_received_too_often_becomes_a_dead_letter():
    aws = QuickAws(Clock())
    url, dead = (aws.sqs.call("CreateQueue", {"QueueName": name})["QueueUrl"] for name in ("work", "dead"))
    aws.sqs.redrive[url] = (dead, 2)
    aws.sqs.call("SendMessage", {"QueueUrl": url, "MessageBody": "x"})

    received = [len(aws.sqs.receive(url, 10, 0)) for _ in range(3)]

    assert received == [1, 1, 0]
    assert [message.body for message in aws.sqs.queues[dead]] == ["x"]
    assert session().aws is not None


def test_what_an_execution_counts_is_not_flushed_by_another_beside_it(monkeypatch, capsys):
    module = types.ModuleType("counting")
    module.metrics = Metrics(namespace="Test")
    monkeypatch.setitem(sys.modules, "counting", module)
    counted, go_on = threading.Event(), threading.Event()

    @module.metrics.log_metrics
    def counting(waits, _context):
        module.metrics.add_metric("Calls", "Count", 1)
        if waits:
            counted.set()
            go_on.wait(10)

    module.counting = counting
    called = handler_at("counting.counting")
    slow = threading.Thread(target=called, args=(True, lambda_context()))
    slow.start()
    counted.wait(10)
    called(False, lambda_context())
    go_on.set()
    slow.join()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "Calls" in line]
    assert [line["Calls"] for line in lines] == [[1.0], [1.0]]
