"""Finds the campaigns to read, and which of their reports have changed.

Decisions are pure; `now` is epoch ms.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from import_app.reading import reconciling, series, sources
from import_app.reading.sources import Report
from import_app.reading.usable import made_of
from import_app.tasks import Json, Task, TaskResult
from lytics_cm.errors import NotFound
from lytics_cm.store.progress import UNEXPLORED

if TYPE_CHECKING:
    from import_app.reading.context import Context
    from lytics_cm.campaign_monitor.reports import CampaignSummary

DAY_MS = 86_400_000
YOUNG_MS = 7 * DAY_MS
"""While a campaign is younger, every run looks at it."""
AGEING = 48
"""Later it is looked at after a 48th of its age: after 15 hours in its first month, after a week in its first
year."""
LONGEST_INTERVAL_MS = 30 * DAY_MS
"""No campaign is ever given up: each is looked at once in 30 days, an old one at a moment of its own within
them."""
FEW = 8
"""So many aged campaigns a run looks at in any case."""
RECENT_MS = 90 * DAY_MS
"""A run that a person starts looks at all that are younger."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A look at one campaign: when it was `sent` (epoch ms), and what is `known` of it."""

    id: str
    name: str
    sent: int
    known: Json

    @classmethod
    def of(cls, task: Task) -> Self:
        return cls(**task.args)

    def task(self, parent: Task) -> Task:
        return parent.child(f"campaign/{self.id}", "campaign", asdict(self))


def listing(task: Task, context: Context) -> TaskResult:
    """Read one page of the client's sent campaigns and call for those that are new or due.

    Oldest first and page after page: so none comes on two pages, whatever is sent or deleted meanwhile.
    """
    number, is_asked_for = task.args["page"], task.args.get("asked_for", False)
    page = context.vendor.sent_campaigns(context.scope.client["id"], number, direction="asc")
    dated, failures = made_of(page.records, lambda one: (one, context.moment_of(one.sent_date)), task.unit)
    sent = {campaign.id: at for campaign, at in dated}
    before = _known(sent, context)
    due = due_among(sent, before, context.now, is_asked_for=is_asked_for)
    tasks = [
        Visit(one.id, one.name, at, before.get(one.id, {})).task(task) for one, at in dated if one.id in due
    ]
    is_last = not page.records or number >= page.pages
    following = [] if is_last else [listing_task(task, number + 1, is_asked_for=is_asked_for)]
    counts = {"calls": 1, "campaigns_total": len(tasks), "pages_done": 1, "pages_total": len(following)}
    counts[UNEXPLORED] = len(following) - 1
    return TaskResult(tasks=[*tasks, *following], failures=failures, counts=counts)


def listing_task(parent: Task, page: int, *, is_asked_for: bool) -> Task:
    """One page of the campaigns; `is_asked_for` says that a person has started the run."""
    return parent.child(f"campaigns/{page}", "campaigns", {"page": page, "asked_for": is_asked_for})


def _known(sent: Mapping[str, int], context: Context) -> dict[str, Json]:
    """What is known of these campaigns, by id; nothing of one that was read from a later day than is wanted."""
    if not sent:
        return {}
    first, last = sources.sent_key(min(sent.values())), sources.sent_key(max(sent.values()))
    found = context.known_between(first, last)
    keys = {one: sources.campaign_key(one, at) for one, at in sent.items()}
    return {
        one: found[key]
        for one, key in keys.items()
        if key in found and found[key].get("since", "") <= context.filter_minute
    }


def due_among(
    sent: Mapping[str, int], known: Mapping[str, Json], now: int, *, is_asked_for: bool = False
) -> set[str]:
    """Which campaigns a run looks at, of some by their sending (epoch ms).

    All that are due, but not many aged at once. Campaigns that were looked at together come due together, or
    by chance. So of the aged ones a run takes as many as come due in the time since the last run, and a few
    more, those first that have waited the longest for their age. A person who starts a run has all looked at.
    """
    due = {one for one, at in sent.items() if is_due(one, at, known.get(one), now, is_asked_for=is_asked_for)}
    if is_asked_for:
        return due
    aged = [one for one in due if one in known and now - sent[one] >= YOUNG_MS]
    aged.sort(key=lambda one: (now - known[one]["visited"]) / _interval(now - sent[one]), reverse=True)
    return due.difference(aged[_share(sent, known, now) :])


