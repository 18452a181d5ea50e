"""Connecting an account, and what there is to choose from: clients, lists and their fields; Lytics' audiences and fields."""

from __future__ import annotations

import time
import webbrowser
from datetime import datetime
from typing import Annotated, Any

import typer

from lytics_cm_cli import asking
from lytics_cm_cli.asking import Choice
from lytics_cm_cli.client import ANSWER_SECONDS, to
from lytics_cm_cli.commands.jobs import Yes, deleted
from lytics_cm_cli.commands.listing import tell_list
from lytics_cm_cli.drawing import choices as drawing
from lytics_cm_cli.session import Failed, Session, command

type Json = dict[str, Any]

POLL_SECONDS = 1.0
Account = Annotated[
    str | None,
    typer.Option("--account", metavar="ACCOUNT", help="Its description, id, or an id's beginning."),
]
Client = Annotated[
    str | None, typer.Option("--client", metavar="CLIENT", help="Its name, id, or an id's beginning.")
]


def add(app: typer.Typer) -> None:
    """Register the commands."""
    for function in (connect, disconnect, accounts, clients, lists, fields, audiences, lytics_fields):
        command(app, function.__name__.replace("_", "-"), rich_help_panel="Connect")(function)


def connect(
    session: Session,
    description: Annotated[
        str | None, typer.Argument(metavar="DESCRIPTION", help="What you call the account.")
    ] = None,
    again: Annotated[
        str | None,
        typer.Option("--again", metavar="ACCOUNT", help="Connect this account again; its jobs go on."),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the page's URL instead.")] = False,
    wait: Annotated[int, typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait.")] = 600,
) -> None:
    """Connect a Campaign Monitor account: opens the consent page, and waits until you have allowed access."""
    if again is not None:
        account_id = one_account(session, again).id
        url = session.api.post(to("authorizations", account_id, "reconnect"))["authorize_url"]
    else:
        description = asking.text(session, "description", "DESCRIPTION", description)
        begun = session.api.post("/authorizations", {"description": description})
        account_id, url = begun["id"], begun["authorize_url"]
    before = session.api.get(to("authorizations", account_id))
    if no_browser or not webbrowser.open(url):
        session.say("Open this page, log in to Campaign Monitor, and allow access:")
        session.link(url)
    found = _connected(session, before, wait)
    session.tell(found)
    if not session.json:
        session.done(f"connected to Campaign Monitor: {found['description']} ({found['id']})")


def _connected(session: Session, before: Json, wait: int) -> Json:
    """The authorization when a consent has connected it, after `before`. Raises `Failed` if none did."""
    deadline, until = time.monotonic() + wait, before.get("authorize_until")
    with session.out.status("waiting for the consent (Ctrl-C stops waiting)"):
        while True:
            found: Json = session.api.get(to("authorizations", before["id"]))
            until, is_open = found.get("authorize_until") or until, bool(found.get("authorize_until"))
            if found["status"] == "active" and found["connected_at"] != before["connected_at"]:
                return found
            if found["answered_at"] != before["answered_at"]:
                raise _not_connected(found, found["message"] or "the consent came to nothing")
            if not is_open and until and session.now > _end(until):
                raise _not_connected(found, "nobody has allowed access in time")
            if time.monotonic() > deadline:
                open_still = "; the page stays open for a while" if is_open else ""
                raise _not_connected(found, f"no answer came in {wait} s{open_still}")
            time.sleep(POLL_SECONDS)


def _end(until: str) -> float:
    """When (epoch seconds) all is told of a page that is open until then: the last answer may be worked on."""
    return datetime.fromisoformat(until).timestamp() + ANSWER_SECONDS


def _not_connected(account: Json, why: str) -> Failed:
    return Failed(f"not connected: {why}\nTo ask once more: lytics-cm connect --again {account['id']}")


def disconnect(
    session: Session,
    account: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT", help="Its description, id, or an id's beginning.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Forget an account and its tokens; refused while a job uses it."""
    chosen = one_account(session, account, "ACCOUNT")
    session.sure(f"Forget the account {chosen.name}? Its tokens are deleted.", yes=yes)
    session.api.call("DELETE", to("authorizations", chosen.id))
    deleted(session, f"forgotten: {chosen.name}")


def accounts(session: Session) -> None:
    """List the connected accounts."""
    tell_list(
        session, session.api.listed("/authorizations"), drawing.accounts, "no account yet: lytics-cm connect"
    )


def clients(session: Session, account: Account = None) -> None:
    """List an account's clients."""
    chosen = one_account(session, account)
    document = session.api.listed(to("authorizations", chosen.id, "clients"))
    tell_list(session, document, drawing.things, "the account has no client")


def lists(session: Session, account: Account = None, client: Client = None) -> None:
    """List a client's lists."""
    chosen = one_account(session, account)
    customer = one_client(session, chosen.id, client)
    document = session.api.listed(to("authorizations", chosen.id, "clients", customer.id, "lists"))
    tell_list(session, document, drawing.things, "the client has no list")


def fields(
    session: Session,
    account: Account = None,
    client: Client = None,
    list_: Annotated[
        str | None, typer.Option("--list", metavar="LIST", help="Its name, id, or an id's beginning.")
    ] = None,
) -> None:
    """List a list's custom fields, with their types and options: what exports map to."""
    chosen = one_account(session, account)
    customer = one_client(session, chosen.id, client)
    known = lists_of(session, chosen.id, customer.id)
    target = asking.one_of(session, known, "list", "--list", list_)
    document = session.api.listed(to("authorizations", chosen.id, "lists", target.id, "custom-fields"))
    tell_list(session, document, drawing.custom_fields, "the list has no custom field")


def audiences(session: Session) -> None:
    """List the audiences of Lytics."""
    tell_list(session, session.api.listed("/audiences"), drawing.audiences, "Lytics has no audience")


def lytics_fields(session: Session) -> None:
    """List Lytics' fields of people: what exports map from."""
    tell_list(session, session.api.listed("/lytics/fields"), drawing.lytics_fields, "Lytics has no field")


def one_account(session: Session, wanted: str | None, option: str = "--account") -> Choice:
    found = asking.choices(session.api.listed("/authorizations")["items"], "status")
    return asking.one_of(session, found, "account", option, wanted)


def one_client(session: Session, account_id: str, wanted: str | None) -> Choice:
    return asking.one_of(session, clients_of(session, account_id), "client", "--client", wanted)


def clients_of(session: Session, account_id: str) -> list[Choice]:
    return asking.choices(session.api.listed(to("authorizations", account_id, "clients"))["items"])


def lists_of(session: Session, account_id: str, client_id: str) -> list[Choice]:
    found = session.api.listed(to("authorizations", account_id, "clients", client_id, "lists"))["items"]
    return asking.choices(found, next((name for name in drawing.SIZES if found and found[0].get(name)), ""))
