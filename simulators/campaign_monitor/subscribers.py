"""Endpoints of one subscriber: read, add, update, unsubscribe, delete, history."""

import re
from dataclasses import replace
from typing import Any

from simulators.campaign_monitor.calls import ApiError, Call, Kind, route, typed, unreadable
from simulators.campaign_monitor.changes import change, enter, leave
from simulators.campaign_monitor.lists import record
from simulators.campaign_monitor.model import Account, Campaign, Client, MailingList, Subscriber
from simulators.campaign_monitor.records import LONGEST, Edit, Value, is_address
from simulators.http import Response

BODY: dict[str, Kind] = {
    "EmailAddress": str,
    "Name": str,
    "MobileNumber": str,
    "CustomFields": list,
    "ConsentToTrack": str,
    "ConsentToSendSms": str,
    "Resubscribe": bool,
    "RestartSubscriptionBasedAutoresponders": bool,
}
VALUE: dict[str, Kind] = {"Key": str, "Value": (str, int, float, bool), "Clear": bool}
CONSENTS = ("yes", "no", "unchanged")
E164 = re.compile(r"\+[1-9][0-9]{1,14}")
INACTIVE = {
    "Suppressed": (204, "Subscriber is in the suppression list"),
    "Deleted": (205, "Subscriber is deleted"),
    "Unsubscribed": (206, "Subscriber is unsubscribed"),
    "Bounced": (207, "Subscriber has bounced"),
    "Unconfirmed": (208, "Subscriber is unconfirmed"),
}
NOT_IN_LIST = "Subscriber not in list or has already been removed."
TOO_OFTEN = "Subscriber was added too many times too quickly, try again later."
MOST_ACTIONS = 60


def values_of(call: Call, given: dict[str, Any]) -> list[Value]:
    """Read `CustomFields`; an array or object as a value fails the whole request."""
    values = []
    for entry in given.get("CustomFields", []):
        if not isinstance(entry, dict):
            raise unreadable("subscriber")
        try:
            known = typed(entry, VALUE)
        except ApiError as error:
            raise unreadable("subscriber") from error
        text = str(known.get("Value", ""))
        if len(text) > LONGEST and call.account.switches.long_values == "reject":
            raise ApiError(400, f"Value of {known.get('Key')} is longer than {LONGEST} characters")
        values.append(Value(known.get("Key", ""), text, known.get("Clear", False)))
    return values


def edit_of(call: Call, given: dict[str, Any]) -> Edit:
    return Edit(
        given.get("Name"),
        values_of(call, given),
        given.get("ConsentToTrack"),
        given.get("MobileNumber"),
        given.get("ConsentToSendSms"),
    )


def refusal(given: dict[str, Any]) -> tuple[int, str] | None:
    """Why a written record cannot be accepted whatever the list holds."""
    mobile = given.get("MobileNumber", "")
    is_number = not mobile or E164.fullmatch(mobile)
    if not is_address(given.get("EmailAddress", "").strip()):
        return (1, "Invalid Email Address") if is_number else (221, "Invalid Email Address and Mobile Number")
    if "ConsentToTrack" not in given:
        return 214, "ConsentToTrack is required"
    if given["ConsentToTrack"].lower() not in CONSENTS:
        return 215, "ConsentToTrack must be Yes, No or Unchanged"
    if (
        given.get("ConsentToSendSms", "unchanged").lower() not in CONSENTS
    ):  # that its code is this: unconfirmed
        return 215, "ConsentToSendSms must be Yes, No or Unchanged"
    return None if is_number else (220, "Invalid Mobile Number")


def standing(mailing_list: MailingList, email: str) -> str | None:
    """What keeps an address from being added without Resubscribe."""
    person = mailing_list.find(email)
    if person and person.state != "Active":
        return person.state
    suppressed = email.strip().lower() in mailing_list.client.suppressed
    return "Suppressed" if suppressed and mailing_list.unsubscribe_setting == "AllClientLists" else None


def put(
    call: Call, mailing_list: MailingList, email: str, edit: Edit, *, resubscribe: bool
) -> tuple[int, str] | None:
    """Upsert one person; the reason when an inactive one stays as it is."""
    obstacle, person = standing(mailing_list, email), mailing_list.find(email)
    if obstacle and not resubscribe:
        if person and call.account.switches.import_edits_inactive:
            change(call.account, mailing_list, person, edit, replace=_replaces(call.account))
        return INACTIVE[obstacle]
    if person and obstacle in (None, "Unconfirmed"):
        change(call.account, mailing_list, person, edit, replace=_replaces(call.account))
    else:
        enter(call.account, mailing_list, email, edit)
    return None


