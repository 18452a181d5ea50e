"""A DynamoDB in memory: conditional and transactional writes are atomic, its limits are kept, nothing is slow.

It speaks the wire form of botocore's clients (`{"S": ...}`) and is as strict as the real one about what we use:
undefined and unused names and values, reserved words, empty keys, item and batch sizes. `test_stand_ins.py` lets it and moto
answer the same calls.
"""

import threading
from bisect import bisect_left, bisect_right, insort
from decimal import Decimal
from functools import cache

from botocore.exceptions import ClientError

from tests import partiql
from tests.dynamodb_expressions import Change, Condition, Invalid, Paths

MAX_ITEM = 400 * 1024
MAX_PAGE = 1024 * 1024
LIMITS = {"BatchWriteItem": 25, "BatchGetItem": 100, "TransactWriteItems": 100}


class Refused(Exception):
    """An answer without success, as botocore would parse it."""

    def __init__(self, code, message="", **more):
        super().__init__(code)
        self.answer = {"Error": {"Code": code, "Message": message}, "message": message, **more}


class DynamoDB:
    """All tables; `call` is one request."""

    def __init__(self):
        self.tables = {}
        self._lock = threading.RLock()

    def call(self, operation, params):
        """Answer a request. Raises `Refused`."""
        with self._lock:
            try:
                return getattr(self, f"_{_snake(operation)}")(params)
            except Invalid as error:
                raise Refused("ValidationException", str(error)) from error

    def items(self, table):
        """Everything in a table, in wire form."""
        with self._lock:
            return [dict(item) for part in self.tables[table].parts.values() for item in part.values()]

    def _create_table(self, params):
        self.tables[params["TableName"]] = Table(params)
        return {"TableDescription": {"TableName": params["TableName"], "TableStatus": "ACTIVE"}}

    def _get_item(self, params):
        item = self._table(params).get(params["Key"])
        paths = Paths(params)
        found = _projected(item, params, paths)
        paths.check_all_used()
        return {"Item": found} if item is not None else {}

    def _put_item(self, params):
        table = self._table(params)
        old = self._guard(table, params, params["Item"])
        table.put(params["Item"])
        return _returned(params, old, params["Item"])

    def _delete_item(self, params):
        table = self._table(params)
        old = self._guard(table, params, params["Key"])
        table.delete(params["Key"])
        return _returned(params, old, None)

    def _update_item(self, params):
        table = self._table(params)
        old, new = self._changed(table, params)
        table.put(new)
        return _returned(params, old, new)

    def _changed(self, table, params):
        paths = Paths(params)
        change = Change.parse(params.get("UpdateExpression", ""), paths)
        old = self._guard(table, params, params["Key"], paths)
        touched = change.roots & set(table.key_names)
        if touched:
            raise Invalid(f"cannot update key attributes {touched}")
        return old, change.applied(old if old is not None else dict(params["Key"]))

    def _guard(self, table, params, key, paths=None):
        """The item as it is. Raises `Refused` when the condition does not hold."""
        paths = paths or Paths(params)
        old = table.get({name: key[name] for name in table.key_names})
        condition = params.get("ConditionExpression")
        holds = condition is None or Condition.parse(condition, paths).holds(old or {})
        paths.check_all_used()
        if not holds:
            told = old and params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            more = {"Item": dict(old)} if told else {}
            raise Refused("ConditionalCheckFailedException", "The conditional request failed", **more)
        return old

    def _transact_write_items(self, params):
        writes = [next(iter(write.items())) for write in params["TransactItems"]]
        self._check_batch("TransactWriteItems", [self._place(kind, write) for kind, write in writes])
        reasons, planned = [], []
        for kind, write in writes:
            table = self._table(write)
            try:
                if kind == "Update":
                    planned.append((table.put, self._changed(table, write)[1]))
                else:
                    self._guard(table, write, write.get("Key") or write["Item"])
                    if kind == "Put":
                        planned.append((table.put, write["Item"]))
                    elif kind == "Delete":
                        planned.append((table.delete, write["Key"]))
                reasons.append({"Code": "None"})
            except Refused as refused:
                reasons.append({"Code": "ConditionalCheckFailed", **_only(refused.answer, "Item")})
        if any(reason["Code"] != "None" for reason in reasons):
            raise Refused(
                "TransactionCanceledException", "Transaction cancelled", CancellationReasons=reasons
            )
        for _, item in planned:
            _check_size(item)
        for do, item in planned:
            do(item)
        return {}

    def _batch_execute_statement(self, params):
        def do(operation, request):
            try:
                getattr(self, f"_{operation}")(request)
            except Refused as refused:
                raise ClientError(refused.answer, operation) from refused

        return partiql.batch(params["Statements"], do)

    def _batch_write_item(self, params):
        requests = [(name, one) for name, many in params["RequestItems"].items() for one in many]
        places = [self._batch_place(name, one) for name, one in requests]
        self._check_batch("BatchWriteItem", places)
        for name, one in requests:
            table = self.tables[name]
            if "PutRequest" in one:
                table.put(one["PutRequest"]["Item"])
            else:
                table.delete(one["DeleteRequest"]["Key"])
        return {"UnprocessedItems": {}}

    def _batch_get_item(self, params):
        answers, places = {}, []
        for name, request in params["RequestItems"].items():
            table = self.tables[name]
            paths = Paths(request)
            places += [(name, *table.place(key)) for key in request["Keys"]]
            found = [item for key in request["Keys"] if (item := table.get(key)) is not None]
            answers[name] = [_projected(item, request, paths) for item in found]
        self._check_batch("BatchGetItem", places)
        return {"Responses": answers, "UnprocessedKeys": {}}

    def _query(self, params):
        table, paths = self._table(params), Paths(params)
        condition = Condition.parse(params["KeyConditionExpression"], paths)
        index = params.get("IndexName")
        names = table.indexes[index] if index else table.key_names
        owner = condition.equal_to(names[0])
        if owner is None:
            raise Invalid(f"query lacks a condition on the key {names[0]}")
        descending = not params.get("ScanIndexForward", True)
        if index:
            pool = [item for item in table.all() if all(name in item for name in names)]
            pool.sort(key=lambda item: table.order(item, names), reverse=descending)
        else:
            pool = table.part(owner, params.get("ExclusiveStartKey"), descending=descending)
        found = (item for item in pool if condition.holds(item))
        return _page(table, names, found, params, paths)

    def _scan(self, params):
        table, paths = self._table(params), Paths(params)
        segment, segments = params.get("Segment", 0), params.get("TotalSegments", 1)
        found = table.segment(segment, segments, params.get("ExclusiveStartKey"))
        return _page(table, table.key_names, found, params, paths)

    def _table(self, params):
        if params["TableName"] not in self.tables:
            raise Refused("ResourceNotFoundException", "Requested resource not found")
        return self.tables[params["TableName"]]

    def _place(self, kind, write):
        table = self._table(write)
        return (table.name, *table.place(write["Item"] if kind == "Put" else write["Key"]))

    def _batch_place(self, name, one):
        table = self.tables[name]
        return (
            name,
            *table.place(one["PutRequest"]["Item"] if "PutRequest" in one else one["DeleteRequest"]["Key"]),
        )

    @staticmethod
    def _check_batch(operation, places):
        if not 0 < len(places) <= LIMITS[operation]:
            raise Invalid(f"{operation} takes 1 to {LIMITS[operation]} items, not {len(places)}")
        if len(set(places)) < len(places):
            raise Invalid("Provided list of item keys contains duplicates")


