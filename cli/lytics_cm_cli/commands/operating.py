"""Is everything well, who did what, and calling the API as it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from lytics_cm_cli import asking
from lytics_cm_cli.asking import Choice
from lytics_cm_cli.client import to
from lytics_cm_cli.commands.listing import MOST, All, Limit, most, page, tell_list
from lytics_cm_cli.drawing import health
from lytics_cm_cli.session import Failed, Session, Usage, command

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
STDIN = "-"


def add(app: typer.Typer) -> None:
    """Register the commands."""
    for function in (doctor, dead_letters, redrive, events, api):
        command(app, function.__name__.replace("_", "-"), rich_help_panel="Operate")(function)


def doctor(session: Session) -> None:
    """Look whether everything is well; exit code 1 if not, and each problem with its remedy."""
    document = session.api.get("/system")
    session.tell(document, health.system(document, session.now))
    if found := len(document["problems"]):
        raise Failed("a problem" if found == 1 else f"{found} problems")


def dead_letters(session: Session) -> None:
    """Look at what failed five times and lies aside: how much in each queue, and of which jobs."""
    tell_list(session, session.api.listed("/dead-letters"), health.dead_letters, "no dead letters")


def redrive(
    session: Session,
    queue: Annotated[
        str | None, typer.Argument(metavar="QUEUE", help="rows, bulk, pages or changes.")
    ] = None,
) -> None:
    """Send the dead letters of a queue once more."""
    if queue is None:
        asking.required(session, "QUEUE", "queue")
        known = session.api.get("/system")["queues"] or []
        found = [Choice(one["name"], (), f"{one['dead_letters']:,} dead letters") for one in known]
        queue = asking.one_of(session, found, "queue", "QUEUE", None).id
    document = session.api.post(to("dead-letters", queue, "redrive"))
    moved = document.get("moved")
    told = f"{moved:,} sent again" if moved is not None else "SQS is sending them again"
    left = f"; {document['remaining']:,} left" if document.get("remaining") and moved is not None else ""
    session.tell(document, Text.assemble(("✓ ", "green"), f"{told}{left}"))


def events(
    session: Session,
    job: Annotated[
        str | None, typer.Option("--job", metavar="ID", help="Only what concerns this job.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="ROUTE", help="Only calls of a route, such as 'POST /imports'."),
    ] = None,
    who: Annotated[
        str | None,
        typer.Option("--who", metavar="WHO", help="A session's name or id, or a token's fingerprint."),
    ] = None,
    limit: Limit = MOST,
    everything: All = False,
) -> None:
    """List who did what, when, from where, and how it ended."""
    asked = {"job": job, "kind": kind, "who": who, "limit": page(limit, everything)}
    document = session.api.listed("/events", most(limit, everything), **asked)
    tell_list(session, document, health.events, "nothing was done")


def api(
    session: Session,
    method: Annotated[str, typer.Argument(metavar="METHOD", help="GET, POST, PUT, PATCH or DELETE.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="As the contract has it, such as /imports.")],
    body: Annotated[
        str | None, typer.Argument(metavar="[BODY]", help="JSON; @FILE reads a file, - standard input.")
    ] = None,
) -> None:
    """Call a route, and print its answer as it is."""
    if method.upper() not in METHODS:
        raise Usage(f"{method!r} is no method; choose from {', '.join(METHODS)}")
    if not path.startswith("/"):
        raise Usage(f"{path!r} is no path: it begins with /")
    session.json = True
    session.tell(session.api.call(method.upper(), path, None if body is None else _document(body)))


def _document(body: str) -> Any:
    try:
        text = sys.stdin.read() if body == STDIN else body
        if body.startswith("@"):
            text = Path(body[1:]).read_text(encoding="utf-8")
        return json.loads(text)
    except ValueError as error:
        raise Usage(f"the body is no JSON: {error}") from error
    except OSError as error:
        raise Usage(f"{body[1:]} cannot be read ({type(error).__name__})") from error