def _replaces(account: Account) -> bool:
    return account.switches.multi_select == "replace"


@route("POST", "subscribers/{list_id}", "ImportSubscribers")
def add(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    given = call.body(BODY)
    if refused := refusal(given):
        raise ApiError(*refused)
    _throttle(call.account, found, given["EmailAddress"])
    edit = edit_of(call, given)
    if refused := put(call, found, given["EmailAddress"], edit, resubscribe=given.get("Resubscribe", False)):
        raise ApiError(*refused)
    return Response.of(given["EmailAddress"], 201)


@route("PUT", "subscribers/{list_id}", "ImportSubscribers")
def update(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    person = _person(call, found)
    given = {"EmailAddress": person.email, **call.body(BODY)}
    if refused := refusal(given):
        raise ApiError(211, "Invalid New Email Address") if refused[0] == 1 else ApiError(*refused)
    email = given["EmailAddress"].strip()
    if found.find(email) not in (None, person):
        raise ApiError(201, "New email address is already on the list")
    _throttle(call.account, found, person.email)
    edit = edit_of(call, given)
    if given.get("Resubscribe") and person.state not in ("Active", "Unconfirmed"):
        enter(call.account, found, person.email, edit)
    change(call.account, found, person, replace(edit, email=email))
    return Response()


def _throttle(account: Account, found: MailingList, email: str) -> None:
    """Refuse one address too often within a minute, as the vendor does without any rate-limit header."""
    allowed = account.switches.same_subscriber_per_minute
    if allowed is None:
        return
    key, minute = (found.id, email.lower()), int(account.clock.now() // 60)
    since, count = account.recent_writes.get(key, (minute, 0))
    account.recent_writes[key] = (minute, count + 1 if since == minute else 1)
    if account.recent_writes[key][1] > allowed:
        raise ApiError(429, TOO_OFTEN, 429)


def _person(call: Call, found: MailingList, email: str | None = None) -> Subscriber:
    wanted = call.email() if email is None else email
    if not is_address(wanted.strip()):
        raise ApiError(1, "Invalid Email Address")
    person = found.find(wanted)
    if person is None:
        raise ApiError(203, NOT_IN_LIST)
    return person


@route("GET", "subscribers/{list_id}", "ManageLists")
def details(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    return Response(200, record(call, found.client, _person(call, found)).encode())


@route("POST", "subscribers/{list_id}/unsubscribe", "ImportSubscribers")
def unsubscribe(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    person = _person(call, found, call.body({"EmailAddress": str}).get("EmailAddress", ""))
    if person.state == "Active":
        leave(call.account, found, person, "Unsubscribed")
    return Response()


@route("DELETE", "subscribers/{list_id}", "ImportSubscribers")
def delete(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    leave(call.account, found, _person(call, found), "Deleted")
    return Response()


@route("GET", "subscribers/{list_id}/history", "ViewReports", "ViewSubscribersInReports")
def history(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    person = _person(call, found)
    told = ((campaign, _actions(campaign, person.email)) for campaign in _campaigns(found.client, found.id))
    return Response.of(
        [
            {"ID": campaign.id, "Type": "Campaign", "Name": campaign.name, "Actions": actions}
            for campaign, actions in told
            if actions
        ]
    )


def _campaigns(client: Client, list_id: str) -> list[Campaign]:
    return [each for each in client.campaigns.values() if list_id in each.list_ids()]


def _actions(campaign: Campaign, email: str) -> list[dict[str, str]]:
    opens = (("Open", row, "") for row in campaign.reports["opens"].rows)
    clicks = (("Click", row, row[4]) for row in campaign.reports["clicks"].rows)
    actions = [
        {"Event": event, "Date": row[2], "IPAddress": row[3].ip, "Detail": detail}
        for event, row, detail in (*opens, *clicks)
        if row[0].lower() == email.lower()
    ]
    return sorted(actions, key=lambda action: action["Date"], reverse=True)[:MOST_ACTIONS]
