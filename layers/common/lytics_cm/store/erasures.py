"""Who was erased, when, and who never comes back: a hash and a time each, an address while needed.

Whatever was received before a person was erased is dropped wherever it arrives: each message says when it was
received. Items of the jobs table:

- `erasures` / `state`: `rev` moves with every erasure, `at` is the time of the latest, `blocked` how many
people are.
- `erased#<hash>` / `tombstone`: what was received `until` then is dropped, of a `blocked` person everything.
  `erased_at` is the latest erasure; it is `settled` once no worker of before can be alive; `sealed` is the address, until
  everything is removed.
- `erased#<hash>` / `later#<id>`: rows that came after an erasure which was not settled, to be told again when
it is.
- `blocks` / `<hash>`: `blocked_at`, and the address, sealed.

The hash is the SHA-256 of the address as rows have it. An address is sealed by KMS, for this purpose alone.
"""

from __future__ import annotations

import hashlib
import json
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from lytics_cm.dynamodb import TRIES, ConditionFailed, changing, get_many, plain, query, transact
from lytics_cm.errors import NotFound, Unavailable
from lytics_cm.queues import packed
from lytics_cm.store.schema import ERASED, LATER

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.store.sealing import Seal

type Json = dict[str, Any]

LONGEST_LIFE = 900
"""Seconds that a worker lives at most: after that nobody writes what he received before an erasure."""
UNSETTLED = 3_600_000
"""Milliseconds after which an erasure counts as settled, whatever became of the message that settles it."""
BLOCKS_PER_PAGE = 100
KEEP_SECONDS = 24 * 3600
"""How long rows that wait for an erasure to settle are kept if nobody fetches them."""
STATE = {"job": "erasures", "item": "state"}
BLOCKS = "blocks"
TOMBSTONE = "tombstone"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What holds of one person; times are epoch ms. Nobody's is that of a person who was never erased."""

    until: int = -1
    erased_at: int = 0
    blocked: bool = False
    settled: bool = True
    sealed: Sequence[bytes] = ()

    def admits(self, received_at: int) -> bool:
        """Whether what was received then may be stored."""
        return received_at > self.until and not self.blocked


NOBODY = Tombstone()


@dataclass(frozen=True, slots=True)
class Erased:
    """The tombstones of some people at one moment, by address; `rev` moves when anybody is erased."""

    rev: int = 0
    tombstones: Mapping[str, Tombstone] = field(default_factory=dict)

    def admits(self, email: str, received_at: int) -> bool:
        """Whether what was received of a person then may be stored."""
        return self.tombstones.get(email, NOBODY).admits(received_at)

    def until(self, email: str) -> int:
        """What was received or stored of a person until then (epoch ms) is gone, or about to go."""
        return self.tombstones.get(email, NOBODY).until

    def unsettled(self, now: int) -> set[str]:
        """Who was erased so lately that workers of before may be alive."""
        return {
            email
            for email, one in self.tombstones.items()
            if not one.settled and now - one.erased_at < UNSETTLED
        }


@dataclass(frozen=True, slots=True)
class Block:
    """A person who never comes back."""

    email: str
    blocked_at: int


