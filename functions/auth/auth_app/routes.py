"""The HTTP routes of authorizations: begin one, come back from the consent page, look, delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from pydantic import StringConstraints

from auth_app import forms, pages
from auth_app.consent import CALLBACK, Consent
from lytics_cm import paging, web
from lytics_cm.callers import NOBODY
from lytics_cm.campaign_monitor import CampaignMonitor
from lytics_cm.store.authorizations import Authorization, Authorizations

logger = Logger()

type Json = dict[str, Any]


class NewAuthorization(web.Body):
    """The body of `POST /authorizations`."""

    description: Annotated[web.Word, StringConstraints(max_length=200)]
    reconnect: web.Id | None = None


def build(
    consent: Consent,
    authorizations: Authorizations,
    connect: Callable[[str], CampaignMonitor],
    in_use: Callable[[str], Sequence[str]],
    public_url: str,
) -> web.Api:
    """Make the resolver.

    `in_use` names the jobs that need an authorization; without `public_url` a request tells.
    """
    app = web.api(logger)

    @app.get("/authorizations")
    @web.takes("cursor")
    def every() -> Json:
        """List the accounts that are connected, or are to be."""
        return paging.whole_of(app, [_shape(authorization) for authorization in authorizations.all()])

    @app.get("/authorizations/<authorization_id>")
    def one(authorization_id: str) -> Json:
        """Show an account. While it is pending, admins see the URL to open for the consent, for 15 minutes."""
        found = authorizations.get(authorization_id)
        is_pending = found.status == "pending"
        return _shape(found) | (_awaited(found, consent, app) if is_pending else _asked_again(found, consent))

    @app.delete("/authorizations/<authorization_id>")
    def delete(authorization_id: str) -> Response[str]:
        """Delete an account.

        Its tokens are forgotten. 409 while a job uses it.
        """
        authorizations.delete(authorization_id, in_use)
        return web.answer(HTTPStatus.NO_CONTENT)

    _add_consent(app, consent, public_url)
    forms.add(app, connect)
    return app


def _add_consent(app: web.Api, consent: Consent, public_url: str) -> None:
    """Add the routes of connecting: away to the consent page, and back from it."""

    def redirect_uri() -> str:
        return (public_url or _own_url(app)) + CALLBACK

    @app.post("/authorizations")
    def begin() -> Response[str]:
        """Connect an account.

        Somebody opens `authorize_url` in a browser within 15 minutes, logs in at Campaign Monitor and allows access.
        """
        wanted = web.body_as(NewAuthorization, app)
        made, url = consent.begin(wanted.description, redirect_uri(), wanted.reconnect)
        shape = {"id": made.id, "description": made.description, "status": made.status}
        return web.answer(HTTPStatus.CREATED, shape | {"authorize_url": url})

    @app.post("/authorizations/<authorization_id>/reconnect")
    def reconnect(authorization_id: str) -> Json:
        """Connect an account once more.

        For one that was revoked, or never consented. After the consent its jobs go on.
        """
        return {"authorize_url": consent.begin_again(authorization_id, redirect_uri())}

    @app.get(CALLBACK)
    @web.public
    @web.takes_anything
    def callback() -> Response[str]:
        """Come back from the page of consent.

        Campaign Monitor sends the browser here. A page for people says what happened.
        """
        query = app.current_event.query_string_parameters or {}
        try:
            page = consent.finish(query)
        except Exception:
            logger.exception("unforeseen error in the callback")
            page = pages.broken()  # a person is waiting for a page
        if page.status is HTTPStatus.OK:
            app.tell(NOBODY, query["state"].partition(".")[0])
        logger.info("a browser came back from the consent page", page=page.title)
        return Response(page.status, "text/html; charset=utf-8", page.html(), headers=dict(pages.HEADERS))


def _shape(authorization: Authorization) -> Json:
    connected_at, answered_at = authorization.connected_at, authorization.answered_at
    return {
        "id": authorization.id,
        "description": authorization.description,
        "status": authorization.status,
        "created_at": web.rfc3339(authorization.created_at),
        "connected_at": None if connected_at is None else web.rfc3339(connected_at),
        "answered_at": None if answered_at is None else web.rfc3339(answered_at),
        "message": authorization.message or None,
    }


def _awaited(pending: Authorization, consent: Consent, app: web.Api) -> Json:
    """What a pending authorization waits for, and how to go on when that is over."""
    url, until = consent.url_again(pending), pending.state_expires_at
    late = "The URL was not opened in time." if until and not url else None  # a consent at work has no time
    return {
        "authorize_url": url if web.role_of(app) == web.ADMIN else None,
        "authorize_until": web.rfc3339(until) if url and until else None,
        "message": pending.message or late,
        "remedy": None if url else f"POST /authorizations/{pending.id}/reconnect gives a new URL to open",
    }


def _asked_again(known: Authorization, consent: Consent) -> Json:
    """Until when a new consent to an account that had one can be given; nothing when none is awaited."""
    until = consent.open_until(known)
    return {"authorize_until": web.rfc3339(until)} if until else {}


def _own_url(app: web.Api) -> str:
    context = app.current_event.request_context
    return f"https://{context.domain_name}/{context.stage}"
