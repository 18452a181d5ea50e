"""Finds the campaigns to read, and which of their reports have changed. Decisions are pure; `now` is epoch ms."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from import_app import reconciling, series
from import_app.tasks import Json, Outcome, Task
from import_app.usable import made_of
from lytics_cm.errors import NotFound

if TYPE_CHECKING:
    from import_app.sources import Context
    from lytics_cm.campaign_monitor.reports import Campaign, CampaignSummary

DAY = 86_400_000
YOUNG = 7 * DAY
"""While a campaign is younger, every run looks at it."""
AGEING = 48
"""Later it is looked at after a 48th of its age: after 15 hours in its first month, after a week in its first year."""
LONGEST_INTERVAL = 30 * DAY
"""No campaign is ever given up: each is looked at once in 30 days, an old one at a moment of its own within them."""
RECENT = 90 * DAY
"""A run that a person starts looks at all that are younger."""


def listing(task: Task, context: Context) -> Outcome:
    """Read one page of the client's sent campaigns and call for those that are new or due.

    Oldest first and page after page: so none comes on two pages, whatever is sent or deleted meanwhile.
    """
    number, is_asked_for = task.args["page"], task.args.get("asked_for", False)
    page = context.vendor.sent_campaigns(context.scope.client["id"], number, direction="asc")
    known = context.known("campaign/")

    def wanted(campaign: Campaign) -> Task | None:
        sent = context.moment_of(campaign.sent_date)
        before = known.get(f"campaign/{campaign.id}")
        if not is_due(campaign.id, sent, before, context.now, is_asked_for=is_asked_for):
            return None
        return visit_task(task, campaign, sent, known)

    tasks, failures = made_of(page.records, wanted, task.unit)
    is_last = not page.records or number >= page.pages
    following = [] if is_last else [listing_task(task, number + 1, is_asked_for=is_asked_for)]
    counts = {"calls": 1, "campaigns_total": len(tasks), "pages_done": 1, "pages_total": len(following)}
    return Outcome(tasks=[*tasks, *following], failures=failures, counts=counts)


def listing_task(parent: Task, page: int, *, is_asked_for: bool) -> Task:
    """One page of the campaigns; `is_asked_for` says that a person has started the run."""
    return parent.child(f"campaigns/{page}", "campaigns", {"page": page, "asked_for": is_asked_for})


def visit_task(parent: Task, campaign: Campaign, sent: int, known: dict[str, Json]) -> Task:
    key = f"campaign/{campaign.id}"
    reports = {name: known[f"{key}/{name}"] for name in reconciling.COUNTED_AS if f"{key}/{name}" in known}
    args = {
        "id": campaign.id,
        "name": campaign.name,
        "sent": sent,
        "known": known.get(key, {}),
        "reports": reports,
    }
    return parent.child(key, "campaign", args)


def is_due(campaign_id: str, sent: int, before: Json | None, now: int, *, is_asked_for: bool = False) -> bool:
    """Whether a campaign is to be looked at; `before` is what is known of it, `sent` and `now` are epoch ms.

    Always while it is new or young, or when a person asks and it is recent; else after a 48th of its age. Old ones
    take turns: a first run looks at them all together, and no later one shall.
    """
    if before is None:
        return True
    if not before["lists"]:
        return False
    age = now - sent
    if age < (RECENT if is_asked_for else YOUNG):
        return True
    if age // AGEING < LONGEST_INTERVAL:
        return bool(now - before["visited"] >= age // AGEING)
    return _turn(campaign_id, now) != _turn(campaign_id, before["visited"])


def _turn(campaign_id: str, at: int) -> int:
    """Which of its turns an old campaign has; each begins at the campaign's own moment of the 30 days."""
    digest = hashlib.sha256(campaign_id.encode()).digest()
    return (at + int.from_bytes(digest[:8]) % LONGEST_INTERVAL) // LONGEST_INTERVAL


def visit(task: Task, context: Context) -> Outcome:
    """Look at one campaign: whether it concerns the chosen lists, then which of its reports have changed.

    Its summary is a call that pays: what is empty or unchanged is not read, and what is read is compared with it.
    """
    args, known = task.args, task.args["known"]
    calls, lists = 0, known.get("lists")
    if lists is None:
        lists, calls = _lists(args["id"], context)
    counts = {"calls": calls, "campaigns_done": 1}
    pages: list[Task] = []
    failures: list[Json] = []
    if lists:
        summary = context.vendor.campaign_summary(args["id"])
        counts["calls"] += 1
        pages = [
            page for report in reconciling.COUNTED_AS if (page := _report_task(task, report, summary, lists))
        ]
        unknown = [name for name, of in reconciling.COUNTED_AS.items() if getattr(summary, of) is None]
        failures = reconciling.uncounted(f"campaign/{args['id']}", unknown)
    _learn(task, context, lists)
    return Outcome(tasks=pages, failures=failures, counts=counts | series.totals(pages))


def _lists(campaign_id: str, context: Context) -> tuple[list[str], int]:
    """The chosen lists that a campaign was sent to, and the calls that took. A sent campaign's lists never change."""
    if context.scope.everything:
        return ["*"], 0
    try:
        sent_to = context.vendor.campaign_lists(campaign_id)
    except NotFound:
        return [], 1
    found = [list_id for list_id in sent_to.list_ids if list_id in context.scope.lists]
    return found or ["*"] * sent_to.is_partial, 1


def _learn(task: Task, context: Context, lists: list[str]) -> None:
    found = {"lists": lists, "visited": context.now}
    context.learn(f"campaign/{task.args['id']}", task.args["known"] or {}, found)


def _report_task(task: Task, report: str, summary: CampaignSummary, lists: list[str]) -> Task | None:
    """The first page of a report, or None when its number says that nothing happened."""
    known = task.args["reports"].get(report, {})
    expected = getattr(summary, reconciling.COUNTED_AS[report])
    if not reconciling.has_changed(known, expected):
        return None
    source: dict[str, Any] = {"kind": "campaign", "id": task.args["id"], "name": task.args["name"]}
    source |= {"sent": task.args["sent"], "report": report, "known": known, "from": known.get("from")}
    source |= {"lists": lists, "expected": expected}
    return series.first_page(task, f"campaign/{task.args['id']}/{report}", source)
