"""The store of profiles in tables of its own, driven as the functions drive it but by a clock of its own."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from bench.bill.prices import ITEM_BYTES
from lytics_cm.streams import Row
from profile_app.lql import Mapping
from profile_app.mappings import InForce, default_texts
from profile_app.profiles import Profiles
from tests.aws.dynamodb.limits import size_of
from tests.aws.template import Deployment

START, HOUR = 1_800_000_000_000, 3_600_000
"""Each write is an hour after the one before: nothing that rests is still resting."""
TABLES = ("RowsTable", "ProfilesTable")


class Store:
    """Rows in leaves, plain items beside. `maker` makes the tables where the client itself is none of boto3's."""

    def __init__(self, client: Any, maker: Any = None, threads: int = 1) -> None:
        in_force = InForce(Mapping.parse(default_texts()), 0)
        self.tables = [Deployment().new_table(maker or client, name) for name in TABLES]
        make: Any = Profiles
        self._now = START
        self._profiles = make(
            client, *self.tables, lambda: in_force, clock=lambda: self._now, threads=threads
        )

    def write(self, rows: Iterable[Row]) -> None:
        """Store rows, together."""
        self._now += HOUR
        failed = self._profiles.write(rows).failed
        assert not failed, failed

    def project(self, emails: Iterable[str]) -> None:
        """Bring the plain items of people up to their rows."""
        failed = self._profiles.project(emails).failed
        assert not failed, failed

    def read(self, email: str) -> Any:
        """A profile."""
        return self._profiles.read(email)


def size(client: Any, table: str) -> SimpleNamespace:
    """Items of a table, and bytes as DynamoDB bills their storage."""
    items, bytes_ = 0, 0
    for page in client.get_paginator("scan").paginate(TableName=table):
        items += len(page["Items"])
        bytes_ += sum(size_of(item) + ITEM_BYTES for item in page["Items"])
    return SimpleNamespace(items=items, bytes=bytes_)
