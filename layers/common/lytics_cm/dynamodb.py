"""Talks to the tables of rows and profiles in DynamoDB's wire form: batches, conditions, pages, many calls at once.

The wire form is written by hand because (de)serialising costs more time per row than everything else here.
All reads are strongly consistent: the protocol of `profiles.py` rests on it. Conditional writes travel 25 a call, each on
its own condition, as PartiQL statements (`Write`): `BatchWriteItem` knows no conditions.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from lytics_cm.errors import Unavailable
from lytics_cm.grouping import grouped

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH_GET = 100
BATCH_WRITE = 25
TRIES = 8
"""How often DynamoDB may leave a part of a batch undone before we give the whole message back."""

POOL = "profiles"
"""What the threads are called: a thread of the pool must not wait for the pool."""
NAME = re.compile(r"#\w+")

BATCH_BYTES = 1024 * 1024
"""About as much as one call carries, so that a call that is tried again is not a large one."""
REFUSALS = ("DuplicateItem", "ConditionalCheckFailed", "TransactionConflict")
"""What a statement of a batch answers when its condition does not hold, or somebody else has the item in hand."""
PASSING = ("ProvisionedThroughputExceeded", "ThrottlingError", "RequestLimitExceeded", "InternalServerError")

type Item = Mapping[str, Any]
"""An item in DynamoDB's wire form: attribute name to `{"S": ...}`, `{"N": ...}`, ..."""
type Place = tuple[str, ...]
"""Where an item lies: the address, and the sort key if the table has one."""
KEY = ("email", "key")


@dataclass(frozen=True, slots=True)
class Write:
    """A conditional write of one item, as a PartiQL statement on the table `{}` (AWS: "PartiQL for DynamoDB")."""

    statement: str
    parameters: list[dict[str, Any]]

    @classmethod
    def insert(cls, item: Item) -> Write:
        """Put an item if there is none under its key."""
        attributes = ", ".join(f"'{name}': ?" for name in item)
        return cls(f'INSERT INTO "{{}}" VALUE {{{{{attributes}}}}}', list(item.values()))

    @classmethod
    def change(cls, place: Place, sets: Item, where: Item) -> Write:
        """Set attributes if the item has what `where` says."""
        where = {**key_of(place), **where}
        parts = " ".join(f'SET "{name}" = ?' for name in sets)
        conditions = " AND ".join(f'"{name}" = ?' for name in where)
        return cls(f'UPDATE "{{}}" {parts} WHERE {conditions}', [*sets.values(), *where.values()])

    @property
    def bytes(self) -> int:
        """The size of what it carries, about."""
        return len(self.statement) + sum(
            len(value) if isinstance(value, str | bytes) else len(str(value))
            for parameter in self.parameters
            for value in parameter.values()
        )


type Outcome = bool | Exception
"""Whether the condition of a write held; the error of one that may or may not have happened."""


