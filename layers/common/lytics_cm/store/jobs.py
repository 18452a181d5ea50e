"""Job configurations and their status: imports and exports.

Table `jobs`, one item per job: partition `import` or `export`, sort key the job's id. All else that belongs
to a job (runs, failures, cursors, webhooks) lies in the partition named by its id, so that deleting it is one
query.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Self

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from lytics_cm.aws_codes import is_condition
from lytics_cm.dynamodb import attributes, changing, plain, query
from lytics_cm.errors import Conflict, InvalidInput, NotFound
from lytics_cm.store.policies import Policy, TrackingConsent
from lytics_cm.store.schema import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.service_resource import Table

RECONNECTED = "reconnected"
"""The task of going on with a job that failed for its authorization, on the queues of imports and of
exports."""

DEFAULT = Policy()
"""What an import allows of its data that says nothing, as those do that were made before there were policies."""

type JobKind = Literal["import", "export"]
type Job = dict[str, Any]
"""A job as its item has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """An import: what an admin wants, how it is, and which run is its latest. Times are epoch ms.

    From `tracking_consent` on it says what it allows of its data (see `store.policies`). Activity before the
    day `rows_since` (`YYYY-MM-DD`, in the client's zone) is not read. `missed` says that a time of the schedule
    passed without a run. `failed_for` is the authorization that it waits for; `webhook_generation` counts the
    keys of its webhooks.
    """

    id: str
    authorization_id: str
    client_id: str
    list_ids: list[str]
    keep_updated: bool
    every_minutes: int
    status: str
    created_at: int
    description: str | None = None
    tracking_consent: TrackingConsent = DEFAULT.tracking_consent
    keep_last_open_day: bool = DEFAULT.keep_last_open_day
    rows_since: str | None = None
    keep_rows_days: int | None = DEFAULT.keep_rows_days
    drop_columns: list[str] = field(default_factory=lambda: list(DEFAULT.drop_columns))
    hash_columns: list[str] = field(default_factory=lambda: list(DEFAULT.hash_columns))
    run_id: str = ""
    next_run_at: int | None = None
    missed: bool = False
    message: str | None = None
    failed_for: str | None = None
    webhook_generation: int = 1

    @classmethod
    def parse(cls, item: Mapping[str, Any]) -> Self:
        return cls(**{one.name: item[one.name] for one in fields(cls) if one.name in item})

    def item(self) -> Job:
        """The job as its item has it."""
        return asdict(self)

    @property
    def looks_at_consent(self) -> bool:
        """Whether its runs and webhooks look at people's consent to be tracked."""
        return self.tracking_consent != "ignore"

    @property
    def status_at_rest(self) -> str:
        """What it is after a run that succeeded."""
        return "scheduled" if self.keep_updated else "completed"


class Jobs[J: Job | ImportJob = Job]:
    """The jobs of one kind, each as its item has it; `ImportJobs` knows their type."""

    def __init__(self, table: Table, kind: JobKind) -> None:
        self.table = table
        self.kind = kind

    def create(self, job: Mapping[str, Any], now: int) -> J:
        """Store a new job; its id is made here."""
        made = {"id": uuid.uuid4().hex, **job, "created_at": now}
        self.table.put_item(Item={**self._key(made["id"]), **made})
        return self._read(made)

    def get(self, job_id: str) -> J:
        """The job as it is now (strongly consistent). Raises `NotFound`."""
        item = self.table.get_item(Key=self._key(job_id), ConsistentRead=True).get("Item")
        if item is None:
            raise NotFound(f"there is no {self.kind} {job_id!r}; GET /{self.kind}s lists them")
        return self._read(dict(plain(item)))

    def all(self) -> list[J]:
        """Every job, oldest first."""
        return [self._read(item) for item in self._items()]

    def update(
        self,
        job_id: str,
        changes: Mapping[str, Any],
        unless: tuple[str, ...] = (),
        given: Mapping[str, Any] | None = None,
    ) -> bool:
        """Set attributes (None removes one); tell whether it happened.

        It does not when the job's status is one of `unless`, or an attribute is not as `given` (None: it is
        absent). Raises `InvalidInput` when the job would be too large for an item.
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
            if is_too_large(error):
                message = f"the {self.kind} is too large to be stored; choose fewer audiences, shorter names or fewer mappings"
                raise InvalidInput(message) from error
            raise
        return True

    def delete(self, job_id: str) -> None:
        """Forget the job and everything in its partition; repeatable."""
        self.table.delete_item(Key=self._key(job_id))
        with self.table.batch_writer() as batch:
            keys = {"ProjectionExpression": "job, #item", **attributes("#item")}
            for item in query(self.table, Key("job").eq(job_id), **keys):
                batch.delete_item(Key={"job": item["job"], "item": item["item"]})

    def fail(self, job: J, message: str, *, is_revoked: bool = False) -> bool:
        """Let a job fail, unless somebody has stopped it; tell whether it had not failed before.

        One that fails because its authorization is revoked, and for no other reason, is marked
        (`failed_for`): it goes on when the account is connected again.
        """
        item, changes = _item_of(job), {"status": "failed", "message": message}
        mark = {"failed_for": item["authorization_id"] if is_revoked else None}
        is_new = self.update(item["id"], changes | mark, unless=("stopped", "failed"))
        if not is_new and not is_revoked:
            self.update(item["id"], changes | mark, unless=("stopped",))
        return is_new

    def failed_for(self, authorization_id: str) -> list[J]:
        """The jobs that have failed because the authorization was revoked."""
        return [
            self._read(item)
            for item in self._items()
            if item["status"] == "failed" and item.get("failed_for") == authorization_id
        ]

    def using(self, authorization_id: str) -> list[str]:
        """Names of the jobs that need an authorization."""
        return [self.name(job) for job in self.all() if _item_of(job)["authorization_id"] == authorization_id]

    def name(self, job: J) -> str:
        """What a job is called towards people."""
        item = _item_of(job)
        return f"{self.kind} {item.get('description') or item['id']}"

    def require(self, job: J, statuses: tuple[str, ...], remedy: str) -> None:
        """Raise `Conflict` unless the job is in one of `statuses`."""
        status = _item_of(job)["status"]
        if status not in statuses:
            raise Conflict(f"the {self.kind} is {status}; {remedy}")

    def _read(self, item: Job) -> J:
        return item  # type: ignore[return-value]  # who names no other type has items

    def _items(self) -> list[Job]:
        found = [plain(item) for item in query(self.table, Key("job").eq(self.kind))]
        return sorted(found, key=lambda job: (job["created_at"], job["id"]))

    def _key(self, job_id: str) -> dict[str, Any]:
        return key_of(self.kind, job_id)


class ImportJobs(Jobs[ImportJob]):
    """The import jobs."""

    def __init__(self, table: Table) -> None:
        super().__init__(table, "import")

    def _read(self, item: Job) -> ImportJob:
        return ImportJob.parse(item)


def _item_of(job: Job | ImportJob) -> Job:
    return job if isinstance(job, dict) else job.item()


def is_too_large(error: ClientError) -> bool:
    """Whether DynamoDB refused a write because the item would be larger than items can be."""
    found = error.response["Error"]
    return found["Code"] == "ValidationException" and "size" in found["Message"].lower()
