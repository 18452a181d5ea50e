"""What people and their mail do at the vendor, for tests to cause: subscribe, edit, leave, open, click ..."""

from typing import Any

from simulators.campaign_monitor.changes import change, confirm, enter, leave, suppress
from simulators.campaign_monitor.consents import DECISIONS
from simulators.campaign_monitor.fields import add as make_field
from simulators.campaign_monitor.fields import rename_option
from simulators.campaign_monitor.history import PLACES, recorded
from simulators.campaign_monitor.model import (
    Account,
    Campaign,
    Client,
    JourneyEmail,
    MailingList,
    Subscriber,
)
from simulators.campaign_monitor.moving import Mover
from simulators.campaign_monitor.outbox import Delivery, Webhook
from simulators.campaign_monitor.records import Edit, Value
from simulators.campaign_monitor.reports import Location

type Fields = dict[str, str | list[str]]
REASON = "Hard Bounce "


def _values(fields: Fields | None) -> list[Value]:
    """Turn {name: text or options} into written values; an empty one clears the field."""
    values = []
    for key, given in (fields or {}).items():
        texts = [given] if isinstance(given, str) else given
        values += [Value(key, text, clear=not text) for text in texts or [""]]
    return values


def _minute(at: str | None) -> str | None:
    """Accept local times with or without seconds."""
    return f"{at[:16]}:00" if at else None


