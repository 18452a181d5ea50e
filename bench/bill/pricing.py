"""What a load that was played (`loads.py`) costs: units, calls, seconds and dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.bill.prices import (
    API_REQUEST,
    BACKUP_GB_MONTH,
    GB,
    LAMBDA_REQUEST,
    LAMBDA_SECOND,
    LINES_OF_LAMBDA,
    LOG_GB,
    READ_UNIT,
    SQS_REQUEST,
    TABLE_GB_MONTH,
    WHOLE_PROCESSOR_MB,
    WRITE_UNIT,
)

PEOPLE = ("RowsTable", "ProfilesTable")
"""Tables of rows and profiles."""

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bill:
    """What something costs; dollars by service. `processor` is seconds of it, `lasting` how long functions ran."""

    writes: float = 0.0
    reads: float = 0.0
    calls: float = 0.0
    processor: float = 0.0
    lasting: float = 0.0
    dynamodb: float = 0.0
    functions: float = 0.0
    sqs: float = 0.0
    api: float = 0.0
    logs: float = 0.0

    @property
    def dollars(self) -> float:
        return self.dynamodb + self.functions + self.sqs + self.api + self.logs

    def __add__(self, other: Bill) -> Bill:
        return Bill(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def times(self, factor: float) -> Bill:
        return Bill(*(getattr(self, name) * factor for name in self.__slots__))


def bill_of(use: Json, http: Mapping[str, float]) -> Bill:
    """The bill of one function."""
    writes, reads = sum(use["writes"].values()), sum(use["reads"].values())
    calls = sum(use["calls"].values())
    processor = use["processor"] + sum(http.get(call, 0) * count for call, count in use["calls"].items())
    lasting = processor * max(1, WHOLE_PROCESSOR_MB / use["memory"]) + use["waiting"]
    return Bill(
        writes,
        reads,
        calls,
        processor,
        lasting,
        dynamodb=writes * WRITE_UNIT.dollars + reads * READ_UNIT.dollars,
        functions=lasting * use["memory"] / 1024 * LAMBDA_SECOND.dollars
        + use["invocations"] * LAMBDA_REQUEST.dollars,
        sqs=use["sqs"] * SQS_REQUEST.dollars,
        api=use["posts"] * API_REQUEST.dollars,
        logs=(use["log_bytes"] + use["invocations"] * LINES_OF_LAMBDA) / GB * LOG_GB.dollars,
    )


def bills(load: Json) -> dict[str, Bill]:
    """The bill of each function, for one row."""
    return {name: bill_of(use, load["http"]).times(1 / load["rows"]) for name, use in load["uses"].items()}


def whole(load: Json) -> Bill:
    """The bill of all functions together, for one row."""
    return sum(bills(load).values(), Bill())


def units_of(load: Json, tables: tuple[str, ...] = PEOPLE) -> tuple[float, float]:
    """Write and read units a row in some tables."""
    uses = load["uses"].values()
    writes = sum(use["writes"].get(table, 0) for use in uses for table in tables)
    reads = sum(use["reads"].get(table, 0) for use in uses for table in tables)
    return writes / load["rows"], reads / load["rows"]


def stored(load: Json) -> dict[str, float]:
    """Bytes a row in the tables of rows and profiles, by table; with what DynamoDB adds to each item."""
    return {name: load["tables"][name][1] / load["rows"] for name in PEOPLE if name in load["tables"]}


def month(bytes_: float) -> float:
    """Dollars that so many bytes cost in a month, with the backup that reaches back to any second."""
    return bytes_ / GB * (TABLE_GB_MONTH.dollars + BACKUP_GB_MONTH.dollars)
