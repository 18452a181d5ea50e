"""Does one task of a run: guards it, does it, counts it, passes on what follows.

See `store.runs` for the order. Whatever happens, the task comes to an end of its own: it is done, it waits,
or it is a failure that the run goes on without. What passes is waited out for two days; an error that nobody
foresaw is tried a few times; a task that never comes to an end, because its function is cut off, is given up
when its message comes for the last time.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from import_app import history
from import_app.tasks import PLAN, Json, Task, TaskResult
from import_app.unforeseen import described, unfinished, unforeseen
from import_app.work import Work
from lytics_cm import aws, row_messages
from lytics_cm.aside import together
from lytics_cm.connect import is_connected
from lytics_cm.errors import (
    AuthorizationRevoked,
    LyticsCmError,
    NotFound,
    PermanentError,
    Rejected,
    Throttled,
    TransientError,
    Unavailable,
)
from lytics_cm.queues import LAST_RECEIVE, Queue, encode
from lytics_cm.remedies import NOT_READ
from lytics_cm.retry_window import given_up, pause
from lytics_cm.store import events, waiting
from lytics_cm.store.failures import record_failures
from lytics_cm.store.jobs import RECONNECTED, ImportJob, ImportJobs
from lytics_cm.store.pace import Silence, Turn
from lytics_cm.store.runs import Runs, call_for_close
from lytics_cm.store.units import CLOSE, Children, Ends, Unit
from lytics_cm.store.waiting import Wait
from lytics_cm.streams import MAX_ROW_BYTES, UNUSABLE

UNBORN_TRIES = 8
"""A plan is sent before its run is stored: so many times it may come too early."""
MOST_FAULTS = 3
"""How often a task is tried again after an error that nobody foresaw: over some minutes, in case it
passes."""
INCOMPLETE = "not everything could be read; GET the import's failures says what, a new run tries again"
SECOND_MS = 1000

type Act = Callable[[ImportJob, Task, Turn, int], None]

logger = Logger()


@dataclass(frozen=True, slots=True)
class Runner:
    """Drives tasks; `work` knows how to do each kind of them."""

    jobs: ImportJobs
    runs: Runs
    pages: Queue
    rows: Queue
    work: Work

    def do(self, task: Task, now: int) -> None:
        """Do one task, or keep it for later, or drop it when its job or run is gone."""
        self._guard(task, now, self._attempt)

    def abandon(self, task: Task, now: int) -> None:
        """Give up a task whose message comes for the last time, or its run would wait for it for ever."""
        self._guard(task, now, self._refuse)

    def _guard(self, task: Task, now: int, act: Act) -> None:
        try:
            self._take(task, now, act)
        except TransientError as error:
            self._postpone(task, error, now)
        except AuthorizationRevoked as error:
            self._stand_still(task, error, now)
        except PermanentError as error:
            self._give_up(task, error, now)
        except Exception as error:  # noqa: BLE001 - what is not known of one task must not hold its run
            self._try_again(task, error, now)

    def _take(self, task: Task, now: int, act: Act) -> None:
        with closing(self.work.turn(task)) as turn:
            job, is_sent = self.runs.look(task.at)
            if job is None:
                return
            if job.run_id != task.run:
                self._await_birth(task)
            elif is_sent:
                self._after(task, now)
            elif job.status != "running":
                self._hold(task)
            else:
                act(job, task, turn, now)

    def _attempt(self, job: ImportJob, task: Task, turn: Turn, now: int) -> None:
        if task.task != CLOSE or self._has_caught_up(task, now):
            self._settle(task, self.work.do(job, task, turn, now), now)

    def _refuse(self, _job: ImportJob, _task: Task, _turn: Turn, _now: int) -> None:
        raise unfinished(LAST_RECEIVE - 1)

    def _has_caught_up(self, task: Task, now: int) -> bool:
        """Whether a run may end.

        One that was stopped half way first looks again at the lists that it had been at.
        """
        run = self.runs.get(task.job, task.run)
        since = run and run.resumed_at
        if not run or not since or run.is_fatal:
            return True
        at = Unit(task.job, task.run, f"catch up/{since}")
        if self.runs.is_sent(at):
            return run.open == 1
        visits = [visit.message() for visit in self.work.catch_up(task, since)]
        if not visits:
            return True
        due = self.runs.settle(at, Children(visits, promised=1), {}, now)  # one for itself: nobody counted it
        self.pages.send(due.tasks)
        self.runs.confirm_sent(at)
        return False

    def _stand_still(self, task: Task, error: AuthorizationRevoked, now: int) -> None:
        """Keep the task until the account is connected again.

        That may have happened before the job was marked.
        """
        job = self.jobs.get(task.job)
        if self.jobs.fail(job, str(error), is_revoked=True):
            events.tell(self.jobs.table, events.IMPORT_FAILED, now, job=job.id)
        self._hold(task)
        if is_connected(job.authorization_id):
            self.pages.send([{"job": task.job, "task": RECONNECTED}])

    def _give_up(self, task: Task, error: LyticsCmError, now: int) -> None:
        """The run goes on without this unit; it fails in the end unless the thing itself is gone."""
        told = error.code if isinstance(error, Rejected) else None
        code = NOT_READ if told is None else told
        failure = {"source": task.unit, "code": code, "message": str(error)}
        if task.task == PLAN:
            self.jobs.update(task.job, {"message": str(error)})
            rest, fatal = TaskResult(promised=1), 1
        else:
            rest, fatal = self.work.give_up(task, now), int(not isinstance(error, NotFound))
        counts = {**rest.counts, "failed_units": 1, "fatal": fatal}
        self._settle(task, replace(rest, failures=[failure], counts=counts), now)

    def _settle(self, task: Task, result: TaskResult, now: int) -> None:
        rows, failures = fitting(task, result)
        batches = list(row_messages.batches(rows))
        failures += result.failures
        counts = {
            **result.counts,
            "rejected": sum("email" in failure for failure in failures),
            "batches_total": len(batches),
        }
        record_failures(self.runs.table, task.job, failures, now)
        tasks = [child.message() for child in result.tasks]
        children = Children(tasks, len(batches), result.promised, also=result.last is not None)
        try:
            due = together(
                lambda: self.runs.settle(task.at, children, counts, now, result.learned), result.write
            )
        except NotFound:  # deleted meanwhile, and with it goes what was just recorded
            self.jobs.delete(task.job)
            return
        if result.message:
            self.jobs.update(task.job, {"message": result.message})
        batches += [[]] * (due.rows - len(batches))
        messages = self._row_messages(task, batches[: due.rows], now)
        together(
            lambda: self.rows.send(messages),
            lambda: self.pages.send(due.tasks),
            partial(self._send_last, result.last) if result.last else None,
        )
        if due.counted or due.also:
            self.runs.confirm_sent(task.at)
            self.work.tidy(task, result)
        if (
            not due.tasks and not due.rows
        ):  # what was sent is outstanding, and the last of it calls for the end
            self._after(task, now)

    def _send_last(self, last: Callable[[], list[Task]]) -> None:
        self.pages.send(task.message() for task in last())

    def _row_messages(self, task: Task, batches: list[list[Json]], now: int) -> Iterator[Json]:
        """The messages of a task's rows, received when its first call was about to be made."""
        for number, rows in enumerate(batches):
            unit = Unit(task.job, task.run, f"{task.unit}/rows{number}")
            yield {"unit": unit.message(), "rows": row_messages.packed(rows), "received_at": now}

    def _after(self, task: Task, now: int) -> None:
        """End the run, or call for its end when nothing else is outstanding."""
        if task.task == CLOSE:
            self._end(task, now)
        else:
            call_for_close(self.runs, self.pages, task.job, task.run)

    def _end(self, task: Task, now: int) -> None:
        """Finish the run and say so in the job; repeatable, and silent while something is outstanding."""
        run = self.runs.get(task.job, task.run)
        if run is None or run.open > 0:
            return
        job = self.jobs.get(task.job)
        if run.is_fatal:
            ends = Ends("failed", "failed", job.message or INCOMPLETE)
        else:
            ends = Ends("succeeded", job.status_at_rest)
        if self.runs.finish((self.jobs.kind, task.job), task.run, ends, now):
            history.tell_end(self.runs.table, task.job, task.run, ends.run, now)

    def _postpone(self, task: Task, error: TransientError, now: int) -> None:
        """Have the task come again later, unless it has for long enough; the run says what it waits for."""
        again = task.again(error, now)
        if again is None:
            self._give_up(task, Unavailable(given_up(error)), now)
            return
        seconds = pause(again.attempt, error)
        if error.is_attempt or isinstance(error, Silence):
            self._tell(task, Wait(str(error), now + seconds * SECOND_MS), now)
        self.pages.send([again.message()], delay=seconds)

    def _tell(self, task: Task, wait: Wait, now: int) -> None:
        """Let the run say that it waits, if AWS takes it.

        The log says so for the first time and for every tenth.
        """
        times = 0
        with suppress(BotoCoreError, ClientError, Throttled):
            times = waiting.note(self.runs.table, (task.job, task.run), wait, now)
        if times == 1 or (times and times % 10 == 0):
            logger.warning("a run waits", reason=wait.reason, times=times)

    def _try_again(self, task: Task, error: Exception, now: int) -> None:
        """After an error that nobody foresaw: AWS' own are waited out, another is given up when it stays."""
        if passing := aws.passing(error):
            self._postpone(task, passing, now)
            return
        logger.error("a task failed in a way that nobody foresaw", error=described(error))
        if task.faults >= MOST_FAULTS:
            self._give_up(task, unforeseen(error), now)
            return
        again = replace(task, faults=task.faults + 1)
        self.pages.send([again.message()], delay=pause(again.faults + MOST_FAULTS, Unavailable("")))

    def _await_birth(self, task: Task) -> None:
        """Have a plan come again whose run is not stored yet: nobody waits for the vendor."""
        if task.task == PLAN and task.attempt < UNBORN_TRIES:
            again = replace(task, attempt=task.attempt + 1)
            self.pages.send([again.message()], delay=pause(again.attempt, Unavailable("")))

    def _hold(self, task: Task) -> None:
        """Keep the task until the job is started, which gives it another two days.

        One of a run that is over was counted by a worker that died before it was done with the message.
        """
        run = self.runs.get(task.job, task.run)
        if run is None or not run.is_running:
            return
        self.runs.hold(replace(task, attempt=0, since=0).message())
        if self.jobs.get(task.job).status == "running":
            self.release(task.job, task.run)

    def release(self, job_id: str, run_id: str) -> int:
        """Send the held tasks again; return how many."""
        held = self.runs.held(job_id, run_id)
        self.pages.send(one.task for one in held)
        for one in held:
            self.runs.drop_held(one)
        return len(held)


def fitting(task: Task, result: TaskResult) -> tuple[list[Json], list[Json]]:
    """The rows that a message can hold, and a failure for each that it cannot."""
    rows, failures = [], []
    for row in result.rows:
        if len(encode(row)) <= MAX_ROW_BYTES:
            rows.append(row)
        else:
            message = f"the row is larger than {MAX_ROW_BYTES // 1024} KiB and was left out"
            failures.append(
                {
                    "source": task.unit,
                    "code": UNUSABLE,
                    "email": str(row["fields"].get("email"))[:254],
                    "message": message,
                }
            )
    return rows, failures
