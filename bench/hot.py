"""One hot person: `python -m bench.hot [--rate 1000] [--seconds 60]`: so many rows a second to one address, local stack.

Webhook POSTs of 100 events each, every event an edit in a minute of its own and so a row, at a steady pace. The profile is read all the
time: each POST is visible when the profile has as many rows as were sent by then. None may be lost.
"""

import argparse
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import requests
from requests.adapters import HTTPAdapter
from rich.console import Console

from bench.latency import QUIET, hooked
from local.demo import announcer
from local.programs import end_on_signals
from local.stack import Stack, stack

EMAIL, FIRST_EMAIL = "hot@example.com", "first@example.com"
"""The second one is told of first, until it is visible: functions that start are measured elsewhere."""
EVENTS, SENDERS = 100, 4
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
POLL_SECONDS, TIMEOUT_SECONDS = 0.2, 600


class Reader(threading.Thread):
    """Reads how many rows the profile has, and when; until it is told to end."""

    def __init__(self, up: Stack) -> None:
        super().__init__(daemon=True)
        self._admin = up.admin
        self.seen: list[tuple[float, int]] = []
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(POLL_SECONDS):
            answer = self._admin.call("GET", f"/profiles/{EMAIL}")
            if answer.ok:
                self.seen.append((time.monotonic(), answer.json()["rows"]))

    def rows(self) -> int:
        return self.seen[-1][1] if self.seen else 0

    def when(self, rows: int) -> float | None:
        """When so many rows were seen first."""
        return next((at for at, count in self.seen if count >= rows), None)


def burst(target: tuple[str, str], rate: int, seconds: int) -> list[tuple[float, int]]:
    """Send at a steady pace: when each POST was begun, and how many events were sent with it."""
    url, list_id = target
    sent: list[tuple[float, int]] = []
    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as senders, requests.Session() as session:
        session.mount("http://", HTTPAdapter(pool_maxsize=SENDERS))
        answers = []
        for number in range(rate * seconds // EVENTS):
            time.sleep(max(0.0, began + number * EVENTS / rate - time.monotonic()))
            minutes = range(number * EVENTS, (number + 1) * EVENTS)
            body = {"ListID": list_id, "Events": [event(FIRST + timedelta(minutes=one)) for one in minutes]}
            sent.append((time.monotonic(), (number + 1) * EVENTS))
            answers.append(senders.submit(session.post, url, json=body, timeout=60))
        for answer in answers:
            answer.result().raise_for_status()
    return sent


def warm_up(up: Stack, target: tuple[str, str]) -> None:
    """Have every function called once."""
    url, list_id = target
    body = {"ListID": list_id, "Events": [event(FIRST, FIRST_EMAIL)]}
    requests.post(url, json=body, timeout=60).raise_for_status()
    while not up.admin.call("GET", f"/profiles/{FIRST_EMAIL}").ok:
        time.sleep(POLL_SECONDS)


def event(at: datetime, email: str = EMAIL) -> dict[str, object]:
    return {"Type": "Update", "Date": at.strftime("%Y-%m-%d %H:%M:%S"), "EmailAddress": email, "Name": "Jane"}


def main() -> None:
    """Measure on a stack of its own and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.hot", description=__doc__)
    parser.add_argument("--rate", type=int, default=1000, help="rows a second")
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    end_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    with stack(QUIET, tell=announcer(console)) as up:
        target, reader = hooked(up), Reader(up)
        warm_up(up, target)
        reader.start()
        sent = burst(target, given.rate, given.seconds)
        wanted, last = sent[-1][1], time.monotonic()
        while reader.rows() < wanted and time.monotonic() < last + TIMEOUT_SECONDS:
            time.sleep(POLL_SECONDS)
        reader.is_over.set()
        reader.join()
        dead = up.waiting("RowsDeadLetter")
    lasted = sent[-1][0] - sent[0][0] + EVENTS / given.rate
    late = [at - began for began, count in sent if (at := reader.when(count)) is not None]
    console.print(
        f"{sent[-1][1]:,} rows to one address in {lasted:.0f} s ({sent[-1][1] / lasted:,.0f}/s, wanted {given.rate:,}/s):"
        f" {wanted - reader.rows():,} lost, {dead} dead letters"
    )
    if late:
        console.print(
            f"visible after {statistics.median(late):.2f} s (median), {sorted(late)[int(len(late) * 0.95)]:.2f} s"
            f" (95th percentile), {max(late):.2f} s (worst); the profile was read {len(reader.seen)} times"
        )


if __name__ == "__main__":
    main()
