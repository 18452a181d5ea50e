"""Whatever is delivered twice, late, out of order or to a worker that dies: the same profiles, and a run that ends."""

from collections import Counter

import pytest

from simulators.campaign_monitor.generator import World
from tests.aws.deaths import Deaths
from tests.flows.importing import SMALL, Stage, least_calls, meanwhile

TINY = World(clients=1, lists=2, subscribers=24, campaigns=2, activity=40, journeys=1, recipients=16)
LONG = World(clients=1, lists=1, subscribers=40, campaigns=1, activity=3200, recipients=30, journeys=0)


def test_every_message_of_both_queues_delivered_twice_and_shuffled_changes_nothing():
    with Stage(SMALL) as stage:
        stage.begin()

        stage.pump(twice=True, seed=4)

        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()
        run = stage.job["run"]
        assert run["calls"] == least_calls(stage.client)
        assert run["rows"]["cm_user"] == rows_of_people(stage)


@pytest.mark.parametrize("seed", range(10))
def test_workers_that_die_at_any_call_to_aws_change_nothing(seed):
    with Stage(TINY) as stage:
        stage.begin()
        deaths = Deaths(seed, chance=0.7)

        stage.pump(seed=seed, deaths=deaths)

        assert deaths.count > 5
        assert_whole_in_spite_of_deaths(stage)


@pytest.mark.parametrize("seed", range(3))
def test_workers_that_die_while_a_long_report_is_read_lose_no_page_and_no_edge(seed):
    with Stage(LONG, seed=seed + 1) as stage:
        stage.begin()

        stage.pump(seed=seed, deaths=Deaths(seed, chance=0.5), twice=seed == 1)

        assert_whole_in_spite_of_deaths(stage)


def test_a_worker_that_dies_once_at_each_of_its_calls_loses_nothing():
    """Every task of a run is killed at its first call, then at its second, and so on, until it gets through."""
    with Stage(
        World(clients=1, lists=1, subscribers=3, campaigns=1, activity=6, recipients=3, journeys=0)
    ) as stage:
        stage.product.quick.sqs.redrive.clear()
        stage.begin()
        killer = EachCallOnce()

        stage.pump(deaths=killer)

        assert killer.count > 100
        assert_whole_in_spite_of_deaths(stage)


def test_a_worker_that_dies_before_it_asks_for_the_finish_is_not_the_last_of_its_report():
    with Stage(LONG) as stage:
        readers = list(stage.lists[0].people)[:12]
        campaign = stage.vendor.send_campaign(
            stage.client, "One minute", stage.lists, "2026-11-18 09:00", readers
        )
        for email in readers * 100:
            stage.vendor.happen(campaign, "open", email, "2026-11-19 10:00")
        asked = f"campaigns/{campaign.id}/opens"
        killed = []

        def is_fatal(service, operation):
            is_last = sum(path == asked for path, _ in stage.asked()) == 2
            if is_last and service == "sqs" and not killed:
                killed.append(operation)
                return True
            return False

        stage.begin()
        stage.pump(deaths=AtCall(is_fatal))

        assert killed
        stage.assert_run_is_whole()
        stage.assert_counts_are_the_vendors()


def test_a_report_that_shrinks_while_its_first_page_is_read_again_still_ends():
    with Stage(LONG) as stage:
        campaign = next(iter(stage.client.campaigns.values()))
        report = campaign.reports["opens"]
        lost = report.rows[900:]
        killed = []

        def shrink():
            del report.rows[900:]
            report.rows.extend(lost[:-1300])
            report._sorted.clear()

        def second_send(service, operation):
            if (
                service == "sqs"
                and operation == "SendMessageBatch"
                and stage.vendor.calls_to("opens")
                and not killed
            ):
                killed.append(True)
                shrink()
                return True
            return False

        stage.begin()
        stage.pump(deaths=AtCall(second_send))

        assert killed
        assert stage.job["run"]["status"] == "succeeded"
        stage.run_again()
        assert stage.job["run"]["status"] == "succeeded"


def test_a_page_that_the_vendor_does_not_have_any_more_is_an_empty_one():
    with Stage(LONG) as stage:
        stage.vendor.faults.script("code", match=r"opens.*page=3", code=800, message="Invalid page number")

        stage.imported()

        assert stage.job["status"] == "completed"
        assert stage.job["run"]["failed_pages"] == 0


def test_a_run_deleted_between_two_calls_of_a_worker_leaves_no_message_behind():
    with Stage(TINY) as stage:
        stage.begin()
        meanwhile(stage.vendor).when(
            "recipients", lambda: stage.product.gateway.delete(f"/imports/{stage.job_id}")
        )

        stage.pump()

        assert stage.product.gateway.get(f"/imports/{stage.job_id}").status == 404
        assert stage.product.messages("PagesQueue") == []
        assert stage.product.dead_letters() == {}


class EachCallOnce(Deaths):
    """Lets a worker live for one call longer than the last one that had the same messages."""

    def __init__(self):
        super().__init__()
        self._lived = Counter()

    def lifetime(self, messages):
        for message in messages:
            message.receives = 1  # a queue would give it up after five
        key = tuple(sorted(message.id for message in messages))
        self._lived[key] += 1
        return self._lived[key] - 1


class AtCall(Deaths):
    """Kills at the calls that a function says."""

    def __init__(self, is_fatal):
        super().__init__()
        self.is_fatal = is_fatal


def assert_whole_in_spite_of_deaths(stage):
    stage.assert_run_is_whole()
    stage.assert_profiles_are_true()
    assert stage.job["run"]["rows"]["cm_user"] == rows_of_people(stage)


def rows_of_people(stage):
    """How many snapshots there are to be read; the generator's unusable addresses are known by their name."""
    return sum(person.name != "Nobody Reachable" for one in stage.lists for person in one.people.values())
