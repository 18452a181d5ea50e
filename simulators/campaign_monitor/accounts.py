"""Endpoints of the account and its clients: look-ups, suppression list, sent campaigns."""

from datetime import date
from json.encoder import encode_basestring as quote
from typing import Any

from simulators.campaign_monitor.calls import ApiError, Call, route
from simulators.campaign_monitor.changes import suppress
from simulators.campaign_monitor.clock import COUNTRIES, LABELS, text_of
from simulators.campaign_monitor.model import Campaign, Suppression
from simulators.campaign_monitor.paging import day_of, paging_of
from simulators.campaign_monitor.records import is_address
from simulators.http import Response


@route("GET", "clients")
def clients(call: Call) -> Response:
    return Response.of([{"ClientID": client.id, "Name": client.name} for client in call.clients()])


@route("GET", "systemdate")
def systemdate(call: Call) -> Response:
    account = call.account
    return Response.of({"SystemDate": text_of(account.clock.now(), account.time_zone, seconds=True)})


@route("GET", "timezones")
def timezones(_: Call) -> Response:
    return Response.of(list(LABELS))


@route("GET", "countries")
def countries(_: Call) -> Response:
    return Response.of(COUNTRIES)


@route("GET", "clients/{client_id}")
def client_details(call: Call, client_id: str) -> Response:
    client = call.client(client_id)
    return Response.of(
        {
            "ApiKey": client.api_key,
            "BasicDetails": {
                "ClientID": client.id,
                "CompanyName": client.name,
                "ContactName": f"{client.name} (contact)",
                "EmailAddress": "contact@example.com",
                "Country": client.country,
                "TimeZone": client.time_zone,
            },
            "AccessDetails": {"Username": client.name.lower(), "AccessLevel": 23},
            "BillingDetails": {
                "CanPurchaseCredits": True,
                "Credits": 500,
                "ClientPays": True,
                "BaseRatePerRecipient": 1.0,
                "MarkupPerRecipient": 0.0,
                "MarkupOnDelivery": 0.0,
                "BaseDeliveryRate": 5.0,
                "Currency": "USD",
                "BaseDesignSpamTestRate": 5.0,
            },
        }
    )


@route("GET", "clients/{client_id}/lists")
def lists(call: Call, client_id: str) -> Response:
    return Response.of(
        [{"ListID": each.id, "Name": each.title} for each in call.client(client_id).lists.values()]
    )


@route("GET", "clients/{client_id}/listsforemail", "ManageLists")
def lists_for_email(call: Call, client_id: str) -> Response:
    found = ((each, each.find(call.email())) for each in call.client(client_id).lists.values())
    return Response.of(
        [
            {
                "ListID": each.id,
                "ListName": each.title,
                "SubscriberState": person.state,
                "DateSubscriberAdded": person.joined,
            }
            for each, person in found
            if person
        ]
    )


@route("GET", "clients/{client_id}/segments", "ManageLists")
def client_segments(call: Call, client_id: str) -> Response:
    return Response.of(
        [
            {"ListID": each.id, "SegmentID": segment.id, "Title": segment.title}
            for each in call.client(client_id).lists.values()
            for segment in each.segments.values()
        ]
    )


@route("GET", "clients/{client_id}/suppressionlist", "ManageLists")
def suppression_list(call: Call, client_id: str) -> Response:
    client, paging = call.client(client_id), paging_of(call, ("email", "date"), "email")
    rows = sorted(
        client.suppressed.values(),
        key=lambda each: each.email.lower() if paging.order == "email" else each.date,
        reverse=paging.descending,
    )
    return paging.envelope(rows, _suppression)


def _suppression(each: Suppression) -> str:
    return (
        f'{{"SuppressionReason":{quote(each.reason)},"EmailAddress":{quote(each.email)},'
        f'"Date":"{each.date}","State":"Suppressed"}}'
    )


@route("POST", "clients/{client_id}/suppress", "ImportSubscribers")
def suppress_addresses(call: Call, client_id: str) -> Response:
    client = call.client(client_id)
    for email in call.body({"EmailAddresses": list}).get("EmailAddresses", []):
        if not isinstance(email, str) or not is_address(email):
            raise ApiError(1, "Invalid Email Address")
        suppress(call.account, client, email, "Reason Unavailable")
    return Response()


@route("PUT", "clients/{client_id}/unsuppress", "ImportSubscribers")
def unsuppress(call: Call, client_id: str) -> Response:
    if call.client(client_id).suppressed.pop(call.email().lower(), None) is None:
        raise ApiError(176, "Email Address does not belong to the suppression list")
    return Response()


@route("GET", "clients/{client_id}/campaigns", "ViewReports")
def sent_campaigns(call: Call, client_id: str) -> Response:
    client = call.client(client_id)
    given = paging_of(call, (), "SentDate", "desc")
    since, until = (
        day_of(call.query.get("sentfromdate", ""), 920),
        day_of(call.query.get("senttodate", ""), 922),
    )
    if since and until and date.fromisoformat(since) >= date.fromisoformat(until):
        raise ApiError(927, "sentFromDate must be before sentToDate")
    tags = {tag.strip() for tag in call.query.get("tags", "").split(",")} - {""}
    rows = [
        each
        for each in client.campaigns.values()
        if since <= each.sent[:10] and (not until or each.sent[:10] <= until) and tags <= set(each.tags)
    ]
    rows.sort(key=lambda each: each.sent, reverse=given.descending)
    if call.is_old:
        return Response.of([_campaign(each) for each in rows])
    return given.envelope(rows, lambda each: Response.of(_campaign(each)).body.decode())


def _campaign(each: Campaign) -> dict[str, Any]:
    return {
        "CampaignID": each.id,
        "Name": each.name,
        "Subject": each.subject,
        "FromName": "My Name",
        "FromEmail": "myemail@example.com",
        "ReplyTo": "myemail@example.com",
        "SentDate": each.sent,
        "TotalRecipients": len(each.reports["recipients"].rows),
        **({"Tags": each.tags} if each.tags else {}),
        "WebVersionURL": f"https://createsend.example/t/r-{each.id[:16]}",
        "WebVersionTextURL": f"https://createsend.example/t/r-{each.id[:16]}/t",
    }


@route("GET", "clients/{client_id}/scheduled", "ViewReports")
@route("GET", "clients/{client_id}/drafts", "ViewReports")
def unsent_campaigns(call: Call, client_id: str) -> Response:
    call.client(client_id)
    return Response.of([])


@route("GET", "clients/{client_id}/tags", "ViewReports")
def tags(call: Call, client_id: str) -> Response:
    counts: dict[str, int] = {}
    for campaign in call.client(client_id).campaigns.values():
        for tag in campaign.tags:
            counts[tag] = counts.get(tag, 0) + 1
    return Response.of([{"Name": tag, "NumberOfCampaigns": count} for tag, count in counts.items()])


@route("GET", "clients/{client_id}/journeys", "Automation")
def client_journeys(call: Call, client_id: str) -> Response:
    return Response.of(
        [
            {"ListID": each.list_id, "JourneyID": each.id, "Name": each.name, "Status": each.status}
            for each in call.client(client_id).journeys.values()
        ]
    )
