"""The audit log: who did what, when and with which result. Nothing in it names a person but who did it.

One item an event in the jobs table, in the partition `events`, sorted by time. An event is written once and
never changed; it goes by itself after a year.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lytics_cm.callers import NOBODY, Caller
from lytics_cm.dynamodb import attributes, plain
from lytics_cm.errors import Throttled
from lytics_cm.store.schema import EVENT, EVENTS, PARTITION, SORT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.service_resource import Table

KEEP_SECONDS = 365 * 24 * 3600
"""A year: as long as audits look back."""
READ_AT_ONCE = 1000
"""Events that one page looks at, at most; an item is some 300 bytes."""
IMPORT_FAILED, IMPORT_RECOVERED = "import.failed", "import.recovered"
EXPORT_FAILED, EXPORT_BRAKED, LIST_MENDED = "export.failed", "export.braked", "export.list_mended"
ACCOUNT_REVOKED, WEBHOOK_RESTORED = "authorization.revoked", "webhook.restored"
"""What the system did, or found, by itself: changes of state, as a person looks for them. Not each run, not each
call."""
ID = re.compile(r"[0-9]{13}-[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a time (epoch ms).

    `kind` is the route of a call (`POST /imports/{id}/run`), or of what the system did by itself the thing and
    what became of it (`export.braked`). `source` is an IP address, `job` the id of an import or export,
    `subject` the id of what was concerned, `result` an HTTP status. Empty is unknown, or none.
    """

    at: int
    kind: str
    who: Caller = NOBODY
    source: str = ""
    job: str = ""
    subject: str = ""
    result: int | None = None

    def is_of(self, job: str, kind: str, who: str) -> bool:
        """Whether it is wanted; empty texts want every event. Who is known by name, session or fingerprint."""
        by = (self.who.name, self.who.session, self.who.fingerprint)
        return (not job or self.job == job) and (not kind or self.kind == kind) and (not who or who in by)


def record(table: Table, event: Event) -> None:
    """Write an event. Trying again after an error writes another one: tries of botocore's own write one."""
    who = {
        "name": event.who.name,
        "role": event.who.role,
        "session": event.who.session,
        "fingerprint": event.who.fingerprint,
    }
    told = {
        "kind": event.kind,
        "who": {name: text for name, text in who.items() if text},
        "source": event.source,
        "job_id": event.job,
        "subject": event.subject,
        "result": event.result,
    }
    table.put_item(
        Item={
            PARTITION: EVENTS,
            SORT: EVENT.of(f"{event.at:013}-{secrets.token_hex(4)}"),
            "at": event.at,
            "expires_at": event.at // 1000 + KEEP_SECONDS,
            **{name: value for name, value in told.items() if value},
        }
    )


def tell(table: Table, kind: str, at: int, *, job: str = "", subject: str = "") -> None:
    """Write what the system did by itself; the subject is the job, if nothing else.

    It stays done where that cannot be written.
    """
    with suppress(BotoCoreError, ClientError, Throttled):
        record(table, Event(at, kind, job=job, subject=subject or job))


def page(
    table: Table, wanted: Mapping[str, str], limit: int, after: str | None
) -> tuple[list[tuple[str, Event]], str | None]:
    """At most `limit` events that are `wanted` (`job`, `kind`, `who`), newest first, each with its id.

    One read of a thousand events: with the id after which the next page begins, there may be none.
    """
    request: dict[str, Any] = {"Limit": READ_AT_ONCE}
    if after is not None:
        request["ExclusiveStartKey"] = {PARTITION: EVENTS, SORT: EVENT.of(after)}
    answer = table.query(
        KeyConditionExpression=f"#{PARTITION} = :events",
        **attributes(f"#{PARTITION}", {"events": EVENTS}),
        ConsistentRead=True,
        ScanIndexForward=False,
        **request,
    )
    read = [(EVENT.rest(str(item[SORT])), _event(plain(item))) for item in answer["Items"]]
    found = [(key, event) for key, event in read if event.is_of(**wanted)]
    if len(found) > limit:
        return found[:limit], found[limit - 1][0]
    return found, read[-1][0] if "LastEvaluatedKey" in answer else None


def _event(item: Mapping[str, Any]) -> Event:
    who = item.get("who", {})
    return Event(
        at=item["at"],
        kind=item["kind"],
        who=Caller(
            who.get("name", ""), who.get("role", ""), who.get("session", ""), who.get("fingerprint", "")
        ),
        source=item.get("source", ""),
        job=item.get("job_id", ""),
        subject=item.get("subject", ""),
        result=item.get("result"),
    )
