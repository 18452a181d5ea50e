"""The HTTP route of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lytics_cm import paging, web
from lytics_cm.callers import NOBODY
from lytics_cm.store import events

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from lytics_cm.store.events import Event
    from lytics_cm.web import Api

FILTERS = ("job", "kind", "who")
PER_PAGE, MOST_PER_PAGE = 50, 500

type Json = dict[str, Any]


def add(app: Api, table: Table) -> None:
    """Add the route to the resolver."""

    @app.get("/events")
    @web.needs(web.ADMIN)
    @web.takes(*FILTERS, "limit", "cursor")
    def every() -> Json:
        """List what was done by whom, newest first, for a year.

        `job` is an id, `kind` a route or a kind of event, `who` a name, a session's id or a fingerprint. One
        request looks at a thousand events: it may answer with an empty page and a cursor, so ask until the
        cursor is null.
        """
        after = paging.text_place_of(app)
        if after is not None and not events.ID.fullmatch(after):
            raise paging.foreign_cursor()
        wanted = {name: app.current_event.get_query_string_value(name) or "" for name in FILTERS}
        found, place = events.page(table, wanted, paging.limit_of(app, PER_PAGE, MOST_PER_PAGE), after)
        return paging.page_of([_shape(key, event) for key, event in found], place)


def _shape(key: str, event: Event) -> Json:
    who = event.who
    by = {
        "name": who.name,
        "role": who.role,
        "session": who.session or None,
        "fingerprint": who.fingerprint or None,
    }
    return {
        "id": key,
        "at": web.rfc3339(event.at),
        "kind": event.kind,
        "who": None if who == NOBODY else by,
        "from": event.source or None,
        "job": event.job or None,
        "subject": event.subject or None,
        "result": event.result,
    }
