"""The turns in which workers call Campaign Monitor: as many at once as an account's pace allows.

One item per account in the jobs table: `{width, strikes, credit, quiet_until, silent_since, heard, leases:
{id: until}, rev}`; times are epoch seconds. `silent_since` is when the first of the calls was made of which
none was answered, `heard` the error of the last: who finds no turn is told, and can say when and why to give
up. A lease that a dead worker left expires.

While all is well a call costs two updates of the item that stand in nobody's way: one adds the lease if there
are fewer than the width, one takes it out again. What is learned moves `rev`, and is written only if `rev` is
as it was read.
"""

from __future__ import annotations

import time
import uuid
from contextlib import closing, contextmanager, suppress
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from lytics_cm.aside import aside
from lytics_cm.dynamodb import tried
from lytics_cm.errors import RateLimited, Throttled, TransientError
from lytics_cm.pacing import PaceState, taught_by
from lytics_cm.store.schema import PACE, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from mypy_boto3_dynamodb.service_resource import Table

LEASE_SECONDS = 180
"""Longer than any call may take (`vendor_http.SLOW_READ_SECONDS`)."""
SLOW_SECONDS = 20
"""A call that takes longer says that the vendor has enough to do."""
TURN_WAIT_SECONDS = 6
"""Seconds that a worker waits for a turn before it puts its task back, unless it says otherwise."""
CONFLICT_TRIES = 10
QUIET = "calls to Campaign Monitor are paused"
BUSY = "as many calls as may be are under way"


class NoTurn(RateLimited):
    """The account's other calls stand in the way; nothing was asked, so nothing has failed."""

    is_attempt = False


class Silence(NoTurn):
    """The account keeps quiet, because the vendor asked for it or does not answer."""


type Learning = Callable[[PaceState, float], PaceState]
"""What a call teaches: the state and the time (epoch seconds) go in."""


