"""Asks AWS and the tables how the system is: all at the same time, and no longer than somebody waits.

A request makes some twenty calls: one per queue and per schedule, one per import with webhooks, and six more.
What cannot be read, or not in time, is left out and named.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lytics_cm.aside import aside
from lytics_cm.aws_codes import code_of
from lytics_cm.dynamodb import get_many, plain
from lytics_cm.pacing import PaceState
from lytics_cm.store.authorizations import Authorization, every_authorization
from lytics_cm.store.jobs import ImportJob, ImportJobs, Jobs
from lytics_cm.store.run import Run
from lytics_cm.store.schema import KEY, PACE, PARTITION, RUN, key_of
from lytics_cm.store.webhooks import ITEM, Registrations, last_triggers
from system_app.findings import (
    CONCURRENCY,
    NAMESPACE,
    PROBLEMS,
    Alarm,
    Depth,
    Findings,
    Pace,
    Schedule,
    Webhook,
    Work,
)

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient

    from system_app.lines import Line

type Json = dict[str, Any]

SECONDS = 1.7
"""Seconds after which what was not read by then is left out."""
MINUTE_SECONDS = 60
WINDOW_SECONDS = 900
"""Seconds for which metrics are looked back: SQS tells them by the minute, some minutes late."""
DAILY = {"daily_check": "daily check of the lists of exports", "daily_age": "daily forgetting of old rows"}
"""The stack's own schedules, by how `Reading.daily` calls them."""


@dataclass(frozen=True, slots=True)
class Clients:
    """The services that are asked."""

    sqs: SQSClient
    cloudwatch: Any
    lambda_: LambdaClient
    scheduler: EventBridgeSchedulerClient
    dynamodb: DynamoDBClient


@dataclass(frozen=True, slots=True)
class Reading:
    """How the stack is asked.

    `stack` is its name, `daily` the names of its own schedules (see `DAILY`), `group` that of the imports',
    `most` how many calls an account may have under way, `silence_days` how long Lytics may be silent, `channels` the
    ways by which alerts are told.
    """

    clients: Clients
    logger: Logger
    lines: Sequence[Line]
    stack: str
    jobs: Table
    authorizations: str
    group: str
    daily: Mapping[str, str]
    most: int
    silence_days: int
    channels: Collection[str]

    def findings(self, seconds: float = SECONDS) -> Findings:
        """Everything that could be read in so many seconds. Never raises."""
        end = time.monotonic() + seconds
        authorizations, work, queues = aside(self._authorizations), aside(self._work), aside(self._queues)
        begun: dict[str, Future[Any]] = {
            "queues": queues,
            "metrics": aside(lambda: self._metrics([] if queues.exception() else queues.result())),
            "alarms": aside(self._alarms),
            "concurrency": aside(self._concurrency),
            "authorizations": authorizations,
            "work": work,
            "paces": aside(lambda: self._paces(authorizations.result())),
            "schedules": aside(lambda: self._schedules(work.result().imports)),
        }
        found: Json = {}
        unread: dict[str, str] = {}
        for name, future in begun.items():
            try:
                found[name] = future.result(max(0.0, end - time.monotonic()))
            except Exception as error:
                self.logger.warning("a part of the system cannot be read", part=name, exc_info=error)
                found[name], unread[name] = None, _why(error)
        return Findings(**found, silence_days=self.silence_days, channels=self.channels, unread=unread)

    def _queues(self) -> list[Depth]:
        begun = [(line, aside(lambda line=line: self._depth(line))) for line in self.lines]  # type: ignore[misc]
        return [depth.result() for _, depth in begun]

    def _depth(self, line: Line) -> Depth:
        letters = aside(lambda: counts_of(self.clients.sqs, line.letters_url))
        waiting, in_flight, delayed = counts_of(self.clients.sqs, line.url)
        return Depth(line, waiting, in_flight, delayed, sum(letters.result()))

    def _metrics(self, depths: Sequence[Depth]) -> dict[str, float]:
        """The latest value of each metric that CloudWatch has one of, by queue, and of the executions.

        Each costs, so nobody asks how old the messages are of a queue that has none.
        """
        named = [name for depth in depths for name in depth.occupied]
        queries = [_query(number, name) for number, name in enumerate([*named, CONCURRENCY])]
        now = datetime.fromtimestamp(time.time(), UTC)
        answer = self.clients.cloudwatch.get_metric_data(
            MetricDataQueries=queries,
            StartTime=datetime.fromtimestamp(time.time() - WINDOW_SECONDS, UTC),
            EndTime=now,
            ScanBy="TimestampDescending",
        )
        names = {query["Id"]: name for query, name in zip(queries, [*named, CONCURRENCY], strict=True)}
        return {
            names[result["Id"]]: result["Values"][0]
            for result in answer["MetricDataResults"]
            if result["Values"]
        }

    def _alarms(self) -> list[Alarm]:
        """The alarms of this stack: CloudFormation calls them by its name, their own, and a random part."""
        pages = self.clients.cloudwatch.get_paginator("describe_alarms")
        found = pages.paginate(AlarmNamePrefix=f"{self.stack}-", AlarmTypes=["MetricAlarm"])
        ours = (alarm for page in found for alarm in page["MetricAlarms"])
        return [_alarm(alarm) for alarm in ours if _is_of(self.stack, alarm["AlarmName"])]

    def _concurrency(self) -> int:
        return self.clients.lambda_.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]

    def _authorizations(self) -> list[Authorization]:
        return every_authorization(self.clients.dynamodb, self.authorizations)

    def _paces(self, authorizations: Sequence[Authorization]) -> list[Pace]:
        active = [one.id for one in authorizations if one.status == "active"]
        keys = {PACE.of(authorization): authorization for authorization in active}
        now = time.time()
        found = get_many(self.jobs, (key_of(key, "pace") for key in keys))
        states = {keys[item[PARTITION]]: PaceState.of(item, self.most) for item in found}
        free = PaceState(width=self.most, leases={})
        return [
            Pace(one, max(1, int(state.width)), len(state.live(now)))
            for one in active
            for state in [states.get(one, free)]
        ]

    def _work(self) -> Work:
        imports = ImportJobs(self.jobs).all()
        registrations = Registrations(self.jobs)
        known = [(job, item) for job in imports for item in registrations.all(job.id) if is_wanted(job)]
        keys = [key_of(KEY.of(item["key"]), ITEM) for _, item in known if item.get("key")]
        names = {item[PARTITION]: item.get("list_name") for item in get_many(self.jobs, keys)}
        webhooks = [_webhook(job, item, names.get(KEY.of(str(item.get("key"))))) for job, item in known]
        exports = Jobs(self.jobs, "export").all()
        return Work(imports, exports, webhooks, self._runs(imports), self._heard(exports))

    def _runs(self, imports: Sequence[ImportJob]) -> dict[str, Run]:
        at = [RUN.at(job.id, job.run_id) for job in imports if _has_run_to_tell_of(job)]
        return {item[PARTITION]: Run.parse(plain(item)) for item in get_many(self.jobs, at)}

    def _heard(self, exports: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        return last_triggers(self.jobs, (job["id"] for job in exports))

    def _schedules(self, imports: Sequence[ImportJob]) -> list[Schedule]:
        wanted = [
            (job, f"import-{job.id}", self.group) for job in imports if is_wanted(job) and job.keep_updated
        ]
        own = [(DAILY[kind], name) for kind, name in self.daily.items()]
        begun = [aside(lambda one=one: self._schedule(one[1], one[2], one[0])) for one in wanted]  # type: ignore[misc]
        begun += [aside(lambda one=one: self._schedule(one[1], "default", None, one[0])) for one in own]  # type: ignore[misc]
        return [schedule.result() for schedule in begun]

    def _schedule(self, name: str, group: str, job: ImportJob | None, label: str = "") -> Schedule:
        try:
            found = self.clients.scheduler.get_schedule(Name=name, GroupName=group)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            return Schedule(label or name, job, None, None)
        return Schedule(label or name, job, found["ScheduleExpression"], found.get("State", "ENABLED"))


def _has_run_to_tell_of(job: ImportJob) -> bool:
    return bool(job.run_id) and (job.keep_updated or job.status == "running")


def is_wanted(job: ImportJob) -> bool:
    """Whether an import should have its webhooks, and its schedule if it keeps updated."""
    return job.status != "stopped"


def counts_of(sqs: SQSClient, url: str) -> tuple[int, int, int]:
    """How many messages of a queue wait, are in somebody's hands, and are put off, about."""
    waiting, in_flight, delayed = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    )
    names: Any = [waiting, in_flight, delayed]
    found: Any = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(found[waiting]), int(found[in_flight]), int(found[delayed])


