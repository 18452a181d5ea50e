"""Keep Updated: a later run reads what changed, and little else."""

from collections import Counter
from dataclasses import replace

from simulators.campaign_monitor.clock import text_of
from simulators.campaign_monitor.generator import World
from tests.flows.importing import Stage
from tests.meter import Meter

WORLD = World(clients=1, lists=2, subscribers=40, campaigns=2, activity=60, recipients=15, journeys=1)
ARCHIVE = World(
    clients=1,
    lists=3,
    subscribers=60,
    campaigns=500,
    recipients=500,
    activity=300,
    oldest_days=4000,
    journeys=0,
)
OVERHEAD = 5
"""Calls of every run: the client, its lists, campaigns, journeys and suppression list."""


def test_a_run_after_which_nothing_changed_reads_no_page_again():
    with Stage(WORLD) as stage:
        stage.imported(keep_updated=True, tracking_consent="ignore")
        stage.product.later(minutes=5)
        stage.tick()  # the first look at the lists' statistics
        stage.product.later(minutes=5)

        stage.tick()

        young = list(stage.client.campaigns)[-1]
        per_list = [path.split("/")[-1] for path, _ in stage.asked() if path.startswith("lists/")]
        assert sorted(per_list) == ["stats", "stats", "unconfirmed", "unconfirmed", "webhooks", "webhooks"]
        assert [path for path, _ in stage.asked() if path.endswith("summary")] == [
            f"campaigns/{young}/summary"
        ]
        assert len(stage.asked()) == OVERHEAD + 6 + len(stage.client.journeys) + 1
        stage.assert_run_is_whole("scheduled")


def test_a_page_of_the_campaigns_list_reads_what_is_known_of_its_campaigns_and_no_reports_of_those_not_due():
    world = replace(WORLD, campaigns=30, oldest_days=60, recipients=60, activity=300)
    with Stage(world) as stage:
        stage.vendor.switches.largest_page = 10
        stage.imported(keep_updated=True)
        stage.product.later(hours=1)
        meter = Meter()

        with meter.on(stage.product):
            stage.tick()

        stage.assert_run_is_whole("scheduled")
        visited = {path.split("/")[1] for path, _ in stage.asked() if path.endswith("/summary")}
        listed = Counter(key.rpartition("/")[2] for key in meter.read if key.startswith("known#sent/"))
        reports = {key.split("/")[1] for key in meter.read if key.startswith("known#campaign/")}
        assert 0 < len(visited) < 15
        assert reports == visited
        assert listed == dict.fromkeys(stage.client.campaigns, 1)


def test_what_happened_since_is_read_and_nothing_else():
    with Stage(WORLD) as stage:
        stage.imported(keep_updated=True, tracking_consent="ignore")
        stage.product.later(hours=1)
        stage.run_again()
        old, young = stage.client.campaigns.values()
        email, list_id, *_ = young.reports["recipients"].rows[0]
        stage.vendor.happen(young, "click", email, "2026-11-21 01:00", list_id, url="https://example.org/new")
        made = stage.vendor.send_campaign(stage.client, "New", stage.lists[:1], "2026-11-21 00:30")
        leaver = stage.lists[1].in_state("Active")[0].email
        stage.vendor.unsubscribe(stage.lists[1], leaver, at="2026-11-21 01:10")
        stage.vendor.subscribe(stage.lists[0], "new@example.org", "New", at="2026-11-21 01:15")
        stage.product.later(hours=3)

        stage.run_again()

        reports = {path for path, _ in stage.asked() if path.startswith("campaigns/")}
        assert reports == {f"campaigns/{young.id}/summary", f"campaigns/{young.id}/clicks"} | {
            f"campaigns/{made.id}/summary",
            f"campaigns/{made.id}/recipients",
        }
        pages = [query for path, query in stage.asked() if path.startswith("lists/") and "date" in query]
        assert {query["date"] for query in pages} <= {"2026-11-19", "2026-11-20"}
        stage.assert_profiles_are_true()
        assert old.id not in str(stage.asked())


