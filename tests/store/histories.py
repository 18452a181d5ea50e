"""Histories of a person's rows: who delivers what, in which order of calls, and who dies where."""

from collections import Counter

from hypothesis import strategies as st

from lytics_cm.store.profile_items import Tuning
from lytics_cm.store.profiles import Profiles
from lytics_cm.streams import CM_ACTIVITY
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
from tests.store.stage import DIE_AFTER, DIE_BEFORE, GO, Died, Worker

SMALL = Tuning(head_bytes=190, slice=3, fan=3, small=8, pause=0)
"""So small that a dozen rows are folded, merged and sliced."""
STEPS = 150
FATES = {number: DIE_BEFORE if number % 2 else DIE_AFTER for number in range(236, 256)}


AT_ONCE = (1, 1, 1, 2, 3)
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


def play(dynamodb, deliveries, order, plays, *, erasing=False, spoil=None):
    """Play a history with two writers and a reader; raise AssertionError when something is lost or counted twice.

    `deliveries` are batches of rows; `order` says which of them come first, `plays` whose call is next and who dies.
    Afterwards every batch comes once more, to one worker that lives.
    """
    client, table = dynamodb.fresh()
    queue = [*(deliveries[number % len(deliveries)] for number in order), *deliveries]
    half = len(queue) // 2
    rows = [row for batch in deliveries for row in batch]
    truth = expected(rows)
    acknowledged = []
    workers = []
    turns = iter(plays)
    while queue or any(kind == "writer" for kind, *_ in workers):
        while queue and sum(kind == "writer" for kind, *_ in workers) < 2:
            workers.append(_writer(client, table, queue.pop(0), len(queue), spoil))
            if erasing and len(queue) == half:
                workers.append(_eraser(client, table))
        if len(queue) % 3 == 0 and not any(kind == "reader" for kind, *_ in workers):
            workers.append(_reader(client, table, acknowledged))
        turn = next(turns, None)
        index = turn % len(workers) if turn is not None else 0
        kind, worker, batch = workers[index]
        if not worker.finished:
            worker.step(FATES.get(turn, GO), AT_ONCE[turn % len(AT_ONCE)] if turn is not None else ALL)
        if worker.finished:
            del workers[index]
            if isinstance(worker.error, Died):
                queue += [batch] if kind == "writer" else []
            elif kind == "writer":
                _settle(worker.outcome, batch, queue, acknowledged)
            elif kind == "reader" and not erasing:
                _check_reading(worker.outcome, batch, truth[0])
    for _, worker, _ in workers:
        while not worker.finished:
            worker.step(DIE_BEFORE)
    if not erasing:
        _check_profile(client, table, RULES, truth)
    _check_end(client, table, deliveries, truth, expected(rows, rules=OTHER_RULES))


def _writer(client, table, batch, number, spoil):
    rules = OTHER_RULES if number % 8 == 7 else RULES

    def write(edge):
        return Profiles(edge, table, tuning=SMALL).write(batch, rules, 1)

    return "writer", Worker(write, client, spoil), batch


def _reader(client, table, acknowledged):
    floor = Counter(row.fields["event"] for row in counted(acknowledged) if row.stream == CM_ACTIVITY)
    return "reader", Worker(lambda edge: Profiles(edge, table, tuning=SMALL).read(JANE, RULES), client), floor


def _eraser(client, table):
    def erase(edge):
        profiles = Profiles(edge, table, tuning=SMALL)
        profiles.erase(JANE)
        profiles.sweep(JANE)

    return "eraser", Worker(erase, client), None


def _settle(written, batch, queue, acknowledged):
    if written.failed:
        queue.append(batch)
    else:
        acknowledged.extend(batch)


def _check_reading(found, floor, truth):
    """A reading shows at least what was acknowledged before it began, and nothing twice."""
    shown = found.fields if found else {}
    for event, most in truth.get("cm_email_event", {}).items():
        assert floor[event] <= shown.get("cm_email_event", {}).get(event, 0) <= most


def _check_end(client, table, deliveries, truth, other_truth):
    """Once more everything, and under another mapping too: nothing is counted twice, nothing was forgotten."""
    profiles = Profiles(client, table, tuning=SMALL)
    for batch in deliveries:
        assert not profiles.write(batch, RULES, 2).failed
    _check_profile(client, table, OTHER_RULES, other_truth)
    profiles.reproject([JANE], RULES)
    _check_profile(client, table, RULES, truth)


def _check_profile(client, table, rules, truth):
    found = Profiles(client, table, tuning=SMALL).read(JANE, rules)
    assert found is not None
    assert (found.fields, found.rows) == truth
