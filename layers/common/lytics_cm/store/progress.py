"""How far a run of an import is, and how long what is left takes. Pure.

A run is as far as the steps that are done and stored, of all that it takes. How many that are, it finds out on
its way: a look at a campaign leads to pages of reports. As long as too little of that is known, nothing is
said of the time, and not much of how far it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lytics_cm.store.run import Run

STEPS = ("pages", "lists", "campaigns")
"""What takes a call or two each. All but pages lead to more pages."""
REPORTS = ("recipients", "opens", "clicks", "bounces", "unsubscribes", "spam")
UNEXPLORED = "unexplored"
"""The counter of units that lead to nobody knows how many pages: listings, lists, journeys, first pages."""
MOST_WHILE_UNEXPLORED = 0.1
"""The share that a run can reach before it is known how much there is to do."""
FIRST_TENTH = 0.1
"""Before it, the pace is not worth telling."""


def worked(run: Run) -> float:
    """The steps that are done, less what is still to be stored of what they brought."""
    stored, batches = run.counts["batches_done"], run.counts["batches_total"]
    return done(run) * min(1.0, stored / batches) if batches else done(run)


def done(run: Run) -> int:
    """The steps that are done, whether or not all is stored that they brought."""
    return sum(run.counts[f"{step}_done"] for step in STEPS)


def whole(run: Run) -> float:
    """The steps that there will be, as far as can be foreseen.

    Campaigns that were not looked at yet are taken to bring as much as the others.
    """
    known = sum(run.counts[f"{step}_total"] for step in STEPS)
    looked, looks = _looks(run)
    brought = sum(run.counts[f"{report}_total"] for report in REPORTS)
    return known + (brought * (looks - looked) / looked if looked else 0)


def is_explored(run: Run) -> bool:
    """Whether enough is known of what there is to do: all but half the looks at campaigns."""
    looked, looks = _looks(run)
    return run.counts[UNEXPLORED] <= 0 and 2 * looked >= looks


def share(run: Run) -> float:
    """How far the run seems to be, from 0 to 1. It may fall as more is found to do."""
    there = min(1.0, worked(run) / max(1.0, whole(run)))
    return there if is_explored(run) else min(there, MOST_WHILE_UNEXPLORED * there)


def seconds_left(run: Run, now: int) -> int | None:
    """How long a run that goes on still takes (`now` is epoch ms), at its pace without waiting.

    A run that was resumed is judged from then on. None while nothing can be said; so it is when what is to be
    stored may take longer than what is to be read.
    """
    there, total = done(run) - run.done_before, whole(run) - run.done_before
    if run.is_waiting or not is_explored(run) or done(run) < FIRST_TENTH * whole(run):
        return None
    took = now - (run.resumed_at or run.started_at) - (run.waited(now) - run.waited_before)
    behind = run.counts["batches_total"] - run.counts["batches_done"]
    if behind * there > (total - there) * run.counts["batches_done"]:
        return None
    return at_this_pace(took, there, total)


def at_this_pace(took: float, done: float, total: float) -> int | None:
    """How many seconds the rest takes, of which some took so many ms; None while nothing can be said."""
    if done <= 0 or total < done or took <= 0:
        return None
    return int(-(-took * (total - done) // (done * 1000)))


def _looks(run: Run) -> tuple[int, int]:
    """How many campaigns were looked at, and how many there are to look at."""
    return run.counts["campaigns_done"], run.counts["campaigns_total"]
