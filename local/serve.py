"""The stack, up until Ctrl-C, with what one needs to play with it."""

import signal
from contextlib import suppress

from rich.console import Console

from local.demo import SCENARIO, announcer
from local.stack import Stack, stack

MANUAL = """
API          {url}
Token        {token}
Campaign Monitor (simulated)  {campaign_monitor}
Lytics (simulated)            {lytics}
AWS (emulated)                {aws}

export API={url}
export TOKEN={token}
# 1. connect: open the authorize_url of the answer in a browser and allow
curl -s -H "Authorization: Bearer $TOKEN" -d '{{"description": "My account"}}' $API/authorizations
# 2. what can be imported
curl -s -H "Authorization: Bearer $TOKEN" $API/authorizations/ID/clients
# 3. import it, and watch
curl -s -H "Authorization: Bearer $TOKEN" -d '{{"authorization_id": "ID", "client_id": "CLIENT"}}' $API/imports
curl -s -H "Authorization: Bearer $TOKEN" $API/imports
# 4. look somebody up
curl -s -H "Authorization: Bearer $TOKEN" $API/profiles/somebody@example.com

Ctrl-C stops everything."""


def serve(console: Console) -> None:
    """Put everything up, tell where, and wait to be interrupted."""
    with stack(SCENARIO, tell=announcer(console)) as up:
        console.print(manual(up), markup=False, highlight=False, soft_wrap=True)
        with suppress(KeyboardInterrupt):
            signal.pause()
    console.print("stopped")


def manual(up: Stack) -> str:
    return MANUAL.format(
        url=up.deployment.url,
        token=up.deployment.token,
        campaign_monitor=up.vendors.campaign_monitor,
        lytics=up.vendors.lytics,
        aws=up.aws.url,
    )
