"""A DynamoDB in memory: conditional and transactional writes are atomic, its limits are kept, nothing is slow.

It speaks the wire form of botocore's clients (`{"S": ...}`) and is as strict as the real one about what we use:
undefined and unused names and values, reserved words, keys, sizes in bytes (`limits.py`), reads of an index that are
never consistent. `test_stand_ins.py` lets it and moto answer the same calls, `tests/store/test_limits.py` DynamoDB Local.

An index lags behind its table by `lag` seconds, none unless told. `throttling` is asked about each part of a batch or a
transaction, and about each write, with the write units that it costs (see `throttling.py`).
"""

import threading
import time
from bisect import bisect_left, bisect_right, insort
from decimal import Decimal
from functools import cache

from botocore.exceptions import ClientError

from tests.aws.dynamodb import partiql
from tests.aws.dynamodb.expressions import Change, Condition, Invalid, Paths
from tests.aws.dynamodb.limits import (
    MAX_BATCH_BYTES,
    MAX_PAGE_BYTES,
    MAX_PARTITION_KEY_BYTES,
    MAX_SORT_KEY_BYTES,
    MAX_TRANSACTION_BYTES,
    Oversized,
    check_count,
    check_item,
    check_key,
    size_of,
    units,
)
from tests.aws.errors import ServiceError

THROTTLED = "ProvisionedThroughputExceededException"


