"""Campaign Monitor tells local times without offset: they become the right moments, in every zone and hour of the year."""

import datetime as dt

import pytest

from simulators.campaign_monitor.clock import zone_of
from simulators.campaign_monitor.generator import ZONES, World
from tests import oracle, vendor_truth
from tests.flows.importing import Stage

WORLD = World(clients=6, lists=1, subscribers=20, campaigns=1, activity=30, recipients=10, journeys=1)
TINY = World(clients=1, lists=1, subscribers=10, campaigns=1, activity=20, recipients=8, journeys=1)
EDGES = (
    *("2026-03-29 01:59", "2026-03-29 02:30", "2026-03-29 03:00"),  # Berlin skips an hour
    *("2026-10-25 01:59", "2026-10-25 02:30", "2026-10-25 03:00"),  # and has one twice
    *(
        "2026-03-08 02:30",
        "2026-03-08 03:00",
        "2026-11-01 01:30",
        "2026-11-01 02:00",
    ),  # New York, Newfoundland
    *("2026-04-05 02:30", "2026-04-05 03:00", "2026-10-04 02:30", "2026-10-04 03:00"),  # Sydney
    *("2025-12-31 23:59", "2026-01-01 00:00"),
)


def test_clients_in_all_sorts_of_zones_have_the_right_profiles_on_both_edges_of_summer_time():
    with Stage(WORLD) as stage:
        clients = stage.vendor.clients
        assert {client.time_zone for client in clients} == set(ZONES)
        for client in clients:
            campaign = next(iter(client.campaigns.values()))
            email, list_id, *_ = campaign.reports["recipients"].rows[0]
            for moment in EDGES:
                stage.vendor.happen(campaign, "open", email, moment, list_id)
            stage.product.start_import(stage.authorization, client.id)

        stage.pump()

        rows = {}
        for client in clients:
            for email, found in vendor_truth.rows_by_address(client).items():
                rows.setdefault(email, []).extend(found)
        truth = {email: oracle.profile(found) for email, found in rows.items()}
        assert stage.profiles(truth) == truth


@pytest.mark.parametrize(
    "zone", ["(GMT-05:00) Eastern Time (US & Canada)", "(GMT+10:00) Canberra, Melbourne, Sydney"]
)
def test_what_happens_within_the_hours_of_the_utc_offset_after_a_run_is_read_by_the_next(zone):
    with Stage(World(clients=1, lists=1, subscribers=10, campaigns=0, journeys=0, zones=(zone,))) as stage:
        people = [person.email for person in stage.lists[0].people.values()][:4]
        campaign = stage.vendor.send_campaign(stage.client, "Burst", stage.lists, "2026-11-18 09:00", people)
        for minute in range(60):
            for email in people * 5:
                stage.vendor.happen(campaign, "open", email, f"2026-11-19 0{minute // 30}:{minute % 60:02}")
        stage.vendor.happen(campaign, "open", people[0], local(stage, minutes=-1))
        stage.imported(keep_updated=True)
        for hours in range(1, 13):
            stage.vendor.happen(campaign, "open", people[hours % 4], local(stage, minutes=60 * hours - 59))
        stage.product.later(hours=14)

        stage.run_again()

        reads = [query.get("date") for path, query in stage.asked() if path.endswith("opens")]
        assert reads != [None]
        stage.assert_counts_are_the_vendors()
        stage.assert_profiles_are_true()


def test_a_client_that_moves_to_another_zone_is_noticed_and_read_once_more():
    with Stage(TINY) as stage:
        stage.imported(keep_updated=True)
        stage.product.later(hours=1)
        before = stage.profiles(vendor_truth.profiles(stage.client))
        old, new = stage.client.time_zone, ZONES[1]
        move(stage.client, new)

        stage.run_again()

        assert old in stage.job["message"]
        assert new in stage.job["message"]
        assert any(old in failure["message"] for failure in stage.failures)
        assert any(path.endswith("recipients") for path, _ in stage.asked())
        stage.assert_profiles_are_true()
        assert stage.profiles(before) == before
        stage.product.later(hours=1)
        stage.run_again()
        assert "message" not in stage.job
        assert not any(path.endswith("recipients") for path, _ in stage.asked())


def local(stage, minutes):
    """The client's wall clock, some minutes from now."""
    moment = dt.datetime.fromtimestamp(
        stage.product.clock.now() + minutes * 60, zone_of(stage.client.time_zone)
    )
    return moment.strftime("%Y-%m-%d %H:%M")


def move(client, label):
    """Change the zone as the vendor presumably does: all that it has told is told in the new one from then on."""
    old, new = zone_of(client.time_zone), zone_of(label)

    def told(text):
        moment = dt.datetime.fromisoformat(text).replace(tzinfo=old).astimezone(new)
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    client.time_zone = label
    for one in client.lists.values():
        for person in one.people.values():
            person.date, person.joined = told(person.date), told(person.joined)
        one.touch_all()
    for suppression in client.suppressed.values():
        suppression.date = told(suppression.date)
    mails = [email for journey in client.journeys.values() for email in journey.emails]
    for campaign in client.campaigns.values():
        campaign.sent = told(campaign.sent)
    for where in [*client.campaigns.values(), *mails]:
        for report in where.reports.values():
            report.rows[:] = [(row[0], row[1], told(row[2]), *row[3:]) for row in report.rows]
            report._sorted.clear()
