"""`lytics-cm export`: Lytics audiences to a list of Campaign Monitor, in the order of Lytics' own form."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lytics_cm_cli import asking, watching
from lytics_cm_cli.asking import Choice
from lytics_cm_cli.client import Refused, to
from lytics_cm_cli.commands import jobs, outcomes
from lytics_cm_cli.commands.accounts import Account, Client, clients_of, lists_of, one_account
from lytics_cm_cli.commands.jobs import NONE, Description, Kind, Wanted, Yes, find, given, told_job
from lytics_cm_cli.drawing import choices
from lytics_cm_cli.drawing import jobs as drawing
from lytics_cm_cli.session import Session, Usage, command

type Json = dict[str, Any]

KIND = Kind(
    "export",
    "exports",
    "list",
    drawing.exports,
    lambda job, _: drawing.an_export(job),
    "The list keeps what it has.",
)
UNPROCESSABLE = 422

ListName = Annotated[
    str | None, typer.Option("--list", metavar="LIST", help="Where people go: its name or id.")
]
Audiences = Annotated[
    list[str] | None, typer.Option("--audience", metavar="AUDIENCE", help="Its name or slug; repeatable.")
]
Existing = Annotated[
    bool | None,
    typer.Option("--existing-users/--no-existing-users", help="Also who is in an audience already."),
]
Resubscribe = Annotated[
    bool | None,
    typer.Option("--resubscribe-users/--no-resubscribe-users", help="Also who was deleted or unsubscribed."),
]
Autoresponders = Annotated[
    bool | None,
    typer.Option(
        "--queue-autoresponders/--no-queue-autoresponders", help="Start subscription-based e-mails."
    ),
]
EmailField = Annotated[
    str | None, typer.Option("--email-field", metavar="FIELD", help="Lytics' field; email if none.")
]
NameField = Annotated[
    str | None, typer.Option("--name-field", metavar="FIELD", help="Lytics' field; name if none.")
]
Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="FIELD=FIELD", help="A Lytics field to a custom field of the list; repeatable."
    ),
]
ConsentField = Annotated[
    str | None,
    typer.Option("--consent-field", metavar="FIELD", help="Lytics' field with the consent to be tracked."),
]
ForNew = Annotated[
    str | None,
    typer.Option("--consent-for-new", help="New people without a decision: unchanged, no or refuse."),
]
SmsField = Annotated[
    str | None, typer.Option("--sms-field", metavar="FIELD", help="Lytics' field with the number.")
]
SmsConsent = Annotated[
    str | None,
    typer.Option("--sms-consent-field", metavar="FIELD", help="Lytics' field with the consent to SMS."),
]
DryRun = Annotated[
    bool | None, typer.Option("--dry-run/--no-dry-run", help="Write nothing, and say who would be what.")
]
Watch = Annotated[bool, typer.Option("--watch", help="Watch it until it is set up.")]

app = typer.Typer(help="Keep a list of Campaign Monitor in step with Lytics audiences.", no_args_is_help=True)


def add(to_app: typer.Typer) -> None:
    """Register the commands."""
    command(app)(start)
    command(app)(watch)
    command(app, "set")(change)
    command(app)(rotate)
    outcomes.add(app, KIND)
    jobs.add(app, KIND)
    to_app.add_typer(app, name="export", rich_help_panel="Jobs")


def start(
    session: Session,
    job: Wanted = None,
    account: Account = None,
    client: Client = None,
    list_: ListName = None,
    audience: Audiences = None,
    existing_users: Existing = None,
    resubscribe_users: Resubscribe = None,
    queue_autoresponders: Autoresponders = None,
    email_field: EmailField = None,
    name_field: NameField = None,
    field_map: Maps = None,
    description: Description = None,
    consent_field: ConsentField = None,
    consent_for_new: ForNew = None,
    sms_field: SmsField = None,
    sms_consent_field: SmsConsent = None,
    dry_run: DryRun = None,
    follow: Watch = False,
) -> None:
    """Start an export: a new one, for which it asks what you do not say; or JOB, which was stopped."""
    options = given(
        existing_users=existing_users,
        resubscribe_users=resubscribe_users,
        queue_autoresponders=queue_autoresponders,
        email_field=email_field,
        name_field=name_field,
        field_mappings=_mappings(field_map),
        description=description,
        consent_field=consent_field,
        consent_for_new=consent_for_new,
        sms_field=sms_field,
        sms_consent_field=sms_consent_field,
        dry_run=dry_run,
    )
    if job is not None:
        if options or account or client or list_ or audience:
            raise Usage(
                "JOB goes on as it was; change it with lytics-cm export set, or leave JOB out for a new one"
            )
        told_job(session, KIND, find(session, KIND, job), "start", "started")
    else:
        document = session.api.post("/exports", _new(session, (account, client, list_), audience, options))
        job = str(document["id"])
        _told_new(session, document, is_followed=follow)
    if follow:
        watch(session, job)


def _told_new(session: Session, document: Json, *, is_followed: bool) -> None:
    if session.json and not is_followed:
        session.tell(document)
        return
    session.done(f"started: {document.get('description') or document['id']}")
    session.say("  give this URL to a Lytics job of type Webhooks: Audience Triggers:")
    session.link(f"  {document['audience_webhook_url']}")
    if not is_followed:
        session.say(f"  to look at it: lytics-cm export watch {document['id']}")


def _new(
    session: Session,
    where: tuple[str | None, str | None, str | None],
    audiences: list[str] | None,
    options: Json,
) -> Json:
    """The body of a new export; asks in the order of Lytics' form, if something is missing."""
    account, client, list_ = where
    is_guided = session.screen.is_interactive and not (account and list_ and audiences)
    owner = one_account(session, account)
    target = _one_list(session, owner.id, client, list_)
    chosen = _audiences(session, audiences)
    if is_guided and not options and asking.yes_or_no(session, "Show advanced options?"):
        options = _advanced(session, owner.id, target.id)
    if is_guided and not asking.yes_or_no(session, "Start export?", otherwise=True):
        raise Usage("nothing was started")
    return {"authorization_id": owner.id, "list_id": target.id, "audiences": chosen, **options}


