"""What the messages of the changes queue say about people. Pure.

A message is `{"export", "received_at", "changes": [{"email", "audience_id", "slug", "event", "at", "fields",
"fields_at"}]}`, or `{"export", "people": [addresses], "attempt", "since"}` for those whose stored state is to be sent
(again), or a task. `received_at` is when the trigger came, or before the scan asked, epoch ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from export_app.membership import State, Stay
from lytics_cm.errors import UnreadableMessage
from lytics_cm.profile_fields import bounded
from lytics_cm.streams import END_OF_TIME, address

type Json = dict[str, Any]

DAY = 86_400_000
MOST_REMARKS = 100
"""Of a batch: who exports one audience and is told of thousands learns nothing from the rest."""
STAYS = {
    "enter": lambda at: Stay(entered=at),
    "seen": lambda at: Stay(seen=at),
    "exit": lambda at: Stay(left=at),
}
"""`seen` is a scan's finding: somebody is in the audience, since we do not know when."""


@dataclass(slots=True)
class Told:
    """What a batch of messages says: a state per person, who only has to be sent, what cannot be used.

    `strangers` are people of whom only fields are told, beside an audience that is not one of the export's.
    """

    states: dict[str, State] = field(default_factory=dict)
    due: dict[str, Json] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    remarks: set[str] = field(default_factory=set)

    @property
    def people(self) -> list[str]:
        return list(self.sources)


@dataclass(frozen=True, slots=True)
class Reading:
    """How an export reads changes: its audiences by id and slug, the fields that matter to it."""

    slugs: Mapping[str, str]
    name_field: str
    mapped: frozenset[str]

    def read(self, messages: Iterable[tuple[str, Json]], now: int) -> Told:
        """Merge messages, given with their ids; every person belongs to the first message that names them."""
        told = Told()
        for message_id, message in messages:
            told.messages.add(message_id)
            for email in message.get("people", ()):
                told.due[email] = message
                told.sources.setdefault(email, message_id)
            for change in message.get("changes", ()):
                self._merge(told, message_id, change, now)
        return told

    def _merge(self, told: Told, message_id: str, change: Json, now: int) -> None:
        try:
            state = self._state(change, now)
        except UnreadableMessage as error:
            if len(told.remarks) < MOST_REMARKS:
                told.remarks.add(str(error))
            return
        try:
            email = address(change.get("email"))
        except UnreadableMessage as error:
            told.refused[str(change.get("email") or "")[:254] or "(no address)"] = str(error)
            return
        if state.stays or self._find(change):
            told.strangers.discard(email)
        elif email not in told.states:
            told.strangers.add(email)
        told.states[email] = told.states[email].join(state) if email in told.states else state
        told.sources.setdefault(email, message_id)

    def _state(self, change: Json, now: int) -> State:
        event, at = str(change.get("event")), change.get("at")
        if not _is_time(at, now):
            raise UnreadableMessage("a change has no time, or one that is not past; it was left out")
        if event not in STAYS and event != "change":
            raise UnreadableMessage(f"changes with the event {event[:40]!r} are not known and left out")
        stays = {self._slug(change): STAYS[event](at)} if event in STAYS else {}
        told_at = change.get("fields_at")
        return self._with_fields(stays, change, told_at if _is_time(told_at, now) else at)

    def _with_fields(self, stays: Mapping[str, Stay], change: Json, at: int) -> State:
        """A scan carries what it is asked for, so it is no sign of what triggers carry."""
        told = change.get("fields")
        if told is None:
            return State(stays)
        fields = {
            name: value for name, value in told.items() if name in self.mapped or name == self.name_field
        }
        carried = self.mapped & fields.keys() if change["event"] != "seen" else frozenset()
        return State(stays, bounded(fields), at, carried)

    def _find(self, change: Json) -> str | None:
        """The slug of the export's audience that a change is about."""
        for name in (change.get("audience_id"), change.get("slug")):
            if isinstance(name, str) and name in self.slugs:
                return self.slugs[name]
        return None

    def _slug(self, change: Json) -> str:
        if slug := self._find(change):
            return slug
        named = str(change.get("slug") or change.get("audience_id") or "")[:100]
        raise UnreadableMessage(
            f"changes come for audience {named!r}, which is not one of this export's; they are left out"
        )


def reading_of(job: Mapping[str, Any]) -> Reading:
    """How a job reads changes."""
    slugs = {audience["slug"]: audience["slug"] for audience in job["audiences"]}
    slugs |= {audience["id"]: audience["slug"] for audience in job["audiences"] if audience.get("id")}
    return Reading(slugs, job["name_field"], frozenset(job["field_mappings"]))


def _is_time(at: object, now: int) -> TypeGuard[int]:
    return isinstance(at, int) and not isinstance(at, bool) and 0 < at <= min(now + DAY, END_OF_TIME)
