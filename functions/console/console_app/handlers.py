"""Entry point: the console as it was built into this package. Lean on purpose: somebody waits for its cold start."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

type Json = dict[str, Any]

SITE = Path(__file__).with_name("site")
PAGE = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}
"""What a file is by its name's end. All of it is text: API Gateway would need to be told of other types."""
FOREVER = "public, max-age=31536000, immutable"
"""Of files whose names have a hash of what is in them."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
METHOD = "GET"


def http(event: Json, context: Any) -> Json:
    """`GET /console` and `GET /console/{file}`; 405 for other methods, 404 for what was not built."""
    if event["httpMethod"] == METHOD:
        name = (event.get("pathParameters") or {}).get("file")
        answer = page() if name is None else file(name)
    else:
        answer = _refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"this path takes {METHOD}", {"Allow": METHOD})
    answer["headers"]["X-Request-Id"] = context.aws_request_id
    return answer


def page() -> Json:
    """Answer the console's page.

    It is kept by no cache, because it names the files of one version. Beside it there is nothing to sign in
    with: the page swaps the one-time code of its address, or takes a token.
    """
    if PAGE not in _names():
        return _refusal(HTTPStatus.NOT_FOUND, "the console was not built; run make build, then deploy")
    return _answer(PAGE, "no-store")


def file(name: str) -> Json:
    """Answer a file of the console, by the name that the page gives it.

    Names have a hash of the content, so caches may keep files for good. 404 for every other name.
    """
    if name == PAGE or name not in _names():
        return _refusal(HTTPStatus.NOT_FOUND, "the console has no such file; load its page anew")
    return _answer(name, FOREVER if "-" in name else "no-cache")


def _names() -> set[str]:
    """The files there are: what is asked for is looked up here, and is never a path."""
    return {path.name for path in SITE.glob("*") if path.suffix in TYPES}


def _answer(name: str, keep: str) -> Json:
    path = SITE / name
    headers = {"Content-Type": TYPES[path.suffix], "Cache-Control": keep, **SAFE}
    return {"statusCode": int(HTTPStatus.OK), "headers": headers, "body": path.read_text(encoding="utf-8")}


def _refusal(status: HTTPStatus, message: str, more: dict[str, str] | None = None) -> Json:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **SAFE, **(more or {})}
    return {
        "statusCode": int(status),
        "headers": headers,
        "body": json.dumps({"message": message, "details": []}),
    }
