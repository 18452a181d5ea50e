"""Job configurations and their status: imports and exports.

Table `jobs`, one item per job: partition `import` or `export`, sort key the job's id. All else that belongs to a
job (runs, failures, cursors, webhooks) lies in the partition named by its id, so that deleting it is one query.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Literal

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from lytics_cm.aws_codes import is_condition
from lytics_cm.dynamodb import changing, named, plain, query
from lytics_cm.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.service_resource import Table

RECONNECTED = "reconnected"
"""The task of going on with a job that failed for its authorization, on the queues of imports and of exports."""

type Kind = Literal["import", "export"]
type Job = dict[str, Any]


class Jobs:
    """The jobs of one kind."""

    def __init__(self, table: Table, kind: Kind) -> None:
        self.table = table
        self.kind = kind

    def create(self, job: Mapping[str, Any], now: int) -> Job:
        """Store a new job; its id is made here."""
        item = {"id": uuid.uuid4().hex, **job, "created_at": now}
        self.table.put_item(Item={"job": self.kind, "item": item["id"], **item})
        return item

    def get(self, job_id: str) -> Job:
        """The job as it is now (strongly consistent). Raises `NotFound`."""
        item = self.table.get_item(Key=self._key(job_id), ConsistentRead=True).get("Item")
        if item is None:
            raise NotFound(f"there is no {self.kind} {job_id!r}; GET /{self.kind}s lists them")
        return dict(plain(item))

    def all(self) -> list[Job]:
        """Every job, oldest first."""
        found = [plain(item) for item in query(self.table, Key("job").eq(self.kind))]
        return sorted(found, key=lambda job: (job["created_at"], job["id"]))

    def update(
        self,
        job_id: str,
        changes: Mapping[str, Any],
        unless: tuple[str, ...] = (),
        given: Mapping[str, Any] | None = None,
    ) -> bool:
        """Set attributes (None removes one); tell whether it happened.

        It does not when the job's status is one of `unless`, or an attribute is not as `given` (None: it is absent).
        Raises `InvalidInput` when the job would be too large for an item.
        """
        condition: Any = Attr("item").exists()
        if unless:
            condition &= ~Attr("status").is_in(list(unless))
        for name, value in (given or {}).items():
            condition &= Attr(name).not_exists() if value is None else Attr(name).eq(value)
        try:
            self.table.update_item(Key=self._key(job_id), ConditionExpression=condition, **changing(changes))
        except ClientError as error:
            if is_condition(error):
                return False
            if _is_too_large(error):
                message = f"the {self.kind} is too large to be stored; choose fewer audiences, shorter names or fewer mappings"
                raise InvalidInput(message) from error
            raise
        return True

    def delete(self, job_id: str) -> None:
        """Forget the job and everything in its partition; repeatable."""
        self.table.delete_item(Key=self._key(job_id))
        with self.table.batch_writer() as batch:
            keys = {"ProjectionExpression": "job, #item", **named("#item")}
            for item in query(self.table, Key("job").eq(job_id), **keys):
                batch.delete_item(Key={"job": item["job"], "item": item["item"]})

    def fail(self, job: Job, message: str, *, is_revoked: bool = False) -> None:
        """Let a job fail, unless somebody has stopped it.

        One that fails because its authorization is revoked, and for no other reason, is marked (`failed_for`): it goes
        on when the account is connected again.
        """
        changes = {"status": "failed", "message": message}
        if is_revoked:
            mark = {"failed_for": job["authorization_id"]}
            self.update(job["id"], changes | mark, unless=("stopped", "failed"))
        else:
            self.update(job["id"], {**changes, "failed_for": None}, unless=("stopped",))

    def failed_for(self, authorization_id: str) -> list[Job]:
        """The jobs that have failed because the authorization was revoked."""
        return [
            job
            for job in self.all()
            if job["status"] == "failed" and job.get("failed_for") == authorization_id
        ]

    def using(self, authorization_id: str) -> list[str]:
        """Names of the jobs that need an authorization."""
        return [self.name(job) for job in self.all() if job["authorization_id"] == authorization_id]

    def name(self, job: Job) -> str:
        """What a job is called towards people."""
        return f"{self.kind} {job.get('description') or job['id']}"

    def require(self, job: Job, statuses: tuple[str, ...], remedy: str) -> None:
        """Raise `Conflict` unless the job is in one of `statuses`."""
        if job["status"] not in statuses:
            raise Conflict(f"the {self.kind} is {job['status']}; {remedy}")

    def _key(self, job_id: str) -> dict[str, Any]:
        return {"job": self.kind, "item": job_id}


def _is_too_large(error: ClientError) -> bool:
    found = error.response["Error"]
    return found["Code"] == "ValidationException" and "size" in found["Message"].lower()
