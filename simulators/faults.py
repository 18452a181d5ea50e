"""How a vendor misbehaves: slow, throttled, broken, silent, garbled; at a seeded rate or by a script."""

import json
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulators.http import HTML, Hangup, Request, Response

HANG_SECONDS = 3600.0
BAD_REQUEST = 400
OUTAGE_PAGE = b"<html><head><title>Server Error</title></head><body><h1>Server Error</h1></body></html>"


type Envelope = Callable[[int, int, str], object]  # of status, code and message
type Edit = Callable[[Any], Any]  # of a body


def campaign_monitor_envelope(_: int, code: int, message: str) -> object:
    return {"Code": code, "Message": message}


@dataclass(slots=True)
class Fault:
    """One way to fail; `times` calls whose method and target match `match` (a regular expression) suffer it."""

    kind: str
    match: str = ""
    times: int = 1
    after: bool = False  # the call takes effect and only then fails
    seconds: float = HANG_SECONDS
    status: int = 400
    code: int = 0
    message: str = "Scripted"
    envelope: "Envelope" = field(default=campaign_monitor_envelope, repr=False)

    def concerns(self, request: Request) -> bool:
        return self.times > 0 and re.search(self.match, f"{request.method} {request.target}") is not None


def _coded(fault: Fault, _: threading.Event) -> Response:
    return Response.of(fault.envelope(fault.status, fault.code, fault.message), fault.status)


def _throttled(fault: Fault, _: threading.Event) -> Response:
    return Response.of(fault.envelope(429, 429, "Too many requests, try again later."), 429)


def _throttled_with_headers(fault: Fault, closing: threading.Event) -> Response:
    response = _throttled(fault, closing)
    response.headers |= {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}
    return response


def _hang(fault: Fault, closing: threading.Event) -> Response:
    closing.wait(fault.seconds)
    raise Hangup


def _drop(_: Fault, __: threading.Event) -> Response:
    raise Hangup


def _outage(status: int) -> "Kind":
    return lambda _, __: Response(status, OUTAGE_PAGE, HTML)


def _broken(fault: Fault, _: threading.Event) -> Response:
    return Response.of(fault.envelope(500, 500, "Sorry, an error occurred on our side."), 500)


def _garbage(_: Fault, __: threading.Event) -> Response:
    return Response(200, b'{"Results":[{"EmailAddress":"half a rec')


Kind = Callable[[Fault, threading.Event], Response]
KINDS: Mapping[str, Kind] = {
    "429": _throttled,
    "429-headers": _throttled_with_headers,
    "500": _broken,
    "500-html": _outage(500),
    "502": _outage(502),
    "503": _outage(503),
    "504": _outage(504),
    "hang": _hang,
    "drop": _drop,
    "garbage": _garbage,
    "code": _coded,
}


@dataclass(slots=True)
class Faults:
    """What goes wrong from now on; `rates` is probability by kind (`drop-after`: takes effect, then drops)."""

    seed: int = 0
    latency: float = 0.0
    rates: dict[str, float] = field(default_factory=dict)
    match: str = ""  # rates apply to calls that match
    hang_seconds: float = HANG_SECONDS
    per_second: float | None = None  # calls beyond it are throttled
    limit_headers: bool = False
    envelope: Envelope = campaign_monitor_envelope
    suffered: dict[str, int] = field(default_factory=dict)
    _edits: list[tuple[str, Edit]] = field(default_factory=list)
    _script: list[Fault] = field(default_factory=list)
    _random: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _window: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self._random.seed(self.seed)

    def script(self, kind: str, match: str = "", **details: Any) -> None:
        """Let the next `times` (default 1) calls that match fail in that way; `kind-after` for `after=True`."""
        name, after = kind.removesuffix("-after"), kind.endswith("-after")
        if name not in KINDS:
            raise ValueError(f"no fault {kind}; choose from {', '.join(KINDS)}")
        with self._lock:
            self._script.append(Fault(name, match, after=after or details.pop("after", False), **details))

    def edit(self, match: str, change: Edit) -> None:
        """From now on change the JSON of good answers to calls that match: `change` takes the body and returns it."""
        with self._lock:
            self._edits.append((match, change))

    def edited(self, request: Request, response: Response) -> Response:
        """The answer as it is to be told."""
        for match, change in self._edits:
            if response.status < BAD_REQUEST and re.search(match, f"{request.method} {request.target}"):
                body = json.dumps(change(json.loads(response.body)))
                response = replace(response, body=body.encode())
        return response

    def clear(self) -> None:
        """Be well again."""
        with self._lock:
            self._script.clear()
            self._edits.clear()
            self.latency, self.per_second = 0.0, None
            self.rates = {}

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Apply what a control message says: our public attributes, and `script`: a list of faults."""
        for name, value in settings.items():
            if name == "clear":
                self.clear()
            elif name == "script":
                for details in value:
                    self.script(**details)
            elif name.startswith("_") or not hasattr(self, name):
                raise ValueError(f"no fault setting {name}")
            else:
                setattr(self, name, value)

    def next_for(self, request: Request) -> Fault | None:
        """The fault that this call suffers, if any."""
        with self._lock:
            fault = self._scripted(request) or self._overrun() or self._by_rate(request)
            if fault:
                fault.envelope = self.envelope
                self.suffered[fault.kind] = self.suffered.get(fault.kind, 0) + 1
            return fault

    def _scripted(self, request: Request) -> Fault | None:
        for fault in self._script:
            if fault.concerns(request):
                fault.times -= 1
                return fault
        return None

    def _overrun(self) -> Fault | None:
        if self.per_second is None:
            return None
        second = int(time.monotonic())
        start, count = self._window
        self._window = (second, count + 1 if start == second else 1)
        if self._window[1] <= self.per_second:
            return None
        return Fault("429-headers" if self.limit_headers else "429")

    def _by_rate(self, request: Request) -> Fault | None:
        if not self.rates or not re.search(self.match, f"{request.method} {request.target}"):
            return None
        drawn = self._random.random()
        for kind, rate in self.rates.items():
            if drawn < rate:
                return Fault(
                    kind.removesuffix("-after"), after=kind.endswith("-after"), seconds=self.hang_seconds
                )
            drawn -= rate
        return None


def answer_with(
    faults: Faults, answer: Callable[[Request], Response], request: Request, closing: threading.Event
) -> Response:
    """Answer a call, or fail it as the faults demand."""
    if faults.latency:
        closing.wait(faults.latency)
    fault = faults.next_for(request)
    if fault is None:
        return faults.edited(request, answer(request))
    if fault.after:
        answer(request)
    return KINDS[fault.kind](fault, closing)
