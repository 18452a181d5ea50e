"""The HTTP routes of who may come in: sessions, their codes, and whose a token is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from auth_app.session_tokens import sign
from auth_app.sessions import CODE_LIFETIME, ID, Session, Sessions
from lytics_cm import paging, web
from lytics_cm.callers import Caller
from lytics_cm.errors import Forbidden

if TYPE_CHECKING:
    from lytics_cm.web import Api

HOUR = 3_600_000
MAX_HOURS = 720
"""Thirty days: who comes back later asks again, and a token that was lost does not hold for ever."""
MAX_CODE_HOURS = 168
"""A week: an invitation that nobody took by then lies about."""
MAX_CODE_CHARS = 200

type Json = dict[str, Any]


class NewSession(web.Body):
    """The body of `POST /sessions`. Parts of hours count: `0.25` is a quarter of an hour."""

    name: web.Word
    role: Literal["viewer", "operator", "admin"]
    hours: Annotated[float, Field(gt=0, le=MAX_HOURS, allow_inf_nan=False)]
    code: bool = False
    code_hours: Annotated[float, Field(gt=0, le=MAX_CODE_HOURS, allow_inf_nan=False)] | None = None

    @field_validator("code_hours")
    @classmethod
    def _of_a_code(cls, hours: float | None, rest: ValidationInfo) -> float | None:
        if hours is not None and not rest.data.get("code"):
            raise ValueError('needs "code": true; a token holds for its hours')
        return hours


class Code(web.Body):
    """The body of `POST /sessions/exchange`."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=MAX_CODE_CHARS)]


@dataclass(frozen=True, slots=True)
class Entry:
    """How somebody comes by a token. `admin_token` reads the admin token's string, which signs all others."""

    sessions: Sessions
    admin_token: Callable[[], str]
    clock: Callable[[], float]

    def make(self, wanted: NewSession, by: Caller) -> Json:
        """Begin a session; its token, or a code for it, is in the answer alone."""
        now = self.now()
        ends_at = now + math.ceil(wanted.hours * HOUR)
        if wanted.code:
            lifetime = math.ceil(wanted.code_hours * HOUR) if wanted.code_hours else CODE_LIFETIME
            made, code = self.sessions.begin_with_code(
                wanted.name, wanted.role, ends_at, by.name, now, lifetime
            )
            return _shape(made) | {"code": code, "code_until": web.rfc3339(made.code_until)}
        return self._signed(self.sessions.begin(wanted.name, wanted.role, ends_at, by.name, now))

    def exchange(self, code: str) -> Json:
        """Give the session's token to who brings its code first. Raises `Forbidden`."""
        return self._signed(self.sessions.exchange(code, self.now()))

    def current(self, by: Caller) -> Json:
        """Who calls; `id` and `expires_at` are null for the admin token, which is no session."""
        ends_at = web.rfc3339(by.expires) if by.expires else None
        return {"id": by.session or None, "name": by.name, "role": by.role, "expires_at": ends_at}

    def revoke(self, session_id: str, by: Caller) -> None:
        """End a session: one's own, or as an admin any. Raises `Forbidden` or `NotFound`."""
        if session_id != by.session and not by.serves_as(web.ADMIN):
            raise Forbidden(f"the session of others needs the role {web.ADMIN}; yours is {by.role}")
        self.sessions.revoke(session_id)

    def now(self) -> int:
        return int(self.clock() * 1000)

    def _signed(self, session: Session) -> Json:
        key = self.admin_token().strip().encode()
        return _shape(session) | {"token": sign(session.id, session.role, session.ends_at, key)}


def add(app: Api, entry: Entry) -> None:
    """Add the routes to the resolver."""

    @app.post("/sessions")
    @web.needs(web.ADMIN)
    def make() -> Response[str]:
        """Give somebody a token for some hours.

        With `code`, the answer has a one-time code in the place of the token. It can be exchanged once, within
        60 seconds, or `code_hours` for an invitation. The token is shown here alone, and stored nowhere.
        """
        made = entry.make(web.body_as(NewSession, app), web.caller_of_request(app))
        return web.answer(HTTPStatus.CREATED, made)

    @app.post("/sessions/exchange")
    @web.public
    def exchange() -> Json:
        """Exchange a one-time code for its session's token.

        Of several who bring the same code, one gets the token. 403 for the others, and when the code has ended.
        """
        made = entry.exchange(web.body_as(Code, app).code)
        app.tell(Caller(made["name"], made["role"], made["id"]), made["id"])
        return made

    @app.get("/sessions")
    @web.needs(web.ADMIN)
    @web.takes("cursor")
    def every() -> Json:
        """List the sessions that hold, newest first; never a token.

        `pending` are those whose code waits to be exchanged.
        """
        after = paging.text_place_of(app)
        if after is not None and not ID.fullmatch(after):
            raise paging.foreign_cursor()
        found, place = entry.sessions.page(after, entry.now())
        return paging.page_of([_listed(session) for session in found], place)

    @app.get("/sessions/current")
    def current() -> Json:
        """Tell whose token the caller carries, and until when it holds.

        `id` and `expires_at` are null for the admin token, which is no session.
        """
        return entry.current(web.caller_of_request(app))

    @app.delete("/sessions/<session_id>")
    @web.needs(web.VIEWER)
    def revoke(session_id: str) -> Response[str]:
        """Revoke a session; its token is refused within a minute.

        Whoever is in a session may end their own, which is signing out. Those of others are for admins.
        """
        entry.revoke(session_id, web.caller_of_request(app))
        return web.answer(HTTPStatus.NO_CONTENT)


def _shape(session: Session) -> Json:
    return {
        "id": session.id,
        "name": session.name,
        "role": session.role,
        "expires_at": web.rfc3339(session.ends_at),
    }


def _listed(session: Session) -> Json:
    return _shape(session) | {
        "created_at": web.rfc3339(session.created_at),
        "created_by": session.created_by,
        "pending": session.code_until > 0,
        "code_until": web.rfc3339(session.code_until) if session.code_until else None,
    }
