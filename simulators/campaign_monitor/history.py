"""Generated campaigns and journeys: who got them and what they did with them."""

from dataclasses import dataclass
from random import Random
from typing import Any

from simulators.campaign_monitor.clock import text_of
from simulators.campaign_monitor.model import Account, Campaign, Client, Journey, JourneyEmail, MailingList
from simulators.campaign_monitor.reports import Location, Row

PLACES = (
    Location("192.0.2.1", -33.8683, 151.2086, "Sydney", "New South Wales", "AU", "Australia"),
    Location("192.0.2.2", 45.5152, -122.6784, "Portland", "Oregon", "US", "United States"),
    Location("192.0.2.3", 52.52, 13.405, "Berlin", "Berlin", "DE", "Germany"),
    Location("192.0.2.4", 10.8231, 106.6297, "Hồ Chí Minh", "", "VN", "Viet Nam"),
    Location("192.0.2.5", 0.0, 0.0, "", "", "", ""),
    Location("192.0.2.6"),
    Location("198.51.100.7", 51.5, -0.12, None, None, "GB", "United Kingdom"),
)
URLS = (
    "https://www.example.com/spring/sale?utm_source=cm&utm_medium=email#top",
    "https://www.example.com/spring/sale",
    "https://shop.example.co.uk/caf%C3%A9?q=1+2",
    "http://example.org",
    "https://www.example.com/straße?x=ü",
)
TAGS = ("Spring", "Sale", "News")
TRACKED = ("opens", "clicks")  # reports of what only tracking learns
HALF_DAY = 43_200
MINUTE = 60
THROUGH_SEGMENT = 0.1  # of the campaigns name a list only by a segment of it
OPEN, CLICK, BOUNCE, UNSUBSCRIBE = (
    0.70,
    0.93,
    0.97,
    0.99,
)  # shares of the activity, cumulated; the rest is spam


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """How many campaigns, and how many records they share."""

    campaigns: int
    recipients: int | None
    activity: int
    oldest: float
    newest: float


def add_campaigns(account: Account, client: Client, plan: CampaignPlan) -> None:
    """Send campaigns evenly over the span, each to one to three lists."""
    step = (plan.newest - plan.oldest) / max(1, plan.campaigns)
    for number in range(plan.campaigns):
        sent = plan.oldest + step * (number + 1)
        recipients = _share(plan.recipients, plan.campaigns, number)
        campaign = send(account, client, f"Campaign {number + 1}: Größe", sent, recipients)
        within = (sent, plan.newest + HALF_DAY)
        act(account.random, client, campaign, within, _share(plan.activity, plan.campaigns, number) or 0)


def _share(total: int | None, parts: int, number: int) -> int | None:
    return None if total is None else total // parts + (number < total % parts)


def send(account: Account, client: Client, name: str, sent: float, recipients: int | None = None) -> Campaign:
    """Send a campaign to some lists of the client and to so many of their people."""
    random = account.random
    chosen = random.sample(list(client.lists.values()), min(len(client.lists), random.choice((1, 1, 2, 3))))
    lists = [(each.id, each.title) for each in chosen]
    when = text_of(sent, client.time_zone)
    campaign = Campaign(account.new_id(), name, f"Subject of {name}", when, lists)
    campaign.tags = random.sample(TAGS, random.randint(0, 2))
    if random.random() < THROUGH_SEGMENT:
        list_id, _ = campaign.lists.pop()
        campaign.segments = [(list_id, account.new_id(), "Segment of once")]
    people = {
        person.email.lower(): (person.email, each.id) for each in chosen for person in each.people.values()
    }
    size = max(1, len(people) // 10) if recipients is None else min(recipients, len(people))
    campaign.reports["recipients"].extend(
        [(email, list_id, when) for email, list_id in random.sample(list(people.values()), size)]
    )
    client.campaigns[campaign.id] = campaign
    return campaign


def act(
    random: Random, client: Client, campaign: Campaign, within: tuple[float, float], records: int
) -> None:
    """Let recipients act between two times; some open again within the same minute, which gives identical rows."""
    rows = _acts(random, client, campaign.reports["recipients"].rows, within, records)
    for kind, found in rows.items():
        campaign.reports[kind].extend(recorded(client, kind, found))


def recorded(client: Client, kind: str, rows: list[Row]) -> list[Row]:
    """What the vendor keeps of what happened: no open and no click in a time in which a No was in force."""
    if kind not in TRACKED:
        return rows
    return [row for row in rows if not client.tracking.forbid(row[0], row[2])]


def _acts(
    random: Random, client: Client, recipients: list[Row], within: tuple[float, float], records: int
) -> dict[str, list[Row]]:
    start, end = within
    found: dict[str, list[Row]] = {"opens": [], "clicks": [], "bounces": [], "unsubscribes": [], "spam": []}
    texts: dict[int, str] = {}
    while records > 0 and recipients:
        email, list_id, _ = random.choice(recipients)
        minute = int((start + random.expovariate(1 / HALF_DAY) % (end - start)) // MINUTE)
        if minute not in texts:
            texts[minute] = text_of(minute * MINUTE, client.time_zone)
        kind, row = _act(random, email, list_id, texts[minute])
        repeats = min(records, random.choice((1,) * 8 + (2, 3)) if kind in ("opens", "clicks") else 1)
        found[kind] += [row] * repeats
        records -= repeats
    return found


def _act(random: Random, email: str, list_id: str, when: str) -> tuple[str, Row]:
    drawn, place = random.random(), random.choice(PLACES)
    if drawn < OPEN:
        return "opens", (email, list_id, when, place)
    if drawn < CLICK:
        return "clicks", (email, list_id, when, place, random.choice(URLS))
    if drawn < BOUNCE:
        return "bounces", (
            email,
            list_id,
            when,
            *random.choice((("Hard", "Hard Bounce "), ("Soft", "Mailbox Full"))),
        )
    if drawn < UNSUBSCRIBE:
        return "unsubscribes", (email, list_id, when, place.ip)
    return "spam", (email, list_id, when)


def add_journey(
    account: Account, client: Client, mailing_list: MailingList, now: float, records: int = 40
) -> Journey:
    """Add a journey of two e-mails with some activity of its list's people."""
    journey = Journey(account.new_id(), "Welcome", mailing_list.id)
    people = account.random.sample(list(mailing_list.people.values()), min(30, len(mailing_list.people)))
    for number in range(2):
        email = JourneyEmail(account.new_id(), f"Welcome {number + 1}")
        sent = now - 30 * HALF_DAY * (number + 1)
        rows: list[Any] = [
            (person.email, "", text_of(sent + index * MINUTE, client.time_zone))
            for index, person in enumerate(people)
        ]
        email.reports["recipients"].extend(rows)
        for kind, found in _acts(account.random, client, rows, (sent + HALF_DAY, now), records).items():
            if kind != "spam":
                email.reports[kind].extend(recorded(client, kind, found))
        journey.emails.append(email)
    client.journeys[journey.id] = journey
    return journey
