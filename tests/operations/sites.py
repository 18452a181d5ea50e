"""A stack that is deployed as the manual says: by a `samconfig.toml` made from the example, secrets named by their ARNs."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from local.building import SAM, architecture, sam_environment
from local.deployment import BUCKET, Deployment, fit
from local.differences import answer_in_our_shape
from local.ministack import MiniStack
from local.programs import ROOT, run
from local.vendors import Vendors
from tests.e2e.clients import Stack

EXAMPLE = ROOT / "samconfig.example.toml"
SECRETS = {"campaign-monitor": "client_secret", "lytics": "lytics_token"}


@dataclass
class Site:
    """An account with the two secrets that its admin made; `deploy` may be called again, `parameters` are kept."""

    aws: MiniStack
    vendors: Vendors
    folder: Path
    name: str = "lytics-cm"
    api_id: str = field(default_factory=lambda: secrets.token_hex(4))
    parameters: dict = field(default_factory=dict)

    def __post_init__(self):
        self.aws.client("s3").create_bucket(Bucket=BUCKET)
        client = self.aws.client("secretsmanager")
        self.secrets = {
            name: client.create_secret(
                Name=f"{self.name}/{name}", SecretString=getattr(self.vendors, attribute)
            )["ARN"]
            for name, attribute in SECRETS.items()
        }

    def package(self, built, name):
        """Upload the packages of what was built in a folder; the template that names them."""
        template, packaged = fit(built, self.folder / f"{name}.yaml"), self.folder / f"{name}-packaged.yaml"
        places = ["--template-file", str(template), "--output-template-file", str(packaged)]
        self._sam("package", *places, "--s3-bucket", BUCKET, log=f"sam-package-{name}")
        return packaged

    def deploy(self, template, **parameters):
        """Deploy a template as `make deploy` does, with more parameters than last time; the stack."""
        self.parameters |= parameters
        configuration = self.folder / "samconfig.toml"
        configuration.write_text(self._configuration())
        self._sam(
            "deploy",
            "--template-file",
            str(template),
            "--config-file",
            str(configuration),
            "--config-env",
            "default",
        )
        answer_in_our_shape(self.aws, self.api_id)
        return self.stack()

    def stack(self):
        """The stack with its outputs and admin token as they are now."""
        return Stack(self.aws, self.vendors, self._deployment())

    def remove(self):
        self._sam("delete", "--stack-name", self.name, "--no-prompts")

    def _sam(self, command, *options, log="sam"):
        environment = sam_environment(SAM_CLI_POLL_DELAY="0.5", **self.aws.environment)
        run(log, [str(SAM), command, *options], self.folder, environment)

    def _configuration(self):
        text = EXAMPLE.read_text()
        arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:lytics-cm/"
        for shown, real in {
            'stack_name = "lytics-cm"': f'stack_name = "{self.name}"',
            'tags = "': f'tags = "ms-custom-id={self.api_id} ',
            "Architecture=arm64": f"Architecture={architecture()}",
            "ClientId=CLIENT_ID": f"ClientId={self.vendors.client_id}",
            f"{arn}campaign-monitor-AbCdEf": self.secrets["campaign-monitor"],
            f"{arn}lytics-AbCdEf": self.secrets["lytics"],
        }.items():
            assert shown in text, shown
            text = text.replace(shown, real)
        given = {
            "CampaignMonitorApiUrl": self.vendors.campaign_monitor,
            "LyticsApiUrl": self.vendors.lytics,
            "PublicApiUrl": self.aws.api_url(self.api_id),
            **self.parameters,
        }
        lines = "".join(f'  "{name}={value}",\n' for name, value in given.items())
        body, bracket, rest = text.rpartition("]\n\n")
        return body + lines + bracket + rest

    def _deployment(self):
        stack = self.aws.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        secret = self.aws.client("secretsmanager").get_secret_value(SecretId=outputs["AdminTokenSecretArn"])
        return Deployment(self.name, outputs["ApiUrl"], secret["SecretString"], outputs)
