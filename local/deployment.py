"""`sam deploy` to MiniStack: the real template, made to fit where MiniStack differs from AWS."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.building import SAM, TEMPLATE, architecture, sam_environment
from local.differences import mend
from local.ministack import MiniStack
from local.programs import run

BUCKET = "packages"


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
    run(f"sam-deploy-{name}", _command(name, api_id, given), logs, environment)
    outputs = _outputs(aws, name)
    mend(aws, api_id)
    return Deployment(name, url, _admin_token(aws, outputs), outputs)


def _command(name: str, api_id: str, parameters: Mapping[str, str]) -> list[str]:
    places = ["--template-file", str(TEMPLATE), "--stack-name", name, "--s3-bucket", BUCKET]
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
