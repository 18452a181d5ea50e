"""The stack's HTTP API as the commands use it: signed requests, pages, and refusals told as they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util.retry import Retry

CONNECT_SECONDS, ANSWER_SECONDS = 5, 35
"""API Gateway waits 29 seconds for a function."""
AGAIN = Retry(3, connect=0, read=0, status_forcelist=(429, 503), allowed_methods=["GET"], backoff_factor=0.5)
LOOPBACK = ("127.0.0.1", "localhost", "::1")

type Json = dict[str, Any]


class Refused(Exception):
    """The API answered with an error. `document` is what it said, `request_id` what its log calls the request."""

    def __init__(self, status: int, document: Json, request_id: str | None) -> None:
        super().__init__(str(document.get("message") or f"the API answered {status}"))
        self.status, self.document, self.request_id = status, document, request_id

    @property
    def details(self) -> list[Json]:
        """What is wrong, field by field."""
        found = self.document.get("details")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


class Unreachable(Exception):
    """Nobody answered, or not with what an API of ours answers."""


class _Bearer(AuthBase):
    """Signs with the token. An object of its own, so that no netrc file replaces it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Api:
    """One stack's API. Reading is tried again while AWS asks for patience; nothing else is."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise Unreachable(f"{self.url} is not https: the token would travel in the clear")
        self._session = requests.Session()
        self._session.auth = _Bearer(token)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=AGAIN))

    def call(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON; None if it has none. Raises `Refused` or `Unreachable`."""
        given = {name: _told(value) for name, value in (query or {}).items() if value is not None}
        try:
            answer = self._session.request(
                method,
                self.url + path,
                params=given,
                json=body,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
            )
            document = answer.json() if answer.content else None
        except requests.JSONDecodeError as error:
            raise Unreachable(
                f"{self.url} answers {answer.status_code}, and no JSON: no API of ours"
            ) from error
        except (requests.RequestException, UnicodeError) as error:
            raise Unreachable(f"{self.url} does not answer ({type(error).__name__})") from error
        if answer.ok:
            return document
        told = document if isinstance(document, dict) else {}
        request_id = answer.headers.get("X-Request-Id") or answer.headers.get("x-amzn-RequestId")
        raise Refused(answer.status_code, told, request_id)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("POST", path, {} if body is None else body)

    def patch(self, path: str, body: Any) -> Any:
        return self.call("PATCH", path, body)

    def listed(self, path: str, most: int | None = None, **query: Any) -> Json:
        """A list, page by page, up to so many items; all if `most` is None.

        What the pages have beside items is the first page's. `more` says that items were left out.
        """
        document: Json = {}
        items: list[Json] = []
        cursor: str | None = None
        while True:
            page, before = self.get(path, cursor=cursor, **query), cursor
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise Unreachable(f"{self.url} answers no list: no API of ours")
            document = document or page
            items += page["items"]
            cursor = page.get("cursor")
            if cursor is not None and cursor == before:
                raise Unreachable(f"{self.url} lists in a circle: no API of ours")
            if cursor is None or (most is not None and len(items) >= most):
                break
        shown = items if most is None else items[:most]
        more = {"more": True} if cursor is not None or len(items) > len(shown) else {}
        return {**document, "items": shown, "cursor": cursor if len(shown) == len(items) else None, **more}


def to(*parts: str) -> str:
    """A path of these parts, whatever they contain."""
    return "".join(f"/{quote(part, safe='', errors='replace')}" for part in parts)


def _told(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
