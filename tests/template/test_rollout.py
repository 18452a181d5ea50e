"""With versions behind an alias, whoever calls a function calls its alias, and a rollout goes back by itself."""

import json
import subprocess

import pytest
import yaml

from local.rollout import BACK, GRADUAL, Misconfigured, prepare, release_of, rolled_out, wanted
from tests.template.conftest import transform
from tests.template.settings import ROOT

ASKED = {"deployment": "Canary10Percent5Minutes", "snap_start": True}


@pytest.fixture(scope="module")
def transformed(template, tmp_path_factory):
    """The resources that a rollout makes."""

    def made(asked, release="one"):
        path = tmp_path_factory.mktemp("rollout") / "template.yaml"
        path.write_text(yaml.safe_dump(rolled_out(template["source"], asked, release), sort_keys=False))
        return transform(path)["transformed"]["Resources"], path

    return made


@pytest.fixture(scope="module")
def rolled(transformed):
    return transformed(ASKED)[0]


def of_type(resources, kind):
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == f"AWS::{kind}"}


def test_every_function_has_a_version_behind_its_alias_and_starts_from_a_snapshot(rolled):
    functions, aliases = of_type(rolled, "Lambda::Function"), of_type(rolled, "Lambda::Alias")

    assert sorted(aliases) == sorted(f"{name}Aliaslive" for name in functions)
    assert {alias["Name"] for alias in aliases.values()} == {"live"}
    assert {json.dumps(each["SnapStart"]) for each in functions.values()} == {
        '{"ApplyOn": "PublishedVersions"}'
    }


def test_whoever_calls_a_function_calls_its_alias(rolled):
    functions = of_type(rolled, "Lambda::Function")
    callers = {name: each for name, each in rolled.items() if name not in functions}
    text = json.dumps(callers)

    assert [name for name in functions if f'["{name}", "Arn"]' in text or f"${{{name}.Arn}}" in text] == []
    for kind in ("EventSourceMapping", "Permission"):
        called = [each["FunctionName"] for each in of_type(rolled, f"Lambda::{kind}").values()]
        assert called
        assert [one for one in called if not one["Ref"].endswith("Aliaslive")] == []
    schedule = of_type(rolled, "Scheduler::Schedule")["AlertsSchedule"]
    assert schedule["Target"]["Arn"] == {"Ref": "AlertsFunctionAliaslive"}


def test_the_api_and_its_authorizer_call_aliases(rolled):
    (api,) = of_type(rolled, "ApiGateway::RestApi").values()
    methods = [method for path in api["Body"]["paths"].values() for method in path.values()]
    uris = [json.dumps(method["x-amazon-apigateway-integration"]["uri"]) for method in methods]
    (guard,) = [
        each
        for each in api["Body"]["components"]["securitySchemes"].values()
        if "x-amazon-apigateway-authorizer" in each
    ]

    assert [uri for uri in uris if "Aliaslive" not in uri] == []
    assert "AuthorizerFunctionAliaslive" in json.dumps(guard)


def test_what_counts_and_watches_a_function_does_so_for_all_of_its_versions(rolled, resources):
    assert of_type(rolled, "CloudWatch::Alarm") == of_type(resources, "CloudWatch::Alarm")
    assert of_type(rolled, "CloudWatch::Dashboard") == of_type(resources, "CloudWatch::Dashboard")


def test_an_alarm_takes_a_rollout_back(rolled):
    groups = of_type(rolled, "CodeDeploy::DeploymentGroup")
    alarms = of_type(rolled, "CloudWatch::Alarm")

    assert len(groups) == len(of_type(rolled, "Lambda::Function"))
    assert {*BACK} <= {*alarms}
    for group in groups.values():
        assert group["AlarmConfiguration"]["Alarms"] == [{"Name": {"Ref": name}} for name in BACK]
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        assert "Canary10Percent5Minutes" in json.dumps(group["DeploymentConfigName"])
    for name, each in rolled.items():
        if each["Type"] == "AWS::Lambda::Alias":
            assert "CodeDeployLambdaAliasUpdate" in each["UpdatePolicy"], name


def test_each_release_is_a_version_of_its_own_and_the_same_release_is_the_same(transformed):
    one, again, two = (transformed({"snap_start": True}, name)[0] for name in ("one", "one", "two"))
    versions = [set(of_type(found, "Lambda::Version")) for found in (one, again, two)]

    assert versions[0] == versions[1]
    assert versions[0].isdisjoint(versions[2])
    assert of_type(one, "CodeDeploy::DeploymentGroup") == {}


def test_the_audit_finds_nothing_in_it(transformed):
    done = subprocess.run(
        [ROOT / ".envs/audit/bin/cfn-lint", transformed(ASKED)[1]],
        check=False,
        capture_output=True,
        text=True,
    )

    found = [line for line in done.stdout.splitlines() if line[:1] in "EW" and "Uri" not in line]
    assert found == []


def test_what_is_deployed_has_one_name_until_something_of_it_changes(tmp_path):
    built, configuration = tmp_path / "built", tmp_path / "samconfig.toml"
    built.mkdir()
    (built / "code.py").write_text("one")
    configuration.write_text("")
    first, same = release_of(built, configuration), release_of(built, configuration)
    (built / "rollout.yaml").write_text("what is made of it")
    beside = release_of(built, configuration)
    configuration.write_text('parameter_overrides = ["SilentExportDays=8"]')
    given = release_of(built, configuration)
    (built / "code.py").write_text("two")

    assert first == same == beside
    assert len({first, given, release_of(built, configuration)}) == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('deployment = "Canary"', "is none of Canary10Percent5Minutes"),
        ('snap_start = "yes"', "true or false"),
        ("snapstart = true", "it may have deployment, snap_start"),
    ],
)
def test_what_cannot_be_had_is_refused_with_what_can(tmp_path, text, told):
    configuration = tmp_path / "samconfig.toml"
    configuration.write_text(f"[staging.rollout.parameters]\n{text}")

    with pytest.raises(Misconfigured, match=told):
        wanted("staging", configuration)


def test_who_asks_for_nothing_gets_the_template_as_it_was_built(tmp_path, monkeypatch):
    configuration = tmp_path / "samconfig.toml"
    configuration.write_text('[default.deploy.parameters]\nstack_name = "lytics-cm"')
    (tmp_path / "template.yaml").write_text("Resources: {}")

    assert prepare(tmp_path, "default", configuration) == tmp_path / "template.yaml"
    assert wanted("default", ROOT / "samconfig.example.toml") == {}


def test_the_example_and_the_manual_name_what_can_be_had():
    example, manual = (ROOT / "samconfig.example.toml").read_text(), (ROOT / "docs/operations.md").read_text()

    assert f'# deployment = "{GRADUAL[0]}"' in example
    assert "# snap_start = true" in example
    assert [name for name in GRADUAL if f"`{name}`" not in manual] == []
