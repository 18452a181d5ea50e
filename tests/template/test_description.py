"""The description of the API is of what is deployed, of all of it, and its examples are as it says."""

import jsonschema_rs
import pytest

from api import description as making
from api import operations
from api.__main__ import files
from api.operations import Operation
from api.schemas import Incomplete
from tests.aws.template import Deployment

DESCRIPTION = making.description()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DESCRIPTION["paths"].items()
    for method, operation in methods.items()
}


def contents(operation):
    """Everything in an operation that has a schema and an example: bodies, answers, parameters."""
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).values()
    yield from operation.get("requestBody", {}).get("content", {}).values()
    yield from operation.get("parameters", [])


def is_valid(schema, example):
    return jsonschema_rs.is_valid({**schema, "components": DESCRIPTION["components"]}, example)


def test_what_is_described_is_what_is_deployed():
    assert sorted(OPERATIONS) == sorted(Deployment().routes())


def test_what_is_public_is_described_so():
    public = [route for route, operation in OPERATIONS.items() if operation.get("security") == []]

    assert sorted(public) == sorted(Deployment().public_routes())
    assert {OPERATIONS[route]["x-role"] for route in public} == {"public"}


def test_every_operation_has_an_id_of_its_own():
    ids = [operation["operationId"] for operation in OPERATIONS.values()]

    assert len(set(ids)) == len(ids)
    assert [name for name in ids if not name.isidentifier() or name[0].isupper()] == []


def test_the_files_are_what_the_code_says():
    old = [name for name, text in files().items() if (making.ROOT / name).read_text() != text]

    assert not old, "run `make api`"


@pytest.mark.parametrize("route", sorted(OPERATIONS))
def test_every_example_is_as_its_schema_says(route):
    for one in contents(OPERATIONS[route]):
        assert is_valid(one["schema"], one["example"]), one["example"]


def test_every_example_of_a_member_is_as_its_schema_says():
    schemas = DESCRIPTION["components"]["schemas"]
    wrong = [
        f"{name}.{member}: {example}"
        for name, schema in schemas.items()
        for member, one in schema.get("properties", {}).items()
        for example in one.get("examples", ())
        if not is_valid(one, example)
    ]

    assert wrong == []


def test_an_operation_names_the_request_headers_by_which_its_answer_is_another_one():
    def named(operation):
        return {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}

    def wanted(operation):
        answers = operation["responses"]
        has_types = any("text/csv" in answer.get("content", {}) for answer in answers.values())
        return {*(["Accept"] if has_types else []), *(["If-None-Match"] if "304" in answers else [])}

    assert [name for name, one in OPERATIONS.items() if named(one) != wanted(one)] == []
    assert sum(bool(named(one)) for one in OPERATIONS.values()) == 3


def test_an_answer_with_a_member_that_is_not_described_is_found():
    answered = {one["schema"]["$ref"] for operation in OPERATIONS.values()
                for status, answer in operation["responses"].items()
                for media, one in answer.get("content", {}).items() if media == "application/json"}  # fmt: skip
    schemas = DESCRIPTION["components"]["schemas"]

    open_ones = [
        ref for ref in answered if schemas[ref.rpartition("/")[2]]["additionalProperties"] is not False
    ]
    assert open_ones == []


def test_a_route_that_nobody_described_is_named(monkeypatch):
    monkeypatch.delitem(operations.OPERATIONS, "GET /imports")

    with pytest.raises(Incomplete, match="GET /imports"):
        making.description()


def test_a_description_of_no_route_is_named(monkeypatch):
    row = Operation(id="listMoons", tag="Imports", answers={204: None})
    monkeypatch.setitem(operations.OPERATIONS, "GET /moons", row)

    with pytest.raises(Incomplete, match="GET /moons"):
        making.description()


def test_steps_of_a_configuration_come_in_the_order_in_which_a_person_takes_them():
    """As Lytics' own forms have them: the account, the list, the audiences, and so on."""
    schemas = DESCRIPTION["components"]["schemas"]

    assert list(schemas["NewExport"]["properties"])[:9] == [
        "authorization_id",
        "list_id",
        "audiences",
        "existing_users",
        "resubscribe_users",
        "queue_autoresponders",
        "email_field",
        "name_field",
        "field_mappings",
    ]
    assert list(schemas["NewImport"]["properties"])[:4] == [
        "authorization_id",
        "client_id",
        "list_ids",
        "keep_updated",
    ]
    assert "bill per user per list" in schemas["NewExport"]["properties"]["list_id"]["description"]
