"""What the tap does not see and ours does: opens within the client's offset from UTC, repeated opens, zones without a name."""

import json
import subprocess
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.beside.ours import Ours, Vendor
from bench.beside.tap import PYTHON, Tap, TapRun
from local.programs import own_environment
from local.stack import Stack
from simulators.campaign_monitor.clock import LABELS

NEW = 12
EVERY = timedelta(minutes=20)
A_DAY = 24
SEASONS = (datetime(2026, 1, 15), datetime(2026, 7, 15))  # noqa: DTZ001 - local noon of nowhere: offsets are asked for
LIST_ZONES = "import json; from tap_campaign_monitor.timezones import mapping; print(json.dumps(mapping))"

type Json = dict[str, Any]


def blind_spots(up: Stack) -> str:
    """Let twelve opens arrive shortly after the newest one of a client west of Greenwich; then both read again."""
    vendor = Vendor(up.vendors.campaign_monitor)
    client: Json = vendor.state()["clients"][1]
    campaign = client["campaigns"][0]
    with tempfile.TemporaryDirectory() as folder:
        tap, ours = Tap(up.vendors, client["id"], Path(folder)), Ours(up, client["id"])
        tap.prepare()
        before = tap.run()
        ours.first(0)
        email = open_later(vendor, campaign["id"])
        had, _ = ours.counts_of(email)
        tap.prepare()
        found = len(news(before, tap.run(before.state)))
    ours.let_pass(A_DAY)
    ours.again(0)
    has, _ = ours.counts_of(email)
    return f"""What the tap misses (client in the zone {client["time_zone"]!r}):
- {NEW} opens arrive within {NEW * EVERY} h after the newest one. The tap finds {found}: it keeps its bookmark in UTC and gives it back as local time. \
Ours finds {has - had}.
{repeated(before)}
{zones()}"""


def open_later(vendor: Vendor, campaign_id: str) -> str:
    """One recipient opens a dozen times, from the newest open on; the address."""
    reports = vendor.state(f"/campaigns/{campaign_id}")
    newest = datetime.fromisoformat(max(row[2] for row in reports["opens"]))
    email = str(reports["recipients"][0][0])
    times = [newest + EVERY * (number + 1) for number in range(NEW)]
    what = {"action": "happen", "campaign": campaign_id, "kind": "open", "email": email}
    vendor.control(do=[{**what, "at": f"{at:%Y-%m-%d %H:%M}"} for at in times])
    return email


def news(before: TapRun, after: TapRun) -> set[tuple[str, str]]:
    """Opens that only the second run has."""
    first, second = ({(each["EmailAddress"], each["Date"]) for each in one.opens} for one in (before, after))
    return second - first


def repeated(run: TapRun) -> str:
    """Opens that share a primary key of the tap's."""
    opens, keys = run.records["campaign_opens"], run.keys["campaign_opens"]
    return (
        f"- Of {opens} opens its primary key (campaign, list, address, minute) tells {keys} apart: "
        "a target that keeps one record per key loses the others. Ours numbers them."
    )


def zones() -> str:
    """The vendor's labels that the tap has no zone for, or another one."""
    command = [str(PYTHON), "-c", LIST_ZONES]
    told = subprocess.run(command, check=True, capture_output=True, env=own_environment(), timeout=60)  # noqa: S603 - our own text
    known: dict[str, str] = json.loads(told.stdout)
    unknown = [label for label in LABELS if label not in known]
    wrong = [
        label for label, zone in LABELS.items() if label in known and offsets(known[label]) != offsets(zone)
    ]
    merged = [label for label in known if label.count("(GMT") > 1]
    return (
        f"- Of the vendor's {len(LABELS)} zone labels it does not know {len(unknown)}, and then leaves out every date in silence; "
        f"{len(wrong)} have another clock, such as {wrong[0]!r} as {known[wrong[0]]}; "
        f"{len(merged)} of its own are two labels run together. Ours knows all, and refuses one it would not."
    )


def offsets(zone: str) -> list[timedelta | None]:
    """How far its clock is from UTC in both seasons."""
    return [season.replace(tzinfo=ZoneInfo(zone)).utcoffset() for season in SEASONS]
