"""What imports allow of the data they bring: whose opens may be known, for how long, and which columns.

StreamsTable's item `mapping` says what profiles follow: own mappings, and the policies of imports (`policies`,
a map by job id). `rev` names its state, `since` tells when it came into force (epoch ms, each later than the
one before): whoever changes something sets both, on condition that nobody else did meanwhile.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, Self

from lytics_cm.dynamodb import tried, typed, untyped, wait
from lytics_cm.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY: Any = {"id": {"S": "mapping"}}
TRIES = 10
"""How often others may change what is in force at the same time."""

type TrackingConsent = Literal["ignore", "respect", "strict"]
TRACKING_CONSENTS: tuple[TrackingConsent, ...] = ("ignore", "respect", "strict")
"""From the least to the most that they forbid."""
IP_COLUMNS = ("ip", "signup_ip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds for the rows of one client.

    `tracking_consent` says who must have agreed to be tracked: nobody (`ignore`), nobody who said No
    (`respect`), everybody (`strict`). With `keep_last_open_day` the day of the last open is kept of people
    whose opens are not. Activity older than `keep_rows_days` is forgotten. Columns are dropped, or kept as a
    keyed hash, before they are stored; `custom.*` stands for all custom fields.
    """

    tracking_consent: TrackingConsent = "respect"
    keep_last_open_day: bool = False
    keep_rows_days: int | None = None
    drop_columns: tuple[str, ...] = IP_COLUMNS
    hash_columns: tuple[str, ...] = ()

    @classmethod
    def parse(cls, shape: Mapping[str, Any]) -> Self:
        """Read a policy, or the part of a job that is one; what is missing has its default."""
        told = {one.name: shape[one.name] for one in fields(cls) if one.name in shape}
        values: Any = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
        }
        return cls(**values)

    def shape(self) -> dict[str, Any]:
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }


def strictest(policies: Iterable[Policy]) -> Policy:
    """What holds where several imports say something: whatever one of them forbids. The default for none."""
    all_of_them = list(policies)
    if len(all_of_them) < 2:  # noqa: PLR2004 - one has nobody to agree with
        return all_of_them[0] if all_of_them else Policy()
    days = [one.keep_rows_days for one in all_of_them if one.keep_rows_days is not None]
    careful = [one for one in all_of_them if one.tracking_consent != "ignore"]
    return Policy(
        tracking_consent=max((one.tracking_consent for one in all_of_them), key=TRACKING_CONSENTS.index),
        keep_last_open_day=bool(careful) and all(one.keep_last_open_day for one in careful),
        keep_rows_days=min(days, default=None),
        drop_columns=tuple(sorted({name for one in all_of_them for name in one.drop_columns})),
        hash_columns=tuple(sorted({name for one in all_of_them for name in one.hash_columns})),
    )


def by_client(item: Mapping[str, Any]) -> dict[str, Policy]:
    """What holds for each client that has an import, read from the item in the wire form."""
    clients: dict[str, list[Policy]] = {}
    for job in _jobs(item).values():
        clients.setdefault(job["client_id"], []).append(Policy.parse(job))
    return {client: strictest(policies) for client, policies in clients.items()}


class Policies:
    """The policies of imports."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def in_force(self) -> dict[str, Policy]:
        """What holds for each client that has an import."""
        return by_client(self._item())

    def would_change(self, job_id: str, client_id: str, policy: Policy | None) -> bool:
        """Whether something else would hold for the client, so that its people must be looked at again."""
        item = self._item()
        return _held(item, client_id) != _held(_with(item, job_id, client_id, policy), client_id)

    def put(self, job_id: str, client_id: str, policy: Policy | None, now: int) -> None:
        """Keep the policy of an import, or forget it (None). Repeatable. Raises `Unavailable`."""
        for attempt in range(TRIES):
            wait(attempt)
            item = self._item()
            wanted = _with(item, job_id, client_id, policy)
            since = int(item["since"]["N"]) if "since" in item else 0
            if _held(item, client_id) != _held(wanted, client_id):
                since = max(now, since + 1)
            if wanted == item or save(self._client, self._table, wanted, since, item):
                return
        raise Unavailable("others change what profiles follow all the time; try again")

    def _item(self) -> Mapping[str, Any]:
        answer = self._client.get_item(TableName=self._table, Key=KEY, ConsistentRead=True)
        return answer.get("Item", {})


def _with(item: Mapping[str, Any], job_id: str, client_id: str, policy: Policy | None) -> Mapping[str, Any]:
    """The item with another policy of an import."""
    jobs = {name: job for name, job in _jobs(item).items() if name != job_id}
    if policy:
        jobs[job_id] = {"client_id": client_id, **policy.shape()}
    return item if jobs == _jobs(item) else {**item, "policies": typed(jobs)}


def _held(item: Mapping[str, Any], client_id: str) -> Policy:
    return by_client(item).get(client_id, Policy())


def save(
    client: DynamoDBClient, table: str, item: Mapping[str, Any], since: int, before: Mapping[str, Any]
) -> bool:
    """Put the item in the place of the one that was read; False when that has changed meanwhile."""
    marks = {"rev": {"S": secrets.token_hex(6)}, "since": {"N": str(since)}}
    rev = before.get("rev")
    request: dict[str, Any] = {"TableName": table, "Item": {**item, **KEY, **marks}}
    request["ConditionExpression"] = "rev = :rev" if rev else "attribute_not_exists(id)"
    request |= {"ExpressionAttributeValues": {":rev": rev}} if rev else {}
    return tried(client.put_item, **request) is not None


def _jobs(item: Mapping[str, Any]) -> dict[str, Any]:
    jobs: dict[str, Any] = untyped(item["policies"]) if "policies" in item else {}
    return jobs
