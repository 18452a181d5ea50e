"""What is said of consents: decided without a call."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from export_app.job import ExportJob
from export_app.people.consent import (
    NO,
    YES,
    Case,
    ConsentFields,
    ExportConsents,
    Found,
    Note,
    Say,
    Wants,
    decision_of,
    number_of,
    wants_of,
)
from export_app.people.desired import Desired, ListSchema, desired_of, is_open
from export_app.people.membership import Membership, Observed, Stay
from export_app.people.outcomes import Delivered, KeptOut, Refused, settle

NAMES = ConsentFields("agrees", "refuse", "mobile", "texts")
SCHEMA = ListSchema("[LA]", {"a": "Aaa"}, "name", consent=NAMES)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
values = st.sampled_from(["", "Yes", "No"])
notes = st.builds(
    Note, values, st.integers(0, 9), values, values, st.integers(0, 9), st.booleans(), st.booleans()
)
decisions = st.sampled_from([None, YES, NO])
cases = st.builds(
    Case,
    st.builds(Wants, decisions, decisions, st.sampled_from([None, "+4915112345678"])),
    st.builds(ExportConsents, notes, notes),
    st.sampled_from(["unchanged", "no", "refuse"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
found = st.builds(Found, st.booleans(), values, values, st.integers(10, 19))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        *(
            (word, YES)
            for word in ("yes", " YES ", "Yes", "true", "TRUE", "1", True, 1, 1.0, ["yes"], ["", True])
        ),
        *((word, NO) for word in ("no", "\tNo\n", "false", "0", False, 0, 0.0, [False])),
        *((word, None) for word in (None, "", "  ", [], [None], {}, [""])),
    ],
)
def test_what_a_value_says(told, expected):
    assert decision_of(told) == expected


@pytest.mark.parametrize(
    "told",
    [
        "y",
        "on",
        "granted",
        "2",
        "1.0",
        2,
        -1,
        0.5,
        10**400,
        float("nan"),
        ["yes", "no"],
        {"a": 1},
        "\uff39ES",
    ],
)
def test_what_says_neither_is_not_guessed(told):
    with pytest.raises(ValueError):
        decision_of(told)


@given(anything)
def test_whatever_a_value_is_it_says_one_of_three_things_or_is_a_problem(told):
    wants, problems = wants_of({"agrees": told, "mobile": told, "texts": told}, NAMES)

    assert wants.track in (YES, NO, None)
    assert not (wants.track and "consent_unreadable" in {one.code for one in problems})
    assert all(
        "maybe" not in one.message and one.message.endswith("correct it in Lytics") for one in problems
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("+4915112345678", "+4915112345678"),
        (" +49 (151) 123-456 78 ", "+4915112345678"),
        ("+49\u00a0151\u2013123\u2011456\u221278", "+4915112345678"),
        (["+12025550123"], "+12025550123"),
        ("+12345678", "+12345678"),
        ("+123456789012345", "+123456789012345"),
        (None, None),
        ("", None),
    ],
)
def test_a_number_of_e_164_however_it_is_written(told, expected):
    assert number_of(told) == expected


@pytest.mark.parametrize(
    "told",
    [
        "004915112345678",
        "015112345678",
        "4915112345678",
        4915112345678,
        "+1234567",
        "+1234567890123456",
        "+0151123456",
        "+49 (0)151 12345678",
        "+49151/12345678",
        "+49151.12345678",
        "+٤٩١٥١١٢٣٤٥٦",
        "++4915112345678",
        "+49151 ext 1",
        ["+4915112345678", "+4915112345679"],
        True,
        "+",
    ],
)
def test_what_is_no_number_is_not_guessed(told):
    with pytest.raises(ValueError):
        number_of(told)


@given(cases, found)
def test_nothing_is_said_without_being_wanted(case, there):
    say = case.say(there)

    if say is None:
        assert (case.for_new, case.wants.track, there.is_listed) == ("refuse", None, False)
        return
    assert say.sms in ("Unchanged", case.wants.sms)
    assert say.sms == "Unchanged" or case.wants.number
    is_for_new = case.wants.track is None and case.for_new == "no"
    assert say.track in ("Unchanged", case.wants.track) or (is_for_new and say.track == NO)
    assert not (say.track == YES and there.track == NO) or case.consents.track.value == NO


@given(cases, found)
def test_a_no_that_is_news_is_always_said_and_what_is_none_never(case, there):
    say = case.say(there)

    if case.wants.track == NO:
        assert say.track == (NO if case.consents.track.is_news(NO) else "Unchanged")
    if case.wants.track and not case.consents.track.is_news(case.wants.track):
        assert say.track == "Unchanged"


@given(cases)
def test_without_an_answer_nothing_is_said_that_may_overwrite(case):
    say = case.say(None)

    assert say is None or YES not in (say.track, say.sms)


@given(cases, found)
def test_what_is_said_twice_says_nothing_the_second_time(case, there):
    if (say := case.say(there)) is None:
        return
    again = replace(case, consents=say.noted(case.consents, 20), is_known=True)
    told = Found(is_listed=True, track=say.track if say.track != "Unchanged" else there.track, sms=there.sms)

    repeated = again.say(told)

    assert repeated.track == "Unchanged"
    assert repeated.left == say.left - {"sms"} or repeated.left == say.left


class Model:
    """One person at Campaign Monitor, who decides there too, and an export whose calls may fail in any way."""

    def __init__(self):
        self.there, self.is_ours, self.consents, self.now = "", False, ExportConsents(), 0
        self.is_seen = False

    def decides(self, value):
        """The person decides; what nobody can see is left out: a No after a Yes after our No, without a look."""
        is_unseen = self.consents.track.value == NO and not self.is_ours and value == NO and not self.is_seen
        if value != self.there and not is_unseen:
            self.there, self.is_ours = value, False

    def sends(self, wanted, how):
        self.now += 1
        case = Case(Wants(wanted), self.consents, is_known=True)
        say = case.say(Found(is_listed=True, track=self.there, at=self.now) if case.asks else None)
        self.is_seen |= case.asks and self.there == YES and how in ("answered", "refused")
        is_kept = say.track == YES and self.there == NO and not self.is_ours
        if how in ("answered", "no answer") and say.track != "Unchanged":
            self.there, self.is_ours, self.is_seen = say.track, True, False
        if how == "answered":
            self.consents = say.noted(self.consents, self.now)
        if how == "refused":
            self.consents = say.seen(self.consents)
        if how in ("no answer", "lost"):
            self.consents = self.consents.doubting(case.wants)
        return say, is_kept


deeds = st.tuples(st.just("person"), st.sampled_from([YES, NO]))
sendings = st.tuples(decisions, st.sampled_from(["answered", "no answer", "lost", "refused"]))


@settings(max_examples=1000)
@example([(NO, "answered"), (YES, "no answer"), ("person", NO), (NO, "lost"), (YES, "answered")])
@given(st.lists(deeds | sendings, max_size=10))
def test_no_history_overwrites_a_persons_no(history):
    model = Model()
    for what, how in history:
        if what == "person":
            model.decides(how)
            continue
        say, is_overwritten = model.sends(what, how)
        assert not is_overwritten
        if what == NO and how == "answered":
            assert model.there == NO or say.track != NO
        if what == YES and how == "answered" and not say.left and say.track == YES:
            assert model.there == YES
        if what == YES and how == "answered" and say == Say():
            assert model.there != NO or not model.is_ours


def desired(**fields):
    return desired_of(Observed({"a": Stay(entered=1)}, fields, 2), SCHEMA)


def test_a_decision_a_number_and_their_absence_are_different_wishes():
    wishes = [desired(), desired(agrees=1), desired(agrees=0), desired(mobile="+4915112345678")]

    assert len({one.digest for one in wishes}) == 4
    assert desired(agrees=None, mobile="", texts="yes").digest != Desired(("Aaa",)).digest
    assert desired_of(Observed({"a": Stay(entered=1)}), ListSchema("[LA]", {"a": "Aaa"}, "name")) == Desired(
        ("Aaa",), values={}
    )


def test_who_is_kept_out_is_settled_as_long_as_that_is_wanted():
    wished = desired()
    settlement = settle(Membership(tried={"[LA]": ("Aaa",)}), wished, SCHEMA, KeptOut(), 9)
    again = settle(settlement.membership, wished, SCHEMA, KeptOut(), 9)

    assert not is_open(settlement.membership, wished)
    assert is_open(settlement.membership, replace(wished, is_refused=False))
    assert is_open(settlement.membership, desired(agrees=1))
    assert (settlement.counts["skipped"], again.counts["skipped"]) == (1, 0)
    assert settlement.failure["code"] == "no_consent"
    assert not settlement.membership.was_on_list


def test_what_was_said_is_kept_with_its_time_and_survives_being_stored():
    say = Say(YES, NO, Found(is_listed=True, track=NO, at=5))
    before = Membership(consents=ExportConsents(Note("No", 3)))
    after = settle(before, desired(agrees=1), SCHEMA, Delivered(say, 7), 9).membership

    assert after.consents == ExportConsents(Note("Yes", 7, found="No", found_at=5), Note("No", 7))
    assert Membership.of(after.to_json()) == after
    assert "consents" not in Membership().to_json()


def test_who_is_refused_keeps_what_was_known_of_them():
    before = Membership(consents=ExportConsents(Note("No", 3)))

    after = settle(before, desired(agrees=1), SCHEMA, Refused(1, "no"), 9).membership

    assert after.consents == before.consents


@pytest.mark.parametrize(
    "change",
    [
        {"consent_field": "agrees"},
        {"consent_for_new": "no"},
        {"sms_field": "mobile"},
        {"sms_consent_field": "texts"},
        {"name_field": "first"},
        {"plan": "{}"},
        {"status": "stopped"},
    ],
)
def test_an_export_that_says_something_else_of_people_does_not_send_alike(change):
    job = ExportJob(
        "e", "running", "a", "l", 0, [], "email", "name", {}, *(False for _ in range(3)), plan='{"key": ""}'
    )

    assert job.sends_like(replace(job))
    assert not job.sends_like(replace(job, **change))
