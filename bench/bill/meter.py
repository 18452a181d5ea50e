"""Hears every call that the functions of a stack make, and adds up by function what AWS would count.

It stands between the product in this process and its emulator of AWS (`tests/aws/stack.py`).
"""

import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from bench.bill import units
from bench.bill.prices import BATCH_SECONDS, CALL_SECONDS, EVENT_OF_LOG, SQS_CHUNK, VENDOR_SECONDS
from tests.aws.stack import Stack

SERVERS = ("process_request", "serve_forever")
"""Threads of the simulators and of the gateway: no function's."""
SINGLE = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "SendMessage")
TEN = 10
"""Messages that SQS gives, takes and forgets in one request."""
USUAL_MEMORY = 512
OVER_HTTP = "http"
KEPT = 30
"""Samples of each operation."""

type Json = dict[str, Any]


@dataclass
class Use:
    """What one function has used. Times are seconds, `memory` is MB; units are by table."""

    memory: int = USUAL_MEMORY
    invocations: int = 0
    processor: float = 0.0
    waiting: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    sqs: int = 0
    posts: int = 0
    vendor: int = 0
    log_bytes: int = 0


class Tally:
    """Stands for the standard output, and counts what a function logs."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, text: str) -> int:
        self.bytes += len(text.encode()) + EVENT_OF_LOG * text.count("\n")
        return len(text)

    def flush(self) -> None: ...


class Meter:
    """`uses` is by function, `samples` are calls and their answers by operation."""

    def __init__(self) -> None:
        self.uses: dict[str, Use] = defaultdict(Use)
        self.samples: dict[tuple[str, str], list[tuple[Json, Json]]] = defaultdict(list)
        self._stack: Any = None
        self._now: Use | None = None
        self._stand_in, self._together = 0.0, 0
        self._lock = threading.Lock()
        self._log = Tally()

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """Count how many calls the functions' threads make at once, and what is logged."""
        each = ThreadPoolExecutor.map
        together = {"map": lambda pool, *work: self._phase(pool, each(pool, *work))}
        with _replaced([(ThreadPoolExecutor, together), (sys, {"stdout": self._log})]):
            yield

    def attach(self, stack: Stack) -> None:
        """Hear what the stack's functions do from now on, and what they ask AWS for."""
        self._stack, look_up, answer = stack, stack.handler_at, stack.quick.answer
        stack.handler_at = lambda path: self._counted(path, look_up(path))
        stack.quick.answer = lambda *call: self._answer(answer, *call)  # type: ignore[method-assign]

    def reset(self) -> None:
        """Count from zero."""
        self.uses.clear()
        self.samples.clear()

    def _counted(self, path: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        def call(event: Json, context: Any) -> Any:
            use = self._use_of(path)
            before = (processor(), self._stand_in, self._log.bytes, len(self._stack.vendor.calls))
            self._now = use
            try:
                return handler(event, context)
            finally:
                self._now = None
                use.invocations += 1
                use.processor += processor() - before[0] - (self._stand_in - before[1])
                use.log_bytes += self._log.bytes - before[2]
                asked = len(self._stack.vendor.calls) - before[3]
                use.vendor += asked
                use.waiting += asked * VENDOR_SECONDS
                use.posts += "httpMethod" in event
                use.sqs += taken(event.get("Records", []))

        return call

    def _use_of(self, path: str) -> Use:
        deployment = self._stack.deployment
        for name in deployment.of_type("AWS::Serverless::Function"):
            properties = deployment.properties(name)
            if properties["Handler"] == path:
                self.uses[name].memory = properties.get("MemorySize", USUAL_MEMORY)
                return self.uses[name]
        raise LookupError(path)

    def _phase(self, pool: Any, results: Iterable[Any]) -> Iterator[Any]:
        """Calls of many threads wait together, as many at once as there are threads."""
        self._together = 0
        found = list(results)
        if self._now is not None:
            self._now.waiting += -(-self._together // pool._max_workers) * BATCH_SECONDS  # noqa: SLF001
        return iter(found)

    def _answer(
        self, answer: Callable[..., Any], service: str, operation: str, params: Json, *more: Any
    ) -> Any:
        if self._now is None:
            return answer(service, operation, params, *more)
        began, database = time.thread_time(), self._stack.quick.dynamodb
        places = list(units.touched(database, operation, params)) if service == "dynamodb" else []
        before = units.sizes(database, places)
        response, parsed = answer(service, operation, params, *more)
        after = units.sizes(database, places)
        with self._lock:
            self._note(self._now, f"{service} {operation}")
            self._keep((service, operation), params, parsed)
            for one, *size in zip(places, before, after, strict=True):
                counts = self._now.writes if one.is_write else self._now.reads
                counts[one.table] += units.cost(one, *size)  # type: ignore[assignment]
            if operation in ("Query", "Scan"):
                self._now.reads[params["TableName"]] += units.cost_of_pages(database, params, parsed)  # type: ignore[assignment]
            self._now.sqs += sent(operation, params)
            self._stand_in += 0 if is_server() else time.thread_time() - began
        return response, parsed

    def _note(self, use: Use, call: str) -> None:
        """Count a call: made by the function's one thread, by one of many, or over HTTP, where it has paid for HTTP."""
        use.calls[f"{OVER_HTTP} {call}" if is_server() else call] += 1
        if threading.current_thread() is not threading.main_thread() and not is_server():
            self._together += 1
        else:
            use.waiting += CALL_SECONDS if call.split()[1] in SINGLE else BATCH_SECONDS

    def _keep(self, operation: tuple[str, str], params: Json, parsed: Json) -> None:
        """Samples of all sizes: of few calls each, then ever rarer ones."""
        kept, asked = (
            self.samples[operation],
            sum(use.calls[" ".join(operation)] for use in self.uses.values()),
        )
        if len(kept) < KEPT or asked & (asked - 1) == 0:
            kept.append((params, deepcopy(parsed)))  # a table of boto3's resources changes what it gets


@contextmanager
def _replaced(seams: Sequence[tuple[Any, Mapping[str, Any]]]) -> Iterator[None]:
    """Attributes of modules and classes, replaced for a while."""
    before = [(place, name, getattr(place, name)) for place, others in seams for name in others]
    for place, others in seams:
        for name, other in others.items():
            setattr(place, name, other)
    try:
        yield
    finally:
        for place, name, value in before:
            setattr(place, name, value)


def is_server(thread: threading.Thread | None = None) -> bool:
    return any(word in (thread or threading.current_thread()).name for word in SERVERS)


def processor() -> float:
    """Seconds of processor time of all threads but those of the stand-ins' servers."""
    clocks = [
        time.pthread_getcpuclockid(thread.ident)
        for thread in threading.enumerate()
        if thread.ident and not is_server(thread)
    ]
    return sum(map(time.clock_gettime, clocks))


def taken(records: list[Json]) -> int:
    """SQS requests that give a batch to Lambda, and that forget it."""
    gives = -(-sum(len(record["body"]) for record in records) // SQS_CHUNK)
    return max(gives, -(-len(records) // TEN)) + -(-len(records) // TEN)


def sent(operation: str, params: Json) -> int:
    """SQS requests of a call that sends."""
    entries = {"SendMessage": [params], "SendMessageBatch": params.get("Entries", [])}.get(operation, [])
    return -(-sum(len(entry["MessageBody"]) for entry in entries) // SQS_CHUNK) if entries else 0
