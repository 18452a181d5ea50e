"""What follows from observations of a consent: the rule in words, in any order and however often told."""

import json

from hypothesis import given
from hypothesis import strategies as st

from lytics_cm.store.policies import Policy, strictest
from lytics_cm.streams import CM_USER, DAY, Row
from profile_app.profiles.consents import ALWAYS, MOST_KEPT, NEVER, Consents, Known, Observation, value_of
from profile_app.profiles.withholding import Withholding, grow_old
from tests.store.people import JANE, make_fact

observations = st.lists(
    st.builds(Observation, at=st.integers(0, 12), value=st.sampled_from(["yes", "no", "unknown"])), max_size=9
)


def allowed_from(told, *, strict):
    """The rule, worked out from the whole set."""
    forbidding = ("no", "unknown") if strict else ("no",)
    refused = [one.at for one in told if one.value in forbidding]
    granted = [one.at for one in told if one.value == "yes" and one.at > max(refused, default=-1)]
    if refused:
        return min(granted, default=NEVER)
    return ALWAYS if granted or not strict else NEVER


@given(observations, st.booleans())
def test_the_newest_that_forbids_counts_and_the_next_yes_behind_it(told, strict):
    assert Known().with_all(told).allowed_from(strict=strict) == allowed_from(told, strict=strict)


@given(observations, observations, st.booleans())
def test_what_was_told_together_in_parts_or_twice_is_the_same(first, then, strict):
    parts = Known().with_all(first).with_all(then).with_all(first)
    assert parts.in_force == Known().with_all([*first, *then]).in_force
    assert parts.allowed_from(strict=strict) >= allowed_from([*first, *then], strict=strict)
    in_order = sorted([*first, *then], key=lambda one: one.place)
    known = Known()
    for one in in_order:
        known = known.with_all([one]) if known.is_news(one) else known
    assert known.allowed_from(strict=strict) == allowed_from(in_order, strict=strict)


@given(
    st.dictionaries(st.sampled_from(["c1", "c2"]), observations),
    st.dictionaries(st.just("c1"), st.integers(0, 9)),
)
def test_what_is_packed_can_be_read_again(told, days):
    known = Consents().with_all(told).with_days(days)
    assert Consents.parse(json.loads(json.dumps(known.shape))) == known


def test_of_somebody_who_changes_their_mind_all_the_time_the_last_observations_stay():
    told = [Observation(at, "no" if at % 2 else "yes") for at in range(200)]
    known = Known().with_all(told)
    assert known.observations == tuple(told[-MOST_KEPT:])
    assert known.allowed_from(strict=False) == NEVER


def test_anything_but_yes_and_no_is_no_decision():
    assert [value_of(told) for told in ("Yes", " yes ", "NO", "Unknown", "", None, 1, [])] == [
        *("yes", "yes", "no"),
        *["unknown"] * 5,
    ]


fields = st.fixed_dictionaries(
    {"client_id": st.sampled_from(["c1", "c2", ""])},
    optional={
        "ip": st.just("192.0.2.1"),
        "city": st.text(max_size=3),
        "custom.Age": st.lists(st.text(max_size=3), max_size=2),
        "reads_email_with": st.just("iPhone"),
        "event": st.sampled_from(["open", "sent"]),
    },
)
rows = st.builds(
    lambda stream, ts, told: Row(stream, JANE, ts, {"email": JANE, **told}, seen=ts),
    st.sampled_from(["cm_activity", CM_USER]),
    st.integers(0, 12),
    fields,
)
held = st.fixed_dictionaries(
    {
        "c1": st.builds(
            Policy,
            tracking_consent=st.sampled_from(["ignore", "respect", "strict"]),
            drop_columns=st.sampled_from([(), ("ip",), ("custom.*",)]),
            hash_columns=st.sampled_from([(), ("city",), ("custom.*", "ip"), ("custom.Age",)]),
        )
    }
)


@given(rows, held, observations)
def test_what_is_shown_once_is_shown_as_it_is_from_then_on(row, policies, told):
    withholding = Withholding(policies, Consents().with_all({"c1": told}), 0, lambda: b"key")
    shown = withholding.shown(row)
    assert shown is None or withholding.shown(shown) is shown
    assert not withholding.hides([shown] if shown else [], ())


def test_a_hash_needs_the_key_and_is_the_same_for_the_same_value():
    policies = {"": Policy(hash_columns=("city",))}
    first, other = (
        Withholding(policies, Consents(), 0, lambda key=key: key).shown(make_fact(city="Oslo"))
        for key in (b"one", b"two")
    )
    same = Withholding(policies, Consents(), 0, lambda: b"one").shown(make_fact(minute=3, city="Oslo"))
    assert first.fields["city"] == same.fields["city"] != other.fields["city"]
    assert first.fields["city"].startswith("hash:")
    assert "Oslo" not in first.fields["city"]


def test_rows_grow_old_by_whole_days_utc():
    policies = {"": Policy(keep_rows_days=2)}
    now = 100 * DAY + 5
    ages = [
        make_fact().__class__("cm_activity", JANE, ts, {"event": "sent"}) for ts in (98 * DAY - 1, 98 * DAY)
    ]
    assert Withholding(policies, Consents(), now).all_shown(ages) == ages[1:]
    assert grow_old(policies.values())
    assert not grow_old([Policy()])


def test_of_several_imports_whatever_one_forbids_is_forbidden():
    one = Policy(tracking_consent="ignore", keep_rows_days=30, drop_columns=("ip",), keep_last_open_day=True)
    other = Policy(tracking_consent="respect", drop_columns=(), hash_columns=("city",))
    both = strictest([one, other])
    assert (both.tracking_consent, both.keep_rows_days, both.keep_last_open_day) == ("respect", 30, False)
    assert (both.drop_columns, both.hash_columns) == (("ip",), ("city",))
    assert strictest([]) == Policy()
    assert strictest([one]) == one
