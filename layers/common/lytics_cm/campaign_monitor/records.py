"""The shapes in which Campaign Monitor answers: what we need is read, by the rules of `members`, and nothing else.

Only what identifies a thing must be there. Times are texts in the client's zone (`zones` reads them); an address may
be anything, so that one bad record can be rejected alone. A record that cannot be read is told of among the others
(`Records.odd`); parsers of other bodies raise one of `members.SHAPE`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from lytics_cm.campaign_monitor.fields import custom_fields_of
from lytics_cm.members import (
    Misshapen,
    Records,
    bare_text,
    counted,
    described,
    each_of,
    identity,
    text,
    texts,
)

type Json = dict[str, Any]

FULL_PAGE = 1000
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
    """One page of records: its number from 1, how many pages and records there are in all, if that is told."""

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
class Client:
    """A client; its `ApiKey`, a live credential, is never read."""

    id: str
    name: str
    country: str
    time_zone: str

    @classmethod
    def parse(cls, body: Json) -> Self:
        basic = body["BasicDetails"]
        return cls(
            identity(basic, "ClientID"),
            text(basic, "CompanyName"),
            described(basic, "Country"),
            text(basic, "TimeZone"),
        )


@dataclass(frozen=True, slots=True)
class ListDetails:
    id: str
    name: str
    confirmed_opt_in: bool
    unsubscribe_setting: str

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            identity(body, "ListID"),
            text(body, "Title"),
            body.get("ConfirmedOptIn") is True,
            described(body, "UnsubscribeSetting"),
        )


@dataclass(frozen=True, slots=True)
class ListStats:
    """How many people are in which state, and how many came there lately (`events`, by the names of `LIST_EVENTS`).

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
        events = {name: 0 if body.get(name) is None else counted(body, name) for name in LIST_EVENTS}
        odd = tuple(name for name, count in (totals | events).items() if count is None)
        active, unsubscribed, deleted, bounced = totals.values()
        return cls(active, unsubscribed, deleted, bounced, events, odd)


@dataclass(frozen=True, slots=True)
class CustomField:
    name: str
    key: str
    data_type: str
    options: tuple[str, ...]

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            bare_text(body["FieldName"]),
            text(body, "Key"),
            text(body, "DataType"),
            texts(body, "FieldOptions"),
        )


@dataclass(frozen=True, slots=True)
class Webhook:
    id: str
    url: str
    events: tuple[str, ...]
    status: str
    payload_format: str

    @property
    def is_active(self) -> bool:
        return self.status.casefold() == "active"

    def __repr__(self) -> str:
        return f"Webhook({self.id!r}, {self.status!r})"  # whoever knows the URL can deliver to it

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            identity(body, "WebhookID"),
            text(body, "Url"),
            texts(body, "Events"),
            text(body, "Status"),
            text(body, "PayloadFormat"),
        )


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person on a list. `date` is the last change of `state`; `custom_fields` as `custom_fields_of` reads them."""

    email: str
    name: str
    state: str
    date: str
    list_joined_date: str
    custom_fields: dict[str, str | list[str]]
    reads_email_with: str
    consent_to_track: str
    mobile_number: str

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            text(body, "EmailAddress"),
            text(body, "Name"),
            text(body, "State"),
            text(body, "Date"),
            text(body, "ListJoinedDate"),
            custom_fields_of(body.get("CustomFields")),
            text(body, "ReadsEmailWith"),
            text(body, "ConsentToTrack"),
            text(body, "MobileNumber"),
        )


@dataclass(frozen=True, slots=True)
class Suppression:
    email: str
    reason: str
    date: str
    state: str

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            text(body, "EmailAddress"),
            text(body, "SuppressionReason"),
            text(body, "Date"),
            text(body, "State"),
        )


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
        pages = -(-total // FULL_PAGE)
    if pages is None or pages > MOST_PAGES:
        raise Misshapen("its NumberOfPages is not a number of pages")
    return pages


def name_of(id_key: str, name_key: str = "Name") -> Callable[[Any], Name]:
    return lambda body: Name(identity(body, id_key), text(body, name_key))
