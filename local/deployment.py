"""`sam deploy` to MiniStack: the real template, made to fit where MiniStack differs from AWS."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from local.building import BUILT, SAM, architecture, sam_environment
from local.differences import answer_in_our_shape, fitted
from local.ministack import MiniStack
from local.programs import run

BUCKET = "packages"
PLACES = {"CodeUri", "ContentUri"}
"""Where a resource says which folder it is packed from."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack: where its API answers, who may call it, what its outputs are."""

    name: str
    url: str
    token: str = field(repr=False)
    outputs: Mapping[str, str]


def deploy(aws: MiniStack, logs: Path, parameters: Mapping[str, str], name: str = "lytics-cm") -> Deployment:
    """Create or update the stack. Its API's id is fixed beforehand, so that the stack can be told its own URL."""
    aws.client("s3").create_bucket(Bucket=BUCKET)
    api_id = secrets.token_hex(4)
    url = aws.api_url(api_id)
    given = {"Architecture": architecture(), "PublicApiUrl": url, **parameters}
    environment = sam_environment(**aws.environment)
    template = fit(BUILT, logs / f"{name}.yaml")
    run(f"sam-deploy-{name}", _command(template, name, api_id, given), logs, environment)
    outputs = _outputs(aws, name)
    answer_in_our_shape(aws, api_id)
    return Deployment(name, url, _admin_token(aws, outputs), outputs)


def fit(built: Path, fitting: Path) -> Path:
    """Write what is deployed here of what `sam build` made in a folder."""
    template = fitted(yaml.safe_load((built / "template.yaml").read_text()))
    for resource in template["Resources"].values():
        for place in PLACES & resource.get("Properties", {}).keys():
            resource["Properties"][place] = str(built / resource["Properties"][place])
    fitting.write_text(yaml.safe_dump(template, sort_keys=False))
    return fitting


def _command(template: Path, name: str, api_id: str, parameters: Mapping[str, str]) -> list[str]:
    places = ["--template-file", str(template), "--stack-name", name, "--s3-bucket", BUCKET]
    manner = ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"]
    overrides = [f'ParameterKey={key},ParameterValue="{value}"' for key, value in parameters.items()]
    tags = ["--tags", f"ms-custom-id={api_id}"]
    return [str(SAM), "deploy", *places, *manner, *tags, "--parameter-overrides", " ".join(overrides)]


def _outputs(aws: MiniStack, name: str) -> dict[str, str]:
    stack = aws.client("cloudformation").describe_stacks(StackName=name)
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Stacks"][0]["Outputs"]}


def _admin_token(aws: MiniStack, outputs: Mapping[str, str]) -> str:
    answer = aws.client("secretsmanager").get_secret_value(SecretId=outputs["AdminTokenSecretArn"])
    return str(answer["SecretString"])
