"""What a form offers to choose from: an account's clients, their lists, the lists' custom fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lytics_cm.errors import NotFound
from lytics_cm.web import page_of

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import CustomField

CLIENTS = "/authorizations/<authorization_id>/clients"
LISTS = f"{CLIENTS}/<client_id>/lists"
CUSTOM_FIELDS = "/authorizations/<authorization_id>/lists/<list_id>/custom-fields"
CUSTOM_FIELDS_OF_CLIENT = f"{LISTS}/<list_id>/custom-fields"
"""The same below its client: whoever walks down from the clients need not turn around."""


def add(app: APIGatewayRestResolver, connect: Callable[[str], CampaignMonitor]) -> None:
    """Add the routes to the resolver.

    Each asks the vendor: one call, or two to see that a list is the client's.
    """

    @app.get(CLIENTS)
    def clients(authorization_id: str) -> dict[str, Any]:
        """List the clients of an account."""
        return page_of([{"id": each.id, "name": each.name} for each in connect(authorization_id).clients()])

    @app.get(LISTS)
    def lists(authorization_id: str, client_id: str) -> dict[str, Any]:
        """List the lists of a client."""
        found = connect(authorization_id).lists_of(client_id)
        return page_of([{"id": each.id, "name": each.name} for each in found])

    @app.get(CUSTOM_FIELDS)
    def custom_fields(authorization_id: str, list_id: str) -> dict[str, Any]:
        """List the custom fields of a list."""
        return page_of([_field(each) for each in connect(authorization_id).custom_fields(list_id)])

    @app.get(CUSTOM_FIELDS_OF_CLIENT)
    def custom_fields_of_client(authorization_id: str, client_id: str, list_id: str) -> dict[str, Any]:
        """List the custom fields of a client's list.

        404 if the list is another client's.
        """
        vendor = connect(authorization_id)
        if list_id not in {each.id for each in vendor.lists_of(client_id)}:
            raise NotFound(f"client {client_id[:40]} has no list {list_id[:40]}; GET its lists")
        return page_of([_field(each) for each in vendor.custom_fields(list_id)])


def _field(field: CustomField) -> dict[str, Any]:
    return {
        "key": field.key,
        "name": field.name,
        "data_type": field.data_type,
        "options": list(field.options),
    }
