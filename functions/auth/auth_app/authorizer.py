"""Who may call the admin's routes: whoever carries the string of the admin token's secret."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from lytics_cm.errors import Throttled

MAX_AGE = 300
"""Seconds after which the secret is read again in any case: a token that was rotated out stops working."""
MIN_AGE = 10
"""Seconds for which wrong tokens do not make us read it again."""


class AdminToken:
    """The admin token as last read; `read` fetches it, which costs a call."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._token = b""
        self._read_at = float("-inf")

    def admits(self, header: str, now: float) -> bool:
        """Compare the header in constant time; a mismatch may only mean that the secret was rotated."""
        scheme, _, carried = header.strip().partition(" ")
        given = carried.strip().encode("utf-8", "replace")
        if scheme.lower() != "bearer" or not given:
            return False
        if now - self._read_at >= MAX_AGE:
            self._renew_if_possible(now)
        if hmac.compare_digest(given, self._token):
            return True
        if now - self._read_at < MIN_AGE:
            return False
        self._renew(now)
        return hmac.compare_digest(given, self._token)

    def _renew_if_possible(self, now: float) -> None:
        """Read the secret again; while that cannot be, the token last read goes on being the one."""
        try:
            self._renew(now)
        except Throttled:
            if not self._token:
                raise

    def _renew(self, now: float) -> None:
        self._token = self._read().strip().encode()
        self._read_at = now


def policy(event: Mapping[str, Any], *, admitted: bool) -> dict[str, Any]:
    """API Gateway's answer for all routes of the stage: it keeps it for the token, whatever came first."""
    api, stage, *_ = event["methodArn"].split("/")
    return {
        "principalId": "admin" if admitted else "anyone",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow" if admitted else "Deny",
                    "Resource": f"{api}/{stage}/*",
                }
            ],
        },
    }
