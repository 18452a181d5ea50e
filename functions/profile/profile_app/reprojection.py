"""Counts how far a re-aggregation is: exact under redelivery, with a few items whatever the size of the table.

The table of rows is scanned once, in segments. A segment is gone through page by page, each asked for by one message;
its item in StreamsTable (`reproject#<segment>`) has the page that is due, where it starts, and the people passed. A page
counts by moving that item on, so it counts once. The item `reproject` has the run itself, and how many people there may
be: as many as have a plain profile, which DynamoDB counts every six hours.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from lytics_cm.dynamodb import tried
from lytics_cm.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from profile_app.profiles.table import Place

SEGMENTS = 4
STATE = "reproject"
STALE = 15 * 60 * 1000
"""Milliseconds without a step after which a run may be replaced: its worker died before it sent the first message."""


@dataclass(frozen=True, slots=True)
class Step:
    """One page of one segment: a message of the bulk queue."""

    run: str
    segment: int
    page: int = 0

    def message(self) -> dict[str, Any]:
        return {"run": self.run, "segment": self.segment, "page": self.page}

    @classmethod
    def parse(cls, message: Mapping[str, Any]) -> Self:
        return cls(message["run"], message["segment"], message["page"])

    @property
    def item(self) -> str:
        return f"{STATE}#{self.segment}"

    @property
    def next(self) -> Step:
        return Step(self.run, self.segment, self.page + 1)


@dataclass(frozen=True, slots=True)
class Passed:
    """How far a segment is."""

    run: str
    page: int
    start: Place | None
    seen: int
    ended: bool
    at: int


@dataclass(frozen=True, slots=True)
class State:
    """What is known of the last re-aggregation."""

    status: str = "idle"
    run: str = ""
    started_at: int | None = None
    finished_at: int | None = None
    done: int = 0
    total: int = 0
    is_asked: bool = False


class Reprojection:
    """The one re-aggregation that may run."""

    def __init__(self, client: DynamoDBClient, table: str, profiles: str) -> None:
        self._client = client
        self._table = table
        self._profiles = profiles

    def start(self, now: int, *, is_asked: bool = True) -> list[Step]:
        """Begin; return the first steps. Raises `Conflict` while one runs that was asked for.

        One that nobody asked for, because a mapping changed, takes the place of any that runs; asking for it while it
        runs is no conflict, and begins nothing.
        """
        before = self.state()
        is_running = before.status == "running" and now - self._moved_at(before) < STALE
        if is_asked and is_running and not before.is_asked:
            asked = {":yes": {"BOOL": True}, ":run": {"S": before.run}}
            self._update(STATE, "SET asked = :yes", "#run = :run", {"#run": "run"}, asked)
            return []
        run = secrets.token_hex(6)
        steps = [Step(run, segment) for segment in range(SEGMENTS)]
        if is_asked and is_running:
            raise Conflict("a re-aggregation is running; wait for its end")
        values = {":before": {"S": before.run}}
        condition = "run = :before" if before.run else "attribute_not_exists(id)"
        state: dict[str, Any] = {"run": {"S": run}, "status": {"S": "running"}, "started_at": _number(now)}
        state |= {"asked": {"BOOL": is_asked}, "people": _number(self._people())}
        if not self._put(STATE, state, condition, values if before.run else {}):
            raise Conflict("somebody else started a re-aggregation at the same time")
        for step in steps:
            zero = {"run": {"S": run}, "page": _number(0), "seen": _number(0), "at": _number(now)}
            self._put(step.item, zero, "attribute_not_exists(id) OR run <> :run", {":run": {"S": run}})
        return steps

    def passed(self, step: Step) -> Passed | None:
        """How far the step's segment is; None when its run was replaced."""
        item = self._get(step.item)
        found = _passed(item) if item else None
        return found if found and found.run == step.run else None

    def advance(self, step: Step, seen: int, start: Place | None, now: int) -> None:
        """Count a page, once, and note where the next one starts; None ends the segment, and the last one the run."""
        values = {
            ":run": {"S": step.run},
            ":page": _number(step.page),
            ":next": _number(step.page + 1),
            ":seen": _number(seen),
            ":start": {"S": json.dumps(start)},
            ":ended": {"BOOL": start is None},
            ":now": _number(now),
        }
        change = "SET #page = :next, #start = :start, ended = :ended, #at = :now ADD seen :seen"
        names = {"#page": "page", "#start": "start", "#at": "at", "#run": "run"}
        self._update(step.item, change, "#run = :run AND #page = :page", names, values)
        if start is None:
            self.finish(step.run, now)

    def finish(self, run: str, now: int) -> None:
        """End the run if all its segments have ended."""
        if not all(one.ended and one.run == run for one in self._segments()):
            return
        names = {"#status": "status", "#run": "run"}
        values = {
            ":done": {"S": "completed"},
            ":now": _number(now),
            ":run": {"S": run},
            ":running": {"S": "running"},
        }
        condition = "#run = :run AND #status = :running"
        self._update(STATE, "SET #status = :done, finished_at = :now", condition, names, values)

    def state(self) -> State:
        """What is known of the last run."""
        item = self._get(STATE)
        if item is None:
            return State()
        run = item["run"]["S"]
        done = sum(one.seen for one in self._segments() if one.run == run)
        ended = item.get("finished_at")
        return State(
            status=item["status"]["S"],
            run=run,
            started_at=int(item["started_at"]["N"]),
            finished_at=int(ended["N"]) if ended else None,
            done=done,
            total=done if ended else max(done, int(item["people"]["N"])),
            is_asked=item["asked"]["BOOL"],
        )

    def _moved_at(self, state: State) -> int:
        return max([state.started_at or 0, *(one.at for one in self._segments() if one.run == state.run)])

    def _segments(self) -> list[Passed]:
        items = [self._get(Step("", segment).item) for segment in range(SEGMENTS)]
        return [_passed(item) for item in items if item]

    def _people(self) -> int:
        return self._client.describe_table(TableName=self._profiles)["Table"]["ItemCount"]

    def _get(self, name: str) -> Any:
        answer = self._client.get_item(TableName=self._table, Key={"id": {"S": name}}, ConsistentRead=True)
        return answer.get("Item")

    def _put(self, name: str, item: dict[str, Any], condition: str, values: dict[str, Any]) -> bool:
        bound = {"ExpressionAttributeValues": values} if values else {}
        item = {"id": {"S": name}, **item}
        put = self._client.put_item
        return (
            tried(put, TableName=self._table, Item=item, ConditionExpression=condition, **bound) is not None
        )

    def _update(
        self, name: str, change: str, condition: str, names: dict[str, str], values: dict[str, Any]
    ) -> bool:
        answer = tried(
            self._client.update_item,
            TableName=self._table,
            Key={"id": {"S": name}},
            UpdateExpression=change,
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
        return answer is not None


def _passed(item: Any) -> Passed:
    start = json.loads(item["start"]["S"]) if "start" in item else None
    return Passed(
        run=item["run"]["S"],
        page=int(item["page"]["N"]),
        start=(start[0], start[1]) if start else None,
        seen=int(item["seen"]["N"]),
        ended=item.get("ended", {}).get("BOOL", False),
        at=int(item["at"]["N"]),
    )


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
