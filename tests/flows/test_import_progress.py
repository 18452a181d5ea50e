"""How far a run is never falls, and the time that is left is right within a factor of two, or not told."""

from datetime import datetime
from itertools import pairwise

import pytest

from simulators.campaign_monitor.generator import World
from tests.flows.importing import Stage, meanwhile

CALL_SECONDS = 2
WORLDS = {
    "lists": World(clients=1, lists=6, subscribers=40, campaigns=1, activity=10, recipients=5, journeys=0),
    "campaigns": World(
        clients=1, lists=1, subscribers=20, campaigns=10, activity=60, recipients=30, journeys=1
    ),
    "long": World(clients=1, lists=1, subscribers=30, campaigns=1, activity=6000, recipients=20, journeys=0),
}


class Watch:
    """What `GET /imports/{id}` shows of a run, as `(at, run)`, after every delivery of a message."""

    def __init__(self, stage):
        self.stage, self.seen = stage, []

    def look(self):
        now = self.stage.product.clock.now()
        self.seen.append((now, self.stage.job["run"]))

    def pump(self, **how):
        self.stage.pump(until=self.look, **how)
        self.look()

    def assert_nothing_falls(self):
        for (_, before), (_, after) in pairwise(self.seen):
            assert before["progress"] <= after["progress"], (before, after)
            assert before["pages"]["done"] <= after["pages"]["done"], (before, after)
            assert before["pages"]["total"] <= after["pages"]["total"], (before, after)

    def assert_the_time_left_is_right(self, since=None):
        """Within a factor of two, and a call, of what it was then; return the share of the looks that were told."""
        began = self.seen[0][0] if since is None else since
        end = datetime.fromisoformat(self.seen[-1][1]["finished_at"]).timestamp()
        later = [(at, run["seconds_left"]) for at, run in self.seen if began + (end - began) / 10 < at < end]
        told = [(end - at, left) for at, left in later if left is not None]
        wrong = [
            (was, left) for was, left in told if not was / 2 - CALL_SECONDS <= left <= was * 2 + CALL_SECONDS
        ]
        assert wrong == []
        return len(told) / len(later)


def slow(stage):
    """A vendor of whom every call takes the same time."""
    meanwhile(stage.vendor).when("/api/", lambda: stage.product.clock.advance(CALL_SECONDS), times=1_000_000)


@pytest.mark.parametrize(("world", "told"), [("lists", 0.0), ("campaigns", 0.6), ("long", 0.4)])
def test_a_first_run_only_advances_and_knows_how_long_it_takes(world, told):
    """Nothing is told for as long as first pages of lists are unread: any may be the first of a thousand."""
    with Stage(WORLDS[world]) as stage:
        slow(stage)
        stage.begin(tracking_consent="ignore")
        watch = Watch(stage)

        watch.pump()

        watch.assert_nothing_falls()
        assert watch.assert_the_time_left_is_right() >= told
        assert watch.seen[-1][1]["progress"] == 1.0


def test_an_outage_in_a_run_is_waited_out_and_not_taken_for_its_pace():
    with Stage(WORLDS["campaigns"]) as stage:
        slow(stage)
        stage.begin(tracking_consent="ignore")
        watch = Watch(stage)
        stage.pump(until=lambda: watch.look() or watch.seen[-1][1]["progress"] > 0.5)
        stage.vendor.faults.rates = {"503": 1.0}
        end = stage.product.clock.now() + 3 * 3600
        stage.pump(until=lambda: watch.look() or stage.product.clock.now() > end)
        silent = [run["seconds_left"] for _, run in watch.seen if run["waiting"]]
        stage.vendor.faults.clear()
        stage.pump(until=lambda: watch.look() or not watch.seen[-1][1]["waiting"])
        answered = stage.product.clock.now()
        begun = len(watch.seen)

        watch.pump()

        watch.assert_nothing_falls()
        assert set(silent) == {None}
        watch.seen = watch.seen[begun:]
        assert watch.assert_the_time_left_is_right(answered) > 0.5
        run = stage.product.gateway.get(f"/imports/{stage.job_id}/runs").json["items"][0]
        assert 3 * 3600 - 60 < run["waited_seconds"] < 3 * 3600 + 20 * 60


def test_who_looks_again_after_more_was_found_sees_no_less():
    with Stage(WORLDS["campaigns"]) as stage:
        stage.imported(tracking_consent="ignore", keep_updated=True)
        stage.product.later(hours=1)
        stage.post("run")
        watch = Watch(stage)

        watch.pump(seed=3, twice=True)

        watch.assert_nothing_falls()


def test_a_run_that_is_stopped_or_failed_has_no_time_left():
    with Stage(WORLDS["campaigns"]) as stage:
        slow(stage)
        stage.begin(tracking_consent="ignore")
        stage.pump(until=lambda: stage.job["run"]["seconds_left"] is not None)
        before = stage.job["run"]

        stage.post("stop")

        after = stage.job["run"]
        assert before["seconds_left"] > 0
        assert (after["seconds_left"], after["progress"]) == (None, before["progress"])