def _query(number: int, name: str) -> Json:
    metric: Json = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": name}],
    }
    if name == CONCURRENCY:
        metric = {"Namespace": "AWS/Lambda", "MetricName": "ConcurrentExecutions"}
    return {
        "Id": f"m{number}",
        "MetricStat": {"Metric": metric, "Period": MINUTE_SECONDS, "Stat": "Maximum"},
    }


def _is_of(stack: str, alarm: str) -> bool:
    """Whether an alarm is of this stack: that of `lytics-2` begins as that of `lytics` does.

    A resource's own name has letters and digits alone, so one hyphen is left, before the random part.
    """
    return alarm.removeprefix(f"{stack}-").count("-") <= 1


def _alarm(alarm: Json) -> Alarm:
    queue = {one["Name"]: one["Value"] for one in alarm.get("Dimensions", [])}.get("QueueName")
    since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    at = int(since.timestamp() * 1000)
    return Alarm(
        alarm["AlarmName"],
        alarm["StateValue"],
        at,
        alarm.get("StateReason", ""),
        queue,
        meaning=alarm.get("AlarmDescription", ""),
        acts=bool(alarm.get("AlarmActions")),
        is_on_problems=(alarm.get("Namespace"), alarm.get("MetricName")) == (NAMESPACE, PROBLEMS),
    )


def _webhook(job: ImportJob, item: Json, list_name: str | None) -> Webhook:
    item = plain(item)
    names = ("webhook_id", "registered_at", "checked_at", "last_delivery_at")
    told = {name: item.get(name) for name in names}
    return Webhook(job, item["list_id"], list_name, active=bool(item.get("active")), **told)


def _why(error: Exception) -> str:
    """What a person may hear of an error of AWS: its code, never its words."""
    if isinstance(error, NotInTime):
        return f"no answer within {SECONDS} s"
    return code_of(error) or type(error).__name__
