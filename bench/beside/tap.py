"""The Singer tap as a program beside us: how it is set up, run with and without its state, and what it has read."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from local.programs import ROOT, ProgramFailed, own_environment, running, tail
from local.vendors import Vendors

PYTHON = ROOT / ".envs/tap/bin/python"
LAUNCHER = ROOT / "bench/beside/tap_launcher.py"
SCOPES = "ViewReports,ViewSubscribersInReports,ManageLists"
CALLBACK = "http://127.0.0.1/callback"
LONGEST_SECONDS = 1800
"""Seconds after which a run is given up."""

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TapRun:
    """What one run of the tap brought; `keys` are the different primary keys that it gives its records."""

    seconds: float
    records: Counter[str]
    keys: Counter[str]
    state: Json
    opens: list[Json] = field(repr=False)

    @property
    def total(self) -> int:
        return self.records.total()


class Tap:
    """The tap for one client of the simulated account; its files lie in `folder`."""

    def __init__(self, vendors: Vendors, client_id: str, folder: Path) -> None:
        self._vendors = vendors
        self._client_id = client_id
        self._folder = folder
        self._catalog = self._write("catalog", self._discovered())

    def prepare(self) -> None:
        """Give it a refresh token. It keeps none that the vendor gives it, so each run needs a consent of its own."""
        self._write("config", {"client_id": self._client_id, "refresh_token": refresh_token(self._vendors)})

    def run(self, state: Json | None = None) -> TapRun:
        """Read everything, from `state` on."""
        options = ["--config", str(self._folder / "tap-config.json"), "--catalog", str(self._catalog)]
        if state:
            options += ["--state", str(self._write("state", state))]
        began = time.monotonic()
        log = self._start(options)
        return run_of(log, time.monotonic() - began, state or {})

    def _discovered(self) -> Json:
        """Its own catalogue, with every stream selected."""
        config = self._write("config", {"client_id": self._client_id, "refresh_token": "none"})
        log = self._start(["--config", str(config), "--discover"])
        text = log.read_text()
        catalog: Json = json.loads(text[text.index("{") :])
        for stream in catalog["streams"]:
            next(each for each in stream["metadata"] if not each["breadcrumb"])["metadata"]["selected"] = True
        return catalog

    def _start(self, options: list[str]) -> Path:
        command = [str(PYTHON), str(LAUNCHER), self._vendors.campaign_monitor, *options]
        with running("tap", command, self._folder, own_environment()) as program:
            if program.process.wait(LONGEST_SECONDS):
                raise ProgramFailed(f"the tap ended with {program.process.returncode}\n{tail(program.log)}")
        return program.log

    def _write(self, name: str, content: Json) -> Path:
        path = self._folder / f"tap-{name}.json"
        path.write_text(json.dumps(content))
        return path


def refresh_token(vendors: Vendors) -> str:
    """What a consent of the account's owner gives, by the same dance as ours."""
    origin = vendors.campaign_monitor
    asked = {"type": "web_server", "client_id": vendors.client_id, "redirect_uri": CALLBACK, "scope": SCOPES}
    allowed = requests.post(
        f"{origin}/oauth", data={**asked, "answer": "allow"}, allow_redirects=False, timeout=60
    )
    code = parse_qs(urlsplit(allowed.headers["Location"]).query)["code"][0]
    given = {"grant_type": "authorization_code", "client_id": vendors.client_id, "code": code}
    given |= {"client_secret": vendors.client_secret, "redirect_uri": CALLBACK}
    return str(requests.post(f"{origin}/oauth/token", data=given, timeout=60).json()["refresh_token"])


def run_of(log: Path, seconds: float, state: Json) -> TapRun:
    """Count what the tap wrote.

    Its streams begin a state of their own each when they are given none, so that its last message of a first run holds
    the bookmarks of one stream. We keep those of all messages: the best that anybody could make of it.
    """
    bookmarks: Json = dict(state.get("bookmarks", {}))
    records, opens = Counter[str](), []
    names: dict[str, list[str]] = {}
    keys: set[tuple[str, ...]] = set()
    for message in messages(log):
        stream = message.get("stream", "")
        if message["type"] == "SCHEMA":
            names[stream] = message["key_properties"]
        elif message["type"] == "STATE":
            bookmarks |= message["value"]["bookmarks"]
        elif message["type"] == "RECORD":
            record = message["record"]
            records[stream] += 1
            keys.add((stream, *(str(record.get(name)) for name in names[stream])))
            if stream == "campaign_opens":
                opens.append(record)
    return TapRun(seconds, records, Counter(key[0] for key in keys), {"bookmarks": bookmarks}, opens)


def messages(log: Path) -> Iterator[Json]:
    """The tap's messages among the lines that it logged."""
    with log.open() as lines:
        yield from (json.loads(line) for line in lines if line.startswith('{"type"'))
