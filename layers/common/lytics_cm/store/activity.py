"""What an export did: one item for each hour and trigger, kept for 90 days.

What became of people moves it in the transaction that stores the outcome and writes the entries of the ledger
(`memberships.py`), so it agrees with them and with the job's counters. Calls, and who has to wait, are added
afterwards: a worker that dies in between leaves them out. An export that sends every minute has 24 items a
day for each trigger, and no more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from lytics_cm.dynamodb import attributes, pages, plain
from lytics_cm.store.schema import ACTIVITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.store.ledger import Entry

type Json = dict[str, Any]
type Trigger = Literal["audience", "existing_users", "start", "upkeep", "retry", "try"]
"""Why people are sent: Lytics told of a change, or of who is in an audience; the export began to send, or was
changed; the list was mended; failures are tried again; a person wants to see one."""

KEEP_SECONDS = 90 * 24 * 3600
HOUR_MS = 3_600_000
HOUR_DIGITS = 8
MOST_CHARS = 1000
"""Of a reason."""
BEGAN, ENDED, REASON, EXPIRES = "began_at", "ended_at", "reason", "expires_at"
LAST = "~"


@dataclass(frozen=True, slots=True)
class Deeds:
    """What was done for a trigger in an hour: between its first and its last deed (epoch ms), counted by kind.

    `reason` says why not everything could be done, when it could not; `place` is where it stands in the list.
    """

    trigger: str
    began_at: int
    ended_at: int
    counts: Counter[str]
    reason: str | None
    place: str


class Activity:
    """The deeds of all exports; `table` is that of the jobs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(
        self, export: str, trigger: str, now: int, counts: Mapping[str, int], reason: str | None = None
    ) -> None:
        """Count what was done at `now` (epoch ms) beside outcomes."""
        moved = {name: number for name, number in counts.items() if number}
        if moved or reason:
            self._table.update_item(**_update(export, trigger, now, moved, reason))

    def page(
        self, export: str, now: int, limit: int, after: str | None = None
    ) -> tuple[list[Deeds], str | None]:
        """At most `limit` hours and triggers, the newest first, and where the next page begins."""
        found = list(islice(self._backwards(export, now, limit, after), limit + 1))
        return found[:limit], found[limit - 1].place if len(found) > limit else None

    def _backwards(self, export: str, now: int, limit: int, after: str | None) -> Iterator[Deeds]:
        condition = "#job = :job AND #item BETWEEN :first AND :last"
        bound = {"job": export, "first": ACTIVITY.within(), "last": ACTIVITY.of(after or LAST)}
        request = {
            "KeyConditionExpression": condition,
            "ConsistentRead": True,
            **attributes(condition, bound),
        }
        for page in pages(self._table.query, ScanIndexForward=False, Limit=limit + 2, **request):
            for item in map(plain, page):
                place = ACTIVITY.rest(item["item"])
                if place != after and item[EXPIRES] * 1000 > now:
                    yield _deeds(item, place)


def moved(jobs_table: str, export: str, entries: Iterable[Entry]) -> list[Json]:
    """The writes of a transaction that count entries of the ledger: one for each trigger."""
    counts: dict[str, Counter[str]] = {}
    latest: dict[str, int] = {}
    for entry in entries:
        trigger = entry.what["trigger"]
        mine = counts.setdefault(trigger, Counter())
        mine.update({"people": 1, entry.what["outcome"]: 1})
        latest[trigger] = max(latest.get(trigger, 0), entry.at)
    return [
        {"Update": {"TableName": jobs_table, **_update(export, trigger, latest[trigger], mine, None)}}
        for trigger, mine in counts.items()
    ]


def _update(export: str, trigger: str, now: int, counts: Mapping[str, int], reason: str | None) -> Json:
    """The change of an hour's item; the first one makes it."""
    sets = [f"#{BEGAN} = if_not_exists(#{BEGAN}, :now)", f"#{ENDED} = :now", f"#{EXPIRES} = :expires"]
    sets += [f"#{REASON} = :reason"] if reason else []
    adds = [f"#{name} :{name}" for name in counts]
    expression = f"SET {', '.join(sets)}" + (f" ADD {', '.join(adds)}" if adds else "")
    bound: Json = {**counts, "now": now, "expires": now // 1000 + KEEP_SECONDS}
    bound |= {"reason": reason[:MOST_CHARS]} if reason else {}
    return {
        "Key": ACTIVITY.at(export, f"{now // HOUR_MS:0{HOUR_DIGITS}d}", trigger),
        "UpdateExpression": expression,
        **attributes(expression, bound),
    }


def _deeds(item: Json, place: str) -> Deeds:
    trigger = place.partition("#")[2]
    known = ("job", "item", BEGAN, ENDED, REASON, EXPIRES)
    counts = Counter({name: number for name, number in item.items() if name not in known})
    return Deeds(trigger, item[BEGAN], item[ENDED], counts, item.get(REASON), place)
