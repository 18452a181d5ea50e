# ruff: noqa: N803 - the arguments are named by boto3
"""A DynamoDB in memory that knows what our store uses of it: quick enough for thousands of histories.

The same tests run on two other emulations, so that this one cannot invent a rule.
"""

import copy
import re
from types import SimpleNamespace

from botocore.exceptions import ClientError

from tests import partiql

SET, ADD, REMOVE, DELETE = "SET", "ADD", "REMOVE", "DELETE"


class FakeDynamoDB:
    """One table with a partition key `email` and a sort key `key`."""

    def __init__(self):
        self.items = {}
        self.meta = SimpleNamespace(service_model=None)

    def get_item(self, *, TableName, Key, ConsistentRead):
        item = self.items.get(_place(Key))
        return {"Item": copy.deepcopy(item)} if item else {}

    def batch_get_item(self, *, RequestItems):
        ((table, request),) = RequestItems.items()
        assert len(request["Keys"]) <= 100
        found = [self.items[_place(key)] for key in request["Keys"] if _place(key) in self.items]
        return {"Responses": {table: copy.deepcopy(found)}, "UnprocessedKeys": {}}

    def batch_write_item(self, *, RequestItems):
        (requests,) = RequestItems.values()
        assert 0 < len(requests) <= 25
        for request in requests:
            if "PutRequest" in request:
                self._put(request["PutRequest"]["Item"])
            else:
                self.items.pop(_place(request["DeleteRequest"]["Key"]), None)
        return {"UnprocessedItems": {}}

    def put_item(self, *, TableName, Item, **condition):
        self._check(Item, condition)
        self._put(Item)
        return {}

    def delete_item(self, *, TableName, Key, **condition):
        self._check(Key, condition)
        self.items.pop(_place(Key), None)
        return {}

    def update_item(self, *, TableName, Key, ReturnValues="NONE", **change):
        self._check(Key, change)
        item = self._updated(Key, change)
        self._put(item)
        return {"Attributes": copy.deepcopy(item)}

    def batch_execute_statement(self, *, Statements):
        return partiql.batch(Statements, lambda operation, request: getattr(self, operation)(**request))

    def transact_write_items(self, *, TransactItems):
        for write in TransactItems:
            (operation,) = write.values()
            self._check(operation.get("Key") or operation["Item"], operation, "TransactionCanceledException")
        for write in TransactItems:
            ((kind, operation),) = write.items()
            self._put(operation["Item"] if kind == "Put" else self._updated(operation["Key"], operation))
        return {}

    def query(self, *, ExpressionAttributeValues, ScanIndexForward=True, Limit=1000, **request):
        values = {name: value["S"] for name, value in ExpressionAttributeValues.items()}
        between = [
            place
            for place in self.items
            if place[0] == values[":email"] and values[":from"] <= place[1] <= values[":to"]
        ]
        return self._page(sorted(between, reverse=not ScanIndexForward), request, Limit)

    def scan(self, *, Segment, TotalSegments, Limit, **request):
        mine = [place for place in sorted(self.items) if sum(place[0].encode()) % TotalSegments == Segment]
        page = self._page(mine, request, Limit)
        page["Items"] = [item for item in page["Items"] if item["key"]["S"] == "head"]
        return page

    def _page(self, places, request, limit):
        start = request.get("ExclusiveStartKey")
        if start:
            after = (
                places.index(_place(start)) + 1 if _place(start) in places else self._behind(places, start)
            )
            places = places[after:]
        page = places[:limit]
        answer = {"Items": [copy.deepcopy(self.items[place]) for place in page]}
        if len(places) > limit:
            answer["LastEvaluatedKey"] = {"email": {"S": page[-1][0]}, "key": {"S": page[-1][1]}}
        return answer

    @staticmethod
    def _behind(places, start):
        is_down = len(places) > 1 and places[0] > places[-1]
        return sum(place > _place(start) if is_down else place < _place(start) for place in places)

    def _put(self, item):
        assert sum(len(value.get("B", "")) + len(value.get("S", "")) for value in item.values()) < 400 * 1024
        self.items[_place(item)] = copy.deepcopy(dict(item))

    def _check(self, key, request, error="ConditionalCheckFailedException"):
        condition = request.get("ConditionExpression")
        if condition and not _holds(condition, self.items.get(_place(key), {}), request):
            reasons = [{"Code": "ConditionalCheckFailed"}]
            raise ClientError(
                {"Error": {"Code": error, "Message": ""}, "CancellationReasons": reasons}, "Write"
            )

    def _updated(self, key, request):
        item = copy.deepcopy(self.items.get(_place(key)) or dict(key))
        text, names = request["UpdateExpression"], request.get("ExpressionAttributeNames", {})
        words = re.split(r"\b(SET|ADD|REMOVE|DELETE)\b", text)[1:]
        for clause, body in zip(words[::2], words[1::2], strict=True):
            for part in body.split(","):
                _change(item, clause, part.replace("=", " ").split(), names, request)
        return item


def _change(item, clause, words, names, request):
    name = names.get(words[0], words[0])
    value = request["ExpressionAttributeValues"][words[1]] if len(words) > 1 else None
    if clause == SET:
        item[name] = value
    elif clause == REMOVE:
        item.pop(name, None)
    else:
        old = set(item.get(name, {}).get("BS", ()))
        new = old | set(value["BS"]) if clause == ADD else old - set(value["BS"])
        item.pop(name, None)
        item |= {name: {"BS": sorted(new)}} if new else {}


def _holds(condition, item, request):
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    return all(_claim(claim.strip(), item, names, values) for claim in condition.split(" AND "))


def _claim(claim, item, names, values):
    if found := re.fullmatch(r"attribute_not_exists\((\S+)\)", claim):
        return names.get(found[1], found[1]) not in item
    name, sign, value = claim.split()
    assert sign == "="
    return item.get(names.get(name, name)) == values[value]


def _place(item):
    return item["email"]["S"], item["key"]["S"]
