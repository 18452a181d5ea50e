"""Keep Updated: one EventBridge Scheduler schedule per job, whose target is the pages queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True)
class Schedules:
    """The schedules of the stack's group."""

    client: EventBridgeSchedulerClient
    group: str
    queue_arn: str
    role_arn: str
    dead_letters_arn: str

    def put(self, job_id: str, every_minutes: int) -> None:
        """Create or change the job's schedule; repeatable."""
        schedule = {
            "Name": f"import-{job_id}",
            "GroupName": self.group,
            "ScheduleExpression": f"rate({every_minutes} minute{'s' if every_minutes > 1 else ''})",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": self.queue_arn,
                "RoleArn": self.role_arn,
                "Input": json.dumps({"job": job_id, "task": SCHEDULED}),
                "DeadLetterConfig": {"Arn": self.dead_letters_arn},
            },
        }
        try:
            self.client.create_schedule(**schedule)  # type: ignore[arg-type]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":
                raise
            self.client.update_schedule(**schedule)  # type: ignore[arg-type]

    def remove(self, job_id: str) -> None:
        """Delete the job's schedule if there is one."""
        try:
            self.client.delete_schedule(Name=f"import-{job_id}", GroupName=self.group)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
