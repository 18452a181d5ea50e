"""Each kind of failure of an export has a code and a remedy of its own, also where Campaign Monitor has no code for it."""

import ast
import json

import pytest

from lytics_cm import remedies
from simulators.campaign_monitor import fields
from tests.flows.exporting import exporting
from tests.template.settings import ROOT

CITY = {"field_mappings": {"city": "City"}}


@pytest.fixture
def stage():
    with exporting() as stage:
        yield stage


def daily(stage):
    body = json.dumps({"export": "*", "task": "daily"})
    stage.product.sqs.send_message(QueueUrl=stage.product.names["ChangesQueue"], MessageBody=body)
    stage.run()


def unusable_address(stage):
    export = stage.start("vip")
    stage.tell(export, {"email": "nobody", "slug": "vip", "event": "enter", "at": 1, "fields": {}})
    stage.run()
    return export


def unusable_value(stage):
    fields.add(stage.list, "Age", "Number")
    export = stage.start("vip", field_mappings={"age": "Age"})
    change = {"email": "ann@example.com", "slug": "vip", "event": "enter", "at": 1, "fields": {"age": "old"}}
    stage.tell(export, change)
    stage.run()
    return export


def unknown_message(stage):
    export = stage.start("vip")
    body = json.dumps({"export": export, "odd": 1})
    stage.product.sqs.send_message(QueueUrl=stage.product.names["ChangesQueue"], MessageBody=body)
    stage.run()
    return export


def missing_field(stage):
    city = fields.add(stage.list, "City", "Text")
    export = stage.start("vip", **CITY)
    stage.list.fields.remove(city)
    daily(stage)
    return export


def unreadable_audience(stage):
    stage.lytics.faults.script("code", "GET .*/scan", code=400, message="No", times=9)
    return stage.start("vip", existing_users=True)


KINDS = {
    remedies.ADDRESS_UNUSABLE: unusable_address,
    remedies.VALUE_UNUSABLE: unusable_value,
    remedies.NOT_UNDERSTOOD: unknown_message,
    remedies.MAPPING_BROKEN: missing_field,
    remedies.AUDIENCE_NOT_READ: unreadable_audience,
}


@pytest.mark.parametrize("code", KINDS)
def test_a_failure_without_a_code_of_the_vendor_has_ours_and_its_remedy(stage, code):
    export = KINDS[code](stage)

    (failure,) = stage.failures(export)
    summary = stage.api.get(f"/exports/{export}/failures").json["summary"]
    assert (failure["code"], failure["remedy"]) == (code, remedies.REMEDIES[code])
    assert [(one["code"], one["count"], one["remedy"]) for one in summary] == [
        (code, 1, remedies.REMEDIES[code])
    ]
    assert [one["code"] for one in stage.api.get(f"/exports/{export}/failures", code=code).json["items"]] == [
        code
    ]


def test_no_failure_is_made_without_a_code():
    """Whoever writes `{"message": ...}` of a failure names its code beside it."""
    made = []
    for path in sorted((ROOT / "functions/export").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Dict):
                names = {
                    key.value: value
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
                is_failure = "message" in names and ({"source", "at", "code"} & names.keys())
                code = names.get("code")
                if is_failure and (code is None or (isinstance(code, ast.Constant) and code.value is None)):
                    made.append(f"{path.name}:{node.lineno}")

    assert made == []
