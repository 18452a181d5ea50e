"""Endpoints of campaign and journey reports."""

from dataclasses import replace
from random import Random

from simulators.campaign_monitor.calls import ApiError, Call, route
from simulators.campaign_monitor.model import Campaign, Journey, JourneyEmail
from simulators.campaign_monitor.paging import minute_of, paging_of
from simulators.campaign_monitor.reports import REPORTS, Report, Row, campaign_record, journey_record
from simulators.http import Response


@route("GET", "campaigns/{campaign_id}/summary", "ViewReports")
def summary(call: Call, campaign_id: str) -> Response:
    _, found = call.campaign(campaign_id)
    counts = {kind: len(report.rows) for kind, report in found.reports.items()}
    page = f"https://createsend.example/t/r-{found.id[:16]}"
    return Response.of(
        {
            "Name": found.name,
            "Recipients": counts["recipients"],
            "TotalOpened": counts["opens"],
            "UniqueOpened": found.reports["opens"].people(),
            "Clicks": counts["clicks"],
            "Unsubscribed": counts["unsubscribes"],
            "Bounced": counts["bounces"],
            "SpamComplaints": counts["spam"],
            "Mentions": 0,
            "Forwards": 0,
            "Likes": 0,
            "WebVersionURL": page,
            "WebVersionTextURL": f"{page}/t",
            "WorldviewURL": f"https://client.createsend.example/reports/wv/r/{found.id[:16]}",
        }
    )


@route("GET", "campaigns/{campaign_id}/listsandsegments", "ViewReports")
def lists_and_segments(call: Call, campaign_id: str) -> Response:
    _, found = call.campaign(campaign_id)
    return Response.of(
        {
            "Lists": [{"ListID": list_id, "Name": name} for list_id, name in found.lists],
            "Segments": [
                {"ListID": list_id, "SegmentID": segment_id, "Title": title}
                for list_id, segment_id, title in found.segments
            ],
        }
    )


@route("GET", "campaigns/{campaign_id}/emailclientusage", "ViewReports")
def email_client_usage(call: Call, campaign_id: str) -> Response:
    call.campaign(campaign_id)
    return Response.of([{"Client": "Gmail", "Version": "Gmail", "Percentage": 100.0, "Subscribers": 1}])


def _campaign_report(call: Call, campaign: Campaign, kind: str) -> Response:
    dated = kind != "recipients"
    orders = ("email", "list", "date") if dated else ("email", "list")
    paging = paging_of(call, orders, "date" if dated else "email")
    rows = _rows(call, campaign.reports[kind], paging.order, descending=paging.descending, dated=dated)
    return paging.envelope(rows, lambda row: campaign_record(kind, row))


def _rows(call: Call, report: Report, order: str, *, descending: bool, dated: bool = True) -> list[Row]:
    since = minute_of(call.query.get("date", "")[: 16 if call.is_old else None]) if dated else ""
    switches = call.account.switches
    rows = report.ordered(order, descending=descending, since=since, exclusive=switches.exclusive_dates)
    return _stirred(rows, order) if switches.odd_order else rows


def _stirred(rows: list[Row], order: str) -> list[Row]:
    """The same order, but rows that compare equal come as they like."""
    place = {"email": 0, "list": 1, "date": 2}[order]
    stirred = list(rows)
    Random().shuffle(stirred)
    rank = {key: number for number, key in enumerate(dict.fromkeys(str(row[place]).lower() for row in rows))}
    return sorted(stirred, key=lambda row: rank[str(row[place]).lower()])


@route("GET", "journeys/{journey_id}", "Automation")
def journey(call: Call, journey_id: str) -> Response:
    found = _journey(call, journey_id)
    return Response.of(
        {
            "JourneyID": found.id,
            "Name": found.name,
            "TriggerType": found.trigger,
            "Status": found.status,
            "Emails": [_email_summary(email) for email in found.emails],
        }
    )


def _email_summary(email: JourneyEmail) -> dict[str, str | int]:
    counts = {kind: len(report.rows) for kind, report in email.reports.items()}
    return {
        "EmailID": email.id,
        "Name": email.name,
        "Bounced": counts["bounces"],
        "Clicked": counts["clicks"],
        "Opened": counts["opens"],
        "Sent": counts["recipients"],
        "UniqueOpened": email.reports["opens"].people(),
        "Unsubscribed": counts["unsubscribes"],
    }


def _journey(call: Call, journey_id: str) -> Journey:
    for client in call.clients():
        if journey_id in client.journeys:
            return client.journeys[journey_id]
    raise ApiError(3000, "Invalid JourneyID")


def _journey_report(call: Call, email_id: str, kind: str) -> Response:
    email = _journey_email(call, email_id)
    given = paging_of(call, (), "date")
    echo = "SentDate" if kind == "recipients" else "Date"
    paging = replace(given, direction=given.direction.upper(), order_echo=echo)
    rows = _rows(call, email.reports[kind], "date", descending=paging.descending)
    return paging.envelope(rows, lambda row: journey_record(kind, row))


def _journey_email(call: Call, email_id: str) -> JourneyEmail:
    for client in call.clients():
        for found in client.journeys.values():
            for email in found.emails:
                if email.id == email_id:
                    return email
    raise ApiError(3002, "Invalid EmailID")


def _enter_campaign_report(kind: str) -> None:
    @route("GET", f"campaigns/{{campaign_id}}/{kind}", "ViewReports", "ViewSubscribersInReports")
    def read(call: Call, campaign_id: str) -> Response:
        return _campaign_report(call, call.campaign(campaign_id)[1], kind)


def _enter_journey_report(kind: str) -> None:
    @route("GET", f"journeys/email/{{email_id}}/{kind}", "Automation")
    def read(call: Call, email_id: str) -> Response:
        return _journey_report(call, email_id, kind)


for _kind in REPORTS:
    _enter_campaign_report(_kind)
    if _kind != "spam":
        _enter_journey_report(_kind)
