"""The rule that tells echoes from deeds, without a store."""

import pytest

from lytics_cm.store.echoes import (
    AFTER,
    BEFORE,
    MINUTE,
    Claim,
    Sent,
    digest_of,
    event_of,
    match,
    whom,
    written_by,
)
from lytics_cm.subscriptions import Change

AT = 1_709_649_000_000


def make_change(event="subscribe", at=AT, email="jane@example.com", name="Jane", **fields):
    return Change(event=event, at=at, email=email, name=name, state="Active", custom_fields=fields)


def make_sent(
    call=b"call0001", at=AT, kinds=("subscribe", "update"), email="jane@example.com", name="Jane", **fields
):
    written = written_by(name, fields)
    names = sorted(written)
    return Sent(call, at, kinds, names, {whom(email): digest_of(written, names)})


def echoes(changes, sent, used=()):
    return sorted(match(dict(enumerate(changes)), sent, used))


def test_the_same_person_time_and_values_are_an_echo():
    assert echoes([make_change()], [make_sent()]) == [0]


def test_spelling_of_the_address_does_not_matter():
    assert echoes([make_change(email=" Jane@Example.com")], [make_sent()]) == [0]


@pytest.mark.parametrize(
    ("distance", "found"), [(-BEFORE, [0]), (-BEFORE - MINUTE, []), (AFTER, [0]), (AFTER + MINUTE, [])]
)
def test_the_window_has_two_ends(distance, found):
    assert echoes([make_change(at=AT + distance)], [make_sent()]) == found


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"[Birthday]": "2010/03/09"}, {"[Birthday]": "2010-03-09"}),
        ({"[Age]": "24"}, {"Age": "24.0"}),
        ({"[LyticsAudiences]": ["b", "a"]}, {"Lytics Audiences": ["a", "b"]}),
        ({"[LyticsAudiences]": ["a"]}, {"[LyticsAudiences]": "a"}),
        ({"[LyticsAudiences]": None}, {}),
        ({"[Note]": "x" * 300}, {"[Note]": "x" * 250}),
        ({"[Age]": "24"}, {"[Age]": "24", "[Unsent]": "theirs"}),
    ],
)
def test_values_are_compared_as_the_vendor_shows_them(sent, told):
    assert echoes([make_change(**told)], [make_sent(**sent)]) == [0]


@pytest.mark.parametrize("told", [{}, {"[Age]": "25"}, {"[Age]": ["24", "25"]}])
def test_other_values_are_a_deed(told):
    assert echoes([make_change(**told)], [make_sent(**{"[Age]": "24"})]) == []


def test_a_name_that_was_not_sent_is_not_compared():
    assert echoes([make_change(name="Theirs")], [make_sent(name=None)]) == [0]


def test_a_call_has_one_echo_the_earlier():
    first, second = make_change(at=AT), make_change(at=AT + MINUTE)

    assert echoes([second, first], [make_sent()]) == [1]
    assert echoes([first, second], [make_sent(), make_sent(b"call0002")]) == [0, 1]


def test_what_was_an_echo_stays_one_and_uses_its_call_up():
    change, later = make_change(), make_change(at=AT + MINUTE)
    used = [Claim(whom(change.email), event_of(change), b"call0001")]

    assert echoes([change, change, later], [make_sent()], used) == [0, 1]


def test_kinds_that_the_call_cannot_cause_are_deeds():
    assert echoes([make_change("subscribe")], [make_sent(kinds=("update",))]) == []
