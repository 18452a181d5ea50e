"""Pages, orders and filters of what is read."""

from collections import Counter

import pytest

from simulators.campaign_monitor import SCENARIOS, CampaignMonitor, World


def pages_of(call, path, size=10, **query):
    """Every page until the last, by the announced number."""
    first = call.get(path, page=1, pagesize=size, **query)[1]
    rest = [call.get(path, page=n, pagesize=size, **query)[1] for n in range(2, first["NumberOfPages"] + 1)]
    return [first, *rest]


def test_pages_hold_every_row_once_and_the_last_is_short(vendor, client, call):
    campaign = max(client.campaigns.values(), key=lambda each: len(each.reports["opens"].rows))
    rows = campaign.reports["opens"].rows

    pages = pages_of(call, f"campaigns/{campaign.id}/opens", orderfield="email", orderdirection="desc")

    emails = [row["EmailAddress"] for page in pages for row in page["Results"]]
    assert Counter(emails) == Counter(row[0] for row in rows)
    assert [email.lower() for email in emails] == sorted((email.lower() for email in emails), reverse=True)
    assert [page["RecordsOnThisPage"] for page in pages[:-1]] == [10] * (len(pages) - 1)
    assert {page["TotalNumberOfRecords"] for page in pages} == {len(rows)}


def test_a_page_beyond_the_last_is_empty(newsletter, call):
    _, body = call.get(f"lists/{newsletter.id}/active", page=99)

    assert (body["Results"], body["PageNumber"], body["NumberOfPages"]) == ([], 99, 1)


def test_nothing_has_no_pages_or_one_by_switch(vendor, newsletter, call):
    newsletter.people.clear()
    newsletter.touch()

    none = call.get(f"lists/{newsletter.id}/active")[1]["NumberOfPages"]
    vendor.switches.empty_pages = 1

    assert (none, call.get(f"lists/{newsletter.id}/active")[1]["NumberOfPages"]) == (0, 1)


def test_a_page_holds_no_more_than_a_switch_says_whatever_is_asked_for(vendor, newsletter, call):
    whole = call.get(f"lists/{newsletter.id}/active")[1]

    vendor.switches.largest_page = 3
    pages = pages_of(call, f"lists/{newsletter.id}/active", size=1000)

    assert [row for page in pages for row in page["Results"]] == whole["Results"]
    assert {page["PageSize"] for page in pages} == {3}
    assert {page["RecordsOnThisPage"] for page in pages[:-1]} == {3}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"page": "x"}, 800),
        ({"page": "0"}, 800),
        ({"pagesize": "1001"}, 801),
        ({"orderfield": "color"}, 802),
        ({"orderdirection": "sideways"}, 803),
        ({"date": "01/02/2026"}, 5),
    ],
)
def test_bad_parameters_have_their_codes(newsletter, call, query, code):
    status, body = call.get(f"lists/{newsletter.id}/active", **query)

    assert (status, body["Code"]) == (400, code)


def test_dates_of_lists_filter_by_the_day_of_entering_the_state(vendor, newsletter, call):
    vendor.subscribe(newsletter, "old@example.com", at="2026-03-01 23:59")
    vendor.subscribe(newsletter, "new@example.com", at="2026-03-02 00:00")
    newsletter.people = {
        k: v for k, v in newsletter.people.items() if k in ("old@example.com", "new@example.com")
    }

    def since(day):
        return [
            row["EmailAddress"] for row in call.get(f"lists/{newsletter.id}/active", date=day)[1]["Results"]
        ]

    assert since("2026-03-01") == ["old@example.com", "new@example.com"]
    assert since("2026-03-02") == ["new@example.com"]
    assert since("") == since("1900-01-01")
    vendor.switches.exclusive_dates = True
    assert since("2026-03-01") == ["new@example.com"]


def test_dates_of_reports_filter_to_the_minute_inclusively(vendor, client, newsletter, call):
    campaign = vendor.send_campaign(client, "C", [newsletter], "2026-03-01 10:00", ["a@example.com"])
    for minute in ("10:05", "10:06", "10:07"):
        vendor.happen(campaign, "open", "a@example.com", f"2026-03-01 {minute}")

    def since(date):
        return call.get(f"campaigns/{campaign.id}/opens", date=date)[1]["TotalNumberOfRecords"]

    assert [since("2026-03-01 10:06"), since("2026-03-01"), since("2026-03-02"), since("")] == [2, 3, 0, 3]
    vendor.switches.exclusive_dates = True
    assert since("2026-03-01 10:06") == 1


def test_sent_campaigns_come_newest_first_and_by_day_and_tag(vendor, client, newsletter, call):
    client.campaigns.clear()
    for day in ("2026-01-01", "2026-02-01", "2026-03-01"):
        vendor.send_campaign(client, day, [newsletter], f"{day} 09:00", []).tags.append(f"Tag {day[6]}")

    def names(**query):
        return [each["Name"] for each in call.get(f"clients/{client.id}/campaigns", **query)[1]["Results"]]

    assert names() == ["2026-03-01", "2026-02-01", "2026-01-01"]
    assert names(sentFromDate="2026-01-15", sentToDate="2026-02-01") == ["2026-02-01"]
    assert names(tags="Tag 2") == ["2026-02-01"]
    codes = [
        call.get(f"clients/{client.id}/campaigns", **query)[1]["Code"]
        for query in (
            {"sentFromDate": "x"},
            {"sentToDate": "x"},
            {"sentFromDate": "2026-02-01", "sentToDate": "2026-02-01"},
        )
    ]
    assert codes == [920, 922, 927]


