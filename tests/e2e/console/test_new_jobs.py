"""An import and an export are configured and started by clicking, in the numbered steps of the seed."""

import re

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.console.acting import leaves
from tests.e2e.console.judging import NARROW, WIDE, judge
from tests.e2e.runs import finished, until

LINE_PX = 20


def choose(page, field, *names):
    """Choose from a list that is searched, by a part of each name."""
    box = page.get_by_role("combobox", name=field, exact=True)
    for name in names:
        box.fill(name)
        page.get_by_role("option", name=re.compile(re.escape(name))).first.click()
    box.press("Escape")


def take(box, many):
    """Choose the first ones of a list by keyboard."""
    box.press("ArrowDown")
    for _ in range(many):
        box.press("Enter")
        box.press("ArrowDown")
    box.press("Escape")


def breaks_no_word(page, of_two_words):
    page.set_viewport_size(NARROW)
    assert of_two_words.bounding_box()["height"] < 3 * LINE_PX
    page.set_viewport_size(WIDE)


def job_of(page):
    """The id of the job whose page is shown."""
    page.wait_for_url(re.compile(r"#/(imports|new-export)/[\w-]+"))
    return re.search(r"#/(?:imports|new-export)/([\w-]+)", page.url)[1]


def test_an_import_is_started_in_the_steps_of_the_seed(enter, admin, account):
    visitor = enter("operator", "/")
    page = visitor.page
    page.get_by_role("link", name="New import").first.click()
    visitor.settle()

    choose(page, "Account", "Tests")
    choose(page, "Select the Client to Import From", account.client["name"])
    choose(page, "Lists to Import", account.lists[0]["name"])
    page.get_by_text("Show Advanced Options").click()
    page.get_by_label("Keep Updated").check()
    page.get_by_label("Run every").fill("30")
    page.get_by_label("Whose opens and clicks may be kept").select_option("strict")
    page.get_by_label("History since").fill("2020-01-01")
    page.get_by_label("Description").fill("Started by clicking")
    estimate = page.get_by_label("Estimate")
    expect(estimate).to_contain_text("Calls to Campaign Monitor")
    expect(page.get_by_text("runs every 30 minutes")).to_be_visible()
    visitor.settle()
    judge(page, "new-import")
    page.get_by_role("button", name="Start import").click()

    job = finished(admin, admin.get(f"/imports/{job_of(page)}"))
    wanted = {
        "authorization_id": account.authorization_id,
        "client_id": account.client["id"],
        "list_ids": [account.lists[0]["id"]],
        "keep_updated": True,
        "every_minutes": 30,
        "tracking_consent": "strict",
        "rows_since": "2020-01-01",
        "drop_columns": ["ip", "signup_ip"],
        "hash_columns": [],
        "keep_last_open_day": False,
        "keep_rows_days": None,
        "description": "Started by clicking",
    }
    assert {name: job[name] for name in wanted} == wanted
    assert job["run"]["status"] == "succeeded"
    visitor.go("/")
    row = page.get_by_role("table", name="Imports").get_by_role("row").filter(has_text="Started by clicking")
    expect(row).to_contain_text("Up to date")
    assert admin.call("DELETE", f"/imports/{job['id']}").ok


def test_whoever_types_over_what_is_chosen_begins_a_new_search(enter, account):
    page = enter("operator", "/new-export").page
    choose(page, "Account", "Tests")
    box, name = page.get_by_role("combobox", name="Client", exact=True), account.client["name"]
    expect(box).to_have_value(name)  # the only one there is was taken by itself
    box.press("End")

    page.keyboard.insert_text(name[:4])

    expect(box).to_have_value(name[:4])
    expect(page.get_by_role("option", name=name)).to_be_visible()
    box.press("Escape")
    expect(box).to_have_value(name)


def test_what_the_api_refuses_stands_beside_its_field(enter, account):
    visitor = enter("operator", "/new-import")
    visitor.watch.refusals.add(422)
    page = visitor.page
    choose(page, "Account", "Tests")
    choose(page, "Select the Client to Import From", account.client["name"])
    page.get_by_text("Show Advanced Options").click()
    page.get_by_label("Forget activity after").fill("9999999")

    page.get_by_role("button", name="Start import").click()

    expect(page.get_by_label("Forget activity after")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("less than or equal to").first).to_be_visible()
    judge(page, "new-import-refused")


@pytest.mark.parametrize(
    ("label", "wrong", "says"),
    [
        ("Run every", "0", "from 1 to 10,080 minutes"),
        ("Run every", "20000", "from 1 to 10,080 minutes"),
        ("History since", "2999-01-01", "this day is in the future"),
        ("Forget activity after", "-3", "a number of days, or nothing"),
    ],
)
def test_a_mistake_is_told_by_the_name_of_its_field_before_the_api_is_asked(
    enter, account, label, wrong, says
):
    page = enter("operator", "/new-import").page
    choose(page, "Account", "Tests")
    choose(page, "Select the Client to Import From", account.client["name"])
    page.get_by_text("Show Advanced Options").click()
    page.get_by_label("Keep Updated").check()
    page.get_by_label(label).fill(wrong)

    page.get_by_role("button", name="Start import").click()

    expect(page.get_by_label(label)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(f"{label}: .*{says}"))


