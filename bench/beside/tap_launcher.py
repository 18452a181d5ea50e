"""Starts the Singer tap with its fixed host led to a simulator; runs in the tap's environment, imports nothing of ours.

`python bench/beside/tap_launcher.py ORIGIN [the tap's own arguments]`. The package is used as it is: only the adapter by
which `requests` reaches a host is another one. It lets no call go anywhere else.
"""

import importlib
import sys
from typing import Any

import requests

FIXED_HOST = "https://api.createsend.com"


class Led(requests.adapters.HTTPAdapter):
    """Takes calls for the fixed host to `origin`, and refuses all others."""

    origin = ""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        url = request.url or ""
        if not url.startswith(f"{FIXED_HOST}/"):
            raise requests.exceptions.InvalidURL("the tap may call nobody but the simulator")
        request.url = self.origin + url.removeprefix(FIXED_HOST)
        return super().send(request, *args, **options)


def main(arguments: list[str]) -> None:
    """Lead, then be the tap."""
    Led.origin, sys.argv[1:] = arguments[0], arguments[1:]
    requests.sessions.HTTPAdapter = Led
    importlib.import_module("tap_campaign_monitor").main()


if __name__ == "__main__":
    main(sys.argv[1:])
