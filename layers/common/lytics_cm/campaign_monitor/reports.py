"""Campaigns and journeys, and what people did with them, as Campaign Monitor reports it."""

from dataclasses import dataclass
from typing import Any, Literal, Self

from lytics_cm.campaign_monitor.records import (
    Json,
    Name,
    all_of,
    identity,
    integer,
    name_of,
    number,
    text,
    texts,
)

type CampaignReport = Literal["recipients", "opens", "clicks", "bounces", "unsubscribes", "spam"]
type JourneyReport = Literal["recipients", "opens", "clicks", "bounces", "unsubscribes"]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A sent campaign; `sent_date` in the client's zone."""

    id: str
    name: str
    subject: str
    from_name: str
    from_email: str
    sent_date: str
    recipients: int
    tags: tuple[str, ...]

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            identity(body, "CampaignID"),
            text(body, "Name"),
            text(body, "Subject"),
            text(body, "FromName"),
            text(body, "FromEmail"),
            text(body, "SentDate"),
            integer(body, "TotalRecipients"),
            texts(body, "Tags"),
        )


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """Events of a campaign; `unique_opened` alone counts people."""

    name: str
    recipients: int
    total_opened: int
    unique_opened: int
    clicks: int
    unsubscribed: int
    bounced: int
    spam_complaints: int

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            text(body, "Name"),
            int(body["Recipients"]),
            int(body["TotalOpened"]),
            integer(body, "UniqueOpened"),
            int(body["Clicks"]),
            integer(body, "Unsubscribed"),
            integer(body, "Bounced"),
            integer(body, "SpamComplaints"),
        )


@dataclass(frozen=True, slots=True)
class SegmentName:
    id: str
    list_id: str
    title: str

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(identity(body, "SegmentID"), text(body, "ListID"), text(body, "Title"))


@dataclass(frozen=True, slots=True)
class CampaignLists:
    """Where a campaign was sent: to whole lists and to segments of lists."""

    lists: list[Name]
    segments: list[SegmentName]

    @property
    def list_ids(self) -> list[str]:
        """Every list concerned, once: one sent to through a segment is not among `lists`."""
        ids = [one.id for one in self.lists] + [segment.list_id for segment in self.segments]
        return list(dict.fromkeys(list_id for list_id in ids if list_id))

    @classmethod
    def parse(cls, body: Json) -> Self:
        lists = all_of(name_of("ListID"))(body["Lists"] or [])
        return cls(lists, all_of(SegmentName.parse)(body.get("Segments") or []))


@dataclass(frozen=True, slots=True)
class Activity:
    """A line of a report; what the report does not tell is empty.

    Recipients of a campaign have no `date`, journeys no `list_id`; only clicks have a `url`, only bounces a
    `bounce_type` and `reason`.
    """

    email: str
    list_id: str
    date: str
    url: str
    ip_address: str
    latitude: float | None
    longitude: float | None
    city: str
    region: str
    country_code: str
    country_name: str
    bounce_type: str
    reason: str

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            text(body, "EmailAddress"),
            text(body, "ListID"),
            text(body, "Date") or text(body, "SentDate"),
            text(body, "URL"),
            text(body, "IPAddress"),
            number(body, "Latitude"),
            number(body, "Longitude"),
            text(body, "City"),
            text(body, "Region"),
            text(body, "CountryCode"),
            text(body, "CountryName"),
            text(body, "BounceType"),
            text(body, "Reason").strip(),
        )


@dataclass(frozen=True, slots=True)
class JourneyName:
    """A journey as the client's overview has it: only there is its list known."""

    id: str
    name: str
    list_id: str
    status: str

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            identity(body, "JourneyID"), text(body, "Name"), text(body, "ListID"), text(body, "Status")
        )


@dataclass(frozen=True, slots=True)
class JourneyEmail:
    id: str
    name: str
    sent: int
    opened: int
    unique_opened: int
    clicked: int
    bounced: int
    unsubscribed: int

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            identity(body, "EmailID"),
            text(body, "Name"),
            integer(body, "Sent"),
            integer(body, "Opened"),
            integer(body, "UniqueOpened"),
            integer(body, "Clicked"),
            integer(body, "Bounced"),
            integer(body, "Unsubscribed"),
        )


@dataclass(frozen=True, slots=True)
class Journey:
    id: str
    name: str
    trigger_type: str
    status: str
    emails: list[JourneyEmail]

    @classmethod
    def parse(cls, body: dict[str, Any]) -> Self:
        return cls(
            identity(body, "JourneyID"),
            text(body, "Name"),
            text(body, "TriggerType"),
            text(body, "Status"),
            all_of(JourneyEmail.parse)(body.get("Emails") or []),
        )
