"""Somebody who looks for a person, asks why the profile says what it says, and erases."""

import json
import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.e2e.console.hostile import told
from tests.e2e.console.judging import judge
from tests.e2e.runs import until

LEAVES = "will.leave@example.com"
TYPE_AS_THE_ADDRESS_CHANGES = """() => addEventListener('hashchange', () => {
    const box = document.querySelector('[role=search] input');
    box.value += 'x';
    box.dispatchEvent(new Event('input', {bubbles: true}));
}, {once: true})"""


@pytest.fixture(scope="module")
def known(up, admin, account, imported):
    """Somebody of a list that was imported, who opened something, and is in an audience of an export."""
    (mailing_list, *_) = account.lists
    busiest = sorted(admin.get("/profiles?limit=500")["items"], key=lambda one: (-one["rows"], one["email"]))
    found = (admin.get(f"/profiles/{one['email']}") for one in busiest)
    profile = next(one for one in found if "cm_openct" in one["fields"] and "cm_name" in one["fields"])
    told(up.vendors.lytics, {"place": [{"who": profile["email"], "slugs": ["vip"]}]})
    wanted = {"authorization_id": account.authorization_id, "list_id": mailing_list["id"]}
    export = admin.post(
        "/exports", {**wanted, "audiences": [{"slug": "vip"}], "existing_users": True, "description": "VIPs"}
    )
    path = f"/profiles/{profile['email']}/exports"
    until(lambda: any(one["outcome"] for one in admin.get(path)["items"]))
    yield SimpleNamespace(list=mailing_list, **admin.get(f"/profiles/{profile['email']}"))
    assert admin.call("DELETE", f"/exports/{export['id']}").ok


@pytest.fixture
def leaver(up, admin, account, imported):
    """Somebody who has just subscribed, of whom a webhook told."""
    subscribed = {
        "action": "subscribe",
        "list": account.lists[0]["id"],
        "email": LEAVES,
        "name": "Will Leave",
    }
    told(up.vendors.campaign_monitor, {"do": [subscribed]})
    until(lambda: admin.call("GET", f"/profiles/{LEAVES}").ok)


def test_a_person_is_found_by_how_the_address_begins(enter, known):
    page = enter("viewer", "/people").page
    page.get_by_label("Address begins with").fill(known.email[:-4].upper())

    page.get_by_role("link", name=known.email).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(known.fields["cm_name"])
    for name, field in (("Sent", "cm_sendct"), ("Opens", "cm_openct"), ("Clicks", "cm_clickct")):
        stat = page.locator(".stat").filter(has=page.get_by_text(name, exact=True))
        expect(stat.locator(".stat-value")).to_have_text(str(known.fields.get(field, 0)))
    lists = page.get_by_role("region", name="Lists").get_by_role("listitem")
    expect(lists.filter(has_text=known.list["name"])).to_contain_text(
        known.fields["cm_list_names_status"][known.list["name"]]
    )
    expect(page.get_by_role("region", name="Audiences")).to_contain_text("VIP")
    hours = page.get_by_role("group", name="Opens by hour of the week").get_by_role("row")
    assert hours.count() - 1 == len(known.fields["cm_hourofweek"])
    months = page.get_by_role("region", name="Opens by month").get_by_role("rowheader").all_inner_texts()
    assert months
    assert [one for one in months if not re.fullmatch(r"\w+ \N{RIGHT SINGLE QUOTATION MARK}\d\d", one)] == []
    expect(page).to_have_title(f"{known.fields['cm_name']} \N{MIDDLE DOT} Lytics-CM")


def test_a_letter_typed_while_the_address_of_the_page_changes_is_kept(enter, known):
    page = enter("viewer", "/people").page
    box = page.get_by_label("Address begins with")
    page.evaluate(TYPE_AS_THE_ADDRESS_CHANGES)

    box.fill("nobody")

    page.wait_for_url(re.compile("prefix=nobodyx"))
    expect(box).to_have_value("nobodyx")


def test_nobody_is_found_where_there_is_nobody(enter, known):
    page = enter("viewer", "/people").page

    page.get_by_label("Address begins with").fill("nobody.at.all@")

    expect(page.get_by_text("address begins so")).to_be_visible()


def test_every_field_says_why_and_which_row_decided(enter, admin, known):
    visitor = enter("viewer", f"/people/{known.email}/fields")
    page = visitor.page
    told = admin.get(f"/profiles/{known.email}/explain")["fields"]
    whys = page.get_by_role("button", name="Why: ")
    assert whys.count() == len(known.fields) == len(told)

    page.get_by_role("button", name="Why: Last Open", exact=True).click()

    why, one = page.get_by_role("dialog"), told["cm_lastopen_ts"]
    expect(why.get_by_text('max(epochms()) IF eq(event, "open")')).to_be_visible()
    decided = why.get_by_role("listitem").filter(has_text="Decided")
    expect(decided).to_have_count(1)
    expect(decided).to_contain_text(one["decided_by"]["fields"]["campaign_name"])
    expect(why.get_by_text(f"{one['rows']} of {known.rows} rows tell of it")).to_be_visible()
    page.keyboard.press("Escape")
    expect(why).to_have_count(0)
    page.get_by_role("button", name="Why: Open count", exact=True).click()
    expect(why.get_by_role("heading", name="All of its rows count")).to_be_visible()


