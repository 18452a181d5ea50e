"""Lists of which the next run reads all active people, because more of them changed than were looked at.

Items of a job's partition: `due#<list>`, when that was said last; `looked#<list>#<hour>`, how many people a
webhook had us look at in an hour. A run that has read such a list notes when (see `reading.looks`), so nobody
takes the mark away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from lytics_cm.dynamodb import changing, query, tried
from lytics_cm.store.failures import KEEP_SECONDS
from lytics_cm.store.schema import DUE, LOOKED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

HOUR_MS = 3_600_000
COUNTED_SECONDS = 2 * 3600


@dataclass(frozen=True, slots=True)
class Due:
    """The lists of one job. All times are epoch ms."""

    table: Table
    job_id: str

    def mark(self, list_id: str, now: int) -> None:
        """Say that people of a list have changed by now who were not looked at; the latest counts."""
        marked: Any = changing(
            {"at": now, "expires_at": now // 1000 + KEEP_SECONDS},
            when="attribute_not_exists(#at) OR #at < :now",
            now=now,
        )
        tried(self.table.update_item, Key=DUE.at(self.job_id, list_id), **marked)

    def all(self) -> dict[str, int]:
        """When each list was marked last."""
        mine = Key("job").eq(self.job_id) & Key("item").begins_with(DUE.within())
        return {DUE.rest(item["item"]): int(item["at"]) for item in query(self.table, mine)}

    def count(self, list_id: str, people: int, now: int) -> int:
        """Count people who are looked at; return how many they are in this hour."""
        answer = self.table.update_item(
            Key=LOOKED.at(self.job_id, list_id, f"{now // HOUR_MS}"),
            UpdateExpression="ADD people :people SET expires_at = :expires",
            ExpressionAttributeValues={":people": people, ":expires": now // 1000 + COUNTED_SECONDS},
            ReturnValues="ALL_NEW",
        )
        return int(str(answer["Attributes"]["people"]))
