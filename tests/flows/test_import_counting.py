"""Counts are Campaign Monitor's own, also where a page boundary cuts a minute and rows move while they are read."""

import pytest

from simulators.campaign_monitor.generator import World
from tests.flows.importing import Stage, meanwhile

WORLD = World(clients=1, lists=1, subscribers=12, campaigns=1, activity=40, recipients=12, journeys=0)
SENT = "2026-11-18 09:00"


def a_burst(stage, readers, minutes, each):
    """A campaign that all readers open `each` times in each of some minutes: pages must cut through minutes."""
    people = [f"reader{number}@example.org" for number in range(readers)]
    for email in people:
        stage.vendor.subscribe(stage.lists[0], email, at="2026-11-01 08:00")
    campaign = stage.vendor.send_campaign(stage.client, "Burst", stage.lists, SENT, people)
    for minute in range(minutes):
        for email in people * each:
            stage.vendor.happen(campaign, "open", email, f"2026-11-19 10:{minute:02}")
    return campaign


def opens(stage, campaign, reader, minute, count=1):
    def happen():
        for _ in range(count):
            stage.vendor.happen(campaign, "open", f"reader{reader}@example.org", f"2026-11-19 10:{minute:02}")

    return happen


def reads_of(stage, campaign, report="opens"):
    return [query for path, query in stage.asked() if path == f"campaigns/{campaign.id}/{report}"]


def test_opens_that_look_the_same_are_all_counted_where_a_page_boundary_cuts_their_minute():
    with Stage(WORLD) as stage:
        campaign = a_burst(stage, readers=35, minutes=3, each=20)
        assert len(campaign.reports["opens"].rows) == 2100

        stage.imported()

        stage.assert_run_is_whole()
        stage.assert_counts_are_the_vendors()
        stage.assert_profiles_are_true()


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_rows_that_are_inserted_while_a_report_is_read_are_neither_lost_nor_doubled(seed):
    with Stage(WORLD) as stage:
        campaign = a_burst(stage, readers=20, minutes=4, each=27)
        stage.begin()
        vendor = meanwhile(stage.vendor)
        for page in (1, 2, 3):
            vendor.when(f"{campaign.id}/opens.*page={page}&", opens(stage, campaign, page, page - 1, 2))
        vendor.when(f"{campaign.id}/opens.*page=2&", opens(stage, campaign, 9, 3, 5))

        stage.pump(seed=seed)

        assert len(campaign.reports["opens"].rows) == 2171
        stage.assert_run_is_whole()
        stage.assert_counts_are_the_vendors()
        stage.assert_profiles_are_true()


def test_opens_that_are_added_at_the_end_cost_a_call_for_each_total_and_not_for_each_page():
    with Stage(WORLD) as stage:
        campaign = a_burst(stage, readers=10, minutes=10, each=32)
        stage.begin()
        meanwhile(stage.vendor).when(f"{campaign.id}/opens.*page=3&", opens(stage, campaign, 1, 40, 3))

        stage.pump()

        assert len(reads_of(stage, campaign)) == 4 + 1
        stage.assert_counts_are_the_vendors()


def test_what_was_told_late_and_lies_before_the_cursor_is_found_by_its_count():
    with Stage(WORLD) as stage:
        campaign = a_burst(stage, readers=10, minutes=5, each=22)
        for hour in range(11, 18):
            for reader in range(10):
                stage.vendor.happen(campaign, "open", f"reader{reader}@example.org", f"2026-11-19 {hour}:30")
        stage.imported()
        opens(stage, campaign, reader=7, minute=1)()
        stage.product.later(hours=6)

        stage.run_again()

        dates = [query.get("date") for query in reads_of(stage, campaign)]
        assert dates[0] is not None
        assert dates[1:] == [None, None]
        stage.assert_counts_are_the_vendors()
        stage.assert_profiles_are_true()


def test_recipients_are_read_once():
    with Stage(WORLD) as stage:
        stage.imported()
        campaign = next(iter(stage.client.campaigns.values()))
        email, list_id, *_ = campaign.reports["recipients"].rows[0]
        stage.vendor.happen(campaign, "open", email, "2026-11-20 20:00", list_id)
        stage.product.later(days=30)

        stage.run_again()

        assert reads_of(stage, campaign, "recipients") == []
        assert len(reads_of(stage, campaign)) == 1
        stage.assert_counts_are_the_vendors()


def test_a_report_that_lags_behind_its_summary_is_told_and_read_again():
    with Stage(WORLD) as stage:
        campaign = next(iter(stage.client.campaigns.values()))
        report = campaign.reports["opens"]
        whole = list(report.rows)
        meanwhile(stage.vendor).when("opens", lambda: replace(report, whole[:-3]))

        stage.imported()

        assert [failure for failure in stage.failures if "counts" in failure["message"]] != []
        assert stage.job["status"] == "completed"
        replace(report, whole)
        stage.product.later(days=30)
        stage.run_again()
        stage.assert_counts_are_the_vendors()
        stage.assert_profiles_are_true()


def test_a_vendor_whose_date_filters_mean_after_costs_calls_but_no_row():
    with Stage(WORLD) as stage:
        stage.vendor.switches.exclusive_dates = True
        campaign = a_burst(stage, readers=10, minutes=4, each=2)
        stage.imported(keep_updated=True)
        stage.vendor.happen(campaign, "open", "reader3@example.org", "2026-11-20 23:30")
        stage.vendor.unsubscribe(stage.lists[0], "reader4@example.org", at="2026-11-20 23:10")
        stage.product.later(days=1)

        stage.run_again()

        stage.assert_counts_are_the_vendors()
        stage.assert_profiles_are_true()


def test_a_date_that_is_none_costs_its_row_and_nothing_else():
    with Stage(WORLD) as stage:
        campaign = a_burst(stage, readers=2, minutes=1, each=1)
        campaign.add(
            "opens",
            "reader1@example.org",
            stage.lists[0].id,
            "2026-13-01 10:00:00",
            campaign.reports["opens"].rows[0][3],
        )
        bad = stage.vendor.send_campaign(stage.client, "Undated", stage.lists, SENT)
        bad.sent = "yesterday"

        stage.imported()

        stage.assert_run_is_whole()
        del campaign.reports["opens"].rows[-1], stage.client.campaigns[bad.id]
        stage.assert_profiles_are_true()
        assert {"2026-13-01", "yesterday"} == {
            word
            for word in ("2026-13-01", "yesterday")
            for failure in stage.failures
            if word in failure["message"]
        }


def replace(report, rows):
    report.rows[:] = rows
    report._sorted.clear()