def test_the_time_line_has_every_row_and_all_of_it_when_asked(enter, known):
    page = enter("viewer", f"/people/{known.email}/timeline").page
    while (more := page.get_by_role("button", name="Show older")).count():
        more.click()
        page.locator("[aria-busy=true]").wait_for(state="detached")

    happened = page.locator(".timeline > li")
    assert happened.count() == known.rows
    opened = happened.filter(has_text="Opened").first
    opened.locator("summary").click()
    expect(opened.get_by_text("campaign_id")).to_be_visible()


def test_the_access_report_is_everything_that_is_kept(enter, admin, known):
    page = enter("viewer", f"/people/{known.email}").page

    with page.expect_download() as waited:
        page.get_by_role("button", name="Access report").click()

    report = json.loads(waited.value.path().read_text())
    asked = admin.get(f"/profiles/{known.email}/export")
    assert waited.value.suggested_filename == f"everything-{known.email}.json"
    assert (report["email"], len(report["rows"]), report["cursor"]) == (known.email, known.rows, None)
    assert report["memberships"] == asked["memberships"]


def test_a_person_is_erased_by_typing_the_address_and_may_be_let_back(enter, admin, leaver):
    visitor = enter("admin", f"/people/{LEAVES}")
    page = visitor.page
    page.get_by_role("button", name="Erase…").click()
    dialog = page.get_by_role("dialog")
    sure = dialog.get_by_role("button", name="Erase for good")
    dialog.get_by_label("Type the address to erase").fill("will.stay@example.com")
    expect(sure).to_be_disabled()

    dialog.get_by_label("Type the address to erase").fill(LEAVES)
    dialog.get_by_label("Never let this person come back").check()
    sure.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Erased")
    removed = page.get_by_role("region", name="Removed")
    expect(removed).to_contain_text("Profiles1")
    expect(page.get_by_role("table", name="What remains")).to_contain_text("backups")
    assert admin.call("GET", f"/profiles/{LEAVES}").status_code == 404
    judge(page, "person-erased")
    visitor.go("/people/blocked")
    row = page.get_by_role("row").filter(has_text=LEAVES)
    row.get_by_role("button", name="Let come back").click()
    page.get_by_role("dialog").get_by_role("button", name="Let come back").click()
    expect(row).to_have_count(0)
    assert admin.get("/blocks")["items"] == []


def test_of_a_stranger_it_says_so_and_what_to_do(enter):
    visitor = enter("viewer", "/")
    visitor.watch.refusals.add(404)

    page = visitor.go("/people/stranger@example.com").page

    expect(page.get_by_text("Nothing is known of this address")).to_be_visible()
    expect(page.get_by_role("link", name="Find somebody else")).to_be_visible()


@pytest.mark.parametrize("part", ["", "/fields", "/timeline", "/exports", "/consent"])
def test_a_person_is_for_everybody(enter, known, part):
    judge(enter("admin", f"/people/{known.email}{part}").page, f"person{part.replace('/', '-')}")


def test_people_and_reasons_are_for_everybody(enter, known):
    visitor = enter("admin", "/people")
    judge(visitor.page, "people")
    judge(visitor.go("/people/blocked").page, "people-blocked")
    page = visitor.go(f"/people/{known.email}").page
    page.get_by_role("button", name="Why: Last Active").click()
    page.get_by_role("dialog").get_by_role("heading", name="Made by").wait_for()
    judge(page, "person-why")


def test_a_name_that_nobody_can_read_is_not_shown_as_one(enter, known):
    code = "hash:0a3f545c3e10da63dce173d74bc9d031"
    visitor = enter("viewer", "/")
    page = visitor.page

    def hashed(route):
        answer = route.fetch()
        told = answer.json()
        for one in told.get("items", []):
            one["name"] = code
        if "fields" in told:
            told["fields"]["cm_name"] = code
        route.fulfill(response=answer, json=told)

    page.route("**/profiles?*", hashed)
    page.route(f"**/profiles/{known.email.replace('@', '%40')}", hashed)
    visitor.go(f"/people?prefix={known.email}")
    expect(page.get_by_role("row").filter(has_text=known.email)).to_contain_text("stored unreadably")

    visitor.go(f"/people/{known.email}")

    expect(page.get_by_role("heading", level=1)).to_have_text(known.email)
