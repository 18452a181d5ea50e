"""About how many people a run changed: whoever is met again, in whatever order, counts once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lytics_cm.store.changed_people import Sketch

names = st.lists(st.text(max_size=20), max_size=60)


@given(names, names)
def test_order_and_repetition_change_nothing(some, others):
    once = Sketch().met({*some, *others})

    assert Sketch().met(some).met(others) == Sketch().met(others).met(some + others).met(some) == once


@pytest.mark.parametrize("people", [0, 1, 2, 50, 1_000, 11_000, 200_000])
def test_the_estimate_is_near(people):
    found = Sketch().met(f"run {number}@example.org" for number in range(people)).estimate

    assert abs(found - people) <= max(1 if people > 2 else 0, 0.05 * people)