def test_an_export_is_previewed_and_started_in_the_steps_of_the_seed(up, enter, admin, account, tidied):
    listed = account.lists[1]
    visitor = enter("operator", "/new-export")
    page = visitor.page

    choose(page, "Account", "Tests")
    choose(page, "Client", account.client["name"])
    choose(page, "List", listed["name"])
    choose(page, "Audiences", "VIP", "At Risk")
    page.get_by_text("Show Advanced Options").click()
    page.get_by_label("Existing Users").check()
    page.get_by_role("button", name="Add a mapping").click()
    choose(page, "Lytics field", "name")
    page.get_by_role("button", name="New field").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Field name").fill("Spoken name")
    dialog.get_by_role("button", name="Make the field").click()
    expect(page.get_by_role("combobox", name="Custom field")).to_have_value("Spoken name")
    page.get_by_label("New people who have not decided").select_option("no")
    expect(page.get_by_text("Keeps VIP, At Risk in sync with")).to_be_visible()
    visitor.settle()
    judge(page, "new-export")
    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_text("This is a preview: nothing is written")).to_be_visible()
    job = job_of(page)
    until(lambda: admin.get(f"/exports/{job}")["status"] == "stopped")
    totals = admin.get(f"/exports/{job}/plan")["totals"]
    shown = page.get_by_label("Totals")
    for words, number in (("Would be added", totals["add"]), ("Would be refused", totals["refuse"])):
        expect(shown.locator("div").filter(has_text=words)).to_contain_text(f"{number:,}")
    people = page.get_by_role("table", name="People of the preview")
    expect(people.locator("> tbody > tr")).to_have_count(10)
    visitor.settle()
    judge(page, "preview")
    breaks_no_word(page, people.locator(".diff th").filter(has_text="Lytics Audiences").first)
    before = admin.get(f"/exports/{job}")
    assert before["dry_run"]

    page.get_by_role("button", name="Start export").click()
    expect(page.get_by_text("Have Lytics tell who enters and exits")).to_be_visible()
    until(lambda: admin.get(f"/exports/{job}")["status"] == "running")
    expect(page.get_by_text("Waiting for the first trigger")).to_be_visible()
    visitor.settle()
    judge(page, "export-triggers")
    url = page.get_by_label("Webhook URL").input_value()
    told = {"slug": "vip", "event": "enter", "enter": "2026-11-30T08:00:00.000Z"}
    trigger = {"data": {"email": "clicked@example.com", "name": "Cleo", "segment_events": [told]}}
    assert requests.post(url, json=trigger, timeout=60).json() == {"accepted": 1}

    expect(page.get_by_text("First trigger received.")).to_be_visible()
    after = admin.get(f"/exports/{job}")
    assert (after["dry_run"], after["audience_webhook_url"]) == (False, before["audience_webhook_url"])
    wanted = {
        "list_id": listed["id"],
        "existing_users": True,
        "resubscribe_users": False,
        "queue_autoresponders": False,
        "email_field": "email",
        "name_field": "name",
        "field_mappings": {"name": "Spoken name"},
        "consent_for_new": "no",
        "consent_field": None,
    }
    assert {name: after[name] for name in wanted} == wanted
    assert [one["slug"] for one in after["audiences"]] == ["vip", "at_risk"]


def test_a_preview_can_be_changed_and_discarded(enter, admin, account, tidied):
    visitor = enter("operator", "/new-export")
    page = visitor.page
    choose(page, "Account", "Tests")
    choose(page, "Client", account.client["name"])
    choose(page, "List", account.lists[1]["name"])
    choose(page, "Audiences", "VIP")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Nobody would be sent at the start")).to_be_visible()
    job = job_of(page)
    until(lambda: admin.get(f"/exports/{job}")["status"] == "stopped")

    page.get_by_role("link", name="Change").click()
    visitor.settle()
    page.get_by_label("Description").fill("Changed after a look")
    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_role("heading", name="Changed after a look")).to_be_visible()
    assert job_of(page) == job
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert job not in [one["id"] for one in admin.get("/exports")["items"]]