class Table:
    """Items by partition and sort key."""

    def __init__(self, params):
        self.name = params["TableName"]
        self.key_names = _keys(params["KeySchema"])
        self.indexes = {
            index["IndexName"]: _keys(index["KeySchema"])
            for index in params.get("GlobalSecondaryIndexes", [])
        }
        self.parts = {}
        self._sorts = {}
        self._owners = {}

    def place(self, key):
        for name in self.key_names:
            if name not in key:
                raise Invalid(f"The key element {name} is missing")
            if next(iter(key[name].values())) in ("", b""):
                raise Invalid(f"The key element {name} is empty")
        owner = _comparable(key[self.key_names[0]])
        return owner, _comparable(key[self.key_names[1]]) if len(self.key_names) > 1 else ("", b"")

    def get(self, key):
        if set(key) != set(self.key_names):
            raise Invalid("The provided key element does not match the schema")
        owner, sort = self.place(key)
        return self.parts.get(owner, {}).get(sort)

    def put(self, item):
        _check_size(item)
        owner, sort = self.place(item)
        if owner not in self.parts:
            self.parts[owner], self._sorts[owner] = {}, []
            self._owners.clear()
        if sort not in self.parts[owner]:
            insort(self._sorts[owner], sort)
        self.parts[owner][sort] = _copy(item)

    def delete(self, key):
        owner, sort = self.place(key)
        if self.parts.get(owner, {}).pop(sort, None) is None:
            return
        del self._sorts[owner][bisect_left(self._sorts[owner], sort)]
        if not self.parts[owner]:
            del self.parts[owner], self._sorts[owner]
            self._owners.clear()

    def all(self):
        return [item for part in self.parts.values() for item in part.values()]

    def part(self, owner, start=None, *, descending=False):
        """The items of a partition in order, behind the key `start`."""
        owner = _comparable(owner)
        part, sorts = self.parts.get(owner, {}), self._sorts.get(owner, [])
        if descending:
            last = bisect_left(sorts, self.place(start)[1]) if start else len(sorts)
            return [part[sort] for sort in reversed(sorts[:last])]
        return [part[sort] for sort in sorts[bisect_right(sorts, self.place(start)[1]) if start else 0 :]]

    def segment(self, number, count, start=None):
        """The items of one of `count` parts of the table in order, behind the key `start`."""
        if count not in self._owners:
            self._owners[count] = [[] for _ in range(count)]
            for owner in sorted(self.parts):
                self._owners[count][sum(owner[1]) % count].append(owner)
        owners, after = self._owners[count][number], self.place(start) if start else None
        for owner in owners[bisect_left(owners, after[0]) if after else 0 :]:
            for sort in self._sorts[owner]:
                if after is None or (owner, sort) > after:
                    yield self.parts[owner][sort]

    def order(self, item, names):
        return [_comparable(item[name]) for name in (*names[1:], *self.key_names)]


