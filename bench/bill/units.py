"""What a call to DynamoDB costs in units, by the sizes of the items that it touches in the stand-in (`tests/aws/dynamodb`).

As https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html has it: a write pays for
the larger of before and after, also when its condition fails; a transaction pays twice. `bench.units` asks DynamoDB Local.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.aws.dynamodb import partiql
from tests.aws.dynamodb.limits import size_of

WRITE_BYTES, READ_BYTES = 1024, 4096

type Item = dict[str, Any]
type Named = Iterator[tuple[str, Item, bool, float]]
"""Items of a call: table, item or key, whether it is written, and how often a unit is paid."""


@dataclass(frozen=True, slots=True)
class Touched:
    """An item that a call writes or reads by key; `times` is 2 in a transaction, and ½ where stale is well enough."""

    table: str
    key: Item
    is_write: bool
    times: float


def touched(database: Any, operation: str, params: Item) -> Iterator[Touched]:
    """The items that a call names by their keys."""
    for table, item, is_write, times in NAMED.get(operation, lambda _: iter(()))(params):
        key = {name: item[name] for name in database.tables[table].key_names}
        yield Touched(table, key, is_write, times)


def _written(params: Item) -> Named:
    yield params["TableName"], params.get("Item") or params["Key"], True, 1


def _got(params: Item) -> Named:
    yield params["TableName"], params["Key"], False, _times(params)


def _batch_got(params: Item) -> Named:
    for table, asked in params["RequestItems"].items():
        for key in asked["Keys"]:
            yield table, key, False, _times(asked)


def _batch_written(params: Item) -> Named:
    for table, requests in params["RequestItems"].items():
        for one in requests:
            ((_, what),) = one.items()
            yield table, what.get("Item") or what["Key"], True, 1


def _transacted(params: Item) -> Named:
    for step in params["TransactItems"]:
        ((kind, one),) = step.items()
        yield one["TableName"], one.get("Item") or one["Key"], kind != "Get", 2


def _stated(params: Item) -> Named:
    for one in params["Statements"]:
        _, request = partiql.classic(one["Statement"], one["Parameters"])
        yield from _written(request)


def _times(params: Item) -> float:
    return 1 if params.get("ConsistentRead") else 0.5


NAMED: dict[str, Callable[[Item], Named]] = {
    "PutItem": _written,
    "UpdateItem": _written,
    "DeleteItem": _written,
    "GetItem": _got,
    "BatchGetItem": _batch_got,
    "BatchWriteItem": _batch_written,
    "TransactWriteItems": _transacted,
    "TransactGetItems": _transacted,
    "BatchExecuteStatement": _stated,
}


def sizes(database: Any, places: list[Touched]) -> list[int]:
    """Bytes of each item as it is now."""
    return [size_of(database.tables[one.table].get(one.key) or {}) for one in places]


def cost(one: Touched, before: int, after: int) -> float:
    """Units of one item of a call."""
    grain = WRITE_BYTES if one.is_write else READ_BYTES
    return max(1, -(-max(before, after) // grain)) * one.times


def cost_of_pages(database: Any, params: Item, answer: Item) -> float:
    """Read units of a query or scan: of all that was looked at, also what was filtered out or not asked for."""
    table, found = database.tables[params["TableName"]], answer.get("Items", [])
    names = table.key_names
    keys = [{name: item[name] for name in names} for item in found if all(name in item for name in names)]
    seen = map(table.get, keys) if len(keys) == len(found) else found
    size = sum(size_of(item or {}) for item in seen)
    size = size * answer.get("ScannedCount", 0) // len(found) if found else 0
    return max(1, -(-size // READ_BYTES)) * _times(params)
