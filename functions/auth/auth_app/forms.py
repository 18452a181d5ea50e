"""What a form offers to choose from: an account's clients, their lists, the lists' custom fields; and a new field."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import StringConstraints

from lytics_cm import web
from lytics_cm.campaign_monitor.fields import field_identity
from lytics_cm.errors import Conflict, InvalidInput, LyticsCmError, NotFound
from lytics_cm.paging import whole_of
from lytics_cm.web import takes

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import CustomField

CLIENTS = "/authorizations/<authorization_id>/clients"
LISTS = f"{CLIENTS}/<client_id>/lists"
CUSTOM_FIELDS = "/authorizations/<authorization_id>/lists/<list_id>/custom-fields"
CUSTOM_FIELDS_OF_CLIENT = f"{LISTS}/<list_id>/custom-fields"
"""The same below its client: whoever walks down from the clients need not turn around."""

MOST_AT_ONCE = 4
"""Calls to the vendor at a time that count people of lists."""
MOST_COUNTED = 100
"""Lists whose people are counted for a form: a call each."""
MAX_NAME_CHARS = 100
"""Of a custom field's name, as Campaign Monitor has it."""
COUNTING_SECONDS = 10.0
"""For so long calls are begun. API Gateway waits 29 seconds; a form shows what is known by then."""


class NewField(web.Body):
    """The body of `POST /authorizations/{id}/lists/{list_id}/custom-fields`."""

    name: Annotated[web.Word, StringConstraints(max_length=MAX_NAME_CHARS)]
    data_type: Literal["Text", "Number", "Date"] = "Text"


def add(app: APIGatewayRestResolver, connect: Callable[[str], CampaignMonitor]) -> None:
    """Add the routes to the resolver.

    Each asks the vendor: one call, or two to see that a list is the client's.
    """

    @app.get(CLIENTS)
    @takes("cursor")
    def clients(authorization_id: str) -> dict[str, Any]:
        """List the clients of an account."""
        found = connect(authorization_id).clients()
        return whole_of(app, [{"id": each.id, "name": each.name} for each in found])

    @app.get(LISTS)
    @takes("sizes", "cursor")
    def lists(authorization_id: str, client_id: str) -> dict[str, Any]:
        """List a client's lists with how many active subscribers each has.

        The size is null where Campaign Monitor could not tell it in time: it takes a call a list. With
        `sizes=false` none is asked for.
        """
        vendor = connect(authorization_id)
        found = vendor.lists_of(client_id)
        shown: list[dict[str, Any]] = [{"id": each.id, "name": each.name} for each in found]
        if _wants_sizes(app):
            sizes = _sizes([one["id"] for one in shown[:MOST_COUNTED]], vendor)
            shown = [{**one, "subscribers": sizes.get(one["id"])} for one in shown]
        return whole_of(app, shown)

    @app.get(CUSTOM_FIELDS)
    @takes("cursor")
    def custom_fields(authorization_id: str, list_id: str) -> dict[str, Any]:
        """List the custom fields of a list."""
        return whole_of(app, [_field(each) for each in connect(authorization_id).custom_fields(list_id)])

    @app.post(CUSTOM_FIELDS)
    @web.needs(web.OPERATOR)
    def make_custom_field(authorization_id: str, list_id: str) -> Response[str]:
        """Make a custom field on a list, to be mapped to.

        409 if the list has one of that name. Names differ by more than case and spaces.
        """
        made = _made(web.body_as(NewField, app), list_id, connect(authorization_id))
        return web.answer(HTTPStatus.CREATED, made)

    @app.get(CUSTOM_FIELDS_OF_CLIENT)
    @takes("cursor")
    def custom_fields_of_client(authorization_id: str, client_id: str, list_id: str) -> dict[str, Any]:
        """List the custom fields of a client's list.

        404 if the list is another client's.
        """
        vendor = connect(authorization_id)
        if list_id not in {each.id for each in vendor.lists_of(client_id)}:
            raise NotFound(f"client {client_id[:40]} has no list {list_id[:40]}; GET its lists")
        return whole_of(app, [_field(each) for each in vendor.custom_fields(list_id)])


def _wants_sizes(app: APIGatewayRestResolver) -> bool:
    """Raises `InvalidInput` for a word that is neither."""
    text = app.current_event.get_query_string_value("sizes", "true")
    if text not in ("true", "false"):
        raise InvalidInput(
            "the request is not valid; see details", [{"field": "sizes", "message": "must be true or false"}]
        )
    return text == "true"


def _sizes(list_ids: Sequence[str], vendor: CampaignMonitor) -> dict[str, int | None]:
    """The active subscribers of each list, as far as they can be told in time."""
    until = time.monotonic() + COUNTING_SECONDS

    def size(list_id: str) -> int | None:
        try:
            return vendor.list_stats(list_id).active if time.monotonic() < until else None
        except LyticsCmError:
            return None

    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        return dict(zip(list_ids, pool.map(size, list_ids), strict=True))


def _made(wanted: NewField, list_id: str, vendor: CampaignMonitor) -> dict[str, Any]:
    """Make a custom field. Raises `Conflict` if there is one of that name."""
    for there in vendor.custom_fields(list_id):
        if field_identity(wanted.name) in (field_identity(there.name), field_identity(there.key)):
            raise Conflict(f"the list has the field {there.name!r} already, of the type {there.data_type}")
    key = vendor.create_custom_field(list_id, wanted.name, wanted.data_type)
    return {"key": key, "name": wanted.name, "data_type": wanted.data_type, "options": []}


def _field(field: CustomField) -> dict[str, Any]:
    return {
        "key": field.key,
        "name": field.name,
        "data_type": field.data_type,
        "options": list(field.options),
    }
