"""Whatever happens in between, the profile is that of the set of rows."""

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings

from lytics_cm.store.policies import Policy
from tests.store import consents
from tests.store.consents import make_activity, make_spoken, make_told
from tests.store.histories import batches, choices, orders, play

ON_THE_SLOW_ONES = 15


@pytest.fixture
def history(dynamodb, request):
    """Settings for a share of the histories; only the emulation in memory is quick enough for thousands."""
    most = request.config.getoption("--histories") if dynamodb.name == "memory" else ON_THE_SLOW_ONES
    return lambda share: settings(
        max_examples=max(1, int(most * share)), deadline=None, suppress_health_check=list(HealthCheck)
    )


def test_two_workers_that_may_die_at_any_call_make_the_profile_of_the_set(dynamodb, history):
    @history(1)
    @given(batches, orders, choices)
    def check(deliveries, order, plays):
        play(dynamodb, deliveries, order, plays)

    check()


def test_an_erasure_in_between_leaves_nothing_that_counts_later(dynamodb, history):
    @history(0.5)
    @given(batches, orders, choices)
    def check(deliveries, order, plays):
        play(dynamodb, deliveries, order, plays, erasing=True)

    check()


def test_what_consents_forbid_is_nowhere_whatever_happens_in_between(dynamodb, history):
    @history(0.3)
    @given(consents.deliveries, orders, choices, consents.policies)
    def check(deliveries, order, plays, held):
        consents.play(dynamodb, deliveries, order, plays, held)

    check()


def test_what_consents_forbid_is_nowhere_in_very_many_histories(dynamodb, sized):
    most = sized(400, 100_000) if dynamodb.name == "memory" else ON_THE_SLOW_ONES
    for seed in range(most):
        history = consents.random_history(random.Random(seed))
        try:
            consents.play(dynamodb, *history)
        except BaseException as error:
            error.add_note(f"in history {seed}")
            raise


OBEYED = {"c1": Policy(tracking_consent="respect"), "c2": Policy(tracking_consent="ignore")}


def test_of_two_writers_who_meet_one_sees_the_consent_that_the_other_stored(dynamodb):
    steps = range(14) if dynamodb.name == "memory" else (2, 13)
    opens = [make_activity("open", minute, "c1", 0, "a") for minute in range(8)]
    before = [
        [*opens, make_activity("sent", 9, "c1", 0, "a")],
        *([make_told("No", 1, "c1", n)] for n in (0, 1)),
    ]
    both = [[make_told("No", 3, "c1", 0)], [make_told("Yes", 2, "c1", 1)]]  # each list in a leaf of its own
    for is_no_first, some, others in itertools.product((True, False), steps, steps):
        it = consents.Play(dynamodb, OBEYED)
        it.perform(iter(()), before)
        workers = [it.worker(rows) for rows in (both if is_no_first else reversed(both))]
        for worker, calls in zip(workers * 2, (some, others, consents.ALL, consents.ALL), strict=True):
            if calls and not worker.finished:
                worker.step(calls=calls)
        assert not any(worker.outcome.failed for worker in workers)

        it.perform(iter(()), [opens])
        consents.check(it, [row for rows in (*before, *both) for row in rows], is_exact=False)


def test_a_no_that_an_export_wrote_is_kept_though_it_repeats_what_is_known(dynamodb):
    batches = [
        [make_told("No", 1, "c1", 0)],
        [make_spoken("No", 5, "c1")],
        [make_told("Yes", 3, "c1", 1)],
        [make_activity("open", 4, "c1", 0, "a")],
    ]

    consents.play(dynamodb, batches, [], b"", OBEYED)


def test_whose_rows_may_all_not_be_known_has_no_field_not_even_the_day_of_an_open(dynamodb):
    it = consents.Play(
        dynamodb, {"c1": Policy(tracking_consent="respect", keep_last_open_day=True), "c2": Policy()}
    )
    opened = make_activity("open", 0, "c1", 0, "a")
    told = make_spoken("No", 8, "c1")

    it.perform(iter(()), [[opened], [told]])

    consents.check(it, [opened, told], is_exact=False)
