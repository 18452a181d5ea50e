"""When something that comes again without getting on is given up."""

import pytest

from lytics_cm.errors import Unavailable
from lytics_cm.retry_window import FEWEST_TRIES, RETRY_WINDOW_MS, Tries
from lytics_cm.store.pace import NoTurn

NOW = 1_800_000_000_000
LONG_AGO = NOW - RETRY_WINDOW_MS - 1


def failed(error, silent_since=0):
    error.silent_since = silent_since
    return error


def test_who_came_back_for_the_first_time_has_tries_left():
    assert not Tries().are_enough(Unavailable("no answer"), NOW)


def test_an_attempt_counts_and_a_turn_that_was_not_found_does_not():
    tries = Tries().more(NoTurn("busy"), NOW).more(Unavailable("no answer"), NOW + 5)

    assert tries == Tries(since=NOW, attempt=1)


@pytest.mark.parametrize(
    ("tries", "enough"),
    [
        (Tries(LONG_AGO, FEWEST_TRIES), True),
        (Tries(NOW - RETRY_WINDOW_MS, FEWEST_TRIES), False),
        (Tries(LONG_AGO, FEWEST_TRIES - 1), False),
    ],
)
def test_two_days_are_enough_if_they_were_used_to_try(tries, enough):
    assert tries.are_enough(Unavailable("no answer"), NOW) is enough


@pytest.mark.parametrize(
    ("silent_since", "enough"), [(LONG_AGO, True), (NOW - RETRY_WINDOW_MS, False), (0, False)]
)
def test_who_finds_no_turn_for_two_days_gives_up_if_nobody_else_was_answered(silent_since, enough):
    tries = Tries(LONG_AGO, 1)

    assert tries.are_enough(failed(NoTurn("busy"), silent_since), NOW) is enough


def test_a_message_tells_its_tries():
    tries = Tries(since=7, attempt=2)

    assert Tries.of({"task": "scan", **tries.members()}) == tries
    assert Tries.of({"task": "scan"}) == Tries()
