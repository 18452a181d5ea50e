"""The whole product on this machine, up while a block runs: simulators, MiniStack, the deployed stack."""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from local.building import build
from local.deployment import Deployment, deploy
from local.ministack import MiniStack, ministack
from local.vendors import Vendors, vendors

PACE = {"MaxParallelCalls": "2", "MaxParallelWriters": "2"}  # a Python process each, on two cores
WAITING = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
TIMEOUT_SECONDS = 60
ROOM = 4 << 30
MARK = "lytics-cm-of-"


class Api:
    """The product's HTTP API, as an admin or a vendor uses it."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url
        self._session = requests.Session()
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self._session.request(method, self.url + path, json=body, timeout=TIMEOUT_SECONDS, **options)

    def get(self, path: str) -> Any:
        return answered(self.call("GET", path))

    def post(self, path: str, body: Any = None) -> Any:
        return answered(self.call("POST", path, body))


def answered(response: requests.Response) -> Any:
    """The body of a success. Raises `RuntimeError` with what the API said otherwise."""
    if not response.ok:
        raise RuntimeError(
            f"{response.request.method} {response.url}: {response.status_code} {response.text}"
        )
    return response.json() if response.content else None


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything that is up, and how to reach it."""

    aws: MiniStack
    vendors: Vendors
    deployment: Deployment

    @property
    def admin(self) -> Api:
        return Api(self.deployment.url, self.deployment.token)

    @property
    def public(self) -> Api:
        return Api(self.deployment.url)

    def client(self, service: str) -> Any:
        """A boto3 client of the emulated AWS."""
        return self.aws.client(service)

    def output(self, name: str) -> str:
        return self.deployment.outputs[name]

    def waiting(self, queue: str) -> int:
        """How many messages of a queue can be had now, or are in the hands of a function."""
        url = self.output(f"{queue}QueueUrl")
        found = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return sum(int(found[name]) for name in WAITING)

    def settle(self, *queues: str, seconds: float = 120) -> None:
        """Wait until these queues have nothing left to do; what is put off until later does not count.

        Raises `TimeoutError` when that takes longer.
        """
        deadline = time.monotonic() + seconds
        while left := {queue: count for queue in queues if (count := self.waiting(queue))}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {seconds:.0f} s there is still work: {left}")
            time.sleep(0.1)

    def hurry(self, queue: str, seconds: int) -> None:
        """Let a queue give messages that nobody finished to somebody else after so many seconds."""
        self.client("sqs").set_queue_attributes(
            QueueUrl=self.output(f"{queue}QueueUrl"), Attributes={"VisibilityTimeout": str(seconds)}
        )

    def logs(self) -> list[str]:
        """Every line that the functions have logged."""
        client, lines = self.client("logs"), []
        for group in client.describe_log_groups()["logGroups"]:
            pages = client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            lines += [event["message"] for page in pages for event in page["events"]]
        return lines


def scratch(memory: Path = Path("/dev/shm")) -> Path:  # noqa: S108 - a folder of our own in it # nosec B108
    """Where the workers' unpacked packages lie: in memory if there is room, since each has thousands of files."""
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM
    return memory if roomy else Path(tempfile.gettempdir())


def remove_leftovers(place: Path) -> None:
    """Remove what stacks left behind whose program was killed before it could."""
    for folder in place.glob(f"{MARK}*"):
        if not is_alive(int(folder.name.removeprefix(MARK).partition("-")[0])):
            shutil.rmtree(folder, ignore_errors=True)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno != errno.ESRCH
    return True


@contextmanager
def stack(
    options: Sequence[str] = (),
    parameters: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
    *,
    acquainted: bool = False,
) -> Iterator[Stack]:
    """Put it up; `options` are those of Campaign Monitor's simulator. An error's notes quote MiniStack's log.

    Acquainted, the simulated vendors have people in common.
    """
    place = scratch()
    remove_leftovers(place)
    prefix = f"{MARK}{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True) as folder:
        logs = Path(folder)
        tell("building the functions (sam build)")
        build(logs)
        tell("starting the simulators and MiniStack")
        with vendors(logs, options, acquainted=acquainted) as around, ministack(logs) as aws:
            try:
                tell("deploying (sam deploy)")
                given = {**PACE, **around.parameters, **(parameters or {})}
                yield Stack(aws, around, deploy(aws, logs, given))
            except BaseException as error:
                error.add_note(f"MiniStack wrote last:\n{aws.last_words()}")
                raise
