"""Adds versions to what was built, if samconfig.toml wants them: `python -m local.rollout BUILT ENVIRONMENT` tells which template.

An environment may have a table `rollout.parameters`: `deployment` shifts calls to a new version gradually, and back when
an alarm goes on; `snap_start` starts it from a snapshot. Both need published versions behind an alias, which all callers
then call (docs/decisions/0092-operations-that-were-tried.md). What does not want them gets the template as it was built.
"""

import hashlib
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from local.configured import CONFIGURATION

GRADUAL = (
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
)
"""https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html, those of Lambda."""
BACK = ("ApiErrorsAlarm", "PageErrorsAlarm", "RowsErrorsAlarm", "BulkErrorsAlarm", "ChangesErrorsAlarm")
"""The alarms that end a rollout and take it back: what a new version breaks shows there first."""
KNOWN = {"deployment", "snap_start"}
FUNCTION = "AWS::Serverless::Function"
ALIAS = "live"
RELEASE = "RELEASE"
"""The variable that differs with each release: Lambda publishes a version only of what has changed, and SAM sees code alone."""

type Json = dict[str, Any]


class Misconfigured(Exception):
    """What samconfig.toml asks for cannot be had; the message says what can."""


def wanted(environment: str, configuration: Path = CONFIGURATION) -> Json:
    """What an environment asks for. Raises `Misconfigured`."""
    table = tomllib.loads(configuration.read_text()).get(environment, {}).get("rollout", {})
    asked: Json = table.get("parameters", {})
    if unknown := sorted(asked.keys() - KNOWN):
        raise Misconfigured(
            f"{environment}.rollout.parameters has {', '.join(unknown)}; it may have deployment, snap_start"
        )
    if (kind := asked.get("deployment")) not in (None, *GRADUAL):
        raise Misconfigured(f"deployment = {kind!r} is none of {', '.join(GRADUAL)}")
    if asked.get("snap_start") not in (None, True, False):
        raise Misconfigured("snap_start is true or false")
    return asked


def rolled_out(template: Json, asked: Json, release: str) -> Json:
    """The template with a version of each function behind an alias, and all that calls a function calling that."""
    functions = {name for name, each in template["Resources"].items() if each["Type"] == FUNCTION}
    made: Json = _aliased(template, functions)
    shared = made["Globals"]["Function"]
    shared["AutoPublishAlias"] = ALIAS
    shared["Environment"]["Variables"][RELEASE] = release
    if kind := asked.get("deployment"):
        shared["DeploymentPreference"] = {"Type": kind, "Alarms": [{"Ref": name} for name in BACK]}
    if asked.get("snap_start"):
        shared["SnapStart"] = {"ApplyOn": "PublishedVersions"}
    return made


def _aliased(value: Any, functions: set[str]) -> Any:
    """The same with each function's ARN replaced by its alias; what watches a function by its name stays."""
    match value:
        case {"Fn::GetAtt": [name, "Arn"]} if name in functions:
            return {"Ref": f"{name}.Alias"}
        case {"Fn::Sub": str(text)} if called := [name for name in functions if f"${{{name}.Arn}}" in text]:
            (name,) = called
            return {
                "Fn::Sub": [text.replace(f"${{{name}.Arn}}", "${Alias}"), {"Alias": {"Ref": f"{name}.Alias"}}]
            }
        case {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Ref": name}, **rest}}:
            return {**value, "Properties": {**rest, "FunctionName": {"Ref": f"{name}.Alias"}}}
        case dict():
            return {key: _aliased(each, functions) for key, each in value.items()}
        case list():
            return [_aliased(each, functions) for each in value]
    return value


def release_of(built: Path, configuration: Path = CONFIGURATION) -> str:
    """A name for what is deployed: packages, template and parameters. Same deployment, same name."""
    digest = hashlib.sha256(configuration.read_bytes())
    for path in sorted(each for each in built.rglob("*") if each.is_file() and each.name != OURS):
        digest.update(f"\0{path.relative_to(built)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


OURS = "rollout.yaml"
"""What is written beside the template as built."""


def prepare(built: Path, environment: str, configuration: Path = CONFIGURATION) -> Path:
    """The template to deploy. Raises `Misconfigured`."""
    asked = wanted(environment, configuration)
    if not any(asked.values()):
        return built / "template.yaml"
    template = yaml.safe_load((built / "template.yaml").read_text())
    text = yaml.safe_dump(rolled_out(template, asked, release_of(built, configuration)), sort_keys=False)
    (built / OURS).write_text(text)
    return built / OURS


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{prepare(Path(sys.argv[1]), sys.argv[2])}\n")
    except Misconfigured as error:
        sys.exit(f"{CONFIGURATION.name}: {error}")
