"""One inspection: finds what is wrong, counts it, and tells each channel what it has not heard yet.

The state is one item, and whoever inspects holds it: a second inspection at the same time tells nothing. What a channel
has taken is stored when the inspection ends. Who dies before that tells it again in the next one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lytics_cm import clock
from lytics_cm.dynamodb import changing, tried
from lytics_cm.store.schema import ALERTS, key_of
from system_app.alerting.changes import Change, State
from system_app.alerting.channels import Channel, Undelivered
from system_app.findings import NAMESPACE, PROBLEMS
from system_app.problems import Problem, is_settled, notices_of, problems_of

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from mypy_boto3_dynamodb.service_resource import Table

    from system_app.reading import Reading

type Json = dict[str, Any]

SECONDS = 15.0
"""For which an inspection reads: nobody waits."""
HOLD_MS = 150_000
"""How long one inspection may hold the state: longer than its function lives, shorter than until the next one."""
METRICS = {
    "authorization_revoked": "job",
    "job_failed": "job",
    "job_impaired": "job",
    "job_silent": "job",
    "export_silent": "silent_export",
    "dead_letters": "dead_letters",
    "schedule_missing": "schedule",
    "schedule_off": "schedule",
    "webhook_dead": "webhook",
    "webhook_unconfirmed": "webhook",
    "difference": "difference",
    "quota": "quota",
    "unreadable": "unreadable",
    "alerts_undelivered": "alerts",
}
"""By kind of problem, as which kind the metric counts it. Alarms are not counted: each has a metric already."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What an inspection needs; `channels` may be none."""

    reading: Reading
    jobs: Table
    channels: Sequence[Channel]
    stack: str
    logger: Logger

    def inspect(self) -> None:
        """Inspect once. Raises when the state can be neither read nor written."""
        now = clock.now()
        state = self._hold(now)
        if state is None:
            self.logger.info("another inspection is under way")
            return
        found = self.reading.findings(SECONDS)
        problems = [*problems_of(found, now), *notices_of(found, now), *self._undelivered(state)]
        if (
            "queues" in found.unread
        ):  # alarms on dead letters stand for what is told by itself, once it can be read
            problems = [one for one in problems if one.kind != "alarm"]
        state.take_in(problems, lambda kind, job: is_settled(kind, job, found), now)
        state.failing = {
            channel.name: state.failing.get(channel.name, now)
            for channel in self.channels
            if not self._tell(channel, state, problems, now)
        }
        state.forget([channel.name for channel in self.channels])
        self._keep(state, now)
        self._measure(problems, now)

    def _undelivered(self, state: State) -> list[Problem]:
        return [
            Problem(
                "alerts_undelivered",
                name,
                f"alerts cannot be told by {name}",
                "Look into the log of `alerts` for the reason. Then mend AlarmWebhookUrl and AlarmWebhookHeaders,"
                " or the topic's policy. What was not told is told then.",
                None,
                since=since,
            )
            for name, since in state.failing.items()
        ]

    def _tell(self, channel: Channel, state: State, problems: Sequence[Problem], now: int) -> bool:
        """Tell a channel what it has not heard; false if it does not take it. Of its own failing it hears nothing."""
        mine = [one for one in problems if (one.kind, one.subject) != ("alerts_undelivered", channel.name)]
        changes = list(state.changes(channel.name, mine, now))

        def took(change: Change) -> None:
            state.tell(channel.name, change, now)
            problem = change.problem
            told = {"news": change.news, "kind": problem.kind, "subject": problem.subject, "by": channel.name}
            self.logger.info("told", extra=told | {"job": problem.job and problem.job["id"]})

        try:
            if changes:
                channel.tell(changes, took)
        except Undelivered as error:
            self.logger.warning("not told", extra={"by": channel.name, "reason": str(error)})
            return False
        return True

    def _hold(self, now: int) -> State | None:
        """The state, which nobody else may have for a while; None when somebody else has it."""
        free = "attribute_not_exists(#held_until) OR #held_until < :now"
        change = changing({"held_until": now + HOLD_MS}, when=free, now=now)
        answer = tried(self.jobs.update_item, Key=key_of(ALERTS, "state"), **change, ReturnValues="ALL_NEW")
        return State.parse(json.loads(answer["Attributes"].get("state", "{}"))) if answer else None

    def _keep(self, state: State, now: int) -> None:
        """Store the state, and let others have it."""
        text = json.dumps(state.item(), ensure_ascii=False, separators=(",", ":"))
        kept = {"state": text, "held_until": None}
        change = changing(kept, when="#held_until = :mine", mine=now + HOLD_MS)
        if tried(self.jobs.update_item, Key=key_of(ALERTS, "state"), **change) is None:
            self.logger.error("this inspection took too long: what it told may be told again")

    def _measure(self, problems: Sequence[Problem], now: int) -> None:
        """Count problems by kind, and that somebody inspected; lines that CloudWatch makes metrics of.

        No line for a kind without a problem: a metric costs by the hours in which something is sent, and
        the alarms take none for none.
        """
        counts = Counter(METRICS[one.kind] for one in problems if one.kind in METRICS)
        for kind, count in sorted(counts.items()):
            _emit(PROBLEMS, count, {"stack": self.stack, "kind": kind}, now)
        _emit("Inspections", 1, {"stack": self.stack}, now)


def _emit(name: str, count: int, dimensions: dict[str, str], now: int) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": "Count"}],
    }
    line = {**dimensions, name: count, "_aws": {"Timestamp": now, "CloudWatchMetrics": [directive]}}
    print(json.dumps(line))  # noqa: T201 - Lambda's log is its standard output
