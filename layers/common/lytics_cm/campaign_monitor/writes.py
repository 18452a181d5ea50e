"""What we write to Campaign Monitor: people with their custom fields, and segments with their rules."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self

from lytics_cm.campaign_monitor.columns import Json
from lytics_cm.grouping import grouped
from lytics_cm.members import counted, each_of, identity, integer, text

MAX_BATCH = 1000
"""People per call of `add_subscribers`."""
MAX_BODY_BYTES = 4 * 1024 * 1024
"""Of one call: no limit is documented; this is the smallest that such a server is delivered with."""

type Consent = Literal["Yes", "No", "Unchanged"]


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value of a custom field; the values of a multi-option field are one each.

    `clear` removes it instead.
    """

    key: str
    value: str
    clear: bool = False

    def body(self) -> Json:
        return {"Key": self.key, "Value": self.value} | ({"Clear": True} if self.clear else {})


@dataclass(frozen=True, slots=True)
class Entry:
    """One person to add, or to update when known.

    Without a name or a mobile number (E.164), and for fields not mentioned, all stays as it is. A consent to
    short messages is told beside a number alone.
    """

    email: str
    name: str | None = None
    fields: tuple[FieldValue, ...] = ()
    consent_to_track: Consent = "Unchanged"
    mobile_number: str | None = None
    consent_to_send_sms: Consent = "Unchanged"

    def body(self) -> Json:
        body: Json = {"EmailAddress": self.email}
        if self.name is not None:
            body["Name"] = self.name
        if self.fields:
            body["CustomFields"] = [value.body() for value in self.fields]
        if self.mobile_number:
            body["MobileNumber"] = self.mobile_number
            if self.consent_to_send_sms != "Unchanged":
                body["ConsentToSendSms"] = self.consent_to_send_sms
        return body | {"ConsentToTrack": self.consent_to_track}


def batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Groups of people that one call of `add_subscribers` takes."""
    return grouped(entries, lambda entry: len(json.dumps(entry.body())), MAX_BODY_BYTES, MAX_BATCH)


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """A person whom Campaign Monitor did not take, with its Code and words, as far as they can be read."""

    email: str
    code: int | None
    message: str

    @classmethod
    def parse(cls, body: Any) -> Self:
        row = body if isinstance(body, dict) else {}
        email, message = row.get("EmailAddress"), row.get("Message")
        return cls(
            email if isinstance(email, str) else "",
            counted(row, "Code"),
            message.strip() if isinstance(message, str) else "",
        )


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of the people of one call: all others than those in `failures` are written."""

    submitted: int
    existing: int
    new: int
    duplicates: tuple[str, ...]
    failures: list[ImportFailure]

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(
            integer(body, "TotalUniqueEmailsSubmitted"),
            counted(body, "TotalExistingSubscribers") or 0,
            counted(body, "TotalNewSubscribers") or 0,
            _duplicates(body.get("DuplicateEmailsInSubmission") or []),
            each_of(ImportFailure.parse)(body.get("FailureDetails") or []),
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition of a segment, e.g. `[Colours]` `EQUALS Blue`."""

    subject: str
    clause: str

    def body(self) -> Json:
        return {"RuleType": self.subject, "Clause": self.clause}

    @classmethod
    def parse(cls, body: Json) -> Self:
        return cls(text(body, "RuleType"), text(body, "Clause"))


type RuleGroups = tuple[tuple[Rule, ...], ...]
"""All groups must hold; in a group, one rule must."""


@dataclass(frozen=True, slots=True)
class Segment:
    id: str
    list_id: str
    title: str
    active_subscribers: int
    rule_groups: RuleGroups

    @classmethod
    def parse(cls, body: Json) -> Self:
        groups = body.get("RuleGroups") or []
        return cls(
            identity(body, "SegmentID"),
            text(body, "ListID"),
            text(body, "Title"),
            counted(body, "ActiveSubscribers") or 0,
            tuple(tuple(each_of(Rule.parse)(group.get("Rules") or [])) for group in groups),
        )


def segment_body(title: str, groups: Iterable[Iterable[Rule]]) -> dict[str, Any]:
    return {"Title": title, "RuleGroups": [{"Rules": [rule.body() for rule in group]} for group in groups]}


def _duplicates(told: Any) -> tuple[str, ...]:
    """The addresses that a call named more than once; what cannot be read is one that nobody has."""
    listed = told if isinstance(told, list) else [told]
    return tuple(one if isinstance(one, str) else "" for one in listed)
