"""What of Campaign Monitor's data an import need not have: columns, and what was before a day."""

import pytest

from import_app import columns
from simulators.campaign_monitor.clock import zone_of
from simulators.campaign_monitor.generator import World
from simulators.campaign_monitor.model import Suppression
from tests import oracle, vendor_truth
from tests.deliveries import make_event
from tests.flows.importing import SMALL, Stage


def test_every_column_that_rows_have_is_known():
    with Stage(SMALL) as stage:
        stage.imported(drop_columns=[])
        event = make_event(
            email="ann@example.com", OldEmailAddress="an@example.com", SignupIPAddress="192.0.2.1"
        )
        hook = next(hook for one in stage.lists for hook in one.webhooks.values())
        owner = next(one for one in stage.lists if hook in one.webhooks.values())
        body = {"ListID": owner.id, "Events": [event]}
        assert stage.product.gateway.post(hook.url.removeprefix(stage.product.url), body).json == {
            "accepted": 1
        }
        stage.pump()

        people = {item["email"] for item in stage.product.items("RowsTable") if "@" in item["email"]}
        rows = [
            row for one in people for row in stage.product.gateway.get(f"/profiles/{one}/rows").json["items"]
        ]
        found = {name for row in rows for name in row["fields"] if not name.startswith("custom.")}
        assert found - set(columns.FREE) - columns.NEEDED.keys() == set()
        assert len(found) > 25


# From a day on

OLD = World(
    clients=1,
    lists=2,
    subscribers=80,
    campaigns=8,
    activity=400,
    recipients=160,
    journeys=1,
    oldest_days=120,
    overlap=0.2,
)
DAY = "2026-10-01"
EARLIER = "2026-09-01"


@pytest.fixture(params=[False, True], ids=["inclusive", "exclusive"])
def stage(request):
    """A vendor of either kind of date filter."""
    with Stage(OLD) as made:
        made.vendor.switches.exclusive_dates = request.param
        yield made


def truth_since(stage, day):
    """The fields of everybody's profile without activity before a day of the client's."""
    first = vendor_truth.utc(f"{day} 00:00:00", zone_of(stage.client.time_zone))
    found = {}
    for email, rows in vendor_truth.rows_by_address(stage.client).items():
        if kept := [row for row in rows if row["stream"] == "cm_user" or row["ts"] >= first]:
            found[email] = oracle.profile(kept)
    return found


def assert_true_since(stage, day):
    truth = truth_since(stage, day)
    assert stage.profiles(truth) == truth
    known = {item["email"] for item in stage.product.items("RowsTable") if "@" in item["email"]}
    assert known == truth.keys()


def reports(stage):
    """The pages of reports that were read."""
    return [path for path, _ in stage.asked() if path.count("/") >= 2 and path.startswith(("campaigns/", "journeys/"))
            and not path.endswith("/summary")]  # fmt: skip


def test_activity_from_a_day_on_is_read_and_nothing_before_with_fewer_calls(stage):
    stage.imported()
    whole = len(stage.asked())
    stage.product.gateway.delete(f"/imports/{stage.job_id}")
    stage.pump()
    with_rows = {item["email"] for item in stage.product.items("RowsTable") if "@" in item["email"]}
    for email in with_rows:
        stage.product.gateway.delete(f"/profiles/{email}")
    stage.pump()
    stage.product.later(hours=2)

    stage.imported(rows_since=DAY)

    stage.assert_run_is_whole()
    assert_true_since(stage, DAY)
    assert stage.failures == [] or all("email" in one for one in stage.failures)
    assert len(stage.asked()) < whole
    older = {one.id for one in stage.client.campaigns.values() if one.sent < DAY}
    assert older
    assert {path for path, _ in stage.asked() if path.endswith("/recipients")}.isdisjoint(
        {f"campaigns/{one}/recipients" for one in older}
    )


