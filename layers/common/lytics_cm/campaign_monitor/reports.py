"""Campaigns and journeys, and what people did with them, as Campaign Monitor reports it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from lytics_cm.campaign_monitor.columns import (
    Column,
    Record,
    count_or_none_said,
    either,
    needed_records,
    records,
    stripped,
)
from lytics_cm.campaign_monitor.records import Name, name_of
from lytics_cm.members import Records, counted, identity, number

type CampaignReport = Literal["recipients", "opens", "clicks", "bounces", "unsubscribes", "spam"]
type JourneyReport = Literal["recipients", "opens", "clicks", "bounces", "unsubscribes"]


@dataclass(frozen=True, slots=True)
class Campaign(Record):
    """A sent campaign; `sent_date` in the client's zone."""

    id: Annotated[str, Column("CampaignID", identity)]
    name: Annotated[str, Column("Name")]
    sent_date: Annotated[str, Column("SentDate")]
    recipients: Annotated[int | None, Column("TotalRecipients", counted)]


@dataclass(frozen=True, slots=True)
class CampaignSummary(Record):
    """Events of a campaign; None is a number that cannot be read."""

    recipients: Annotated[int | None, Column("Recipients", counted)]
    total_opened: Annotated[int | None, Column("TotalOpened", counted)]
    clicks: Annotated[int | None, Column("Clicks", counted)]
    unsubscribed: Annotated[int | None, Column("Unsubscribed", count_or_none_said)]
    bounced: Annotated[int | None, Column("Bounced", count_or_none_said)]
    spam_complaints: Annotated[int | None, Column("SpamComplaints", count_or_none_said)]


@dataclass(frozen=True, slots=True)
class SegmentName(Record):
    id: Annotated[str, Column("SegmentID", identity)]
    list_id: Annotated[str, Column("ListID")]
    title: Annotated[str, Column("Title")]


@dataclass(frozen=True, slots=True)
class CampaignLists(Record):
    """Where a campaign was sent: to whole lists and to segments of lists."""

    lists: Annotated[Records[Name], Column("Lists", needed_records(name_of("ListID")))]
    segments: Annotated[Records[SegmentName], Column("Segments", records(SegmentName.parse))]

    @property
    def is_partial(self) -> bool:
        """Whether there are others, which could not be read."""
        return bool(self.lists.odd or self.segments.odd)

    @property
    def list_ids(self) -> list[str]:
        """Every list concerned, once: one sent to through a segment is not among `lists`."""
        ids = [one.id for one in self.lists] + [segment.list_id for segment in self.segments]
        return list(dict.fromkeys(list_id for list_id in ids if list_id))


@dataclass(frozen=True, slots=True)
class Activity(Record):
    """A line of a report; what the report does not tell is empty.

    Recipients of a campaign have no `date`, journeys no `list_id`; only clicks have a `url`, only bounces a
    `bounce_type` and `reason`.
    """

    email: Annotated[str, Column("EmailAddress")]
    list_id: Annotated[str, Column("ListID")]
    date: Annotated[str, Column("Date", either("SentDate"))]
    url: Annotated[str, Column("URL")]
    ip_address: Annotated[str, Column("IPAddress")]
    latitude: Annotated[float | None, Column("Latitude", number)]
    longitude: Annotated[float | None, Column("Longitude", number)]
    city: Annotated[str, Column("City")]
    region: Annotated[str, Column("Region")]
    country_code: Annotated[str, Column("CountryCode")]
    country_name: Annotated[str, Column("CountryName")]
    bounce_type: Annotated[str, Column("BounceType")]
    reason: Annotated[str, Column("Reason", stripped)]


@dataclass(frozen=True, slots=True)
class JourneyName(Record):
    """A journey as the client's overview has it: only there is its list known."""

    id: Annotated[str, Column("JourneyID", identity)]
    name: Annotated[str, Column("Name")]
    list_id: Annotated[str, Column("ListID")]


@dataclass(frozen=True, slots=True)
class JourneyEmail(Record):
    """An e-mail of a journey and its events; None is a number that cannot be read."""

    id: Annotated[str, Column("EmailID", identity)]
    name: Annotated[str, Column("Name")]
    sent: Annotated[int | None, Column("Sent", count_or_none_said)]
    opened: Annotated[int | None, Column("Opened", count_or_none_said)]
    clicked: Annotated[int | None, Column("Clicked", count_or_none_said)]
    bounced: Annotated[int | None, Column("Bounced", count_or_none_said)]
    unsubscribed: Annotated[int | None, Column("Unsubscribed", count_or_none_said)]


@dataclass(frozen=True, slots=True)
class Journey(Record):
    emails: Annotated[Records[JourneyEmail], Column("Emails", records(JourneyEmail.parse))]
