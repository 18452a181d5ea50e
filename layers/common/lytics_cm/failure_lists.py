"""What people ask of a job's failures: those of a code or a person, how many of each code, what to do; as CSV.

A list is read from one reader after another, each `(after, email)` to `(place, failure)` in the order of
places. What is read for one answer is bounded: so are the first page's counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from lytics_cm import csv_answers, paging, web
from lytics_cm.addresses import named
from lytics_cm.errors import InvalidInput
from lytics_cm.remedies import remedy_of
from lytics_cm.streams import MAX_ADDRESS_CHARS

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

type Json = dict[str, Any]
type Reader = Callable[[str | None, str | None], Iterator[tuple[str, Json]]]

MOST_READ = 10_000
"""Failures that one answer reads, and a first page counts: some megabytes, a second or two."""
MOST_ON_A_PAGE = 500
MOST_IN_CSV = MOST_READ
MAX_CODE_CHARS = 100
COLUMNS = ("email", "code", "message", "remedy", "at")


class Wanted(NamedTuple):
    """Which failures are asked for: of a code, of a person, how many, from which place on."""

    code: str | None
    email: str | None
    limit: int
    reader: str
    after: str | None

    def holds(self, failure: Json) -> bool:
        return self.code is None or str(failure.get("code")) == self.code


@dataclass(slots=True)
class Page:
    """What was read: failures with their places, and where the next page begins.

    `of_code` has how many there are of each code and the newest of them; all, if the page is `complete`.
    """

    items: list[tuple[str, Json]] = field(default_factory=list)
    place: str | None = None
    of_code: dict[Any, tuple[int, Json]] = field(default_factory=dict)
    complete: bool = True

    def count(self, failure: Json) -> None:
        code = failure.get("code")
        number, newest = self.of_code.get(code, (0, failure))
        self.of_code[code] = number + 1, max(failure, newest, key=lambda one: one["at"])


def answer(app: APIGatewayRestResolver, readers: Mapping[str, Reader], otherwise: str) -> Any:
    """Answer a request for failures; `otherwise` is the remedy for codes that nobody knows.

    The first page also has the summary by code, of as many as one answer reads.
    """
    is_csv = csv_answers.is_asked_for(app)
    wanted = _wanted(app, readers, MOST_IN_CSV if is_csv else MOST_ON_A_PAGE)
    is_first = not wanted.after
    page = _read(readers, wanted, counts=is_first and not is_csv)
    shown = [_shown(failure, otherwise) for _, failure in page.items]
    fitting = paging.fitting(shown)
    place = page.place if fitting == len(shown) else page.items[fitting - 1][0]
    if is_csv:
        return csv_answers.answer("failures", COLUMNS, shown[:fitting], paging.cursor_of(place))
    return paging.page_of(shown[:fitting], place) | {
        "summary": _summary(page, otherwise) if is_first else None,
        "summary_complete": page.complete if is_first else None,
    }


def _wanted(app: APIGatewayRestResolver, readers: Mapping[str, Reader], most: int) -> Wanted:
    """What the query asks for. Raises `InvalidInput`."""
    code, email = _text(app, "code", MAX_CODE_CHARS), _text(app, "email", MAX_ADDRESS_CHARS)
    reader, _, after = (paging.text_place_of(app) or "").partition(":")
    if reader and (reader not in readers or not after):
        raise paging.foreign_cursor()
    limit = paging.limit_of(app, most, most)
    return Wanted(code, named(email) if email else None, limit, reader, after or None)


def _text(app: APIGatewayRestResolver, name: str, most: int) -> str | None:
    """A parameter that must say something if it is given. Raises `InvalidInput`."""
    given = app.current_event.get_query_string_value(name)
    if given is None:
        return None
    text = given.encode("utf-8", "replace").decode().strip()
    if not 0 < len(text) <= most:
        message = f"{name} must have 1 to {most} characters; leave it out for all failures"
        raise InvalidInput("the request is not valid; see details", [{"field": name, "message": message}])
    return text


def _read(readers: Mapping[str, Reader], wanted: Wanted, *, counts: bool) -> Page:
    """A page of what is wanted; if it `counts`, also what there is of each code."""
    page, is_full, end = Page(), False, None
    for number, (place, failure) in enumerate(_from(readers, wanted)):
        if number == MOST_READ:
            page.complete = False
            page.place = end
            break
        if counts:
            page.count(failure)
        if is_full:
            continue
        if wanted.holds(failure):
            if len(page.items) == wanted.limit:
                page.place, is_full = end, True
                if counts:
                    continue
                break
            page.items.append((place, failure))
        end = place
    return page


def _from(readers: Mapping[str, Reader], wanted: Wanted) -> Iterator[tuple[str, Json]]:
    """All failures from the wanted place on, each with its place in the whole list."""
    names = list(readers)
    for name in names[names.index(wanted.reader or names[0]) :]:
        after = wanted.after if name == wanted.reader else None
        for place, failure in readers[name](after, wanted.email):
            yield f"{name}:{place}", failure


def _summary(page: Page, otherwise: str) -> list[Json]:
    """How many there are of each code, the most frequent first; the message is that of the newest."""
    shown = [
        {
            "code": code,
            "count": number,
            "message": newest.get("message", ""),
            "remedy": remedy_of(code, otherwise),
        }
        for code, (number, newest) in page.of_code.items()
    ]
    return sorted(shown, key=lambda one: (-one["count"], str(one["code"])))


def _shown(failure: Json, otherwise: str) -> Json:
    shape = {"email": None, "code": None, "message": ""}
    remedy = remedy_of(failure.get("code"), otherwise)
    return {**shape, **failure, "remedy": remedy, "at": web.rfc3339(failure["at"])}
