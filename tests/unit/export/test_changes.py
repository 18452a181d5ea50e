from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from export_app.people.changes import ChangeReader
from export_app.people.membership import Observed, Stay

NOW = 1_700_000_000_000
READER = ChangeReader({"vip": "vip", "id-of-vip": "vip", "new": "new"}, "name", frozenset({"city"}))


def change(**more):
    return {"email": "jane@example.com", "slug": "vip", "event": "enter", "at": NOW - 1, "fields": {}} | more


def read(*changes):
    return READER.read([("m1", {"export": "e", "changes": list(changes)})], NOW)


def observed(found):
    """Everything that was heard of each person."""
    return {
        email: reduce(Observed.join, person.heard.values())
        for email, person in found.people.items()
        if person.heard
    }


def sources(found):
    return {email: person.source for email, person in found.people.items()}


def test_a_change_becomes_a_state_of_its_person():
    found = read(change(email="Jane <JANE@example.com>", fields={"name": "Jane", "secret": 1}))

    assert observed(found) == {
        "jane@example.com": Observed({"vip": Stay(entered=NOW - 1)}, {"name": "Jane"}, NOW - 1)
    }
    assert sources(found) == {"jane@example.com": "m1"}


def test_an_audience_is_known_by_its_id_even_under_another_slug():
    found = read(change(audience_id="id-of-vip", slug="renamed"))

    assert observed(found)["jane@example.com"].audiences == ["vip"]


def test_a_changed_field_alone_moves_nobody():
    found = read(change(event="change", slug="unknown", fields={"city": "Ulm"}))

    assert observed(found) == {
        "jane@example.com": Observed({}, {"city": "Ulm"}, NOW - 1, frozenset({"city"}))
    }


def test_fields_are_of_the_time_when_their_message_was_made():
    found = read(
        change(fields={"city": "Ulm"}, at=NOW - 100, fields_at=NOW - 1),
        change(fields={"city": "Bonn"}, at=NOW - 50, fields_at=NOW - 40, event="exit"),
        change(fields={"city": "Linz"}, at=NOW - 60, fields_at="yesterday"),
    )

    assert observed(found)["jane@example.com"] == Observed(
        {"vip": Stay(entered=NOW - 60, left=NOW - 50)}, {"city": "Ulm"}, NOW - 1, frozenset({"city"})
    )


def test_what_a_scan_carries_says_nothing_of_what_triggers_carry():
    found = read(change(event="seen", fields={"city": "Ulm"}), change(at=NOW, fields={"name": "Jane"}))

    assert observed(found)["jane@example.com"].carried == frozenset()


def test_what_cannot_be_used_is_told_once_and_costs_the_others_nothing():
    found = read(
        change(slug="foreign"),
        change(slug="foreign", email="john@example.com"),
        change(event="dance"),
        change(at="2024"),
        change(at=True),
        change(at=NOW + 10**9),
        change(email=""),
        change(),
    )

    assert list(observed(found)) == ["jane@example.com"]
    assert sorted(found.remarks) == [
        "a change has no time, or one that is not past; it was left out",
        "changes come for audience 'foreign', which is not one of this export's; they are left out",
        "changes with the event 'dance' are not known and left out",
    ]
    assert list(found.refused) == ["(no address)"]


def test_people_to_send_belong_to_the_first_message_that_names_them():
    found = READER.read(
        [
            ("m1", {"people": ["a@example.com"], "attempt": 2, "since": 5}),
            ("m2", {"changes": [change(email="a@example.com")]}),
        ],
        NOW,
    )

    assert sources(found) == {"a@example.com": "m1"}
    assert found.people["a@example.com"].due["attempt"] == 2


@given(
    st.lists(
        st.builds(
            change,
            email=st.sampled_from(["a@example.com", "b@example.com"]),
            slug=st.sampled_from(["vip", "new"]),
            event=st.sampled_from(["enter", "exit", "seen", "change"]),
            at=st.integers(min_value=1, max_value=9),
            fields=st.dictionaries(
                st.sampled_from(["name", "city"]), st.sampled_from(["x", "y", None]), max_size=2
            ),
        ),
        max_size=12,
    ),
    st.randoms(),
    st.integers(min_value=1, max_value=5),
)
def test_any_order_repetition_and_cutting_into_messages_tells_the_same(changes, rng, size):
    again = changes + changes[: len(changes) // 2]
    rng.shuffle(again)
    messages = [
        (str(start), {"changes": again[start : start + size]}) for start in range(0, len(again), size)
    ]

    assert observed(READER.read(messages, NOW)) == observed(read(*changes))
