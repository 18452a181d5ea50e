"""Existing Users: reads an audience through Lytics' API, a page of 100 per message, into the changes queue.

An audience's progress is an item `scan#<slug>` in the job's partition: the page that comes next, its cursor, how many
people were read. The page number guards it: a message that comes twice finds the number moved on. `passed` says that
the next page's message is in the queue, so that a crash before it can be told from one after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from lytics_cm.errors import Rejected
from lytics_cm.lytics import Lytics, Scan
from lytics_cm.queues import Queue, packed
from lytics_cm.store.jobs import Job, plain, query

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

type Json = dict[str, Any]

CURSOR_GONE = (400, 410)
"""What a cursor that is too old may be answered with."""


@dataclass(frozen=True, slots=True)
class Scans:
    """The scans of all exports."""

    table: Table
    changes: Queue

    def begin(self, job: Job) -> None:
        """Start what is not done yet of a job's scans; repeatable."""
        for audience in job["audiences"]:
            progress = self._progress(job["id"], audience["slug"])
            if not progress.get("done"):
                self._call_for(job["id"], audience["slug"], progress.get("page", 0))

    def read(self, job: Job, slug: str, page: int, lytics: Lytics) -> bool:
        """Read one page, pass its people and the next page on; tell whether the audience is done."""
        progress = self._progress(job["id"], slug)
        if progress.get("page", 0) != page:
            if progress.get("page") == page + 1 and not progress.get("passed") and not progress.get("done"):
                self._pass_on(job["id"], slug, page + 1)
            return bool(progress.get("done"))
        try:
            found = self._page(job, slug, progress, lytics)
        except Rejected as error:
            if not progress.get("cursor") or error.code not in CURSOR_GONE:
                raise
            self._restart(job["id"], slug, page)
            return False
        self._send(job, slug, found)
        if not self._advance(job, slug, found, progress):
            return False
        if found.cursor:
            self._pass_on(job["id"], slug, page + 1)
        return not found.cursor

    def progress(self, job_id: str) -> list[Json]:
        """How far each audience is, by slug."""
        condition = Key("job").eq(job_id) & Key("item").begins_with("scan#")
        return [
            {
                "slug": item["item"].removeprefix("scan#"),
                "read": int(item.get("read", 0)),
                "total": int(item.get("total", 0)),
                "without_address": int(item.get("nameless", 0)),
                "done": bool(item.get("done")),
            }
            for item in query(self.table, condition)
        ]

    def _page(self, job: Job, slug: str, progress: Json, lytics: Lytics) -> Scan:
        wanted = [job["email_field"], job["name_field"], *job["field_mappings"]]
        audience = next(one for one in job["audiences"] if one["slug"] == slug)
        return lytics.scan(
            audience.get("id") or slug, progress.get("cursor") or None, list(dict.fromkeys(wanted))
        )

    def _send(self, job: Job, slug: str, found: Scan) -> None:
        """People of a page as changes. They are seen at the time when the export was made: a later exit wins."""
        changes = (
            {
                "email": person[job["email_field"]],
                "slug": slug,
                "event": "seen",
                "at": job["created_at"],
                "fields": {name: value for name, value in person.items() if name != "segments"},
            }
            for person in found.people
            if _has_address(person, job)
        )
        self.changes.send({"export": job["id"], "changes": group} for group in packed(changes))

    def _advance(self, job: Job, slug: str, found: Scan, progress: Json) -> bool:
        nameless = sum(not _has_address(person, job) for person in found.people)
        page = progress.get("page", 0)
        return self._update(
            job["id"],
            slug,
            page,
            {
                "page": page + 1,
                "cursor": found.cursor or "",
                "read": progress.get("read", 0) + len(found.people),
                "total": found.total,
                "nameless": progress.get("nameless", 0) + nameless,
                "passed": False,
                "done": not found.cursor,
            },
        )

    def _restart(self, job_id: str, slug: str, page: int) -> None:
        """The cursor is too old: begin the audience again. What was sent is sent again, which changes nothing."""
        changes = {"page": page + 1, "cursor": "", "read": 0, "nameless": 0, "passed": False}
        if self._update(job_id, slug, page, changes):
            self._pass_on(job_id, slug, page + 1)

    def _pass_on(self, job_id: str, slug: str, page: int) -> None:
        self._call_for(job_id, slug, page)
        self._update(job_id, slug, page, {"passed": True})

    def _call_for(self, job_id: str, slug: str, page: int) -> None:
        self.changes.send([{"export": job_id, "task": "scan", "args": {"slug": slug, "page": page}}])

    def _progress(self, job_id: str, slug: str) -> Json:
        key = {"job": job_id, "item": f"scan#{slug}"}
        return dict(plain(self.table.get_item(Key=key, ConsistentRead=True).get("Item") or {}))

    def _update(self, job_id: str, slug: str, page: int, changes: Json) -> bool:
        """Change an audience's progress unless its page has moved on."""
        condition = Attr("page").eq(page) if page else Attr("page").not_exists() | Attr("page").eq(0)
        try:
            self.table.update_item(
                Key={"job": job_id, "item": f"scan#{slug}"},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in changes},
                ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _has_address(person: Json, job: Job) -> bool:
    return bool(person.get(job["email_field"]))
