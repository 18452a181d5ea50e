"""A person with a browser: opens the consent page, presses a button, and follows to our callback.

As a program it is a browser that allows: `BROWSER="python -m simulators.browser %s"`.
"""

import http.client
import sys
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

TIMEOUT_SECONDS = 60.0
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5


class _Form(HTMLParser):
    """The first form of a page: where it goes and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = given.get("action") or ""
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given.get("name") or ""] = given.get("value") or ""


def consent(authorize_url: str, *, allow: bool = True) -> tuple[int, str]:
    """Walk the dance as a browser would; return status and body of the last page seen (the callback's)."""
    status, body, url = _follow("GET", authorize_url)
    form = _Form()
    form.feed(body)
    if form.action is None:
        return status, body
    answer = {**form.fields, "answer": "allow" if allow else "deny"}
    status, body, _ = _follow("POST", urljoin(url, form.action), urlencode(answer))
    return status, body


def _follow(method: str, url: str, body: str | None = None) -> tuple[int, str, str]:
    for _ in range(MOST_REDIRECTS):
        status, text, location = _fetch(method, url, body)
        if status not in REDIRECTS or location is None:
            return status, text, url
        method, url, body = "GET", urljoin(url, location), None
    raise RuntimeError("the pages redirect in a circle")


def _fetch(method: str, url: str, body: str | None) -> tuple[int, str, str | None]:
    split = urlsplit(url)
    kind = http.client.HTTPSConnection if split.scheme == "https" else http.client.HTTPConnection
    connection = kind(split.netloc, timeout=TIMEOUT_SECONDS)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        target = (split.path or "/") + (f"?{split.query}" if split.query else "")
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", "replace"), response.getheader("Location")
    finally:
        connection.close()


if __name__ == "__main__":
    consent(sys.argv[1])
