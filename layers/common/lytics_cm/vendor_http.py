"""How a vendor is called over HTTP, and what may be told of its answer: no secret, no e-mail address.

A pool of connections, time-outs on every call, no repetition: the queue is the retry, unless a person waits.
What a refusal means is the vendor's own, so each client brings its translation from `Answer` to one of our
errors.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from lytics_cm.errors import LyticsCmError, Unavailable
from lytics_cm.members import SHAPE
from lytics_cm.retry import Retry

CONNECT_SECONDS = 5
"""Seconds to wait for a connection."""
READ_SECONDS = 30
"""Seconds to wait between two pieces of an answer."""
SLOW_READ_SECONDS = 120
"""The same for calls that are known to take long."""
POOLED_CONNECTIONS = 16
"""Connections kept alive per vendor."""
QUOTE = 200
"""Characters of a vendor's words in a message."""
MIN_SECRET = 6
"""Shorter texts are not taken for secrets: blotting them out would make a message unreadable."""
MOST_DIGITS = 300
"""A longer number means nothing, but must not cost the answer that it is in."""
EPOCH_SECONDS = 1_000_000_000
"""From here on, a number of seconds is a moment rather than a duration."""

_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^<>]*>", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"[^\s\"'<>()\[\],;:]+(?:@|%40)[^\s\"'<>()\[\],;:]+", re.IGNORECASE)
_SECRET_MEMBER = re.compile(
    r'("(?:ApiKey|access_token|refresh_token|client_secret)"\s*:\s*)"[^"]*"?', re.IGNORECASE
)
_PATH = re.compile(r"(https?://[^\s/\"'<>]+)/[^\s\"'<>]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor answered to `call`; `secrets` are what the request carried and no message may."""

    vendor: str
    call: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def json(self) -> Any:
        """The body; None when it is empty. Raises `ValueError` when it is not JSON.

        A text may hold anything, a byte that is no UTF-8 or a bare line break, and a number any count of
        digits.
        """
        text = self.body.decode("utf-8-sig", "replace")
        try:
            return json.loads(text, strict=False, parse_int=_integer) if text.strip() else None
        except RecursionError as error:
            raise ValueError("nested too deeply") from error

    def read[T](self, parse: Callable[[Any], T]) -> T:
        """The body through `parse`.

        Raises `Unavailable`, quoting it, when it is not in the expected shape.
        """
        try:
            return parse(self.json())
        except SHAPE:
            raise self.unreadable() from None  # the cause may quote what must not be told

    def unreadable(self) -> Unavailable:
        return Unavailable(
            f"{self.vendor} answered {self.call} with status {self.status} and a body that cannot be read:"
            f" {self.quote(_words(self.body.decode('utf-8', 'replace'))) or '(empty)'}"
        )

    def quote(self, words: str) -> str:
        """A vendor's words, shortened, without secrets, addresses and paths of URLs."""
        for secret in self.secrets:
            if len(secret) >= MIN_SECRET:
                words = words.replace(secret, "[secret]")
        words = _SECRET_MEMBER.sub(r'\1"[secret]"', words[: QUOTE * 10])
        words = _PATH.sub(r"\1/[path]", words)
        words = " ".join(_ADDRESS.sub("[address]", words).split())
        return words if len(words) <= QUOTE else f"{words[: QUOTE - 1]}…"

    def retry_after(self) -> float | None:
        """Seconds that the headers ask us to wait, the longest of them; None when they say nothing."""
        found = [
            seconds
            for name in ("Retry-After", "X-RateLimit-Reset")
            if (seconds := self._seconds(self.headers.get(name, ""))) is not None
        ]
        return max(found, default=None)

    def _seconds(self, value: str) -> float | None:
        value = value.strip()
        if re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", value):
            seconds = float(value)
            return seconds if seconds < EPOCH_SECONDS else self._until(seconds)
        moment = _moment(value)
        return None if moment is None else self._until(moment)

    def _until(self, moment: float) -> float | None:
        """Seconds from the answer's own `Date`, so that our clock does not matter, to `moment`."""
        date = _moment(self.headers.get("Date", ""))
        return None if date is None else max(0.0, moment - date)


@dataclass(frozen=True, slots=True)
class VendorHttp:
    """The way to one vendor: `refusal` translates each answer that is not a success.

    With a `retry`, a person waits: calls end in its time, and are repeated within it.
    """

    vendor: str
    auth: AuthBase | None
    session: requests.Session
    refusal: Callable[[Answer], LyticsCmError]
    retry: Retry | None = None

    def call[T](
        self,
        method: str,
        url: str,
        parse: Callable[[Any], T],
        *,
        label: str,
        body: Any = None,
        read_seconds: int = READ_SECONDS,
    ) -> T:
        """Make one call and read its answer. `label` is what messages call it: no query, no secret."""

        def once() -> T:
            answer = self.send(method, url, label=label, body=body, read_seconds=read_seconds)
            if answer.is_success:
                return answer.read(parse)
            raise self.refusal(answer)

        return self.retry.call(once, is_read=method == "GET") if self.retry else once()

    def send(
        self, method: str, url: str, *, label: str, body: Any = None, read_seconds: int = READ_SECONDS
    ) -> Answer:
        """Make one call and return its answer, whatever it is."""
        headers = {"Content-Type": "application/json; charset=utf-8"} if body is not None else {}
        data = None if body is None else json.dumps(body).encode()
        request = requests.Request(method, url, headers=headers, data=data, auth=self.auth)
        seconds = min(read_seconds, int(self.retry.left())) if self.retry else read_seconds
        return transmit(self.session, request, f"{method} {label}", self.vendor, seconds)


def connect() -> requests.Session:
    """A pool of connections that keeps no cookies and repeats nothing."""
    session = requests.Session()
    session.headers.update(
        {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": "lytics-cm"}
    )
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=POOLED_CONNECTIONS, max_retries=0))
    return session


def transmit(
    session: requests.Session,
    request: requests.Request,
    call: str,
    vendor: str,
    read_seconds: int = READ_SECONDS,
) -> Answer:
    """Send `request`.

    Raises `Unavailable` when no whole answer comes; its cause, which names the URL, is left out.
    """
    try:
        prepared = session.prepare_request(request)
        settings = session.merge_environment_settings(prepared.url, {}, None, None, None)
        response = session.send(
            prepared, timeout=(CONNECT_SECONDS, read_seconds), allow_redirects=False, **settings
        )
    except requests.Timeout:
        raise Unavailable(f"{vendor} did not answer {call} within {read_seconds} s") from None
    except requests.RequestException as error:
        raise Unavailable(
            f"{vendor} could not be reached, or broke off, at {call} ({type(error).__name__})"
        ) from None
    return Answer(vendor, call, response.status_code, response.headers, response.content, _secrets(response))


def _words(text: str) -> str:
    """What a page of HTML says to its reader, such as a proxy's *Bad Gateway*; any other text as it is."""
    return _TAG.sub(" ", text[: QUOTE * 20]) if text.lstrip().startswith("<") else text


def _secrets(response: requests.Response) -> tuple[str, ...]:
    return tuple(response.request.headers.get("Authorization", "").split(" ")[-1:])


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= MOST_DIGITS else math.nan


def _moment(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
