"""The store of a checkout, whichever it is: one of packed rows with plain items beside, or of items and folds."""

import inspect
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, Protocol

from bench.bill import units
from bench.bill.prices import ITEM_BYTES
from lytics_cm.streams import Row
from tests.store import conftest

ACCESS: Any = conftest.ACCESS
START, HOUR = 1_800_000_000_000, 3_600_000
"""Each write is an hour after the one before: nothing that rests is still resting."""


def found(*modules: str) -> Any:
    """The first of these modules that the checkout has."""
    return import_module(
        next(name for name in modules if find_spec(name.partition(".")[0]) and find_spec(name))
    )


PROFILES: Any = found("profile_app.profiles", "lytics_cm.store.profiles").Profiles
MAPPINGS: Any = found("profile_app.mappings", "lytics_cm.store.mappings")
TEXTS: Any = found("profile_app.mappings", "lytics_cm.lql").default_texts
RULES: Any = found("profile_app.lql", "lytics_cm.lql").Mapping.parse(TEXTS())


class Store(Protocol):
    """What is measured of a store."""

    @property
    def tables(self) -> Sequence[str]:
        """Their names."""

    def write(self, rows: Iterable[Row]) -> None:
        """Store rows, together."""

    def project(self, emails: Iterable[str]) -> None:
        """Bring the plain items of people up to their rows, where there are such."""

    def read(self, email: str) -> Any:
        """A profile."""


class Packed:
    """Rows in leaves, plain items beside."""

    def __init__(self, client: Any, tables: Sequence[str], threads: int) -> None:
        in_force = MAPPINGS.InForce(RULES, 0)
        self.tables = tables
        self._now = START
        self._profiles = PROFILES(client, *tables, lambda: in_force, clock=lambda: self._now, threads=threads)

    def write(self, rows: Iterable[Row]) -> None:
        self._now += HOUR
        failed = self._profiles.write(rows).failed
        assert not failed, failed

    def project(self, emails: Iterable[str]) -> None:
        failed = self._profiles.project(emails).failed
        assert not failed, failed

    def read(self, email: str) -> Any:
        return self._profiles.read(email)


class Folded:
    """An item a row, folds in parts."""

    def __init__(self, client: Any, tables: Sequence[str], threads: int) -> None:
        self.tables = tables
        self._profiles, self._now = PROFILES(client, tables[0], threads=threads), 0

    def write(self, rows: Iterable[Row]) -> None:
        self._now += 1
        failed = self._profiles.write(rows, RULES, self._now).failed
        assert not failed, failed

    def project(self, emails: Iterable[str]) -> None:
        """Profiles lie in the parts."""

    def read(self, email: str) -> Any:
        return self._profiles.read(email, RULES)


def opened(client: Any, plain: Any = None, threads: int = 1) -> Store:
    """A new store in new tables, which `plain` makes where the client itself is none of boto3's."""
    place: Any = conftest
    if "in_force" in inspect.signature(PROFILES).parameters:
        return Packed(client, place.new_tables(plain or client), threads)
    return Folded(client, [place.new_table(plain or client)], threads)


def size(client: Any, table: str) -> SimpleNamespace:
    """Items of a table, and bytes as DynamoDB bills their storage."""
    items, bytes_ = 0, 0
    for page in client.get_paginator("scan").paginate(TableName=table):
        items += len(page["Items"])
        bytes_ += sum(units.size_of(item) + ITEM_BYTES for item in page["Items"])
    return SimpleNamespace(items=items, bytes=bytes_)
