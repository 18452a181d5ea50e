"""Both vendors' simulators as programs beside the stack."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from local.programs import ROOT, Program, own_environment, running

PYTHON = ROOT / ".venv/bin/python"
EVERY = {"vip": 2, "at_risk": 3, "spring_buyers": 5}
"""Every how many people of the list one is in the audience: some are in several, some in none."""
CITIES = ("Oslo", "Kyoto", "Lagos", "Lima", "Ulm")
NEW = {"nora.lind": "Nora Lind", "kwame.boateng": "Kwame Boateng", "mei.tanaka": "田中 芽衣"}
"""Who is in every audience, and on no list yet."""
CITY = "City"
"""The list's field for it."""
TIMEOUT_SECONDS = 30

type Json = dict[str, Any]


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
def vendors(logs: Path, options: Sequence[str] = (), *, acquainted: bool = False) -> Iterator[Vendors]:
    """Run both until the block ends; `options` go to Campaign Monitor's (see `--help`).

    Acquainted, they have the same people: see `acquaint`.
    """
    strangers = ("--people", "0") if acquainted else ()
    with (
        _simulator("campaign_monitor", logs, options) as first,
        _simulator("lytics", logs, strangers) as second,
    ):
        url, credentials = first.first_lines(2)
        lytics_url, token = second.first_lines(2)
        client_id, client_secret = (word.partition("=")[2] for word in credentials.split())
        if acquainted:
            acquaint(url, lytics_url)
        yield Vendors(url, lytics_url, client_id, client_secret, token.partition("=")[2])


def acquaint(campaign_monitor: str, lytics: str) -> None:
    """Let Lytics know everybody on the first client's first list, and give the list a field for their cities."""
    mailing_list = asked("GET", f"{campaign_monitor}/_state")["clients"][0]["lists"][0]["id"]
    people = asked("GET", f"{campaign_monitor}/_state/lists/{mailing_list}")["subscribers"]
    field = {"action": "add_field", "list": mailing_list, "name": CITY}
    asked("POST", f"{campaign_monitor}/_control", {"do": [field]})
    asked("POST", f"{lytics}/_control", {"place": [*known(people), *unknown()]})


def known(people: Sequence[Json]) -> Iterator[Json]:
    """The list's people as Lytics knows them: each with a city, some of the active ones in audiences."""
    for number, person in enumerate(people):
        is_active = person["state"] == "Active"
        slugs = [slug for slug, every in EVERY.items() if is_active and number % every == 0]
        city = CITIES[number % len(CITIES)]
        yield {"who": person["email"], "slugs": slugs, "name": person["name"], "city": city}


def unknown() -> Iterator[Json]:
    """People whom only Lytics knows."""
    for (address, name), city in zip(NEW.items(), CITIES, strict=False):
        yield {"who": f"{address}@example.com", "slugs": list(EVERY), "name": name, "city": city}


def asked(method: str, url: str, body: Json | None = None) -> Any:
    """A simulator's answer. Raises `requests.HTTPError` when it refuses."""
    answer = requests.request(method, url, json=body, timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    return answer.json()


def _simulator(name: str, logs: Path, options: Sequence[str] = ()) -> AbstractContextManager[Program]:
    command = [str(PYTHON), "-m", f"simulators.{name}", "--port", "0", *options]
    return running(name, command, logs, own_environment())
