"""A walk through the whole product by its command line: what is typed, and when what it does can be seen."""

import os
import re
import shlex
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text
from typer.main import get_command

from local.vendors import CITY, asked
from lytics_cm_cli.app import app
from lytics_cm_cli.client import Api, Refused, to
from lytics_cm_cli.drawing import charts
from lytics_cm_cli.drawing.outcomes import before_and_after
from lytics_cm_cli.drawing.words import plain, table
from lytics_cm_cli.finding import LOCAL, Place, announced
from lytics_cm_cli.session import INTERRUPTED, Screen

ACCOUNT, IMPORT, EXPORT = "Demo account", "Books", "VIPs"
AUDIENCES = {"vip": "VIP", "at_risk": "At Risk"}
COMER = "ada.mensah@example.com"
OPTIONS = "Lytics Audiences"
"""The list's field whose options are audiences."""
STATES = "cm_list_names_status"
PATIENCE_SECONDS, POLL_SECONDS = 120, 0.1
PAGE = 500
SHORTEST = 60
GLUE = "\N{NO-BREAK SPACE}"

type Json = dict[str, Any]


class Walk:
    """A stack, and the console of somebody who uses it."""

    def __init__(self, console: Console, place: Place) -> None:
        self.console, self.place = console, place
        self.api = Api(place.url, place.token)
        self._screen = Screen(console, console, is_interactive=False)
        self._command: Any = get_command(app)

    def begin(self, title: str, told: str) -> None:
        """A part of the walk, and what it is about."""
        self.console.rule(Text(title, "bold cyan"), align="left", style="cyan")
        self.console.print(Text(told, "dim"), "", sep="\n")

    def type(self, *words: str) -> None:
        """Show a command line, and do what it says. Raises `RuntimeError` if it does not end well."""
        told = " \\\n    ".join(lines(words, max(SHORTEST, self.console.width - 8)))
        self.console.print(Text.assemble(("$ ", "bold green"), (told, "bold")))
        code = self._command(words, prog_name="lytics-cm", standalone_mode=False, obj=self._screen)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        if code:
            raise RuntimeError(f"lytics-cm {shlex.join(words)} ended with {code}")
        self.console.line()

    def look(self, told: str, *drawn: RenderableType) -> None:
        """What can be seen elsewhere than in the command line's answers."""
        self.console.print(Text.assemble(("· ", "cyan"), plain(told)), *drawn, "", sep="\n")


def lines(words: Sequence[str], width: int) -> list[str]:
    """A command line on as many lines as it takes: nothing quoted is torn, no option from its value."""
    told = shlex.join(("lytics-cm", *words))
    glued = re.sub(r"'[^']*'|(?<= )--\S+ (?=[^-])", lambda found: found[0].replace(" ", GLUE), told)
    wrapped = textwrap.wrap(glued, width, break_on_hyphens=False, break_long_words=False)
    return [line.replace(GLUE, " ") for line in wrapped]


def walk(console: Console, place: Place) -> None:
    """All of it, on a stack whose simulated vendors have people in common."""
    with apart(), announced(place):
        stage = Walk(console, place)
        person = bring(stage)
        keep_in_step(stage, person)
        stage.begin("One person, both halves", "What was read at Campaign Monitor, and what was sent there.")
        stage.type("profile", "show", person)
        stage.type("profile", "exports", person)


def bring(stage: Walk) -> str:
    """Campaign Monitor's half; returns the address of somebody who is in both."""
    stage.begin("Campaign Monitor → Lytics", "Lists, people and activity become rows, and rows profiles.")
    stage.type("connect", ACCOUNT)
    client = outline(stage)
    first, *others = client["lists"]
    where = ("--account", ACCOUNT, "--client", client["name"])
    stage.type("import", "start", *where, "--keep-updated", "--description", IMPORT, "--watch")
    person, left = liveliest(stage, first, others)
    webhook(
        stage,
        ("subscribe", COMER, f"{client['name']} / {first['title']}", "--name", "Ada Mensah"),
        lambda: profile(stage, COMER),
        "the profile; the first webhook also starts functions",
    )
    webhook(
        stage,
        ("unsubscribe", person, f"{client['name']} / {left}"),
        lambda: profile(stage, person)[STATES][left] == "unsubscribed",
        "the changed profile",
    )
    stage.type("profile", "explain", person, STATES)
    return person