class DynamoDB:
    """All tables; `call` is one request."""

    def __init__(self):
        self.tables = {}
        self.lag = 0.0
        self.throttling = None
        self._lock = threading.RLock()

    def call(self, operation, params):
        """Answer a request. Raises `ServiceError`."""
        with self._lock:
            if self.throttling:
                self.throttling.begin()
            try:
                return getattr(self, f"_{_snake(operation)}")(params)
            except Invalid as error:
                raise ServiceError("ValidationException", str(error)) from error

    def items(self, table):
        """Everything in a table, in wire form."""
        with self._lock:
            return [dict(item) for part in self.tables[table].parts.values() for item in part.values()]

    def _create_table(self, params):
        self.tables[params["TableName"]] = Table(params)
        return {"TableDescription": {"TableName": params["TableName"], "TableStatus": "ACTIVE"}}

    def _describe_table(self, params):
        name = params["TableName"]
        return {"Table": {"TableName": name, "TableStatus": "ACTIVE", "ItemCount": len(self.items(name))}}

    def _get_item(self, params):
        item = self._table(params).get(params["Key"])
        paths = Paths(params)
        found = _projected(item, params, paths)
        paths.check_all_used()
        return {"Item": found} if item is not None else {}

    def _put_item(self, params):
        table = self._table(params)
        self._pay(table, params["Item"])
        old = self._guard(table, params, params["Item"])
        table.put(params["Item"])
        return _returned(params, old, params["Item"])

    def _delete_item(self, params):
        table = self._table(params)
        self._pay(table, params["Key"])
        old = self._guard(table, params, params["Key"])
        table.delete(params["Key"])
        return _returned(params, old, None)

    def _update_item(self, params):
        table = self._table(params)
        old, new = self._changed(table, params)
        self._pay(table, new)
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
        """The item as it is. Raises `ServiceError` when the condition does not hold."""
        paths = paths or Paths(params)
        old = table.get({name: key[name] for name in table.key_names})
        condition = params.get("ConditionExpression")
        holds = condition is None or Condition.parse(condition, paths).holds(old or {})
        paths.check_all_used()
        if not holds:
            told = old and params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            more = {"Item": dict(old)} if told else {}
            raise ServiceError("ConditionalCheckFailedException", "The conditional request failed", **more)
        return old

    def _transact_write_items(self, params):
        writes = [next(iter(write.items())) for write in params["TransactItems"]]
        check_count("TransactWriteItems", len(writes))
        if len({self._place(kind, write) for kind, write in writes}) < len(writes):
            raise Invalid("Transaction request cannot include multiple operations on one item")
        steps = [self._step(kind, write) for kind, write in writes]
        if any(reason["Code"] != "None" for reason, _, _ in steps):
            reasons = [reason for reason, _, _ in steps]
            raise ServiceError(
                "TransactionCanceledException", "Transaction cancelled", CancellationReasons=reasons
            )
        if sum(size_of(item) for _, _, item in steps) > MAX_TRANSACTION_BYTES:
            raise Invalid("The aggregate size of the items in the transaction has exceeded 4 MB")
        for _, do, item in steps:
            do(item)
        return {}

    def _step(self, kind, write):
        """One action of a transaction: the reason why it cannot be, what does it, and the item that it is about."""
        table = self._table(write)
        item = write.get("Item") or write["Key"]
        do = {"Put": table.put, "Update": table.put, "Delete": table.delete}.get(kind, lambda _: None)
        try:
            if kind == "Update":
                _, item = self._changed(table, write)
            else:
                self._guard(table, write, item)
            table.check(item, is_whole=kind in ("Put", "Update"))
        except ServiceError as refused:
            return {"Code": "ConditionalCheckFailed", **_only(refused.answer, "Item")}, do, item
        except Oversized as error:
            if kind != "Update":
                raise
            return {"Code": "ValidationError", "Message": str(error)}, do, item
        is_throttled = kind != "ConditionCheck" and self._is_throttled(table.name, item, in_transaction=True)
        return {"Code": "ThrottlingError" if is_throttled else "None"}, do, item

    def _batch_execute_statement(self, params):
        def do(operation, request):
            try:
                getattr(self, f"_{operation}")(request)
            except Oversized as error:
                answer = {"Error": {"Code": "ValidationError", "Message": str(error)}}
                raise ClientError(answer, operation) from error
            except ServiceError as refused:
                raise ClientError(refused.answer, operation) from refused

        check_count("BatchExecuteStatement", len(params["Statements"]))
        return partiql.batch(params["Statements"], do)

    def _batch_write_item(self, params):
        requests = [(name, one) for name, many in params["RequestItems"].items() for one in many]
        places = [self._batch_place(name, one) for name, one in requests]
        self._check_batch("BatchWriteItem", places)
        items = [next(iter(next(iter(one.values())).values())) for _, one in requests]
        for (name, one), item in zip(requests, items, strict=True):
            self.tables[name].check(item, is_whole="PutRequest" in one)
        if sum(map(size_of, items)) > MAX_BATCH_BYTES:
            raise Invalid("Total size of the batch has exceeded 16 MB")
        left = {}
        for (name, one), item in zip(requests, items, strict=True):
            if self._is_throttled(name, item):
                left.setdefault(name, []).append(one)
            elif "PutRequest" in one:
                self.tables[name].put(item)
            else:
                self.tables[name].delete(item)
        if sum(map(len, left.values())) == len(requests):
            raise ServiceError(THROTTLED)
        return {"UnprocessedItems": left}

    def _batch_get_item(self, params):
        asked = params["RequestItems"]
        places = [
            (name, *self.tables[name].place(key))
            for name, request in asked.items()
            for key in request["Keys"]
        ]
        self._check_batch("BatchGetItem", places)
        answers, left, size = {}, {}, 0
        for name, request in asked.items():
            table, paths, keys = self.tables[name], Paths(request), []
            answers[name] = []
            for key in request["Keys"]:
                item = table.get(key)
                size += size_of(item or {})
                if size > MAX_BATCH_BYTES or self._is_throttled(name, None):
                    keys.append(key)
                elif item is not None:
                    answers[name].append(_projected(item, request, paths))
            if keys:
                left[name] = {**request, "Keys": keys}
        if sum(len(request["Keys"]) for request in left.values()) == len(places):
            raise ServiceError(THROTTLED)
        return {"Responses": answers, "UnprocessedKeys": left}

    def _is_throttled(self, table, written, *, in_transaction=False):
        """Whether one item of a request, `written` or only read, is left undone."""

        def cost():
            return 0 if written is None else units(size_of(written), in_transaction=in_transaction)

        return self.throttling is not None and self.throttling.is_throttled(table, cost)

    def _pay(self, table, item):
        if self._is_throttled(table.name, item):
            raise ServiceError(THROTTLED, "The level of configured provisioned throughput was exceeded")

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
            if params.get("ConsistentRead"):
                raise Invalid("Consistent reads are not supported on global secondary indexes")
            pool = table.seen_by_index(index, time.time() - self.lag)
            pool.sort(key=lambda item: table.order(item, names), reverse=descending)
        else:
            sort = names[-1]
            within = condition.least(sort), condition.most(sort)
            pool = table.part(owner, within, params.get("ExclusiveStartKey"), descending=descending)
        found = (item for item in pool if condition.holds(item))
        return _page(table, names, found, params, paths)

    def _scan(self, params):
        table, paths = self._table(params), Paths(params)
        segment, segments = params.get("Segment", 0), params.get("TotalSegments", 1)
        found = table.segment(segment, segments, params.get("ExclusiveStartKey"))
        return _page(table, table.key_names, found, params, paths)

    def _table(self, params):
        if params["TableName"] not in self.tables:
            raise ServiceError("ResourceNotFoundException", "Requested resource not found")
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
        check_count(operation, len(places))
        if len(set(places)) < len(places):
            raise Invalid("Provided list of item keys contains duplicates")


