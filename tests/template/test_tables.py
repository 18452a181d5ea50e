import pytest

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