def test_summaries_agree_with_the_rows(vendor, client, call):
    for campaign in client.campaigns.values():
        summary = call.get(f"campaigns/{campaign.id}/summary")[1]
        totals = {
            name: call.get(f"campaigns/{campaign.id}/{kind}")[1]["TotalNumberOfRecords"]
            for name, kind in {
                "Recipients": "recipients",
                "TotalOpened": "opens",
                "Clicks": "clicks",
                "Bounced": "bounces",
                "Unsubscribed": "unsubscribes",
                "SpamComplaints": "spam",
            }.items()
        }
        assert {name: summary[name] for name in totals} == totals


def test_keys_of_values_are_bracketed_or_bare_by_switch(vendor, newsletter, call):
    vendor.subscribe(newsletter, "k@example.com", fields={"subscription date": "2020-01-01"})

    def keys():
        body = call.get(f"subscribers/{newsletter.id}", email="k@example.com")[1]
        return [each["Key"] for each in body["CustomFields"]]

    bracketed = keys()
    vendor.switches.bracketed_keys = False
    assert (bracketed, keys()) == (["[subscriptiondate]"], ["subscription date"])


def test_the_same_seed_gives_the_same_world():
    worlds = [CampaignMonitor(seed=seed, scenario="tiny").account for seed in (3, 3, 4)]
    people = [
        [(p.email, p.name, p.date) for each in world.lists() for p in each.people.values()]
        for world in worlds
    ]

    assert people[0] == people[1] != people[2]


def test_a_world_has_as_much_as_was_asked_for():
    world = World(clients=1, lists=6, subscribers=601, campaigns=7, activity=5003, recipients=411, unusable=3)
    account = CampaignMonitor(scenario=world).account
    (client,) = account.clients.values()
    reports = [campaign.reports for campaign in client.campaigns.values()]

    assert len(client.lists) == 6
    assert sum(len(each.people) for each in client.lists.values()) == 604
    assert sum(len(each["recipients"].rows) for each in reports) == 411
    assert (
        sum(len(rows.rows) for each in reports for kind, rows in each.items() if kind != "recipients") == 5003
    )


def test_every_scenario_can_be_made():
    sizes = {
        name: sum(len(each.people) for each in CampaignMonitor(scenario=name).lists)
        for name in SCENARIOS
        if name not in ("busy", "archive")
    }

    assert sizes == {"empty": 0, "tiny": 20, "demo": 3080, "users": 12_345}


def test_history_tells_opens_and_clicks_of_one_person(vendor, client, newsletter, call):
    vendor.subscribe(newsletter, "h@example.com")
    campaign = vendor.send_campaign(client, "C", [newsletter], "2026-03-01 10:00", ["h@example.com"])
    vendor.happen(campaign, "open", "h@example.com", "2026-03-01 10:05")
    vendor.happen(campaign, "click", "h@example.com", "2026-03-01 10:06", url="https://example.com/x")

    (told,) = call.get(f"subscribers/{newsletter.id}/history", email="h@example.com")[1]

    assert [(each["Event"], each["Date"], each["Detail"]) for each in told["Actions"]] == [
        ("Click", "2026-03-01 10:06:00", "https://example.com/x"),
        ("Open", "2026-03-01 10:05:00", ""),
    ]


def test_a_client_that_moves_tells_its_history_in_the_new_zone(vendor, client, newsletter, call):
    vendor.subscribe(newsletter, "m@example.com", at="2026-01-10 12:00")
    campaign = vendor.send_campaign(client, "C", [newsletter], "2026-07-10 12:00", ["m@example.com"])
    vendor.happen(campaign, "open", "m@example.com", "2026-07-10 12:05")

    vendor.move_to_zone(client, "(GMT) Coordinated Universal Time")

    assert call.get(f"clients/{client.id}")[1]["BasicDetails"]["TimeZone"].endswith("Universal Time")
    assert call.get(f"subscribers/{newsletter.id}", email="m@example.com")[1]["Date"] == "2026-01-10 01:00:00"
    assert call.get(f"campaigns/{campaign.id}/opens")[1]["Results"][0]["Date"] == "2026-07-10 02:05:00"


def test_equal_sort_keys_may_come_in_another_order_each_time(vendor, client, newsletter, call):
    vendor.switches.odd_order = True
    campaign = vendor.send_campaign(client, "C", [newsletter], "2026-03-01 10:00", [])
    for number in range(40):
        vendor.happen(campaign, "open", f"{number}@example.com", f"2026-03-01 10:0{number % 2}")

    readings = [call.get(f"campaigns/{campaign.id}/opens", orderfield="date")[1]["Results"] for _ in range(2)]

    assert readings[0] != readings[1]
    assert [row["Date"] for row in readings[0]] == [row["Date"] for row in readings[1]]
    assert {row["EmailAddress"] for row in readings[0]} == {f"{number}@example.com" for number in range(40)}


def test_version_3_2_has_unpaged_campaigns_and_reads_dates_leniently(vendor, client, newsletter, call):
    campaign = vendor.send_campaign(client, "C", [newsletter], "2026-03-01 10:00", ["a@example.com"])
    vendor.happen(campaign, "open", "a@example.com", "2026-03-01 10:05")

    def get(path):
        return call.raw("GET", f"/api/v3.2/{path}")

    campaigns = get(f"clients/{client.id}/campaigns.json")[1]
    assert {each["CampaignID"] for each in campaigns} == set(client.campaigns)
    moment = "date=2026-03-01+10%3A05%3A00%2B00%3A00"
    assert get(f"campaigns/{campaign.id}/opens.json?{moment}")[1]["TotalNumberOfRecords"] == 1
    assert get(f"lists/{newsletter.id}/active.json?{moment}")[0] == 200
    assert call.raw("GET", f"/api/v3.3/lists/{newsletter.id}/active.json?{moment}")[1]["Code"] == 5
