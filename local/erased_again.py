"""Erases again, after tables were restored, who was erased since: `python -m local.erased_again STACK JOBS_TABLE SINCE`.

A backup knows nothing of what came after it. `JOBS_TABLE` is the table of before: it tells whom, by a hash. SINCE is the
moment that was restored, such as 2026-11-30T08:00:00Z. May be repeated.
"""

import hashlib
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

import boto3

from local.stack import Api, answered

TOMBSTONE = {":erased": {"S": "erased#"}, ":tombstone": {"S": "tombstone"}}
WHO = {"RowsTable": "#key = :root", "MembershipsTable": None}
"""Tables that know people by their addresses, and which of the items is one a person."""


def erase_again(stack: str, jobs_table: str, since: int) -> int:
    """Erase who was erased at `since` (epoch ms) or later, and block again who was blocked. How many they were."""
    outputs = _outputs(stack)
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=outputs["AdminTokenSecretArn"])
    admin = Api(outputs["ApiUrl"], secret["SecretString"])
    erased = dict(erased_since(jobs_table, since))
    found = {email for table in WHO for email in people(outputs[table], table)}
    again = {email: blocked for email in found if (blocked := erased.get(digest_of(email))) is not None}
    for email, blocked in again.items():
        block = "?block=true" if blocked else ""
        answered(admin.call("DELETE", f"/profiles/{quote(email, safe='')}{block}"))
    return len(again)


def erased_since(table: str, since: int) -> Iterator[tuple[str, bool]]:
    """The hash of everybody who was, and whether they are blocked."""
    asked = {
        "FilterExpression": "begins_with(job, :erased) AND #item = :tombstone AND erased_at >= :since",
        "ExpressionAttributeNames": {"#item": "item"},
        "ExpressionAttributeValues": {**TOMBSTONE, ":since": {"N": str(since)}},
    }
    for item in _scan(table, asked):
        yield item["job"]["S"].removeprefix("erased#"), item["blocked"]["BOOL"]


def people(table: str, name: str) -> Iterator[str]:
    """The addresses that a table knows."""
    asked: dict[str, Any] = {"ProjectionExpression": "email"}
    if condition := WHO[name]:
        asked |= {
            "FilterExpression": condition,
            "ExpressionAttributeNames": {"#key": "key"},
            "ExpressionAttributeValues": {":root": {"S": "leaf#"}},
        }
    return (item["email"]["S"] for item in _scan(table, asked))


def digest_of(email: str) -> str:
    return hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()


def _scan(table: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for page in (
        boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True, **asked)
    ):
        yield from page["Items"]


def _outputs(stack: str) -> dict[str, str]:
    found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}


if __name__ == "__main__":
    _, named, before, moment = sys.argv
    count = erase_again(named, before, int(datetime.fromisoformat(moment).timestamp() * 1000))
    sys.stdout.write(f"erased again: {count}\n")
