"""Rows in the shape in which an import brings them: pages of at most 1,000 distinct people, one report after the other."""

import hashlib
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from lytics_cm.streams import CM_ACTIVITY, Row

PAGE = 1000
DAY, WEEK = 86_400_000, 7 * 86_400_000
START = 1_600_000_000_000
SHARES = (("sent", 1.0), ("open", 1 / 3), ("click", 1 / 15))
"""Of the people of a list whom a campaign is sent to, how many open it, and how many click."""
A_CAMPAIGN = sum(share for _, share in SHARES)
NAMES = ("anna", "ben", "carla", "david", "emma", "felix", "greta", "hugo", "ida", "jonas", "klara", "leo")
DOMAINS = ("example.com", "mail.example.net", "post.example.org", "web.example.de")
PLACES: tuple[dict[str, Any], ...] = (
    {
        "cc": "AU",
        "country": "Australia",
        "city": "Sydney",
        "region": "NSW",
        "latitude": -33.86,
        "longitude": 151.2,
    },
    {
        "cc": "GB",
        "country": "United Kingdom",
        "city": "Leeds",
        "region": "England",
        "latitude": 53.8,
        "longitude": -1.54,
    },
    {
        "cc": "US",
        "country": "United States",
        "city": "Portland",
        "region": "Oregon",
        "latitude": 45.5,
        "longitude": -122.6,
    },
)


def pages(people: int, campaigns: int, seed: int = 1) -> Iterator[list[Row]]:
    """All pages of all reports, campaign by campaign; recipients come by address, the others as they happened."""
    chance = random.Random(seed)  # noqa: S311 - the same rows every time
    emails = addresses(people, chance)
    for campaign in range(campaigns):
        for event, share in SHARES:
            some = emails if share == 1 else chance.sample(emails, max(1, int(people * share)))
            for at in range(0, len(some), PAGE):
                yield [
                    _fact(email, event, campaign, number, chance)
                    for number, email in enumerate(some[at : at + PAGE])
                ]


def addresses(people: int, chance: random.Random) -> list[str]:
    """In their order, as recipients are told."""
    return sorted(
        f"{chance.choice(NAMES)}.{chance.getrandbits(40):x}@{chance.choice(DOMAINS)}" for _ in range(people)
    )


def _fact(email: str, event: str, campaign: int, number: int, chance: random.Random) -> Row:
    sent = START + campaign * WEEK
    fields: dict[str, Any] = {
        "email": email,
        "event": event,
        "client_id": identifier("client"),
        "client_name": "Acme Mail Order",
        "list_id": identifier("list"),
        "list_name": "Weekly newsletter",
        "campaign_id": identifier(f"campaign {campaign}"),
        "campaign_name": f"Week {campaign} of our offers",
    }
    if event == "sent":
        return Row(CM_ACTIVITY, email, sent, fields)
    fields |= {"ip": f"192.0.2.{chance.randrange(256)}", **chance.choice(PLACES)}
    if event == "click":
        fields["url"] = f"https://www.example.com/{campaign}/{chance.randrange(5)}?utm_campaign={campaign}"
    return Row(CM_ACTIVITY, email, sent + chance.randrange(2 * DAY) + number, fields)


def identifier(name: str) -> str:
    """What Campaign Monitor calls something."""
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def deflated(rows: Sequence[Row]) -> int:
    """Bytes of a page's rows as one deflated text: what nobody can well do without."""
    text = json.dumps([row.message() for row in rows], separators=(",", ":"))
    return len(zlib.compress(text.encode(), 9))
