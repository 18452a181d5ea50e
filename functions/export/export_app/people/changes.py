"""What the messages of the changes queue say about people. Pure.

A message is `{"export", "received_at", "changes": [{"email", "audience_id", "slug", "event", "at", "fields",
"fields_at", "nth"}]}`, or `{"export", "people": [addresses], "attempt", "since"}` for those whose stored
state is to be sent (again), or a task. `received_at` is when the trigger came, or before the scan asked,
epoch ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from export_app.job import ExportJob
from export_app.people.entries import AUDIENCE, EXISTING_USERS, START, TRIGGERS, TRY
from export_app.people.membership import Observed, Stay
from lytics_cm.addresses import named
from lytics_cm.errors import UnreadableMessage
from lytics_cm.profile_fields import bounded
from lytics_cm.streams import END_OF_TIME, MAX_ADDRESS_CHARS, address

type Json = dict[str, Any]

DAY_MS = 86_400_000
MOST_REMARKS = 100
"""Of a batch: who exports one audience and hears of thousands learns nothing from the rest."""
STAYS = {
    "enter": lambda at: Stay(entered=at),
    "seen": lambda at: Stay(seen=at),
    "exit": lambda at: Stay(left=at),
}
"""`seen` is a scan's finding: somebody is in the audience, since we do not know when."""


@dataclass(slots=True)
class Observation:
    """What a batch of messages says of one person.

    `source` is the first message that has them handled, empty when none does; `due` the latest that has them
    sent. `heard` is by the time at which it was received (epoch ms): of who was erased only what is later
    counts. Of a stranger only fields are told, beside an audience that is not one of the export's.
    """

    source: str = ""
    due: Json = field(default_factory=dict)
    heard: dict[int, Observed] = field(default_factory=dict)
    is_stranger: bool = False

    @property
    def trigger(self) -> str:
        """Why the person is sent: what Lytics told of them, else what the message says that has them sent."""
        told = self.due.get("trigger")
        if told == TRY:
            return TRY
        stays = [stay for one in self.heard.values() for stay in one.stays.values()]
        if any(stay.entered or stay.left for stay in stays) or (self.heard and not stays):
            return AUDIENCE
        if stays:
            return EXISTING_USERS
        return told if told in TRIGGERS else START

    def received(self, now: int) -> int:
        """When the first was received, now if nothing was."""
        return min(self.heard, default=now)


@dataclass(slots=True)
class Observations:
    """What a batch of messages says of people, what cannot be used, and whose changes broke the reader."""

    people: dict[str, Observation] = field(default_factory=dict)
    messages: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    unread: dict[str, Exception] = field(default_factory=dict)
    remarks: set[str] = field(default_factory=set)

    def of(self, email: str) -> Observation:
        """What is said of one person, to be added to."""
        return self.people.setdefault(email, Observation())

    def remark(self, words: str) -> None:
        if len(self.remarks) < MOST_REMARKS:
            self.remarks.add(words)


