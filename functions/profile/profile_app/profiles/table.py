"""A table of people in DynamoDB's wire form: reads, conditional writes, many calls at once.

The wire form is written by hand because (de)serialising costs more time per row than everything else here.
All reads are strongly consistent: the protocol of the profiles rests on it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from lytics_cm import dynamodb
from lytics_cm.dynamodb import KEYS_PER_GET, Happened, Item, Statement, batches_of, execute, get_batch, tried

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

POOL = "profiles"
"""What the threads are called: a thread of the pool must not wait for the pool."""

type ItemKey = tuple[str, ...]
"""Where an item lies: the address, and the sort key if the table has one."""
KEY = ("email", "key")
PAGES = 16
"""Read by one call of `beginning`, 1 MB each: seconds at most, 2,048 read units."""
MOST_DELETED = dynamodb.WRITES_PER_TRANSACTION - 1
"""By one call of `delete_while`."""


class PeopleTable:
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
        dynamodb.wait(attempt, self._pause)

    def get(self, place: ItemKey) -> Item | None:
        answer = self._client.get_item(TableName=self.name, Key=key_of(place), ConsistentRead=True)
        return answer.get("Item")

    def get_many(self, places: Collection[ItemKey], only: Sequence[str] = ()) -> dict[ItemKey, Item]:
        """The items that exist among `places`; `only` names the attributes wanted beside the key."""
        projection = projected(only) if only else {}
        keys = [key_of(place) for place in sorted(places)]
        batches = [keys[at : at + KEYS_PER_GET] for at in range(0, len(keys), KEYS_PER_GET)]
        found = self.each(lambda batch: get_batch(self._client, self.name, batch, projection), batches)
        return {_place(item): item for batch in found for item in batch}

    def write_each(self, statements: Sequence[Statement]) -> list[Happened]:
        """Do every write on its own condition, in any order; what became of each.

        They are of different items.
        """
        groups = self.each(
            lambda batch: execute(self._client, self.name, batch, self._pause), batches_of(statements)
        )
        return [happened for group in groups for happened in group]

    def delete(self, place: ItemKey, life: Item) -> bool:
        """Delete an item if its attribute `life` is this one.

        False when it is another, or there is no item.
        """
        condition = "#life = :life"
        request = {"Key": key_of(place), **dynamodb.attributes(condition, {"life": life})}
        delete = self._client.delete_item
        return tried(delete, TableName=self.name, ConditionExpression=condition, **request) is not None

    def delete_while(self, here: Item, gone: Mapping[ItemKey, Item]) -> bool:
        """Delete items that have these attributes while another one has others, all or none; whether it happened.

        `here` is the key and the attributes of the other one. At most `MOST_DELETED` items.
        """
        others = {name: value for name, value in here.items() if name not in KEY}
        check = {"Key": {name: here[name] for name in KEY}, **self._having(others)}
        deletes = [{"Delete": {"Key": key_of(place), **self._having(has)}} for place, has in gone.items()]
        try:
            dynamodb.transact_all(self._client, [{"ConditionCheck": check}, *deletes])
        except dynamodb.ConditionFailed:
            return False
        return True

    def _having(self, attributes: Item) -> dict[str, Any]:
        """A condition that an item of this table has these attributes."""
        condition = " AND ".join(f"#{name} = :{name}" for name in attributes)
        return {
            "TableName": self.name,
            "ConditionExpression": condition,
            **dynamodb.attributes(condition, attributes),
        }

    def pages(self, email: str, between: tuple[str, str], only: Sequence[str] = ()) -> Iterator[list[Any]]:
        """The items of a person with keys between two, page by page; `only` names the attributes wanted."""
        request = self._query(email, between) | (projected(only) if only else {})
        return dynamodb.pages(self._client.query, **request)

    def last(self, email: str, between: tuple[str, str], most: int) -> list[Any]:
        """Of a person's items with keys between two the last ones, back in time, at most so many."""
        request = self._query(email, between) | {"ScanIndexForward": False, "Limit": most}
        return self._client.query(**request)["Items"]

    def _query(self, email: str, between: tuple[str, str]) -> Any:
        first, last = between
        return {
            "TableName": self.name,
            "KeyConditionExpression": "email = :email AND #key BETWEEN :first AND :last",
            "ConsistentRead": True,
            **dynamodb.attributes(
                "#key", {"email": {"S": email}, "first": {"S": first}, "last": {"S": last}}
            ),
        }

    def people(
        self, sort: str, segment: int, segments: int, start: ItemKey | None, limit: int
    ) -> tuple[list[str], ItemKey | None]:
        """One page of a segment of the whole table: who has an item of this sort key, and where to go on."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "Segment": segment,
            "TotalSegments": segments,
            "Limit": limit,
            "FilterExpression": "#key = :sort",
            "ProjectionExpression": "email",
            **dynamodb.attributes("#key", {"sort": {"S": sort}}),
        }
        request |= {"ExclusiveStartKey": key_of(start)} if start else {}
        answer = self._client.scan(**request)
        last = answer.get("LastEvaluatedKey")
        return [item["email"]["S"] for item in answer["Items"]], _place(last) if last else None

    def beginning(
        self, prefix: str, only: Sequence[str], field: str, most: int, after: str | None
    ) -> tuple[list[Any], str | None]:
        """Items of at most so many addresses that begin with a text, and the address to go on behind.

        Each has the attributes `only` and one of its `fields`. Reads `PAGES` pages of the table at most.
        """
        request = self._scan(prefix, only, field, most)
        found: list[Any] = []
        for _ in range(PAGES):
            start: Any = {"ExclusiveStartKey": key_of((after,))} if after else {}
            answer = self._client.scan(**request, **start)
            found += answer["Items"]
            if len(found) > most:
                return found[:most], found[most - 1]["email"]["S"]
            if "LastEvaluatedKey" not in answer:
                return found, None
            after = answer["LastEvaluatedKey"]["email"]["S"]
            if len(found) == most:
                break
        return found, after

    def _scan(self, prefix: str, only: Sequence[str], field: str, most: int) -> Any:
        """What asks for people with no more than is wanted of them; of whom nothing may be known have no rows."""
        names = {f"#{name}": name for name in (*only, "rows", "fields", field)}
        wanted = ["email", *(f"#{name}" for name in only), f"#fields.#{field}"]
        request = {
            "TableName": self.name,
            "ProjectionExpression": ", ".join(wanted),
            "ExpressionAttributeNames": names,
        }
        values: Any = {":none": {"N": "0"}}
        if not prefix:
            everybody = {"FilterExpression": "#rows > :none", "ExpressionAttributeValues": values}
            return request | everybody | {"Limit": most}
        return request | {
            "FilterExpression": "#rows > :none AND begins_with(email, :prefix)",
            "ExpressionAttributeValues": values | {":prefix": {"S": prefix}},
        }


def projected(names: Sequence[str]) -> dict[str, Any]:
    """What asks for the key and some attributes alone."""
    wanted = " ".join(f"#{name}" for name in (*KEY, *names))
    return {"ProjectionExpression": wanted.replace(" ", ", "), **dynamodb.attributes(wanted)}


def key_of(place: ItemKey) -> Any:
    """The key of a place in the wire form."""
    return {name: {"S": value} for name, value in zip(KEY, place, strict=False)}


def _place(item: Any) -> ItemKey:
    return tuple(item[name]["S"] for name in KEY if name in item)