def test_what_happened_at_the_beginning_of_the_day_counts_and_a_minute_before_does_not(stage):
    campaign = min(stage.client.campaigns.values(), key=lambda one: one.sent)
    email, list_id, *_ = campaign.reports["recipients"].rows[0]
    for at in ("2026-09-30 23:59", "2026-10-01 00:00", "2026-10-01 00:00"):
        stage.vendor.happen(campaign, "click", email, at, list_id, url="https://example.org/midnight")

    stage.imported(rows_since=DAY)

    assert_true_since(stage, DAY)
    clicks = [row["fields"].get("url") for row in rows_of(stage, email.lower())]
    assert clicks.count("https://example.org/midnight") == 2
    stage.assert_run_is_whole()


def test_a_report_that_was_read_from_a_day_on_is_not_read_again_until_something_happens(stage):
    stage.imported(rows_since=DAY, keep_updated=True, tracking_consent="ignore")
    stage.product.later(hours=1)

    stage.run_again()
    quiet = reports(stage)
    campaign = max(
        (one for one in stage.client.campaigns.values() if one.sent < DAY), key=lambda one: one.sent
    )
    email, list_id, *_ = campaign.reports["recipients"].rows[0]
    stage.vendor.happen(campaign, "open", email, "2026-11-21 00:20", list_id)
    stage.product.later(hours=1)
    stage.run_again()

    assert quiet == []
    assert reports(stage) == [f"campaigns/{campaign.id}/opens"]
    assert_true_since(stage, DAY)
    stage.assert_run_is_whole("scheduled")


def test_what_is_told_late_is_found_by_reading_again_from_the_day_on(stage):
    campaign = max(
        (one for one in stage.client.campaigns.values() if one.sent < DAY), key=lambda one: one.sent
    )
    email, list_id, *_ = campaign.reports["recipients"].rows[0]
    stage.vendor.switches.largest_page = 5
    times = [*(f"2026-11-19 10:{minute}" for minute in range(10, 22)), "2026-11-20 20:00"]
    stage.vendor.happen(campaign, "open", email, times, list_id)
    stage.imported(rows_since=DAY, keep_updated=True)
    stage.vendor.happen(campaign, "open", email, "2026-11-01 10:00", list_id)
    stage.product.later(hours=1)

    stage.run_again()

    asked = [query["date"] for path, query in stage.asked() if path == f"campaigns/{campaign.id}/opens"]
    assert "2026-09-30 23:59" in asked[1:]
    assert asked[0].startswith("2026-11-19 10:")
    assert_true_since(stage, DAY)
    assert not [one for one in stage.failures if "counts" in one["message"]]


def test_an_earlier_day_is_read_by_the_next_run_and_no_day_reads_everything(stage):
    stage.imported(rows_since=DAY, keep_updated=True)
    stage.change(rows_since=EARLIER)
    stage.product.later(hours=1)
    stage.run_again()
    assert_true_since(stage, EARLIER)
    stage.assert_run_is_whole("scheduled")
    stage.change(rows_since=None)
    stage.product.later(hours=1)
    stage.run_again()

    stage.assert_profiles_are_true()
    stage.product.later(hours=1)
    stage.run_again()
    assert reports(stage) == []
    stage.assert_run_is_whole("scheduled")


def test_a_later_day_costs_nothing_and_takes_nothing_away(stage):
    stage.imported(rows_since=EARLIER, keep_updated=True)
    stage.change(rows_since="2026-11-01")
    stage.product.later(hours=1)

    stage.run_again()

    assert reports(stage) == []
    assert_true_since(stage, EARLIER)


