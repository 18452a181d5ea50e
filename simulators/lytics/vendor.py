"""Lytics on a loopback port, with its state at hand: `with Lytics() as lytics: lytics.enter("a@b.example", "vip")`."""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Self

from simulators.faults import Faults, answer_with
from simulators.http import Request, Response, Server, json_object
from simulators.lytics import api
from simulators.lytics.model import Account, Audience, Field, Person
from simulators.lytics.triggers import (
    FORMATS,
    NEVER_RETRIED,
    Manner,
    Posted,
    Subscription,
    Trigger,
    message_of,
    requests_of,
)
from simulators.posting import post

ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Logged:
    """One call that arrived; status 0 when the connection was cut."""

    method: str
    path: str
    query: dict[str, str]
    status: int


class Lytics:
    """The whole vendor. Changes of membership queue triggers; `post_triggers` sends them."""

    def __init__(self, *, seed: int = 1, port: int = 0, audiences: Mapping[str, str] | None = None) -> None:
        self.account = Account(Random(seed))
        self.token = self.account.new_id(40)
        self.account.tokens[self.token] = True
        self.faults = Faults(seed, envelope=lambda status, _, message: api.error(status, message))
        self.manner = Manner(random=Random(seed))
        self.calls: list[Logged] = []
        self.subscriptions: list[Subscription] = []
        self.waiting: list[Trigger] = []
        self.posted: list[Posted] = []
        self._lock = threading.RLock()
        self._port = port
        self._server: Server | None = None
        self.add_field("email", description="Email Address", is_identifier=True)
        self.add_field("name", description="Name")
        for slug, name in (audiences or {}).items():
            self.add_audience(slug, name)

    def __enter__(self) -> Self:
        self._server = Server(self._answer, self._port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("the vendor serves only inside its `with` block")
        return self._server.url

    def rotate(self) -> str:
        """Another token; the one of before is refused."""
        del self.account.tokens[self.token]
        self.token = self.account.new_id(40)
        self.account.tokens[self.token] = True
        return self.token

    def weak_token(self) -> str:
        """A token whose roles allow nothing: 403."""
        token = self.account.new_id(40)
        self.account.tokens[token] = False
        return token

    def add_audience(self, slug: str, name: str | None = None, **details: Any) -> Audience:
        made = Audience(self.account.new_id(), slug, name or slug, **details)
        self.account.audiences[slug] = made
        return made

    def add_field(self, name: str, kind: str = "string", **details: Any) -> Field:
        """Declare a field of people; those that somebody has need no declaration."""
        made = Field(name, kind, **details)
        self.account.fields[name] = made
        return made

    def person(self, email: str | None = None, **fields: Any) -> Person:
        """Find or make somebody, and set fields; without an address always somebody new."""
        with self._lock:
            known = self.account.by_email.get(email.lower()) if email else None
            if known is None:
                known = Person(str(self.account.random.getrandbits(64)), {"email": email} if email else {})
                self.account.people[known.id] = known
                if email:
                    self.account.by_email[email.lower()] = known
            known.fields |= fields
            return known

    def place(self, who: str | Person, *slugs: str) -> Person:
        """Put somebody into audiences without a trigger, as one who was there before."""
        with self._lock:
            person = self.person(who) if isinstance(who, str) else who
            for slug in slugs:
                self.account.audiences[slug].members[person.id] = person
            return person

    def enter(self, who: str | Person, slug: str, at: float | None = None) -> Person:
        """Somebody enters an audience, at a time in epoch seconds; queues the trigger."""
        person = self.place(who, slug)
        self._changed(person, slug, "enter", at)
        return person

    def exit(self, who: str | Person, slug: str, at: float | None = None) -> Person:
        with self._lock:
            person = self.person(who) if isinstance(who, str) else who
            self.account.audiences[slug].members.pop(person.id, None)
        self._changed(person, slug, "exit", at)
        return person

    def change(self, who: str | Person, slug: str, **fields: Any) -> Person:
        """A watched field of a member changed."""
        person = self.person(who) if isinstance(who, str) else who
        person.fields |= fields
        self._changed(person, slug, "change", None)
        return person

    def expire_cursors(self) -> None:
        """Refuse every cursor given so far."""
        with self._lock:
            self.account.scans.clear()

    def subscribe(
        self, url: str, slugs: Iterable[str] = (), message_format: str = "new", **details: Any
    ) -> Subscription:
        """Make a webhook job; its url must be on loopback."""
        if message_format not in FORMATS:
            raise ValueError(f"no format {message_format}; choose from {', '.join(FORMATS)}")
        made = Subscription(self.account.new_id(), url, list(slugs), message_format, **details)
        self.subscriptions.append(made)
        return made

    def post_triggers(self) -> list[Posted]:
        """Send what waits, once round; what is late waits for the next round, what fails for good is dropped."""
        with self._lock:
            waiting, self.waiting = self.waiting, []
        if self.manner.shuffle:
            self.manner.random.shuffle(waiting)
        now = [each for each in waiting if self.manner.random.random() >= self.manner.late]
        sent_now = {id(each) for each in now}
        self.waiting += [each for each in waiting if id(each) not in sent_now]
        before = len(self.posted)
        for subscription, triggers in requests_of(now):
            self._post(subscription, triggers)
        return self.posted[before:]

    def post_all_triggers(self, rounds: int = 100) -> int:
        """Send until nothing waits; how many are left after so many rounds."""
        for _ in range(rounds):
            if not self.waiting:
                break
            self.post_triggers()
        return len(self.waiting)

    def _post(self, subscription: Subscription, triggers: list[Trigger]) -> None:
        messages = [trigger.message for trigger in triggers]
        body: object = messages if subscription.format == "batch" else messages[0]
        for _ in range(ATTEMPTS):
            status, answer = post(subscription.url, body, subscription.headers)
            self.posted.append(Posted(subscription.url, status, answer, len(messages)))
            if status == 200 or status in NEVER_RETRIED:  # noqa: PLR2004 - only 200 is success to Lytics
                break
        else:
            self.waiting += triggers
            return
        if self.manner.random.random() < self.manner.repeat:
            self.posted.append(
                Posted(subscription.url, *post(subscription.url, body, subscription.headers), len(messages))
            )

    def _changed(self, person: Person, slug: str, event: str, at: float | None) -> None:
        when = time.time() if at is None else at
        changes = [(self.account.audiences[slug], event, when)]
        with self._lock:
            for each in self.subscriptions:
                if each.wants(slug, event):
                    self.waiting.append(Trigger(each, message_of(self.account, each, person, changes)))

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/_"):
            return self._controlled(request)
        status = 0
        try:
            response = self._served(request)
            status = response.status
        finally:
            self.calls.append(Logged(request.method, request.path, request.query, status))
        return response

    def _served(self, request: Request) -> Response:
        if self._server is None:
            raise RuntimeError("not serving")
        return answer_with(self.faults, self._api, request, self._server.closing)

    def _api(self, request: Request) -> Response:
        with self._lock:
            return api.answer(self.account, request)

    def _controlled(self, request: Request) -> Response:
        try:
            return Response.of(self._control(request))
        except (ValueError, LookupError, TypeError) as error:
            return Response.of({"message": str(error)}, 400)

    def _control(self, request: Request) -> object:
        """`GET /_state`, `GET /_calls`, `POST /_control` of what should happen.

        It takes {faults, audiences: [{slug, name}], place: [{who, slugs}], subscribe, do: [{action, who, slug, at}], post,
        rotate}.
        """
        if request.path == "/_state":
            audiences = self.account.audiences.values()
            members = {each.slug: [person.fields for person in each.members.values()] for each in audiences}
            urls = [each.url for each in self.subscriptions]
            told = {"audiences": members, "subscriptions": urls, "waiting": len(self.waiting)}
            return {"token": self.token, **told}
        if request.path == "/_calls":
            return {"total": len(self.calls), "faults": self.faults.suffered}
        given = json_object(request.body)
        self.faults.configure(given.get("faults", {}))
        if given.get("rotate"):
            return {"token": self.rotate()}
        for audience in given.get("audiences", []):
            self.add_audience(**audience)
        for person in given.get("place", []):
            self._place(**person)
        for details in given.get("subscribe", []):
            self.subscribe(**details)
        for action in given.get("do", []):
            self._act(**action)
        return {"posted": len(self.post_triggers()) if given.get("post") else 0, "waiting": len(self.waiting)}

    def _place(self, who: str, slugs: Iterable[str], **fields: Any) -> None:
        self.place(self.person(who, **fields), *slugs)

    def _act(self, action: str, who: str, slug: str, at: float | None = None, **fields: Any) -> None:
        person = self.person(who, **fields)
        if action not in ("enter", "exit"):
            raise ValueError(f"no action {action}; choose enter or exit")
        (self.enter if action == "enter" else self.exit)(person, slug, at)
