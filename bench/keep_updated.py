"""What Keep Updated costs: `python -m bench.keep_updated`, a model of hourly runs in which nothing is new.

The campaigns are spread evenly over two years, and one is sent now and then while the weeks pass; our own decision
says which are looked at. Everything else that a run asks is counted beside it. Nothing is called.
"""

import argparse
import hashlib
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from import_app.reading.campaigns import DAY_MS, YOUNG_MS, due_among

HOUR = DAY_MS // 24
FIRST_RUN = 20_000 * DAY_MS
CLIENT_CALLS = 5
"""The client, its lists, its campaigns, its journeys, its suppression list."""
LIST_CALLS = 3
"""A list's webhooks, its statistics, its unconfirmed people."""
STATES_BY_STATISTICS = 4
"""States of a list that are read once a day, in case that changes cancelled each other out in its statistics."""
TARGET = 40


@dataclass(slots=True)
class Archive:
    """Campaigns by id with the time of their sending, and when each was last looked at; epoch ms."""

    sent: dict[str, int]
    visited: dict[str, int] = field(default_factory=dict)

    def look(self, now: int, *, is_asked_for: bool = False) -> list[str]:
        """Those that a run looks at, and looks at them."""
        sent = {one: at for one, at in self.sent.items() if at <= now}
        known: dict[str, dict[str, Any]] = {
            one: {"lists": ["*"], "visited": at} for one, at in self.visited.items()
        }
        due = sorted(due_among(sent, known, now, is_asked_for=is_asked_for))
        self.visited |= dict.fromkeys(due, now)
        return due

    def young(self, now: int) -> set[str]:
        return {one for one, sent in self.sent.items() if now - YOUNG_MS < sent <= now}


def archive(campaigns: int, days: int, later: int) -> Archive:
    """So many campaigns in so many days before the first run, and as many a day for `later` days after it."""
    apart = days * DAY_MS / campaigns
    count = campaigns + int(later * DAY_MS / apart)
    times = [FIRST_RUN - days * DAY_MS + int(apart * (number + 0.5)) for number in range(count)]
    return Archive({hashlib.sha256(str(at).encode()).hexdigest()[:32]: at for at in times})


def runs(world: Archive, days: int, lists: int) -> Iterator[int]:
    """The calls of each hourly run after the first one."""
    world.look(FIRST_RUN)
    for now in range(FIRST_RUN + HOUR, FIRST_RUN + days * DAY_MS, HOUR):
        known = set(world.visited)
        young = world.young(now)
        due = set(world.look(now))
        if not young <= due:
            raise AssertionError("a campaign of the last seven days was not looked at")
        is_new_day = now % DAY_MS < HOUR
        calls = CLIENT_CALLS + lists * (LIST_CALLS + STATES_BY_STATISTICS * is_new_day)
        yield calls + len(due & known)


def shown(calls: Sequence[int]) -> tuple[str, ...]:
    fifth = sorted(calls)[-len(calls) // 20]
    return f"{statistics.mean(calls):.1f}", f"{statistics.median(calls):.0f}", f"{fifth}", f"{max(calls)}"


def main() -> None:
    """Print the calls of some months of hourly runs."""
    parser = argparse.ArgumentParser(prog="python -m bench.keep_updated", description=__doc__)
    parser.add_argument("--campaigns", type=int, default=500)
    parser.add_argument("--days", type=int, default=730, help="over which the campaigns are spread")
    parser.add_argument("--lists", type=int, default=3)
    parser.add_argument("--months", type=int, default=3, help="of hourly runs")
    given = parser.parse_args()
    later = given.months * 30
    world = archive(given.campaigns, given.days, later)
    calls = list(runs(world, later, given.lists))
    asked_for = world.look(FIRST_RUN + later * DAY_MS, is_asked_for=True)
    title = f"{given.campaigns} campaigns over {given.days} days, {given.lists} lists: calls of a run with nothing new"
    table = Table("", "mean", "median", "one in twenty", "worst", title=title)
    table.add_row(f"hourly, {len(calls):,} runs", *shown(calls))
    steady = CLIENT_CALLS + given.lists * LIST_CALLS
    table.add_row("of them to campaigns", *shown([count - steady for count in calls]))
    console = Console()
    console.print(table)
    console.print(
        f"Every campaign of the last seven days was looked at by every run. Target: {TARGET} at most. "
        f"A run that a person starts then looks at {len(asked_for)} campaigns: {steady + len(asked_for)} calls.",
        highlight=False,
    )


if __name__ == "__main__":
    main()
