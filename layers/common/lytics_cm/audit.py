"""What the audit log keeps of a call: the route, ids, who and from where. Never an address, never a body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from lytics_cm.callers import Caller
from lytics_cm.store.events import Event

JOBS = ("imports", "exports")
"""The beginnings of paths whose ids are those of jobs."""
NOT_AN_ID = "email"
"""The one value in paths that names a person."""


def event_of(
    request: Mapping[str, Any], answer: Mapping[str, Any], who: Caller, subject: str, at: int
) -> Event:
    """The event of a call whose ids are ids, as API Gateway hands it over and as it was answered at `at` (epoch ms).

    Without a `subject` it is the id in the path, or that of what was made.
    """
    resource = str(request["resource"])
    _, beginning, *_ = resource.split("/")
    subject = subject or _in_path(request) or _made(answer)
    identity = request.get("requestContext", {}).get("identity") or {}
    return Event(
        at=at,
        kind=f"{request.get('httpMethod')} {resource}",
        who=who,
        source=str(identity.get("sourceIp") or ""),
        job=subject if beginning in JOBS else "",
        subject=subject,
        result=int(answer["statusCode"]),
    )


def _in_path(request: Mapping[str, Any]) -> str:
    values = request.get("pathParameters") or {}
    return next((str(value) for name, value in values.items() if name != NOT_AN_ID), "")


def _made(answer: Mapping[str, Any]) -> str:
    if answer["statusCode"] != HTTPStatus.CREATED:
        return ""
    return str(json.loads(answer["body"]).get("id") or "")