class BatchTable:
    """A table of people, over `threads` connections at once; with one thread everything happens in order.

    `pause` is the most seconds of a first wait for others.
    """

    def __init__(self, client: DynamoDBClient, name: str, threads: int = 1, pause: float = 0.02) -> None:
        self._client = client
        self.name = name
        self._pause = pause
        self._pool = ThreadPoolExecutor(threads, POOL) if threads > 1 else None

    def each[T, R](self, do: Callable[[T], R], things: Sequence[T]) -> list[R]:
        """Do something for every thing, many at once; the results keep the order."""
        is_inside = threading.current_thread().name.startswith(POOL)
        if self._pool is None or is_inside or len(things) < 2:  # noqa: PLR2004 - one needs no company
            return [do(thing) for thing in things]
        return list(self._pool.map(do, things))

    def wait(self, attempt: int) -> None:
        """Let others pass: longer the more often we met them, not at all at first."""
        if attempt:
            time.sleep(random.uniform(0, self._pause * 2**attempt))  # noqa: S311 - jitter, not a secret

    def get(self, place: Place) -> Item | None:
        answer = self._client.get_item(TableName=self.name, Key=key_of(place), ConsistentRead=True)
        return answer.get("Item")

    def get_many(self, places: Collection[Place], only: Sequence[str] = ()) -> dict[Place, Item]:
        """The items that exist among `places`; `only` names the attributes wanted beside the key."""
        projection = projected(only) if only else {}
        wanted = sorted(places)
        batches = [wanted[at : at + BATCH_GET] for at in range(0, len(wanted), BATCH_GET)]
        found = self.each(lambda batch: self._get_batch(batch, projection), batches)
        return {_place(item): item for batch in found for item in batch}

    def _get_batch(self, places: Sequence[Place], only: Item) -> list[Item]:
        found: list[Item] = []
        keys: Any = [key_of(place) for place in places]
        for attempt in range(TRIES):
            request: Any = {self.name: {"Keys": keys, "ConsistentRead": True, **only}}
            answer: Any = self._client.batch_get_item(RequestItems=request)
            found += answer["Responses"].get(self.name, [])
            keys = answer["UnprocessedKeys"].get(self.name, {}).get("Keys", [])
            if not keys:
                return found
            self.wait(attempt + 1)
        raise Unavailable("DynamoDB reads too little of a batch; try later")

    def write_each(self, writes: Sequence[Write]) -> list[Outcome]:
        """Do every write on its own condition, in any order; what became of each. They are of different items."""
        batches = list(grouped(writes, lambda one: one.bytes, BATCH_BYTES, BATCH_WRITE))
        groups = self.each(self._write_group, batches)
        return [outcome for group in groups for outcome in group]

    def _write_group(self, writes: Sequence[Write]) -> list[Outcome]:
        """One call; again for those that DynamoDB asks patience for."""
        outcomes: list[Outcome] = [True] * len(writes)
        left = list(range(len(writes)))
        for attempt in range(TRIES):
            self.wait(attempt)
            codes = dict(zip(left, self._send_writes([writes[number] for number in left]), strict=True))
            for number, code in codes.items():
                outcomes[number] = _outcome(code)
            left = [number for number, code in codes.items() if code in PASSING]
            if not left:
                break
        return outcomes

    def _send_writes(self, writes: Sequence[Write]) -> list[str]:
        """One call; the code that each was refused with, empty for those that happened."""
        statements: Any = [
            {"Statement": one.statement.format(self.name), "Parameters": one.parameters} for one in writes
        ]
        try:
            answers = self._client.batch_execute_statement(Statements=statements)["Responses"]
        except (ClientError, BotoCoreError) as error:
            return [str(error)] * len(writes)
        return [answer.get("Error", {}).get("Code", "") for answer in answers]

    def delete(self, place: Place, condition: str, values: Item) -> bool:
        """Delete an item if the condition holds; false when it does not."""
        request = {"TableName": self.name, "Key": key_of(place), "ConditionExpression": condition}
        try:
            self._client.delete_item(**request, **_names(condition, values))
        except ClientError as error:
            if is_refusal(error):
                return False
            raise
        return True

    def pages(self, email: str, between: tuple[str, str], only: Sequence[str] = ()) -> Iterator[list[Item]]:
        """The items of a person with keys between two, page by page; `only` names the attributes wanted."""
        request = self._query(email, between)
        if only:
            request |= projected(only)
        while True:
            answer = self._client.query(**request)
            yield cast("list[Item]", answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def last(self, email: str, between: tuple[str, str], most: int) -> list[Item]:
        """Of a person's items with keys between two the last ones, back in time, at most so many."""
        request = self._query(email, between) | {"ScanIndexForward": False, "Limit": most}
        return cast("list[Item]", self._client.query(**request)["Items"])

    def _query(self, email: str, between: tuple[str, str]) -> dict[str, Any]:
        values = {":email": {"S": email}, ":from": {"S": between[0]}, ":to": {"S": between[1]}}
        return {
            "TableName": self.name,
            "KeyConditionExpression": "email = :email AND #key BETWEEN :from AND :to",
            "ConsistentRead": True,
            **_names("#key", values),
        }

    def people(
        self, sort: str, segment: int, segments: int, start: Place | None, limit: int
    ) -> tuple[list[str], Place | None]:
        """One page of a segment of the whole table: who has an item of this sort key, and where to go on."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "Segment": segment,
            "TotalSegments": segments,
            "Limit": limit,
            "FilterExpression": "#key = :sort",
            "ProjectionExpression": "email",
            "ExpressionAttributeNames": {"#key": "key"},
            "ExpressionAttributeValues": {":sort": {"S": sort}},
        }
        request |= {"ExclusiveStartKey": key_of(start)} if start else {}
        answer = self._client.scan(**request)
        last = answer.get("LastEvaluatedKey")
        return [item["email"]["S"] for item in answer["Items"]], _place(last) if last else None


def is_refusal(error: ClientError) -> bool:
    """A condition did not hold, or somebody else had the item in hand: read again and decide anew."""
    return error.response["Error"]["Code"] in (
        "ConditionalCheckFailedException",
        "TransactionConflictException",
    )


def projected(names: Sequence[str]) -> dict[str, Any]:
    """What asks for the key and some attributes alone."""
    wanted = [f"#{name}" for name in (*KEY, *names)]
    return {"ProjectionExpression": ", ".join(wanted), **_names(" ".join(wanted), {})}


def _names(expressions: str, values: Item) -> Any:
    """What the expressions refer to: `#name` is the attribute `name`, whether a reserved word or not."""
    names = {name: name[1:] for name in NAME.findall(expressions)}
    named: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
    return named | ({"ExpressionAttributeValues": dict(values)} if values else {})


def _outcome(code: str) -> Outcome:
    """What a statement's code says."""
    if not code:
        return True
    return False if code in REFUSALS else Unavailable(f"DynamoDB did not write: {code}")


def key_of(place: Place) -> Any:
    """The key of a place in the wire form."""
    return {name: {"S": value} for name, value in zip(KEY, place, strict=False)}


def _place(item: Any) -> Place:
    return tuple(item[name]["S"] for name in KEY if name in item)
