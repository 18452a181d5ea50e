import itertools

import pytest
import yaml

from export_app.handlers import LAST_CALL_MS
from export_app.sending.claims import LEASE_MS
from export_app.tasks import LONGEST_LIFE_SECONDS
from tests.template.settings import ROOT, read_by

NAMES = [
    line.removesuffix(":").strip()
    for line, after in itertools.pairwise((ROOT / "template.yaml").read_text().splitlines())
    if line.startswith("  ") and "AWS::Serverless::Function" in after
]
GIVEN_BY_LAMBDA = ("AWS_", "POWERTOOLS_")  # or read by the library itself


def variables(function):
    given = function["Environment"]["Variables"]
    return {name for name in given if not name.startswith(GIVEN_BY_LAMBDA)}


def handler_file(function):
    module = function["Handler"].rpartition(".")[0]
    return ROOT / function["CodeUri"] / (module.replace(".", "/") + ".py")


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_given_exactly_the_settings_that_its_code_reads(name, functions):
    known = set().union(*map(variables, functions.values()))

    read = read_by(functions[name]["Handler"], known)

    assert variables(functions[name]) == {each for each in read if not each.startswith(GIVEN_BY_LAMBDA)}


def test_every_handler_has_its_file(functions):
    assert [name for name, function in functions.items() if not handler_file(function).exists()] == []


def test_every_function_runs_on_the_python_of_the_repository(of_type):
    version = f"python{(ROOT / '.python-version').read_text().strip()}"

    assert {function["Runtime"] for function in of_type("Lambda::Function").values()} == {version}


def test_the_architecture_is_a_parameter_and_arm64_unless_said_otherwise(template, of_type):
    assert template["source"]["Parameters"]["Architecture"]["Default"] == "arm64"
    for function in of_type("Lambda::Function").values():
        assert function["Architectures"] == [{"Ref": "Architecture"}]


def test_a_function_behind_the_api_answers_before_api_gateway_gives_up(functions):
    for name, function in functions.items():
        if any(event["Type"] == "Api" for event in function.get("Events", {}).values()):
            assert function.get("Timeout", 28) < 29, name


def test_a_worker_of_exports_has_time_for_its_calls_and_is_dead_when_others_take_it_for_dead(functions):
    seconds = functions["ChangesFunction"]["Timeout"]

    assert seconds * 1000 >= 3 * LAST_CALL_MS
    assert seconds * 1000 < LEASE_MS
    assert seconds <= LONGEST_LIFE_SECONDS


def test_every_function_logs_to_a_group_of_its_own_that_forgets(of_type):
    groups = of_type("Logs::LogGroup")
    used = [function["LoggingConfig"]["LogGroup"]["Ref"] for function in of_type("Lambda::Function").values()]

    assert sorted(used) == sorted(set(groups) - {"AccessLogs"})
    assert {str(group["RetentionInDays"]) for group in groups.values()} == {str({"Ref": "LogRetentionDays"})}


def test_no_secret_is_a_plain_variable(of_type):
    secrets = ("CampaignMonitorClientSecret", "LyticsApiToken", "AlarmWebhookUrl", "AlarmWebhookHeaders")
    for function in of_type("Lambda::Function").values():
        text = yaml.safe_dump(function["Environment"])
        assert not any(f"Ref: {secret}\n" in text for secret in secrets)
