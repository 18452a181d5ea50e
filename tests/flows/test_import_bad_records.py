"""Records that no vendor should send, among good ones: each is listed and costs only itself."""

import pytest

from simulators.campaign_monitor.generator import World
from simulators.campaign_monitor.model import Suppression
from tests.flows.importing import Stage

WORLD = World(clients=1, lists=2, subscribers=30, campaigns=2, activity=60, recipients=15, journeys=1)
STRANGER = "Odd.One@example.com"
PERSON = {"EmailAddress": STRANGER, "Name": "Odd", "URL": "https://example.org", "ListID": ""}
REPORTS = ("opens", "clicks", "bounces", "unsubscribes", "spam")
AHEAD, BEFORE = "the time is more than a day ahead of our clock", "the time is before 1970"
TIMES = {
    "0001-01-01 00:00:00": "",
    "1899-12-30 00:00:00": BEFORE,
    "2026-11-22 12:00:00": AHEAD,
    "2999-01-01 00:00:00": AHEAD,
    "9999-12-31 23:59:59": "",
    "": "is not a YYYY-MM-DD HH:MM:SS",
    "yesterday": "is not a YYYY-MM-DD HH:MM:SS",
    "2026-02-30 10:00:00": "is not a YYYY-MM-DD HH:MM:SS",
}


def with_a_record(record, place):
    """Puts one more record into an answer, whether it is a page or an array."""

    def change(body):
        records = body["Results"] if isinstance(body, dict) else body
        records.insert(0 if place == "first" else len(records), record)
        return body

    return change


@pytest.mark.parametrize(
    ("time", "place"), [*((time, "last") for time in TIMES), ("0001-01-01 00:00:00", "first")]
)
def test_a_record_of_an_impossible_time_is_listed_with_its_source_and_costs_only_itself(time, place):
    with Stage(WORLD) as stage:
        faults, (campaign, *_) = stage.vendor.faults, stage.client.campaigns.values()
        for kind in ("unsubscribe", "spam"):
            stage.vendor.happen(
                campaign, kind, stage.lists[0].in_state("Active")[0].email, "2026-11-19 10:00"
            )
        add = with_a_record({**PERSON, "Date": time, "SuppressionReason": "Bounced"}, place)
        timeless = {"CampaignID": "c0ffee", "Name": "Of no time", "SentDate": time}
        for part in ("active", "deleted", "suppressionlist", *REPORTS):
            faults.edit(rf"GET .*/{part}\.json", add)
        faults.edit(r"journeys/email/.*/recipients", with_a_record({**PERSON, "SentDate": time}, place))
        faults.edit(r"clients/\w+/campaigns\.json", with_a_record(timeless, place))

        stage.imported(keep_updated=True)

        stage.assert_run_is_whole("scheduled")
        stage.assert_profiles_are_true()
        told = [failure for failure in stage.failures if failure["email"] == STRANGER]
        assert all(TIMES[time] in failure["message"] for failure in told)
        assert {kind_of(failure) for failure in told} == {
            "active",
            "deleted",
            "recipients",
            "suppressions",
            *REPORTS,
        }
        assert stage.job["run"]["rejected"] == len(told)
        assert any("campaign c0ffee is left out" in failure["message"] for failure in stage.failures)
        stage.product.later(hours=1)
        stage.tick()
        stage.assert_run_is_whole("scheduled")
        stage.assert_profiles_are_true()


def test_a_person_of_an_impossible_time_among_those_whose_webhook_was_dead_is_listed_too():
    with Stage(WORLD) as stage:
        stage.imported(keep_updated=True)
        for hook in stage.lists[0].webhooks.values():
            stage.vendor.fail_for_a_week(hook)
        stage.product.later(hours=1)
        stage.vendor.subscribe(stage.lists[0], "new@example.org", "New", at="2026-11-20 23:30")
        odd = {**PERSON, "Date": "2999-01-01 00:00:00", "State": "Active"}
        stage.vendor.faults.edit(rf"GET .*{stage.lists[0].id}/active", with_a_record(odd, "last"))

        stage.tick()

        stage.assert_run_is_whole("scheduled")
        assert stage.product.profile(STRANGER).status == 404
        assert [failure["message"] for failure in stage.failures if failure["email"] == STRANGER] == [AHEAD]
        rows = stage.product.gateway.get("/profiles/new@example.org/rows").json["items"]
        assert {row["fields"].get("event") for row in rows} == {None, "subscribe"}


