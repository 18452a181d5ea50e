"""Both vendors' simulators as programs beside the stack."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.programs import ROOT, Program, own_environment, running

PYTHON = ROOT / ".venv/bin/python"


@dataclass(frozen=True, slots=True)
class Vendors:
    """Where they answer, and what the registered application may show."""

    campaign_monitor: str
    lytics: str
    client_id: str
    client_secret: str
    lytics_token: str

    @property
    def parameters(self) -> dict[str, str]:
        """The stack's parameters that lead it to them."""
        return {
            "CampaignMonitorApiUrl": self.campaign_monitor,
            "CampaignMonitorClientId": self.client_id,
            "CampaignMonitorClientSecret": self.client_secret,
            "LyticsApiUrl": self.lytics,
            "LyticsApiToken": self.lytics_token,
        }


@contextmanager
def vendors(logs: Path, options: Sequence[str] = ()) -> Iterator[Vendors]:
    """Run both until the block ends; `options` go to Campaign Monitor's (see `--help`)."""
    with _simulator("campaign_monitor", logs, options) as first, _simulator("lytics", logs) as second:
        url, credentials = first.first_lines(2)
        lytics_url, token = second.first_lines(2)
        client_id, client_secret = (word.partition("=")[2] for word in credentials.split())
        yield Vendors(url, lytics_url, client_id, client_secret, token.partition("=")[2])


def _simulator(name: str, logs: Path, options: Sequence[str] = ()) -> AbstractContextManager[Program]:
    command = [str(PYTHON), "-m", f"simulators.{name}", "--port", "0", *options]
    return running(name, command, logs, own_environment())
