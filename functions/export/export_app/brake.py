"""A safety limit: stops an export that is about to clear or re-subscribe more people than it should.

What is about to happen is added to a counter per hour before it happens, so a repetition counts twice: a
brake may be early, never late. Who starts the export again has seen the reason: for an hour there is no
brake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lytics_cm.dynamodb import plain
from lytics_cm.store.schema import BRAKE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

HOUR_MS = 3_600_000
FEW = 1000
"""Up to so many an hour are no accident, whatever their share."""
CLEARED, RESUBSCRIBED = "clear", "re-subscribe"


@dataclass(frozen=True, slots=True)
class Limits:
    """Per hour: `number` of people, or `share` of those who are on the list from this export."""

    number: int = 10_000
    share: float = 0.5

    def reason(self, what: str, total: int, population: int) -> str | None:
        """Why `total` people in an hour are too many, or None."""
        if total <= FEW:
            return None
        if total > self.number:
            return f"{total:,} people to {what} within an hour are more than {self.number:,}"
        if total > self.share * population:
            return (
                f"{total:,} people to {what} within an hour are more than {self.share:.0%} of {population:,}"
            )
        return None


@dataclass(frozen=True, slots=True)
class Brake:
    """The brake of all exports; counters are in the jobs' partitions."""

    table: Table
    limits: Limits

    def refuses(self, export: str, what: str, people: int, population: int, now: int) -> str | None:
        """Count `people` towards this hour; the reason when they are too many for those on the list."""
        answer = self.table.update_item(
            Key=BRAKE.at(export, str(now // HOUR_MS)),
            UpdateExpression="ADD #what :people SET expires_at = :expires",
            ExpressionAttributeNames={"#what": what},
            ExpressionAttributeValues={":people": people, ":expires": (now + 24 * HOUR_MS) // 1000},
            ReturnValues="ALL_NEW",
        )
        if what == RESUBSCRIBED:
            population += people
        return self.limits.reason(what, plain(answer["Attributes"][what]), population)
