"""What a first run would take: about how many calls to Campaign Monitor, and how long, told before it begins.

Sizes are Campaign Monitor's own. What campaigns have in their reports is taken from a few of them, spread over all.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from import_app.reading.reconciling import COUNTED_AS
from import_app.reading.sources import STATES
from lytics_cm.campaign_monitor.records import PAGE_SIZE
from lytics_cm.errors import LyticsCmError

if TYPE_CHECKING:
    from import_app.scope import Scope
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.campaign_monitor.records import ListStats
    from lytics_cm.campaign_monitor.reports import Campaign, CampaignSummary

type Json = dict[str, Any]

SAMPLED = 4
"""Campaigns whose summaries are looked at."""
MOST_LISTS = 100
"""Lists whose sizes are asked for: a call each."""
AT_ONCE = 4
BEGUN_WITHIN_SECONDS = 10.0
"""For so long calls are begun; what is not known by then is taken from what is."""
OF_A_LIST = 2
"""Calls that the webhook of a list takes."""
BEFORE = 4
"""Calls for the client, its lists, its journeys and its suppression list."""
BETWEEN_SECONDS = 0.2
"""What lies between two calls of a worker: the message, the rows, the transaction."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A campaign that was looked at: how many pages its reports have, recipients apart; None if it concerns no list."""

    pages: int | None


def estimate(vendor: CampaignMonitor, scope: Scope, rows_since: str | None, at_once: int) -> Json:
    """Ask for sizes and a few summaries: a call a list, and some ten more.

    `at_once` is how many calls a run makes at a time.
    """
    timed = Timed(time.monotonic)
    listing = timed.call(lambda: vendor.sent_campaigns(scope.client["id"]))
    campaigns = list(listing.records)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        stats = [
            found
            for found in pool.map(
                lambda one: timed.tried(lambda: vendor.list_stats(one)), list(scope.lists)[:MOST_LISTS]
            )
            if found
        ]
        looked = pool.map(lambda one: timed.tried(lambda: _look(one, vendor, scope)), _spread(campaigns))
        samples = [found for found in looked if found]
    known = [one.active for one in stats if one.active is not None]
    total = listing.total or len(campaigns)
    calls = BEFORE + listing.pages + _list_calls(stats, len(scope.lists))
    calls += _campaign_calls(campaigns, total, samples, scope, rows_since)
    return {
        "people": sum(known) if len(known) == len(scope.lists) else None,
        "campaigns": total,
        "calls": calls,
        "seconds": math.ceil(calls * (timed.mean + BETWEEN_SECONDS) / at_once),
    }


class Timed:
    """Makes calls, and knows how long one takes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._until = clock, clock() + BEGUN_WITHIN_SECONDS
        self._seconds: list[float] = []

    def call[T](self, make: Callable[[], T]) -> T:
        began = self._clock()
        made = make()
        self._seconds.append(self._clock() - began)
        return made

    def tried[T](self, make: Callable[[], T]) -> T | None:
        """The same; None of what fails, or comes too late to be begun."""
        if self._clock() > self._until:
            return None
        try:
            return self.call(make)
        except LyticsCmError:
            return None

    @property
    def mean(self) -> float:
        """Seconds that a call takes."""
        return sum(self._seconds) / len(self._seconds)


def _spread(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """A few of them, old and new."""
    step = max(1, len(campaigns) // SAMPLED)
    return list(campaigns[::step][:SAMPLED])


def _look(campaign: Campaign, vendor: CampaignMonitor, scope: Scope) -> Sample:
    if not scope.everything and not set(vendor.campaign_lists(campaign.id).list_ids) & set(scope.lists):
        return Sample(None)
    return Sample(_report_pages(vendor.campaign_summary(campaign.id)))


def _report_pages(summary: CampaignSummary) -> int:
    counts = [getattr(summary, of) for report, of in COUNTED_AS.items() if report != "recipients"]
    return sum(_pages(count) for count in counts if count)


def _list_calls(stats: Sequence[ListStats], lists: int) -> int:
    """Calls for the people of so many lists; those without statistics are taken for as large as the others."""
    if not stats:
        return lists * (OF_A_LIST + len(STATES))
    pages = [
        sum(max(1, _pages(count or 0)) for count in (one.active, one.unsubscribed, one.deleted, one.bounced))
        for one in stats
    ]
    each = sum(pages) / len(pages) + len(STATES) - 4 + OF_A_LIST  # the unconfirmed are in no statistic
    return math.ceil(each * lists)


def _campaign_calls(
    campaigns: Sequence[Campaign], total: int, samples: Sequence[Sample], scope: Scope, rows_since: str | None
) -> int:
    """Calls for the reports of so many campaigns, of which these are the ones that were listed."""
    if not campaigns:
        return 0
    found = [one.pages for one in samples if one.pages is not None]
    share = len(found) / len(samples) if samples else 1.0
    reports = sum(found) / len(found) if found else (0.0 if samples else len(COUNTED_AS) - 1.0)
    recipients = sum(_pages(one.recipients or 0) for one in campaigns if _is_wanted(one, rows_since))
    each = 1 + reports + recipients / len(campaigns)
    return math.ceil(total * (share * each + (not scope.everything)))


def _is_wanted(campaign: Campaign, rows_since: str | None) -> bool:
    """Whether its recipients are read: not of one that was sent before the day from which on activity is."""
    return rows_since is None or campaign.sent_date[:10] >= rows_since


def _pages(count: int) -> int:
    return math.ceil(count / PAGE_SIZE)


def query_of(given: Mapping[str, str]) -> Json:
    """What a query asks about, as the members of an import."""
    lists = [one for one in given.get("list_ids", "").split(",") if one]
    return {name: text for name, text in given.items() if name != "list_ids"} | {"list_ids": lists}
