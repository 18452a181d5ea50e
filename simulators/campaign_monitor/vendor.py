"""Campaign Monitor on a loopback port, with its state at hand: `with CampaignMonitor(seed=1) as vendor: ...`."""

import gzip
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from random import Random
from types import TracebackType
from typing import Any, Self

from simulators.campaign_monitor import oauth
from simulators.campaign_monitor.actions import Actions
from simulators.campaign_monitor.calls import answer
from simulators.campaign_monitor.clock import Clock
from simulators.campaign_monitor.control import Control
from simulators.campaign_monitor.generator import SCENARIOS, World, populate
from simulators.campaign_monitor.grants import SCOPES, Application, Grant, Tokens
from simulators.campaign_monitor.model import Account, Client, MailingList
from simulators.campaign_monitor.switches import Switches
from simulators.faults import Faults, answer_with
from simulators.http import Request, Response, Server

SMALLEST_ZIPPED = 1000


@dataclass(frozen=True, slots=True)
class Logged:
    """One call that arrived; status 0 when the connection was cut."""

    method: str
    path: str
    query: dict[str, str]
    status: int


class CampaignMonitor(Actions):
    """The whole vendor; state may be read and changed directly, under `account.lock` while it serves."""

    def __init__(
        self,
        *,
        seed: int = 1,
        scenario: str | World = "tiny",
        port: int = 0,
        redirect_uris: tuple[str, ...] = (),
        clock: Clock | None = None,
    ) -> None:
        self.random = Random(seed)
        application = Application(f"{100_000 + seed}", f"secret+/{seed:08d}=", list(redirect_uris))
        api_key = f"{self.random.getrandbits(192):048x}"
        super().__init__(Account(self.random, clock or Clock(), Switches(), application, api_key))
        self.faults = Faults(seed)
        self.calls: list[Logged] = []
        self.parallel, self.peak_parallel = 0, 0
        self._counting = threading.Lock()
        self._port = port
        self._server: Server | None = None
        self._end_deliveries: Callable[[], None] | None = None
        self._control = Control(self)
        populate(self.account, SCENARIOS[scenario] if isinstance(scenario, str) else scenario)

    def __enter__(self) -> Self:
        self._server = Server(self._answer, self._port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_delivering()
        if self._server:
            self._server.close()

    @property
    def url(self) -> str:
        """The origin, to which `/oauth` and `/api/v3.3` are appended."""
        if self._server is None:
            raise RuntimeError("the vendor serves only inside its `with` block")
        return self._server.url

    @property
    def switches(self) -> Switches:
        return self.account.switches

    @property
    def clock(self) -> Clock:
        return self.account.clock

    @property
    def clients(self) -> list[Client]:
        return list(self.account.clients.values())

    @property
    def lists(self) -> list[MailingList]:
        return list(self.account.lists())

    @property
    def client_id(self) -> str:
        return self.account.application.client_id

    @property
    def client_secret(self) -> str:
        return self.account.application.client_secret

    def tokens(self, *scopes: str, client_ids: frozenset[str] | None = None) -> Tokens:
        """Give tokens without the dance: all scopes when none is named."""
        return self.account.grants.issue(Grant(frozenset(scopes or SCOPES), client_ids))

    def calls_to(self, part: str, method: str | None = None) -> list[Logged]:
        """The calls whose path contains this text."""
        return [call for call in self.calls if part in call.path and method in (None, call.method)]

    def counts(self) -> dict[str, int]:
        """Calls by status."""
        found: dict[str, int] = {}
        for call in list(self.calls):
            found[str(call.status)] = found.get(str(call.status), 0) + 1
        return found

    def deliver_in_background(self, every: float = 0.1) -> None:
        """Keep posting webhook events until the vendor is closed."""
        self.stop_delivering()
        self._end_deliveries = self.account.outbox.run(every)

    def stop_delivering(self) -> None:
        if self._end_deliveries:
            self._end_deliveries()
            self._end_deliveries = None

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/_"):
            return self._control.answer(request)
        status = 0
        self._count(1)
        try:
            response = self._served(request)
            status = response.status
        finally:
            self._count(-1)
            self.calls.append(Logged(request.method, request.path, request.query, status))
        return self._zipped(request, response)

    def _served(self, request: Request) -> Response:
        if self._server is None:
            raise RuntimeError("not serving")
        if request.path == "/oauth":
            return oauth.authorize(self.account, request)
        return answer_with(self.faults, self._api, request, self._server.closing)

    def _api(self, request: Request) -> Response:
        if request.path == "/oauth/token" and request.method == "POST":
            return oauth.token(self.account, request)
        return answer(self.account, request)

    def _count(self, step: int) -> None:
        with self._counting:
            self.parallel += step
            self.peak_parallel = max(self.peak_parallel, self.parallel)

    def _zipped(self, request: Request, response: Response) -> Response:
        wanted = self.switches.gzip and "gzip" in request.headers.get("accept-encoding", "")
        if wanted and len(response.body) > SMALLEST_ZIPPED:
            response.body = gzip.compress(response.body, 1)
            response.headers["Content-Encoding"] = "gzip"
        return response

    def call_log(self) -> list[dict[str, Any]]:
        return [asdict(call) for call in list(self.calls)]
