import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_app.setting_up import options
from lytics_cm.campaign_monitor.records import CustomField
from lytics_cm.campaign_monitor.writes import Rule
from lytics_cm.errors import Rejected

words = st.text(min_size=1, max_size=40)


def test_an_option_carries_the_name_else_the_slug():
    assert options.texts_of([{"slug": "vip", "name": "Very  Important"}, {"slug": "new", "name": None}]) == {
        "vip": "Very Important",
        "new": "new",
    }


def test_a_text_that_people_have_stays_and_is_nobody_elses():
    audiences = [{"slug": "b", "name": "VIP"}, {"slug": "a", "name": "Renamed"}]

    assert options.texts_of(audiences, {"a": "VIP", "gone": "Gone"}) == {"a": "VIP", "b": "VIP (b)"}


@given(st.dictionaries(words, st.none() | words, min_size=1, max_size=8))
def test_option_texts_are_short_free_of_separators_and_not_empty(audiences):
    texts = options.texts_of([{"slug": slug, "name": name} for slug, name in audiences.items()])

    assert set(texts) == set(audiences)
    assert all(text and len(text) <= 250 and not set(text) & set(",;|\n\r\0") for text in texts.values())
    assert len({unicodedata.normalize("NFKC", text).casefold() for text in texts.values()}) == len(texts)
    assert len({text.lower() for text in texts.values()}) == len(texts)


@pytest.mark.parametrize(
    ("audiences", "wanted"),
    [
        ({"a": "VIP (b)", "c": "VIP", "b": "VIP"}, {"a": "VIP (b)", "c": "VIP", "b": "VIP (b 2)"}),
        ({"a": "VIP (b)", "x": "vip (B 2)", "c": "VIP", "b": "VIP"}, {"b": "VIP (b 3)"}),
        ({"b": "VIP", "c": "vip", "d": "V I P"}, {"b": "VIP", "c": "vip (c)", "d": "V I P"}),
        ({"a": "\uff36\uff29\uff30", "b": "VIP"}, {"b": "VIP (b)"}),
        ({"a": "Stra\u00dfe", "b": "STRASSE"}, {"b": "STRASSE (b)"}),
        ({"a": "x" * 300, "b": "x" * 251}, {"a": "x" * 250, "b": "x" * 246 + " (b)"}),
        ({"a": "\U0001f600" * 250}, {"a": "\U0001f600" * 125}),
        ({"a;b": "A", "a,b": "A", "a|b": "A"}, {"a;b": "A", "a,b": "A (a b)", "a|b": "A (a b 2)"}),
        ({";": None, ",": None}, {";": "audience", ",": "audience ()"}),
    ],
)
def test_two_audiences_never_share_an_option_whatever_their_names(audiences, wanted):
    texts = options.texts_of([{"slug": slug, "name": name} for slug, name in audiences.items()])

    assert {slug: texts[slug] for slug in wanted} == wanted
    assert len({text.casefold() for text in texts.values()}) == len(audiences)


def test_a_new_audience_gets_no_option_that_people_have_for_another_one():
    known = {"a": "VIP", "b": "VIP (c)"}

    texts = options.texts_of([{"slug": slug, "name": "VIP"} for slug in "abc"], known)

    assert texts == known | {"c": "VIP (c 2)"}


@pytest.mark.parametrize("name", ["Lytics Audiences", "[LyticsAudiences]", "lytics audiences"])
def test_the_field_is_found_in_any_spelling(name):
    field = CustomField(name, "[LyticsAudiences]", "MultiSelectMany", ("VIP",))

    assert options.field_among([CustomField("x", "[x]", "Text", ()), field]) == field


def test_a_field_of_another_type_in_its_place_is_refused():
    with pytest.raises(Rejected, match="rename it"):
        options.field_among([CustomField("Lytics Audiences", "[LyticsAudiences]", "Text", ())])


def test_an_option_that_differs_in_case_only_is_used_as_it_is():
    texts = {"vip": "VIP", "new": "New", "other": "Other"}

    assert options.spelled(texts, ["vip", "new", "New"]) == {"vip": "vip", "new": "New", "other": "Other"}


def test_lost_groups_come_back_once_and_others_stay():
    mine, theirs = Rule("[LA]", "EQUALS VIP"), Rule("Name", "PROVIDED")
    stored = options.rules_on(((mine, theirs), (theirs,)), "[la]")

    assert stored == [[["[LA]", "EQUALS VIP"], ["Name", "PROVIDED"]]]
    assert options.restored((), stored) == ((mine, theirs),)
    assert options.restored(((theirs,),), stored) == ((mine, theirs),)
    assert options.restored(((mine, theirs), (theirs,)), stored) == ((mine, theirs), (theirs,))


def test_a_rule_is_found_by_the_fields_name_or_key():
    rule = options.rule_of("[LyticsAudiences]", "VIP")

    assert options.has_rule(((Rule("Lytics Audiences", "EQUALS VIP"),),), rule)
    assert not options.has_rule(((Rule("[LyticsAudiences]", "EQUALS VIPs"),),), rule)
