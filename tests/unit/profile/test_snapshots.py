"""Which telling of a snapshot counts: never a matter of arrival."""

from functools import reduce
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from lytics_cm.streams import Row
from profile_app.profiles.snapshots import Snapshot, effective, join
from tests.store.people import NOON, in_force, make_snapshot

tellings = st.builds(
    make_snapshot,
    status=st.sampled_from(["active", "unsubscribed"]),
    minute=st.integers(0, 2),
    seen=st.integers(0, 3),
    witness=st.sampled_from(["read", "hook"]),
    name=st.sampled_from(["Jane", "J. Doe"]),
)


def joined(rows):
    return reduce(join, map(Snapshot.of, rows))


def counted(*rows):
    row = effective(joined(rows))
    return row.fields["status"], row.fields.get("name"), (row.ts - NOON) // 60_000


@given(st.lists(tellings, min_size=1, max_size=4))
def test_any_order_of_tellings_gives_one_snapshot(rows):
    assert len({joined(order) for order in permutations(rows)}) == 1


@given(st.lists(tellings, min_size=1, max_size=6), st.data())
def test_tellings_that_come_again_change_nothing(rows, data):
    again = data.draw(st.lists(st.sampled_from(rows)))

    assert joined([*rows, *again]) == joined(rows)


@given(st.lists(tellings, min_size=1, max_size=6), st.lists(tellings, min_size=1, max_size=6))
def test_snapshots_joined_in_groups_are_those_joined_at_once(some, others):
    assert join(joined(some), joined(others)) == joined([*some, *others])


@given(st.lists(tellings, min_size=1, max_size=6))
def test_the_row_in_force_is_the_one_that_the_rules_in_words_choose(rows):
    row = effective(joined(rows))

    assert Row("cm_user", row.email, row.ts, row.fields) == in_force(rows)


@given(tellings)
def test_a_snapshot_is_stored_and_read_unchanged(row):
    told = Snapshot.of(row)

    assert Snapshot.parse(told.email, told.key, told.shape) == told


def test_the_later_change_of_state_counts_whoever_tells_of_it():
    left = make_snapshot(status="unsubscribed", minute=5, seen=6, witness="hook")
    page = make_snapshot(status="active", minute=1, seen=9)

    assert counted(page, left) == ("unsubscribed", None, 5)


def test_an_edited_name_is_told_by_a_webhook_at_once():
    page = make_snapshot(name="Jane", minute=1, seen=2)
    edit = make_snapshot(name="J. Doe", minute=3, seen=3, witness="hook")

    assert counted(page, edit) == ("active", "J. Doe", 3)


def test_a_page_read_after_the_webhook_knows_the_name_better():
    edit = make_snapshot(name="J. Doe", minute=3, seen=3, witness="hook")
    page = make_snapshot(name="Jane", minute=1, seen=4)

    assert counted(edit, page) == ("active", "Jane", 3)


def test_of_two_pages_that_agree_in_the_date_the_one_read_later_counts():
    assert counted(make_snapshot(name="Zoe", seen=1), make_snapshot(name="Amy", seen=2)) == (
        "active",
        "Amy",
        0,
    )


def test_a_webhook_older_than_the_state_on_the_page_tells_the_past():
    page = make_snapshot(name="Jane", minute=5, seen=6)
    late = make_snapshot(name="Before", minute=1, seen=9, witness="hook")

    assert counted(page, late) == ("active", "Jane", 5)