def _page(table, names, found, params, paths):
    start, limit = params.get("ExclusiveStartKey"), params.get("Limit")
    if start and "IndexName" in params:
        found = _behind(table, names, found, start, descending=not params.get("ScanIndexForward", True))
    page, size, is_cut = [], 0, False
    for item in found:
        if (limit and len(page) >= limit) or size > MAX_PAGE:
            is_cut = True
            break
        page.append(item)
        size += size_of(item)
    expression = params.get("FilterExpression")
    rule = Condition.parse(expression, paths) if expression else None
    kept = [item for item in page if rule is None or rule.holds(item)]
    shown = [_projected(item, params, paths) for item in kept]
    _projected(None, params, paths)
    paths.check_all_used()
    answer = {"Items": shown, "Count": len(kept), "ScannedCount": len(page)}
    if params.get("Select") == "COUNT":
        del answer["Items"]
    if page and (is_cut or (limit and len(page) == limit)):
        answer["LastEvaluatedKey"] = {name: page[-1][name] for name in {*names, *table.key_names}}
    return answer


def _behind(table, names, found, start, *, descending):
    """The items of an index behind the key `start`."""
    place = table.order(start, names)
    return [
        item
        for item in found
        if (table.order(item, names) < place if descending else table.order(item, names) > place)
    ]


def _projected(item, params, paths):
    expression = params.get("ProjectionExpression")
    wanted = [paths.path(text.strip()) for text in expression.split(",")] if expression else []
    if item is None or not expression:
        return item and _copy(item)
    return _copy({path[0]: item[path[0]] for path in wanted if path[0] in item})


def _returned(params, old, new):
    match params.get("ReturnValues", "NONE"):
        case "ALL_OLD" if old is not None:
            return {"Attributes": _copy(old)}
        case "ALL_NEW":
            return {"Attributes": _copy(new)}
        case "UPDATED_NEW" | "UPDATED_OLD" as kind:
            source = new if kind == "UPDATED_NEW" else old or {}
            roots = Change.parse(params["UpdateExpression"], Paths(params)).roots
            return {"Attributes": _copy({name: source[name] for name in roots if name in source})}
    return {}


def size_of(item):
    """About what DynamoDB counts."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value):
    ((kind, inner),) = value.items()
    sizes = {
        "S": lambda: len(inner.encode()),
        "B": lambda: len(inner),
        "N": lambda: len(inner) // 2 + 2,
        "M": lambda: 3 + size_of(inner),
        "L": lambda: 3 + sum(1 + _value_size(one) for one in inner),
    }
    if kind in ("SS", "NS", "BS"):
        return 3 + sum(len(one) for one in inner)
    return sizes.get(kind, lambda: 1)()


def _check_size(item):
    if size_of(item) > MAX_ITEM:
        raise Invalid("Item size has exceeded the maximum allowed size")
    for value in item.values():
        ((kind, inner),) = value.items()
        if kind in ("SS", "NS", "BS") and not inner:
            raise Invalid("One or more parameter values were invalid: a set may not be empty")


def _copy(item):
    return {name: _copy_value(value) for name, value in item.items()}


def _copy_value(value):
    ((kind, inner),) = value.items()
    if kind == "M":
        return {"M": _copy(inner)}
    if kind == "L":
        return {"L": [_copy_value(one) for one in inner]}
    if kind in ("SS", "NS", "BS"):
        return {kind: list(inner)}
    return {kind: inner if kind != "B" else bytes(inner)}


def _comparable(value):
    ((kind, inner),) = value.items()
    return kind, inner.encode() if kind == "S" else Decimal(inner) if kind == "N" else bytes(inner)


def _keys(schema):
    return tuple(part["AttributeName"] for part in sorted(schema, key=lambda part: part["KeyType"]))


def _only(answer, name):
    return {name: answer[name]} if name in answer else {}


@cache
def _snake(operation):
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in operation).lstrip("_")
