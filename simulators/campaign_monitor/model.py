"""What the vendor keeps: clients, lists, subscribers, segments, campaigns, journeys."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from simulators.campaign_monitor.clock import SYDNEY, Clock, text_of
from simulators.campaign_monitor.consents import Consents
from simulators.campaign_monitor.grants import Application, Grants
from simulators.campaign_monitor.outbox import Outbox, Webhook
from simulators.campaign_monitor.reports import REPORTS, Report
from simulators.campaign_monitor.switches import Switches

STATES = ("Active", "Unconfirmed", "Unsubscribed", "Bounced", "Deleted")


@dataclass(slots=True, eq=False)
class CustomField:
    name: str
    data_type: str
    key: str
    options: list[str] = field(default_factory=list)
    visible: bool = True


@dataclass(slots=True, eq=False)
class Subscriber:
    """One address on one list; `date` is when it entered its state, in the client's local time."""

    email: str
    name: str
    state: str
    date: str
    joined: str
    values: dict[CustomField, list[str]] = field(default_factory=dict)
    reads_with: str = ""
    mobile: str = ""
    rendered: tuple[bool, str] | None = None  # a cache, emptied by every change


@dataclass(slots=True, eq=False)
class Segment:
    id: str
    title: str
    groups: list[list[dict[str, str]]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class MailingList:
    id: str
    title: str
    client: "Client"
    confirmed_opt_in: bool = False
    unsubscribe_setting: str = "AllClientLists"
    unsubscribe_page: str = ""
    confirmation_page: str = ""
    fields: list[CustomField] = field(default_factory=list)
    people: dict[str, Subscriber] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    indexes: dict[tuple[str, ...], list[Subscriber]] = field(default_factory=dict)

    def find(self, email: str) -> Subscriber | None:
        return self.people.get(email.strip().lower())

    def keep(self, person: Subscriber) -> None:
        self.people[person.email.lower()] = person
        self.client.tracking.meet(person.email)
        self.touch(person)

    def touch(self, person: Subscriber | None = None) -> None:
        """Forget what was rendered and sorted before a change."""
        self.indexes.clear()
        if person:
            person.rendered = None

    def touch_all(self) -> None:
        for person in self.people.values():
            person.rendered = None
        self.indexes.clear()

    def in_state(self, state: str) -> list[Subscriber]:
        return [person for person in self.people.values() if person.state == state]


@dataclass(slots=True, eq=False)
class Suppression:
    email: str
    reason: str
    date: str


def _reports() -> dict[str, Report]:
    return {kind: Report(kind) for kind in REPORTS}


@dataclass(slots=True, eq=False)
class Campaign:
    id: str
    name: str
    subject: str
    sent: str
    lists: list[tuple[str, str]]  # id and name when it was sent
    segments: list[tuple[str, str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    reports: dict[str, Report] = field(default_factory=_reports)

    def list_ids(self) -> list[str]:
        """The lists it went to, as a whole or through a segment."""
        return list(dict.fromkeys([known[0] for known in (*self.lists, *self.segments)]))

    def add(self, kind: str, *row: object) -> None:
        self.reports[kind].add(row)


@dataclass(slots=True, eq=False)
class JourneyEmail:
    id: str
    name: str
    reports: dict[str, Report] = field(default_factory=_reports)

    def add(self, kind: str, *row: object) -> None:
        self.reports[kind].add(row)


@dataclass(slots=True, eq=False)
class Journey:
    id: str
    name: str
    list_id: str
    status: str = "Active"
    trigger: str = "On Subscription"
    emails: list[JourneyEmail] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Client:
    id: str
    name: str
    api_key: str
    time_zone: str = SYDNEY
    country: str = "Australia"
    lists: dict[str, MailingList] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    journeys: dict[str, Journey] = field(default_factory=dict)
    suppressed: dict[str, Suppression] = field(default_factory=dict)
    tracking: Consents = field(default_factory=lambda: Consents("Yes"))  # `ConsentToTrack`
    texting: Consents = field(default_factory=lambda: Consents("No"))  # `ConsentToSendSms`


@dataclass(slots=True, eq=False)
class Account:
    """Everything of one agency account; `lock` is held while a call or a simulated action changes it."""

    random: Random
    clock: Clock
    switches: Switches
    application: Application
    api_key: str
    time_zone: str = SYDNEY
    clients: dict[str, Client] = field(default_factory=dict)
    grants: Grants = field(init=False)
    outbox: Outbox = field(init=False)
    lock: threading.RLock = field(default_factory=threading.RLock)
    recent_writes: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    imports: list[tuple[str, int, dict[str, bool]]] = field(
        default_factory=list
    )  # list, rows, flags of each call

    def __post_init__(self) -> None:
        self.grants = Grants(self.application, self.clock, self.switches, self.random)
        self.outbox = Outbox(self.switches)

    def new_id(self, size: int = 32) -> str:
        return f"{self.random.getrandbits(size * 4):0{size}x}"

    def now(self, client: Client, *, seconds: bool = False) -> str:
        return text_of(self.clock.now(), client.time_zone, seconds=seconds)

    def lists(self) -> Iterator[MailingList]:
        for client in self.clients.values():
            yield from client.lists.values()

    def add_client(self, name: str, time_zone: str = SYDNEY, country: str = "Australia") -> Client:
        client = Client(self.new_id(), name, self.new_id(48), time_zone, country)
        self.clients[client.id] = client
        return client

    def add_list(self, client: Client, title: str, **settings: bool | str) -> MailingList:
        made = MailingList(self.new_id(), title, client)
        for name, value in settings.items():
            setattr(made, name, value)
        client.lists[made.id] = made
        return made
