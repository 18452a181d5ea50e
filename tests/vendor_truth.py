"""What the profiles must be, computed from the simulator's own state and from nothing of ours."""

import datetime as dt
from collections import defaultdict
from email.utils import parseaddr

from simulators.campaign_monitor.clock import zone_of
from tests import oracle

EVENTS = {
    "recipients": {"event": "sent"},
    "opens": {"event": "open"},
    "clicks": {"event": "click"},
    "bounces": {"event": "bounce"},
    "unsubscribes": {"event": "deactivate", "status": "unsubscribe"},
    "spam": {"event": "spam"},
}
REASONS = {"Unsubscribed": "unsubscribe", "Bounced": "bounce", "Spam Complaint": "spam"}


def profiles(client, list_ids=None, gone=()):
    """The fields of everybody's profile, by address, after an import of the lists (all when none is named).

    `gone` are lists that were deleted only after their names were read.
    """
    return {email: oracle.profile(rows) for email, rows in rows_by_address(client, list_ids, gone).items()}


def rows_by_address(client, list_ids=None, gone=()):
    """Each fact once, each snapshot once, by address."""
    lists = {one.id: one.title for one in client.lists.values() if list_ids is None or one.id in list_ids}
    zone = zone_of(client.time_zone)
    owner = {"client_id": client.id, "client_name": client.name}
    found = defaultdict(list)
    for row in [
        *_snapshots(client, lists, zone),
        *_campaigns(client, lists | {one.id: one.title for one in gone}, zone, list_ids is None),
        *_journeys(client, lists, zone),
    ]:
        _keep(found, row, owner)
    for one in client.suppressed.values():
        fields = {
            "event": "deactivate",
            "status": REASONS.get(one.reason, one.reason.lower()),
            "email": one.email,
        }
        _keep(found, {"stream": "cm_activity", "ts": utc(one.date, zone), "fields": fields}, owner)
    return dict(found)


def utc(text, zone):
    """A local text as epoch milliseconds."""
    naive = dt.datetime.fromisoformat(text)
    return int(naive.replace(tzinfo=zone).timestamp() * 1000)


def _keep(found, row, owner):
    email = parseaddr(row["fields"]["email"], strict=True)[1].lower()
    if "@" not in email or email.startswith(".") or email.count("@") > 1:
        return
    row["fields"] = {
        name: value for name, value in {**row["fields"], **owner}.items() if value not in (None, "")
    }
    if row not in found[email] or row["fields"].get("event") in ("open", "click"):
        found[email].append(row)


def _snapshots(client, lists, zone):
    for list_id, title in lists.items():
        for person in client.lists[list_id].people.values():
            fields = {"email": person.email, "name": person.name, "status": person.state.lower()}
            fields |= {"list_id": list_id, "list_name": title}
            yield {"stream": "cm_user", "ts": utc(person.date, zone), "fields": fields}


def _campaigns(client, lists, zone, everything):
    for campaign in client.campaigns.values():
        for kind, report in campaign.reports.items():
            for row in report.rows:
                if everything or row[1] in lists:
                    at = utc(campaign.sent if kind == "recipients" else row[2], zone)
                    fields = {"list_id": row[1], "list_name": lists.get(row[1], "")}
                    fields |= {"campaign_id": campaign.id, "campaign_name": campaign.name}
                    yield _fact(kind, row, at, fields)


def _journeys(client, lists, zone):
    for journey in client.journeys.values():
        if journey.list_id not in lists:
            continue
        for email in journey.emails:
            for kind, report in email.reports.items():
                for row in report.rows:
                    fields = {"list_id": journey.list_id, "list_name": lists[journey.list_id]}
                    fields |= {"campaign_id": email.id, "campaign_name": email.name}
                    yield _fact(kind, row, utc(row[2], zone), fields)


def _fact(kind, row, at, fields):
    fields = {**EVENTS[kind], "email": row[0], **fields}
    if kind in ("opens", "clicks"):
        place = row[3]
        fields |= {"cc": place.country_code, "city": place.city, "region": place.region}
    if kind == "clicks":
        fields["url"] = row[4]
    return {"stream": "cm_activity", "ts": at, "fields": fields}
