"""The HTTP routes of profiles, blocks and mappings."""

from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict

from lytics_cm import paging, web
from lytics_cm.addresses import folded
from lytics_cm.clock import now
from lytics_cm.errors import InvalidInput, NotFound, UnreadableMessage
from lytics_cm.settings import setting
from lytics_cm.store.erasures import digest_of
from lytics_cm.streams import END_OF_TIME, MAX_ADDRESS_CHARS, YEAR_1, Row, address
from profile_app import disclosures, views
from profile_app.dependencies import (
    archive,
    eraser,
    erasures,
    mappings,
    profiles,
    reprojection,
    reprojector,
)
from profile_app.explain import explain
from profile_app.profiles import Profile
from profile_app.profiles.reading import Position

app = web.api(Logger())


class HowToErase(web.Body):
    """The body of a `DELETE` of a profile, if it has one."""

    block: bool = False


class NewMapping(BaseModel):
    """The body of a `PUT` of a mapping; it may be the answer of a `GET`."""

    model_config = ConfigDict(strict=True)

    mapping: str


class Attempt(BaseModel):
    """The body of a check of a mapping. Blanks count: mistakes are told by line and column."""

    model_config = ConfigDict(extra="forbid", strict=True)

    mapping: str
    email: str | None = None


@app.get("/profiles")
@web.takes("prefix", "limit", "cursor")
def people() -> Any:
    """List people.

    Those whose address begins with `prefix`, or all. They come in no order, each on one page, and are minutes
    behind at most. With a prefix a page may be empty and have a cursor: ask until that is null.
    """
    limit = paging.limit_of(app, views.PEOPLE, views.MAX_PEOPLE)
    found, place = profiles().beginning(_prefix(), limit, paging.text_place_of(app))
    shown = [views.person(one) for one in found]
    if (count := paging.fitting(shown)) < len(shown):
        place = found[count - 1].email
    return paging.page_of(shown[:count], place)


@app.get("/profiles/<email>")
def show(email: str) -> Any:
    """Show a profile.

    What is known of a person, field by field. 404 when nothing is.
    """
    return views.profile(_profile(_address(email)))


@app.get("/profiles/<email>/rows")
@web.takes("limit", "cursor")
def rows(email: str) -> Any:
    """List the rows of a person, newest first."""
    found, last = _rows(email, views.ROWS, views.MAX_ROWS)
    if not found and not app.current_event.get_query_string_value("cursor"):
        raise _unknown()
    shown = [views.row(one) for one in found]
    if (count := paging.fitting(shown)) < len(shown):
        last = found[count - 1].ts, found[count - 1].key
    return paging.page_of(shown[:count], last)


@app.get("/profiles/<email>/explain")
@web.takes("limit", "cursor")
def show_explanation(email: str) -> Any:
    """Explain a profile.

    Which columns of the mapping and which rows made each field, and which one decided. 10,000 rows are read at
    a time; older ones follow at the cursor.
    """
    found, rules = _profile(_address(email)), mappings().in_force().rules
    read, last = _rows(email, views.MAX_EXPLAINED, views.MAX_EXPLAINED)
    known = profiles().consents(found.email)
    return views.explanation(found, explain(read, rules, found.fields), len(read), last, known)


@app.get("/profiles/<email>/consent")
def show_consent(email: str) -> Any:
    """Show a person's consents to be tracked.

    By client: what holds, who told it and when, and from when on opens and clicks may be known.
    """
    found = _address(email)
    known = profiles().consents(found)
    if not known.consents.clients and profiles().read(found) is None:
        raise _unknown()
    return {"email": found, "clients": views.consents(known)}


@app.delete("/profiles/<email>")
@web.takes("block")
def erase(email: str) -> Any:
    """Erase a person.

    Profile, rows, what exports keep and failures are removed, for good. What was received before never comes
    back. With `block`, in the query or the body, nothing that comes later is stored either. The answer is a
    receipt. It can be repeated.
    """
    found, block = _address(email), _is_to_be_blocked()
    done = eraser().erase(found, now(), block=block)
    return disclosures.receipt(done, int(setting("LOG_RETENTION_DAYS")))


@app.get("/profiles/<email>/export")
@web.takes("cursor")
def export(email: str) -> Any:
    """Export everything that is kept of a person.

    For a request of access. Rows come in pages, all else on each of them.
    """
    found, (after, shown) = _address(email), _place()
    kept = archive().traces(found, now(), after, shown)
    stone = erasures().tombstone(digest_of(found))
    if not kept.are_any and not stone.blocked:
        raise _unknown()
    cursor = paging.cursor_of([*kept.last, shown + len(kept.rows)] if kept.last else None)
    return disclosures.everything(kept, stone, cursor)


@app.get("/profiles/<email>/exports")
@web.takes("cursor")
def in_exports(email: str) -> Any:
    """List the exports of a person.

    In which audiences the person is, what was sent, and what was refused.
    """
    found = _address(email)
    memberships, exports = archive().memberships_of(found)
    if not memberships and not archive().knows(found):
        raise _unknown()
    return paging.whole_of(app, disclosures.in_exports(memberships, exports))


