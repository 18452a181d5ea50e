"""Campaign Monitor on a loopback port, with its state at hand: `with CampaignMonitor(seed=1) as vendor: ...`."""

import gzip
import threading
from types import TracebackType
from typing import Any, Self

from simulators.campaign_monitor import oauth
from simulators.campaign_monitor.calls import answer
from simulators.campaign_monitor.control import Control
from simulators.campaign_monitor.vendor import Logged, Vendor
from simulators.faults import answer_with
from simulators.http import Request, Response, Server

SMALLEST_ZIPPED = 1000


class CampaignMonitor(Vendor):
    """The whole vendor; state may be read and changed directly, under `account.lock` while it serves."""

    def __init__(self, *, port: int = 0, **world: Any) -> None:
        super().__init__(**world)
        self._counting = threading.Lock()
        self._port = port
        self._server: Server | None = None
        self._control = Control(self)

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
