"""Projects everybody anew, message by message, and counts how far that is, exact under redelivery.

The table of rows is scanned once, in segments. A segment is gone through page by page, each asked for by one
message; its item in StreamsTable (`reproject#<segment>`) has the page that is due, where it starts, and the
people passed. A page counts by moving that item on, so it counts once. The item `reproject` has the run
itself, and how many people there may be: as many as have a plain profile, which DynamoDB counts every six
hours.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from lytics_cm.dynamodb import changing, tried, typed_all, untyped_all
from lytics_cm.errors import Conflict, Throttled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from lytics_cm.queues import Queue
    from profile_app.behind import Behind
    from profile_app.profiles import Profiles
    from profile_app.profiles.table import ItemKey

SEGMENTS = 4
STATE = "reproject"
STALE_MS = 15 * 60 * 1000
"""Without a step for so long, a run may be replaced: its worker died before it sent the first message."""
MOST_RIVALS = 10
"""Others that may begin at the same moment before we ask to be called again."""
ITEMS_PER_MESSAGE = 1000
"""That one message looks at."""

type Json = dict[str, Any]


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
    """How far a segment is; `at` is when it made its last step (epoch ms)."""

    run: str
    page: int
    start: ItemKey | None
    seen: int
    ended: bool
    at: int

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        start = json.loads(item.get("start", "null"))
        place = (start[0], start[1]) if start else None
        return cls(item["run"], item["page"], place, item["seen"], item.get("ended", False), item["at"])


@dataclass(frozen=True, slots=True)
class ReprojectionState:
    """What is known of the last re-aggregation; times are epoch ms."""

    status: str = "idle"
    run: str = ""
    started_at: int | None = None
    finished_at: int | None = None
    done: int = 0
    total: int = 0
    is_asked: bool = False
    moved_at: int = 0
    """When it made its last step."""

    def is_stalled(self, now: int) -> bool:
        """Whether it runs, and nothing has moved for too long."""
        return self.status == "running" and now - self.moved_at >= STALE_MS


class Reprojection:
    """The state of the one re-aggregation that may run."""

    def __init__(self, client: DynamoDBClient, table: str, profiles: str) -> None:
        self._client = client
        self._table = table
        self._profiles = profiles

    def start(self, now: int, *, is_asked: bool = True) -> list[Step]:
        """Begin; return the first steps. Raises `Conflict` while one runs that was asked for.

        One that nobody asked for, because a mapping changed, takes the place of any that runs, also of one that
        began at the same time and may not know the change. Asking for it while it runs is no conflict, and
        begins nothing.
        """
        for _ in range(MOST_RIVALS):
            before = self.state()
            if is_asked and before.status == "running" and not before.is_stalled(now):
                if before.is_asked:
                    raise Conflict("a re-aggregation is running; wait for its end")
                self._update(STATE, {"asked": True}, "#run = :this", this=before.run)
                return []
            run = secrets.token_hex(6)
            if self._replace(before, run, now, is_asked=is_asked):
                return self._first_steps(run, now)
        raise Throttled("re-aggregations are begun all the time")

    def _replace(self, before: ReprojectionState, run: str, now: int, *, is_asked: bool) -> bool:
        """Whether the run is the one that goes on now, in the place of the one before."""
        state = {
            "run": run,
            "status": "running",
            "started_at": now,
            "asked": is_asked,
            "people": self._people(),
        }
        condition = "run = :before" if before.run else "attribute_not_exists(id)"
        return self._put(STATE, state, condition, **({"before": before.run} if before.run else {}))

    def _first_steps(self, run: str, now: int) -> list[Step]:
        steps = [Step(run, segment) for segment in range(SEGMENTS)]
        for step in steps:
            zero = {"run": run, "page": 0, "seen": 0, "at": now}
            self._put(step.item, zero, "attribute_not_exists(id) OR run <> :this", this=run)
        return steps

    def passed(self, step: Step) -> Passed | None:
        """How far the step's segment is; None when its run was replaced."""
        item = self._get(step.item)
        return Passed.of(item) if item and item["run"] == step.run else None

    def advance(self, step: Step, seen: int, start: ItemKey | None, now: int) -> None:
        """Count a page, once, and note where the next one starts.

        None ends the segment, and the last one the run.
        """
        moved = {"page": step.next.page, "start": json.dumps(start), "ended": start is None, "at": now}
        condition = "#run = :this AND #page = :due"
        self._update(step.item, moved, condition, {"seen": seen}, this=step.run, due=step.page)
        if start is None:
            self.finish(step.run, now)

    def finish(self, run: str, now: int) -> None:
        """End the run if all its segments have ended."""
        if all(one.ended and one.run == run for one in self._segments()):
            ended = {"status": "completed", "finished_at": now}
            self._update(STATE, ended, "#run = :this AND #status = :due", this=run, due="running")

    def state(self) -> ReprojectionState:
        """What is known of the last run."""
        item = self._get(STATE)
        if item is None:
            return ReprojectionState()
        segments = [one for one in self._segments() if one.run == item["run"]]
        done, ended = sum(one.seen for one in segments), item.get("finished_at")
        return ReprojectionState(
            status=item["status"],
            run=item["run"],
            started_at=item["started_at"],
            finished_at=ended,
            done=done,
            total=done if ended else max(done, item["people"]),
            is_asked=item["asked"],
            moved_at=max([item["started_at"], *(one.at for one in segments)]),
        )

    def _segments(self) -> list[Passed]:
        items = [self._get(Step("", segment).item) for segment in range(SEGMENTS)]
        return [Passed.of(item) for item in items if item]

    def _people(self) -> int:
        return self._client.describe_table(TableName=self._profiles)["Table"]["ItemCount"]

    def _get(self, name: str) -> Json | None:
        answer = self._client.get_item(TableName=self._table, Key={"id": {"S": name}}, ConsistentRead=True)
        return untyped_all(answer["Item"]) if "Item" in answer else None

    def _put(self, name: str, item: Json, condition: str, **bound: Any) -> bool:
        values = {f":{name}": value for name, value in bound.items()}
        request: Json = {"ExpressionAttributeValues": typed_all(values)} if values else {}
        request |= {"Item": typed_all({"id": name, **item}), "ConditionExpression": condition}
        return tried(self._client.put_item, TableName=self._table, **request) is not None

    def _update(self, name: str, sets: Json, when: str, add: Json | None = None, **bound: Any) -> None:
        change = changing(sets, add, when, **bound)
        change["ExpressionAttributeValues"] = typed_all(change["ExpressionAttributeValues"])
        tried(self._client.update_item, TableName=self._table, Key={"id": {"S": name}}, **change)


