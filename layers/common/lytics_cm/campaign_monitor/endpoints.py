"""What we read of Campaign Monitor's API, a row for each call: path, paging, filters, answer.

To read something more, describe its record (`records`, `reports`) and add a row here; `api` makes it a
method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lytics_cm.campaign_monitor.records import (
    PAGE_SIZE,
    Client,
    CustomField,
    ListDetails,
    ListStats,
    Subscriber,
    Suppression,
    Webhook,
    name_of,
    page_of,
)
from lytics_cm.campaign_monitor.reports import (
    Activity,
    Campaign,
    CampaignLists,
    CampaignSummary,
    Journey,
    JourneyName,
    SegmentName,
)
from lytics_cm.campaign_monitor.writes import Segment
from lytics_cm.members import all_of, bare_text, each_of, text

ALL_TIME = "1900-01-01"
"""The filter that lets everything through; old versions of the API demand one."""

CONSENTS = {"includetrackingpreference": "true", "includesmspreference": "true"}
"""What a call for people asks for beside what it tells anyway."""

type Direction = Literal["asc", "desc"]
type Query = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Endpoint[T]:
    """A call that reads: `path` has a `{}` for each id, `read` makes of the answer what we need.

    Paged ones have a `direction`, and an `order` if it can be chosen. `date` is the filter when the caller
    has none. With `tells_consent`, people come with what they consented to: being tracked, and short messages. `is_slow` calls may take
    minutes.
    """

    path: str
    read: Callable[[Any], T]
    direction: Direction | None = None
    order: str | None = None
    date: str | None = None
    tells_consent: bool = False
    is_slow: bool = False

    def parts(self, ids: tuple[str, ...]) -> list[str]:
        """The path with these ids, in order."""
        left = iter(ids)
        return [next(left) if part == "{}" else part for part in self.path.split("/")]

    def query(
        self, page: int, date: str | None, order: str | None, direction: Direction | None, filters: Query
    ) -> Query:
        """What a call asks for; what the caller leaves open is as the row says."""
        paging: Query = {
            "page": page,
            "pagesize": PAGE_SIZE,
            "orderfield": order or self.order,
            "orderdirection": direction or self.direction,
        }
        consent = CONSENTS if self.tells_consent else {}
        return {**(paging if self.direction else {}), **filters, "date": date or self.date, **consent}


# The account and its clients

CLIENTS = Endpoint("clients", all_of(name_of("ClientID")))
CLIENT = Endpoint("clients/{}", Client.parse)
TIME_ZONES = Endpoint("timezones", all_of(bare_text))
SYSTEM_DATE = Endpoint("systemdate", lambda body: bare_text(text(body, "SystemDate")))
LISTS = Endpoint("clients/{}/lists", all_of(name_of("ListID")))
SUPPRESSIONS = Endpoint("clients/{}/suppressionlist", page_of(Suppression.parse), "desc", "date")
CAMPAIGNS = Endpoint("clients/{}/campaigns", page_of(Campaign.parse), "desc")
JOURNEYS = Endpoint("clients/{}/journeys", each_of(JourneyName.parse))

# Lists and their people

LIST_DETAILS = Endpoint("lists/{}", ListDetails.parse)
LIST_STATS = Endpoint("lists/{}/stats", ListStats.parse)
CUSTOM_FIELDS = Endpoint("lists/{}/customfields", all_of(CustomField.parse))
WEBHOOKS = Endpoint("lists/{}/webhooks", each_of(Webhook.parse))
SEGMENTS = Endpoint("lists/{}/segments", all_of(SegmentName.parse))
SUBSCRIBERS = Endpoint(
    "lists/{}/{}", page_of(Subscriber.parse), "asc", "email", date=ALL_TIME, tells_consent=True
)
SUBSCRIBER = Endpoint("subscribers/{}", Subscriber.parse, tells_consent=True)
SEGMENT = Endpoint("segments/{}", Segment.parse, is_slow=True)
SEGMENT_SUBSCRIBERS = Endpoint(
    "segments/{}/active",
    page_of(Subscriber.parse),
    "asc",
    "email",
    date=ALL_TIME,
    tells_consent=True,
    is_slow=True,
)

# Reports

CAMPAIGN_SUMMARY = Endpoint("campaigns/{}/summary", CampaignSummary.parse)
CAMPAIGN_LISTS = Endpoint("campaigns/{}/listsandsegments", CampaignLists.parse)
CAMPAIGN_RECIPIENTS = Endpoint("campaigns/{}/{}", page_of(Activity.parse), "asc", "email")
CAMPAIGN_REPORT = Endpoint("campaigns/{}/{}", page_of(Activity.parse), "asc", "date")
JOURNEY = Endpoint("journeys/{}", Journey.parse)
JOURNEY_REPORT = Endpoint("journeys/email/{}/{}", page_of(Activity.parse), "asc")
