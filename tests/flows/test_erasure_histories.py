"""Whatever happens in whatever order, nothing that was received before an erasure is seen again, and what comes after is.

A history is about one person. Each thing that is told of them has a name of its own, which shows in a row or in the
fields of a membership; the oracle knows when each was received, when the person was erased, blocked and let back in.
Where a worker was at work while the person was being erased, either may be; never both. A worker that was killed just
then may leave what was before to be seen until the erasure is settled.
"""

import json
import math
import random
import time
from dataclasses import dataclass, field

import boto3
import pytest

from simulators.campaign_monitor.generator import World
from tests.aws.deaths import Crash, Deaths
from tests.aws.event_sources import Pump
from tests.deliveries import make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import path_of
from tests.flows.importing import meanwhile

QUIET = World(clients=1, lists=1, subscribers=3, campaigns=0, activity=0, journeys=0)
SEEDS, FULL_SEEDS, PARTS = 150, 1000, 3
OPERATIONS = 14
ALWAYS = 10**9


@dataclass
class Told:
    """One thing told: its name, what it is, and between which times (epoch ms) we received it."""

    name: str
    kind: str
    first: int
    last: int


@dataclass
class Gone:
    """An erasure, or the lift of a block: between which times it took place; whether it was answered."""

    first: int
    last: int
    whole: bool


@dataclass
class Person:
    """What the oracle knows."""

    email: str
    told: list[Told] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    blocked: list[list[float]] = field(default_factory=list)

    def may_be_seen(self, one):
        """Whether it can be there: it came after every erasure that was answered, and not behind a block."""
        is_behind = any(since < one.first and one.last < until for since, until in self.blocked)
        return not is_behind and all(one.last >= gone.first for gone in self.gone if gone.whole)

    def must_be_seen(self, one):
        """Whether it is there for sure."""
        is_free = all(one.last < since or one.first > until for since, until in self.blocked)
        return is_free and all(one.first > gone.last for gone in self.gone)

    def names(self, rule, *kinds):
        return {one.name for one in self.told if one.kind in kinds and rule(one)}


class Fate(Deaths):
    """Kills workers, and lets things happen in the middle of their work, just before one of their calls."""

    def __init__(self, seed, chance):
        super().__init__(seed, chance)
        self.action, self.began, self.is_unsettled = None, 0, False
        self.is_looking = False
        """Somebody reads a list for the consents on it alone: it tells of nobody."""
        self._busy, self._acted, self._until_action = False, False, None

    def begin(self, messages):
        super().begin(messages)
        self.began, self._acted = int(time.time() * 1000), False
        self.is_looking = any(json.loads(one.body).get("task") == "consents" for one in messages)
        self._until_action = int(30 ** self._random.random()) if self.action else None

    def end(self):
        super().end()
        self.is_unsettled |= self._acted and self.is_dead

    def hear(self, service, operation):
        if self._busy:
            return
        if self._is_working and self._until_action is not None:
            self._until_action -= 1
            if self._until_action <= 0:
                self._act()
        super().hear(service, operation)

    def _act(self):
        action, self.action, self._until_action = self.action, None, None
        self._busy = self._acted = True
        try:
            action()
        finally:
            self._busy = False


