"""What a round sends of whom, and what follows from the refusals: decided without a call."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_app.people.desired import Desired, ListSchema
from export_app.people.membership import Membership, Observed, Stay
from export_app.people.outcomes import Delivered, Later, Refused
from export_app.sending.round import CONTESTED, Flags, Held, Terms, decide
from lytics_cm.campaign_monitor.records import Subscriber
from lytics_cm.errors import Unavailable

KEY = "[LA]"
SCHEMA = ListSchema(KEY, {"a": "Aaa", "b": "Bbb"}, "name")
NOW = 1_704_070_800_000  # 2024-01-01 12:00 in Sydney
MINUTE = 60_000
SYDNEY = ZoneInfo("Australia/Sydney")
JANE = "jane@example.com"
PLAIN, RESUBSCRIBING = Terms(SCHEMA), Terms(SCHEMA, resubscribe=True, zone=SYDNEY)
IN_HAND = Membership(claim="other", claimed_until=NOW + 1)

options = st.sets(st.sampled_from(["Aaa", "Bbb"])).map(lambda chosen: tuple(sorted(chosen)))
had = st.none() | options.map(lambda chosen: {KEY: chosen})
people = st.dictionaries(
    st.sampled_from([f"p{number}@example.com" for number in range(6)]),
    st.builds(Held, st.builds(Membership, sent=had, tried=had), options.map(Desired)),
)
beside = st.lists(
    st.builds(Membership, sent=had, claim=st.sampled_from(["", "x"]), claimed_until=st.just(NOW + 1))
)
terms = st.builds(Terms, st.just(SCHEMA), st.booleans(), st.booleans(), st.just(SYDNEY))
refusals = st.builds(Refused, st.sampled_from([1, 204, 205, 206, 207, 208, None]), st.just("no"))


def held(*wanted, sent=None, entered=1):
    observed = Observed({"a": Stay(entered=entered)})
    return Held(Membership(observed, sent=None if sent is None else {KEY: sent}), Desired(wanted))


def round_of(one, terms=PLAIN, others=(), answered=None):
    return decide({JANE: one}, {JANE: list(others)}, answered or {}, terms, NOW)


def person(state="Unsubscribed", date="2024-01-01 12:00:00"):
    return Subscriber(JANE, "Jane", state, date, "", {}, "", "", "")


@given(people, st.data(), terms)
def test_everybody_in_hand_has_an_outcome_or_is_in_one_group(held, data, terms):
    others = {email: data.draw(beside) for email in held}
    answered = (
        {email: Delivered() for email in data.draw(st.sets(st.sampled_from(sorted(held)))) if held}
        if held
        else {}
    )

    made = decide(held, others, answered, terms, NOW)

    sent = [email for group in made.groups.values() for email in group]
    contested = {email for email, found in others.items() if any(one.is_held(NOW) for one in found)}
    assert sorted([*sent, *made.outcomes]) == sorted(held)
    assert {email for email, one in made.outcomes.items() if one == Delivered()} == set(answered)
    assert {email for email, one in made.outcomes.items() if one == Later(CONTESTED)} == contested - set(
        answered
    )
    assert made.payloads.keys() == set(sent)
    assert set(made.leaving) == {email for email in sent if made.payloads[email].is_leaving}
    assert set(made.clearing) == {email for email in sent if made.payloads[email].clearing}


@given(people, st.data(), terms)
def test_autoresponders_are_for_those_who_have_an_audience_in_the_end(held, data, terms):
    others = {email: data.draw(beside) for email in held}

    made = decide(held, others, {}, terms, NOW)

    without = {
        email
        for email in made.payloads
        if not held[email].desired.options and not any(one.has(KEY) for one in others[email])
    }
    queued = {email for flags, group in made.groups.items() for email in group if flags.queue_autoresponders}
    assert made.clears == len(without)
    assert queued == (made.payloads.keys() - without if terms.queue_autoresponders else set())
    assert not any(flags.resubscribe for flags in made.groups)


@given(people, st.data(), terms)
def test_every_refusal_ends_in_one_way_and_nobody_returns_unless_it_was_chosen(held, data, terms):
    made = decide(held, {}, {}, terms, NOW)
    outcomes = {email: data.draw(refusals) for email in held}
    followed = made.refusals(outcomes)
    asked = made.to_look_up(followed)
    found = {email: data.draw(st.sampled_from([None, person(), Later(), Refused(5, "x")])) for email in asked}

    following = made.follow_up(followed, found)

    ends = [*following.outcomes, *following.amended, *following.returning]
    assert sorted(ends) == sorted(followed)
    assert set(following.returning) <= set(asked)
    assert not asked or terms.resubscribe
    assert all(held[email].desired.options for email in following.returning)
    assert all(outcomes[email].code in (205, 206, 207, 208) for email in following.amended)


def test_who_has_answered_to_this_very_state_is_not_asked_again():
    made = round_of(held("Aaa"), answered={JANE: Refused(1, "no")})

    assert made.outcomes == {JANE: Refused(1, "no")}
    assert made.groups == {}


def test_whom_another_export_has_in_hand_is_left_for_later_and_whose_claim_is_over_is_not():
    over = Membership(claim="other", claimed_until=NOW)

    assert round_of(held("Aaa"), others=[over, IN_HAND]).outcomes == {JANE: Later(CONTESTED)}
    assert round_of(held("Aaa"), others=[over]).groups == {Flags(): [JANE]}


def test_what_another_export_has_of_a_person_stays():
    others = [Membership(sent={KEY: ("Ccc",)})]

    made = round_of(held(sent=("Aaa",)), others=others)

    assert made.clears == 0
    assert made.leaving == [JANE]
    assert [value.value for value in made.payloads[JANE].entry.fields] == ["Ccc"]


@pytest.mark.parametrize("outcome", [Delivered(), Later(), Refused(1, "invalid"), Refused(None, "no")])
def test_what_is_no_word_of_an_inactive_person_is_final(outcome):
    assert round_of(held("Aaa"), RESUBSCRIBING).refusals({JANE: outcome}) == {}


@pytest.mark.parametrize(
    ("one", "code", "is_amended"),
    [
        (held("Aaa"), 206, False),
        (held("Aaa"), 208, False),
        (held("Aaa", sent=("Aaa",)), 206, False),
        (held("Aaa", sent=("Aaa",)), 208, True),
        (held("Aaa", sent=("Aaa", "Bbb")), 206, True),
        (held("Aaa", sent=("Aaa", "Bbb")), 204, False),
        (held(sent=("Aaa",)), 205, True),
        (held(), 207, True),
    ],
)
def test_who_is_inactive_is_changed_to_take_an_audience_away_or_until_they_confirm(one, code, is_amended):
    made, refusal = round_of(one), {JANE: Refused(code, "no")}

    assert made.refusals(refusal) == (refusal if is_amended else {})
    assert made.follow_up(made.refusals(refusal), {}).amended == ([JANE] if is_amended else [])


@pytest.mark.parametrize(
    ("one", "terms", "code", "is_asked"),
    [
        (held("Aaa"), RESUBSCRIBING, 204, True),
        (held("Aaa"), RESUBSCRIBING, 205, True),
        (held("Aaa"), RESUBSCRIBING, 206, True),
        (held("Aaa"), RESUBSCRIBING, 207, False),
        (held("Aaa"), PLAIN, 206, False),
        (held(sent=("Aaa",)), RESUBSCRIBING, 206, False),
    ],
)
def test_who_has_left_the_list_is_looked_up_only_if_they_may_return(one, terms, code, is_asked):
    made, refusal = round_of(one, terms), {JANE: Refused(code, "no")}

    assert made.to_look_up(made.refusals(refusal)) == ([JANE] if is_asked else [])


def followed(found, entered, code=206, sent=None):
    one = held("Aaa", entered=entered, sent=sent)
    made, refusal = round_of(one, RESUBSCRIBING), {JANE: Refused(code, "no")}
    return made.follow_up(made.refusals(refusal), {JANE: found})


def test_who_entered_an_audience_after_leaving_the_list_returns():
    assert followed(person(), NOW + MINUTE).returning == [JANE]


def test_who_left_the_list_after_entering_stays_out_and_it_is_told():
    (outcome,) = followed(person(), NOW).outcomes.values()

    assert (outcome.code, outcome.words) == (206, "the person is unsubscribed")
    assert "after entering the audience" in outcome.why


def test_who_is_refused_and_not_on_the_list_is_suppressed():
    (outcome,) = followed(None, NOW + MINUTE, 204).outcomes.values()

    assert outcome.code == 204


def test_who_could_not_be_looked_up_comes_later_and_is_not_changed():
    late = Later(Unavailable("down"))

    for sent in (None, ("Aaa", "Bbb")):
        following = followed(late, NOW + MINUTE, sent=sent)

        assert (following.outcomes, following.amended) == ({JANE: late}, [])
