"""Webhook events on their way out: batched, repeated, shuffled, split and late, as the real ones are."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulators.campaign_monitor.switches import Switches
from simulators.posting import TIMEOUT_SECONDS, post

LARGEST_BATCH = 1000
HANDED_OVER = range(200, 300)


@dataclass(slots=True, eq=False)
class Webhook:
    id: str
    events: list[str]
    url: str
    payload_format: str
    active: bool = True
    failures: int = 0


@dataclass(slots=True)
class Manner:
    """How deliveries stray from the straight path; probabilities are drawn with the outbox's own seed."""

    batch: int = LARGEST_BATCH
    repeat: float = 0.0  # of a delivery being posted once more after its success
    shuffle: bool = False
    split: float = 0.0  # of a batch being cut in two
    delay: float = 0.0  # of a batch waiting for the next round
    attempts: int = 5  # per batch and round
    pause: float = 0.0  # seconds between attempts

    def configure(self, settings: dict[str, Any]) -> None:
        for name, value in settings.items():
            if name not in self.__dataclass_fields__:
                raise ValueError(f"no delivery setting {name}")
            setattr(self, name, value)


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One POST that was tried."""

    list_id: str
    webhook_id: str
    url: str
    events: list[dict[str, Any]]
    status: int  # 0: no answer
    answer: str = ""


@dataclass(slots=True, eq=False)
class Batch:
    list_id: str
    hook: Webhook
    events: list[dict[str, Any]]


@dataclass(slots=True, eq=False)
class Outbox:
    """Keeps events until their endpoint has answered 2xx; `deliver` is one round over what waits."""

    switches: Switches
    manner: Manner = field(default_factory=Manner)
    random: Random = field(default_factory=lambda: Random(1))
    waiting: list[tuple[str, Webhook, dict[str, Any]]] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    late: list[Batch] = field(default_factory=list)
    in_hand: int = 0  # events of the round that is going on
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _round: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def put(self, list_id: str, hook: Webhook, event: dict[str, Any]) -> None:
        with self._lock:
            self.waiting.append((list_id, hook, event))

    def pending(self) -> int:
        """Events that no endpoint has acknowledged yet."""
        with self._lock:
            return len(self.waiting) + sum(len(batch.events) for batch in self.late) + self.in_hand

    def deliver(self) -> list[Delivery]:
        """Post everything that waits; what fails or is delayed waits for the next round."""
        with self._round:
            before = len(self.deliveries)
            for batch in self._batches():
                self._hand_over(batch)
                with self._lock:
                    self.in_hand -= len(batch.events)
            return self.deliveries[before:]

    def deliver_all(self, rounds: int = 100) -> int:
        """Deliver until nothing waits; how many events are left after so many rounds."""
        for _ in range(rounds):
            if not self.pending():
                break
            self.deliver()
        return self.pending()

    def run(self, every: float) -> Callable[[], None]:
        """Deliver in the background; the function returned ends that."""
        self._stop.clear()
        thread = threading.Thread(target=self._loop, args=(every,), daemon=True)
        thread.start()

        def end() -> None:
            self._stop.set()
            thread.join(TIMEOUT_SECONDS)

        return end

    def _loop(self, every: float) -> None:
        while not self._stop.wait(every):
            if self.pending():
                self.deliver()

    def _batches(self) -> list[Batch]:
        with self._lock:
            waiting, self.waiting = self.waiting, []
            batches, self.late = self.late, []
            self.in_hand = len(waiting) + sum(len(batch.events) for batch in batches)
        by_hook: dict[str, Batch] = {}
        for list_id, hook, event in waiting:
            by_hook.setdefault(hook.id, Batch(list_id, hook, [])).events.append(event)
        for whole in by_hook.values():
            batches += self._cut(whole)
        if self.manner.shuffle:
            self.random.shuffle(batches)
        return batches

    def _cut(self, whole: Batch) -> list[Batch]:
        events = list(whole.events)
        if self.manner.shuffle:
            self.random.shuffle(events)
        pieces = []
        while events:
            size = min(self.manner.batch, len(events))
            if size > 1 and self.random.random() < self.manner.split:
                size = self.random.randint(1, size - 1)
            pieces.append(Batch(whole.list_id, whole.hook, events[:size]))
            events = events[size:]
        return pieces

    def _hand_over(self, batch: Batch) -> None:
        if not batch.hook.active:
            return  # events of a deactivated hook are lost
        if self.random.random() < self.manner.delay or not self._tried(batch):
            with self._lock:
                self.late.append(batch)
            return
        if self.random.random() < self.manner.repeat:
            self._post(batch)

    def _tried(self, batch: Batch) -> bool:
        for attempt in range(self.manner.attempts):
            if attempt and self._stop.wait(self.manner.pause):
                return False
            if self._post(batch).status in HANDED_OVER:
                batch.hook.failures = 0
                return True
            if self._given_up(batch.hook):
                return True
        return False

    def _given_up(self, hook: Webhook) -> bool:
        hook.failures += 1
        allowed = self.switches.webhook_failures_allowed
        if allowed is not None and hook.failures > allowed:
            hook.active = False
        return not hook.active

    def _post(self, batch: Batch) -> Delivery:
        status, answer = post(batch.hook.url, {"ListID": batch.list_id, "Events": batch.events})
        made = Delivery(batch.list_id, batch.hook.id, batch.hook.url, batch.events, status, answer)
        self.deliveries.append(made)
        return made