class History:
    """One person, a seed's worth of what can happen, in any order."""

    def __init__(self, stage, seed):
        self.stage, self.product, self.rng = stage, stage.product, random.Random(seed)
        self.person = Person(f"p{seed}@example.com")
        self.fate = Fate(seed, self.rng.choice([0, 0.1, 0.3]))
        self.unanswered = None
        self.minute = 0

    @property
    def now(self):
        return int(self.product.clock.now() * 1000)

    def play(self):
        for _ in range(OPERATIONS):
            operation = self.rng.choices(*zip(*OPERATIONS_BY_WEIGHT, strict=True))[0]
            getattr(self, operation)()
            self.check()
        self.end()

    # What happens

    def event(self):
        self.minute += 1
        name = self.named("event")
        date = f"2026-03-05 {self.minute // 60 + 10:02}:{self.minute % 60:02}:00"
        body = {"ListID": self.stage.imported.id}
        body["Events"] = [make_event("Subscribe", self.person.email, Name=name.name, Date=date)]
        assert self.stage.api.post(self.stage.hook, body).status == 200
        name.last = self.now

    def trigger(self):
        name = self.named("trigger")
        at = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(name.first / 1000))}.{name.first % 1000:03}Z"
        data = {"email": self.person.email, "name": name.name}
        data["segment_events"] = [{"event": "enter", "slug": self.rng.choice(["vip", "new"]), "enter": at}]
        message = {"data": data, "meta": {"timestamp": at}}
        assert self.stage.api.post(self.stage.trigger, message).status == 200
        name.last = self.now

    def scan(self):
        """Lytics lists the person; the scan of the audience begins again."""
        self.stage.lytics.place(self.stage.lytics.person(self.person.email), "buyers")
        key = {"job": self.stage.export, "item": "scan#buyers"}
        boto3.resource("dynamodb").Table("JobsTable").delete_item(Key=key)
        task = {"export": self.stage.export, "task": "scan", "args": {"slug": "buyers", "step": 0}}
        self.send("ChangesQueue", task)

    def listed(self):
        """The person subscribes at the vendor, without a webhook; a run of the import begins."""
        self.stage.vendor.subscribe(self.stage.imported, self.person.email, name="somebody")
        self.stage.api.post(f"/imports/{self.stage.importing}/run")

    def erase(self):
        """An answer tells nothing of a block that was asked for before and not answered: it may hold, or not."""
        pending = self.unanswered if self.unanswered == (True,) else None
        left = self.deleted(block=False)
        self.unanswered = pending or left

    def block(self):
        self.unanswered = self.deleted(block=True)

    def repeat(self):
        """Ask again for an erasure that was not answered."""
        if self.unanswered:
            self.unanswered = self.deleted(*self.unanswered)

    def intrude(self):
        """Erase the person in the middle of somebody's work."""
        self.fate.action = lambda: self.answer(block=False)
        self.work()
        self.fate.action = None

    def lift(self):
        first = self.now
        status = self.stage.api.delete(f"/blocks/{self.person.email}").status
        if status == 204:
            self.person.gone.append(Gone(first, self.now, whole=not self.unanswered))
            for block in self.person.blocked[-1:]:
                block[1] = min(block[1], self.now)

    def work(self):
        """Some deliveries."""
        left = iter(range(self.rng.randrange(1, 6)))
        self.pump(until=lambda: next(left, None) is None)

    def run_dry(self):
        self.pump(twice=self.rng.random() < 0.3)

    def fail(self):
        """What waits has been received too often."""
        queues = self.product.quick.sqs.queues
        for source, (target, _) in self.product.quick.sqs.redrive.items():
            lost = [message for message in queues[source] if self.rng.random() < 0.5]
            queues[source][:] = [message for message in queues[source] if message not in lost]
            queues[target] += lost

    def redrive(self):
        queues = self.product.quick.sqs.queues
        for source, (target, _) in self.product.quick.sqs.redrive.items():
            bodies, queues[target][:] = [message.body for message in queues[target]], []
            for body in bodies:
                self.product.sqs.send_message(QueueUrl=source, MessageBody=body)

    def wait(self):
        self.product.later(minutes=self.rng.choice([1, 10, 20, 90]))

    # How

    def named(self, kind):
        """Something new that is told of the person from now on."""
        first = self.now
        one = Told(f"{self.person.email} {kind} {len(self.person.told)}", kind, first, first)
        self.person.told.append(one)
        return one

    def asked(self, kind):
        """What the vendor is asked for the person, in the middle of somebody's work."""
        kind = "looked" if self.fate.is_looking else kind
        one = Told("", kind, self.fate.began or self.now, self.now)
        one.name = f"{self.person.email} {kind} {len(self.person.told)}"
        self.person.told.append(one)
        return one.name

    def deleted(self, block):
        """Erase, perhaps half; return what to ask for again."""
        self.fate.begin([])
        self.product.quick.before.append(self.fate.hear)
        try:
            return self.answer(block)
        except Crash:
            self.person.gone[-1].last = self.now
            return (block,)
        finally:
            self.product.quick.before.remove(self.fate.hear)
            self.fate.end()

    def answer(self, block):
        gone = Gone(self.now, self.now, whole=False)
        self.person.gone.append(gone)
        query = {"block": "true"} if block else {}
        answer = self.stage.api.call("DELETE", f"/profiles/{self.person.email}", query=query)
        assert answer.status == 200, answer.body
        gone.last, gone.whole = self.now, True
        if block and all(until < math.inf for _, until in self.person.blocked):
            self.person.blocked.append([gone.last, math.inf])

    def send(self, queue, message):
        self.product.sqs.send_message(QueueUrl=self.product.names[queue], MessageBody=json.dumps(message))

    def pump(self, **how):
        Pump(self.product, seed=self.rng.random(), deaths=self.fate, **how).run()

    def end(self):
        """All is answered, delivered and settled."""
        self.fate.chance = 0
        while self.unanswered:
            self.repeat()
        self.redrive()
        self.pump()
        self.check(is_over=True)
        assert self.product.dead_letters() == {}
        self.stage.lytics.account.audiences["buyers"].members.clear()
        self.stage.imported.people.pop(self.person.email, None)

    def check(self, *, is_over=False):
        """Nothing of before is seen, and in the end all that came after is."""
        seen_rows, seen_member = self.seen()
        person = self.person
        if is_over or not self.fate.is_unsettled:
            assert seen_rows <= person.names(person.may_be_seen, "event", "listed", "looked")
            assert seen_member <= person.names(person.may_be_seen, "trigger", "scan")
        if is_over:
            events = {name for name in seen_rows if " event " in name}
            assert events >= person.names(person.must_be_seen, "event")
            assert bool(seen_rows) >= bool(person.names(person.must_be_seen, "event", "listed"))
            assert bool(seen_member) >= bool(person.names(person.must_be_seen, "trigger", "scan"))

    def seen(self):
        """Names in rows, and in what is kept of the person for the export: also in its ledger, found or not."""
        entries = self.stage.api.get(f"/exports/{self.stage.export}/ledger", limit="10000").json["items"]
        sent = {one["sent"]["name"] for one in entries if one["email"] == self.person.email and one["sent"]}
        found = self.stage.api.get(f"/profiles/{self.person.email}/export")
        if found.status == 404:
            return set(), sent
        rows = {row["fields"]["name"] for row in found.json["rows"]}
        return rows, sent | {one["fields"]["name"] for one in found.json["memberships"]}