class Reprojector:
    """Works through all people, message by message; `queue` is the bulk queue."""

    def __init__(self, profiles: Profiles, behind: Behind, reprojection: Reprojection, queue: Queue) -> None:
        self._profiles = profiles
        self._behind = behind
        self._reprojection = reprojection
        self.queue = queue

    def start(self, now: int, *, is_asked: bool = True) -> None:
        """Begin a re-aggregation that somebody asked for, or that a mapping calls for. Raises `Conflict`."""
        self.queue.send(step.message() for step in self._reprojection.start(now, is_asked=is_asked))

    def do(self, message: Json, now: int) -> None:
        """Do the page that a message asks for; doing it again changes nothing."""
        step = Step.parse(message)
        passed = self._reprojection.passed(step)
        if passed is None:
            return
        if passed.page == step.page:
            emails, rest = self._profiles.people(step.segment, SEGMENTS, passed.start, ITEMS_PER_MESSAGE)
            self._behind.project_all(emails)
            self._reprojection.advance(step, len(emails), rest, now)
            passed = self._reprojection.passed(step)
        # Also for a message that comes again: its worker may have died before it sent the next one.
        if passed and passed.page == step.next.page:
            self._go_on(step, ended=passed.ended, now=now)

    def _go_on(self, step: Step, *, ended: bool, now: int) -> None:
        if ended:
            self._reprojection.finish(step.run, now)
        else:
            self.queue.send([step.next.message()])
