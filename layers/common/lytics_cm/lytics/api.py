"""Lytics' API: one method per call that we use, its refusals as our errors."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import quote, urlencode

import requests
from requests.auth import AuthBase

from lytics_cm.addresses import folded
from lytics_cm.errors import (
    Conflict,
    InvalidInput,
    LyticsCmError,
    NotFound,
    RateLimited,
    Rejected,
    Unavailable,
)
from lytics_cm.members import all_of, counted, each_of, identity, text
from lytics_cm.retry import Retry
from lytics_cm.vendor_http import Answer, VendorHttp, connect

PAGE_SIZE = 100
"""People per page of a scan, the most that Lytics gives."""

type Person = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Audience:
    """`id` stays; `slug` and `name` are what users may change. `size` is None where it was not told."""

    id: str
    slug: str
    name: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of people's profiles."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Scan:
    """One page of an audience's people, empty where nothing could be read.

    `cursor` asks for the next, None after the last; `total` of the audience.
    """

    people: list[Person]
    cursor: str | None
    total: int


class Lytics:
    """The account that `token` belongs to.

    Share `session` (see `vendor_http.connect`) to share its connections. `renew` reads the token anew, when
    Lytics does not accept the one we know: somebody may have rotated it.
    """

    def __init__(
        self,
        origin: str,
        token: str,
        session: requests.Session | None = None,
        renew: Callable[[], str] | None = None,
    ) -> None:
        self._origin = origin.rstrip("/")
        self._token = RawToken(token, renew)
        self._http = VendorHttp("Lytics", self._token, session or connect(), refusal)

    def for_person(self, retry: Retry) -> Self:
        """The same for a request that a person waits for."""
        made = copy(self)
        made._http = replace(self._http, retry=retry)  # noqa: SLF001 - it is one of us
        return made

    def audiences(self, *, sizes: bool = False) -> list[Audience]:
        """All audiences that can be exported, with their sizes if asked for; the list comes whole."""
        query = {"table": "user", "kind": "segment", "valid": "true"}
        query |= {"sizes": "true"} if sizes else {}
        return self._get("v2/segment", _audiences, "audiences", query)

    def fields(self) -> list[Field]:
        """The fields that people's profiles can have; the list comes whole."""
        return self._get("v2/schema/user/field", _fields, "the fields of people", {})

    def scan(self, audience: str, cursor: str | None = None, fields: Sequence[str] = ()) -> Scan:
        """One page of the members of an audience (id or slug), with all their fields unless some are named.

        A cursor may be used again, but not for long: when Lytics calls it `Rejected`, start without.
        """
        query = {"limit": str(PAGE_SIZE)}
        query |= {"start": cursor} if cursor else {}
        query |= {"fields": ",".join(fields)} if fields else {}
        path = f"api/segment/{_part(audience)}/scan"
        return self._get(path, _scan, f"the scan of audience {audience}", query)

    def profile(self, email: str, field: str = "email") -> Person:
        """What Lytics knows of a person, found by a field that identifies people, with their audiences.

        Those are `segments` (slugs) and `segments_all` (ids). Raises `NotFound` when nothing is known.
        """
        path = f"api/entity/user/{_part(field)}/{_part(folded(email))}"
        return self._get(path, _person, "a profile", {"segments": "true", "allsegments": "true"})

    def _get[T](self, path: str, parse: Callable[[Any], T], label: str, query: Mapping[str, str]) -> T:
        text = urlencode(query, quote_via=quote, safe="", errors="replace")
        url = f"{self._origin}/{path}{'?' if text else ''}{text}"
        try:
            return self._http.call("GET", url, parse, label=label)
        except Rejected as error:
            if error.code != HTTPStatus.UNAUTHORIZED or not self._token.is_another():
                raise
        return self._http.call("GET", url, parse, label=label)


class RawToken(AuthBase):
    """Signs as Lytics wants it: the bare token, no scheme."""

    def __init__(self, token: str, renew: Callable[[], str] | None = None) -> None:
        self._token = token.strip()
        self._renew = renew

    def is_another(self) -> bool:
        """Read the token anew; whether it is another one now."""
        before = self._token
        self._token = self._renew().strip() if self._renew else before
        return self._token != before

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not self._token:
            raise Conflict("no Lytics API token is set; deploy again with the parameter LyticsApiToken")
        if not self._token.isascii() or not self._token.isprintable() or " " in self._token:
            raise InvalidInput(
                "the Lytics API token cannot be one; deploy again with the parameter LyticsApiToken"
            )
        request.headers["Authorization"] = self._token
        return request


def refusal(answer: Answer) -> LyticsCmError:
    """The error that an answer without success stands for; Lytics' statuses mean what they say."""
    told = f"{answer.call} (status {answer.status}): {_words(answer)}"
    match answer.status:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited(f"Lytics asks for patience at {told}", answer.retry_after())
        case HTTPStatus.UNAUTHORIZED:
            remedy = "put one that is valid into the parameter LyticsApiToken"
            return Rejected(f"Lytics does not accept the API token at {told}; {remedy}", answer.status)
        case HTTPStatus.FORBIDDEN:
            return Rejected(f"the Lytics API token has no role that allows {told}", answer.status)
        case HTTPStatus.NOT_FOUND:
            return NotFound(f"Lytics does not have it: {told}")
        case status if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Rejected(f"Lytics refused {told}", answer.status)
    return Unavailable(f"Lytics cannot do {told}")


def _words(answer: Answer) -> str:
    try:
        return answer.quote(str(answer.json()["message"]))
    except (ValueError, LookupError, TypeError):
        return answer.quote(answer.body.decode("utf-8", "replace")) or "(empty)"


def _audiences(body: Any) -> list[Audience]:
    return [one for one in all_of(_audience)(body["data"] or []) if one]


def _audience(item: Any) -> Audience | None:
    """One that can be exported; None for another."""
    if item.get("kind", "segment") != "segment" or item.get("deleted") or item.get("invalid"):
        return None
    return Audience(identity(item, "id"), text(item, "slug_name"), text(item, "name"), counted(item, "size"))


def _fields(body: Any) -> list[Field]:
    return [
        Field(str(item["name"]), str(item.get("type") or ""), str(item.get("shortdesc") or ""))
        for item in body["data"] or []
        if isinstance(item, dict) and item.get("name")
    ]


def _scan(body: Any) -> Scan:
    people = each_of(lambda person: person if isinstance(person, dict) else {})(body["data"] or [])
    return Scan(people, text(body, "_next") or None, counted(body, "total") or 0)


def _person(body: Any) -> Person:
    return _whole(body["data"])


def _whole(person: Any) -> Person:
    if not isinstance(person, dict):
        raise TypeError("not an object")
    return person


def _part(text: str) -> str:
    """A part of a path, which must not climb out of it."""
    if text in ("", ".", ".."):
        raise NotFound("Lytics has nothing without a name")
    return quote(text, safe="", errors="replace")
