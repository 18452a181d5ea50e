"""What an import's account, client and lists are called: as its latest run, or whoever made it, found them.

One item of the job, `names#<client>`, apart from the job itself, which every unit of a run reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lytics_cm.dynamodb import get_many, plain
from lytics_cm.store.schema import NAMES, PARTITION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_dynamodb.service_resource import Table

    from import_app.scope import Scope
    from lytics_cm.store.jobs import ImportJob

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """`lists` are names by id, in Campaign Monitor's order: those that are imported."""

    authorization: str | None = None
    client: str | None = None
    lists: dict[str, str] = field(default_factory=dict)

    def view(self, job: ImportJob) -> Json:
        """The things beside their ids; the name of what nobody has found is null."""
        return {
            "authorization": {"id": job.authorization_id, "name": self.authorization},
            "client": {"id": job.client_id, "name": self.client},
            "lists": [self.of_list(list_id) for list_id in job.list_ids or self.lists],
        }

    def of_list(self, list_id: str) -> Json:
        return {"id": list_id, "name": self.lists.get(list_id)}


def item(job_id: str, authorization: str | None, found: Scope) -> Json:
    """The item with what was found."""
    return {
        **NAMES.at(job_id, found.client["id"]),
        "authorization": authorization,
        "client": found.client["name"],
        "lists": found.lists,
    }


def names_of(table: Table, jobs: Iterable[ImportJob]) -> dict[str, Names]:
    """What is known of these jobs; one call for a hundred."""
    found = [plain(one) for one in get_many(table, [NAMES.at(job.id, job.client_id) for job in jobs])]
    return {one[PARTITION]: Names(one["authorization"], one["client"], one["lists"]) for one in found}