def _one_list(session: Session, account_id: str, client: str | None, wanted: str | None) -> Choice:
    """The list among those of all clients, or of one."""
    if wanted is None:
        asking.required(session, "--list", "list")
        session.say("Campaign Monitor bills a person once for each list.")
    clients = clients_of(session, account_id)
    if client is not None:
        clients = [asking.named(clients, "client", client)]
    found = [
        Choice(
            one.id,
            one.names if len(clients) == 1 else (*one.names, f"{customer.name} / {one.name}"),
            customer.name,
        )
        for customer in clients
        for one in lists_of(session, account_id, customer.id)
    ]
    return asking.one_of(session, found, "list", "--list", wanted)


def _audiences(session: Session, wanted: list[str] | None) -> list[Json]:
    """The audiences by slug. Without a token of Lytics in the stack, slugs are taken as they are."""
    if not wanted:
        asking.required(session, "--audience", "audience")
    try:
        items = session.api.listed("/audiences")["items"]
    except Refused as error:
        if error.status != UNPROCESSABLE or not wanted:
            raise
        return [{"slug": one} for one in wanted]
    found = asking.choices(items, next((name for name in choices.SIZES if items and name in items[0]), ""))
    slugs = {one["id"]: one["slug"] for one in items}
    chosen = (
        [asking.named(found, "audience", one) for one in wanted]
        if wanted
        else asking.some_of(session, found, "audience")
    )
    return [{"slug": slugs[one.id]} for one in dict.fromkeys(chosen)]


def _advanced(session: Session, account_id: str, list_id: str) -> Json:
    options: Json = {
        "existing_users": asking.yes_or_no(session, "Existing users: also who is in an audience already?"),
        "resubscribe_users": asking.yes_or_no(
            session, "Resubscribe users: also who was deleted or unsubscribed?"
        ),
        "queue_autoresponders": asking.yes_or_no(session, "Queue subscription based auto responders?"),
        "email_field": session.ask("Email field (empty: email)") or "email",
        "name_field": session.ask("Name field (empty: name)") or "name",
    }
    known = session.api.get(to("authorizations", account_id, "lists", list_id, "custom-fields"))["items"]
    session.say(f"Custom fields of the list: {', '.join(one['name'] for one in known) or 'none'}")
    told = session.ask("Field mappings (lytics_field=Custom field, with commas; empty: none)")
    mappings = _mappings([one for one in told.split(",") if one.strip()])
    return {**options, **({"field_mappings": mappings} if mappings else {})}


def _mappings(pairs: list[str] | None) -> dict[str, str] | None:
    """`--map city=City` as the API has it; `--map none` is none at all."""
    if not pairs:
        return None
    if pairs == [NONE]:
        return {}
    found = {}
    for pair in pairs:
        source, sign, target = pair.partition("=")
        if not (sign and source.strip() and target.strip()):
            raise Usage(f"--map {pair!r}: write lytics_field=Custom field")
        found[source.strip()] = target.strip()
    return found


def watch(
    session: Session,
    job: Wanted = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
) -> None:
    """Watch an export until it is set up and has read who was in its audiences before; a dry run to its end."""
    path = KIND.at(find(session, KIND, job))
    is_over = (lambda _: False) if follow else watching.export_is_set_up
    found = watching.follow(session.out, lambda: session.api.get(path), is_over)
    session.tell(found)
    is_judged = found["dry_run"] and found["status"] == "stopped"
    jobs.ended(found, is_judged or found["status"] == "running", found.get("message"))
    if is_judged:
        session.say(f"What it would do: lytics-cm export plan {found['id']}")


def change(
    session: Session,
    job: Wanted = None,
    audience: Audiences = None,
    existing_users: Existing = None,
    resubscribe_users: Resubscribe = None,
    queue_autoresponders: Autoresponders = None,
    email_field: EmailField = None,
    name_field: NameField = None,
    field_map: Maps = None,
    description: Description = None,
    consent_field: ConsentField = None,
    consent_for_new: ForNew = None,
    sms_field: SmsField = None,
    sms_consent_field: SmsConsent = None,
    dry_run: DryRun = None,
) -> None:
    """Change an export: only what you name. --no-dry-run makes a dry run real."""
    changes = given(
        existing_users=existing_users,
        resubscribe_users=resubscribe_users,
        queue_autoresponders=queue_autoresponders,
        email_field=email_field,
        name_field=name_field,
        field_mappings=_mappings(field_map),
        description=description,
        consent_field=consent_field,
        consent_for_new=consent_for_new,
        sms_field=sms_field,
        sms_consent_field=sms_consent_field,
        dry_run=dry_run,
    )
    if audience:
        changes["audiences"] = _audiences(session, audience)
    jobs.no_changes(changes)
    document = session.api.patch(KIND.at(find(session, KIND, job)), changes)
    session.tell(document, drawing.an_export(document))


def rotate(session: Session, job: Wanted = None, yes: Yes = False) -> None:
    """Give an export a new URL for Lytics' triggers; the old one works for another day."""
    chosen = find(session, KIND, job)
    session.sure(f"Give {chosen.name} a new URL? Lytics must be told within a day.", yes=yes)
    document = session.api.post(KIND.at(chosen, "rotate-webhook"))
    session.tell(document)
    if not session.json:
        session.done("the Lytics job posts to this URL from now on:")
        session.link(document["audience_webhook_url"])
