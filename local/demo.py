"""A guided walk through the product: connect an account, import it, look at two people. Only by its HTTP API."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.stack import Api, Stack, answered, stack
from lytics_cm_cli.drawing.portrait import portrait
from simulators import browser

SCENARIO = ("--scenario", "demo", "--subscribers", "2400", "--activity", "5000")
POLL_SECONDS = 0.25
TIMEOUT_SECONDS = 180
CANDIDATES = 24
SHOWN = 2

type Json = dict[str, Any]


def demo(console: Console) -> None:
    """Put everything up, walk through it, and take it down again."""
    began = time.monotonic()
    with stack(SCENARIO, tell=announcer(console)) as up:
        console.print(f"[green]✓[/] the stack is up at {up.deployment.url}")
        show(console, up)
    console.print(f"[green]✓[/] all stopped; {time.monotonic() - began:.0f} s in all")


def show(console: Console, up: Stack) -> None:
    """The walk itself, on a stack that is up."""
    authorization = connect(up.admin, "Demo account")
    console.print(f"[green]✓[/] connected to Campaign Monitor: {authorization['description']!r}")
    client, lists = choose(up.admin, authorization["id"])
    names = ", ".join(each["name"] for each in lists)
    console.print(f"[green]✓[/] client {client['name']!r} with the lists {names}")
    body = {"authorization_id": authorization["id"], "client_id": client["id"]}
    job = follow(console, up.admin, up.admin.post("/imports", body))
    if job["run"]["status"] != "succeeded":
        raise RuntimeError(f"the import did not succeed: {job}")
    console.print(summary(job["run"], calls_seen(up)))
    for profile in liveliest(up, [each["id"] for each in lists]):
        console.print(portrait(profile))


def announcer(console: Console) -> Any:
    """Says what is being waited for, one line a step."""
    return lambda step: console.print(f"[dim]· {step}[/]")


def connect(admin: Api, description: str) -> Json:
    """Ask for an authorization and consent to it, as the account's owner would in a browser."""
    asked = admin.post("/authorizations", {"description": description})
    status, page = browser.consent(asked["authorize_url"])
    found: Json = admin.get(f"/authorizations/{asked['id']}")
    if found["status"] != "active":
        raise RuntimeError(f"the account was not connected: {status}\n{page}")
    return found


def choose(admin: Api, authorization_id: str) -> tuple[Json, list[Json]]:
    """The account's first client and its lists."""
    clients = f"/authorizations/{authorization_id}/clients"
    client = admin.get(clients)["items"][0]
    return client, admin.get(f"{clients}/{client['id']}/lists")["items"]


def follow(console: Console, admin: Api, job: Json) -> Json:
    """Show the run's progress, a bar for each stage and one for all, until it ends; return the job as it is then."""
    columns = (TextColumn("{task.description:<14}"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with Progress(*columns, console=console) as progress:
        bars = {"all pages": progress.add_task("all pages", total=None)}
        while True:
            job = admin.get(f"/imports/{job['id']}")
            advance(progress, bars, job["run"])
            if job["run"]["status"] != "running":
                return job
            if time.monotonic() > deadline:
                raise TimeoutError(f"the import is not done after {TIMEOUT_SECONDS} s: {job['run']}")
            time.sleep(POLL_SECONDS)


def advance(progress: Progress, bars: dict[str, TaskID], run: Json) -> None:
    """Move the bars to where the run is; a stage gets its bar when its total is known."""
    for stage, counted in {**run.get("stages", {}), "all pages": run["pages"]}.items():
        if stage not in bars:
            bars[stage] = progress.add_task(stage)
        progress.update(bars[stage], completed=counted["done"], total=counted["total"] or None)


def summary(run: Json, calls: int) -> Table:
    """What arrived, and what it took."""
    table = Table(title="What arrived", title_justify="left", show_header=False, min_width=40)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for stream, count in run["rows"].items():
        table.add_row(f"rows of {stream}", f"{count:,}")
    table.add_row("rejected", f"{run['rejected']:,}")
    table.add_row("pages", f"{run['pages']['total']:,}")
    table.add_row("calls to Campaign Monitor, as it counted them", f"{calls:,}")
    table.add_row("seconds", f"{seconds(run):.1f}")
    return table


def seconds(run: Json) -> float:
    """How long the run took."""
    ended, began = (datetime.fromisoformat(run[name]) for name in ("finished_at", "started_at"))
    return (ended - began).total_seconds()


def calls_seen(up: Stack) -> int:
    """What the simulator counted since it started."""
    return int(_simulator(up, "/_calls?log=false")["total"])


def liveliest(up: Stack, lists: Sequence[str]) -> list[Json]:
    """The profiles with the most rows among some people of the lists."""
    people = [each for one in lists for each in _simulator(up, f"/_state/lists/{one}")["subscribers"]]
    chosen = dict.fromkeys(each["email"] for each in people if each["state"] == "Active")
    answers = [up.admin.call("GET", f"/profiles/{quote(email)}") for email in list(chosen)[:CANDIDATES]]
    profiles = [answered(answer) for answer in answers if answer.ok]
    return sorted(profiles, key=lambda profile: profile["rows"], reverse=True)[:SHOWN]


def _simulator(up: Stack, path: str) -> Any:
    return answered(requests.get(up.vendors.campaign_monitor + path, timeout=30))
