"""Existing Users: reads an audience through Lytics' API, ten pages of 100 a step, so that a step fills an import call.

An audience's progress is an item `scan#<slug>` in the job's partition: the step that comes next, its cursor, how many
people were read. The step's number guards it: a message that comes twice finds the number moved on. `passed` says that
the next step's message is in the queue, so that a crash before it can be told from one after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from lytics_cm.errors import LyticsCmError, Rejected
from lytics_cm.lytics import Lytics, Scan
from lytics_cm.queues import Queue, packed
from lytics_cm.store.jobs import Job, plain, query

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

type Json = dict[str, Any]
type Sink = Callable[[Iterable[Json]], object]

PAGES_PER_STEP = 10
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
                self._call_for(job["id"], audience["slug"], progress.get("step", 0))

    def read(self, job: Job, args: Json, lytics: Lytics, sink: Sink, now: int) -> bool:
        """Do one step: pass its people to `sink`, call for the next step; tell whether the audience is done.

        `now` (epoch ms) is from before the calls: what they bring is received then.
        """
        slug, step = args["slug"], args["step"]
        progress = self._progress(job["id"], slug)
        if progress.get("step", 0) != step:
            if progress.get("step") == step + 1 and not progress.get("passed") and not progress.get("done"):
                self._pass_on(job["id"], slug, step + 1)
            return bool(progress.get("done"))
        try:
            found = self._pages(job, slug, progress, lytics)
        except Rejected as error:
            if not progress.get("cursor") or error.code not in CURSOR_GONE:
                raise
            self._restart(job["id"], slug, step)
            return False
        told = {"export": job["id"], "received_at": now}
        sink({**told, "changes": group} for group in packed(_changes(job, slug, found)))
        if not self._advance(job, slug, found, progress):
            return False
        if found.cursor:
            self._pass_on(job["id"], slug, step + 1)
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

    def _pages(self, job: Job, slug: str, progress: Json, lytics: Lytics) -> Scan:
        """The people of a step's pages, as one page; fewer when a later page cannot be had now."""
        wanted = list(dict.fromkeys([job["email_field"], *_fields_of(job)]))
        audience = next(one for one in job["audiences"] if one["slug"] == slug)
        name = audience.get("id") or slug
        found = lytics.scan(name, progress.get("cursor") or None, wanted)
        for _ in range(1, PAGES_PER_STEP):
            if not found.cursor:
                break
            try:
                page = lytics.scan(name, found.cursor, wanted)
            except LyticsCmError:
                break  # the next step meets it again
            found = Scan([*found.people, *page.people], page.cursor, page.total)
        return found

    def _advance(self, job: Job, slug: str, found: Scan, progress: Json) -> bool:
        nameless = sum(not _has_address(person, job) for person in found.people)
        step = progress.get("step", 0)
        return self._update(
            job["id"],
            slug,
            step,
            {
                "step": step + 1,
                "cursor": found.cursor or "",
                "read": progress.get("read", 0) + len(found.people),
                "total": found.total,
                "nameless": progress.get("nameless", 0) + nameless,
                "passed": False,
                "done": not found.cursor,
            },
        )

    def _restart(self, job_id: str, slug: str, step: int) -> None:
        """The cursor is too old: begin the audience again. What was sent is sent again, which changes nothing."""
        changes = {"step": step + 1, "cursor": "", "read": 0, "nameless": 0, "passed": False}
        if self._update(job_id, slug, step, changes):
            self._pass_on(job_id, slug, step + 1)

    def _pass_on(self, job_id: str, slug: str, step: int) -> None:
        self._call_for(job_id, slug, step)
        self._update(job_id, slug, step, {"passed": True})

    def _call_for(self, job_id: str, slug: str, step: int) -> None:
        self.changes.send([{"export": job_id, "task": "scan", "args": {"slug": slug, "step": step}}])

    def _progress(self, job_id: str, slug: str) -> Json:
        key = {"job": job_id, "item": f"scan#{slug}"}
        return dict(plain(self.table.get_item(Key=key, ConsistentRead=True).get("Item") or {}))

    def _update(self, job_id: str, slug: str, step: int, changes: Json) -> bool:
        """Change an audience's progress unless its step has moved on."""
        condition = Attr("step").eq(step) if step else Attr("step").not_exists() | Attr("step").eq(0)
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


def _changes(job: Job, slug: str, found: Scan) -> Iterator[Json]:
    """People of a step as changes. They are seen at the time when the export was made, so that a later exit wins."""
    names = _fields_of(job)
    for person in found.people:
        if _has_address(person, job):
            fields = {name: person[name] for name in names if name in person}
            email = person[job["email_field"]]
            yield {"email": email, "slug": slug, "event": "seen", "at": job["created_at"], "fields": fields}


def _fields_of(job: Job) -> list[str]:
    return list(dict.fromkeys([job["name_field"], *job["field_mappings"]]))


def _has_address(person: Json, job: Job) -> bool:
    return bool(person.get(job["email_field"]))