def test_a_suppression_of_an_impossible_time_does_not_hide_those_that_come_later():
    with Stage(WORLD) as stage:
        odd = {**PERSON, "Date": "2999-01-01 00:00:00", "SuppressionReason": "Bounced"}
        stage.vendor.faults.edit("suppressionlist", with_a_record(odd, "first"))
        stage.imported(keep_updated=True)
        stage.client.suppressed.clear()
        for number in range(1500):
            add_suppressed(stage, f"s{number:04d}@example.org", f"2026-11-20 22:{number % 60:02d}:00")
        stage.product.later(hours=1)

        stage.tick()

        assert [query["page"] for path, query in stage.asked() if "suppressionlist" in path] == ["1", "2"]
        stage.assert_run_is_whole("scheduled")


def add_suppressed(stage, email, date):
    stage.client.suppressed[email] = Suppression(email, "Bounced", date)


def kind_of(failure):
    """What the failure's page is a page of."""
    parts = failure["source"].split("/")
    return parts[0] if parts[0] == "suppressions" else parts[2]


def test_what_is_not_needed_of_an_answer_and_numbers_told_as_text_cost_neither_calls_nor_rows():
    with Stage(WORLD) as plain:
        plain.imported(keep_updated=True)
        plain.product.later(hours=1)
        plain.tick()
        expected = [path for path, _ in plain.asked()]
    with Stage(WORLD) as stage:
        stage.vendor.faults.edit(
            "/stats", lambda body: texts_for_numbers(body) | {"ListName": "x", "Tags": None}
        )
        stage.vendor.faults.edit("/summary", lambda body: texts_for_numbers(body) | {"Forwards": {"a": []}})
        stage.vendor.faults.edit(
            "page=", lambda body: texts_for_numbers(body) | {"PageNumber": [], "PageSize": "?"}
        )
        stage.vendor.faults.edit(
            r"/clients/\w+\.json", lambda body: body | {"ApiKey": 7, "BillingDetails": [None]}
        )
        stage.vendor.faults.edit(
            r"clients/\w+/campaigns\.json",
            lambda body: (
                body
                | {
                    "Results": [
                        one | {"Tags": "x", "Subject": [], "TotalRecipients": "?"} for one in body["Results"]
                    ]
                }
            ),
        )

        stage.imported(keep_updated=True)
        stage.product.later(hours=1)
        stage.tick()

        assert [path for path, _ in stage.asked()] == expected
        stage.assert_run_is_whole("scheduled")
        stage.assert_profiles_are_true()
        assert stage.failures == []


def test_numbers_that_cannot_be_read_are_told_and_what_they_count_is_read_without_them():
    with Stage(WORLD) as stage:
        stage.imported(keep_updated=True)
        stage.product.later(hours=1)
        stage.vendor.subscribe(stage.lists[0], "new@example.org", "New", at="2026-11-20 23:30")
        stage.vendor.faults.edit("/stats", lambda body: body | {"TotalActiveSubscribers": "many"})
        stage.vendor.faults.edit("/summary", lambda body: body | {"TotalOpened": None, "Clicks": [1]})
        campaign = list(stage.client.campaigns.values())[-1]
        stage.vendor.happen(campaign, "open", stage.lists[0].in_state("Active")[0].email, "2026-11-20 23:40")

        stage.tick()

        stage.assert_run_is_whole("scheduled")
        stage.assert_profiles_are_true()
        told = {failure["source"]: failure["message"] for failure in stage.failures}
        assert "no number for TotalActiveSubscribers" in told[f"subscribers/{stage.lists[0].id}"]
        assert "its number of opens cannot be read" in told[f"campaign/{campaign.id}/opens"]
        assert "its number of clicks cannot be read" in told[f"campaign/{campaign.id}/clicks"]


@pytest.mark.parametrize(
    "odd", [7, None, {"EmailAddress": ["x"], "Date": {}}, {"CampaignID": {}, "JourneyID": 1e9}]
)
def test_a_record_of_no_shape_is_told_wherever_it_comes_and_costs_only_itself(odd):
    with Stage(WORLD) as stage:
        parts = ("active", "opens", "clicks", "suppressionlist", "campaigns", "journeys", "lists", "webhooks")
        for part in parts:
            stage.vendor.faults.edit(rf"GET .*/{part}\.json", with_a_record(odd, "first"))

        stage.imported(keep_updated=True)

        stage.assert_run_is_whole("scheduled")
        stage.assert_profiles_are_true()
        sources = {failure["source"].split("/")[0] for failure in stage.failures}
        assert {"plan", "subscribers", "campaign", "campaigns", "suppressions"} <= sources
        assert all(
            "cannot be read" in failure["message"] or "the time ''" in failure["message"]
            for failure in stage.failures
        )
        hooks = {one.id: [hook.id for hook in one.webhooks.values()] for one in stage.lists}
        stage.product.later(hours=1)
        stage.tick()
        assert {one.id: [hook.id for hook in one.webhooks.values()] for one in stage.lists} == hooks
        stage.assert_run_is_whole("scheduled")


def texts_for_numbers(body):
    return {name: str(value) if type(value) is int else value for name, value in body.items()}
