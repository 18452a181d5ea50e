"""Routes that are not the vendor's: `POST /_control`, `GET /_calls`, `GET /_state`, for when it is another process."""

from collections.abc import Callable
from typing import Any

from simulators.campaign_monitor.model import Client, JourneyEmail, MailingList
from simulators.campaign_monitor.records import pairs
from simulators.campaign_monitor.reports import Location
from simulators.campaign_monitor.segments import members
from simulators.campaign_monitor.vendor import Vendor
from simulators.http import Request, Response, json_object


class Control:
    """Works on a running vendor by JSON."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    def answer(self, request: Request) -> Response:
        routes: dict[str, Callable[[Request], object]] = {
            "_control": self._control,
            "_calls": self._calls,
            "_state": self._state,
        }
        route = routes.get(request.parts[0])
        if route is None:
            return Response.of({"message": "unknown control route"}, 404)
        try:
            return Response.of(route(request))
        except (ValueError, LookupError, TypeError) as error:
            return Response.of({"message": str(error)}, 400)

    def _control(self, request: Request) -> object:
        """Apply faults, switches, manner, clock, deliver, forget_calls, expire_tokens, revoke, client_secret, do (actions)."""
        steps: dict[str, Callable[[Any], object]] = {
            "faults": self._vendor.faults.configure,
            "switches": self._vendor.switches.configure,
            "manner": self._vendor.account.outbox.manner.configure,
            "advance": self._vendor.clock.advance,
            "expire_tokens": lambda _: self._vendor.account.grants.expire(),
            "revoke": lambda _: self._vendor.account.grants.revoke(),
            "client_secret": self._rotate,
            "forget_calls": lambda _: self._vendor.calls.clear(),
            "do": self._act_all,
            "deliver": lambda _: len(self._vendor.deliver()),
            "deliver_all": lambda rounds: self._vendor.account.outbox.deliver_all(int(rounds)),
        }
        given = json_object(request.body)
        if unknown := set(given) - set(steps):
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(steps)}")
        return {name: _told(step(given[name])) for name, step in steps.items() if name in given}

    def _rotate(self, client_secret: str) -> None:
        """Give the application another secret; the one of before is refused."""
        self._vendor.account.application.client_secret = client_secret

    def _act_all(self, actions: list[dict[str, Any]]) -> int:
        for action in actions:
            self._act(**action)
        return len(actions)

    def _act(self, action: str, **details: Any) -> None:
        """Run an action by name; `list`, `client`, `campaign` and, of what happens in a journey, `email_id` are ids.

        So are `lists`, to which a campaign is sent.
        """
        if list_id := details.pop("list", None):
            details["mailing_list"] = self._list(list_id)
        if list_ids := details.get("lists"):
            details["lists"] = [self._list(each) for each in list_ids]
        if client_id := details.get("client"):
            details["client"] = next(each for each in self._vendor.clients if each.id == client_id)
        if campaign_id := details.pop("campaign", None):
            name = "where" if action == "happen" else "campaign"
            details[name] = self._campaign(campaign_id)
        if email_id := details.pop("email_id", None):
            details["where"] = self._journey_email(email_id)
        if action not in ACTIONS:
            raise ValueError(f"no action {action}; choose from {', '.join(ACTIONS)}")
        getattr(self._vendor, action)(**details)

    def _list(self, list_id: str) -> MailingList:
        return next(each for each in self._vendor.lists if each.id == list_id)

    def _campaign(self, campaign_id: str) -> object:
        for client in self._vendor.clients:
            if campaign_id in client.campaigns:
                return client.campaigns[campaign_id]
        raise LookupError("no such campaign")

    def _journey_email(self, email_id: str) -> JourneyEmail:
        for client in self._vendor.clients:
            for journey in client.journeys.values():
                for email in journey.emails:
                    if email.id == email_id:
                        return email
        raise LookupError("no such journey e-mail")

    def _calls(self, request: Request) -> object:
        calls = self._vendor.call_log() if request.query.get("log", "true") == "true" else []
        return {
            "total": len(self._vendor.calls),
            "counts": self._vendor.counts(),
            "faults": self._vendor.faults.suffered,
            "peak_parallel": self._vendor.peak_parallel,
            "calls": calls,
        }

    def _state(self, request: Request) -> object:
        """The account's outline, or of `/_state/{kind}/{id}` a list, campaign, journey or client's consents, or `deliveries`."""
        with self._vendor.account.lock:
            match request.parts[1:]:
                case ["lists", list_id]:
                    return _people(self._list(list_id))
                case ["campaigns", campaign_id]:
                    return _rows(self._campaign(campaign_id))
                case ["journeys", journey_id]:
                    found = (client.journeys.get(journey_id) for client in self._vendor.clients)
                    journey = next(each for each in found if each)
                    return {email.id: _rows(email) for email in journey.emails}
                case ["consents", client_id]:
                    return _consents(next(each for each in self._vendor.clients if each.id == client_id))
                case ["deliveries"]:
                    return self._deliveries()
                case _:
                    return self._outline()

    def _deliveries(self) -> object:
        outbox = self._vendor.account.outbox
        return {
            "pending": outbox.pending(),
            "deliveries": [
                {"list_id": each.list_id, "status": each.status, "events": each.events}
                for each in outbox.deliveries
            ],
        }

    def _outline(self) -> object:
        account = self._vendor.account
        return {
            "client_id": self._vendor.client_id,
            "client_secret": self._vendor.client_secret,
            "api_key": account.api_key,
            "refreshes": account.grants.refreshes,
            "clients": [_client(client) for client in self._vendor.clients],
        }


ACTIONS = (
    "subscribe",
    "confirm",
    "edit",
    "change_address",
    "decide",
    "add_field",
    "rename_option",
    "unsubscribe",
    "delete",
    "bounce",
    "complain",
    "happen",
    "send_campaign",
)


def _told(value: object) -> object:
    return value if isinstance(value, int) else True


def _client(client: Client) -> dict[str, object]:
    return {
        "id": client.id,
        "name": client.name,
        "time_zone": client.time_zone,
        "lists": [
            {
                "id": each.id,
                "title": each.title,
                "subscribers": len(each.people),
                "webhooks": [
                    {"id": hook.id, "url": hook.url, "active": hook.active} for hook in each.webhooks.values()
                ],
            }
            for each in client.lists.values()
        ],
        "campaigns": [
            {
                "id": each.id,
                "name": each.name,
                "sent": each.sent,
                "lists": each.list_ids(),
            }
            for each in client.campaigns.values()
        ],
        "journeys": [
            {
                "id": each.id,
                "name": each.name,
                "list": each.list_id,
                "emails": [{"id": email.id, "name": email.name} for email in each.emails],
            }
            for each in client.journeys.values()
        ],
        "suppressed": [
            {"email": each.email, "reason": each.reason, "date": each.date}
            for each in client.suppressed.values()
        ],
    }


def _people(mailing_list: MailingList) -> dict[str, object]:
    return {
        "id": mailing_list.id,
        "segments": [
            {"title": each.title, "people": len(members(mailing_list, each))}
            for each in mailing_list.segments.values()
        ],
        "subscribers": [
            {
                "email": each.email,
                "name": each.name,
                "state": each.state,
                "date": each.date,
                "joined": each.joined,
                "mobile": each.mobile,
                "consent": mailing_list.client.tracking.value_of(each.email),
                "fields": pairs(each, bracketed=True),
            }
            for each in mailing_list.people.values()
        ],
    }


def _consents(client: Client) -> dict[str, object]:
    """Of every address that the client has ever met; `changes` are [local time, value], oldest first."""
    return {
        kind: {
            email: {"value": each.value, "changes": each.changes} for email, each in found.by_address.items()
        }
        for kind, found in (("tracking", client.tracking), ("texting", client.texting))
    }


def _rows(where: Any) -> dict[str, object]:
    """Rows as arrays: address, list id, date, then place (an object), URL, reason ... as the report has them."""
    return {
        kind: [[cell.fields() if isinstance(cell, Location) else cell for cell in row] for row in report.rows]
        for kind, report in where.reports.items()
    }
