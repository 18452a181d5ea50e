"""The shapes in which Campaign Monitor answers: what we need is read, and nothing else.

Only what identifies a thing must be there. Times are texts in the client's zone (`zones` reads them); an
address may be anything, so that one bad record can be rejected alone. `endpoints` says which call answers
with which of these.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Self

from lytics_cm.campaign_monitor.columns import (
    Column,
    Json,
    Record,
    count_or_none_said,
    custom_fields,
    inside,
    is_true,
    needed_text,
)
from lytics_cm.members import Misshapen, Records, counted, described, each_of, identity, text, texts

PAGE_SIZE = 1000
"""Records per page, the most that Campaign Monitor gives."""
MOST_PAGES = 30_000
LIST_TOTALS = ("TotalActiveSubscribers", "TotalUnsubscribes", "TotalDeleted", "TotalBounces")
LIST_EVENTS = tuple(
    f"{what}{period}"
    for what in ("NewActiveSubscribers", "Unsubscribes", "Deleted", "Bounces")
    for period in ("Today", "ThisYear")
)
"""The members of a list's statistics that tell how many people changed their state lately."""


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of records: its number from 1, how many pages and records there are, if that is known."""

    records: Records[T]
    number: int
    pages: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Name:
    """The id and name of a client or a list."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Client(Record):
    """A client; its `ApiKey`, a live credential, is never read."""

    id: Annotated[str, Column("ClientID", inside("BasicDetails", identity))]
    name: Annotated[str, Column("CompanyName", inside("BasicDetails", text))]
    country: Annotated[str, Column("Country", inside("BasicDetails", described))]
    time_zone: Annotated[str, Column("TimeZone", inside("BasicDetails", text))]


@dataclass(frozen=True, slots=True)
class ListDetails(Record):
    id: Annotated[str, Column("ListID", identity)]
    name: Annotated[str, Column("Title")]
    confirmed_opt_in: Annotated[bool, Column("ConfirmedOptIn", is_true)]
    unsubscribe_setting: Annotated[str, Column("UnsubscribeSetting", described)]


@dataclass(frozen=True, slots=True)
class ListStats:
    """How many people are in which state, and how many came there lately (`events`, see `LIST_EVENTS`).

    None is a number that cannot be read; `odd` names these members.
    """

    active: int | None
    unsubscribed: int | None
    deleted: int | None
    bounced: int | None
    events: dict[str, int | None]
    odd: tuple[str, ...] = ()

    @classmethod
    def parse(cls, body: Json) -> Self:
        totals = {name: counted(body, name) for name in LIST_TOTALS}
        events = {name: count_or_none_said(body, name) for name in LIST_EVENTS}
        odd = tuple(name for name, count in (totals | events).items() if count is None)
        active, unsubscribed, deleted, bounced = totals.values()
        return cls(active, unsubscribed, deleted, bounced, events, odd)


@dataclass(frozen=True, slots=True)
class CustomField(Record):
    name: Annotated[str, Column("FieldName", needed_text)]
    key: Annotated[str, Column("Key")]
    data_type: Annotated[str, Column("DataType")]
    options: Annotated[tuple[str, ...], Column("FieldOptions", texts)]


@dataclass(frozen=True, slots=True)
class Webhook(Record):
    id: Annotated[str, Column("WebhookID", identity)]
    url: Annotated[str, Column("Url")]
    events: Annotated[tuple[str, ...], Column("Events", texts)]
    status: Annotated[str, Column("Status")]
    payload_format: Annotated[str, Column("PayloadFormat")]

    @property
    def is_active(self) -> bool:
        return self.status.casefold() == "active"

    def __repr__(self) -> str:
        return f"Webhook({self.id!r}, {self.status!r})"  # whoever knows the URL can deliver to it


@dataclass(frozen=True, slots=True)
class Subscriber(Record):
    """A person on a list.

    `date` is the last change of `state`; `custom_fields` as `custom_fields_of` reads them.
    """

    email: Annotated[str, Column("EmailAddress")]
    name: Annotated[str, Column("Name")]
    state: Annotated[str, Column("State")]
    date: Annotated[str, Column("Date")]
    list_joined_date: Annotated[str, Column("ListJoinedDate")]
    custom_fields: Annotated[dict[str, str | list[str]], Column("CustomFields", custom_fields)]
    reads_email_with: Annotated[str, Column("ReadsEmailWith")]
    consent_to_track: Annotated[str, Column("ConsentToTrack")]
    mobile_number: Annotated[str, Column("MobileNumber")]
    consent_to_sms: Annotated[str, Column("ConsentToSendSms")] = ""


@dataclass(frozen=True, slots=True)
class Suppression(Record):
    email: Annotated[str, Column("EmailAddress")]
    reason: Annotated[str, Column("SuppressionReason")]
    date: Annotated[str, Column("Date")]
    state: Annotated[str, Column("State")]


def page_of[T](parse: Callable[[Any], T]) -> Callable[[Any], Page[T]]:
    """A parser of paged answers. The echo of the order is not read: its spelling differs between calls."""

    def read(body: Any) -> Page[T]:
        total = counted(body, "TotalNumberOfRecords")
        results = [] if body["Results"] is None and total == 0 else body["Results"]
        return Page(each_of(parse)(results), counted(body, "PageNumber") or 1, _pages(body, total), total)

    return read


def _pages(body: Json, total: int | None) -> int:
    """How many pages there are, else how many the number of records makes."""
    pages = counted(body, "NumberOfPages")
    if pages is None and total is not None:
        pages = -(-total // PAGE_SIZE)
    if pages is None or pages > MOST_PAGES:
        raise Misshapen("its NumberOfPages is not a number of pages")
    return pages


def name_of(id_key: str, name_key: str = "Name") -> Callable[[Any], Name]:
    return lambda body: Name(identity(body, id_key), text(body, name_key))
