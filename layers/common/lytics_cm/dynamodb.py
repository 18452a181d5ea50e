"""The one place that knows DynamoDB: its conditions, pages, batches, transactions, expressions and values.

Requests and answers are boto3's. A `Table` takes and gives Python's own values, a client the wire form
(`{"S": ...}`). Nothing of boto3 is loaded here, so that the receiver of webhooks starts without it.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from lytics_cm.aws_codes import CONDITION_FAILED, CONFLICTS, codes_of, is_condition, passes
from lytics_cm.errors import Throttled, Unavailable
from lytics_cm.grouping import grouped

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.service_resource import Table

TRIES = 12
"""How often others, or DynamoDB itself, may stand in the way of one call."""
FIRST_PAUSE_SECONDS, DOUBLED = 0.02, 6
"""The most that is waited before the second try, and how often that doubles."""
KEYS_PER_GET = 100
WRITES_PER_TRANSACTION = 100
STATEMENTS_PER_CALL = 25
BATCH_BYTES = 1024 * 1024
"""About as much as one call carries, so that a call that is tried again is not a large one."""
NAME = re.compile(r"#\w+")

type Json = dict[str, Any]
type Item = Mapping[str, Any]
type Happened = bool | Exception
"""Whether the condition of a write happened; the error of one that may or may not have happened."""


def wait(attempt: int, pause: float = FIRST_PAUSE_SECONDS) -> None:
    """Let others pass: longer the more often we met them, not at all before the first attempt (0)."""
    if attempt:
        # the system's: workers that start from one snapshot would have one seed, and all wait alike
        time.sleep(SystemRandom().uniform(0, pause * 2 ** min(attempt, DOUBLED)))


# Conditions and transactions


def tried(call: Callable[..., Any], **request: Any) -> Json | None:
    """What a conditional write answers; None when its condition does not hold."""
    try:
        answer: Json = call(**request)
    except Exception as error:
        if is_condition(error):
            return None
        raise
    return answer


class ConditionFailed(Exception):
    """The conditions of the writes with these `numbers` do not hold; nothing was written."""

    def __init__(self, numbers: set[int]) -> None:
        super().__init__(f"conditions that do not hold: {sorted(numbers)}")
        self.numbers = numbers


def transact(table: Table, *writes: Json) -> None:
    """Do all writes, at most 100, or none; as `transact_all`."""
    transact_all(table.meta.client, writes)


def transact_all(client: DynamoDBClient, writes: Sequence[Json]) -> None:
    """Do all writes, at most `WRITES_PER_TRANSACTION`, or none.

    Raises `ConditionFailed`; `Unavailable` or `Throttled` if kept out.
    """
    for attempt in range(TRIES):
        wait(attempt)
        try:
            client.transact_write_items(TransactItems=list(writes))  # type: ignore[arg-type]
        except Throttled:
            if attempt == TRIES - 1:
                raise
        except Exception as error:  # noqa: BLE001 - whoever raised it, its code decides
            _raise_unless_passing(error)
        else:
            return
    raise Unavailable("too many workers write the same items at once")


def _raise_unless_passing(error: Exception) -> None:
    _, *reasons = codes = codes_of(response) if (response := getattr(error, "response", None)) else [""]
    if failed := {number for number, code in enumerate(reasons) if code == CONDITION_FAILED}:
        raise ConditionFailed(failed) from error
    if not any(passes(code) or code in CONFLICTS for code in codes):
        raise error


# Reading


def get_many(table: Table, keys: Iterable[Json]) -> Iterator[Json]:
    """The items that exist under different `keys`, strongly consistent, in any order.

    Raises `Unavailable`.
    """
    for batch in batched(keys, KEYS_PER_GET, strict=False):
        yield from get_batch(table.meta.client, table.name, batch)


def get_batch(
    client: DynamoDBClient, table: str, keys: Sequence[Json], only: Item | None = None
) -> list[Json]:
    """The items under at most a hundred keys; `only` is a projection. Raises `Unavailable`."""
    found: list[Json] = []
    wanted: Any = list(keys)
    for attempt in range(TRIES):
        wait(attempt)
        request: Any = {table: {"Keys": wanted, "ConsistentRead": True, **(only or {})}}
        answer: Any = client.batch_get_item(RequestItems=request)
        found += answer["Responses"].get(table, [])
        wanted = (answer.get("UnprocessedKeys") or {}).get(table, {}).get("Keys", [])
        if not wanted:
            return found
    raise Unavailable(f"{table} cannot be read that fast; try later")


def pages(call: Callable[..., Any], **request: Any) -> Iterator[list[Json]]:
    """The items of a query or scan, page by page."""
    while True:
        answer = call(**request)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def query(table: Any, condition: Any, **options: Any) -> Iterator[Json]:
    """Every item that a key condition names, strongly consistent."""
    for page in pages(table.query, KeyConditionExpression=condition, ConsistentRead=True, **options):
        yield from page


# Expressions


def changing(changes: Item, add: Item | None = None, when: str = "", **bound: Any) -> Json:
    """The part of an `UpdateItem` that sets attributes (None removes one) and adds to numbers.

    `when` is a condition on `#attributes`; it may use the values `bound` as `:name`, which no changed
    attribute has.
    """
    sets = {name: value for name, value in changes.items() if value is not None}
    added = dict(add or {})
    clauses = {
        "SET": [f"#{name} = :{name}" for name in sets],
        "REMOVE": [f"#{name}" for name in changes if name not in sets],
        "ADD": [f"#{name} :{name}" for name in added],
    }
    expression = " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)
    condition = {"ConditionExpression": when} if when else {}
    return {
        "UpdateExpression": expression,
        **condition,
        **attributes(f"{expression} {when}", sets | added | bound),
    }


def attributes(expressions: str, values: Item | None = None) -> Json:
    """What expressions refer to: `#name` is the attribute `name`, a reserved word or not, `:name` a value."""
    names = {name: name[1:] for name in NAME.findall(expressions)}
    found: Json = {"ExpressionAttributeNames": names} if names else {}
    bound = {f":{name}": value for name, value in (values or {}).items()}
    return found | ({"ExpressionAttributeValues": bound} if bound else {})


# Statements on their own conditions, in batches


@dataclass(frozen=True, slots=True)
class Statement:
    """A conditional write of one item of the table `{}`, in PartiQL and the wire form.

    `BatchWriteItem` knows no conditions; a batch of statements does (AWS: "PartiQL for DynamoDB").
    """

    text: str
    parameters: list[Json]

    @classmethod
    def insert(cls, item: Item) -> Statement:
        """Put an item if there is none under its key."""
        attributes = ", ".join(f"'{name}': ?" for name in item)
        return cls(f'INSERT INTO "{{}}" VALUE {{{{{attributes}}}}}', list(item.values()))

    @classmethod
    def change(cls, key: Item, sets: Item, where: Item) -> Statement:
        """Set attributes if the item has what `where` says."""
        where = {**key, **where}
        parts = " ".join(f'SET "{name}" = ?' for name in sets)
        conditions = " AND ".join(f'"{name}" = ?' for name in where)
        return cls(f'UPDATE "{{}}" {parts} WHERE {conditions}', [*sets.values(), *where.values()])

    @property
    def bytes(self) -> int:
        """The size of what it carries, about."""
        return len(self.text) + sum(
            len(value) if isinstance(value, str | bytes) else len(str(value))
            for parameter in self.parameters
            for value in parameter.values()
        )


REFUSED = frozenset({"DuplicateItem", CONDITION_FAILED, *CONFLICTS})
"""What a statement of a batch answers when its condition does not hold, or somebody else has the item in
hand."""


def batches_of(statements: Sequence[Statement]) -> list[list[Statement]]:
    """Statements as calls take them, in order."""
    return list(grouped(statements, lambda one: one.bytes, BATCH_BYTES, STATEMENTS_PER_CALL))


def execute(
    client: DynamoDBClient, table: str, statements: Sequence[Statement], pause: float
) -> list[Happened]:
    """Make one call of such a batch, and more for those that DynamoDB asks patience for.

    What became of each.
    """
    happened: list[Happened] = [True] * len(statements)
    left = list(range(len(statements)))
    for attempt in range(TRIES):
        wait(attempt, pause)
        codes = dict(zip(left, _sent(client, table, [statements[number] for number in left]), strict=True))
        for number, code in codes.items():
            happened[number] = _happened(code)
        left = [number for number, code in codes.items() if " " not in code and passes(code)]
        if not left:
            break
    return happened


def _sent(client: DynamoDBClient, table: str, statements: Sequence[Statement]) -> list[str]:
    """The code that each statement was refused with, empty for those that happened."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - the receiver has none, and needs none

    told: Any = [{"Statement": one.text.format(table), "Parameters": one.parameters} for one in statements]
    try:
        answers = client.batch_execute_statement(Statements=told)["Responses"]
    except (ClientError, BotoCoreError) as error:
        return [str(error)] * len(statements)
    return [answer.get("Error", {}).get("Code", "") for answer in answers]


