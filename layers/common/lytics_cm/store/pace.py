"""How many calls to Campaign Monitor may run at once for one account, over all workers that take turns, and when to keep quiet.

Each call takes a turn. There are as many turns as the account's *width*: at most the parameter `MaxParallelCalls`,
halved by every 429 and by calls that take very long, and growing by one after each round of calls that went well.
After a 429 everybody keeps quiet: as long as the vendor asks, or twice as long as the last time. Campaign Monitor
documents no limit outside its transactional API and sends no headers with most 429s (API reference 1.6). So too after
a call without an answer (5xx, time-out, broken connection), or each of a run's thousand pages would ask all through an
outage; one good call ends it.

One item per account in the jobs table: `{width, strikes, credit, quiet_until, silent_since, heard, leases: {id: until}, rev}`;
times are epoch seconds. `silent_since` is when the first of the calls was made of which none was answered, `heard` the
error of the last: who finds no turn is told, and can say when and why to give up. A lease that a dead worker left expires.
"""

from __future__ import annotations

import math
import random
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lytics_cm.errors import RateLimited, Unavailable
from lytics_cm.patience import FEWEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb.service_resource import Table

LEASE_SECONDS = 180
"""Longer than any call may take (`wire.SLOW_READ`)."""
SLOW_SECONDS = 20
"""A call that takes longer says that the vendor has enough to do."""
ROUNDS_TO_GROW = 4
LONGEST_QUIET = 60
LONGEST_OUTAGE = 900
"""Seconds of silence at most after a 429, and when nothing is answered: an outage costs a call in a quarter of an hour."""
MOST_STRIKES = 10
PATIENCE = 6
"""Seconds that a worker waits for a turn before it puts its task back, unless it says otherwise."""
CONFLICT_TRIES = 10
MOST_WORDS = 500
"""Characters of the vendor's words that are kept for those who find no turn."""
QUIET = "calls to Campaign Monitor are paused"
BUSY = "as many calls as may be are under way"


class NoTurn(RateLimited):
    """The account's other calls stand in the way; nothing was asked, so nothing has failed."""

    is_attempt = False


class Silence(NoTurn):
    """The account keeps quiet, because the vendor asked for it or does not answer."""


