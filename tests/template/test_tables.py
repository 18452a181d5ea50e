import pytest

from tests.template.test_permissions import own

KEYS = {
    "AuthorizationsTable": ["id"],
    "JobsTable": ["job", "item"],
    "RowsTable": ["email", "key"],
    "ProfilesTable": ["email"],
    "StreamsTable": ["id"],
    "MembershipsTable": ["export", "email"],
}


@pytest.fixture
def tables(of_type):
    return of_type("DynamoDB::Table")


def test_the_tables_have_the_keys_that_the_stores_use(tables):
    keys = {name: [key["AttributeName"] for key in table["KeySchema"]] for name, table in tables.items()}

    assert keys == KEYS


def test_every_table_costs_by_use_can_be_restored_to_a_moment_and_is_encrypted(tables):
    for name, table in tables.items():
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert table["SSESpecification"] == {"SSEEnabled": True}, name


def test_what_cannot_be_had_again_survives_the_stack(resources):
    kept = ("AWS::DynamoDB::Table", "AWS::KMS::Key")
    for name, resource in resources.items():
        if resource["Type"] in kept:
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name
            assert resource["UpdateReplacePolicy"] == "Retain", name


KEPT = {
    **{table: f"{table}Name" for table in KEYS},
    "TokensKey": "TokensKeyArn",
    "HashSecret": "HashSecretArn",
}
"""What outlives the stack, and the parameter that names another in its place."""


@pytest.mark.parametrize(("kept", "parameter"), KEPT.items())
def test_what_outlives_the_stack_can_be_named_instead_wherever_it_is_used(kept, parameter, template):
    source = template["source"]
    condition = f"Own{kept}"

    uses = [use for part in ("Resources", "Outputs") for use in uses_of(kept, source[part])]

    assert source["Parameters"][parameter]["Default"] == ""
    assert source["Conditions"][condition] == {"Fn::Equals": [{"Ref": parameter}, ""]}
    assert uses
    assert [use for use in uses if use.get("Fn::If", ["always"])[0] != condition] == []
    assert [use for use in uses if parameter not in str(use["Fn::If"][2])] == []


def test_the_stacks_own_table_stays_whatever_a_parameter_names(resources):
    assert [name for name in KEPT if "Condition" in resources[name]] == []


def test_the_stream_is_told_of_while_the_stack_has_the_table(template):
    stream = template["source"]["Outputs"]["ProfilesStreamArn"]

    assert stream["Condition"] == "OwnProfilesTable"


def uses_of(name, value):
    """Each `Fn::If` that stands where a resource is used, or the use itself where none stands."""
    if isinstance(value, list):
        return [use for one in value for use in uses_of(name, one)]
    if not isinstance(value, dict):
        return [{"Fn::Sub": value}] if f"${{{name}}}" in str(value) or f"${{{name}." in str(value) else []
    if mentions(own(value), name):
        return [] if mentions(value, name, "StreamArn") else [value]
    return [use for key, one in value.items() if key != name for use in uses_of(name, one)]


def mentions(value, name, attribute=None):
    return value == {"Fn::GetAtt": [name, attribute]} or (
        attribute is None
        and value in ({"Ref": name}, {"Fn::GetAtt": [name, "Arn"]}, {"Fn::GetAtt": [name, "Id"]})
    )


def test_memberships_of_one_person_are_found_over_all_exports(tables):
    (index,) = tables["MembershipsTable"]["GlobalSecondaryIndexes"]

    assert index["IndexName"] == "by_email"
    assert index["KeySchema"] == [{"AttributeName": "email", "KeyType": "HASH"}]


def test_what_jobs_no_longer_need_goes_by_itself(tables):
    expected = {"AttributeName": "expires_at", "Enabled": True}

    assert tables["JobsTable"]["TimeToLiveSpecification"] == expected


def test_the_key_of_the_tokens_rotates(of_type):
    (key,) = of_type("KMS::Key").values()

    assert key["EnableKeyRotation"] is True
