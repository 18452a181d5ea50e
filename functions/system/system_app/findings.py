"""What was found in AWS and in the tables: plain values, which `health.py` judges. Times are epoch ms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lytics_cm.store.authorizations import Authorization
    from lytics_cm.store.jobs import ImportJob
    from lytics_cm.store.run import Run
    from system_app.lines import Line

type Json = dict[str, Any]

CONCURRENCY = "lambda"
"""What `Metrics.of` calls the executions that run at once; queues are called as in SQS."""
NAMESPACE, PROBLEMS = "LyticsCm", "Problems"
"""The metric of how many problems there are, by stack and kind."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages a queue has, about, and how many lie in its dead-letter queue."""

    line: Line
    waiting: int
    in_flight: int
    delayed: int
    dead_letters: int

    @property
    def occupied(self) -> list[str]:
        """The queue and its dead letters' by name, where there is a message."""
        has_messages = self.waiting or self.in_flight or self.delayed
        return [self.line.queue] * bool(has_messages) + [self.line.letters] * bool(self.dead_letters)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of this stack; `queue` is the queue that it watches, if it watches one.

    `meaning` is its description. `acts` says that it tells of itself by actions of its own, `is_on_problems`
    that it watches how many problems we find.
    """

    name: str
    state: str
    since: int
    reason: str
    queue: str | None
    meaning: str = ""
    acts: bool = False
    is_on_problems: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """The webhook of an import's list, as its registration has it."""

    job: ImportJob
    list_id: str
    list_name: str | None
    webhook_id: str | None
    active: bool
    registered_at: int | None
    checked_at: int | None
    last_delivery_at: int | None


@dataclass(frozen=True, slots=True)
class Work:
    """What the jobs table tells: jobs, and the webhooks of those that are not stopped.

    By the job's id: `runs` has the latest run of imports that are kept up to date or run, `heard` when Lytics
    last told something to an export.
    """

    imports: Sequence[ImportJob]
    exports: Sequence[Mapping[str, Any]]
    webhooks: Sequence[Webhook]
    runs: Mapping[str, Run]
    heard: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pace:
    """How many calls to Campaign Monitor an account has under way, and may have now."""

    authorization_id: str
    limit: int
    used: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule that should be there; `expression` is null when it is not, `state` Scheduler's word."""

    name: str
    job: ImportJob | None
    expression: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """Each part is None when it could not be read; `unread` says why, by the part's name.

    `metrics` has the age in seconds of the oldest message by queue, and the most executions at once
    (`CONCURRENCY`) of late. Lytics may be silent towards an export for `silence_days`; 0 is for ever. Alerts are
    told by `channels`: `mail`, `webhook`, or neither.
    """

    queues: Sequence[Depth] | None
    metrics: Mapping[str, float] | None
    alarms: Sequence[Alarm] | None
    concurrency: int | None
    authorizations: Sequence[Authorization] | None
    paces: Sequence[Pace] | None
    work: Work | None
    schedules: Sequence[Schedule] | None
    silence_days: int
    channels: Collection[str]
    unread: Mapping[str, str] = field(default_factory=dict)
