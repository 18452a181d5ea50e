"""Everything of one simulated vendor: the account, what goes wrong, and which calls arrived."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from simulators.campaign_monitor.actions import Actions
from simulators.campaign_monitor.clock import Clock
from simulators.campaign_monitor.generator import SCENARIOS, World, populate
from simulators.campaign_monitor.grants import SCOPES, Application, Grant, Tokens
from simulators.campaign_monitor.model import Account, Client, MailingList
from simulators.campaign_monitor.switches import Switches
from simulators.faults import Faults


@dataclass(frozen=True, slots=True)
class Logged:
    """One call that arrived; status 0 when the connection was cut."""

    method: str
    path: str
    query: dict[str, str]
    status: int


class Vendor(Actions):
    """An account with its clock, switches, faults and log; nothing is served yet."""

    def __init__(
        self,
        *,
        seed: int = 1,
        scenario: str | World = "tiny",
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
        self._end_deliveries: Callable[[], None] | None = None
        populate(self.account, SCENARIOS[scenario] if isinstance(scenario, str) else scenario)

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

    def call_log(self) -> list[dict[str, Any]]:
        return [asdict(call) for call in list(self.calls)]
