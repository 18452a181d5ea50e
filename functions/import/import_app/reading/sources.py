"""What a series can be a series of: how its pages are asked for, and what its records say.

The people of a list in one state make snapshots, reports of campaigns and journeys make facts. A source
travels with its tasks as a message `{"kind", ...}`, and is parsed where a task is begun.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from import_app.reading import backfill, reconciling
from import_app.reading.usable import made_of
from import_app.tasks import Json
from lytics_cm.errors import UnreadableMessage
from lytics_cm.members import Records
from lytics_cm.remedies import UNCOUNTED
from lytics_cm.streams import fact, snapshot
from lytics_cm.subscriptions import ListOfClient

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from import_app.reading.context import Context
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import Page, Subscriber
    from lytics_cm.campaign_monitor.reports import Activity

STATES = ("active", "unconfirmed", "unsubscribed", "bounced", "deleted")
"""One person is in exactly one of them per list (docs/reference/campaign-monitor.md#subscribers-by-state)."""

EVENTS = {
    "recipients": {"event": "sent"},
    "opens": {"event": "open"},
    "clicks": {"event": "click"},
    "bounces": {"event": "bounce"},
    "unsubscribes": {"event": "deactivate", "status": "unsubscribe"},
    "spam": {"event": "spam"},
}
"""Each report's rows in the words of `cm_activity` (docs/reference/lytics.md#rows-of-activity)."""

NUMBERED = ("opens", "clicks")
"""Reports in which two records that look the same are two facts; in the others they are one told twice."""

MEMBERS = {"list_id": "list", "start": "from"}
"""What fields of a source are called in a message, where that is another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The people of a list who are in one state: a series of snapshots.

    `start` is the day to read from, None for all; `then` is known of them when they have been read. `gap` is
    since when deliveries of the list's webhook may be missing (epoch ms).
    """

    kind: Literal["subscribers"] = field(default="subscribers", init=False)
    list_id: str
    state: str
    start: str | None = None
    known: Json
    then: Json
    gap: int | None = None

    stage = "subscribers"
    is_numbered = False
    expected = None

    @property
    def key(self) -> str:
        """Where it is kept what is known of them."""
        return subscribers_key(self.list_id, self.state)

    def page(self, vendor: CampaignMonitor, number: int) -> Page[Any]:
        return vendor.subscribers(self.list_id, self.state, number, date=self.start)

    def row(self, record: Subscriber, context: Context) -> Json:
        """The person as they are, as a row message."""
        place = ListOfClient(self._listing(context), context.scope.client)
        at = context.moment_of(record.date)
        return snapshot_of(record, place, ts=at, seen=context.now, state=self.state)

    def missed(self, records: Records[Any], context: Context, unit: str) -> tuple[list[Json], list[Json]]:
        """The activity that the records show of a time when the list's webhook was dead (see `backfill`)."""
        if self.gap is None:
            return [], []
        since = max(self.gap, context.since)
        where = ListOfClient(self._listing(context), context.scope.client)
        changes, failures = made_of(
            Records(records), lambda record: backfill.missed(record, since, context), unit
        )
        return backfill.rows(changes, where, context), failures

    def learn(self, context: Context, _name: str, _pages: Iterable[Json]) -> tuple[None, list[Json]]:
        """Keep what is known of them now."""
        context.learn(self.key, self.known, self.then)
        return None, []

    def _listing(self, context: Context) -> dict[str, str]:
        return {"id": self.list_id, "name": context.scope.lists.get(self.list_id, "")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report of a campaign, or of an e-mail of a journey: a series of facts.

    `start` is the local minute to read from, None for all; `since` the one before which nothing is wanted,
    empty if there is nothing before it. `expected` is how many records the vendor counts, of all times. A
    campaign has a time when it was `sent` (epoch ms) and the chosen `lists` that it went to, a journey's
    e-mail its list and journey.
    """

    kind: Literal["campaign", "journey"]
    id: str
    name: str
    report: str
    known: Json
    start: str | None = None
    since: str = ""
    expected: int | None = None
    sent: int = 0
    lists: Sequence[str] = ()
    journey_id: str = ""
    journey_name: str = ""
    list_id: str = ""

    @property
    def stage(self) -> str:
        """The stage of the run that its pages count in."""
        return "journeys" if self.kind == "journey" else self.report

    @property
    def is_numbered(self) -> bool:
        return self.report in NUMBERED

    @property
    def key(self) -> str:
        """Where it is kept what is known of it."""
        return report_key(self.kind, self.id, self.report)

    def page(self, vendor: CampaignMonitor, number: int) -> Page[Any]:
        """Ask for one page, in the order in which it moves least while being read."""
        read: Any = vendor.campaign_report if self.kind == "campaign" else vendor.journey_report
        page: Page[Any] = read(self.id, self.report, number, date=self.start)
        return page

    def row(self, record: Activity, context: Context) -> Json | None:
        """The record as a row message, or None when it is of a list or time that the import leaves out."""
        scope = context.scope
        list_id = record.list_id or self.list_id
        if list_id and list_id not in scope.lists and not scope.everything:
            return None
        at = self._happened_at(record, context)
        if at < context.since:
            return None
        columns = {
            **EVENTS[self.report],
            "email": record.email,
            "list_id": list_id,
            "list_name": scope.lists.get(list_id, ""),
            "campaign_id": self.id,
            "campaign_name": self.name,
            "journey_id": self.journey_id,
            "journey_name": self.journey_name,
            "url": record.url,
            "ip": record.ip_address,
            "cc": record.country_code,
            "country": record.country_name,
            "city": record.city,
            "region": record.region,
            "latitude": record.latitude,
            "longitude": record.longitude,
            "bounce_type": record.bounce_type,
            "reason": record.reason,
        }
        return fact(ts=at, client=scope.client, columns=columns)

    def missed(self, _records: Records[Any], _context: Context, _unit: str) -> tuple[list[Json], list[Json]]:
        """Nothing: a report says all again, whatever a webhook brought."""
        return [], []

    def learn(self, context: Context, name: str, pages: Iterable[Json]) -> tuple[Report | None, list[Json]]:
        """Keep what the whole series has shown; return what must be read again, and what does not add up."""
        found = reconciling.state_after(message_of(self), pages)
        gap = reconciling.gap(message_of(self), found) if self.kind == "campaign" else 0
        if gap and self.start:
            return replace(self, start=self.since or None, known={}), []
        context.learn(self.key, self.known, found)
        if not gap:
            return None, []
        message = (
            f"campaign {self.id}: Campaign Monitor counts {self.expected} {self.report}, "
            f"its report has {found['total']}; they are compared again at the next run"
        )
        return None, [{"source": name, "code": UNCOUNTED, "message": message}]

    def _happened_at(self, record: Activity, context: Context) -> int:
        """The record's time; the recipients of a campaign have none but that of the sending."""
        if record.date or self.kind != "campaign" or self.report != "recipients":
            return context.moment_of(record.date)
        return self.sent


type Source = People | Report


def source_of(message: Json) -> Source:
    """The source that a message tells."""
    kind: Any = People if message["kind"] == "subscribers" else Report
    members = {one.name: MEMBERS.get(one.name, one.name) for one in fields(kind) if one.init}
    source: Source = kind(**{name: message[member] for name, member in members.items() if member in message})
    return source


def message_of(source: Source) -> Json:
    """The source as a member of a message.

    A campaign's lacks what only journeys have, and the other way round.
    """
    told = {one.name: getattr(source, one.name) for one in fields(source)}
    unset = {one.name for one in fields(source) if one.default is not None and told[one.name] == one.default}
    return {MEMBERS.get(name, name): value for name, value in told.items() if name not in unset - {"kind"}}


def snapshot_of(record: Subscriber, place: ListOfClient, *, ts: int, seen: int, state: str = "") -> Json:
    """A person of a list as Campaign Monitor tells them, as a row message.

    `ts` is their `Date`, `seen` when they were asked for, both epoch ms; `state` is what they are if the
    record does not say.
    """
    return snapshot(
        email=record.email,
        name=record.name,
        state=record.state or state,
        ts=ts,
        seen=seen,
        client=place.client,
        listing=place.listing,
        more={
            "list_joined": record.list_joined_date,
            "reads_email_with": record.reads_email_with,
            "consent_to_track": record.consent_to_track,
            "consent_to_sms": record.consent_to_sms,
            "mobile": record.mobile_number,
        },
        custom_fields=record.custom_fields,
    )


def is_dated(record: Any, context: Context) -> bool:
    """Whether a record has a time that can be."""
    try:
        context.moment_of(getattr(record, "date", ""))
    except UnreadableMessage:
        return False
    return True


def subscribers_key(list_id: str, state: str) -> str:
    """Where it is kept what is known of a list's people in one state."""
    return f"list/{list_id}/{state}"


def report_key(kind: str, its_id: str, report: str) -> str:
    """Where it is kept what is known of a report of a campaign or of a journey's e-mail."""
    return f"{kind}/{its_id}/{report}"


def campaign_key(campaign_id: str, sent: int) -> str:
    """Where it is kept what is known of a campaign; those that are listed together lie together."""
    return f"{sent_key(sent)}/{campaign_id}"


def sent_key(sent: int) -> str:
    """The beginning of the keys of all campaigns sent at a time (epoch ms)."""
    return f"sent/{sent:015d}"
