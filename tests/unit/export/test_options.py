import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_app import options
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
