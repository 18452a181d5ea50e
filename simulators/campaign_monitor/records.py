"""A subscriber as it is read and delivered, and custom field values as they are written."""

import re
from dataclasses import dataclass, field
from datetime import date
from json.encoder import encode_basestring as quote

from simulators.campaign_monitor.clock import COUNTRIES
from simulators.campaign_monitor.model import CustomField, MailingList, Subscriber

LONGEST = 250
MULTIPLE = ("MultiSelectMany", "MultiSelectOne")
TYPES = ("Text", "Number", *MULTIPLE, "Date", "Country", "USState")
STATES_OF_USA = ["Alaska", "California", "Florida", "Illinois", "New York", "Oregon", "Texas", "Washington"]
NUMBER = re.compile(r"-?\d+(\.\d+)?")
DATE = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})")
NO_DATE = ("0000-00-00", "0000/00/00")
FIRST_DATE, LAST_DATE = date(1900, 1, 1), date(2076, 6, 6)
ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\".]+")
LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class Value:
    """One entry of a written `CustomFields`."""

    key: str
    text: str
    clear: bool = False


@dataclass(slots=True)
class Edit:
    """What a write says about a person; None leaves as is."""

    name: str | None = None
    values: list[Value] = field(default_factory=list)
    consent: str | None = None
    mobile: str | None = None
    sms: str | None = None  # consent to short messages
    email: str | None = None  # a new address


def is_address(text: str) -> bool:
    return len(text) <= LONGEST_ADDRESS and ".." not in text and ADDRESS.fullmatch(text) is not None


def field_of(fields: list[CustomField], key: str) -> CustomField | None:
    """Find a field by key, bracketed or bare, or by its name."""
    bare = key.strip("[]").lower()
    for candidate in fields:
        if bare in (candidate.key.strip("[]").lower(), candidate.name.lower()):
            return candidate
    return None


def options_of(which: CustomField) -> list[str]:
    return {"Country": COUNTRIES, "USState": STATES_OF_USA}.get(which.data_type, which.options)


def render(person: Subscriber, *, bracketed: bool) -> str:
    """The record's JSON up to and without the members that depend on the call; kept until it changes."""
    if person.rendered is None or person.rendered[0] != bracketed:
        values = ",".join(
            f'{{"Key":{quote(key)},"Value":{quote(value)}}}'
            for key, value in pairs(person, bracketed=bracketed)
        )
        mobile = f'"MobileNumber":{quote(person.mobile)},' if person.mobile else ""
        text = (
            f'{{"EmailAddress":{quote(person.email)},"Name":{quote(person.name)},{mobile}"Date":"{person.date}",'
            f'"ListJoinedDate":"{person.joined}","State":"{person.state}","CustomFields":[{values}]'
        )
        person.rendered = (bracketed, text)
    return person.rendered[1]


def pairs(person: Subscriber, *, bracketed: bool) -> list[tuple[str, str]]:
    """Filled fields only, one pair per selected option."""
    return [
        (which.key if bracketed else which.name, value)
        for which, values in person.values.items()
        for value in values
    ]


def write(mailing_list: MailingList, person: Subscriber, edit: Edit, *, replace: bool) -> None:
    """Apply a write; unknown keys and options and impossible dates are dropped without a word."""
    if edit.name is not None:
        person.name = edit.name
    if edit.mobile is not None:
        person.mobile = edit.mobile
    by_field: dict[CustomField, list[Value]] = {}
    for value in edit.values:
        if which := field_of(mailing_list.fields, value.key):
            by_field.setdefault(which, []).append(value)
    for which, values in by_field.items():
        _write_field(person, which, values, replace=replace)
    mailing_list.touch(person)


def _write_field(person: Subscriber, which: CustomField, values: list[Value], *, replace: bool) -> None:
    """Clears act first, then what is set; a set of options replaces the selection or adds to it."""
    kept = person.values.get(which, [])
    for value in values:
        if value.clear or (which.data_type == "Date" and value.text in NO_DATE):
            kept = [] if value.text in ("", *NO_DATE) else [old for old in kept if old != value.text]
    given = [text for value in values if not value.clear and (text := _accepted(which, value.text))]
    if given and which.data_type == "MultiSelectMany":
        chosen = set(given) if replace else {*kept, *given}
        kept = [option for option in which.options if option in chosen]
    elif given:
        kept = given[-1:]
    if kept:
        person.values[which] = kept
    else:
        person.values.pop(which, None)


def _accepted(which: CustomField, text: str) -> str | None:
    """The value as it is stored, None when it is not."""
    match which.data_type:
        case "Number":
            return text if NUMBER.fullmatch(text) else None
        case "Date":
            return _accepted_date(text)
        case "Text":
            return text[:LONGEST]
        case _:
            return text if text in options_of(which) else None


def _accepted_date(text: str) -> str | None:
    found = DATE.match(text)
    if not found:
        return None
    try:
        day = date(*map(int, found.groups()))
    except ValueError:
        return None
    return day.isoformat() if FIRST_DATE <= day <= LAST_DATE else None
