"""Reports of many pages, and minutes of many pages: exact, in the memory of a page or two, at a cost that grows as they do."""

import re
from datetime import datetime, timedelta

import pytest

from lytics_cm.queues import LAST_RECEIVE
from simulators.campaign_monitor.generator import World
from simulators.campaign_monitor.reports import Location
from tests.aws.deaths import Deaths
from tests.flows.importing import Stage, meanwhile
from tests.flows.test_import_counting import opens, reads_of
from tests.meter import Meter, Watched

WORLD = World(clients=1, lists=1, subscribers=0, campaigns=0, activity=0, recipients=0, journeys=0)
SENT, FIRST = "2026-11-18 09:00", datetime(2026, 11, 19, 10)
A_PAGE_OR_TWO = 11_000_000
"""Bytes: to read a page of 1,000 opens takes 3 MB, to number and send those of two pages 6 MB."""
ROWS_OF_A_PAGE = 150_000
"""Bytes of these rows, packed, and more."""
SKETCH_OF_PEOPLE = 2_200
"""Bytes, however many people a run changes."""
PLACE = Location("192.0.2.1", 51.5, -0.12, "London", "England", "GB", "United Kingdom")


def a_campaign(stage, readers, minutes, each, largest_page=None):
    """A campaign that every reader opens `each` times in each of some minutes, as pages of at most `largest_page`."""
    stage.vendor.switches.largest_page = largest_page
    people, mailing = readers_of(readers), stage.lists[0]
    campaign = stage.vendor.send_campaign(stage.client, "Burst", stage.lists, SENT, [])
    report = campaign.reports["opens"]
    for minute in range(minutes):
        at = str(FIRST + timedelta(minutes=minute))
        report.extend([(email, mailing.id, at, PLACE) for email in people * each])
    report.ordered("date", descending=False, since="", exclusive=False)  # the vendor's memory is not a task's
    return campaign


def readers_of(count):
    return [f"reader{number}@example.org" for number in range(count)]


def imported(readers, minutes, each, largest_page=None):
    """Import one campaign; what its tasks held, and what they cost."""
    with Stage(WORLD) as stage:
        campaign = a_campaign(stage, readers, minutes, each, largest_page)
        stage.begin()
        watched, meter = Watched(), Meter()
        with meter.on(stage.product):
            stage.pump(deaths=watched)
        stage.assert_run_is_whole()
        assert stage.job["run"]["rows"]["cm_activity"] == len(campaign.reports["opens"].rows)
        sample = readers_of(readers)[:: max(1, readers // 500)]
        found = {email: fields["cm_openct"] for email, fields in stage.profiles(sample).items()}
        assert found == dict.fromkeys(sample, minutes * each)
        return watched, meter


def report(title, watched, meter):
    print(f"\n{title}: peaks { ({kind: f'{size / 1e6:.1f} MB' for kind, size in watched.peaks.items()}) }")
    print(f"  write units {meter.units.total()} {dict(meter.units)}")
    print(f"  bytes read {meter.bytes_read.total():,} {dict(meter.bytes_read)}")
    print(f"  largest {dict(meter.largest)}")


def assert_growth_is_linear(small, large, factor, item):
    """Of two imports, one `factor` times as long: tasks hold little, items grow to `item` bytes, costs as pages do."""
    (few, less), (many, more) = small, large
    kinds = [kind for kind in more.largest if kind not in {"note", "people"}]
    assert max((few.peaks | many.peaks).values()) <= A_PAGE_OR_TWO
    assert all(more.largest[kind] <= max(item, 1.1 * less.largest[kind]) for kind in kinds)
    assert more.largest["note"] <= ROWS_OF_A_PAGE
    assert more.largest["people"] <= SKETCH_OF_PEOPLE
    assert more.units.total() <= 1.15 * factor * less.units.total()
    assert more.bytes_read.total() <= 1.15 * factor * less.bytes_read.total()


def test_a_minute_of_many_pages_takes_memory_and_items_of_a_page_or_two(sized):
    page, sizes = sized((32, (320, 640)), (None, (12_500, 50_000)))
    small, large = (imported(readers, 1, 8, page) for readers in sizes)

    report("a part of a minute", *small)
    report("one minute", *large)
    assert_growth_is_linear(small, large, factor=sized(2, 4), item=sized(500, 4000))


def test_a_report_of_thousands_of_pages_takes_memory_and_items_of_a_page_or_two(sized):
    small, large = (imported(25, minutes, 2, 10) for minutes in sized((20, 60), (250, 1000)))

    report("a part of the pages", *small)
    report("all pages", *large)
    assert_growth_is_linear(small, large, factor=sized(3, 4), item=sized(500, 4000))


@pytest.mark.parametrize("seed", range(4))
def test_a_minute_of_many_pages_is_counted_whoever_dies_and_whatever_comes_twice_or_late(seed):
    with Stage(WORLD) as stage:
        a_campaign(stage, readers=5, minutes=2, each=70, largest_page=10)
        stage.begin()
        deaths = Deaths(seed, chance=0.15)

        stage.pump(seed=seed, deaths=deaths, twice=seed % 2 == 0)

        assert deaths.count > 2
        assert_is_whole(stage)


def test_rows_inserted_into_a_minute_of_many_pages_while_it_is_read_are_neither_lost_nor_doubled():
    with Stage(WORLD) as stage:
        campaign = a_campaign(stage, readers=5, minutes=3, each=47, largest_page=10)
        stage.begin()
        vendor = meanwhile(stage.vendor)
        for page, minute in ((30, 2), (50, 2), (69, 1), (70, 2), (71, 1)):
            vendor.when(f"{campaign.id}/opens.*page={page}&", opens(stage, campaign, page % 5, minute))

        stage.pump()

        assert len(reads_of(stage, campaign)) > 71 + 20
        assert_is_whole(stage)


@pytest.mark.parametrize(("kind", "units"), [("finish", 1), ("edges", 2), ("again", 1)])
def test_edges_that_cannot_be_numbered_fail_their_run_and_are_read_again_by_the_next(kind, units):
    with Stage(WORLD) as stage:
        campaign = a_campaign(stage, readers=8, minutes=1, each=300, largest_page=32)
        stage.begin()
        if kind == "again":
            meanwhile(stage.vendor).when(f"{campaign.id}/opens.*page=70&", opens(stage, campaign, 1, 2, 3))

        stage.pump(deaths=AtWorkOn(kind))

        assert (stage.job["run"]["status"], stage.job["run"]["failed_pages"]) == ("failed", units)
        stage.run_again()
        assert_is_whole(stage)


class AtWorkOn(Deaths):
    """Kills whoever works on a task of this kind, when something was asked for and nothing is told, until it is given up."""

    def __init__(self, kind):
        super().__init__()
        self._kind, self._is_meant = kind, False

    def begin(self, messages):
        super().begin(messages)
        (message, *_) = messages
        is_of_kind = re.search(rf'"unit":"[^"]*/{self._kind}["/]', message.body)
        self._is_meant = bool(is_of_kind) and message.receives < LAST_RECEIVE

    def is_fatal(self, service, operation):
        return self._is_meant and operation in ("Query", "BatchWriteItem")


def assert_is_whole(stage):
    stage.assert_run_is_whole()
    stage.assert_counts_are_the_vendors()
    stage.assert_profiles_are_true()
    kept = {tuple(item["item"].split("#")[:2]) for item in stage.product.items("JobsTable")}
    assert ("note", stage.job["run"]["id"]) not in kept