def test_an_edited_name_is_found_by_the_full_sweep():
    with Stage(WORLD) as stage:
        stage.imported(keep_updated=True, tracking_consent="ignore")
        person = next(one for one in stage.lists[0].in_state("Active") if not stage.lists[1].find(one.email))
        stage.vendor.edit(stage.lists[0], person.email, name="Somebody Else")
        stage.product.later(hours=167)
        stage.run_again()
        assert stage.profiles([person.email.lower()])[person.email.lower()]["cm_name"] != "Somebody Else"
        stage.product.later(hours=1)

        stage.run_again()

        assert stage.profiles([person.email.lower()])[person.email.lower()]["cm_name"] == "Somebody Else"
        stage.assert_profiles_are_true()


def test_people_who_change_places_so_that_no_number_moves_are_found_the_day_after():
    with Stage(WORLD) as stage:
        one = stage.lists[0]
        leaver, comer, next_leaver, next_comer = one.in_state("Active")[:4]
        stage.vendor.unsubscribe(one, next_comer.email, at="2026-11-10 22:00")
        stage.vendor.unsubscribe(one, comer.email, at="2026-11-20 22:00")
        leaver.date, next_leaver.date = "2026-11-20 22:00:00", "2026-11-10 22:00:00"
        stage.imported(keep_updated=True)
        stage.product.later(minutes=10)
        stage.run_again()
        stage.vendor.unsubscribe(one, leaver.email, at="2026-11-20 23:20")
        stage.vendor.subscribe(one, comer.email, at="2026-11-20 23:20")
        stage.vendor.unsubscribe(one, next_leaver.email, at="2026-11-21 22:00")
        stage.vendor.subscribe(one, next_comer.email, at="2026-11-21 22:00")
        stage.product.later(days=1)

        stage.run_again()

        stage.assert_profiles_are_true()


def test_every_campaign_of_seven_days_is_looked_at_by_every_run_and_of_ninety_by_one_that_a_person_starts():
    with Stage(WORLD) as stage:
        stage.client.campaigns.clear()
        ages = (0, 2, 5, 6, 20, 60, 88, 100, 400)
        made = {age: sent_before(stage, age) for age in ages}
        stage.imported(keep_updated=True)
        stage.product.later(hours=1)

        stage.tick()
        by_itself = looked_at(stage)
        stage.post("run")
        stage.mark = len(stage.vendor.calls)
        stage.pump()
        asked_for = looked_at(stage)
        stage.post("stop")
        stage.post("start")
        stage.mark = len(stage.vendor.calls)
        stage.pump()
        started = looked_at(stage)

        assert by_itself == {made[age] for age in (0, 2, 5, 6)}
        assert asked_for == started == {made[age] for age in (0, 2, 5, 6, 20, 60, 88)}


def test_an_open_of_a_campaign_of_five_days_is_there_after_the_next_hourly_run():
    with Stage(WORLD) as stage:
        person = stage.lists[0].in_state("Active")[0]
        campaign = stage.vendor.send_campaign(stage.client, "Of Sunday", stage.lists[:1], "2026-11-15 10:00")
        stage.imported(keep_updated=True)
        stage.vendor.happen(campaign, "open", person.email, "2026-11-20 23:10")
        stage.product.later(hours=1)

        stage.tick()

        stage.assert_profiles_are_true()


def sent_before(stage, days):
    at = stage.product.clock.now() - days * 86_400
    local = text_of(at, stage.client.time_zone)
    return stage.vendor.send_campaign(stage.client, f"{days} days ago", stage.lists[:1], local).id


def looked_at(stage):
    return {path.split("/")[1] for path, _ in stage.asked() if path.endswith("/summary")}


def test_an_archive_of_five_hundred_campaigns_costs_forty_calls_at_most():
    with Stage(ARCHIVE) as stage:
        stage.imported(keep_updated=True)
        stage.product.later(hours=1)
        stage.tick()
        second = len(stage.asked())
        stage.product.later(hours=1)
        stage.tick()

        third = len(stage.asked())

        print(f"calls of a no-change run over 500 campaigns: {second}, then {third}")
        assert max(second, third) <= 40
        stage.assert_run_is_whole("scheduled")
