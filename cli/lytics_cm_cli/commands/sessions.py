"""Tokens that end by themselves, for people and programs; and the console, which gets one of its own."""

from __future__ import annotations

import os
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from lytics_cm_cli import asking
from lytics_cm_cli.asking import Choice
from lytics_cm_cli.client import to
from lytics_cm_cli.commands.jobs import Yes, deleted
from lytics_cm_cli.commands.listing import tell_list
from lytics_cm_cli.drawing.sessions import sessions as drawn
from lytics_cm_cli.drawing.words import when
from lytics_cm_cli.finding import TOKEN_FILE
from lytics_cm_cli.session import Session, Usage, command

ROLES = ("viewer", "operator", "admin")
STDOUT = "-"
HOURS = 8
LINK_HOURS, INVITED_HOURS = 48, 720
"""Of an invitation: until when the link works, and until when whoever opened it stays in. As in the console."""

Role = Annotated[str, typer.Option("--role", help="viewer reads, operator runs, admin connects and erases.")]
Hours = Annotated[
    float, typer.Option("--hours", metavar="N", help="After so many it ends; 0.5 is half of one.")
]

app = typer.Typer(help="Give people and programs tokens that end.", no_args_is_help=True)


def add(to_app: typer.Typer) -> None:
    """Register the commands."""
    command(app)(create)
    command(app)(invite)
    command(app, "list")(list_)
    command(app)(revoke)
    to_app.add_typer(app, name="session", rich_help_panel="Operate")
    command(to_app, rich_help_panel="Operate")(console)


def create(
    session: Session,
    name: Annotated[str | None, typer.Option("--name", help="Whose it is.")] = None,
    role: Role = "viewer",
    hours: Hours = HOURS,
    file: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="FILE", help="A new file for the token, readable by you alone; - prints it."
        ),
    ] = None,
) -> None:
    """Make a session. Its token is written where --to says, and nowhere else."""
    whose = asking.text(session, "name", "--name", name)
    target = asking.text(session, "file", "--to", file)
    if target != STDOUT and Path(target).exists():
        raise Usage(f"{target} exists; name a new file")
    document = _made(session, {"name": whose, "role": _role(role), "hours": hours})
    token = str(document.pop("token"))
    if target == STDOUT:
        if session.json:
            session.tell({**document, "token": token})
        else:
            session.screen.out.file.write(token + "\n")
        return
    _write(session, target, token, document)
    session.tell(document)
    if not session.json:
        session.done(f"{role} session until {document.get('expires_at')}; use it with {TOKEN_FILE}={target}")


def invite(
    session: Session,
    name: Annotated[str | None, typer.Option("--name", help="Who is invited.")] = None,
    role: Role = "viewer",
    hours: Hours = INVITED_HOURS,
    link_hours: Annotated[
        float,
        typer.Option("--link-hours", metavar="N", help="How long the link works; 168 at most."),
    ] = LINK_HOURS,
) -> None:
    """Print a link to the console for somebody else: it works once, for two days unless told."""
    whose = asking.text(session, "name", "--name", name)
    body = {"name": whose, "role": _role(role), "hours": hours, "code": True}
    document = _made(session, {**body, "code_hours": min(link_hours, hours)})
    if session.json:
        session.tell(document)
        return
    until = f"{when(document['code_until']).plain} UTC"
    session.say(f"Send {whose} this link; it works once, until {until}. To take it back: session revoke")
    session.link(f"{session.api.url}/console#code={document['code']}")


def _write(session: Session, target: str, token: str, document: dict[str, Any]) -> None:
    """The token into a new file; a session that nobody could use is revoked."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as written:
            written.write(token + "\n")
    except OSError as error:
        session.api.call("DELETE", to("sessions", str(document["id"])))
        raise Usage(
            f"{target} cannot be written ({type(error).__name__}); the session was revoked"
        ) from error


def list_(session: Session) -> None:
    """List the sessions; never a token."""
    tell_list(session, session.api.listed("/sessions"), drawn, "no session")


def revoke(
    session: Session,
    wanted: Annotated[str | None, typer.Argument(metavar="SESSION", help="Its name or id.")] = None,
    yes: Yes = False,
) -> None:
    """End a session at once."""
    found = asking.choices(session.api.listed("/sessions")["items"], "role")
    chosen: Choice = asking.one_of(session, found, "session", "SESSION", wanted)
    session.sure(f"Revoke the session {chosen.name}? Whoever uses it is out within a minute.", yes=yes)
    session.api.call("DELETE", to("sessions", chosen.id))
    deleted(session, f"revoked: {chosen.name}")


def console(
    session: Session,
    role: Role = "admin",
    hours: Hours = HOURS,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the URL instead; it works once.")
    ] = False,
) -> None:
    """Open the console in the browser, signed in."""
    body = {"name": "console", "role": _role(role), "hours": hours, "code": True}
    document = _made(session, body)
    url = f"{session.api.url}/console#code={document['code']}"
    if no_browser or not webbrowser.open(url):
        session.say("Open this page; it works once:")
        session.link(url)
    session.tell({name: value for name, value in document.items() if name != "code"})


def _made(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = session.api.post("/sessions", body)
    return document


def _role(role: str) -> str:
    if role not in ROLES:
        raise Usage(f"there is no role {role!r}; choose from {', '.join(ROLES)}")
    return role