@dataclass(frozen=True, slots=True)
class ChangeReader:
    """How an export reads changes: its audiences by id and slug, the fields that matter to it.

    An empty value of those that are `mapped` empties a field of the list, and of the others nothing.
    """

    slugs: Mapping[str, str]
    name_field: str
    mapped: frozenset[str]
    others: frozenset[str] = frozenset()

    def read(self, messages: Iterable[tuple[str, Json]], now: int) -> Observations:
        """Merge messages, given with their ids; every person belongs to the first message that names them."""
        found = Observations()
        for message_id, message in messages:
            found.messages.add(message_id)
            due = {**message, "attempt": _whole(message, "attempt"), "since": _whole(message, "since")}
            for email in _listed(found, message, "people", str):
                person = found.of(email)
                person.due, person.source = due, person.source or message_id
            received_at = message.get("received_at", 0)
            for change in _listed(found, message, "changes", dict):
                try:
                    self._merge(found, message_id, change, received_at, now)
                except Exception as error:  # noqa: BLE001 - what nobody foresaw in one change costs no other
                    email = named(_shown(change.get("email"))) or "(no address)"
                    found.unread[email] = error
                    found.of(email).heard.setdefault(received_at, Observed())
        return found

    def _merge(self, found: Observations, message_id: str, change: Json, received_at: int, now: int) -> None:
        try:
            observed = self._observed(change, received_at, now)
        except UnreadableMessage as error:
            found.remark(str(error))
            return
        try:
            email = address(change.get("email"))
        except UnreadableMessage as error:
            found.refused[_shown(change.get("email")) or "(no address)"] = str(error)
            return
        person = found.of(email)
        is_foreign = not (observed.stays or self._find(change))
        person.is_stranger = is_foreign and (person.is_stranger or not person.heard)
        before = person.heard.get(received_at)
        person.heard[received_at] = before.join(observed) if before else observed
        person.source = person.source or message_id

    def _observed(self, change: Json, received_at: int, now: int) -> Observed:
        event, at = _shown(change.get("event")), change.get("at")
        if not _is_time(at, now):
            raise UnreadableMessage("a change has no time, or one that is not past; it was left out")
        if event not in STAYS and event != "change":
            raise UnreadableMessage(f"changes with the event {event[:40]!r} are not known and left out")
        stays = {self._slug(change): STAYS[event](at)} if event in STAYS else {}
        fields_at, received = change.get("fields_at"), (received_at, _whole(change, "nth"))
        observed = self._with_fields(stays, change, fields_at if _is_time(fields_at, now) else at)
        return replace(observed, received=received) if observed.fields_at else observed

    def _with_fields(self, stays: Mapping[str, Stay], change: Json, at: int) -> Observed:
        """A scan carries what it is asked for, so it is no sign of what triggers carry."""
        carried = change.get("fields")
        if carried is None:
            return Observed(stays)
        if not isinstance(carried, dict):
            raise UnreadableMessage("the fields of a change are no object; it was left out")
        wanted = self.mapped | self.others | {self.name_field}
        fields = {name: value for name, value in carried.items() if name in wanted}
        by_trigger = self.mapped & fields.keys() if change["event"] != "seen" else frozenset()
        return Observed(stays, bounded(fields), at, by_trigger)

    def _find(self, change: Json) -> str | None:
        """The slug of the export's audience that a change is about."""
        for name in (change.get("audience_id"), change.get("slug")):
            if isinstance(name, str) and name in self.slugs:
                return self.slugs[name]
        return None

    def _slug(self, change: Json) -> str:
        if slug := self._find(change):
            return slug
        named = (_shown(change.get("slug")) or _shown(change.get("audience_id")))[:100]
        raise UnreadableMessage(
            f"changes come for audience {named!r}, which is not one of this export's; they are left out"
        )


def reader_of(job: ExportJob) -> ChangeReader:
    """How a job reads changes."""
    slugs = {audience["slug"]: audience["slug"] for audience in job.audiences}
    slugs |= {audience["id"]: audience["slug"] for audience in job.audiences if audience.get("id")}
    others = frozenset(job.consent_fields.names)
    return ChangeReader(slugs, job.name_field, frozenset(job.field_mappings), others)


def _listed[T](found: Observations, message: Json, name: str, kind: type[T]) -> Iterator[T]:
    """What a message lists under a name, without what is of another kind."""
    listed = message.get(name, [])
    for one in listed if isinstance(listed, list) else [None]:
        if isinstance(one, kind) and (not isinstance(one, str) or _shown(one) == one != ""):
            yield one
        else:
            found.remark(f"a message has {name} of a kind that is not known; they were left out")


def _whole(message: Json, name: str) -> int:
    number = message.get(name)
    return number if type(number) is int and number > 0 else 0


def _shown(value: object) -> str:
    """A text that can be stored and shown; empty for what is none."""
    return value[:MAX_ADDRESS_CHARS].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _is_time(at: object, now: int) -> TypeGuard[int]:
    return isinstance(at, int) and not isinstance(at, bool) and 0 < at <= min(now + DAY_MS, END_OF_TIME)
