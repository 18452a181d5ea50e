"""What a request's body may be: JSON, not compressed, not larger than a function can be given."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from lytics_cm.errors import UnreadableMessage
from lytics_cm.json_text import read_json

MAX_BYTES = 6 * 1024 * 1024
"""Lambda takes 6 MB in one invocation, and API Gateway 10 MB; our own limit makes the answer the same
everywhere."""


class TooLarge(UnreadableMessage):
    """More than a function can be given."""


def json_of(request: Mapping[str, Any]) -> Any:
    """The body as JSON. Raises `UnreadableMessage` or `TooLarge`, saying what to send instead."""
    encoding = header(request, "content-encoding")
    if encoding not in ("", "identity"):
        raise UnreadableMessage("the body is compressed; send it as it is")
    body = request.get("body") or ""
    if len(body) > MAX_BYTES:
        raise TooLarge("the body is larger than 6 MB; send fewer events at once")
    text = _decoded(body) if request.get("isBase64Encoded") else body
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise TooLarge("the body is larger than 6 MB; send fewer events at once")
    return read_json(text)


def header(request: Mapping[str, Any], name: str) -> str:
    """A header's value in lower case, empty when it is not there."""
    headers: Mapping[str, Any] = request.get("headers") or {}
    return next((str(value).strip().lower() for key, value in headers.items() if key.lower() == name), "")


def _decoded(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError:
        raise UnreadableMessage("the body is neither text nor text in base64") from None
