"""What imports and exports have in common: finding one, stopping and deleting it, what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import RenderableType

from lytics_cm_cli import asking
from lytics_cm_cli.asking import Choice
from lytics_cm_cli.client import to
from lytics_cm_cli.commands.listing import MOST, All, Limit, most, tell_list
from lytics_cm_cli.drawing import outcomes as drawing
from lytics_cm_cli.drawing.words import part
from lytics_cm_cli.session import Failed, Session, Usage, command

type Job = Mapping[str, Any]

NONE = "none"
Wanted = Annotated[str | None, typer.Argument(metavar="JOB", help="Its name, id, or an id's beginning.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Code = Annotated[str | None, typer.Option("--code", help="Only failures with this code.")]
Email = Annotated[str | None, typer.Option("--email", help="Only what is about this address.")]
Description = Annotated[
    str | None, typer.Option("--description", help="What you call the job; none takes it away.")
]


@dataclass(frozen=True, slots=True)
class Kind:
    """Imports or exports: their word, their path, what one of their names may be, how they are drawn."""

    word: str
    path: str
    part: str
    table: Callable[[Any], RenderableType]
    card: Callable[[Job, float], RenderableType]
    forgets: str

    def at(self, job: Choice, *more: str) -> str:
        return to(self.path, job.id, *more)


def find(session: Session, kind: Kind, wanted: str | None) -> Choice:
    """The job that is meant: by id, description, or the name of its client, list or account."""
    jobs = session.api.listed(f"/{kind.path}")["items"]
    found = [Choice(job["id"], _names(job, kind), job["status"]) for job in jobs]
    if wanted is not None and not asking.matches(found, wanted):
        accounts = {one["id"]: one["description"] for one in session.api.listed("/authorizations")["items"]}
        found = [
            Choice(one.id, (*one.names, accounts.get(job["authorization_id"], "")), one.note)
            for one, job in zip(found, jobs, strict=True)
        ]
    return asking.one_of(session, found, kind.word, "JOB", wanted)


def _names(job: Job, kind: Kind) -> tuple[str, ...]:
    told = (job.get("description"), part(job, kind.part), part(job, "authorization"))
    return tuple(str(one) for one in told if one)


def add(app: typer.Typer, kind: Kind) -> None:
    """Register the commands that both kinds have."""

    def list_(session: Session) -> None:
        document = session.api.listed(f"/{kind.path}")
        tell_list(session, document, kind.table, f"no {kind.word} yet: lytics-cm {kind.word} start")

    def show(session: Session, job: Wanted = None) -> None:
        document = session.api.get(kind.at(find(session, kind, job)))
        session.tell(document, kind.card(document, session.now))

    def stop(session: Session, job: Wanted = None) -> None:
        told_job(session, kind, find(session, kind, job), "stop", "stopped")

    def delete(session: Session, job: Wanted = None, yes: Yes = False) -> None:
        chosen = find(session, kind, job)
        session.sure(f"Delete the {kind.word} {chosen.name}? {kind.forgets}", yes=yes)
        session.api.call("DELETE", kind.at(chosen))
        deleted(session, f"deleted: {chosen.name}")

    def failures(
        session: Session,
        job: Wanted = None,
        code: Code = None,
        email: Email = None,
        limit: Limit = MOST,
        everything: All = False,
    ) -> None:
        path = kind.at(find(session, kind, job), "failures")
        document = session.api.listed(path, most(limit, everything), code=code, email=email)
        tell_list(session, document, lambda _: drawing.failures(document), "nothing has failed")

    for function, name, told in (
        (list_, "list", f"List the {kind.path}."),
        (show, "show", f"Show one {kind.word}."),
        (stop, "stop", f"Stop an {kind.word}; it keeps everything, and can be started again."),
        (delete, "delete", f"Stop an {kind.word} and forget it."),
        (failures, "failures", "Show what failed and why, with the remedy."),
    ):
        function.__doc__ = told
        command(app, name)(function)


def told_job(session: Session, kind: Kind, job: Choice, action: str, done: str) -> None:
    """Ask for something to be done with a job, and say that it is."""
    document = session.api.post(kind.at(job, action))
    session.tell(document)
    if not session.json:
        session.done(f"{done}: {job.name}")


def deleted(session: Session, told: str) -> None:
    """The API has nothing to say of what is gone."""
    session.tell(None)
    if not session.json:
        session.done(told)


def given(**options: Any) -> dict[str, Any]:
    """What was said of a body: nothing of what was not, and null for the word `none`."""
    said = {name: value for name, value in options.items() if value is not None and value != []}
    return {name: _meant(value) for name, value in said.items()}


def _meant(value: Any) -> Any:
    if value == NONE:
        return None
    return [] if value == [NONE] else value


def number(text: str | None) -> int | str | None:
    """A number, or `none`. Raises `Usage`."""
    if text is None or text == NONE:
        return text
    if not (text.isascii() and text.isdigit()):
        raise Usage(f"{text!r} is neither a number nor {NONE}")
    return int(text)


def no_changes(changes: Mapping[str, Any]) -> None:
    if not changes:
        raise Usage("nothing to change: name an option, see --help")


def ended(job: Job, is_well: bool, why: Any) -> None:
    """Raises `Failed` of a job that did not get where it was going."""
    if not is_well:
        raise Failed(
            f"{job.get('description') or job['id']} is {job['status']}" + (f": {why}" if why else "")
        )