def keep_in_step(stage: Walk, person: str) -> None:
    """Lytics' half, in which the person leaves an audience."""
    stage.begin("Lytics → Campaign Monitor", "Audiences become a field of the list, and a segment each.")
    stage.type("audiences")
    target = outline(stage)["lists"][0]
    before = on_list(stage, target["id"], person)
    chosen = [word for name in AUDIENCES.values() for word in ("--audience", name)]
    options = ("--existing-users", "--map", f"city={CITY}", "--description", EXPORT)
    stage.type(
        *("export", "start", "--account", ACCOUNT, "--client", outline(stage)["name"]),
        *("--list", target["title"]),
        *chosen,
        *options,
        "--watch",
    )
    awaited(lambda: is_done(stage))
    stage.type("export", "list")
    after = on_list(stage, target["id"], person)
    stage.look(f"{person} on the list {target['title']}:", before_and_after(before, after))
    stage.look("The list's segments:", segments(stage, target["id"]))
    stage.type("trigger", "exit", person, AUDIENCES["at_risk"])
    gone = awaited(lambda: (now := on_list(stage, target["id"], person)) != after and now)
    stage.look("The person stays on the list, without the audience:", before_and_after(after, gone))


def webhook(stage: Walk, happens: Sequence[str], is_known: Callable[[], Any], told: str) -> None:
    """Let something happen at Campaign Monitor, and tell how soon it was known."""
    began = time.monotonic()
    stage.type("trigger", *happens)
    awaited(is_known)
    stage.look(f"{time.monotonic() - began:.1f} s from the command to {told}.")


def outline(stage: Walk) -> Json:
    """The first client, as its vendor knows it."""
    found: Json = asked("GET", f"{stage.place.campaign_monitor}/_state")["clients"][0]
    return found


def liveliest(stage: Walk, first: Json, others: list[Json]) -> tuple[str, str]:
    """Whoever has the most rows, is in all audiences and on a second list; and that list's name."""
    members = asked("GET", f"{stage.place.lytics}/_state")["audiences"]
    inside = set.intersection(*({one["email"].lower() for one in members[slug]} for slug in AUDIENCES))
    inside &= {email for email, one in people(stage, first["id"]).items() if one["name"]}
    on = {
        email: one["title"]
        for one in others
        for email, known in people(stage, one["id"]).items()
        if email in inside and known["state"] == "Active"
    }
    rows = {one["email"]: one["rows"] for one in stage.api.listed("/profiles", limit=PAGE)["items"]}
    person = max(on, key=lambda email: rows.get(email, 0))
    return person, on[person]


def people(stage: Walk, list_id: str) -> dict[str, Json]:
    """Everybody who is or was on a list, by address."""
    found = asked("GET", f"{stage.place.campaign_monitor}/_state/lists/{list_id}")["subscribers"]
    return {one["email"].lower(): one for one in found}


def on_list(stage: Walk, list_id: str, email: str) -> Json:
    """What Campaign Monitor shows of somebody, as far as an export has a say."""
    found = people(stage, list_id)[email]
    values: dict[str, list[str]] = {}
    for key, value in found["fields"]:
        values.setdefault(key, []).append(value)
    shown = {name: values.get(f"[{name.replace(' ', '')}]") for name in (CITY, OPTIONS)}
    return {"State": found["state"], "Name": found["name"], **shown}


def segments(stage: Walk, list_id: str) -> RenderableType:
    found = asked("GET", f"{stage.place.campaign_monitor}/_state/lists/{list_id}")["segments"]
    drawn = table("segment", ">active people", "")
    highest = max((one["people"] for one in found), default=1) or 1
    for one in found:
        drawn.add_row(plain(one["title"]), plain(one["people"]), charts.bar(one["people"] / highest, 20))
    return drawn


def profile(stage: Walk, email: str) -> Json:
    """The fields; none of somebody unknown."""
    try:
        found: Json = stage.api.get(to("profiles", email))["fields"]
    except Refused:
        return {}
    return found


def is_done(stage: Walk) -> bool:
    """Everybody who was in an audience before has been sent, or left out."""
    members = asked("GET", f"{stage.place.lytics}/_state")["audiences"]
    wanted = {one["email"].lower() for slug in AUDIENCES for one in members[slug]}
    (job,) = stage.api.get("/exports")["items"]
    return bool(sum(job["counts"].values()) >= len(wanted))


def awaited[T](read: Callable[[], T]) -> T:
    """What there is to read, as soon as it is true: queues are at work. Raises `TimeoutError`."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := read()):
        if time.monotonic() > end:
            raise TimeoutError(f"after {PATIENCE_SECONDS} s nothing has changed")
        time.sleep(POLL_SECONDS)
    return found


@contextmanager
def apart() -> Iterator[None]:
    """A browser that allows, settings that nobody else has, and no other stack: whatever the shell says."""
    with tempfile.TemporaryDirectory() as folder:
        browser = f"{sys.executable} -m simulators.browser %s"
        ours = {"BROWSER": browser, "XDG_CONFIG_HOME": folder, "LYTICS_CM_STACK": LOCAL}
        before = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
