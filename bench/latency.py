"""From a webhook's POST to the visible profile on the local stack: `python -m bench.latency [--posts 60]`.

One event a POST and a new person each; the profile's route is asked until it knows the person. One after the other, so
nothing waits for anything but its own way.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

import requests
from rich.console import Console
from rich.table import Table

from bench.beside.ours import Vendor
from local.connecting import choose, connect
from local.demo import announcer
from local.programs import end_on_signals
from local.stack import Api, Stack, stack

QUIET = ("--clients", "1", "--lists", "1", "--subscribers", "3", "--campaigns", "0", "--activity", "0")
WARMING = 3
"""POSTs before the measured ones: cold starts are `bench.cold_starts`' business."""
TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.005
BOUNDS = (
    "Bounded by this machine's stand-ins, not by the product: a read through the gateway and the authorizer is the grain of "
    "what can be seen, and one process is gateway, DynamoDB, SQS and its poller. In AWS the queue's own polling takes their place."
)


def hooked(up: Stack) -> tuple[str, str]:
    """Start an import and wait for its end; the URL of its webhook, and the list that it is of."""
    authorization = connect(up.admin, "Bench")["id"]
    client, lists = choose(up.admin, authorization)
    body = {"authorization_id": authorization, "client_id": client["id"], "list_ids": [lists[0]["id"]]}
    job = up.admin.post("/imports", body)
    while up.admin.get(f"/imports/{job['id']}")["status"] == "running":
        time.sleep(0.2)
    (found,) = Vendor(up.vendors.campaign_monitor).state()["clients"][0]["lists"]
    return found["webhooks"][0]["url"], found["id"]


def post(session: requests.Session, url: str, list_id: str, email: str) -> None:
    """Tell of somebody who subscribed, as Campaign Monitor does."""
    event = {"Type": "Subscribe", "Date": "2026-03-05 14:30:00", "EmailAddress": email, "Name": "Jane"}
    session.post(url, json={"ListID": list_id, "Events": [event]}, timeout=TIMEOUT_SECONDS).raise_for_status()


def is_known(admin: Api, email: str) -> bool:
    return admin.call("GET", f"/profiles/{email}").ok


def followed(admin: Api, session: requests.Session, target: tuple[str, str], email: str) -> list[float]:
    """Seconds until the POST was answered, until the profile was there, and of one more read of it."""
    url, list_id = target
    began = time.perf_counter()
    post(session, url, list_id, email)
    answered = time.perf_counter()
    while not is_known(admin, email):
        if time.perf_counter() - began > TIMEOUT_SECONDS:
            raise TimeoutError(f"a profile was not there after {TIMEOUT_SECONDS} s")
        time.sleep(POLL_SECONDS)
    visible = time.perf_counter()
    is_known(admin, email)
    return [answered - began, visible - began, time.perf_counter() - visible]


def table(found: Sequence[Sequence[float]]) -> Table:
    """Median and 95th percentile of each column of `found`."""
    made = Table("", "median ms", "95th percentile ms", title=f"{len(found)} POSTs", title_justify="left")
    names = ("POST until its answer", "POST until the profile is visible", "a read of a profile, alone")
    for name, column in zip(names, zip(*found, strict=True), strict=True):
        late = statistics.quantiles(column, n=20)[-1]
        made.add_row(name, f"{statistics.median(column) * 1000:.0f}", f"{late * 1000:.0f}")
    return made


def main() -> None:
    """Measure on a stack of its own and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--posts", type=int, default=60)
    posts = parser.parse_args().posts
    end_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    with stack(QUIET, tell=announcer(console)) as up, requests.Session() as session:
        target, admin = hooked(up), up.admin
        emails = [f"late{number}@example.com" for number in range(WARMING + posts)]
        found = [followed(admin, session, target, email) for email in emails][WARMING:]
    console.print(table(found))
    console.print(BOUNDS)


if __name__ == "__main__":
    main()
