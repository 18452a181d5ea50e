"""Custom fields, their options, and the segments built on them."""

import pytest

BLUE = {"RuleType": "[favouritecolours]", "Clause": "EQUALS Blue"}


def segment(title, *groups):
    return {"Title": title, "RuleGroups": [{"Rules": list(rules)} for rules in groups]}


@pytest.fixture
def make_segment(call, newsletter):
    def make_segment(title, *groups):
        return call("POST", f"segments/{newsletter.id}", segment(title, *groups))

    return make_segment


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"FieldName": "Age", "DataType": "Number"}, 255),
        ({"FieldName": " ", "DataType": "Text"}, 254),
        ({"FieldName": "x" * 101, "DataType": "Text"}, 254),
        ({"FieldName": "x", "DataType": "Text", "Options": ["a"]}, 256),
        ({"FieldName": "x", "DataType": "MultiSelectMany", "Options": []}, 257),
        ({"FieldName": "x", "DataType": "Colour"}, 259),
    ],
)
def test_unsuitable_fields_are_refused(call, newsletter, body, code):
    assert call("POST", f"lists/{newsletter.id}/customfields", body)[1]["Code"] == code


def test_an_unknown_key_is_refused(call, newsletter):
    assert call("DELETE", f"lists/{newsletter.id}/customfields/age")[1]["Code"] == 253
    assert call("DELETE", f"lists/{newsletter.id}/customfields/%5Bage%5D") == (200, None)


@pytest.mark.parametrize(
    ("switch", "keeping", "left"),
    [("always", True, []), ("removals", True, [BLUE]), ("removals", False, []), ("never", False, [BLUE])],
)
def test_changing_options_drops_rules_by_switch(vendor, call, make_segment, switch, keeping, left):
    vendor.switches.option_change_drops_rules = switch
    _, segment_id = make_segment("Blue", [BLUE])

    change = {"KeepExistingOptions": keeping, "Options": ["Blue", "Violet"]}
    status, _ = call("PUT", f"lists/{vendor.lists[0].id}/customfields/%5Bfavouritecolours%5D/options", change)

    groups = call.get(f"segments/{segment_id}")[1]["RuleGroups"]
    assert (status, [rule for group in groups for rule in group["Rules"]]) == (200, left)


def test_a_dropped_option_takes_its_values_along(vendor, call, newsletter):
    person = vendor.subscribe(newsletter, "o@example.com", fields={"favourite colours": ["Red", "Blue"]})
    change = {"KeepExistingOptions": False, "Options": ["Blue"]}
    call("PUT", f"lists/{newsletter.id}/customfields/%5Bfavouritecolours%5D/options", change)

    assert list(person.values.values()) == [["Blue"]]


def test_a_title_is_compulsory_and_unique_in_the_list(make_segment):
    make_segment("Blue", [BLUE])

    assert make_segment("", [BLUE])[1]["Code"] == 273
    assert make_segment("BLUE", [BLUE])[1]["Code"] == 275


@pytest.mark.parametrize(
    ("rule", "code", "clause_code"),
    [
        ({"RuleType": "[favouritecolours]", "Clause": "EQUALS Purple"}, 2703, 2722),
        ({"RuleType": "[favouritecolours]", "Clause": "CONTAINS Blue"}, 2703, 2717),
        ({"RuleType": "[favouritecolours]", "Clause": "EQUALS"}, 2703, 2719),
        ({"RuleType": "[age]", "Clause": "EQUALS old"}, 2703, 2721),
        ({"RuleType": "[age]", "Clause": "CONTAINS 1"}, 2703, 2716),
        ({"RuleType": "[subscriptiondate]", "Clause": "BEFORE soon"}, 2703, 2720),
        ({"RuleType": "Name", "Clause": "BEFORE 2020-01-01"}, 2703, 2712),
        ({"RuleType": "EmailAddress", "Clause": ""}, 2703, 2710),
        ({"RuleType": "CampaignOpened", "Clause": "EQUALS 1"}, 2703, 2750),
        ({"RuleType": "[nothing]", "Clause": "EQUALS 1"}, 2705, None),
        ({"RuleType": "", "Clause": "EQUALS 1"}, 2704, None),
    ],
)
def test_invalid_rules_are_told_one_by_one(make_segment, rule, code, clause_code):
    _, body = make_segment("S", [BLUE, rule])

    (problem,) = body["ResultData"]
    assert (body["Code"], problem["Subject"], problem["Code"]) == (277, rule["RuleType"], code)
    assert [each["Code"] for each in problem["ClauseResults"]] == [clause_code] * (clause_code is not None)


def test_groups_are_joined_by_and_and_their_rules_by_or(vendor, newsletter, make_segment, call):
    newsletter.people.clear()
    people = {"rb": ["Red", "Blue"], "r": ["Red"], "g": ["Green"], "b": ["Blue"]}
    for name, colours in people.items():
        vendor.subscribe(newsletter, f"{name}@example.com", name, {"favourite colours": colours, "age": "30"})
    vendor.subscribe(
        newsletter, "gone@example.com", "gone", {"favourite colours": ["Blue"]}
    ).state = "Bounced"
    red = {**BLUE, "Clause": "EQUALS Red"}

    def selected(*groups):
        _, segment_id = make_segment(f"S{len(newsletter.segments)}", *groups)
        return [
            row["Name"] for row in call.get(f"segments/{segment_id}/active", orderfield="name")[1]["Results"]
        ]

    assert selected([BLUE, red]) == ["b", "r", "rb"]
    assert selected([BLUE], [red]) == ["rb"]
    assert selected([{"RuleType": "[age]", "Clause": "BETWEEN 18 AND 30"}]) == ["b", "g", "r", "rb"]
    assert selected([{"RuleType": "[website]", "Clause": "PROVIDED"}]) == []
    assert selected([{"RuleType": "Name", "Clause": "NOT_CONTAINS b"}]) == ["g", "r"]
    assert selected() == ["b", "g", "r", "rb"]


def test_an_update_replaces_the_groups_it_names_and_keeps_those_it_does_not(make_segment, call):
    _, segment_id = make_segment("Blue", [BLUE])
    call("PUT", f"segments/{segment_id}", {"Title": "Renamed"})
    kept = call.get(f"segments/{segment_id}")[1]
    call("PUT", f"segments/{segment_id}", segment("Renamed", [{"RuleType": "Name", "Clause": "PROVIDED"}]))

    assert (kept["Title"], kept["RuleGroups"]) == ("Renamed", [{"Rules": [BLUE]}])
    replaced = call.get(f"segments/{segment_id}")[1]["RuleGroups"]
    assert replaced == [{"Rules": [{"RuleType": "Name", "Clause": "PROVIDED"}]}]
    assert call.get("segments/nowhere")[1]["Code"] == 271