def _happened(code: str) -> Happened:
    if not code:
        return True
    if code in REFUSED:
        return False
    kind = Throttled if passes(code) else Unavailable
    return kind(f"DynamoDB did not write: {code}")


# Values


def plain(value: Any) -> Any:
    """boto3's numbers and sets as Python's own."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, set):
        return {plain(inner) for inner in value}
    return int(value) if hasattr(value, "as_integer_ratio") and not isinstance(value, bool | float) else value


def typed(value: Any) -> Json:  # noqa: PLR0911 - one line per type
    """A value in the wire form."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case list() | tuple():
            return {"L": [typed(one) for one in value]}
        case dict():
            return {"M": typed_all(value)}
    return {"S": str(value)}


def typed_all(values: Item) -> Json:
    return {name: typed(value) for name, value in values.items()}


def untyped(value: Item) -> Any:
    """A value from the wire form, binaries as bytes or in base64.

    Sets, which nobody here writes, stay as they are.
    """
    ((kind, inner),) = value.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return int(inner) if inner.lstrip("-").isdigit() else float(inner)
        case "B":
            return base64.b64decode(inner) if isinstance(inner, str) else bytes(inner)
        case "L":
            return [untyped(one) for one in inner]
        case "M":
            return untyped_all(inner)
    return inner


def untyped_all(values: Item) -> Json:
    return {name: untyped(value) for name, value in values.items()}