def test_a_webhook_that_tells_of_what_was_before_the_day_tells_the_state_alone(stage):
    stage.imported(keep_updated=True)
    mailing_list = stage.lists[0]
    stage.change(rows_since="2026-03-05")
    (hook,) = mailing_list.webhooks.values()
    events = [
        make_event(email="before@example.com", Date="2026-03-04 23:59:59"),
        make_event(email="after@example.com", Date="2026-03-05 00:00:00"),
    ]
    body = {"ListID": mailing_list.id, "Events": events}

    answer = stage.product.gateway.post(hook.url.removeprefix(stage.product.url), body)
    stage.pump()

    rows = {
        email: [row["stream"] for row in stage.product.gateway.get(f"/profiles/{email}/rows").json["items"]]
        for email in ("before@example.com", "after@example.com")
    }
    assert answer.json == {"accepted": 2}
    assert rows["before@example.com"] == ["cm_user"]
    assert sorted(rows["after@example.com"]) == ["cm_activity", "cm_user"]
    stage.product.later(hours=1)
    stage.run_again()  # the run says the same to the receiver
    events = [make_event(email="late@example.com", Date="2026-03-04 10:00:00")]
    stage.product.gateway.post(
        hook.url.removeprefix(stage.product.url), {"ListID": mailing_list.id, "Events": events}
    )
    stage.pump()
    late = stage.product.gateway.get("/profiles/late@example.com/rows").json["items"]
    assert [row["stream"] for row in late] == ["cm_user"]


def test_a_gap_of_a_webhook_is_filled_from_the_day_on_alone(stage):
    stage.imported(keep_updated=True)
    mailing_list = stage.lists[0]
    (hook,) = mailing_list.webhooks.values()
    hook.active = False
    stage.product.later(days=3)
    stage.change(rows_since="2026-11-23")
    for email, at in (("early@example.com", "2026-11-22 10:00"), ("new@example.com", "2026-11-23 10:00")):
        stage.vendor.subscribe(mailing_list, email, at=at)

    stage.run_again()

    events = {
        email: [row["stream"] for row in stage.product.gateway.get(f"/profiles/{email}/rows").json["items"]]
        for email in ("early@example.com", "new@example.com")
    }
    assert events["early@example.com"] == ["cm_user"]
    assert sorted(events["new@example.com"]) == ["cm_activity", "cm_user"]


def test_an_import_without_campaigns_since_its_day_reads_no_recipients_and_its_people_all_the_same(stage):
    stage.imported(rows_since="2999-12-31")

    assert {row["stream"] for email in truth_since(stage, "2999-12-31") for row in rows_of(stage, email)} == {
        "cm_user"
    }
    stage.assert_run_is_whole()
    assert_true_since(stage, "2999-12-31")


def test_the_suppression_list_is_read_down_to_the_day_and_further_for_an_earlier_one(stage):
    stage.vendor.switches.largest_page = 2
    dates = [f"2026-{month:02}-15 10:00:00" for month in range(2, 12)]
    stage.client.suppressed = {
        f"s{n}@example.com": Suppression(f"s{n}@example.com", "Bounced", date) for n, date in enumerate(dates)
    }
    stage.imported(rows_since=DAY, keep_updated=True)
    first = suppression_pages(stage)
    assert_true_since(stage, DAY)
    stage.change(rows_since=EARLIER)
    stage.product.later(hours=1)
    stage.run_again()
    second = suppression_pages(stage)
    assert_true_since(stage, EARLIER)
    stage.product.later(hours=1)
    stage.run_again()

    assert (len(first), len(second), len(suppression_pages(stage))) == (2, 2, 1)
    stage.change(rows_since=None)
    stage.run_again()
    assert len(suppression_pages(stage)) == 5
    stage.assert_profiles_are_true()


def suppression_pages(stage):
    return [query["page"] for path, query in stage.asked() if path.endswith("suppressionlist")]


def test_reports_of_journeys_are_asked_for_from_the_day_on(stage):
    stage.imported(rows_since=DAY)

    asked = {query["date"] for path, query in stage.asked() if path.startswith("journeys/email/")}
    assert asked == {"2026-09-30 23:59"}


def rows_of(stage, email):
    return stage.product.gateway.get(f"/profiles/{email}/rows").json["items"]