class Erasures:
    """The tombstones and blocks; `seal` is needed only by those who erase, sweep and show."""

    def __init__(self, table: Table, seal: Seal | None = None) -> None:
        self._table = table
        self._seal = seal

    def of(self, people: Mapping[str, int]) -> Erased:
        """What holds now of people, each given with when anything in hand was received of them first.

        One read when nobody is blocked or was erased lately, otherwise one more per hundred people; strongly
        consistent.
        """
        state = self._state()
        earliest = min(people.values(), default=0)
        if not state.get("blocked") and earliest > state.get("at", 0) + UNSETTLED:
            return Erased(state.get("rev", 0))
        return Erased(state.get("rev", 0), self._tombstones(people) if state else {})

    def rev(self) -> int:
        """Whether anybody was erased since: the `rev` of `of` then."""
        return int(self._state().get("rev", 0))

    def is_still(self, rev: int) -> Json:
        """The action of a transaction that fails when anybody was erased since `rev`."""
        unchanged = {"ConditionExpression": "rev = :rev", "ExpressionAttributeValues": {":rev": rev}}
        never = {"ConditionExpression": "attribute_not_exists(rev)"}
        return {
            "ConditionCheck": {"TableName": self._table.name, "Key": STATE, **(unchanged if rev else never)}
        }

    def tombstone(self, digest: str) -> Tombstone:
        """What holds of the person with that hash."""
        item = self._table.get_item(Key=_key(digest), ConsistentRead=True).get("Item")
        return _tombstone(item) if item else NOBODY

    def erase(self, email: str, now: int, *, block: bool = False) -> Tombstone:
        """Drop from now on what was received of a person until now; with `block`, everything that will be."""
        digest = digest_of(email)
        sealed = self._sealed.close(email, _context(digest))
        for _ in range(TRIES):
            known = self.tombstone(digest)
            at = max(now, known.until)
            is_new_block = block and not known.blocked
            stone = Tombstone(at, at, known.blocked or block, settled=False, sealed=sealed)
            blocks = [{"Put": self._block(digest, at, sealed)}] if is_new_block else []
            try:
                transact(
                    self._table,
                    {"Put": self._put(digest, stone, known)},
                    {"Update": self._moved(at, int(is_new_block))},
                    *blocks,
                )
            except ConditionFailed:
                continue
            return stone
        raise Unavailable("the person is being erased by others; try again")

    def lift(self, email: str, now: int) -> None:
        """Let a person come back: what is received from now on counts again.

        Raises `NotFound` for who is not blocked.
        """
        digest = digest_of(email)
        for _ in range(TRIES):
            known = self.tombstone(digest)
            if not known.blocked:
                raise NotFound("this address is not blocked")
            until = max(now, known.until)
            stone = Tombstone(
                until, known.erased_at, blocked=False, settled=known.settled, sealed=known.sealed
            )
            try:
                transact(
                    self._table,
                    {"Put": self._put(digest, stone, known)},
                    {"Update": self._moved(until, -1)},
                    {"Delete": {"TableName": self._table.name, "Key": {"job": BLOCKS, "item": digest}}},
                )
            except ConditionFailed:
                continue
            return
        raise Unavailable("others change the block; try again")

    def blocks(self, after: str | None = None) -> tuple[list[Block], str | None]:
        """A page of the blocked people in no order that tells anything, and where the next page starts."""
        options: Json = {"ExclusiveStartKey": {"job": BLOCKS, "item": after}} if after else {}
        answer = self._table.query(
            KeyConditionExpression=Key("job").eq(BLOCKS),
            ConsistentRead=True,
            Limit=BLOCKS_PER_PAGE,
            **options,
        )
        found = [
            Block(self._opened(str(item["item"]), _sealed(item)), int(item["blocked_at"]))  # type: ignore[arg-type]
            for item in answer["Items"]
        ]
        last = answer.get("LastEvaluatedKey")
        return found, str(last["item"]) if last else None

    def address(self, digest: str, stone: Tombstone) -> str:
        """The address of a person whose erasure is not done yet."""
        return self._opened(digest, stone.sealed)

    def settle(self, digest: str, erased_at: int) -> None:
        """No worker of before that erasure is alive any more.

        Repeatable, silent when there was a later one.
        """
        self._update(digest, erased_at, "SET settled = :yes", {":yes": True})

    def finish(self, digest: str, erased_at: int) -> None:
        """Forget the address: all is removed; repeatable, silent when there was a later erasure."""
        self._update(digest, erased_at, "REMOVE sealed", {})

    def keep(self, email: str, rows: Iterable[Json], received_at: int, now: int) -> None:
        """Keep rows that came after an erasure which is not settled: whoever settles it tells them again."""
        for group in packed(rows):
            self._table.put_item(
                Item={
                    "job": ERASED.of(digest_of(email)),
                    "item": LATER.of(uuid.uuid4().hex),
                    "rows": zlib.compress(json.dumps(group).encode()),
                    "received_at": received_at,
                    "expires_at": now // 1000 + KEEP_SECONDS,
                }
            )

    def kept(self, digest: str) -> Iterator[tuple[str, Json]]:
        """Rows that were kept, as messages of the rows queue, each with the name to `drop` it by."""
        condition = Key("job").eq(ERASED.of(digest)) & Key("item").begins_with(LATER.within())
        for item in query(self._table, condition):
            rows = json.loads(zlib.decompress(bytes(item["rows"])))
            yield str(item["item"]), {"rows": rows, "received_at": int(item["received_at"])}

    def drop(self, digest: str, name: str) -> None:
        """Forget rows that were kept."""
        self._table.delete_item(Key={"job": ERASED.of(digest), "item": name})

    @property
    def _sealed(self) -> Seal:
        assert self._seal is not None, "who erases and shows people needs the key"
        return self._seal

    def _opened(self, digest: str, sealed: Sequence[bytes]) -> str:
        return self._sealed.open(sealed, _context(digest))

    def _state(self) -> Json:
        return dict(plain(self._table.get_item(Key=STATE, ConsistentRead=True).get("Item") or {}))

    def _tombstones(self, emails: Iterable[str]) -> dict[str, Tombstone]:
        named = {digest_of(email): email for email in emails}
        found: dict[str, Tombstone] = {}
        for item in get_many(self._table, map(_key, named)):
            found[named[ERASED.rest(item["job"])]] = _tombstone(item)
        return found

    def _put(self, digest: str, stone: Tombstone, known: Tombstone) -> Json:
        """The tombstone over the one that is known: nobody may have changed it since."""
        item = {
            **_key(digest),
            "until": stone.until,
            "erased_at": stone.erased_at,
            "blocked": stone.blocked,
            "settled": stone.settled,
            **({"sealed": list(stone.sealed)} if stone.sealed else {}),
        }
        put: Json = {"TableName": self._table.name, "Item": item}
        if known is NOBODY:
            return put | {"ConditionExpression": "attribute_not_exists(job)"}
        return put | {
            "ConditionExpression": "#until = :until AND blocked = :blocked AND settled = :settled"
            f" AND attribute{'' if known.sealed else '_not'}_exists(sealed)",
            "ExpressionAttributeNames": {"#until": "until"},
            "ExpressionAttributeValues": {
                ":until": known.until,
                ":blocked": known.blocked,
                ":settled": known.settled,
            },
        }

    def _moved(self, at: int, blocked: int) -> Json:
        return {
            "TableName": self._table.name,
            "Key": STATE,
            **changing({"at": at}, add={"rev": 1, "blocked": blocked}),
        }

    def _block(self, digest: str, at: int, sealed: Sequence[bytes]) -> Json:
        item = {"job": BLOCKS, "item": digest, "blocked_at": at, "sealed": list(sealed)}
        return {
            "TableName": self._table.name,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(job)",
        }

    def _update(self, digest: str, erased_at: int, change: str, values: Json) -> None:
        update = {
            "TableName": self._table.name,
            "Key": _key(digest),
            "UpdateExpression": change,
            "ConditionExpression": "erased_at = :at",
            "ExpressionAttributeValues": {":at": erased_at, **values},
        }
        try:
            transact(self._table, {"Update": update})
        except ConditionFailed:
            return


def digest_of(email: str) -> str:
    """What is kept of an address for good."""
    return hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()


def _key(digest: str) -> Json:
    return {"job": ERASED.of(digest), "item": TOMBSTONE}


def _context(digest: str) -> dict[str, str]:
    return {"purpose": "erased-address", "address": digest}


def _tombstone(item: Mapping[str, Any]) -> Tombstone:
    return Tombstone(
        until=int(item["until"]),
        erased_at=int(item["erased_at"]),
        blocked=bool(item["blocked"]),
        settled=bool(item["settled"]),
        sealed=_sealed(item),
    )


def _sealed(item: Mapping[str, Any]) -> list[bytes]:
    return [bytes(part) for part in item.get("sealed", ())]
