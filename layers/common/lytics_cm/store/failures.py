"""Keeps records that could not be used, in their job's partition: the same failure of one source once.

Its sort key begins with a hash of whom it names, so that a person's failures are found without looking at
others'.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lytics_cm.addresses import named
from lytics_cm.dynamodb import attributes, pages, plain, query
from lytics_cm.store.schema import FAILURE, PARTITION, SORT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEEP_SECONDS = 30 * 24 * 3600
"""How long failures, and the markers of runs, are kept: longer than any queue holds a message (14 days)."""
PAGE = 500
"""Failures that one query reads."""


def failure_item(job_id: str, failure: Mapping[str, Any], now: int) -> dict[str, Any]:
    """The item of a failure `{source, message, email?, code?}` at `now` (epoch ms)."""
    digest = hashlib.sha256(json.dumps(failure, sort_keys=True).encode()).hexdigest()[:16]
    return {
        "job": job_id,
        "item": f"{failures_of_whom(failure.get('email'))}{digest}",
        "failure": {name: _storable(value) for name, value in failure.items() if value is not None},
        "at": now,
        "expires_at": now // 1000 + KEEP_SECONDS,
    }


def record_failures(table: Table, job_id: str, failures: Iterable[Mapping[str, Any]], now: int) -> None:
    """Keep failures: `{email?, code?, message, source}`.

    The same failure of the same source is kept once.
    """
    with table.batch_writer(overwrite_by_pkeys=["job", "item"]) as batch:
        for failure in failures:
            batch.put_item(Item=failure_item(job_id, failure, now))


def failures_of_whom(email: object) -> str:
    """How the items of failures begin that name this address, however it is written.

    Of those that name none, for None.
    """
    whom = "-"
    if email is not None:
        whom = hashlib.sha256(named(_storable(str(email))).encode()).hexdigest()[:16]
    return FAILURE.within(whom)


def failures_in(
    table: Table, job_id: str, after: str | None = None, email: str | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The failures of a job, or those of them that name an address, each with its place.

    They come in the order of places, from the one that follows the place `after`. Raises nothing for a place
    where none ever was.
    """
    prefix = FAILURE.within() if email is None else failures_of_whom(email)
    # What begins with the prefix lies between it and itself with the greatest sign, whatever `after` is.
    first, last = max(prefix, FAILURE.of(after) if after else ""), f"{prefix}~"
    if first > last:
        return
    request: dict[str, Any] = {
        "KeyConditionExpression": f"{PARTITION} = :job AND #item BETWEEN :first AND :last",
        "ExpressionAttributeNames": {"#item": SORT},
        "ExpressionAttributeValues": {":job": job_id, ":first": first, ":last": last},
        "ConsistentRead": True,
        "Limit": PAGE,
    }
    for page in pages(table.query, **request):
        for item in page:
            place = FAILURE.rest(str(item[SORT]))
            if place != after:
                yield place, {**plain(item["failure"]), "at": int(item["at"])}


def failures_of(table: Table, email: str) -> Iterator[dict[str, Any]]:
    """The failures that name exactly this address, of all jobs: `{job, item, failure, at}`."""
    which, theirs = "#job = :job AND begins_with(#item, :whose)", failures_of_whom(email)
    for kind in ("import", "export"):
        for job in query(table, "#job = :job", **attributes("#job", {"job": kind})):
            for item in query(table, which, **attributes(which, {"job": job["item"], "whose": theirs})):
                if named(str(item["failure"].get("email", ""))) == email:
                    yield plain(item)


def erase_failures(table: Table, email: str, until: int) -> int:
    """Forget the failures that name exactly this address and are not younger than `until`, of all jobs.

    Return how many.
    """
    found = [one for one in failures_of(table, email) if one["at"] <= until]
    with table.batch_writer() as batch:
        for one in found:
            batch.delete_item(Key={"job": one["job"], "item": one["item"]})
    return len(found)


def _storable(value: Any) -> Any:
    """Text without what UTF-8 cannot hold: lone surrogates, which JSON can tell."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
