"""A client of six lists and forty campaigns: as few calls as there are pages, and every count right."""

import time

from simulators.campaign_monitor.generator import World
from tests.flows.importing import Stage, least_calls

WORLD = World(
    clients=1,
    lists=6,
    subscribers=900,
    campaigns=40,
    recipients=2400,
    activity=9000,
    journeys=1,
    oldest_days=200,
)


def test_forty_campaigns_are_read_with_hardly_a_call_more_than_there_are_pages():
    with Stage(WORLD) as stage:
        began = time.perf_counter()

        stage.imported()

        calls, least = stage.job["run"]["calls"], least_calls(stage.client)
        print(f"{calls} calls, {least} at least; {time.perf_counter() - began:.1f} s")
        assert len(stage.asked()) == calls
        assert calls <= 1.02 * least
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()
