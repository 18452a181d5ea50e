"""The description of the API, as it lies in the package: `openapi.json`, which is generated."""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path

from aws_lambda_powertools.event_handler import Response, content_types

FILE = Path(__file__).with_name("openapi.json")
KEEP = "public, max-age=300"
"""It changes with a deployment; five minutes late is soon enough."""


@cache
def _text() -> tuple[str, str]:
    """The file, and the tag by which a cache knows it."""
    text = FILE.read_text()
    return text, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def answer(known: str | None) -> Response[str]:
    """The file; nothing to who has it already, by the tags of `If-None-Match`."""
    text, tag = _text()
    headers: dict[str, str | list[str]] = {"Cache-Control": KEEP, "ETag": tag}
    tags = [each.strip().removeprefix("W/") for each in (known or "").split(",")]
    if tag in tags or "*" in tags:
        return Response(HTTPStatus.NOT_MODIFIED, content_types.APPLICATION_JSON, "", headers)
    return Response(HTTPStatus.OK, content_types.APPLICATION_JSON, text, headers)
