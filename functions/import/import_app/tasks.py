"""What a task of a run is, and what comes out of doing one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from lytics_cm.errors import TransientError
from lytics_cm.retry_window import Tries
from lytics_cm.store.units import Unit

type Json = dict[str, Any]

PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Task:
    """One unit of a run that calls Campaign Monitor: a message of the pages queue.

    `unit` names it within its run: the same work has the same name, however often it is asked for.
    `since` is when it first came back without having been done (epoch ms), `attempt` how often it was tried.
    `faults` is how often it failed in a way that nobody foresaw.
    """

    job: str
    run: str
    unit: str
    task: str
    args: Json = field(default_factory=dict)
    attempt: int = 0
    since: int = 0
    faults: int = 0

    @property
    def at(self) -> Unit:
        """The unit of the run that it is."""
        return Unit(self.job, self.run, self.unit)

    def message(self) -> Json:
        shape: Json = {**self.at.message(), "task": self.task, "args": self.args}
        failed = {"attempt": self.attempt, "since": self.since, "faults": self.faults}
        return shape | {name: value for name, value in failed.items() if value}

    @classmethod
    def parse(cls, message: Mapping[str, Any]) -> Self:
        return cls(
            job=str(message["job"]),
            run=str(message.get("run", "")),
            unit=str(message.get("unit", "")),
            task=str(message["task"]),
            args=dict(message.get("args", {})),
            attempt=int(message.get("attempt", 0)),
            since=int(message.get("since", 0)),
            faults=int(message.get("faults", 0)),
        )

    def again(self, error: TransientError, now: int) -> Task | None:
        """The same task for another time; None when it has come back for long enough."""
        tries = Tries(self.since, self.attempt)
        if tries.are_enough(error, now):
            return None
        more = tries.more(error, now)
        return replace(self, attempt=more.attempt, since=more.since)

    def child(self, unit: str, task: str, args: Json) -> Task:
        return Task(self.job, self.run, unit, task, args)


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a task brought: rows for the rows queue, tasks that follow, failures to keep, counters to move.

    `promised` children are counted here and sent by others. `message` is told by the job. `used` are pages,
    from the first to the last, whose edges are among the rows. `learned` are items of the job that are stored
    in the moment when the task is counted. `write` writes notes meanwhile; `last` then tells which tasks that
    others have promised are due. Both may be done again, by a worker that does the task again.
    """

    rows: list[Json] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    failures: list[Json] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    promised: int = 0
    message: str = ""
    used: tuple[int, int] | None = None
    learned: list[Json] = field(default_factory=list)
    write: Callable[[], None] | None = None
    last: Callable[[], list[Task]] | None = None
