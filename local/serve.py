"""The stack, up until Ctrl-C, with what one needs to play with it."""

import signal
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from local.demo import place, sample
from local.programs import ROOT
from local.stack import Stack
from lytics_cm_cli.finding import announced

MANUAL = """
Console      {url}/console
API          {url}
Token        {token}
Campaign Monitor (simulated)  {campaign_monitor}
Lytics (simulated)            {lytics}
AWS (emulated)                {aws}

In another terminal (it finds this stack by {file}):
alias lytics-cm={program}
lytics-cm console                      # the console in your browser, signed in
lytics-cm connect "My account"         # opens the consent page: allow
lytics-cm import start --watch         # asks which client and lists
lytics-cm profile find                 # whom it brought
lytics-cm export start --watch         # asks which list and audiences
lytics-cm trigger enter somebody@example.com vip

Or with curl:
export API={url} TOKEN={token}
curl -s -H "Authorization: Bearer $TOKEN" $API/authorizations

Or with the AWS CLI:
export AWS_ENDPOINT_URL={aws} AWS_DEFAULT_REGION=us-east-1
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
aws cloudformation describe-stacks --stack-name lytics-cm --query "Stacks[0].Outputs" --output table

Ctrl-C stops everything."""


def serve(console: Console) -> None:
    """Put everything up, tell where, and wait to be interrupted."""
    with sample(console) as up, announced(place(up)) as file:
        console.print(manual(up, file), markup=False, highlight=False, soft_wrap=True)
        with suppress(KeyboardInterrupt):
            signal.pause()
    console.print("stopped")


def manual(up: Stack, file: Path) -> str:
    return MANUAL.format(
        file=file,
        program=ROOT / ".venv/bin/lytics-cm",
        url=up.deployment.url,
        token=up.deployment.token,
        campaign_monitor=up.vendors.campaign_monitor,
        lytics=up.vendors.lytics,
        aws=up.aws.url,
    )
