"""Histories of a person's rows: who delivers what, in which order of calls, and who dies where."""

from collections import Counter
from itertools import batched, count

from hypothesis import strategies as st

from lytics_cm.streams import CM_ACTIVITY
from profile_app.mappings import InForce
from profile_app.profiles import Profiles, Tuning
from profile_app.profiles.arrivals import BEHIND
from profile_app.profiles.folding import Folder
from tests.store.people import (
    JANE,
    OTHER_RULES,
    RULES,
    counted,
    expected,
    make_fact,
    make_snapshot,
    make_unsubscribe,
)
from tests.store.plain import plain_of
from tests.store.stage import DIE_AFTER, DIE_BEFORE, GO, Died, Worker

SMALL = Tuning(leaf_bytes=230, pause=0)
"""So small that a leaf is cut when it has three rows or four, and that a second list needs a leaf of its own."""
STEPS = 150
FATES = {number: DIE_BEFORE if number % 2 else DIE_AFTER for number in range(236, 256)}


AT_ONCE = (1, 1, 1, 2, 3)
ACT = 3
"""Batches after which everybody comes to an end, and the plain item must be the profile."""
ALL = 10_000
"""How many calls a worker makes before it is another's turn."""


def facts(minutes, cities):
    return st.builds(
        make_fact,
        event=st.sampled_from(["click", "open"]),
        minute=st.integers(0, minutes),
        nth=st.integers(0, 1),
        seconds=st.sampled_from([0, 0, 0, 30]),
        city=st.sampled_from(cities),
    )


unsubscribes = st.builds(make_unsubscribe, campaign_id=st.sampled_from(["", "c1"]))
snapshots = st.builds(
    make_snapshot,
    status=st.sampled_from(["active", "active", "unsubscribed"]),
    minute=st.integers(0, 2),
    seen=st.integers(0, 4),
    witness=st.sampled_from(["read", "hook"]),
    name=st.sampled_from(["Jane", "J. Doe"]),
    list_id=st.sampled_from(["l1", "l1", "l2"]),
)
many = facts(7, ["Oslo", "Oslo", "Oslo", "Rome"])
alike = facts(1, ["Oslo", "Rome", "Wien"])
batches = st.one_of(
    st.lists(st.lists(rows, min_size=1, max_size=7), min_size=2, max_size=7)
    for rows in (st.one_of(many, many, many, unsubscribes, snapshots), alike, snapshots)
)
choices = st.binary(min_size=STEPS, max_size=STEPS)
"""A byte per call: whose call it is, and whether the caller dies."""
orders = st.lists(st.integers(0, 6), min_size=4, max_size=12)
"""Which batches come before each has come once."""


class World:
    """The two tables, the clock, and the mapping in force, which changes while workers work."""

    def __init__(self, dynamodb):
        self.client, self.rows, self.plain = dynamodb.fresh()
        self.ticks = count(1)
        self.time = 0
        self.mapping = InForce(RULES, 0)
        self.folder = Folder(least=1, open_=1)
        """All readings share what it remembers."""

    def now(self):
        """Every look at the clock is later than the one before."""
        return self.time + next(self.ticks)

    def change_mapping(self):
        rules = OTHER_RULES if self.mapping.rules is RULES else RULES
        self.mapping = InForce(rules, self.mapping.since + 1)

    def profiles(self, client=None, mapping=None):
        in_force = (lambda: mapping) if mapping else (lambda: self.mapping)
        return Profiles(
            client or self.client,
            self.rows,
            self.plain,
            in_force,
            clock=self.now,
            tuning=SMALL,
            folder=self.folder,
        )


class Batch:
    """Rows that are delivered together: by a run, or live; `is_again` when they were delivered before."""

    def __init__(self, rows, run="", *, is_again=False):
        self.rows = rows
        self.run = run
        self.is_again = is_again

    @property
    def again(self):
        return Batch(self.rows, self.run, is_again=True)


