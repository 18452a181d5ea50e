"""How many different people a run told something new of: about, in less than two kilobytes, however many.

An exact number needs a mark for each person and run. This is a HyperLogLog sketch (Flajolet et al. 2007,
"HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm"): of all hashes that fall into
one of 4,096 registers the longest run of zeros is kept. Whoever is met again changes nothing, so repetition
costs nothing and counts nothing. One standard error is 1.6 % of many people, and less of few. How many there
were is estimated as by Ertl 2017, "New cardinality estimation algorithms for HyperLogLog sketches".

The sketch is removed when the run ends and its number is kept. So it says nothing of anybody who is erased.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from lytics_cm.dynamodb import changing, plain, tried
from lytics_cm.errors import Unavailable
from lytics_cm.store.schema import PEOPLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

INDEX_BITS = 12
REGISTERS = 1 << INDEX_BITS
REST_BITS = 64 - INDEX_BITS
KEEP_SECONDS = 7 * 24 * 3600
TRIES = 8


@dataclass(frozen=True, slots=True)
class Sketch:
    """The registers, a byte each."""

    registers: bytes = bytes(REGISTERS)

    def met(self, names: Iterable[str]) -> Self:
        """The sketch after these, of which any may have been met before."""
        registers = bytearray(self.registers)
        for name in names:
            digest = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest())
            place, rest = digest >> REST_BITS, digest & ((1 << REST_BITS) - 1)
            registers[place] = max(registers[place], REST_BITS - rest.bit_length() + 1)
        return type(self)(bytes(registers))

    @property
    def estimate(self) -> int:
        """About how many different names were met."""
        counts = [self.registers.count(value) for value in range(REST_BITS + 2)]
        weight = REGISTERS * _tau(1 - counts[REST_BITS + 1] / REGISTERS)
        for count in counts[REST_BITS:0:-1]:
            weight = (weight + count) / 2
        weight += REGISTERS * _sigma(counts[0] / REGISTERS)
        return round(REGISTERS**2 / (2 * math.log(2) * weight))


def _sigma(empty: float) -> float:
    """What registers that are empty add (Ertl 2017, algorithm 5)."""
    if empty == 1:
        return math.inf
    total, step, before = empty, 1.0, -1.0
    while total != before:
        empty *= empty
        before, total = total, total + empty * step
        step *= 2
    return total


def _tau(full: float) -> float:
    """What registers that are full add (Ertl 2017, algorithm 6)."""
    if full in (0, 1):
        return 0
    total, step, before = 1 - full, 1.0, -1.0
    while total != before:
        full = math.sqrt(full)
        step /= 2
        before, total = total, total - (1 - full) ** 2 * step
    return total / 3


class ChangedPeople:
    """The sketches of runs that go on, in the jobs table: `sketch`, deflated, and its revision `rev`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, job_id: str, run_id: str, emails: Iterable[str], now: int) -> None:
        """Meet people whose rows a run changed; `now` is epoch ms. Raises `Unavailable` in a crowd."""
        met = list(emails)
        for _ in range(TRIES if met else 0):
            known, rev = self._read(job_id, run_id)
            after = known.met(f"{run_id} {email}" for email in met)
            if after == known:
                return
            change = changing(
                {
                    "sketch": zlib.compress(after.registers),
                    "rev": rev + 1,
                    "expires_at": now // 1000 + KEEP_SECONDS,
                },
                when="attribute_not_exists(#rev) OR #rev = :known",
                known=rev,
            )
            if tried(self._table.update_item, Key=PEOPLE.at(job_id, run_id), **change) is not None:
                return
        if met:
            raise Unavailable("too many workers count the people of a run at once")

    def count(self, job_id: str, run_id: str) -> int:
        """About how many people a run has changed."""
        return self._read(job_id, run_id)[0].estimate

    def forget(self, job_id: str, run_id: str) -> None:
        """Remove the sketch of a run that has ended."""
        self._table.delete_item(Key=PEOPLE.at(job_id, run_id))

    def _read(self, job_id: str, run_id: str) -> tuple[Sketch, int]:
        item = self._table.get_item(Key=PEOPLE.at(job_id, run_id), ConsistentRead=True).get("Item")
        if not item:
            return Sketch(), 0
        known = plain(item)
        return Sketch(zlib.decompress(bytes(known["sketch"]))), known["rev"]
