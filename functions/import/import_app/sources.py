"""What a series can be a series of: how its pages are asked for, what its records say, what is known when it ends.

`subscribers` of a list in one state make snapshots; `campaign` and `journey` reports make facts. A source travels with
its tasks as JSON: `{"kind", ...}`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from import_app import backfill, reconciling
from import_app.tasks import Json, Task
from import_app.usable import made_of
from lytics_cm.campaign_monitor import zones
from lytics_cm.errors import UnreadableMessage
from lytics_cm.members import Records
from lytics_cm.streams import fact, moment, snapshot
from lytics_cm.subscriptions import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from import_app.notebook import Notebook
    from import_app.scope import Scope
    from import_app.webhooks import Hooks
    from lytics_cm.campaign_monitor import CampaignMonitor, Page
    from lytics_cm.store.echoes import Echoes

STATES = ("active", "unconfirmed", "unsubscribed", "bounced", "deleted")
"""One person is in exactly one of them per list (API reference 4.4)."""

EVENTS = {
    "recipients": {"event": "sent"},
    "opens": {"event": "open"},
    "clicks": {"event": "click"},
    "bounces": {"event": "bounce"},
    "unsubscribes": {"event": "deactivate", "status": "unsubscribe"},
    "spam": {"event": "spam"},
}
"""Each report's rows in the words of `cm_activity` (lytics.md 1.2)."""

NUMBERED = ("opens", "clicks")
"""Reports in which two records that look the same are two facts; in the others they are one told twice."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a task needs to be done. `now` (epoch ms) is from before its calls, `learned` what it keeps for later runs."""

    vendor: CampaignMonitor
    scope: Scope
    notebook: Notebook
    hooks: Hooks
    echoes: Echoes
    now: int
    learned: list[Json] = field(default_factory=list)

    def known(self, prefix: str) -> dict[str, Json]:
        """What earlier runs learned under keys with `prefix`, by key."""
        return self.notebook.known(prefix, self.scope.zone)

    def known_between(self, first: str, last: str) -> dict[str, Json]:
        """The same under keys from one prefix to another, both included."""
        return self.notebook.known_between(first, last, self.scope.zone)

    def moment_of(self, local: str) -> int:
        """When a time of the client was (epoch ms). Raises `UnreadableMessage` for none, and for one that cannot be."""
        return moment(zones.to_utc(local, self.scope.timezone), self.now)

    def learn(self, key: str, before: Json, found: Json) -> None:
        """Keep something for later runs, as soon as this task is counted."""
        self.learned.append(self.notebook.learned(key, before, found, self.scope.zone))


def page(source: Json, context: Context, number: int) -> Page[Any]:
    """Ask for one page, in the order in which it moves least while being read."""
    vendor = context.vendor
    if source["kind"] == "subscribers":
        return vendor.subscribers(source["list"], source["state"], number, date=source.get("from"))
    if source["kind"] == "campaign":
        return vendor.campaign_report(source["id"], source["report"], number, date=source.get("from"))
    return vendor.journey_report(source["id"], source["report"], number, date=source.get("from"))


def row(record: Any, source: Json, context: Context) -> Json | None:
    """The record as a row message, or None when it is of a list that the import leaves out."""
    if source["kind"] == "subscribers":
        return _snapshot(record, source, context)
    scope = context.scope
    list_id = record.list_id or source.get("list", "")
    if list_id and list_id not in scope.lists and not scope.everything:
        return None
    columns = {
        **EVENTS[source["report"]],
        "email": record.email,
        "list_id": list_id,
        "list_name": scope.lists.get(list_id, ""),
        "campaign_id": source["id"],
        "campaign_name": source["name"],
        "journey_id": source.get("journey_id", ""),
        "journey_name": source.get("journey_name", ""),
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
    return fact(ts=_happened_at(record, source, context), client=scope.client, columns=columns)


def _happened_at(record: Any, source: Json, context: Context) -> int:
    """The record's time; the recipients of a campaign have none but that of the sending."""
    if record.date or "sent" not in source or source["report"] != "recipients":
        return context.moment_of(record.date)
    return int(source["sent"])


def is_dated(record: Any, context: Context) -> bool:
    """Whether a record has a time that can be."""
    try:
        context.moment_of(getattr(record, "date", ""))
    except UnreadableMessage:
        return False
    return True


def missed(records: Records[Any], source: Json, context: Context, unit: str) -> tuple[list[Json], list[Json]]:
    """The activity that the records show of a time in which the list's webhook was dead (see `backfill`)."""
    if source.get("gap") is None:
        return [], []
    scope = context.scope
    place = Place({"id": source["list"], "name": scope.lists.get(source["list"], "")}, scope.client)
    changes, failures = made_of(
        Records(records), lambda record: backfill.missed(record, source["gap"], context), unit
    )
    return backfill.rows(changes, place, context), failures


def _snapshot(record: Any, source: Json, context: Context) -> Json:
    scope = context.scope
    return snapshot(
        email=record.email,
        name=record.name,
        state=record.state or source["state"],
        ts=context.moment_of(record.date),
        seen=context.now,
        client=scope.client,
        listing={"id": source["list"], "name": scope.lists.get(source["list"], "")},
        more={
            "list_joined": record.list_joined_date,
            "reads_email_with": record.reads_email_with,
            "consent_to_track": record.consent_to_track,
            "mobile": record.mobile_number,
        },
        custom_fields=record.custom_fields,
    )


def stage(source: Json) -> str:
    """The stage of the run that the source's pages count in."""
    if source["kind"] == "subscribers":
        return "subscribers"
    return "journeys" if source["kind"] == "journey" else str(source["report"])


def subscribers_key(list_id: str, state: str) -> str:
    """Where it is kept what is known of a list's people in one state."""
    return f"list/{list_id}/{state}"


def report_key(source: Json) -> str:
    """Where it is kept what is known of a report of a campaign or of a journey's e-mail."""
    return f"{source['kind']}/{source['id']}/{source['report']}"


def campaign_key(campaign_id: str, sent: int) -> str:
    """Where it is kept what is known of a campaign; those that are listed together lie together."""
    return f"{sent_key(sent)}/{campaign_id}"


def sent_key(sent: int) -> str:
    """The beginning of the keys of all campaigns sent at a time (epoch ms)."""
    return f"sent/{sent:015d}"


def is_numbered(source: Json) -> bool:
    return source.get("report") in NUMBERED


def learn(task: Task, context: Context, pages: Iterable[Json]) -> tuple[list[Task], list[Json]]:
    """Write down what a whole series has shown; return what must be read again, and what does not add up.

    `pages` are the summaries of all its pages in order (see `series.summary`).
    """
    source = task.args["source"]
    if source["kind"] == "subscribers":
        context.learn(subscribers_key(source["list"], source["state"]), source["known"], source["then"])
        return [], []
    found = reconciling.state_after(source, pages)
    gap = reconciling.gap(source, found)
    if source["kind"] == "campaign" and gap and source.get("from"):
        whole = {**source, "from": None, "known": {}}
        name = f"{task.args['name']}/again"
        return [task.child(f"{name}/1", "page", {"name": name, "source": whole, "page": 1, "pages": 0})], []
    context.learn(report_key(source), source.get("known") or {}, found)
    if source["kind"] == "campaign" and gap:
        message = (
            f"campaign {source['id']}: Campaign Monitor counts {source['expected']} {source['report']}, "
            f"its report has {found['total']}; they are compared again at the next run"
        )
        return [], [{"source": task.args["name"], "message": message}]
    return [], []
