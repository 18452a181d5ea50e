"""Campaigns and journeys, and what people did with them, as Campaign Monitor reports it."""

from dataclasses import dataclass
from typing import Any, Literal, Self

from lytics_cm.campaign_monitor.records import Json, Name, name_of
from lytics_cm.members import Records, counted, each_of, identity, number, text

type CampaignReport = Literal["recipients", "opens", "clicks", "bounces", "unsubscribes", "spam"]
type JourneyReport = Literal["recipients", "opens", "clicks", "bounces", "unsubscribes"]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A sent campaign; `sent_date` in the client's zone."""

    id: str
    name: str
    sent_date: str
    recipients: int | None

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            identity(body, "CampaignID"),
            text(body, "Name"),
            text(body, "SentDate"),
            counted(body, "TotalRecipients"),
        )


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """Events of a campaign; None is a number that cannot be read."""

    recipients: int | None
    total_opened: int | None
    clicks: int | None
    unsubscribed: int | None
    bounced: int | None
    spam_complaints: int | None

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            counted(body, "Recipients"),
            counted(body, "TotalOpened"),
            counted(body, "Clicks"),
            _count(body, "Unsubscribed"),
            _count(body, "Bounced"),
            _count(body, "SpamComplaints"),
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

    lists: Records[Name]
    segments: Records[SegmentName]

    @property
    def is_partial(self) -> bool:
        """Whether there are others, which could not be read."""
        return bool(self.lists.odd or self.segments.odd)

    @property
    def list_ids(self) -> list[str]:
        """Every list concerned, once: one sent to through a segment is not among `lists`."""
        ids = [one.id for one in self.lists] + [segment.list_id for segment in self.segments]
        return list(dict.fromkeys(list_id for list_id in ids if list_id))

    @classmethod
    def parse(cls, body: Json) -> Self:
        lists = each_of(name_of("ListID"))(body["Lists"] or [])
        segments = each_of(SegmentName.parse)(body.get("Segments") or [])
        return cls(lists, segments)


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

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(identity(body, "JourneyID"), text(body, "Name"), text(body, "ListID"))


@dataclass(frozen=True, slots=True)
class JourneyEmail:
    """An e-mail of a journey and its events; None is a number that cannot be read."""

    id: str
    name: str
    sent: int | None
    opened: int | None
    clicked: int | None
    bounced: int | None
    unsubscribed: int | None

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            identity(body, "EmailID"),
            text(body, "Name"),
            _count(body, "Sent"),
            _count(body, "Opened"),
            _count(body, "Clicked"),
            _count(body, "Bounced"),
            _count(body, "Unsubscribed"),
        )


@dataclass(frozen=True, slots=True)
class Journey:
    emails: Records[JourneyEmail]

    @classmethod
    def parse(cls, body: dict[str, Any]) -> Self:
        return cls(each_of(JourneyEmail.parse)(body.get("Emails") or []))


def _count(body: Json, key: str) -> int | None:
    """How many; none when nothing is said, None when it cannot be read."""
    return 0 if body.get(key) is None else counted(body, key)
