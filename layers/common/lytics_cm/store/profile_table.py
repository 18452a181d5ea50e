"""Talks to ProfilesTable in DynamoDB's wire form: batches, conditions, pages, and many calls at once.

The wire form is written by hand because (de)serialising costs more time per row than everything else here.
All reads are strongly consistent: the protocol of `profiles.py` rests on it. Conditional writes travel 25 a call, each on
its own condition, as PartiQL statements (`Write`): `BatchWriteItem` knows no conditions.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from lytics_cm.errors import Unavailable
from lytics_cm.store.profile_items import Item

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

type Place = tuple[str, str]
"""Where an item lies: address and sort key."""


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
    def change(cls, place: Place, sets: Item, where: Item, adds: Item | None = None) -> Write:
        """Set attributes, and add to sets, if the item has what `where` says."""
        adds, where = adds or {}, {**_key(place), **where}
        parts = [f'SET "{name}" = ?' for name in sets]
        parts += [f'SET "{name}" = set_add("{name}", ?)' for name in adds]
        conditions = " AND ".join(f'"{name}" = ?' for name in where)
        values = [*sets.values(), *adds.values(), *where.values()]
        return cls(f'UPDATE "{{}}" {" ".join(parts)} WHERE {conditions}', values)

    @property
    def bytes(self) -> int:
        """The size of what it carries, about: long are texts, bytes and sets of them."""
        return len(self.statement) + sum(
            sum(map(len, value)) if isinstance(value, list) else len(value)
            for parameter in self.parameters
            for value in parameter.values()
        )


type Outcome = bool | Exception
"""Whether the condition of a write held; the error of one that may or may not have happened."""


class ProfileTable:
    """ProfilesTable, over `threads` connections at once; with one thread everything happens in order.

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
        answer = self._client.get_item(TableName=self.name, Key=_key(place), ConsistentRead=True)
        return answer.get("Item")

    def get_many(self, places: Collection[Place]) -> dict[Place, Item]:
        """The items that exist among `places`."""
        wanted = sorted(places)
        batches = [wanted[at : at + BATCH_GET] for at in range(0, len(wanted), BATCH_GET)]
        return {_place(item): item for batch in self.each(self._get_batch, batches) for item in batch}

    def _get_batch(self, places: Sequence[Place]) -> list[Item]:
        found: list[Item] = []
        keys: Any = [_key(place) for place in places]
        for attempt in range(TRIES):
            request: Any = {self.name: {"Keys": keys, "ConsistentRead": True}}
            answer: Any = self._client.batch_get_item(RequestItems=request)
            found += answer["Responses"].get(self.name, [])
            keys = answer["UnprocessedKeys"].get(self.name, {}).get("Keys", [])
            if not keys:
                return found
            self.wait(attempt + 1)
        raise Unavailable("DynamoDB reads too little of a batch; try later")

    def write_many(self, requests: Sequence[dict[str, Any]]) -> None:
        """Put or delete items without conditions: only such whose keys nobody else ever writes."""
        batches = [requests[at : at + BATCH_WRITE] for at in range(0, len(requests), BATCH_WRITE)]
        self.each(self._write_batch, batches)

    def _write_batch(self, requests: Sequence[dict[str, Any]]) -> None:
        left: Any = list(requests)
        for attempt in range(TRIES):
            answer = self._client.batch_write_item(RequestItems={self.name: left})
            left = answer["UnprocessedItems"].get(self.name, [])
            if not left:
                return
            self.wait(attempt + 1)
        raise Unavailable("DynamoDB writes too little of a batch; try later")

    def write_each(self, writes: Sequence[Write]) -> list[Outcome]:
        """Do every write on its own condition, in any order; what became of each. They are of different items."""
        groups = self.each(self._write_group, list(_groups(writes)))
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

    def put(self, item: Item, condition: str, values: Item | None = None) -> bool:
        """Put an item if the condition holds; false when it does not."""
        request = {"TableName": self.name, "Item": item, "ConditionExpression": condition}
        return self._did(self._client.put_item, request, values)

    def delete(self, place: Place, condition: str, values: Item) -> bool:
        request = {"TableName": self.name, "Key": _key(place), "ConditionExpression": condition}
        return self._did(self._client.delete_item, request, values)

    def update(self, place: Place, change: str, condition: str, values: Item) -> Item | None:
        """The item as it became, or None when the condition did not hold."""
        try:
            answer = self._client.update_item(
                TableName=self.name,
                Key=_key(place),
                UpdateExpression=change,
                ConditionExpression=condition,
                **_names(change + condition, values),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if _is_refusal(error):
                return None
            raise
        return answer["Attributes"]

    def together(self, *writes: dict[str, Any]) -> bool:
        """All writes (`{"Update": ...}`, `{"Put": ...}`) or none; False when a condition did not hold."""
        for write in writes:
            for operation in write.values():
                text = operation.get("UpdateExpression", "") + operation["ConditionExpression"]
                operation |= {"TableName": self.name, **_names(text, operation.pop("Values"))}
        try:
            self._client.transact_write_items(TransactItems=cast("Any", writes))
        except ClientError as error:
            if _is_refusal(error):
                return False
            raise
        return True

    def pages(
        self,
        email: str,
        between: tuple[str, str],
        *,
        only: str = "",
        backwards: bool = False,
        limit: int = 0,
    ) -> Iterator[list[Item]]:
        """The items of a person with keys between two, page by page; `only` names the attributes wanted."""
        request = self._query(email, between) | {"ScanIndexForward": not backwards}
        request |= {"Limit": limit} if limit else {}
        if only:
            request |= {"ProjectionExpression": only, **_names("#key" + only, {})}
        while True:
            answer = self._client.query(**request)
            yield cast("list[Item]", answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def page(self, email: str, between: tuple[str, str], limit: int) -> tuple[list[Item], str]:
        """At most `limit` items, and the key up to which these are all."""
        answer = self._client.query(**self._query(email, between), Limit=limit)
        last = answer.get("LastEvaluatedKey")
        return cast("list[Item]", answer["Items"]), _place(last)[1] if last else between[1]

    def _query(self, email: str, between: tuple[str, str]) -> dict[str, Any]:
        values = {":email": {"S": email}, ":from": {"S": between[0]}, ":to": {"S": between[1]}}
        return {
            "TableName": self.name,
            "KeyConditionExpression": "email = :email AND #key BETWEEN :from AND :to",
            "ConsistentRead": True,
            **_names("#key", values),
        }

    def heads(
        self, segment: int, segments: int, start: Place | None, limit: int
    ) -> tuple[list[str], Place | None]:
        """One page of a segment of the whole table: the addresses that have a head, and where to go on."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "Segment": segment,
            "TotalSegments": segments,
            "Limit": limit,
            "FilterExpression": "#key = :head",
            "ProjectionExpression": "email",
            "ExpressionAttributeNames": {"#key": "key"},
            "ExpressionAttributeValues": {":head": {"S": "head"}},
        }
        request |= {"ExclusiveStartKey": _key(start)} if start else {}
        answer = self._client.scan(**request)
        last = answer.get("LastEvaluatedKey")
        return [item["email"]["S"] for item in answer["Items"]], _place(last) if last else None

    @staticmethod
    def _did(call: Callable[..., Any], request: dict[str, Any], values: Item | None) -> bool:
        try:
            call(**request, **_names(request["ConditionExpression"], values or {}))
        except ClientError as error:
            if _is_refusal(error):
                return False
            raise
        return True


def _names(expressions: str, values: Item) -> Any:
    """What the expressions refer to: `#name` is the attribute `name`, whether a reserved word or not."""
    names = {name: name[1:] for name in NAME.findall(expressions)}
    named: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
    return named | ({"ExpressionAttributeValues": dict(values)} if values else {})


def _groups(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """The writes in order, as many together as one call takes."""
    group: list[Write] = []
    size = 0
    for one in writes:
        if group and (len(group) == BATCH_WRITE or size + one.bytes > BATCH_BYTES):
            yield group
            group, size = [], 0
        group.append(one)
        size += one.bytes
    if group:
        yield group


def _outcome(code: str) -> Outcome:
    """What a statement's code says."""
    if not code:
        return True
    return False if code in REFUSALS else Unavailable(f"DynamoDB did not write: {code}")


def _key(place: Place) -> Any:
    return {"email": {"S": place[0]}, "key": {"S": place[1]}}


def _place(item: Any) -> Place:
    return item["email"]["S"], item["key"]["S"]


def _is_refusal(error: ClientError) -> bool:
    """A condition did not hold, or somebody else had the item in hand: read again and decide anew."""
    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
    code = error.response["Error"]["Code"]
    return (
        code in ("ConditionalCheckFailedException", "TransactionConflictException")
        or "ConditionalCheckFailed" in reasons
        or "TransactionConflict" in reasons
    )
