"""`lytics-cm export plan|try|retry|activity|ledger`: what an export would do, does, and did of people."""

from __future__ import annotations

from typing import Annotated

import typer

from lytics_cm_cli import asking
from lytics_cm_cli.asking import Choice
from lytics_cm_cli.commands.jobs import Email, Kind, Wanted, find
from lytics_cm_cli.commands.listing import MOST, All, Limit, most, page, tell_list
from lytics_cm_cli.drawing import outcomes as drawing
from lytics_cm_cli.session import Session, command

UNDER_WAY = ("starting", "running")
"""States of a dry run that is not over: it ends as stopped."""
Outcome = Annotated[
    str | None,
    typer.Option("--outcome", help="Only: added, changed, removed, skipped, refused or kept_out."),
]
Code = Annotated[str | None, typer.Option("--code", help="Only what was refused with this code.")]


def add(app: typer.Typer, kind: Kind) -> None:
    """Register the commands."""

    def plan(session: Session, job: Wanted = None, limit: Limit = MOST, everything: All = False) -> None:
        """Show what a dry run would do: totals, then what would change of each person."""
        chosen = find(session, kind, job)
        document = session.api.listed(kind.at(chosen, "plan"), most(limit, everything))
        nothing = "" if document["items"] else _nobody(session, kind, chosen)
        tell_list(session, document, lambda _: drawing.plan(document), nothing)

    def try_(
        session: Session,
        job: Wanted = None,
        email: Annotated[str | None, typer.Argument(metavar="EMAIL", help="The person's address.")] = None,
    ) -> None:
        """Send one person, in one call, and show the list before and after."""
        chosen = find(session, kind, job)
        told = asking.text(session, "address", "EMAIL", email)
        document = session.api.post(kind.at(chosen, "try"), {"email": told})
        session.tell(document, drawing.tried(document))

    def retry(session: Session, job: Wanted = None) -> None:
        """Send everybody who failed once more."""
        chosen = find(session, kind, job)
        document = session.api.post(kind.at(chosen, "retry-failures"))
        session.tell(document)
        if not session.json:
            session.done(f"sending again: {document['counts']['failed']:,} who failed in {chosen.name}")

    def activity(session: Session, job: Wanted = None, limit: Limit = MOST, everything: All = False) -> None:
        """List what was done in each hour, and for what; 90 days."""
        path = kind.at(find(session, kind, job), "activity")
        document = session.api.listed(path, most(limit, everything), limit=page(limit, everything))
        tell_list(session, document, drawing.activity, "nothing was done yet")

    def ledger(
        session: Session,
        job: Wanted = None,
        email: Email = None,
        outcome: Outcome = None,
        code: Code = None,
        limit: Limit = MOST,
        everything: All = False,
    ) -> None:
        """List what became of every person: who was sent, who was refused, and why; 90 days."""
        path = kind.at(find(session, kind, job), "ledger")
        asked = {"email": email, "outcome": outcome, "code": code}
        document = session.api.listed(path, most(limit, everything), limit=page(limit, everything), **asked)
        tell_list(session, document, drawing.ledger, "nothing is written down of that")

    for function, name in (
        (plan, "plan"),
        (try_, "try"),
        (retry, "retry"),
        (activity, "activity"),
        (ledger, "ledger"),
    ):
        command(app, name)(function)


def _nobody(session: Session, kind: Kind, chosen: Choice) -> str:
    """Why a plan is empty: nobody is concerned, or the dry run goes on."""
    if session.api.get(kind.at(chosen))["status"] in UNDER_WAY:
        return f"nobody yet: the dry run is under way; lytics-cm export watch {chosen.id}"
    return "nobody would be touched"
