"""What the messages of the changes queue say about people. Pure.

A message is `{"export", "received_at", "changes": [{"email", "audience_id", "slug", "event", "at", "fields",
"fields_at", "nth"}]}`, or `{"export", "people": [addresses], "attempt", "since"}` for those whose stored state is to be sent
(again), or a task. `received_at` is when the trigger came, or before the scan asked, epoch ms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from export_app.membership import State, Stay
from lytics_cm.addresses import named
from lytics_cm.errors import UnreadableMessage
from lytics_cm.profile_fields import bounded
from lytics_cm.streams import END_OF_TIME, MAX_ADDRESS_CHARS, address

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
    """What a batch of messages says: who only has to be sent, what cannot be used, and the people's states.

    `sources` has the message of everybody who is to be handled; `unread` whose change met with what nobody foresaw.
    What was `heard` of a person is by the time at which it was received (epoch ms): of who was erased only what is later
    counts. `strangers` are people of whom only fields are told, beside an audience that is not one of the export's.
    """

    heard: dict[str, dict[int, State]] = field(default_factory=dict)
    due: dict[str, Json] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    unread: dict[str, Exception] = field(default_factory=dict)
    remarks: set[str] = field(default_factory=set)

    def remark(self, words: str) -> None:
        if len(self.remarks) < MOST_REMARKS:
            self.remarks.add(words)

    def halves(self) -> list[Told]:
        """The same of one half of the people each."""
        people = self.people
        middle = len(people) // 2
        return [self.of(half) for half in (people[:middle], people[middle:])]

    def of(self, people: Iterable[str]) -> Told:
        """What is told of some of the people."""
        sources = {email: self.sources[email] for email in people}
        heard = {email: self.heard[email] for email in sources if email in self.heard}
        due = {email: self.due[email] for email in sources if email in self.due}
        return Told(heard, due, sources, self.strangers & sources.keys(), self.messages)

    @property
    def people(self) -> list[str]:
        return list(self.sources)

    @property
    def states(self) -> dict[str, State]:
        """Everything that was told of each person."""
        found = {email: self.state_of(email, lambda *_: True) for email in self.heard}
        return {email: state for email, state in found.items() if state is not None}

    def received(self, emails: Iterable[str], now: int) -> dict[str, int]:
        """When the first was received of each of these people, now if nothing was."""
        return {email: min(self.heard.get(email, ()), default=now) for email in emails}

    def state_of(self, email: str, admits: Callable[[str, int], bool]) -> State | None:
        """What was received of a person at those times that `admits` lets in; None when nothing was."""
        state = None
        for at, one in self.heard.get(email, {}).items():
            if admits(email, at):
                state = one if state is None else state.join(one)
        return state


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
            due = {**message, "attempt": _whole(message, "attempt"), "since": _whole(message, "since")}
            for email in _listed(told, message, "people", str):
                told.due[email] = due
                told.sources.setdefault(email, message_id)
            received_at = message.get("received_at", 0)
            for change in _listed(told, message, "changes", dict):
                try:
                    self._merge(told, message_id, change, received_at, now)
                except Exception as error:  # noqa: BLE001 - what nobody foresaw in one change costs no other
                    email = named(_shown(change.get("email"))) or "(no address)"
                    told.unread[email] = error
                    told.heard.setdefault(email, {}).setdefault(received_at, State())
        return told

    def _merge(self, told: Told, message_id: str, change: Json, received_at: int, now: int) -> None:
        try:
            state = self._state(change, received_at, now)
        except UnreadableMessage as error:
            told.remark(str(error))
            return
        try:
            email = address(change.get("email"))
        except UnreadableMessage as error:
            told.refused[_shown(change.get("email")) or "(no address)"] = str(error)
            return
        if state.stays or self._find(change):
            told.strangers.discard(email)
        elif email not in told.heard:
            told.strangers.add(email)
        states = told.heard.setdefault(email, {})
        states[received_at] = states[received_at].join(state) if received_at in states else state
        told.sources.setdefault(email, message_id)

    def _state(self, change: Json, received_at: int, now: int) -> State:
        event, at = _shown(change.get("event")), change.get("at")
        if not _is_time(at, now):
            raise UnreadableMessage("a change has no time, or one that is not past; it was left out")
        if event not in STAYS and event != "change":
            raise UnreadableMessage(f"changes with the event {event[:40]!r} are not known and left out")
        stays = {self._slug(change): STAYS[event](at)} if event in STAYS else {}
        told_at = change.get("fields_at")
        state = self._with_fields(stays, change, told_at if _is_time(told_at, now) else at)
        return replace(state, told=(received_at, _whole(change, "nth"))) if state.fields_at else state

    def _with_fields(self, stays: Mapping[str, Stay], change: Json, at: int) -> State:
        """A scan carries what it is asked for, so it is no sign of what triggers carry."""
        told = change.get("fields")
        if told is None:
            return State(stays)
        if not isinstance(told, dict):
            raise UnreadableMessage("the fields of a change are no object; it was left out")
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
        named = (_shown(change.get("slug")) or _shown(change.get("audience_id")))[:100]
        raise UnreadableMessage(
            f"changes come for audience {named!r}, which is not one of this export's; they are left out"
        )


def reading_of(job: Mapping[str, Any]) -> Reading:
    """How a job reads changes."""
    slugs = {audience["slug"]: audience["slug"] for audience in job["audiences"]}
    slugs |= {audience["id"]: audience["slug"] for audience in job["audiences"] if audience.get("id")}
    return Reading(slugs, job["name_field"], frozenset(job["field_mappings"]))


def _listed[T](told: Told, message: Json, name: str, kind: type[T]) -> Iterator[T]:
    """What a message lists under a name, without what is of another kind."""
    listed = message.get(name, [])
    for one in listed if isinstance(listed, list) else [None]:
        if isinstance(one, kind) and (not isinstance(one, str) or _shown(one) == one != ""):
            yield one
        else:
            told.remark(f"a message has {name} of a kind that is not known; they were left out")


def _whole(message: Json, name: str) -> int:
    number = message.get(name)
    return number if type(number) is int and number > 0 else 0


def _shown(value: object) -> str:
    """A text that can be stored and shown; empty for what is none."""
    return value[:MAX_ADDRESS_CHARS].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _is_time(at: object, now: int) -> TypeGuard[int]:
    return isinstance(at, int) and not isinstance(at, bool) and 0 < at <= min(now + DAY, END_OF_TIME)
