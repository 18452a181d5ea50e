"""A back-fill on the local stack: `python -m bench.export [--people 100000]`: calls, seconds, and what peers would need.

The people are members of one audience at the Lytics simulator and unknown to the list. Everything goes through the
local queue. Clients that add one person a call (as all that we know of do) need a call per person.
"""

import argparse
import time
from typing import Any

import requests
from rich.console import Console
from rich.table import Table

from local.connecting import connect
from local.demo import announcer
from local.programs import end_on_signals
from local.stack import Stack, answered, stack

AUDIENCE = "vip"
PEOPLE_PER_REQUEST = 5000
POLL_SECONDS = 0.5
TIMEOUT_SECONDS = 3600

type Json = dict[str, Any]


def populate(url: str, people: int) -> int:
    """Put people into the audience; return how many are in it."""
    with requests.Session() as session:
        for start in range(0, people, PEOPLE_PER_REQUEST):
            numbers = range(start, min(start + PEOPLE_PER_REQUEST, people))
            actions = [
                {"action": "enter", "who": f"p{n}@example.com", "slug": AUDIENCE, "name": f"Person {n}"}
                for n in numbers
            ]
            answered(session.post(f"{url}/_control", json={"do": actions}, timeout=300))
        state: Json = answered(session.get(f"{url}/_state", timeout=300))
        return len(state["audiences"][AUDIENCE])


def back_fill(up: Stack, people: int) -> float:
    """Export the audience with Existing Users; seconds until everybody is on the list."""
    account = connect(up.admin, "Bench")["id"]
    clients = f"/authorizations/{account}/clients"
    client = up.admin.get(clients)["items"][0]["id"]
    wanted = {
        "authorization_id": account,
        "list_id": up.admin.get(f"{clients}/{client}/lists")["items"][0]["id"],
        "audiences": [{"slug": AUDIENCE}],
        "existing_users": True,
    }
    answered(
        requests.post(f"{up.vendors.campaign_monitor}/_control", json={"forget_calls": True}, timeout=60)
    )
    began = time.monotonic()
    job = up.admin.post("/exports", wanted)["id"]
    while time.monotonic() - began < TIMEOUT_SECONDS:
        found = up.admin.get(f"/exports/{job}")
        if found["status"] == "failed" or found["counts"]["failed"]:
            raise RuntimeError(f"the export did not succeed: {found}")
        if found["counts"]["added"] >= people:
            return time.monotonic() - began
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"not done after {TIMEOUT_SECONDS} s: {found['counts']}")


def calls(url: str) -> tuple[int, int]:
    """Import calls, and all others."""
    log: Json = answered(requests.get(f"{url}/_calls", timeout=300))
    imports = sum(call["path"].endswith("/import.json") for call in log["calls"])
    return imports, int(log["total"]) - imports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000, help="100000 takes some minutes")
    given = parser.parse_args()
    console = Console()
    with stack(tell=announcer(console)) as up:
        console.print(f"putting {given.people:,} people into the audience")
        people = populate(up.vendors.lytics, given.people)
        seconds = back_fill(up, people)
        imports, others = calls(up.vendors.campaign_monitor)
    table = Table(title=f"Back-fill of {people:,} people")
    for heading in ("", "one person a call", "ours", "ratio"):
        table.add_column(heading, justify="right")
    table.add_row("import calls", f"{people:,}", f"{imports:,}", f"{people / imports:,.0f} : 1")
    table.add_row("calls for set-up and tokens", "-", f"{others:,}", "")
    table.add_row("seconds, local stack", "-", f"{seconds:,.1f}", "")
    table.add_row("people a second", "-", f"{people / seconds:,.0f}", "")
    console.print(table)


if __name__ == "__main__":
    end_on_signals()
    main()
