"""A seeded world: clients in several zones, lists, people with fields, campaigns and what people did with them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from simulators.campaign_monitor.clock import SYDNEY, UTC, text_of
from simulators.campaign_monitor.fields import add as add_field
from simulators.campaign_monitor.history import CampaignPlan, add_campaigns, add_journey
from simulators.campaign_monitor.model import Account, Client, MailingList, Subscriber, Suppression

ZONES = (
    SYDNEY,
    "(GMT-05:00) Eastern Time (US & Canada)",
    "(GMT+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
    "(GMT+05:30) Chennai, Kolkata, Mumbai, New Delhi",
    "(GMT-03:30) Newfoundland",
    "(GMT) Coordinated Universal Time",
)
CLIENTS = ("Harbour Books", "Maple Outdoors", "Nordlicht Kaffee", "Lotus Yoga", "Cod & Co", "Zero Meridian")
LISTS = ("Newsletter", "Customers", "Früh & Spät", "VIP", "Events", "Blog", "Partners", "Ψηφιακά νέα")
FIRST = (
    "Anna",
    "Björn",
    "Chloé",
    "Đặng",
    "Elif",
    "Fatima",
    "Goran",
    "Hiroko",
    "İpek",
    "José",
    "Kofi",
    "Łukasz",
)
LAST = (
    "Ng",
    "O'Brien",
    "Müller",
    "Nguyễn",
    "Svensson",
    "Al-Sayed",
    "佐藤",
    "Иванова",
    "García",
    "Smith",
    "Øster",
    "Ωmega",
)
DOMAINS = ("example.com", "example.org", "mail.example.net", "shop.example.co.uk")
UNUSABLE = ("no-at-sign.example.com", "two@@example.com", ".dot@example.com", "space in@example.com")
STATES = ("Active",) * 14 + ("Unsubscribed",) * 3 + ("Bounced",) * 2 + ("Deleted", "Unconfirmed")
COLOURS = ["Red", "Blue", "Green", "Deep Sea"]
READERS = ("Gmail", "Apple Mail", "", "Outlook 2019")
DAY = 86_400
EPOCH_NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp()


@dataclass(slots=True)
class World:
    """How much of everything; `subscribers` is over all lists of a client, one client has all the activity."""

    clients: int = 3
    lists: int = 3
    subscribers: int = 3000
    campaigns: int = 8
    activity: int = 12_000  # records beside the recipients: opens, clicks, bounces ...
    recipients: int | None = None  # in all; None: a tenth of the list's people per campaign, at least one
    journeys: int = 1
    unusable: int = 0  # people whose address cannot be one
    consents: tuple[str, str, str] = ("Yes", "Yes", "Yes")  # to be tracked: each of a third of the people
    overlap: float = 0.2  # of a list's people who are on the first list too
    one_name: bool = False  # these have the same name on both
    oldest_days: int = 300
    now: float = EPOCH_NOW
    zones: tuple[str, ...] = ZONES
    list_titles: tuple[str, ...] = field(default=LISTS)


SCENARIOS: dict[str, World] = {
    "empty": World(clients=0),
    "tiny": World(clients=1, lists=1, subscribers=20, campaigns=2, activity=40),
    "demo": World(campaigns=4, activity=2500, one_name=True),
    "users": World(clients=1, lists=3, subscribers=12_345, campaigns=0, activity=0, journeys=0),
    "busy": World(clients=1, lists=6, subscribers=12_000, campaigns=40, activity=200_000, recipients=60_000),
    "archive": World(
        clients=1, lists=3, subscribers=2000, campaigns=500, activity=5000, oldest_days=4000, journeys=0
    ),
}


def populate(account: Account, world: World) -> None:
    """Fill the account; the same seed and world give the same account."""
    for number in range(world.clients):
        zone = world.zones[number % len(world.zones)]
        client = account.add_client(CLIENTS[number % len(CLIENTS)], zone)
        share = world if number == 0 else _small(world)
        add_lists(account, client, share)
        if share.campaigns:
            add_campaigns(account, client, _campaigns_of(share))
        for _ in range(share.journeys):
            add_journey(account, client, next(iter(client.lists.values())), share.now)


def _campaigns_of(world: World) -> CampaignPlan:
    oldest, newest = world.now - world.oldest_days * DAY, world.now - DAY / 2
    return CampaignPlan(world.campaigns, world.recipients, world.activity, oldest, newest)


def _small(world: World) -> World:
    return World(
        lists=2,
        subscribers=40,
        campaigns=1,
        activity=60,
        journeys=0,
        consents=world.consents,
        now=world.now,
        oldest_days=30,
    )


def add_lists(account: Account, client: Client, world: World) -> None:
    """Add lists that share the people evenly; the first ones get what the division leaves."""
    first: MailingList | None = None
    for number in range(world.lists):
        title = world.list_titles[number % len(world.list_titles)]
        suffix = f" {number // len(world.list_titles) + 1}" if number >= len(world.list_titles) else ""
        made = account.add_list(client, title + suffix, unsubscribe_setting="OnlyThisList")
        _add_fields(made)
        size = world.subscribers // world.lists + (number < world.subscribers % world.lists)
        for index in range(size):
            shared = first if account.random.random() < world.overlap else None
            made.keep(_person(account.random, made, f"{number}-{index}", world, shared))
        first = first or made
        for index in range(world.unusable if number == 0 else 0):
            _add_unusable(account.random, made, index, world)
    _suppress_some(account.random, client, world)


def _add_fields(made: MailingList) -> None:
    add_field(made, "website")
    add_field(made, "age", "Number")
    add_field(made, "subscription date", "Date")
    add_field(made, "favourite colours", "MultiSelectMany", list(COLOURS))
    add_field(made, "size", "MultiSelectOne", ["S", "M", "L"])


def _person(
    random: Random, made: MailingList, key: str, world: World, shared: MailingList | None
) -> Subscriber:
    joined, changed = sorted(_moment(random, made.client, world) for _ in range(2))
    first, last = random.choice(FIRST), random.choice(LAST)
    email = f"{random.choice(('p', 'P', 'p+x'))}.{key}@{random.choice(DOMAINS)}"
    known = random.choice(list(shared.people.values())) if shared else None
    if known and made.find(known.email):
        known = None
    email = known.email if known else email
    name = f"{first} {last}" if random.random() < 0.9 else ""  # noqa: PLR2004
    name = known.name if known and world.one_name else name
    state = random.choice(STATES)
    person = Subscriber(email, name, state, joined if state == "Active" else changed, joined)
    person.reads_with = random.choice(READERS)
    made.client.tracking.meet(email, random.choice(world.consents))
    _fill(random, made, person)
    return person


def _fill(random: Random, made: MailingList, person: Subscriber) -> None:
    website, age, since, colours, size = made.fields[:5]
    person.values[website] = [f'https://example.com/?who={person.name}&lang="x"']
    if random.random() < 0.5:  # noqa: PLR2004
        person.values[age] = [str(random.randint(18, 90))]
        person.values[since] = [person.joined[:10]]
    if chosen := random.sample(COLOURS, random.randint(0, 3)):
        person.values[colours] = [option for option in COLOURS if option in chosen]
    if random.random() < 0.3:  # noqa: PLR2004
        person.values[size] = ["M"]


def _add_unusable(random: Random, made: MailingList, index: int, world: World) -> None:
    moment = _moment(random, made.client, world)
    kept = f"{index}{random.choice(UNUSABLE)}" if index >= len(UNUSABLE) else UNUSABLE[index]
    made.keep(Subscriber(kept, "Nobody Reachable", "Active", moment, moment))


def _suppress_some(random: Random, client: Client, world: World) -> None:
    everyone = [person for made in client.lists.values() for person in made.people.values()]
    for person in random.sample(everyone, len(everyone) // 100):
        stamp = f"{_moment(random, client, world)[:17]}{random.randint(0, 59):02d}"
        reason = random.choice(("Unsubscribed", "Bounced", "Reason Unavailable"))
        client.suppressed.setdefault(person.email.lower(), Suppression(person.email, reason, stamp))


def _moment(random: Random, client: Client, world: World) -> str:
    past = timedelta(days=random.random() * world.oldest_days)
    return text_of(world.now - past.total_seconds(), client.time_zone)
