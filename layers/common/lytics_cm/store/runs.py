"""The bookkeeping of a run: exact under any repetition, crash and order of its units.

A run is a tree of *units*: the plan, the pages it calls for, the batches of rows those send. Each unit is
counted once, by one transaction that marks it and moves the run's counters: `open` falls by one for the unit
itself and rises by one for each child. The run is over when `open` is zero, and whoever brings it there
finishes it.

The order within a unit makes that safe: (1) do the work, (2) `settle` (mark and count, children included, and
store what was learned), (3) send the children, (4) `confirm_sent`. A worker that dies between 2 and 4 leaves
a marker without `sent`: the message comes again and the unit is done again. What was promised the first time
is sent, even if the second time shows something else; what is new is counted too. A child that comes twice
finds its marker.

Items in the job's partition: `run#<run>`, `unit#<run>#<unit>`, `parked#<run>#<unit>`. The ids of runs are in
the order of time. A run is kept as long as it is its job's latest, and then for 90 days.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from itertools import batched
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import BotoCoreError, ClientError

from lytics_cm.dynamodb import ConditionFailed, changing, get_many, plain, query, transact, tried
from lytics_cm.errors import NotFound, Unavailable
from lytics_cm.store import progress, waiting
from lytics_cm.store.changed_people import ChangedPeople
from lytics_cm.store.failures import KEEP_SECONDS
from lytics_cm.store.jobs import ImportJob
from lytics_cm.store.run import KEEP_RUNS_SECONDS, Run
from lytics_cm.store.schema import PARKED, RUN, key_of
from lytics_cm.store.units import CLOSE, Children, Ends, HeldTask, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.queues import Queue
    from lytics_cm.store.run import Trigger

UNITS_AT_ONCE = 40
"""Units that one transaction marks: DynamoDB takes 100 actions, and each one more may meet another
worker's."""

ALMOST = 999
"""The most thousandths that are done of a run that is not over."""

type Counts = Mapping[str, int]


