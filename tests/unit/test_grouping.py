import itertools

from hypothesis import given
from hypothesis import strategies as st

from lytics_cm.grouping import grouped

SIZES = st.lists(st.integers(0, 12), max_size=40)


@given(SIZES, st.integers(1, 10), st.integers(1, 5))
def test_groups_keep_the_order_and_hold_what_they_may_and_no_two_could_be_one(sizes, limit, most):
    groups = list(grouped(sizes, lambda size: size, limit, most))

    assert [size for group in groups for size in group] == sizes
    assert all(group for group in groups)
    assert all(len(group) <= most and (sum(group) <= limit or len(group) == 1) for group in groups)
    for one, after in itertools.pairwise(groups):
        assert len(one) == most or sum(one) + after[0] > limit