class Pace:
    """Turns for all accounts; `most` is the parameter MaxParallelCalls, `wait_seconds` how long to wait."""

    def __init__(self, table: Table, most: int, wait_seconds: float = TURN_WAIT_SECONDS) -> None:
        self._table = table.name
        self._client = table.meta.client  # threads may share a client, but no table
        self._most = most
        self._wait_seconds = wait_seconds

    @contextmanager
    def turn(self, authorization_id: str) -> Iterator[None]:
        """Hold a turn while calling.

        Raises `NoTurn` when the account is to keep quiet or nobody gives way.
        """
        with closing(self.ahead()) as turn, turn.held(authorization_id):
            yield

    def ahead(self, authorization_id: str = "") -> Turn:
        """A turn that is asked for from now on, if it is known of which account. Close it in the end."""
        return Turn(self, authorization_id)

    def take(self, authorization_id: str, lease: str) -> None:
        """Wait for a turn. Raises `NoTurn`."""
        deadline = time.time() + self._wait_seconds
        if self._join(authorization_id, lease):
            return
        while True:
            state, now = self._read(authorization_id), time.time()
            if lease in state.leases:
                return  # it was added, and the answer got lost
            silence = max(0.0, state.quiet_until - now)
            if not silence and state.has_room(now):
                self._make_room(authorization_id, state, now)
                if self._join(authorization_id, lease):
                    return
            if now + silence > deadline:
                quiet = f"{QUIET}: {state.heard}" if state.heard else QUIET
                error = Silence(quiet, silence) if silence else NoTurn(BUSY, SystemRandom().uniform(1, 3))
                error.silent_since = state.silence
                raise error
            time.sleep(silence + SystemRandom().uniform(0.02, 0.3))

    def give_back(self, authorization_id: str, lease: str) -> None:
        """Let others take the turn after a call that went well. If nobody can be told, the lease expires."""
        with suppress(Throttled):
            state = self.leave(authorization_id, lease)
            if state and not state.is_calm(self._most):
                self._learn(authorization_id, lease, lambda state, _: state.gone_well(self._most))

    def give_back_wiser(self, authorization_id: str, lease: str, learning: Learning) -> int:
        """The same after any other call; since when nobody was answered (epoch ms), 0 if somebody was."""
        with suppress(Throttled):
            return self._learn(authorization_id, lease, learning)
        return 0

    def _learn(self, authorization_id: str, lease: str, learning: Learning) -> int:
        for _ in range(CONFLICT_TRIES):
            before = self._read(authorization_id)
            learned = learning(before, time.time())
            if self._write(authorization_id, lease, before, learned):
                return learned.silence
            time.sleep(SystemRandom().uniform(0, 0.05))
        return 0  # the lease expires, and the next call learns what this one did

    def _join(self, authorization_id: str, lease: str) -> PaceState | None:
        """Add a lease, if there are fewer than may be, expired ones included, and nobody keeps quiet."""
        now = time.time()
        return self._update(
            authorization_id,
            UpdateExpression="SET leases.#lease = :until",
            ConditionExpression="size(leases) < width AND size(leases) < :most AND quiet_until <= :now",
            ExpressionAttributeNames={"#lease": lease},
            ExpressionAttributeValues={
                ":until": int(now + LEASE_SECONDS),
                ":most": self._most,
                ":now": int(now),
            },
        )

    def leave(self, authorization_id: str, lease: str) -> PaceState | None:
        """Give the turn back without learning anything; None when it had expired."""
        return self._update(
            authorization_id,
            UpdateExpression="REMOVE leases.#lease",
            ConditionExpression="attribute_exists(leases.#lease)",
            ExpressionAttributeNames={"#lease": lease},
        )

    def _make_room(self, authorization_id: str, state: PaceState, now: float) -> None:
        """Take out leases that have expired, or make the account's item.

        Whoever else does the same does no harm.
        """
        if not state.rev:
            self._create(authorization_id, state)
        elif expired := {f"#{number}": lease for number, lease in enumerate(state.expired(now))}:
            self._update(
                authorization_id,
                UpdateExpression=f"REMOVE {', '.join(f'leases.{name}' for name in expired)}",
                ConditionExpression="attribute_exists(leases)",
                ExpressionAttributeNames=expired,
            )

    def _write(self, authorization_id: str, lease: str, before: PaceState, learned: PaceState) -> bool:
        """Write what was learned and take out the lease, if nothing was learned since `before` was read."""
        values = learned.stored() | {"rev": before.rev + 1}
        updated = self._update(
            authorization_id,
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in values)} REMOVE leases.#lease",
            ConditionExpression="rev = :before",
            ExpressionAttributeNames={"#lease": lease, **{f"#{name}": name for name in values}},
            ExpressionAttributeValues={
                ":before": before.rev,
                **{f":{name}": value for name, value in values.items()},
            },
        )
        return updated is not None

    def _read(self, authorization_id: str) -> PaceState:
        answer = self._client.get_item(TableName=self._table, Key=_key(authorization_id), ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return PaceState.of(item, self._most) if item else PaceState(width=self._most, leases={})

    def _create(self, authorization_id: str, state: PaceState) -> None:
        item = {**_key(authorization_id), **state.stored(), "leases": {}, "rev": 1}
        put = self._client.put_item
        tried(put, TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(rev)")

    def _update(self, authorization_id: str, **how: Any) -> PaceState | None:
        """The state after an update; None when its condition does not hold."""
        key = _key(authorization_id)
        answer = tried(
            self._client.update_item, TableName=self._table, Key=key, ReturnValues="ALL_NEW", **how
        )
        return PaceState.of(answer["Attributes"], self._most) if answer else None


class Turn:
    """One turn of an account: asked for at once if it is known, held while calling, given back aside.

    Who made it closes it: that waits until it is given back, also when it was asked for and never held.
    """

    def __init__(self, pace: Pace, authorization_id: str = "") -> None:
        self._pace = pace
        self._of = (authorization_id, uuid.uuid4().hex[:12])
        self._asked = aside(partial(pace.take, *self._of)) if authorization_id else None
        self._given: Future[None] | None = None

    @contextmanager
    def held(self, authorization_id: str) -> Iterator[None]:
        """Hold it while calling, once.

        Raises `NoTurn`; the vendor's errors are told since when nobody was answered.
        """
        self._of = (authorization_id, self._of[1])
        self._wait()
        started = time.time()
        try:
            yield
        except BaseException as error:
            since = self._pace.give_back_wiser(
                *self._of, partial(taught_by, error, is_slow=_is_slow(started))
            )
            if isinstance(error, TransientError):
                error.silent_since = since
            raise
        if _is_slow(started):
            self._pace.give_back_wiser(*self._of, lambda state, _: state.slowed().answered())
        else:
            self._given = aside(partial(self._pace.give_back, *self._of))

    def _wait(self) -> None:
        asked, self._asked = self._asked, None
        if asked:
            asked.result()
        else:
            self._pace.take(*self._of)

    def close(self) -> None:
        """Wait until the turn is given back."""
        if self._asked:
            with suppress(TransientError):
                self._wait()
                self._pace.leave(*self._of)
        if self._given:
            self._given.result()


def _is_slow(started: float) -> bool:
    return time.time() - started > SLOW_SECONDS


def _key(authorization_id: str) -> dict[str, Any]:
    return key_of(PACE.of(authorization_id), "pace")
