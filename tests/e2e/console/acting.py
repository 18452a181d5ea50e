"""What happens around the console while somebody looks: vendors that fail, people who enter an audience.

And a browser that asks whether its page may be left.
"""

import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests

from local.stack import answered

TIMEOUT_SECONDS = 30


def told(simulator, what):
    """Tell a simulator something by its control route."""
    return answered(requests.post(f"{simulator}/_control", json=what, timeout=TIMEOUT_SECONDS))


def out_of_order(up, status="503"):
    """Let Campaign Monitor answer nobody any more."""
    told(up.vendors.campaign_monitor, {"faults": {"rates": {status: 1.0}}})


def in_order(up):
    told(up.vendors.campaign_monitor, {"faults": {"clear": True}})


def enters(up, export, email, slug="vip"):
    """Lytics posts to an export that somebody has entered an audience."""
    at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    stay = {"slug": slug, "event": "enter", "enter": at}
    data = {"email": email, "name": email.partition("@")[0].title(), "segment_events": [stay]}
    path = urlsplit(export["audience_webhook_url"]).path.partition("/webhooks/")
    answer = up.public.call("POST", "/webhooks/" + path[2], {"data": data})
    assert answer.json() == {"accepted": 1}


def leaves(page):
    """Read a page anew, whatever the browser asks before; what that was."""
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.reload()
    page.remove_listener("dialog", answer)
    return asked