def _share(sent: Mapping[str, int], known: Mapping[str, Json], now: int) -> int:
    """How many aged campaigns a run takes: a quarter more than come due since the last run."""
    last = max((one["visited"] for one in known.values()), default=0)
    ages = [now - at for one, at in sent.items() if one in known and known[one]["lists"]]
    a_millisecond = sum(1 / _interval(age) for age in ages if age >= YOUNG_MS)
    return max(FEW, math.ceil(a_millisecond * (now - last) * 1.25))


def _interval(age: int) -> int:
    """Milliseconds after which a campaign of that age is looked at again."""
    return min(age // AGEING, LONGEST_INTERVAL_MS)


def is_due(campaign_id: str, sent: int, before: Json | None, now: int, *, is_asked_for: bool = False) -> bool:
    """Whether a campaign is to be looked at; `before` is what is known of it, `sent` and `now` are epoch ms.

    Always while it is new or young, or when a person asks and it is recent; else after a 48th of its age. Old
    ones take turns: a first run looks at them all together, and no later one shall.
    """
    if before is None:
        return True
    if not before["lists"]:
        return False
    age = now - sent
    if age < (RECENT_MS if is_asked_for else YOUNG_MS):
        return True
    if _interval(age) < LONGEST_INTERVAL_MS:
        return bool(now - before["visited"] >= _interval(age))
    return _turn(campaign_id, now) != _turn(campaign_id, before["visited"])


def _turn(campaign_id: str, at: int) -> int:
    """Which of its turns an old campaign has; each begins at the campaign's own moment of the 30 days."""
    digest = hashlib.sha256(campaign_id.encode()).digest()
    return (at + int.from_bytes(digest[:8]) % LONGEST_INTERVAL_MS) // LONGEST_INTERVAL_MS


def visit(task: Task, context: Context) -> TaskResult:
    """Look at one campaign: whether it concerns the chosen lists, then which of its reports have changed.

    Its summary is a call that pays: what is empty or unchanged is not read, and what is read is compared with
    it. Of one that was sent before the day from which on activity is wanted, the recipients are not read.
    """
    about = Visit.of(task)
    calls, lists = 0, about.known.get("lists")
    since = context.filter_minute if about.sent < context.since else ""
    if lists is None:
        lists, calls = _lists(about.id, context)
    counts = {"calls": calls, "campaigns_done": 1}
    changed: list[Report] = []
    failures: list[Json] = []
    if lists:
        reports = context.known(f"campaign/{about.id}/")
        summary = context.vendor.campaign_summary(about.id)
        counts["calls"] += 1
        wanted = [report for report in reconciling.COUNTED_AS if not since or report != "recipients"]
        sought = [_source(about, report, summary, lists, reports, since) for report in wanted]
        changed = [one for one in sought if reconciling.has_changed(one.known, one.expected)]
        unknown = [name for name, of in reconciling.COUNTED_AS.items() if getattr(summary, of) is None]
        failures = reconciling.uncounted(f"campaign/{about.id}", unknown)
    found: Json = {"lists": lists, "visited": context.now} | ({"since": since} if since else {})
    context.learn(sources.campaign_key(about.id, about.sent), about.known, found)
    pages = [series.first_page(task, source.key, source) for source in changed]
    return TaskResult(tasks=pages, failures=failures, counts=counts | series.totals(changed))


def _lists(campaign_id: str, context: Context) -> tuple[list[str], int]:
    """The chosen lists that a campaign was sent to, and the calls that took.

    A sent campaign's lists never change.
    """
    if context.scope.everything:
        return ["*"], 0
    try:
        sent_to = context.vendor.campaign_lists(campaign_id)
    except NotFound:
        return [], 1
    found = [list_id for list_id in sent_to.list_ids if list_id in context.scope.lists]
    return found or ["*"] * sent_to.is_partial, 1


def _source(
    about: Visit,
    report: str,
    summary: CampaignSummary,
    lists: list[str],
    reports: Mapping[str, Json],
    since: str,
) -> Report:
    """A report of the campaign; `reports` is what is known of them all, nothing before `since` is wanted."""
    known = reports.get(sources.report_key("campaign", about.id, report), {})
    known = reconciling.known_since(known, since)
    return Report(
        kind="campaign",
        id=about.id,
        name=about.name,
        report=report,
        known=known,
        start=known.get("from") or since or None,
        since=since,
        expected=getattr(summary, reconciling.COUNTED_AS[report]),
        sent=about.sent,
        lists=lists,
    )
