"""The shapes in which Campaign Monitor answers, read leniently: what is missing or null is empty, extra is ignored.

Only what identifies a thing must be there. Times are texts in the client's zone (`zones` reads them); an address may
be anything, so that one bad record can be rejected alone. Parsers raise `ValueError`, `KeyError` or `TypeError`.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from lytics_cm.campaign_monitor.fields import custom_fields_of

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of records: its number from 1, how many pages and records there are in all."""

    records: list[T]
    number: int
    pages: int
    total: int


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
            text(basic, "Country"),
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
            text(body, "UnsubscribeSetting"),
        )


@dataclass(frozen=True, slots=True)
class ListStats:
    """How many people are in which state; `counts` has all the numbers as they are spelled there."""

    active: int
    unsubscribed: int
    deleted: int
    bounced: int
    counts: dict[str, int]

    @classmethod
    def parse(cls, body: Json) -> Self:
        counts = {name: integer(body, name) for name in body}
        return cls(
            counts["TotalActiveSubscribers"],
            counts["TotalUnsubscribes"],
            counts["TotalDeleted"],
            counts["TotalBounces"],
            counts,
        )


@dataclass(frozen=True, slots=True)
class CustomField:
    name: str
    key: str
    data_type: str
    options: tuple[str, ...]

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            identity(body, "FieldName"),
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
        records = [parse(record) for record in body["Results"]]
        total = integer(body, "TotalNumberOfRecords", len(records))
        return Page(records, integer(body, "PageNumber", 1), int(body["NumberOfPages"]), total)

    return read


def all_of[T](parse: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """A parser of bare arrays."""

    def read(body: Any) -> list[T]:
        if not isinstance(body, list):
            raise TypeError("not an array")
        return [parse(item) for item in body]

    return read


def name_of(id_key: str, name_key: str = "Name") -> Callable[[Any], Name]:
    return lambda body: Name(identity(body, id_key), text(body, name_key))


def bare_text(body: Any) -> str:
    """A bare JSON string, not empty: the id or key of what was created."""
    if not isinstance(body, str) or not body:
        raise TypeError("not a text")
    return body


def identity(body: Json, key: str) -> str:
    """A text that must be there."""
    return bare_text(body[key])


def text(body: Json, key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else "" if value is None else str(value)


def texts(body: Json, key: str) -> tuple[str, ...]:
    values: Iterable[Any] = body.get(key) or ()
    return tuple(str(value) for value in values)


def integer(body: Json, key: str, default: int = 0) -> int:
    value = body.get(key)
    return default if value is None else int(value)


def number(body: Json, key: str) -> float | None:
    """A finite number; None for what is not one."""
    value = body.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)