@app.get("/blocks")
@web.takes("cursor")
def blocks() -> Any:
    """List people who never come back."""
    found, place = erasures().blocks(paging.text_place_of(app))
    return paging.page_of([disclosures.block(one) for one in found], place)


@app.delete("/blocks/<email>")
def lift(email: str) -> Any:
    """Let a person come back.

    What is received from now on is stored. Nothing that was erased returns. 404 if the address is not blocked.
    """
    erasures().lift(_address(email), now())
    return web.answer(HTTPStatus.NO_CONTENT)


@app.get("/streams/<stream>/mapping")
def show_mapping(stream: str) -> Any:
    """Show the mapping of a stream.

    The one that is in force: an own one, or the default.
    """
    return views.mapping(mappings().text(stream))


@app.put("/streams/<stream>/mapping")
def change_mapping(stream: str) -> Any:
    """Change the mapping of a stream.

    All profiles are aggregated anew. 422 names each mistake by line and column, and nothing changes.
    """
    changed = mappings().put(stream, web.body_as(NewMapping, app).mapping, now())
    reprojector().start(now(), is_asked=False)
    return views.mapping(changed)


@app.delete("/streams/<stream>/mapping")
def reset_mapping(stream: str) -> Any:
    """Go back to the default mapping.

    All profiles are aggregated anew. It can be repeated.
    """
    changed = mappings().reset(stream, now())
    reprojector().start(now(), is_asked=False)
    return views.mapping(changed)


@app.post("/streams/<stream>/mapping/check")
@web.needs(web.OPERATOR)
def check_mapping(stream: str) -> Any:
    """Check a mapping.

    Names each mistake with a caret below it, and keeps nothing. With an address, it also shows that person's fields
    before and after.
    """
    asked = web.body_as(Attempt, app)
    email = None if asked.email is None else _address(asked.email, in_path=False)
    trial = mappings().attempt(stream, asked.mapping)
    compared = [] if email is None else profiles().compare(email, trial.in_force, trial.rules)
    if email is not None and not compared:
        raise _unknown()
    if paging.fitting([one.fields for one in compared]) < len(compared):
        problem = "the profile is too large to be shown before and after; name another person, or none"
        raise InvalidInput(problem, [{"field": "email", "message": problem}])
    return views.trial(trial.mistakes, compared)


@app.post("/streams/reproject")
@web.needs(web.OPERATOR)
def start_reprojection() -> Any:
    """Aggregate all profiles anew.

    409 while that is going on.
    """
    reprojector().start(now())
    return web.answer(HTTPStatus.ACCEPTED, views.reprojection(reprojection().state(), now()))


@app.get("/streams/reproject")
def show_reprojection() -> Any:
    """Show how far the last re-aggregation is."""
    return views.reprojection(reprojection().state(), now())


def _is_to_be_blocked() -> bool:
    """Whether the query or the body says so. Raises `UnreadableMessage` or `InvalidInput`."""
    told = (app.current_event.get_query_string_value("block") or "false").lower()
    if told not in ("true", "false"):
        detail = {"field": "block", "message": "block must be true or false"}
        raise InvalidInput("the request is not valid; see details", [detail])
    has_body = bool((app.current_event.body or "").strip())
    in_body = has_body and web.body_as(HowToErase, app).block
    return told == "true" or in_body


def _address(text: str, *, in_path: bool = True) -> str:
    """The address in a path, or in a body, as rows have it."""
    try:
        return address(unquote(text) if in_path else text)
    except UnreadableMessage as error:
        raise InvalidInput(str(error), [{"field": "email", "message": str(error)}]) from error


def _prefix() -> str:
    """How the addresses that the query asks for begin, as rows have it. Raises `InvalidInput`."""
    prefix = folded(app.current_event.get_query_string_value("prefix") or "")
    if len(prefix) > MAX_ADDRESS_CHARS or web.UNPRINTABLE.search(prefix):
        problem = f"prefix must be the beginning of an address, at most {MAX_ADDRESS_CHARS} characters"
        raise InvalidInput(problem, [{"field": "prefix", "message": problem}])
    return prefix


def _rows(email: str, otherwise: int, most: int) -> tuple[list[Row], Position | None]:
    """The rows that the query's `limit` and `cursor` ask for, newest first, and where the next ones start."""
    limit, position = paging.limit_of(app, otherwise, most), _position()
    return profiles().rows(_address(email), limit, position)


def _position() -> Position | None:
    """Where the query's cursor stands among a person's rows."""
    match paging.place_of(app):
        case None:
            return None
        case [int(ts), str(key)] if -YEAR_1 <= ts <= END_OF_TIME:
            return ts, key
    raise paging.foreign_cursor()


def _place() -> tuple[Position | None, int]:
    """The same with the number of rows before it."""
    match paging.place_of(app):
        case None:
            return None, 0
        case [int(ts), str(key), int(shown)] if -YEAR_1 <= ts <= END_OF_TIME:
            return (ts, key), shown
    raise paging.foreign_cursor()


def _profile(email: str) -> Profile:
    found = profiles().read(email)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("nothing is known of this address")
