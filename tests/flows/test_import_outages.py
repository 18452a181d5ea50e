"""A vendor that is slow, throttled, broken, silent or away: the import waits in its queue and completes."""

from dataclasses import replace

import pytest

from simulators.campaign_monitor.generator import World
from tests.flows.importing import SMALL, Stage

TINY = World(clients=1, lists=1, subscribers=10, campaigns=1, activity=10, recipients=5, journeys=0)


def test_everything_that_can_go_wrong_at_once_changes_nothing():
    with Stage(SMALL) as stage:
        stage.begin()
        stage.vendor.faults.hang_seconds = 0.05
        kinds = (
            "429",
            "429-headers",
            "500",
            "500-html",
            "502",
            "503",
            "504",
            "hang",
            "drop",
            "garbage",
            "drop-after",
        )
        stage.vendor.faults.rates = dict.fromkeys(kinds, 0.03)
        stage.vendor.account.switches.token_seconds = 60
        stage.vendor.clock.advance(1_209_600)

        stage.pump(seed=3)

        assert len(stage.vendor.faults.suffered) > 6
        stage.vendor.faults.clear()
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


@pytest.mark.parametrize("lists", [2, 40])
def test_a_day_of_outage_is_waited_out_in_the_queue_with_as_few_calls_for_many_tasks_as_for_few(lists):
    with Stage(replace(TINY, lists=lists)) as stage:
        stage.begin()
        start = stage.product.clock.now()
        stage.vendor.faults.rates = {"503": 1.0}
        stage.pump(until=lambda: stage.product.clock.now() > start + 24 * 3600)
        calls = len(stage.asked())
        stage.vendor.faults.clear()

        stage.pump()

        assert calls < 250
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


def test_a_page_that_cannot_be_had_for_two_days_is_given_up_with_the_vendors_words_and_read_by_the_next_run():
    with Stage(TINY) as stage:
        stage.vendor.faults.rates = {"garbage": 1.0}
        stage.vendor.faults.match = "/opens|/unsubscribed"

        stage.imported()

        assert (stage.job["status"], stage.job["run"]["failed_pages"]) == ("failed", 2)
        assert stage.job["message"]
        told = [failure["message"] for failure in stage.failures if "cannot be read" in failure["message"]]
        assert len(told) == 2
        assert all("status 200" in message for message in told)
        assert stage.product.dead_letters() == {}
        stage.vendor.faults.clear()
        stage.run_again()
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()