class Play:
    """One history: its queue of batches, the projections that are called for, and who is at work."""

    def __init__(self, dynamodb, spoil):
        self.world = World(dynamodb)
        self.spoil = spoil
        self.queue = []
        self.behind = []
        """When a projection may read the rows at the earliest, unless all are stored before."""
        self.workers = []
        self.acknowledged = []

    def enter(self, kind, task, payload=None):
        self.workers.append((kind, Worker(task, self.world.client, self.spoil), payload))

    def working(self, kind):
        return sum(one == kind for one, *_ in self.workers)

    def write(self, batch):
        def task(edge):
            profiles = self.world.profiles(edge)
            written = profiles.write(batch.rows, {JANE: batch.run} if batch.run else {})
            called = bool(written.due or (batch.run and batch.is_again))
            if not batch.run and (batch.is_again or written.changed):
                written.failed |= profiles.project([JANE]).failed
            return written, called

        self.enter("writer", task, batch)

    def project(self, at):
        self.enter("projector", lambda edge: self.world.profiles(edge).project([JANE]).failed, at)

    def read(self):
        told = (row for row in counted(self.acknowledged) if row.stream == CM_ACTIVITY)
        self.enter(
            "reader",
            lambda edge: self.world.profiles(edge, InForce(RULES, 0)).read(JANE),
            Counter(row.fields["event"] for row in told),
        )

    def erase(self):
        def task(edge):
            profiles = self.world.profiles(edge)
            profiles.erase(JANE)
            profiles.sweep(JANE)

        self.enter("eraser", task)

    def change_mapping(self):
        """Everybody is projected again."""
        self.world.change_mapping()
        self.behind.append(self.world.time)

    def perform(self, turns, truth, middle):
        """Play until all is stored and projected, and do in the middle what is to be done there."""
        rest = len(self.queue) // 4
        while self.queue or self.behind or self.workers:
            while self.queue and self.working("writer") < 2:
                self.world.time += BEHIND // 4
                self.write(self.queue.pop(0))
                if len(self.queue) == rest:
                    for do in middle:
                        do()
                    middle = set()
            if self.queue and len(self.queue) % 3 == 0 and not self.working("reader"):
                self.read()
            is_over = not self.queue and not self.working("writer")
            if (
                self.behind
                and not self.working("projector")
                and (is_over or self.behind[0] <= self.world.time)
            ):
                self.project(self.behind.pop(0))
            if self.workers:
                self.turn(next(turns, None), truth)

    def turn(self, turn, truth):
        """Let one worker go on, as a byte says; without one it goes on to its end."""
        index = turn % len(self.workers) if turn is not None else 0
        kind, worker, payload = self.workers[index]
        if not worker.finished:
            worker.step(FATES.get(turn, GO), AT_ONCE[turn % len(AT_ONCE)] if turn is not None else ALL)
        if worker.finished:
            del self.workers[index]
            self.leave(kind, worker, payload, truth)

    def leave(self, kind, worker, payload, truth):
        """What follows when a worker has finished; without `truth` readings show anything."""
        if isinstance(worker.error, Died):
            if kind == "writer":
                self.queue.append(payload.again)
            elif kind == "projector":
                self.behind.append(payload)
            elif kind == "eraser":
                self.erase()
        elif kind == "writer":
            written, called = worker.outcome
            if written.failed:
                self.queue.append(payload.again)
            else:
                self.acknowledged += payload.rows
            if called or (payload.run and written.failed):
                self.behind.append(self.world.time + BEHIND)
        elif kind == "projector" and worker.outcome:
            self.behind.append(payload)
        elif kind == "reader" and truth:
            _check_reading(worker.outcome, payload, truth)


def play(dynamodb, deliveries, order, plays, *, erasing=False, spoil=None):
    """Play a history with two writers and a reader; raise AssertionError when something is lost or counted twice.

    `deliveries` are batches of rows; `order` says which of them come first, `plays` whose call is next and who dies.
    The plain item always ends equal to the profile. Afterwards every batch comes once more, to a worker that lives.
    """
    it = Play(dynamodb, spoil)
    numbers = [*(number % len(deliveries) for number in order), *range(len(deliveries))]
    rows = [row for batch in deliveries for row in batch]
    truth = expected(rows)
    turns = iter(plays)
    acts = list(batched(numbers, ACT, strict=False))
    for number, act in enumerate(acts):
        run = f"run{number}" if number % 3 == 2 else ""
        it.queue = [Batch(deliveries[one], run if at != 1 else "") for at, one in enumerate(act)]
        middle = {it.erase} if erasing and number == len(acts) // 2 else set()
        middle |= {it.change_mapping} if number % 2 else set()
        it.perform(turns, None if erasing else truth[0], middle)
        _check_plain(it.world)
    if not erasing:
        _check_profile(it.world, RULES, truth)
    _check_plain(it.world)
    _check_end(it.world, deliveries, truth, expected(rows, rules=OTHER_RULES))


def _check_reading(found, floor, truth):
    """A reading shows at least what was acknowledged before it began, and nothing twice."""
    shown = found.fields if found else {}
    for event, most in truth.get("cm_email_event", {}).items():
        assert floor[event] <= shown.get("cm_email_event", {}).get(event, 0) <= most


def _check_end(world, deliveries, truth, other_truth):
    """Once more everything, and under another mapping too: nothing is counted twice, nothing was forgotten."""
    for batch in deliveries:
        written = world.profiles().write(batch)
        assert not written.failed
        assert not world.profiles().project(written.changed).failed
    _check_profile(world, OTHER_RULES, other_truth)
    _check_profile(world, RULES, truth)
    _check_plain(world)
    world.change_mapping()
    assert not world.profiles().project([JANE]).failed
    _check_plain(world)


def _check_profile(world, rules, truth):
    found = world.profiles(mapping=InForce(rules, 0)).read(JANE)
    assert found is not None
    assert (found.fields, found.rows) == truth


def _check_plain(world):
    """The plain item is the profile, under the mapping in force."""
    found = world.profiles().read(JANE)
    shown = plain_of(world.client, world.plain, JANE)
    assert shown == (found and (found.fields, found.rows, found.updated_at, world.mapping.rules.digest))
