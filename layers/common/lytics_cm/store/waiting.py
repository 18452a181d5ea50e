"""Whether a run waits for Campaign Monitor: since when, why, until when. Attributes of the run's item.

They are written only when the wait that was known is over, and removed by the write that counts the next unit
which has reached the vendor (see `store.runs`): while all is well they cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lytics_cm.dynamodb import tried
from lytics_cm.store.schema import RUN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

ATTRIBUTES = ("waiting_since", "waiting_until", "waiting_reason", "waits")


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a run waits, and until when (epoch ms)."""

    reason: str
    until: int


def note(table: Table, of: tuple[str, str], wait: Wait, now: int) -> int:
    """Write down that the run `of` (job, run) waits; return how often in a row it has.

    Nothing is written, and 0 returned, when the wait that is known lasts or the run is over.
    """
    job_id, run_id = of
    answer = tried(
        table.update_item,
        Key=RUN.at(job_id, run_id),
        UpdateExpression="SET waiting_since = if_not_exists(waiting_since, :now), waiting_until = :until, "
        "waiting_reason = :reason ADD waits :one",
        ConditionExpression="#status = :running AND (attribute_not_exists(waiting_until) OR waiting_until <= :now)",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={
            ":now": now,
            ":until": wait.until,
            ":reason": wait.reason,
            ":one": 1,
            ":running": "running",
        },
        ReturnValues="UPDATED_NEW",
    )
    return int(answer["Attributes"]["waits"]) if answer else 0
