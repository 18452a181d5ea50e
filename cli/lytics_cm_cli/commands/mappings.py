"""`lytics-cm mapping`: which rows make which field of a profile."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from lytics_cm_cli import asking
from lytics_cm_cli.asking import Choice
from lytics_cm_cli.client import to
from lytics_cm_cli.commands.jobs import Yes
from lytics_cm_cli.drawing import people as drawing
from lytics_cm_cli.session import Failed, Session, Usage, command

STREAMS = ("cm_user", "cm_activity")
STDIN = "-"

Stream = Annotated[str | None, typer.Argument(metavar="STREAM", help="cm_user or cm_activity.")]
File = Annotated[str | None, typer.Argument(metavar="FILE", help="The mapping's text; - is standard input.")]

app = typer.Typer(help="Read, check and change the mappings that make profiles.", no_args_is_help=True)


def add(to_app: typer.Typer) -> None:
    """Register the commands."""
    for function in (get, check, put, reset, reaggregate, progress):
        command(app)(function)
    to_app.add_typer(app, name="mapping", rich_help_panel="People")


def _path(session: Session, stream: str | None, *more: str) -> str:
    found = [Choice(name) for name in STREAMS]
    return to("streams", asking.one_of(session, found, "stream", "STREAM", stream).id, "mapping", *more)


def _text(session: Session, file: str | None) -> str:
    name = asking.text(session, "file", "FILE", file)
    try:
        return sys.stdin.read() if name == STDIN else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise Usage(f"{name} cannot be read ({type(error).__name__})") from error


def get(session: Session, stream: Stream = None) -> None:
    """Print the mapping in force, ready for a file."""
    document = session.api.get(_path(session, stream))
    if session.json:
        session.tell(document)
    else:
        session.screen.out.file.write(document["mapping"].rstrip("\n") + "\n")


def check(
    session: Session,
    stream: Stream = None,
    file: File = None,
    email: Annotated[
        str | None, typer.Option("--email", help="Show what it would change of this person.")
    ] = None,
) -> None:
    """Check a mapping and keep nothing: mistakes with carets, one person before and after."""
    body = {"mapping": _text(session, file), **({"email": email} if email else {})}
    document = session.api.post(_path(session, stream, "check"), body)
    session.tell(document, drawing.checked(document))
    if document["errors"]:
        count = len(document["errors"])
        raise Failed(f"{count} mistake{'' if count == 1 else 's'}")


def put(session: Session, stream: Stream = None, file: File = None) -> None:
    """Let a mapping hold; all profiles are made anew."""
    document = session.api.call("PUT", _path(session, stream), {"mapping": _text(session, file)})
    session.tell(document, _now(document["stream"], "your mapping"))


def reset(session: Session, stream: Stream = None, yes: Yes = False) -> None:
    """Go back to the default mapping; all profiles are made anew."""
    path = _path(session, stream)
    session.sure("Go back to the default mapping? Your own is forgotten.", yes=yes)
    document = session.api.call("DELETE", path)
    session.tell(document, _now(document["stream"], "the default mapping"))


def _now(stream: str, what: str) -> Text:
    return Text.assemble(("✓ ", "green"), f"{stream} has {what}; profiles follow within minutes")


def reaggregate(session: Session) -> None:
    """Make all profiles anew from their rows; a change of a mapping does so by itself."""
    document = session.api.post("/streams/reproject")
    session.tell(document, drawing.reaggregation(document))


def progress(session: Session) -> None:
    """Show how far all profiles are made anew."""
    document = session.api.get("/streams/reproject")
    session.tell(document, drawing.reaggregation(document))