class Actions:
    """Every method takes effect at once; its webhook events wait in the outbox. Times `at` are client-local text."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def list_titled(self, title: str) -> MailingList:
        """The list with that title."""
        return next(each for each in self.account.lists() if each.title == title)

    def subscribe(
        self,
        mailing_list: MailingList,
        email: str,
        name: str | None = None,
        fields: Fields | None = None,
        at: str | None = None,
        **written: str | None,
    ) -> Subscriber:
        """A sign-up form was sent, or an inactive person came back; `written` may have consent, mobile and sms."""
        edit = Edit(name, _values(fields), **written)
        with self.account.lock:
            return enter(self.account, mailing_list, email, edit, at=_minute(at))

    def confirm(self, mailing_list: MailingList, email: str, at: str | None = None) -> None:
        with self.account.lock:
            confirm(self.account, mailing_list, self._known(mailing_list, email), at=_minute(at))

    def edit(
        self,
        mailing_list: MailingList,
        email: str,
        name: str | None = None,
        fields: Fields | None = None,
        at: str | None = None,
        **written: str | None,
    ) -> None:
        """Details were edited in the product; `written` may have consent, mobile and sms."""
        edit = Edit(name, _values(fields), **written)
        with self.account.lock:
            change(self.account, mailing_list, self._known(mailing_list, email), edit, at=_minute(at))

    def decide(
        self,
        mailing_list: MailingList,
        email: str,
        consent: str | None = None,
        sms: str | None = None,
        at: str | None = None,
        *,
        silently: bool = False,
    ) -> None:
        """Decide on being tracked and on short messages in a list's preference centre: `Yes`, `No` or `Unknown`.

        Both hold for the address at the whole client. Silently, no webhook fires, and the address may be on no list.
        """
        if unfit := {consent, sms} - {None, *DECISIONS}:
            raise ValueError(f"no decision {unfit.pop()}; choose from {', '.join(DECISIONS)}")
        with self.account.lock:
            now = _minute(at) or self.account.now(mailing_list.client)
            if not silently:
                person = self._known(mailing_list, email)
                change(self.account, mailing_list, person, Edit(consent=consent, sms=sms), at=now)
                return
            if consent:
                mailing_list.client.tracking.decide(email, consent, now)
            if sms:
                mailing_list.client.texting.decide(email, sms, now)

    def add_field(self, mailing_list: MailingList, name: str, data_type: str = "Text") -> None:
        """Add a custom field to a list in the product's own pages."""
        with self.account.lock:
            make_field(mailing_list, name, data_type)

    def rename_option(self, mailing_list: MailingList, key: str, old: str, new: str) -> None:
        """Rename an option of a custom field, which only the product's own pages can."""
        with self.account.lock:
            rename_option(mailing_list, key, old, new)

    def change_address(self, mailing_list: MailingList, old: str, new: str, at: str | None = None) -> None:
        with self.account.lock:
            person = self._known(mailing_list, old)
            change(self.account, mailing_list, person, Edit(email=new), at=_minute(at))

    def unsubscribe(
        self, mailing_list: MailingList, email: str, at: str | None = None, campaign: Campaign | None = None
    ) -> None:
        """Leave by a link; with a campaign its report tells it as well."""
        with self.account.lock:
            person = self._known(mailing_list, email)
            leave(self.account, mailing_list, person, "Unsubscribed", at=_minute(at))
            if campaign:
                campaign.add("unsubscribes", person.email, mailing_list.id, person.date, PLACES[0].ip)

    def delete(self, mailing_list: MailingList, email: str, at: str | None = None) -> None:
        with self.account.lock:
            leave(self.account, mailing_list, self._known(mailing_list, email), "Deleted", at=_minute(at))

    def bounce(
        self, mailing_list: MailingList, email: str, at: str | None = None, campaign: Campaign | None = None
    ) -> None:
        with self.account.lock:
            person = self._known(mailing_list, email)
            leave(self.account, mailing_list, person, "Bounced", at=_minute(at))
            if campaign:
                campaign.add("bounces", person.email, mailing_list.id, person.date, "Hard", REASON)

    def complain(
        self, mailing_list: MailingList, email: str, campaign: Campaign, at: str | None = None
    ) -> None:
        """Report a campaign as spam: suppressed, and off the list."""
        with self.account.lock:
            person = self._known(mailing_list, email)
            leave(self.account, mailing_list, person, "Deleted", at=_minute(at))
            suppress(self.account, mailing_list.client, person.email, "Spam Complaint")
            campaign.add("spam", person.email, mailing_list.id, person.date)

    def happen(
        self,
        where: Campaign | JourneyEmail,
        kind: str,
        email: str,
        at: str | list[str],
        list_id: str = "",
        **details: Any,
    ) -> None:
        """Add a report row for each time: `open`, `click` (url=), `recipient`, `bounce`, `unsubscribe` or `spam`.

        An open or a click while the address does not consent to be tracked is not recorded.
        """
        place: Location = details.get("place", PLACES[0])
        if not list_id and isinstance(where, Campaign):
            list_id = where.list_ids()[0]
        extras: dict[str, tuple[object, ...]] = {
            "open": (place,),
            "click": (place, details.get("url", "https://example.com/")),
            "bounce": (details.get("bounce_type", "Hard"), details.get("reason", REASON)),
            "unsubscribe": (place.ip,),
        }
        report = kind if kind == "spam" else f"{kind}s"
        times = [at] if isinstance(at, str) else at
        with self.account.lock:
            rows = [(email, list_id, _minute(time), *extras.get(kind, ())) for time in times]
            where.reports[report].extend(recorded(self._client_of(where), report, rows))

    def send_campaign(
        self,
        client: Client,
        name: str,
        lists: list[MailingList],
        at: str,
        emails: list[str] | None = None,
    ) -> Campaign:
        """Send to everybody active on the lists, or to the addresses named."""
        sent = f"{at[:16]}:00"
        made = Campaign(self.account.new_id(), name, name, sent, [(each.id, each.title) for each in lists])
        with self.account.lock:
            client.campaigns[made.id] = made
            for each in lists:
                people = [person.email for person in each.in_state("Active")] if emails is None else emails
                for email in people:
                    if emails is None or each.find(email):
                        made.add("recipients", email, each.id, sent)
        return made

    def move_to_zone(self, client: Client, label: str, *, rerender: bool = True) -> None:
        """Change the client's time zone; stored times are told in the new one, or keep their text."""
        with self.account.lock:
            if rerender:
                Mover(client.time_zone, label).move(client)
            client.time_zone = label

    def deliver(self) -> list[Delivery]:
        """Post the waiting webhook events once; what fails waits for the next round."""
        return self.account.outbox.deliver()

    def fail_for_a_week(self, hook: Webhook) -> None:
        """Deactivate a hook as the vendor does after a week of failures: nobody is told, its events are lost."""
        hook.active = False

    def _client_of(self, where: Campaign | JourneyEmail) -> Client:
        for client in self.account.clients.values():
            emails = [email for journey in client.journeys.values() for email in journey.emails]
            if where in client.campaigns.values() or where in emails:
                return client
        raise LookupError("no client has this campaign or journey")

    def _known(self, mailing_list: MailingList, email: str) -> Subscriber:
        person = mailing_list.find(email)
        if person is None:
            raise LookupError("nobody of that address on the list")
        return person
