"""`lytics-cm import`: Campaign Monitor's lists and activity to profiles, in the order of Lytics' own form."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lytics_cm_cli import asking, watching
from lytics_cm_cli.client import to
from lytics_cm_cli.commands import jobs
from lytics_cm_cli.commands.accounts import Account, Client, lists_of, one_account, one_client
from lytics_cm_cli.commands.jobs import Description, Kind, Wanted, Yes, find, given, told_job
from lytics_cm_cli.commands.listing import MOST, All, Limit, most, page, tell_list
from lytics_cm_cli.drawing import jobs as drawing
from lytics_cm_cli.session import Session, Usage, command

KIND = Kind(
    "import", "imports", "client", drawing.imports, drawing.an_import, "The rows that it brought stay."
)
MINUTES = 60

KeepUpdated = Annotated[
    bool | None,
    typer.Option("--keep-updated/--no-keep-updated", help="Run again and again, and register webhooks."),
]
Every = Annotated[
    int | None, typer.Option("--every", metavar="MINUTES", help="How often to run: 1 to 10,080.")
]
Consent = Annotated[
    str | None,
    typer.Option("--tracking-consent", help="Whose opens and clicks are kept: ignore, respect or strict."),
]
LastOpenDay = Annotated[
    bool | None,
    typer.Option(
        "--keep-last-open-day/--no-keep-last-open-day", help="Of others, keep the day of the last open."
    ),
]
KeepDays = Annotated[
    str | None,
    typer.Option("--keep-rows-days", metavar="DAYS", help="Forget older activity; none keeps all."),
]
Since = Annotated[
    str | None,
    typer.Option("--rows-since", metavar="YYYY-MM-DD", help="Read no activity before; none reads all."),
]
Drop = Annotated[
    list[str] | None,
    typer.Option("--drop-column", metavar="COLUMN", help="Do not store it; repeatable; none drops nothing."),
]
Hash = Annotated[
    list[str] | None,
    typer.Option(
        "--hash-column", metavar="COLUMN", help="Store a keyed hash; repeatable; none hashes nothing."
    ),
]
ListNames = Annotated[
    list[str] | None, typer.Option("--list", metavar="LIST", help="Its name or id; repeatable; all if none.")
]
Watch = Annotated[bool, typer.Option("--watch", help="Watch it until it is done.")]

app = typer.Typer(
    help="Bring lists, people and activity of Campaign Monitor to profiles.", no_args_is_help=True
)


def add(to_app: typer.Typer) -> None:
    """Register the commands."""
    command(app)(start)
    command(app)(watch)
    command(app)(run)
    command(app, "set")(change)
    command(app)(runs)
    command(app)(rotate)
    jobs.add(app, KIND)
    to_app.add_typer(app, name="import", rich_help_panel="Jobs")


def start(
    session: Session,
    job: Wanted = None,
    account: Account = None,
    client: Client = None,
    lists: ListNames = None,
    keep_updated: KeepUpdated = None,
    every: Every = None,
    description: Description = None,
    tracking_consent: Consent = None,
    keep_last_open_day: LastOpenDay = None,
    keep_rows_days: KeepDays = None,
    rows_since: Since = None,
    drop_column: Drop = None,
    hash_column: Hash = None,
    follow: Watch = False,
) -> None:
    """Start an import: a new one, for which it asks what you do not say; or JOB, which was stopped."""
    options = given(
        keep_updated=keep_updated,
        every_minutes=every,
        description=description,
        tracking_consent=tracking_consent,
        keep_last_open_day=keep_last_open_day,
        keep_rows_days=jobs.number(keep_rows_days),
        rows_since=rows_since,
        drop_columns=drop_column,
        hash_columns=hash_column,
    )
    if job is not None:
        if options or account or client or lists:
            raise Usage(
                "JOB goes on as it was; change it with lytics-cm import set, or leave JOB out for a new one"
            )
        told_job(session, KIND, find(session, KIND, job), "start", "started")
    else:
        document = session.api.post("/imports", _new(session, account, client, lists, options))
        if session.json and not follow:
            session.tell(document)
        else:
            session.done(f"started: {document.get('description') or document['id']}")
        job = str(document["id"])
        if not follow:
            session.say(f"  to look at it: lytics-cm import watch {job}")
    if follow:
        watch(session, job)


def _new(
    session: Session,
    account: str | None,
    client: str | None,
    lists: list[str] | None,
    options: dict[str, Any],
) -> dict[str, Any]:
    """The body of a new import; asks in the order of Lytics' form, if something is missing."""
    is_guided = session.screen.is_interactive and not (account and client)
    owner = one_account(session, account)
    customer = one_client(session, owner.id, client)
    body: dict[str, Any] = {"authorization_id": owner.id, "client_id": customer.id}
    if lists:
        known = lists_of(session, owner.id, customer.id)
        body["list_ids"] = [asking.named(known, "list", one).id for one in lists]
    elif is_guided:
        known = lists_of(session, owner.id, customer.id)
        body["list_ids"] = [one.id for one in asking.some_of(session, known, "list", "all of them")]
    if is_guided and not options and asking.yes_or_no(session, "Show advanced options?"):
        options = _advanced(session)
    if is_guided and not asking.yes_or_no(session, "Start import?", otherwise=True):
        raise Usage("nothing was started")
    return {**body, **options}