class Runs:
    """The runs of all jobs."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def start(
        self,
        job_key: tuple[str, str],
        run_id: str,
        now: int,
        forbidden: tuple[str, ...],
        trigger: Trigger = "person",
    ) -> bool:
        """Open a run with one unit outstanding (its plan) and point the job to it; let the one before age.

        False when the job forbids it. `job_key` is (kind, job id); `forbidden` the job statuses that stand in
        the way.
        """
        kind, job_id = job_key
        marks = {f"f{number}": status for number, status in enumerate(forbidden)}
        condition = f"attribute_exists(#item) AND NOT #status IN ({', '.join(f':{mark}' for mark in marks)})"
        pointed = {"status": "running", "run_id": run_id, "message": None, "missed": None}
        run = {
            **RUN.at(job_id, run_id),
            "id": run_id,
            "status": "running",
            "started_at": now,
            "trigger": trigger,
            "open": 1,
            "moved_at": now,
            "pages_total": 1,  # the plan, until it says what there is
        }
        point = {
            "TableName": self.table.name,
            "Key": key_of(kind, job_id),
            **changing(pointed, None, condition, **marks),
        }
        job = self.table.get_item(Key=key_of(kind, job_id), ConsistentRead=True).get("Item", {})
        before = self.get(job_id, str(job["run_id"])) if job.get("run_id") else None
        ageing = [self._ageing(job_id, before.id, now)] if before else []
        try:
            self._transact({"Update": point}, {"Put": {"TableName": self.table.name, "Item": run}}, *ageing)
        except AlreadyDone:
            return False
        return True

    def _ageing(self, job_id: str, run_id: str, now: int) -> dict[str, Any]:
        """The update that has a run forgotten in time."""
        expires = changing({"expires_at": now // 1000 + KEEP_RUNS_SECONDS}, when="attribute_exists(#item)")
        return {"Update": {"TableName": self.table.name, "Key": RUN.at(job_id, run_id), **expires}}

    def add(self, job_id: str, run_id: str, counts: Counts, now: int) -> bool:
        """Move counters of a run for no unit; False of a run that was deleted, which has none."""
        change = changing({"moved_at": now}, counts, "attribute_exists(#item)")
        return tried(self.table.update_item, Key=RUN.at(job_id, run_id), **change) is not None

    def get(self, job_id: str, run_id: str) -> Run | None:
        item = self.table.get_item(Key=RUN.at(job_id, run_id), ConsistentRead=True).get("Item")
        return Run.parse(plain(item)) if item else None

    def is_sent(self, unit: Unit) -> bool:
        """Whether the unit is counted and its children are sent: nothing is left to do for it."""
        item = self.table.get_item(Key=unit.key, ConsistentRead=True).get("Item")
        return bool(item and item.get("sent"))

    def look(self, unit: Unit) -> tuple[ImportJob | None, bool]:
        """The job of a unit, if there is one, and whether the unit is sent; in one call."""
        found = {item["item"]: item for item in get_many(self.table, [key_of("import", unit.job), unit.key])}
        job = ImportJob.parse(plain(found[unit.job])) if unit.job in found else None
        return job, bool(found.get(unit.key["item"], {}).get("sent"))

    def settle(
        self,
        unit: Unit,
        children: Children,
        counts: Counts,
        now: int,
        learned: Sequence[Mapping[str, Any]] = (),
    ) -> Children:
        """Mark a unit and count it with its children, once; return what must be sent.

        What it has `learned`, items of this table, is stored in the same moment. A repetition has those of
        its children counted that were not known the first time, and is told of the others.
        """
        moved = {**counts, "open": children.counted - 1}
        try:
            self._transact(
                {"Put": self._mark(unit, children, now)}, self._count(unit, moved, now), *self._puts(learned)
            )
        except AlreadyDone:
            return self._settle_again(unit, children, now, learned)
        return children

    def _settle_again(
        self, unit: Unit, children: Children, now: int, learned: Sequence[Mapping[str, Any]]
    ) -> Children:
        item = self.table.get_item(Key=unit.key, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFound("the run was deleted")
        before = Children.read(item)
        if item.get("sent"):
            return Children()
        after = before.joined(children)
        more = after.counted - before.counted
        if not more:
            if learned:
                self._transact(*self._puts(learned))
            return after
        change = changing(after.stored(), when="#counted = :known", known=before.counted)
        update = {"TableName": self.table.name, "Key": unit.key, **change}
        try:
            self._transact({"Update": update}, self._count(unit, {"open": more}, now), *self._puts(learned))
        except AlreadyDone as error:
            raise Unavailable("another worker has the same unit in hand") from error
        return after

    def settle_all(self, of: Mapping[str, str], units: Mapping[str, Counts], now: int) -> None:
        """Mark batches of rows of the run `of` {job, run}, which bring forth nothing, and count each once.

        Raises `NotFound` when the run was deleted. Who dies half way has marked and counted the same units.
        """
        for names in batched(units, UNITS_AT_ONCE, strict=False):
            self._settle_new(of, {name: units[name] for name in names}, now)

    def _settle_new(self, of: Mapping[str, str], units: dict[str, Counts], now: int) -> None:
        """Settle those of the units that nobody settled before, in one transaction."""
        while units:
            moved = Counter({"open": -len(units), "batches_done": len(units)})
            for counts in units.values():
                moved.update(counts)
            marked = [Unit(of["job"], of["run"], name) for name in units]
            marks = [{"Put": self._mark(unit, Children(), now)} for unit in marked]
            try:
                transact(self.table, self._count(marked[0], moved, now), *marks)
            except ConditionFailed as error:
                if 0 in error.numbers:
                    raise NotFound("the run was deleted") from error
                units = {
                    name: counts
                    for number, (name, counts) in enumerate(units.items(), 1)
                    if number not in error.numbers
                }
            else:
                return

    def confirm_sent(self, unit: Unit) -> None:
        """Say that the unit's children are in their queues.

        A run that was deleted meanwhile needs no telling.
        """
        change = changing({"sent": True, "tasks": None}, when="attribute_exists(#item)")
        tried(self.table.update_item, Key=unit.key, **change)

    def finish(self, job_key: tuple[str, str], run_id: str, ends: Ends, now: int) -> bool:
        """Close the run if no more is outstanding than `ends` says, and its job with it; tell whether that was now.

        Repeatable. A job that was stopped meanwhile, or has another run, stays as it is.
        """
        kind, job_id = job_key
        people = ChangedPeople(self.table)
        reason = {"reason": ends.message} if ends.message else {}
        changed = {"changed_people": people.count(job_id, run_id)}
        ended = {"status": ends.run, "finished_at": now, **changed, **reason}
        run = {
            "TableName": self.table.name,
            "Key": RUN.at(job_id, run_id),
            **changing(
                ended, when="#open = :known AND #status = :due", known=ends.outstanding, due="running"
            ),
        }
        after = {"status": ends.job, **({"message": ends.message} if ends.message else {})}
        job = {
            "TableName": self.table.name,
            "Key": key_of(kind, job_id),
            **changing(after, when="run_id = :this AND #status = :due", this=run_id, due="running"),
        }
        for writes in ([run, job], [run]):
            try:
                self._transact(*({"Update": write} for write in writes))
            except AlreadyDone:
                continue
            people.forget(job_id, run_id)
            return True
        return False

    def resume(self, job_id: str, run_id: str, now: int) -> None:
        """Remember when a run went on, and how far it was: its pace is measured from there."""
        run = self.get(job_id, run_id)
        resumed: dict[str, Any] = {"resumed_at": now}
        if run:
            resumed |= {"done_before": progress.done(run), "waited_before": run.waited(now)}
        if run and run.is_waiting:  # it waited until it was stopped, or until its next try was due
            resumed["answered_at"] = min(now, run.waiting_until or now)
        self.table.update_item(
            Key=RUN.at(job_id, run_id), **changing(resumed, when="attribute_exists(#item)")
        )

    def show(self, job_id: str, run: Run) -> int:
        """How far a run is (thousandths), to be shown to people: never less than was shown before.

        What is shown is stored first: when AWS does not take it, what was shown last is.
        """
        now_at = min(ALMOST, int(progress.share(run) * 1000))
        if not run.is_running or now_at <= run.shown:
            return run.shown
        condition = "attribute_exists(#item) AND (attribute_not_exists(#shown) OR #shown < :shown)"
        try:
            change = changing({"shown": now_at}, when=condition)
            if tried(self.table.update_item, Key=RUN.at(job_id, run.id), **change) is not None:
                return now_at
        except (BotoCoreError, ClientError):
            return run.shown
        latest = self.get(job_id, run.id)
        return latest.shown if latest else run.shown

    def hold(self, task: Mapping[str, Any]) -> None:
        """Keep a task that a stopped job may not do now."""
        address = PARKED.at(task["job"], task["run"], task["unit"])
        ticket = uuid.uuid4().hex
        self.table.put_item(Item={**address, "task": json.dumps(task), "ticket": ticket})

    def held(self, job_id: str, run_id: str) -> list[HeldTask]:
        """The tasks that wait for the job to be started again."""
        items = query(self.table, Key("job").eq(job_id) & Key("item").begins_with(PARKED.within(run_id)))
        return [HeldTask(json.loads(item["task"]), item["item"], item["ticket"]) for item in items]

    def drop_held(self, held: HeldTask) -> None:
        """Forget a held task that was sent, unless it has been held once more since."""
        key, condition = key_of(held.task["job"], held.item), Attr("ticket").eq(held.ticket)
        tried(self.table.delete_item, Key=key, ConditionExpression=condition)

    def _mark(self, unit: Unit, children: Children, now: int) -> dict[str, Any]:
        """The put of a unit's marker, unless there is one."""
        marker = {**unit.key, "expires_at": now // 1000 + KEEP_SECONDS, **children.stored()}
        return {
            "TableName": self.table.name,
            "Item": marker,
            "ConditionExpression": "attribute_not_exists(#item)",
            "ExpressionAttributeNames": {"#item": "item"},
        }

    def _count(self, unit: Unit, counts: Counts, now: int) -> dict[str, Any]:
        """Move the run's counters; a unit that has called the vendor ends the run's waiting."""
        moved = {name: value for name, value in counts.items() if value or name == "open"}
        change = changing({"moved_at": now}, moved, "attribute_exists(#item)")
        if counts.get("calls"):
            change = waiting.ended(change, now)
        return {"Update": {"TableName": self.table.name, "Key": unit.run_key, **change}}

    def _puts(self, items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{"Put": {"TableName": self.table.name, "Item": item}} for item in items]

    def _transact(self, *writes: dict[str, Any]) -> None:
        """All writes or none.

        Raises `AlreadyDone` when a condition failed, `Unavailable` or `Throttled` when we were kept out.
        """
        try:
            transact(self.table, *writes)
        except ConditionFailed as error:
            raise AlreadyDone from error


def call_for_close(runs: Runs, pages: Queue, job_id: str, run_id: str) -> None:
    """Send the run's last task when no other unit is outstanding; sending it twice is harmless."""
    run = runs.get(job_id, run_id)
    if run and run.open <= 1 and run.is_running:
        pages.send([{"job": job_id, "run": run_id, "unit": CLOSE, "task": CLOSE}])


class AlreadyDone(Exception):
    """The condition of a write did not hold: somebody was here before."""
