"""`lytics-cm profile`: somebody's profile, why it says so, and the end of it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from lytics_cm_cli import asking
from lytics_cm_cli.client import to
from lytics_cm_cli.commands.jobs import Yes, deleted
from lytics_cm_cli.commands.listing import MOST, All, Limit, most, page, tell_list
from lytics_cm_cli.drawing import people as drawing
from lytics_cm_cli.drawing.portrait import portrait
from lytics_cm_cli.session import Session, Usage, command

Email = Annotated[str | None, typer.Argument(metavar="EMAIL", help="The person's address.")]

app = typer.Typer(help="Look somebody up, ask why, or erase them.", no_args_is_help=True)


def add(to_app: typer.Typer) -> None:
    """Register the commands."""
    for function in (show, explain, rows, find, consent, exports, kept, erase, blocks, unblock):
        command(app)(function)
    to_app.add_typer(app, name="profile", rich_help_panel="People")


def _path(session: Session, email: str | None, *more: str) -> str:
    return to("profiles", asking.text(session, "address", "EMAIL", email), *more)


def show(session: Session, email: Email = None) -> None:
    """Show a profile as a card, with charts of when mail is opened."""
    document = session.api.get(_path(session, email))
    session.tell(document, portrait(document))


def explain(
    session: Session,
    email: Email = None,
    field: Annotated[str | None, typer.Argument(metavar="FIELD", help="Only this field.")] = None,
) -> None:
    """Tell why a profile says what it says: rules, rows, and which row decided."""
    document = session.api.get(_path(session, email, "explain"))
    if field is not None and field not in document["fields"]:
        raise Usage(f"the profile has no field {field!r}; it has {', '.join(document['fields'])}")
    session.tell(document, drawing.explained(document, field))


def rows(session: Session, email: Email = None, limit: Limit = MOST, everything: All = False) -> None:
    """List somebody's rows, newest first, with a chart of when there were how many."""
    path, count = _path(session, email, "rows"), page(limit, everything)
    document = session.api.listed(path, most(limit, everything), limit=count)
    tell_list(session, document, drawing.rows, "no rows")


def find(
    session: Session,
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="How the address begins.")] = "",
    limit: Limit = MOST,
    everything: All = False,
) -> None:
    """List people by how their address begins; reads all of the table."""
    asked = {"prefix": prefix or None, "limit": page(limit, everything)}
    document = session.api.listed("/profiles", most(limit, everything), **asked)
    tell_list(session, document, drawing.people, "nobody")


def consent(session: Session, email: Email = None) -> None:
    """Show whether somebody may be tracked, who said so, and since when."""
    document = session.api.get(_path(session, email, "consent"))
    session.tell(document, drawing.consents(document))


def exports(session: Session, email: Email = None) -> None:
    """Show in which exports somebody is, what was sent, and what was refused."""
    document = session.api.listed(_path(session, email, "exports"))
    tell_list(session, document, drawing.in_exports, "in no export")


def kept(session: Session, email: Email = None) -> None:
    """Print everything that is kept of somebody, as one JSON: what to hand to a person who asks."""
    path = _path(session, email)
    document = session.api.get(f"{path}/export")
    while document["cursor"]:
        page = session.api.get(f"{path}/export", cursor=document["cursor"])
        document |= {"rows": document["rows"] + page["rows"]}
        document |= {name: page[name] for name in ("rows_left", "cursor")}
    session.json = True
    session.tell(document)


def erase(
    session: Session,
    email: Email = None,
    block: Annotated[bool, typer.Option("--block", help="Never let the person come back.")] = False,
    yes: Yes = False,
) -> None:
    """Erase somebody for good, and show the receipt."""
    path = _path(session, email)
    session.sure("Erase this person for good? Nothing brings the profile back.", yes=yes)
    document = session.api.call("DELETE", path, query={"block": block or None})
    session.tell(document, Text.assemble(("✓ ", "green"), "erased"), drawing.receipt(document))


def blocks(session: Session) -> None:
    """List who never comes back."""
    tell_list(session, session.api.listed("/blocks"), drawing.blocks, "nobody is blocked")


def unblock(session: Session, email: Email = None, yes: Yes = False) -> None:
    """Let somebody come back; what was erased stays erased."""
    path = to("blocks", asking.text(session, "address", "EMAIL", email))
    session.sure("Let this person come back?", yes=yes)
    session.api.call("DELETE", path)
    deleted(session, "not blocked any more")