def test_a_form_that_was_begun_is_there_when_one_comes_back(enter, account):
    visitor = enter("operator", "/new-export")
    page = visitor.page
    choose(page, "Account", "Tests")
    choose(page, "Client", account.client["name"])
    choose(page, "List", account.lists[0]["name"])
    page.get_by_label("Description").fill("Begun")

    visitor.go("/people").go("/new-export")

    expect(page.get_by_text("You started this earlier")).to_be_visible()
    expect(page.get_by_label("Description")).to_have_value("Begun")
    expect(page.get_by_role("combobox", name="List", exact=True)).to_have_value(account.lists[0]["name"])
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Description")).to_have_value("")
    visitor.go("/people").go("/new-export")
    expect(page.get_by_text("You started this earlier")).to_have_count(0)


@pytest.mark.parametrize("kind", ["import", "export"])
def test_a_form_that_was_begun_is_not_lost_without_a_question(enter, account, kind):
    page = enter("operator", f"/new-{kind}").page
    choose(page, "Account", "Tests")
    page.get_by_label("Description").click()
    assert leaves(page) == []

    page.get_by_label("Description").click()
    page.get_by_label("Description").fill("Begun")

    assert leaves(page) == ["beforeunload"]


def test_whoever_uses_the_keyboard_goes_on_where_they_were(enter, account):
    page = enter("operator", "/new-export").page
    choose(page, "Account", "Tests")
    choose(page, "Client", account.client["name"])
    choose(page, "List", account.lists[0]["name"])
    choose(page, "Audiences", "VIP", "At Risk")
    page.get_by_text("Show Advanced Options").click()
    page.get_by_role("button", name="Add a mapping").click()
    new = page.get_by_role("button", name="New field")
    new.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()

    page.keyboard.press("Escape")
    expect(new).to_be_focused()
    page.get_by_role("button", name="Remove mapping 1").press("Enter")
    expect(page.get_by_role("button", name="Add a mapping")).to_be_focused()
    page.get_by_role("button", name="Remove At Risk").press("Enter")
    expect(page.get_by_role("combobox", name="Audiences")).to_be_focused()


def test_many_lists_leave_room_for_the_rest_of_the_form(enter, account):
    names = [f"Readers of region {number:03}" for number in range(130)]
    visitor = enter("operator", "/")
    page = visitor.page
    lists = [{"id": f"{number:032x}", "name": name, "subscribers": 1} for number, name in enumerate(names)]
    page.route("**/clients/*/lists", lambda route: route.fulfill(json={"items": lists, "cursor": None}))
    estimate = {"people": 1, "campaigns": 1, "calls": 1, "seconds": 1}
    page.route("**/imports/estimate?*", lambda route: route.fulfill(json=estimate))
    visitor.go("/new-import")
    choose(page, "Account", "Tests")
    choose(page, "Select the Client to Import From", account.client["name"])
    box = page.get_by_role("combobox", name="Lists to Import")

    take(box, len(names))

    expect(page.get_by_text(f"Imports {names[0]}, {names[1]} and 128 more with all activity")).to_be_visible()
    expect(page.get_by_text("How long it takes is told for up to 100 lists, or for all.")).to_be_visible()
    expect(box).to_be_in_viewport()
    expect(page.get_by_role("button", name="Start import")).to_be_in_viewport()
    expect(page.get_by_label("Description")).to_be_in_viewport()
    judge(page, "new-import-of-many")


def test_no_more_audiences_can_be_chosen_than_an_export_takes(enter, account):
    most, visitor = 500, enter("operator", "/")
    page = visitor.page
    known = [
        {"id": f"{number:x}", "slug": f"a{number}", "name": f"Audience {number}", "size": 1}
        for number in range(most + 1)
    ]
    page.route("**/audiences", lambda route: route.fulfill(json={"items": known, "cursor": None}))
    visitor.go("/new-export")
    box = page.get_by_role("combobox", name="Audiences")
    for number in range(most):
        box.fill(f"a{number}")
        box.press("Enter")
    box.fill(known[-1]["name"])

    last = page.get_by_role("option", name=known[-1]["name"])
    expect(last).to_contain_text("no more than 500")
    box.press("Enter")
    expect(last).to_have_attribute("aria-selected", "false")
    box.fill("a7")
    box.press("Enter")
    box.fill(known[-1]["name"])
    box.press("Enter")
    expect(page.get_by_role("button", name="Remove Audience 7", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name=f"Remove {known[-1]['name']}")).to_be_visible()


def test_viewers_can_start_nothing(enter, account):
    page = enter("viewer", "/").page
    expect(page.get_by_role("link", name="New import")).to_have_count(0)

    enter("viewer", "/new-import").page.get_by_text("Viewers cannot start imports").wait_for()
    enter("viewer", "/new-export").page.get_by_text("Viewers cannot start exports").wait_for()


def test_the_parts_of_the_console_are_for_everybody(enter):
    page = enter("viewer").page
    page.evaluate("location.hash = '/sample'")  # parts of it are busy for ever
    expect(page.get_by_role("heading", name="Sample", exact=False).first).to_be_visible()
    judge(page, "sample")