def _advanced(session: Session) -> dict[str, Any]:
    if not asking.yes_or_no(session, "Keep updated: run this import again and again?"):
        return {}
    told = session.ask(f"Every how many minutes? (empty: {MINUTES})")
    return {"keep_updated": True, "every_minutes": jobs.number(told or str(MINUTES))}


def watch(session: Session, job: Wanted = None) -> None:
    """Watch an import until its run is done: bars of its stages, what it waits for, the time left."""
    path = KIND.at(find(session, KIND, job))
    found = watching.follow(session.out, lambda: session.api.get(path), watching.import_is_over)
    session.tell(found)
    run = found.get("run") or {"status": found["status"]}
    jobs.ended(
        found,
        run["status"] in ("succeeded", "scheduled", "completed"),
        found.get("message") or run.get("reason"),
    )


def run(session: Session, job: Wanted = None, follow: Watch = False) -> None:
    """Run an import now."""
    chosen = find(session, KIND, job)
    if not follow:
        told_job(session, KIND, chosen, "run", "running")
        return
    session.api.post(KIND.at(chosen, "run"))
    watch(session, chosen.id)


def change(
    session: Session,
    job: Wanted = None,
    keep_updated: KeepUpdated = None,
    every: Every = None,
    description: Description = None,
    tracking_consent: Consent = None,
    keep_last_open_day: LastOpenDay = None,
    keep_rows_days: KeepDays = None,
    rows_since: Since = None,
    drop_column: Drop = None,
    hash_column: Hash = None,
) -> None:
    """Change an import: only what you name."""
    changes = given(
        keep_updated=keep_updated,
        every_minutes=every,
        description=description,
        tracking_consent=tracking_consent,
        keep_last_open_day=keep_last_open_day,
        keep_rows_days=jobs.number(keep_rows_days),
        rows_since=rows_since,
        drop_columns=drop_column,
        hash_columns=hash_column,
    )
    jobs.no_changes(changes)
    document = session.api.patch(KIND.at(find(session, KIND, job)), changes)
    session.tell(document, drawing.an_import(document, session.now))


def runs(session: Session, job: Wanted = None, limit: Limit = MOST, everything: All = False) -> None:
    """List the runs of the last 90 days: why each began, how long it took, what was new."""
    path = to(KIND.path, find(session, KIND, job).id, "runs")
    document = session.api.listed(path, most(limit, everything), limit=page(limit, everything))
    tell_list(session, document, drawing.runs, "no run yet")


def rotate(session: Session, job: Wanted = None, yes: Yes = False) -> None:
    """Give the webhooks of an import new URLs; the old ones work until Campaign Monitor has the new ones."""
    chosen = find(session, KIND, job)
    session.sure(f"Give the webhooks of {chosen.name} new URLs?", yes=yes)
    told_job(session, KIND, chosen, "rotate-webhooks", "its webhooks get new URLs")