OPERATIONS_BY_WEIGHT = [
    ("event", 5),
    ("trigger", 4),
    ("scan", 1),
    ("listed", 0.5),
    ("erase", 3),
    ("block", 1),
    ("repeat", 1),
    ("intrude", 4),
    ("lift", 1),
    ("work", 4),
    ("run_dry", 1),
    ("fail", 1),
    ("redrive", 1),
    ("wait", 1),
]


@pytest.fixture(scope="module")
def stage():
    """An import of one list, whose webhook is registered, and an export to another, both running."""
    with exporting(scenario=QUIET) as stage:
        client = stage.vendor.clients[0]
        stage.imported = next(iter(client.lists.values()))
        stage.importing = stage.product.start_import(
            stage.authorization, client.id, list_ids=[stage.imported.id], keep_updated=True
        )
        stage.export = stage.start("vip", "buyers", "new", existing_users=True, field_mappings={})
        stage.hook = path_of(stage.product, stage.imported)
        stage.trigger = stage.job(stage.export)["audience_webhook_url"].partition("/prod")[2]
        stage.history = None
        asked = meanwhile(stage.vendor)
        asked.when(r"GET .*/active\.json", lambda: read_list(stage, "listed"), ALWAYS)
        asked.when(r"GET .*/subscribers/", lambda: read_list(stage, "looked"), ALWAYS)
        meanwhile(stage.lytics).when("scan", lambda: read_audience(stage), ALWAYS)
        yield stage


def read_list(stage, kind):
    """The vendor is about to answer with everybody on the list."""
    person = stage.imported.people.get(stage.history.person.email) if stage.history else None
    if person:
        person.name, person.rendered = stage.history.asked(kind), None


def read_audience(stage):
    """Lytics is about to answer with everybody in the audience."""
    if stage.history and stage.lytics.account.audiences["buyers"].members:
        person = stage.lytics.person(stage.history.person.email)
        if person.id in stage.lytics.account.audiences["buyers"].members:
            person.fields["name"] = stage.history.asked("scan")


@pytest.mark.parametrize("part", range(PARTS))  # for several processes to share
def test_after_any_history_nothing_of_before_an_erasure_is_seen_and_all_that_came_after_is(
    stage, sized, part
):
    for seed in range(part, sized(SEEDS, FULL_SEEDS), PARTS):
        stage.history = History(stage, seed)
        stage.history.play()
