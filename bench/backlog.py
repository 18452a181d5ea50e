"""Webhooks while a first import is going on: `python -m bench.backlog [--rows 200000] [--posts 100]`, on the local stack.

One event a POST and a new person each, one after the other, from the moment the list's webhook is registered; each is
timed until its profile is visible. The first three only warm the functions up.
"""

import argparse
import contextlib
import statistics
import time
from collections.abc import Iterator, Sequence

import requests
from rich.console import Console

from bench.beside.ours import Vendor
from bench.latency import WARMING, followed
from local.connecting import choose, connect
from local.demo import announcer
from local.programs import end_on_signals
from local.stack import Api, Stack, stack

PARAMETERS = {"MaxParallelCalls": "2", "MaxParallelWriters": "2"}
POLL_SECONDS = 0.5
TIMEOUT_SECONDS = 120
BOUNDS = (
    "The import and the webhooks share this machine's cores: pages, writers, gateway, queues and DynamoDB. In AWS each "
    "function has a processor of its own."
)


def world(rows: int) -> Sequence[str]:
    """One list whose people get mails: a busy account of about so many rows."""
    people = max(100, rows // 20)
    sizes = {
        "lists": 1,
        "campaigns": 12,
        "subscribers": people,
        "recipients": 12 * people,
        "activity": rows - 13 * people,
    }
    options = [word for name, size in sizes.items() for word in (f"--{name}", str(size))]
    return ("--clients", "1", "--scenario", "busy", "--deliver-every", "0", *options)


def started(up: Stack) -> tuple[str, tuple[str, str]]:
    """Start an import and wait for its webhook: the job, and the webhook's URL with the list that it is of."""
    authorization = connect(up.admin, "Bench")["id"]
    client, _ = choose(up.admin, authorization)
    body = {"authorization_id": authorization, "client_id": client["id"]}
    job: str = up.admin.post("/imports", body)["id"]
    vendor = Vendor(up.vendors.campaign_monitor)
    while True:
        (found,) = vendor.state()["clients"][0]["lists"]
        if found["webhooks"]:
            return job, (found["webhooks"][0]["url"], found["id"])
        time.sleep(POLL_SECONDS)


def is_running(admin: Api, job: str) -> bool:
    return bool(admin.get(f"/imports/{job}")["status"] == "running")


def visible(up: Stack, job: str, target: tuple[str, str], posts: int) -> Iterator[float]:
    """Seconds until each profile was visible, as long as the import runs."""
    with requests.Session() as session, contextlib.suppress(TimeoutError):
        for number in range(WARMING + posts):
            if not is_running(up.admin, job):
                return
            found = followed(up.admin, session, target, f"meanwhile{number}@example.com")[1]
            if number >= WARMING:
                yield found


def main() -> None:
    """Measure on a stack of its own and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.backlog", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--posts", type=int, default=100)
    given = parser.parse_args()
    end_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    with stack(world(given.rows), PARAMETERS, tell=announcer(console)) as up:
        began = time.monotonic()
        job, target = started(up)
        console.print(f"an import of about {given.rows:,} rows has begun; {given.posts} webhooks meanwhile")
        seconds = sorted(visible(up, job, target, given.posts))
        took, run = time.monotonic() - began, up.admin.get(f"/imports/{job}")["run"]
    if not seconds:
        console.print("none was visible while the import ran")
        return
    console.print(
        f"{len(seconds)} of {given.posts} POSTs during the import: visible after {statistics.median(seconds):.2f} s"
        f" (median), {seconds[-1]:.2f} s (worst); {took:.0f} s in all, then the run was {run['status']} at"
        f" {sum(run['rows'].values()):,} rows"
    )
    console.print(BOUNDS)


if __name__ == "__main__":
    main()
