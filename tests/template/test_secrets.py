"""A secret is kept by the stack, or named by its ARN: then the stack makes none, and reads that one alone."""

import pytest

KINDS = {
    "CampaignMonitorClientSecretArn": ("ApplicationSecret", "KeepsClientSecret", "APPLICATION_SECRET_ARN"),
    "LyticsApiTokenArn": ("LyticsSecret", "KeepsLyticsApiToken", "LYTICS_SECRET_ARN"),
}


@pytest.mark.parametrize(("parameter", "kind"), KINDS.items())
def test_a_named_secret_takes_the_place_of_one_that_is_kept(parameter, kind, resources, functions):
    secret, keeps, variable = kind
    there = [
        variables[variable]
        for function in functions.values()
        if variable in (variables := function.get("Environment", {}).get("Variables", {}))
    ]

    assert resources[secret]["Condition"] == keeps
    assert there
    assert all(value["Fn::If"][0] == keeps and value["Fn::If"][2] == {"Ref": parameter} for value in there)


@pytest.mark.parametrize(("parameter", "kind"), KINDS.items())
def test_a_named_secret_wins_over_the_value_that_an_upgrade_keeps(parameter, kind, template):
    conditions = template["source"]["Conditions"]
    named = {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}
    [names] = [name for name, condition in conditions.items() if condition == named]

    assert {"Fn::Not": [{"Condition": names}]} in conditions[kind[1]]["Fn::And"]


def test_a_stack_without_the_applications_secret_is_refused(template):
    [assertion] = template["source"]["Rules"]["ClientSecret"]["Assertions"]

    assert {"Fn::Not": [{"Fn::Equals": [{"Ref": "CampaignMonitorClientSecret"}, ""]}]} in assertion["Assert"][
        "Fn::Or"
    ]
    assert {"Fn::Not": [{"Fn::Equals": [{"Ref": "CampaignMonitorClientSecretArn"}, ""]}]} in assertion[
        "Assert"
    ]["Fn::Or"]
