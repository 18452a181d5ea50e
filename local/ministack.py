"""The AWS on this machine: how MiniStack is started and spoken to."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.config

from local.programs import ROOT, free_port, own_environment, running, tail

REGION = "us-east-1"
ACCOUNT = "000000000000"
QUICK = botocore.config.Config(retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=120)
PYTHON = ROOT / ".envs/ministack/bin/python"


@dataclass(frozen=True, slots=True)
class MiniStack:
    """One that answers at `url`."""

    url: str
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """What leads the SAM CLI and boto3 here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def last_words(self) -> str:
        """The end of what it wrote."""
        return tail(self.log)

    def client(self, service: str) -> Any:
        """A boto3 client of one of its services, made once."""
        return _client(service, self.url)

    def api_url(self, api_id: str) -> str:
        return f"{self.url}/_aws/execute-api/{api_id}/prod"


@cache
def _client(service: str, url: str) -> Any:
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client(service, endpoint_url=url)  # type: ignore[call-overload]


@contextmanager
def ministack(folder: Path) -> Iterator[MiniStack]:
    """Run one on a free port until the block ends; all that it writes lies under `folder`.

    It evaluates the functions' IAM roles (AUTH): what a role does not grant is denied, as it would be in AWS.
    """
    port, files = free_port(), folder / "ministack"
    files.mkdir()
    environment = own_environment(
        HOME=str(files),
        TMPDIR=str(files),
        AUTH="true",
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        LOG_LEVEL="WARNING",
        POWERTOOLS_LOG_LEVEL="INFO",  # the functions inherit the level of MiniStack, and would log nothing
    )
    with running("ministack", [str(PYTHON), "-m", "ministack"], folder, environment, files) as program:
        program.until(lambda: _is_up(port))
        yield MiniStack(f"http://127.0.0.1:{port}", program.log)


def _is_up(port: int) -> bool | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK or None
    except OSError:
        return None
    finally:
        connection.close()
