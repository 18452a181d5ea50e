import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_app.people.desired import ListSchema, desired_of, is_open
from export_app.people.membership import Membership, Observed, Stay
from export_app.people.outcomes import Delivered, Later, Refused, Renewed, Skipped, settle
from export_app.people.values import Target

SLUGS = ("a", "b", "c")
SCHEMA = ListSchema("[LA]", {"a": "Aaa", "b": "Bbb", "c": "Ccc"}, "name", (Target("x", "[x]", "X", "Text"),))

times = st.integers(min_value=0, max_value=20)
stays = st.builds(Stay, times, times, times)
states = st.builds(
    Observed,
    st.dictionaries(st.sampled_from(SLUGS), stays, max_size=3),
    st.dictionaries(st.sampled_from(["name", "x"]), st.sampled_from(["", "one", "two"]), max_size=2),
    times.map(lambda at: at + 1),
    st.frozensets(st.just("x")),
    st.tuples(times, times),
)


@given(states, states, states)
def test_joining_is_commutative_associative_and_idempotent(one, two, three):
    assert one.join(two) == two.join(one)
    assert one.join(two).join(three) == one.join(two.join(three))
    assert one.join(one) == one
    assert one.join(two).join(two) == one.join(two)


@given(
    st.lists(
        st.tuples(st.sampled_from(SLUGS), st.sampled_from(["enter", "exit"]), times.filter(bool)), max_size=8
    )
)
def test_the_latest_change_of_each_audience_wins_in_any_order(changes):
    seen = [
        Observed({slug: Stay(entered=at) if event == "enter" else Stay(left=at)})
        for slug, event, at in changes
    ]
    latest = {}
    for slug, event, at in changes:
        latest[slug] = max(latest.get(slug, (0, "")), (at, event))  # "exit" is greater than "enter"

    for order in itertools.islice(itertools.permutations(seen), 30):
        joined = Observed()
        for observed in order:
            joined = joined.join(observed)
        assert joined.audiences == sorted(slug for slug, (_, event) in latest.items() if event == "enter")


@pytest.mark.parametrize(
    ("stay", "since"),
    [
        (Stay(entered=5), 5),
        (Stay(entered=5, seen=9), 5),
        (Stay(seen=9), 9),
        (Stay(entered=5, left=7, seen=9), 9),
        (Stay(entered=8, left=7, seen=9), 8),
    ],
)
def test_a_scan_tells_of_an_entry_only_where_nothing_better_is_known(stay, since):
    assert stay.is_inside
    assert stay.since == since


@given(states, states, st.sampled_from([Delivered(), Renewed(), Skipped(), Refused(1, "no"), Later()]))
def test_a_membership_survives_being_stored(one, two, outcome):
    claimed = Membership(one).claimed("m", 99, {"[LA]": ("Aaa",)})
    settled = settle(claimed, desired_of(one, SCHEMA), SCHEMA, outcome, 1)
    after = (settled.membership if settled else claimed.released()).joined(two)

    assert Membership.of(claimed.to_json()) == claimed
    assert Membership.of(after.to_json()) == after


@given(st.lists(st.tuples(states, st.sampled_from([Delivered(), Renewed(), Refused(206, "no")])), max_size=8))
def test_counts_add_up_to_who_is_on_the_list_and_who_is_failing(deliveries):
    membership, totals = Membership(), {}
    for observed, outcome in deliveries:
        membership = membership.joined(observed)
        desired = desired_of(membership.observed, SCHEMA)
        if not is_open(membership, desired):
            continue
        settlement = settle(membership, desired, SCHEMA, outcome, 1)
        membership = settlement.membership
        for name, number in settlement.counts.items():
            totals[name] = totals.get(name, 0) + number

    assert totals.get("added", 0) - totals.get("removed", 0) == int(bool(membership.has("[LA]")))
    assert totals.get("failed", 0) == int(membership.outcome == "failed")


def test_a_claim_keeps_others_away_until_it_ends_or_its_message_comes_again():
    claimed = Membership().claimed("mine", 100, {})

    assert claimed.is_free({"other", "mine"}, 50)
    assert not claimed.is_free({"other"}, 50)
    assert claimed.is_free({"other"}, 100)
    assert Membership().is_free({"other"}, 0)


@given(states)
def test_who_was_in_hand_without_an_outcome_is_open_even_for_what_was_settled_before(observed):
    membership = Membership(observed)
    desired = desired_of(observed, SCHEMA)
    settled = membership.delivered(desired.digest, desired.selections("[LA]"), 1)

    assert not is_open(settled, desired)
    assert is_open(settled.claimed("m", 1, {}).released(), desired)
