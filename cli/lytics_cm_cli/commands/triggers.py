"""`lytics-cm trigger`: what people do at the simulated vendors of `make local`."""

from __future__ import annotations

from typing import Annotated, Any

import requests
import typer

from lytics_cm_cli import asking
from lytics_cm_cli.asking import Choice
from lytics_cm_cli.client import Unreachable
from lytics_cm_cli.session import Failed, Session, Usage, command

type Json = dict[str, Any]

SECONDS = 60
ROUNDS = 10
"""How often what the vendor could not deliver is tried."""

Email = Annotated[str | None, typer.Argument(metavar="EMAIL", help="The person's address.")]
Audience = Annotated[str | None, typer.Argument(metavar="AUDIENCE", help="Its name or slug.")]
ListName = Annotated[str | None, typer.Argument(metavar="LIST", help="Its name or id.")]
Name = Annotated[str | None, typer.Option("--name", help="The person's name.")]

app = typer.Typer(
    help="Let somebody do something at the simulated vendors of make local.", no_args_is_help=True
)


def add(to_app: typer.Typer) -> None:
    """Register the commands."""
    for function in (enter, exit_, subscribe, unsubscribe):
        command(app, function.__name__.rstrip("_"))(function)
    to_app.add_typer(app, name="trigger", rich_help_panel="On your machine")


def enter(session: Session, email: Email = None, audience: Audience = None, name: Name = None) -> None:
    """Somebody enters an audience of Lytics; its trigger is posted."""
    _audience(session, "enter", email, audience, {"name": name} if name else {})


def exit_(session: Session, email: Email = None, audience: Audience = None) -> None:
    """Somebody leaves an audience of Lytics; its trigger is posted."""
    _audience(session, "exit", email, audience, {})


def subscribe(session: Session, email: Email = None, list_: ListName = None, name: Name = None) -> None:
    """Somebody subscribes to a list of Campaign Monitor; its webhook is posted."""
    _list(session, "subscribe", email, list_, {"name": name} if name else {})


def unsubscribe(session: Session, email: Email = None, list_: ListName = None) -> None:
    """Somebody unsubscribes from a list of Campaign Monitor; its webhook is posted."""
    _list(session, "unsubscribe", email, list_, {})


def _audience(session: Session, action: str, email: str | None, audience: str | None, fields: Json) -> None:
    """Give Lytics the URLs of the exports that have the audience, as an admin would; then let it happen."""
    url = _simulator("Lytics", session.place.lytics)
    person = asking.text(session, "address", "EMAIL", email)
    chosen = asking.one_of(session, _audiences(session), "audience", "AUDIENCE", audience)
    heard = set(_asked("GET", f"{url}/_state").get("subscriptions", []))
    exports = [
        job
        for job in session.api.listed("/exports")["items"]
        if chosen.id in [one["slug"] for one in job["audiences"]]
    ]
    missing = [job for job in exports if job["audience_webhook_url"] not in heard]
    subscriptions = [
        {"url": job["audience_webhook_url"], "slugs": [one["slug"] for one in job["audiences"]]}
        for job in missing
    ]
    step = {"action": action, "who": person, "slug": chosen.id, **fields}
    document = _asked("POST", f"{url}/_control", {"subscribe": subscriptions, "do": [step], "post": True})
    posted = f"{document['posted']} posted" if exports else "nothing posted: no export has this audience"
    _told(session, document, f"{person}: {action} {chosen.name}; {posted}")


def _audiences(session: Session) -> list[Choice]:
    items = session.api.listed("/audiences")["items"]
    return [Choice(one["slug"], (one["name"], one["id"])) for one in items]


def _list(session: Session, action: str, email: str | None, list_: str | None, fields: Json) -> None:
    url = _simulator("Campaign Monitor", session.place.campaign_monitor)
    person = asking.text(session, "address", "EMAIL", email)
    known = [
        Choice(one["id"], (one["title"], f"{client['name']} / {one['title']}"), client["name"])
        for client in _asked("GET", f"{url}/_state")["clients"]
        for one in client["lists"]
    ]
    chosen = asking.one_of(session, known, "list", "LIST", list_)
    step = {"action": action, "list": chosen.id, "email": person, **fields}
    document = _asked("POST", f"{url}/_control", {"do": [step], "deliver_all": ROUNDS})
    _told(session, document, f"{person}: {action} {chosen.name}")


def _told(session: Session, document: Json, told: str) -> None:
    session.tell(document)
    if not session.json:
        session.done(told)


def _simulator(vendor: str, url: str | None) -> str:
    if not url:
        raise Usage(f"this stack has no simulated {vendor}; `make local` has")
    return url


def _asked(method: str, url: str, body: Json | None = None) -> Json:
    """The simulator's answer. Raises `Failed` with what it says, or `Unreachable`."""
    try:
        answer = requests.request(method, url, json=body, timeout=SECONDS)
        found: Json = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unreachable(f"the simulator at {url} does not answer ({type(error).__name__})") from error
    if not answer.ok:
        raise Failed(f"the simulator says: {found.get('message')}")
    return found
