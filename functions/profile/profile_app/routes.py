"""The HTTP routes of profiles, blocks and mappings."""

from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict

from lytics_cm import web
from lytics_cm.addresses import folded
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
    now,
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
    limit = web.limit_of(app, views.PEOPLE, views.MAX_PEOPLE)
    found, place = profiles().beginning(_prefix(), limit, web.text_place_of(app))
    shown = [views.person(one) for one in found]
    if (count := web.fitting(shown)) < len(shown):
        place = found[count - 1].email
    return web.page_of(shown[:count], place)


@app.get("/profiles/<email>")
def show(email: str) -> Any:
    return views.profile(_profile(_address(email)))


@app.get("/profiles/<email>/rows")
@web.takes("limit", "cursor")
def rows(email: str) -> Any:
    found, last = _rows(email, views.ROWS, views.MAX_ROWS)
    if not found and not app.current_event.get_query_string_value("cursor"):
        raise _unknown()
    shown = [views.row(one) for one in found]
    if (count := web.fitting(shown)) < len(shown):
        last = found[count - 1].ts, found[count - 1].key
    return web.page_of(shown[:count], last)


@app.get("/profiles/<email>/explain")
@web.takes("limit", "cursor")
def show_explanation(email: str) -> Any:
    found, rules = _profile(_address(email)), mappings().in_force().rules
    read, last = _rows(email, views.MAX_EXPLAINED, views.MAX_EXPLAINED)
    known = profiles().consents(found.email)
    return views.explanation(found, explain(read, rules, found.fields), len(read), last, known)


@app.get("/profiles/<email>/consent")
def show_consent(email: str) -> Any:
    found = _address(email)
    known = profiles().consents(found)
    if not known.consents.clients and profiles().read(found) is None:
        raise _unknown()
    return {"email": found, "clients": views.consents(known)}


@app.delete("/profiles/<email>")
@web.takes("block")
def erase(email: str) -> Any:
    found, block = _address(email), _is_to_be_blocked()
    done = eraser().erase(found, now(), block=block)
    return disclosures.receipt(done, int(setting("LOG_RETENTION_DAYS")))


@app.get("/profiles/<email>/export")
@web.takes("cursor")
def export(email: str) -> Any:
    found, (after, shown) = _address(email), _place()
    kept = archive().traces(found, now(), after, shown)
    stone = erasures().tombstone(digest_of(found))
    if not kept.are_any and not stone.blocked:
        raise _unknown()
    cursor = web.cursor_of([*kept.last, shown + len(kept.rows)] if kept.last else None)
    return disclosures.everything(kept, stone, cursor)


@app.get("/profiles/<email>/exports")
def in_exports(email: str) -> Any:
    found = _address(email)
    memberships, exports = archive().memberships_of(found)
    if not memberships and not archive().knows(found):
        raise _unknown()
    return web.page_of(disclosures.in_exports(memberships, exports))


@app.get("/blocks")
@web.takes("cursor")
def blocks() -> Any:
    found, place = erasures().blocks(web.text_place_of(app))
    return web.page_of([disclosures.block(one) for one in found], place)


@app.delete("/blocks/<email>")
def lift(email: str) -> Any:
    erasures().lift(_address(email), now())
    return web.answer(HTTPStatus.NO_CONTENT)


@app.get("/streams/<stream>/mapping")
def show_mapping(stream: str) -> Any:
    return views.mapping(mappings().text(stream))


@app.put("/streams/<stream>/mapping")
def change_mapping(stream: str) -> Any:
    changed = mappings().put(stream, web.body_as(NewMapping, app).mapping, now())
    reprojector().start(now(), is_asked=False)
    return views.mapping(changed)


@app.delete("/streams/<stream>/mapping")
def reset_mapping(stream: str) -> Any:
    changed = mappings().reset(stream, now())
    reprojector().start(now(), is_asked=False)
    return views.mapping(changed)


@app.post("/streams/<stream>/mapping/check")
@web.needs(web.OPERATOR)
def check_mapping(stream: str) -> Any:
    asked = web.body_as(Attempt, app)
    email = None if asked.email is None else _address(asked.email, in_path=False)
    trial = mappings().attempt(stream, asked.mapping)
    compared = [] if email is None else profiles().compare(email, trial.in_force, trial.rules)
    if email is not None and not compared:
        raise _unknown()
    if web.fitting([one.fields for one in compared]) < len(compared):
        problem = "the profile is too large to be shown before and after; name another person, or none"
        raise InvalidInput(problem, [{"field": "email", "message": problem}])
    return views.trial(trial.mistakes, compared)


@app.post("/streams/reproject")
@web.needs(web.OPERATOR)
def start_reprojection() -> Any:
    reprojector().start(now())
    return web.answer(HTTPStatus.ACCEPTED, views.reprojection(reprojection().state(), now()))


@app.get("/streams/reproject")
def show_reprojection() -> Any:
    return views.reprojection(reprojection().state(), now())


def _is_to_be_blocked() -> bool:
    """Whether the query or the body says so. Raises `UnreadableMessage` or `InvalidInput`."""
    told = (app.current_event.get_query_string_value("block") or "false").lower()
    if told not in ("true", "false"):
        detail = {"field": "block", "message": "block must be true or false"}
        raise InvalidInput("the request is not valid; see details", [detail])
    has_body = bool((app.current_event.body or "").strip())
    return told == "true" or (has_body and web.body_as(HowToErase, app).block)


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
    limit, position = web.limit_of(app, otherwise, most), _position()
    return profiles().rows(_address(email), limit, position)


def _position() -> Position | None:
    """Where the query's cursor stands among a person's rows."""
    match web.place_of(app):
        case None:
            return None
        case [int(ts), str(key)] if -YEAR_1 <= ts <= END_OF_TIME:
            return ts, key
    raise web.foreign_cursor()


def _place() -> tuple[Position | None, int]:
    """The same with the number of rows before it."""
    match web.place_of(app):
        case None:
            return None, 0
        case [int(ts), str(key), int(shown)] if -YEAR_1 <= ts <= END_OF_TIME:
            return (ts, key), shown
    raise web.foreign_cursor()


def _profile(email: str) -> Profile:
    found = profiles().read(email)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("nothing is known of this address")
