"""How far a run is, how long it still takes, and how long it has waited: decided by its counters alone."""

from collections import Counter

import pytest

from lytics_cm.store import progress
from lytics_cm.store.run import Run

SECOND = 1000


def run(at=0, counts=None, **more):
    told = {"pages_done": 40, "pages_total": 100, "batches_done": 40, "batches_total": 40, **(counts or {})}
    return Run(id="r", status="running", started_at=at, counts=Counter(told), **more)


@pytest.mark.parametrize(
    ("counts", "left"),
    [
        ({}, 60),
        ({"unexplored": 1}, None),
        ({"campaigns_done": 4, "campaigns_total": 10}, None),
        ({"pages_done": 9}, None),
        ({"batches_done": 10}, None),
        ({"batches_done": 36}, 60),
        ({"campaigns_done": 10, "campaigns_total": 10, "lists_done": 10, "lists_total": 10}, 40),
        ({"campaigns_done": 10, "campaigns_total": 20, "opens_total": 50}, 96),
    ],
)
def test_time_is_told_when_it_is_known_how_much_there_is_and_nothing_else_takes_longer(counts, left):
    assert progress.seconds_left(run(counts=counts), 40 * SECOND) == left


def test_waits_are_not_the_pace_of_a_run():
    waited = run(waiting_since=10 * SECOND, waiting_until=99 * SECOND, answered_at=50 * SECOND)
    waits = run(waiting_since=10 * SECOND, waiting_until=99 * SECOND)

    assert progress.seconds_left(waited, 80 * SECOND) == 60
    assert progress.seconds_left(waits, 80 * SECOND) is None


def test_a_run_that_was_resumed_is_judged_from_then_on_also_for_its_waits():
    resumed = run(
        counts={"waited_ms": 500 * SECOND},
        resumed_at=1000 * SECOND,
        done_before=20,
        waiting_since=100 * SECOND,
        waiting_until=200 * SECOND,
        answered_at=200 * SECOND,
        waited_before=600 * SECOND,
    )

    assert progress.seconds_left(resumed, 1020 * SECOND) == 60


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({}, 0),
        ({"waiting_since": 10_000, "waiting_until": 90_000}, 30),
        ({"waiting_since": 10_000, "waiting_until": 20_000}, 10),
        ({"waiting_since": 10_000, "waiting_until": 90_000, "answered_at": 15_000}, 5),
        ({"waiting_since": 10_000, "waiting_until": 90_000, "answered_at": 9_000}, 0),
        ({"waiting_since": 10_000, "waiting_until": 90_000, "finished_at": 12_000}, 2),
    ],
)
def test_a_wait_lasts_until_the_answer_the_end_or_the_next_try(more, seconds):
    assert run(**more).waited(40_000) == seconds * SECOND


@pytest.mark.parametrize(
    ("counts", "share"), [({}, 0.4), ({"batches_done": 20}, 0.2), ({"unexplored": 2}, 0.04)]
)
def test_a_run_is_as_far_as_what_is_read_and_stored_and_not_far_while_nobody_knows(counts, share):
    assert progress.share(run(counts=counts)) == pytest.approx(share)