@dataclass(frozen=True, slots=True)
class State:
    """The pace of one account; all changes are pure."""

    width: float
    leases: dict[str, float]
    strikes: int = 0
    credit: int = 0
    quiet_until: float = 0
    silent_since: float = 0
    heard: str = ""
    rev: int = 0

    def live(self, now: float) -> dict[str, float]:
        return {lease: until for lease, until in self.leases.items() if until > now}

    def has_room(self, now: float) -> bool:
        return len(self.live(now)) < max(1, int(self.width))

    def taken(self, lease: str, now: float) -> State:
        return replace(self, leases={**self.live(now), lease: now + LEASE_SECONDS})

    def given_back(self, lease: str, now: float) -> State:
        return replace(self, leases={name: until for name, until in self.live(now).items() if name != lease})

    def gone_well(self, most: int) -> State:
        """One more call that went well: after a few rounds of them there is room for one more at once."""
        credit = self.credit + 1
        if credit < ROUNDS_TO_GROW * self.width:
            return replace(self.answered(), credit=credit, strikes=0)
        return replace(self.answered(), credit=0, strikes=0, width=min(most, self.width + 1))

    @property
    def silence(self) -> int:
        """Since when nobody was answered (epoch ms); 0 when somebody was, or few have asked."""
        return int(self.silent_since * 1000) if self.strikes >= FEWEST else 0

    def answered(self) -> State:
        """A call that was answered, be it by a refusal for good."""
        return replace(self, silent_since=0, heard="")

    def slowed(self) -> State:
        return replace(self, credit=0, width=max(1, self.width // 2))

    def refused(
        self, now: float, retry_after: float | None, longest: float = LONGEST_QUIET, words: str = ""
    ) -> State:
        """A 429, or no answer at all: half as many at once, after a silence of `longest` seconds at most."""
        pause = min(longest, retry_after if retry_after is not None else 2.0**self.strikes)
        strikes = min(self.strikes + 1, MOST_STRIKES)
        return replace(
            self.slowed(),
            strikes=strikes,
            quiet_until=max(self.quiet_until, now + pause),
            silent_since=self.silent_since or now,
            heard=words[:MOST_WORDS],
        )


class Pace:
    """Turns for all accounts; `most` is the parameter MaxParallelCalls, `patience` how long to wait, in seconds."""

    def __init__(self, table: Table, most: int, patience: float = PATIENCE) -> None:
        self._table = table
        self._most = most
        self._patience = patience

    @contextmanager
    def turn(self, authorization_id: str) -> Iterator[None]:
        """Hold a turn while calling. Raises `NoTurn` when the account is to keep quiet or nobody gives way."""
        lease = uuid.uuid4().hex[:12]
        self._take(authorization_id, lease)
        started = time.time()
        try:
            yield
        except RateLimited as error:
            wish, words = error.retry_after, str(error)
            error.silent_since = self._give_back(
                authorization_id, lease, lambda state, now: state.refused(now, wish, words=words)
            )
            raise
        except Unavailable as error:
            words = str(error)
            error.silent_since = self._give_back(
                authorization_id, lease, lambda state, now: state.refused(now, None, LONGEST_OUTAGE, words)
            )
            raise
        except BaseException:
            slow = time.time() - started > SLOW_SECONDS
            self._give_back(
                authorization_id, lease, lambda state, _: (state.slowed() if slow else state).answered()
            )
            raise
        slow = time.time() - started > SLOW_SECONDS
        most = self._most
        self._give_back(
            authorization_id,
            lease,
            lambda state, _: state.slowed().answered() if slow else state.gone_well(most),
        )

    def _take(self, authorization_id: str, lease: str) -> None:
        deadline = time.time() + self._patience
        while True:
            state, now = self._read(authorization_id), time.time()
            silence = max(0.0, state.quiet_until - now)
            is_free = not silence and state.has_room(now)
            if is_free and self._write(authorization_id, state, state.taken(lease, now)):
                return
            if now + silence > deadline:
                quiet = f"{QUIET}: {state.heard}" if state.heard else QUIET
                error = Silence(quiet, silence) if silence else NoTurn(BUSY, random.uniform(1, 3))  # noqa: S311 - jitter
                error.silent_since = state.silence
                raise error
            time.sleep(silence + random.uniform(0.02, 0.3))  # noqa: S311 - jitter

    def _give_back(self, authorization_id: str, lease: str, learn: Callable[[State, float], State]) -> int:
        """Let others take the turn and learn from it; since when nobody was answered (epoch ms), 0 if somebody was."""
        for _ in range(CONFLICT_TRIES):
            state, now = self._read(authorization_id), time.time()
            learned = learn(state, now).given_back(lease, now)
            if self._write(authorization_id, state, learned):
                return learned.silence
            time.sleep(random.uniform(0, 0.05))  # noqa: S311 - jitter
        return (
            0  # nobody could be told: the lease expires by itself, and the next call learns what this one did
        )

    def _read(self, authorization_id: str) -> State:
        item = self._table.get_item(Key=_key(authorization_id), ConsistentRead=True).get("Item")
        if item is None:
            return State(width=self._most, leases={})
        numbers: dict[str, Any] = item
        return State(
            width=min(float(numbers["width"]), self._most),
            leases={name: float(until) for name, until in numbers["leases"].items()},
            strikes=int(numbers["strikes"]),
            credit=int(numbers["credit"]),
            quiet_until=float(numbers["quiet_until"]),
            silent_since=float(numbers.get("silent_since", 0)),
            heard=str(numbers.get("heard", "")),
            rev=int(numbers["rev"]),
        )

    def _write(self, authorization_id: str, before: State, after: State) -> bool:
        item = {
            **_key(authorization_id),
            "width": int(after.width),
            "leases": {name: int(until) for name, until in after.leases.items()},
            "strikes": after.strikes,
            "credit": after.credit,
            "quiet_until": math.ceil(after.quiet_until),
            "silent_since": math.ceil(after.silent_since),
            "heard": after.heard,
            "rev": before.rev + 1,
        }
        try:
            self._table.put_item(
                Item=item,
                ConditionExpression="attribute_not_exists(rev) OR rev = :rev",
                ExpressionAttributeValues={":rev": before.rev},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _key(authorization_id: str) -> dict[str, Any]:
    return {"job": f"pace#{authorization_id}", "item": "pace"}
