"""What starting each function costs, and how much the webhooks' receiver takes in a bounded run on loopback.

The receiver runs in this process against a stand-in of AWS on a loopback port that says yes to everything at once: what
is measured is our own work, not DynamoDB's and SQS's. Nothing leaves the machine.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
EVERYTHING = "boto3, pydantic, aws_lambda_powertools.event_handler, aws_lambda_powertools.metrics"
FUNCTIONS = ("auth", "import", "profile", "webhook", "export")
STARTS = 5
POSTS = 200
BIG_POSTS = 5
LIST = "a58ee1d3039b8bec838e6d1482a8a965"
CLIENT = {
    "id": "4a397ccaaa55eb4e6aa1221e1e2d7122",
    "name": "Acme",
    "zone": "(GMT) Coordinated Universal Time",
}
OWNER = {"kind": "import", "owner": "job", "list_id": LIST, "list_name": "Newsletter", "client": CLIENT}

type Json = dict[str, Any]


def import_seconds(modules: str) -> float:
    """Processor seconds to import, the best of some fresh interpreters."""
    code = f"import time; begin = time.process_time(); import {modules}; print(time.process_time() - begin)"
    path = os.pathsep.join(
        [str(ROOT / "layers/common"), *(str(ROOT / "functions" / one) for one in FUNCTIONS)]
    )
    environment = {**os.environ, "PYTHONPATH": path, "POWERTOOLS_METRICS_NAMESPACE": "bench"}
    runs = [
        subprocess.run(  # noqa: S603 - our own interpreter and words
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(STARTS)
    ]
    return min(float(run) for run in runs)


class StandIn(BaseHTTPRequestHandler):
    """Answers for DynamoDB and SQS: every key is the owner's, every message is taken."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        payload = ANSWERS.get(self.headers["X-Amz-Target"], b"{}")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(payload)}\r\n\r\n"
        self.wfile.write(head.encode() + payload)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


def answers() -> dict[str, bytes]:
    from webhook_app import aws  # noqa: PLC0415 - its import is measured first

    item = {name: aws.typed(value) for name, value in OWNER.items()}
    found = {"DynamoDB_20120810.GetItem": {"Item": item}, "DynamoDB_20120810.Query": {"Items": []}}
    return {target: json.dumps(answer).encode() for target, answer in found.items()}


ANSWERS: dict[str, bytes] = {}


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
    from webhook_app import handlers  # noqa: PLC0415 - its import is measured first

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
        errors += answer["statusCode"] != 200  # noqa: PLR2004 - the one status that means done
    return sorted(seconds), errors


def lines() -> Iterator[str]:
    """The figures, as they are found."""
    everything = import_seconds(EVERYTHING)
    yield f"import {'boto3, pydantic, Powertools':<34}{everything * 1000:6.0f} ms"
    for name in FUNCTIONS:
        if (ROOT / "functions" / name / f"{name}_app" / "handlers.py").exists():
            spent = import_seconds(f"{name}_app.handlers")
            yield f"import {name + '_app.handlers':<34}{spent * 1000:6.0f} ms  {spent / everything:5.0%}"
    ANSWERS.update(answers())
    with receiver() as call:
        for events, fields, posts in ((1, 5, POSTS), (1000, 50, BIG_POSTS)):
            event = delivery(events, fields)
            seconds, errors = load(call, event, posts)
            yield (
                f"POST of {events} events, {len(event['body'].encode()) / 1e6:.2f} MB:"
                f" median {statistics.median(seconds) * 1000:.1f} ms,"
                f" 95th percentile {seconds[int(len(seconds) * 0.95)] * 1000:.1f} ms,"
                f" {events * posts / sum(seconds):,.0f} events/s, {errors} errors"
            )


def main() -> None:
    """Print the figures."""
    for line in lines():
        print(line)  # noqa: T201 - a program prints


if __name__ == "__main__":
    main()
