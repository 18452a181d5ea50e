"""Endpoints that manage a list's webhooks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from simulators.campaign_monitor.calls import ApiError, Call, route
from simulators.campaign_monitor.changes import event_of
from simulators.campaign_monitor.model import MailingList, Subscriber
from simulators.campaign_monitor.outbox import HANDED_OVER, Webhook
from simulators.http import Response
from simulators.posting import post

EVENTS = ("Subscribe", "Update", "Deactivate")
FORMATS = ("json", "xml")


@route("GET", "lists/{list_id}/webhooks", "ManageLists")
def read(call: Call, list_id: str) -> Response:
    return Response.of(
        [
            {
                "WebhookID": hook.id,
                "Events": hook.events,
                "Url": hook.url,
                "Status": "Active" if hook.active else "Deactivated",
                "PayloadFormat": hook.payload_format.capitalize(),
            }
            for hook in call.mailing_list(list_id).webhooks.values()
        ]
    )


@route("POST", "lists/{list_id}/webhooks", "ManageLists")
def create(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    given = call.body({"Events": list, "Url": str, "PayloadFormat": str})
    split = urlsplit(given.get("Url", ""))
    if split.scheme not in ("http", "https") or not split.netloc:
        raise ApiError(601, "Invalid webhook URL")
    if given.get("PayloadFormat", "").lower() not in FORMATS:
        raise ApiError(602, "Invalid payload format")
    events = given.get("Events", [])
    if not events or any(event not in EVENTS for event in events):
        raise ApiError(603, "Invalid webhook event")
    hook = Webhook(
        call.account.new_id(16), list(dict.fromkeys(events)), given["Url"], given["PayloadFormat"].lower()
    )
    found.webhooks[hook.id] = hook
    return Response.of(hook.id, 201)


@route("PUT", "lists/{list_id}/webhooks/{webhook_id}/activate", "ManageLists")
def activate(call: Call, list_id: str, webhook_id: str) -> Response:
    hook = _hook(call.mailing_list(list_id), webhook_id)
    hook.active, hook.failures = True, 0
    return Response()


@route("PUT", "lists/{list_id}/webhooks/{webhook_id}/deactivate", "ManageLists")
def deactivate(call: Call, list_id: str, webhook_id: str) -> Response:
    _hook(call.mailing_list(list_id), webhook_id).active = False
    return Response()


@route("DELETE", "lists/{list_id}/webhooks/{webhook_id}", "ManageLists")
def delete(call: Call, list_id: str, webhook_id: str) -> Response:
    found = call.mailing_list(list_id)
    hook = _hook(found, webhook_id)
    hook.active = False
    del found.webhooks[hook.id]
    return Response()


@route("GET", "lists/{list_id}/webhooks/{webhook_id}/test", "ManageLists")
def test(call: Call, list_id: str, webhook_id: str) -> Response:
    """Post one made-up event per subscribed type, synchronously."""
    found = call.mailing_list(list_id)
    hook = _hook(found, webhook_id)
    events = [_made_up(call, found, event) for event in hook.events]
    with _unlocked(call.account.lock):  # the endpoint may call us while it is being tested
        status, answer = post(hook.url, {"ListID": found.id, "Events": events})
    if status in HANDED_OVER:
        return Response()
    failure = {
        "FailureStatus": "ProtocolError" if status else "ConnectFailure",
        "FailureResponseMessage": _phrase(status),
        "FailureResponseCode": status,
        "FailureResponse": answer,
    }
    raise ApiError(610, "The webhook test has failed", result=failure)


def _made_up(call: Call, found: MailingList, kind: str) -> dict[str, Any]:
    now = call.account.now(found.client)
    person = Subscriber("test@example.org", "Test Subscriber", "Active", now, now)
    more = {
        "Subscribe": {"SignupIPAddress": "192.168.0.1"},
        "Update": {"OldEmailAddress": "test@example.org", "State": "Active"},
        "Deactivate": {"State": "Unsubscribed"},
    }[kind]
    return event_of(kind, person, now, bracketed=True, **more)


@contextmanager
def _unlocked(lock: threading.RLock) -> Iterator[None]:
    lock.release()
    try:
        yield
    finally:
        lock.acquire()


def _hook(found: MailingList, webhook_id: str) -> Webhook:
    if webhook_id not in found.webhooks:
        raise ApiError(600, "Invalid WebhookID")
    return found.webhooks[webhook_id]


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus else ""
