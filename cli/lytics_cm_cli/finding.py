"""Where the API of a stack is, and who may call it: from a stack's outputs, the environment, or `make local`.

A token comes from a secret, a variable or a file, never from an argument: those are in histories and in lists of
processes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import typer

LOCAL = "local"
"""The name under which the stack of `make local` is found."""
URL, TOKEN, TOKEN_FILE = "LYTICS_CM_URL", "LYTICS_CM_TOKEN", "LYTICS_CM_TOKEN_FILE"
HOW = f"name it with --stack, or set {URL} and {TOKEN}, or start one with `make local`"


class NoStack(Exception):
    """There is no stack of that name, or none was named. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stack's API, and of one on this machine the simulators of both vendors."""

    url: str
    token: str = field(repr=False)
    campaign_monitor: str | None = None
    lytics: str | None = None


def find(stack: str | None, environment: Mapping[str, str]) -> Place:
    """The stack of that name; without one what the environment says, else that of `make local`.

    Raises `NoStack`.
    """
    if stack == LOCAL:
        return _local() or _fail(f"no stack of `make local` is up; {HOW}")
    if stack:
        return _deployed(stack, None if environment.get(URL) else _token(environment))
    if url := environment.get(URL):
        token = _token(environment)
        return Place(url, token) if token else _fail(f"{URL} is set, but neither {TOKEN} nor {TOKEN_FILE}")
    return _local() or _fail(f"which stack? {HOW}")


@contextmanager
def announced(place: Place) -> Iterator[Path]:
    """Let this machine's stack be found until the block ends: by its owner alone (mode 0600)."""
    path = _file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps({**asdict(place), "process": os.getpid()})
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    try:
        yield path
    finally:
        if _read(path) == json.loads(text):  # another one may have come since
            path.unlink(missing_ok=True)


def _file() -> Path:
    return Path(typer.get_app_dir("lytics-cm")) / "local.json"


def _local() -> Place | None:
    """What `make local` wrote; None if its program has ended without taking it back."""
    found = _read(_file())
    if not found or not _is_alive(found.get("process")):
        return None
    return Place(found["url"], found["token"], found.get("campaign_monitor"), found.get("lytics"))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and {"url", "token"} <= found.keys() else None


def _is_alive(process: Any) -> bool:
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (OSError, TypeError, ValueError, OverflowError):
        return False
    return True


def _token(environment: Mapping[str, str]) -> str | None:
    if token := environment.get(TOKEN):
        return token.strip()
    if path := environment.get(TOKEN_FILE):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            raise NoStack(f"{TOKEN_FILE}: {path} cannot be read ({type(error).__name__})") from error
    return None


def _deployed(stack: str, token: str | None) -> Place:
    """What CloudFormation knows of it. The admin token is read unless another is given."""
    import boto3  # noqa: PLC0415 - half a second, which only this way costs
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - the same

    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
        if missing := {"ApiUrl", "AdminTokenSecretArn"} - outputs.keys():
            _fail(
                f"the stack {stack} has no output {', '.join(sorted(missing))}: is it one of ours, and ready?"
            )
        if token is None:
            secrets = boto3.client("secretsmanager")
            token = secrets.get_secret_value(SecretId=outputs["AdminTokenSecretArn"])["SecretString"]
    except ClientError as error:
        told = error.response.get("Error", {}).get("Message", "")
        raise NoStack(f"AWS does not show the stack {stack}: {told}") from error
    except BotoCoreError as error:
        raise NoStack(f"AWS cannot be asked for the stack {stack}: {error}") from error
    return Place(outputs["ApiUrl"], token)


def _fail(message: str) -> Any:
    raise NoStack(message)
