"""How many calls may run at once: fewer after a refusal, more after good ones, none that a dead worker still holds."""

from hypothesis import given
from hypothesis import strategies as st

from lytics_cm.pacing import LONGEST_QUIET, ROUNDS_TO_GROW, PaceState
from lytics_cm.retry_window import FEWEST_TRIES

MOST = 8


def test_there_are_as_many_turns_as_the_width():
    assert PaceState(width=2, leases={"one": 9}).has_room(0)
    assert not PaceState(width=2, leases={"one": 9, "two": 9}).has_room(0)


def test_a_lease_that_a_dead_worker_left_expires():
    state = PaceState(width=1, leases={"dead": 180})

    assert (state.has_room(179), state.expired(179)) == (False, [])
    assert (state.has_room(181), state.expired(181)) == (True, ["dead"])


def test_a_refusal_halves_the_width_and_is_silent_twice_as_long_each_time():
    first = PaceState(width=8, leases={}).refused(100, None)
    second = first.refused(200, None)

    assert (first.width, first.quiet_until - 100) == (4, 1)
    assert (second.width, second.quiet_until - 200) == (2, 2)


def test_the_vendors_wish_counts_up_to_a_minute():
    assert PaceState(width=4, leases={}).refused(0, 7).quiet_until == 7
    assert PaceState(width=4, leases={}).refused(0, 3600).quiet_until == LONGEST_QUIET


def test_a_few_rounds_of_good_calls_make_room_for_one_more():
    state = PaceState(width=2, leases={}, strikes=3)

    for _ in range(ROUNDS_TO_GROW * 2):
        state = state.gone_well(MOST)

    assert (state.width, state.strikes) == (3, 0)


@given(st.lists(st.sampled_from(["well", "refused", "slowed"]), max_size=200))
def test_the_width_stays_between_one_and_the_most(history):
    state = PaceState(width=MOST, leases={})
    changes = {
        "well": lambda state: state.gone_well(MOST),
        "refused": lambda state: state.refused(0, None),
        "slowed": lambda state: state.slowed(),
    }

    for what in history:
        state = changes[what](state)
        assert 1 <= state.width <= MOST


def test_a_silence_lasts_from_the_first_call_without_an_answer_to_the_first_with_one():
    state = PaceState(width=2, leases={})
    for second in range(FEWEST_TRIES):
        assert state.silence == 0
        state = state.refused(100 + second, None, words="no answer")

    assert (state.silence, state.heard) == (100_000, "no answer")
    assert state.gone_well(MOST).silence == state.answered().silence == 0
