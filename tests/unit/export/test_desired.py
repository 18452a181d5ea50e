import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_app.people.desired import Desired, ListSchema, desired_of, is_nothing, is_open, payload_of
from export_app.people.membership import Membership, Observed, Stay
from export_app.people.values import Target

KEY = "[LA]"
MANY = Target("colours", "[Colours]", "Colours", "MultiSelectMany", ("Red", "Blue", "Green"))
TEXT = Target("city", "[City]", "City", "Text")
SCHEMA = ListSchema(KEY, {"a": "Aaa", "b": "Bbb", "c": "Ccc"}, "name", (MANY, TEXT))
OPTIONS = ("Aaa", "Bbb", "Ccc")

option_sets = st.sets(st.sampled_from(OPTIONS)).map(lambda chosen: tuple(sorted(chosen)))
colours = st.sets(st.sampled_from(MANY.options)).map(lambda chosen: tuple(sorted(chosen)))


def apply(selected, entry, key, semantics):
    """What a list makes of an entry: cleared options go, set ones replace the selection or are added to it."""
    values = [value for value in entry.fields if value.key == key] if entry else []
    for value in values:
        if value.clear:
            selected = set() if value.value == "" else selected - {value.value}
    chosen = {value.value for value in values if not value.clear}
    if not chosen:
        return selected
    return chosen if semantics == "replace" else selected | chosen


@given(st.data(), st.sampled_from(["replace", "add"]), st.booleans())
def test_whatever_the_list_may_have_it_ends_with_the_full_set(data, semantics, landed):
    sent, tried, wanted, others = (data.draw(option_sets) for _ in range(4))
    had, mapped = data.draw(colours), data.draw(colours)
    before = Membership(sent={KEY: sent, "[Colours]": had}, tried={KEY: tried})
    multiple = {"[Colours]": mapped} if wanted else {}
    desired = Desired(wanted, None, multiple, frozenset(multiple))
    there = {KEY: {*sent, *others, *(tried if landed else ())}, "[Colours]": set(had)}

    made = payload_of("jane@example.com", desired, SCHEMA, before, frozenset(others))
    after = {
        key: apply(apply(selected, made.clearing, key, semantics), made.entry, key, semantics)
        for key, selected in there.items()
    }

    assert after[KEY] == {*wanted, *others}
    assert after["[Colours]"] == set(mapped if wanted else had)
    assert made.is_clear == (not after[KEY])


@given(option_sets, option_sets, option_sets)
def test_no_field_is_set_and_cleared_in_one_call(sent, wanted, others):
    made = payload_of(
        "jane@example.com", Desired(wanted), SCHEMA, Membership(sent={KEY: sent}), frozenset(others)
    )

    assert len({value.clear for value in made.entry.fields}) == 1
    assert all(value.clear for value in (made.clearing.fields if made.clearing else ()))


def test_without_removals_one_call_is_enough():
    made = payload_of("jane@example.com", Desired(("Aaa", "Bbb")), SCHEMA, Membership(sent={KEY: ("Aaa",)}))

    assert made.clearing is None


def test_consent_to_track_is_never_changed():
    made = payload_of("jane@example.com", Desired(("Aaa",)), SCHEMA, Membership())

    assert made.entry.body()["ConsentToTrack"] == "Unchanged"


def test_who_is_in_no_audience_has_nothing_but_that():
    observed = Observed({"a": Stay(entered=1, left=2)}, {"name": "Jane", "city": "Ulm"}, 3)

    assert desired_of(observed, SCHEMA) == Desired(())


def test_a_desired_state_holds_name_and_mapped_fields_and_says_what_it_could_not_hold():
    observed = Observed(
        {"a": Stay(entered=1)}, {"name": " Jane ", "city": "Ulm", "colours": ["red", "Pink"]}, 3
    )

    assert desired_of(observed, SCHEMA) == Desired(
        ("Aaa",),
        "Jane",
        {"[Colours]": ("Red",), "[City]": ("Ulm",)},
        frozenset({"[Colours]"}),
        ("Colours has no option for 1 of 2 values",),
    )


def test_a_field_that_lytics_did_not_send_stays_and_an_empty_one_is_cleared():
    observed = Observed({"a": Stay(entered=1)}, {"city": ""}, 3)

    desired = desired_of(observed, SCHEMA)
    made = payload_of("jane@example.com", desired, SCHEMA, Membership())

    assert desired.values == {"[City]": ()}
    assert [(value.key, value.value, value.clear) for value in made.entry.fields] == [
        ("[City]", "", True),
        (KEY, "Aaa", False),
    ]


def test_a_field_that_triggers_carry_and_the_newest_fields_lack_is_cleared():
    known = Observed({"a": Stay(entered=1)}, {"city": "Ulm"}, 3, frozenset({"city"}))

    emptied = known.join(Observed({}, {"name": "Jane"}, 4))
    late = known.join(Observed({}, {}, 2))

    assert desired_of(emptied, SCHEMA).values == {"[City]": ()}
    assert desired_of(late, SCHEMA).values == {"[City]": ("Ulm",)}


def test_a_person_is_open_until_the_outcome_of_the_same_desired_state_is_known():
    desired, other = Desired(("Aaa",)), Desired(("Aaa",), "Jane")
    settled = Membership().delivered(desired.digest, desired.selections(KEY), 1)

    assert is_open(Membership(), Desired(()))
    assert not is_open(settled, desired)
    assert is_open(settled, other)


def test_who_left_before_anything_was_sent_is_nothing_and_after_a_try_is_not():
    tried = Membership().claimed("m", 1, {KEY: ("Aaa",)}).released()

    assert is_nothing(Membership(), Desired(()))
    assert not is_nothing(tried, Desired(()))


@pytest.mark.parametrize(
    ("sent", "tried", "wanted", "others", "is_leaving"),
    [
        (("Aaa",), (), (), (), True),
        ((), ("Aaa",), (), (), True),
        (("Aaa", "Bbb"), (), ("Bbb",), (), True),
        (("Aaa",), (), (), ("Ccc",), True),
        (("Aaa",), (), ("Bbb",), (), False),
        (("Aaa",), (), ("Aaa",), (), False),
        ((), ("Aaa",), ("Bbb",), (), False),
        ((), (), ("Aaa",), (), False),
        (("Aaa",), (), ("Aaa",), ("Ccc",), False),
    ],
)
def test_who_only_loses_audiences_is_leaving(sent, tried, wanted, others, is_leaving):
    before = Membership(sent={KEY: sent} if sent else None, tried={KEY: tried} if tried else None)

    assert payload_of("e", Desired(wanted), SCHEMA, before, frozenset(others)).is_leaving == is_leaving