class Table:
    """Items by partition and sort key."""

    def __init__(self, params):
        self.name = params["TableName"]
        self.key_names = _keys(params["KeySchema"])
        described = params.get("GlobalSecondaryIndexes", [])
        self.indexes = {index["IndexName"]: _keys(index["KeySchema"]) for index in described}
        self.kinds = {
            one["AttributeName"]: one["AttributeType"] for one in params.get("AttributeDefinitions", [])
        }
        self._whole = {
            index["IndexName"]: index["Projection"]["ProjectionType"] != "KEYS_ONLY" for index in described
        }
        self._changes = []
        self.parts = {}
        self._sorts = {}
        self._owners = {}

    def place(self, key):
        for name in self.key_names:
            if name not in key:
                raise Invalid(f"The key element {name} is missing")
            self._check_key(self.key_names, name, key)
        owner = _comparable(key[self.key_names[0]])
        return owner, _comparable(key[self.key_names[1]]) if len(self.key_names) > 1 else ("", b"")

    def get(self, key):
        if set(key) != set(self.key_names):
            raise Invalid("The provided key element does not match the schema")
        owner, sort = self.place(key)
        return self.parts.get(owner, {}).get(sort)

    def check(self, item, *, is_whole):
        """Raises `Invalid` for what cannot be stored; of a key alone, only the key is looked at."""
        self.place(item)
        if is_whole:
            for names in self.indexes.values():
                for name in names:
                    if name in item:
                        self._check_key(names, name, item)
            check_item(item)

    def _check_key(self, names, name, item):
        most = MAX_PARTITION_KEY_BYTES if name == names[0] else MAX_SORT_KEY_BYTES
        check_key(name, item[name], self.kinds.get(name), most)

    def put(self, item):
        self.check(item, is_whole=True)
        owner, sort = self.place(item)
        self._note(owner, sort)
        if owner not in self.parts:
            self.parts[owner], self._sorts[owner] = {}, []
            self._owners.clear()
        if sort not in self.parts[owner]:
            insort(self._sorts[owner], sort)
        self.parts[owner][sort] = _copy(item)

    def _note(self, owner, sort):
        """Remember for the indexes what was there before a write."""
        if self.indexes:
            self._changes.append((time.time(), (owner, sort), self.parts.get(owner, {}).get(sort)))

    def seen_by_index(self, index, until):
        """The items of an index, as its table was then (epoch seconds); later writes have not reached it."""
        self._changes = [change for change in self._changes if change[0] > until]
        seen = {(owner, sort): item for owner, part in self.parts.items() for sort, item in part.items()}
        seen |= {place: before for _, place, before in reversed(self._changes)}
        names = self.indexes[index]
        found = [item for item in seen.values() if item and all(name in item for name in names)]
        if self._whole[index]:
            return found
        return [{name: item[name] for name in {*names, *self.key_names}} for item in found]

    def delete(self, key):
        owner, sort = self.place(key)
        self._note(owner, sort)
        if self.parts.get(owner, {}).pop(sort, None) is None:
            return
        del self._sorts[owner][bisect_left(self._sorts[owner], sort)]
        if not self.parts[owner]:
            del self.parts[owner], self._sorts[owner]
            self._owners.clear()

    def part(self, owner, within, start=None, *, descending=False):
        """The items of a partition in order, behind the key `start`, between two sort keys if these are told."""
        owner = _comparable(owner)
        part, sorts = self.parts.get(owner, {}), self._sorts.get(owner, [])
        least, most = within
        first = bisect_left(sorts, _comparable(least)) if least else 0
        last = bisect_right(sorts, _comparable(most)) if most else len(sorts)
        if descending:
            last = min(last, bisect_left(sorts, self.place(start)[1])) if start else last
            return (part[sort] for sort in reversed(sorts[first:last]))
        first = max(first, bisect_right(sorts, self.place(start)[1])) if start else first
        return (part[sort] for sort in sorts[first:last])

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
        if (limit and len(page) >= limit) or size > MAX_PAGE_BYTES:
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
