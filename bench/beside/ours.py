"""Our import on the local stack, timed from outside: by the product's HTTP API and the calls that the vendor counted."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

from local.connecting import connect
from local.stack import Stack, answered

POLL_SECONDS = 0.1
LOOK_EVERY = 10
"""Polls of the vendor's counter between two looks at the import, which cost the stack more."""
TIMEOUT_SECONDS = 3600
HOUR = 3_600_000
KNOWN = "known#"
FIRST_MOMENT = 10**12
"""A day in 2001, in epoch ms."""

type Json = dict[str, Any]


class Vendor:
    """Campaign Monitor's simulator, as seen by who measures."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def begin(self, latency: float) -> None:
        """Count from zero, and take so many seconds for every call from now on."""
        self.control(faults={"latency": latency}, forget_calls=True)

    def control(self, **steps: Any) -> None:
        answered(self._session.post(f"{self._url}/_control", json=steps, timeout=60))

    def calls(self) -> int:
        return int(self._counts()["total"])

    def peak(self) -> int:
        """The most calls at once since it started."""
        return int(self._counts()["peak_parallel"])

    def state(self, path: str = "") -> Any:
        return answered(self._session.get(f"{self._url}/_state{path}", timeout=120))

    def _counts(self) -> Json:
        counts: Json = answered(self._session.get(f"{self._url}/_calls?log=false", timeout=60))
        return counts


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds until its last call was answered and until its last row was in the profiles."""

    read: float
    right: float
    calls: int
    rows: int


class Ours:
    """An import of one client of the account, on a stack that is up."""

    def __init__(self, up: Stack, client_id: str) -> None:
        self._up = up
        self._vendor = Vendor(up.vendors.campaign_monitor)
        self._client_id = client_id
        self._authorization = connect(up.admin, "Benchmark")["id"]
        self._job = ""

    def first(self, latency: float) -> Run:
        """Make the import and follow its first run."""
        self._vendor.begin(latency)
        began = time.time()
        body = {"authorization_id": self._authorization, "client_id": self._client_id}
        self._job = self._up.admin.post("/imports", body)["id"]
        return self._follow(began)

    def again(self, latency: float) -> Run:
        """Run it again, as its schedule would."""
        self._vendor.begin(latency)
        began = time.time()
        self._up.admin.post(f"/imports/{self._job}/run")
        return self._follow(began)

    def let_pass(self, hours: float) -> None:
        """Make all that the import knows so many hours older: what it does next, it does as if they had passed."""
        table, database = self._up.output("JobsTable"), self._up.client("dynamodb")
        pages = database.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="job = :job AND begins_with(#item, :known)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={":job": {"S": self._job}, ":known": {"S": KNOWN}},
        )
        for item in [item for page in pages for item in page["Items"]]:
            older = {name: {"S": aged(item[name]["S"], hours)} for name in ("settled", "next")}
            database.put_item(TableName=table, Item={**item, **older})

    def counts_of(self, email: str) -> tuple[int, int]:
        """Opens and clicks in somebody's profile."""
        fields = self._up.admin.get(f"/profiles/{quote(email)}")["fields"]
        return fields.get("cm_openct", 0), fields.get("cm_clickct", 0)

    def _follow(self, began: float) -> Run:
        calls, changed, polls = 0, began, 0
        while time.time() < began + TIMEOUT_SECONDS:
            if (seen := self._vendor.calls()) != calls:
                calls, changed = seen, time.time()
            if polls % LOOK_EVERY == 0 and (ended := self._ended()):
                finished = datetime.fromisoformat(ended["finished_at"]).timestamp()
                calls = self._vendor.calls()
                return Run(
                    min(changed, finished) - began, finished - began, calls, sum(ended["rows"].values())
                )
            polls += 1
            time.sleep(POLL_SECONDS)
        raise TimeoutError(f"the import is not done after {TIMEOUT_SECONDS} s")

    def _ended(self) -> Json | None:
        job = self._up.admin.get(f"/imports/{self._job}")
        if job["run"]["status"] == "failed":
            raise RuntimeError(f"the import failed: {job}")
        run: Json = job["run"]
        return run if run["status"] == "succeeded" else None


def aged(known: str, hours: float) -> str:
    """What a run knows, hours older: all its moments, which are the only numbers as large."""
    earlier = int(hours * HOUR)
    return json.dumps(
        {
            name: value - earlier if isinstance(value, int) and value > FIRST_MOMENT else value
            for name, value in json.loads(known).items()
        }
    )


def truth(vendor: Vendor, client: Json) -> dict[str, tuple[int, int]]:
    """Everybody's opens and clicks by the vendor's own rows, campaigns and journeys together."""
    opens, clicks = Counter[str](), Counter[str]()
    for reports in every_report(vendor, client):
        opens.update(row[0].lower() for row in reports["opens"])
        clicks.update(row[0].lower() for row in reports["clicks"])
    return {email: (opens[email], clicks[email]) for email in sorted(opens | clicks)}


def every_report(vendor: Vendor, client: Json) -> list[Json]:
    """The rows of every campaign and every e-mail of a journey, by report."""
    campaigns = [vendor.state(f"/campaigns/{each['id']}") for each in client["campaigns"]]
    journeys = [vendor.state(f"/journeys/{each['id']}") for each in client["journeys"]]
    return campaigns + [email for journey in journeys for email in journey.values()]


def least_calls(vendor: Vendor, client: Json, page: int = 1000) -> int:
    """Pages that hold something, and one call each per list, campaign, journey and client: nobody needs fewer."""
    states = [
        Counter(each["state"] for each in vendor.state(f"/lists/{one['id']}")["subscribers"])
        for one in client["lists"]
    ]
    sizes: Sequence[int] = [
        *(count for counts in states for count in counts.values()),
        *(len(rows) for reports in every_report(vendor, client) for rows in reports.values()),
        len(client["suppressed"]),
    ]
    things = len(client["lists"]) + len(client["campaigns"]) + len(client["journeys"]) + 1
    return things + sum(-(-size // page) for size in sizes)
