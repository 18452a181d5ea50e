import re
import tomllib

import pytest

from local.configured import objection, unfilled
from local.programs import ROOT

EXAMPLE = ROOT / "samconfig.example.toml"
PARAMETERS = set(
    re.findall(
        r"^  (\w+):$",
        (ROOT / "template.yaml").read_text().split("\nParameters:\n")[1].split("\nMappings")[0],
        re.MULTILINE,
    )
)


def test_the_example_deploys_as_it_is_built_by_default():
    assert objection("arm64", "default", EXAMPLE) is None


def test_without_a_file_it_says_how_to_make_one(tmp_path):
    assert "cp samconfig.example.toml samconfig.toml" in objection(
        "arm64", "default", tmp_path / "samconfig.toml"
    )


def test_what_is_still_as_in_the_example_is_named(tmp_path):
    told = unfilled("default", EXAMPLE)
    configuration = tmp_path / "samconfig.toml"
    text = EXAMPLE.read_text().replace("CLIENT_ID", "102030").replace("123456789012", "111122223333")
    configuration.write_text(text)

    assert all(name in told for name in ("CampaignMonitorClientId", "LyticsApiTokenArn", "AlarmEmail"))
    assert "Architecture" not in told
    assert unfilled("default", configuration).count("AlarmEmail") == 1
    configuration.write_text(text.replace("somebody@example.com", "ops@acme.example"))
    assert unfilled("default", configuration) is None


def test_the_example_names_parameters_that_there_are_and_no_secret_itself():
    given = tomllib.loads(EXAMPLE.read_text())["default"]["deploy"]["parameters"]["parameter_overrides"]
    names = {each.partition("=")[0] for each in given}

    assert names <= PARAMETERS
    assert "LyticsApiToken" not in names
    assert 'CampaignMonitorClientSecret=""' in given


@pytest.mark.parametrize(
    ("text", "built", "environment", "told"),
    [
        (
            '[default.deploy.parameters]\nparameter_overrides = ["Architecture=x86_64"]',
            "arm64",
            "default",
            "make deploy ARCHITECTURE=x86_64",
        ),
        (
            '[default.deploy.parameters]\nparameter_overrides = ["AlarmEmail=a@b.c"]',
            "arm64",
            "default",
            '"Architecture=arm64"',
        ),
        (
            '[default.deploy.parameters]\nparameter_overrides = "Architecture=arm64"',
            "arm64",
            "default",
            "is a list",
        ),
        ("[default.deploy.parameters]", "arm64", "staging", "no [staging.deploy.parameters]"),
    ],
)
def test_what_would_deploy_packages_for_another_processor_is_refused(
    tmp_path, text, built, environment, told
):
    configuration = tmp_path / "samconfig.toml"
    configuration.write_text(text)

    assert told in objection(built, environment, configuration)
