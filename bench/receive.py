"""How much the webhooks' receiver takes: `python -m bench.receive`, a bounded load on loopback, its speed and its errors.

The receiver runs in this process against a stand-in of AWS on a loopback port that says yes to everything at once: what
is measured is our own work, not DynamoDB's and SQS's. Nothing leaves the machine.
"""

import io
import json
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from rich.console import Console

from lytics_cm.dynamodb import typed
from webhook_app import handlers

LOADS = ((1, 5, 200), (1000, 50, 5))
"""Events of a POST, custom fields of an event, how many POSTs."""
LIST = "a58ee1d3039b8bec838e6d1482a8a965"
CLIENT = {
    "id": "4a397ccaaa55eb4e6aa1221e1e2d7122",
    "name": "Acme",
    "zone": "(GMT) Coordinated Universal Time",
}
OWNER = {"kind": "import", "owner": "job", "list_id": LIST, "list_name": "Newsletter", "client": CLIENT}
BOUNDS = (
    "Bounded by one processor core's JSON: reading the POST, writing it as messages. In AWS a second receiver starts when "
    "one is busy; the API's throttle is the limit."
)

type Json = dict[str, Any]


def answers() -> dict[str, bytes]:
    """What the stand-in answers: every key is the owner's, and nobody was exported."""
    item = {name: typed(value) for name, value in OWNER.items()}
    found: Json = {"DynamoDB_20120810.GetItem": {"Item": item}, "DynamoDB_20120810.Query": {"Items": []}}
    return {target: json.dumps(answer).encode() for target, answer in found.items()}


class StandIn(BaseHTTPRequestHandler):
    """Answers for DynamoDB and SQS; every message is taken."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answers: ClassVar[Mapping[str, bytes]] = answers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        payload = self.answers.get(self.headers["X-Amz-Target"], b"{}")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(payload)}\r\n\r\n"
        self.wfile.write(head.encode() + payload)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@contextmanager
def receiver() -> Iterator[Callable[[Json], Json]]:
    """The handler, wired to the stand-in."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "JOBS_TABLE": "jobs",
        "ROWS_QUEUE_URL": "rows",
        "CHANGES_QUEUE_URL": "changes",
    }
    try:
        yield lambda event: handlers.http(event, None)
    finally:
        handlers.receiver.cache_clear()
        server.shutdown()
        thread.join()
        server.server_close()


def delivery(events: int, fields: int) -> Json:
    """What API Gateway hands over for one POST."""
    texts = ("Grüße aus Köln", "日本語のテキスト", "plain text of some length")
    values = [{"Key": f"[field{one}]", "Value": f"{texts[one % 3]} {one}"} for one in range(fields)]
    told = [
        {
            "Type": "Subscribe",
            "Date": "2026-03-05 14:30:00",
            "EmailAddress": f"person{number}@example.com",
            "Name": "Jane Doe",
            "SignupIPAddress": "192.0.2.1",
            "CustomFields": values,
        }
        for number in range(events)
    ]
    return {
        "resource": "/webhooks/campaign-monitor/{key}",
        "pathParameters": {"key": "bench"},
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"ListID": LIST, "Events": told}, ensure_ascii=False),
        "isBase64Encoded": False,
    }


def load(call: Callable[[Json], Json], event: Json, posts: int) -> tuple[list[float], int]:
    """Seconds of each POST, sorted, and how many were not answered 200."""
    seconds, errors = [], 0
    for _ in range(posts):
        begin = time.perf_counter()
        with redirect_stdout(io.StringIO()):
            answer = call(event)
        seconds.append(time.perf_counter() - begin)
        errors += answer["statusCode"] != HTTPStatus.OK
    return sorted(seconds), errors


def main() -> None:
    """Print the figures."""
    console = Console(highlight=False, soft_wrap=True)
    with receiver() as call:
        for events, fields, posts in LOADS:
            event = delivery(events, fields)
            seconds, errors = load(call, event, posts)
            console.print(
                f"POST of {events} events, {len(event['body'].encode()) / 1e6:.2f} MB:"
                f" median {statistics.median(seconds) * 1000:.1f} ms,"
                f" 95th percentile {seconds[int(len(seconds) * 0.95)] * 1000:.1f} ms,"
                f" {events * posts / sum(seconds):,.0f} events/s, {errors} errors"
            )
    console.print(BOUNDS)


if __name__ == "__main__":
    main()
