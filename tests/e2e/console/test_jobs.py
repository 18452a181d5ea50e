"""Somebody who watches an import and an export, mends them, changes them, stops, starts and deletes them."""

import csv
import io
import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.e2e.console.acting import enters, in_order, out_of_order, told
from tests.e2e.console.judging import judge
from tests.e2e.runs import finished, start, until

IMPORT_TABS = ("", "/runs", "/failures", "/webhooks", "/settings", "/timeline")
EXPORT_TABS = ("", "/runs", "/failures", "/people", "/webhooks", "/settings", "/timeline")
DELETED, UNSUBSCRIBED = "205", "206"
GONE = {"Deleted": DELETED, "Unsubscribed": UNSUBSCRIBED}
ASK_MS = 20_000


@pytest.fixture(scope="module")
def an_import(admin, account):
    """One that keeps two lists updated, after its first run."""
    lists = [one["id"] for one in account.lists[:2]]
    job = finished(
        admin, start(admin, account, list_ids=lists, keep_updated=True, description="Newsletter readers")
    )
    yield SimpleNamespace(**job, path=f"/imports/{job['id']}")
    assert admin.call("DELETE", f"/imports/{job['id']}").ok


@pytest.fixture(scope="module")
def an_export(up, admin, account, vendor):
    """One that has sent existing users: some are on the list now, some had left it and were refused."""
    mailing_list = account.lists[0]
    people = vendor(f"/_state/lists/{mailing_list['id']}")["subscribers"]
    gone = {state: [one["email"] for one in people if one["state"] == state][:3] for state in GONE}
    placed = [*gone["Deleted"], *gone["Unsubscribed"], "jane.new@example.com"]
    told(up.vendors.lytics, {"place": [{"who": email, "slugs": ["vip"]} for email in placed]})
    wanted = {"authorization_id": account.authorization_id, "list_id": mailing_list["id"]}
    job = admin.post(
        "/exports",
        {**wanted, "audiences": [{"slug": "vip"}], "existing_users": True, "description": "VIPs to the list"},
    )
    path = f"/exports/{job['id']}"
    until(lambda: (counts := admin.get(path)["counts"])["failed"] >= 6 and counts["added"])
    yield SimpleNamespace(**admin.get(path) | {"gone": gone, "path": path})
    assert admin.call("DELETE", path).ok


def tab(page, name):
    page.get_by_role("navigation", name="Parts of this").get_by_role("link", name=name).click()


def state_of(page):
    return page.get_by_role("heading", level=1)


def actions(page):
    """The buttons beside the name of the job."""
    return page.locator(".page-head .actions")


@pytest.mark.parametrize("kind", ["import", "export"])
def test_every_tab_is_for_all_eyes_for_keyboards_and_for_telephones(enter, request, kind):
    job = request.getfixturevalue(f"an_{kind}")
    visitor = enter("admin", "/")
    for at in IMPORT_TABS if kind == "import" else EXPORT_TABS:
        visitor.go(job.path + at)
        expect(visitor.page.get_by_role("navigation", name="Parts of this")).to_be_visible()
        judge(visitor.page, f"{kind}-{at.strip('/') or 'now'}")


def test_a_run_is_started_and_watched_to_its_end(enter, admin, an_import):
    page = enter("operator", an_import.path).page
    before = len(admin.get(f"{an_import.path}/runs")["items"])

    page.get_by_role("button", name="Run now").click()

    expect(state_of(page)).to_contain_text("Importing")
    expect(page.get_by_role("progressbar", name="All of it")).to_be_visible()
    expect(page.get_by_text("Stages")).to_be_visible(timeout=ASK_MS)
    expect(state_of(page)).to_contain_text("Up to date", timeout=120_000)
    run = admin.get(an_import.path)["run"]
    brought = page.get_by_label("What this run has brought")
    for name, value in (("Subscribers", run["rows"]["cm_user"]), ("Calls", run["calls"])):
        expect(brought.locator("div").filter(has_text=name)).to_contain_text(f"{value:,}")
    tab(page, "Runs")
    table = page.get_by_role("table", name="Runs")
    expect(table.get_by_role("row")).to_have_count(before + 2)
    expect(table.get_by_role("row").nth(1)).to_contain_text("Started by a person")
    expect(page.get_by_label("Last runs").get_by_role("listitem")).to_have_count(before + 1)


def test_an_outage_is_told_by_an_import_and_its_end_too(enter, up, admin, an_import):
    visitor = enter("operator", an_import.path)
    page = visitor.page
    out_of_order(up)
    try:
        page.get_by_role("button", name="Run now").click()

        waits = page.get_by_role("status").filter(has_text="Waits for Campaign Monitor since")
        expect(waits).to_be_visible(timeout=60_000)
        expect(waits).to_contain_text("It answers with status 503")
        expect(waits).to_contain_text(re.compile("next try is at|tried again now"))
        expect(state_of(page)).to_contain_text("Waiting since")
        said = admin.get(an_import.path)["run"]["waiting"]
        assert "503" in said["reason"]
        judge(page, "import-outage")
    finally:
        in_order(up)
    expect(waits).to_have_count(0, timeout=120_000)
    expect(state_of(page)).to_contain_text("Up to date", timeout=120_000)


def test_an_outage_is_told_by_an_export_and_who_entered_meanwhile_is_sent_then(enter, up, an_export):
    page = enter("viewer", an_export.path).page
    out_of_order(up)
    try:
        enters(up, vars(an_export), "meanwhile@example.com")

        waits = page.get_by_role("status").filter(has_text="Waits for Campaign Monitor since")
        expect(waits).to_be_visible(timeout=60_000)
        expect(waits).to_contain_text("is kept in mind, and sent then")
        expect(state_of(page)).to_contain_text("Waiting since")
        judge(page, "export-outage")
    finally:
        in_order(up)
    expect(waits).to_have_count(0, timeout=120_000)
    expect(state_of(page)).to_contain_text("In sync")
    tab(page, "People")
    page.get_by_label("Address").fill("Meanwhile@Example.com")
    row = page.get_by_role("table", name="People").get_by_role("row").nth(1)
    expect(row).to_contain_text("meanwhile@example.com")
    expect(row).to_contain_text("Added")
    expect(row).to_contain_text("Entered VIP")


@pytest.mark.parametrize("kind", ["import", "export"])
def test_a_job_is_stopped_and_started(enter, request, kind):
    job = request.getfixturevalue(f"an_{kind}")
    page = enter("operator", job.path).page

    actions(page).get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Stop {kind}").click()

    expect(page.get_by_role("status").filter(has_text=f"This {kind} is stopped")).to_be_visible()
    expect(state_of(page)).to_contain_text("Stopped")
    expect(actions(page).get_by_role("button", name="Run now")).to_have_count(0)
    actions(page).get_by_role("button", name="Start").click()
    rests = "Up to date" if kind == "import" else "In sync"
    expect(state_of(page)).to_contain_text(rests, timeout=120_000)
    expect(page.get_by_text(f"This {kind} is stopped")).to_have_count(0)


def test_failures_are_found_by_code_and_by_person_and_saved(enter, admin, an_export):
    page = enter("viewer", f"{an_export.path}/failures").page
    told_of = admin.get(f"{an_export.path}/failures")
    by_code = page.get_by_role("table", name="Failures by code").get_by_role("row")
    rows = page.get_by_role("table", name="Failures", exact=True).get_by_role("row")

    for one in told_of["summary"]:
        row = by_code.filter(has=page.get_by_role("cell", name=str(one["code"]), exact=True))
        if one["code"] is not None:
            expect(row).to_contain_text(str(one["count"]))
    expect(rows).to_have_count(1 + min(25, len(told_of["items"])))
    page.get_by_role("link", name=f"Show those of code {DELETED}").click()
    deleted = [one for one in told_of["items"] if str(one["code"]) == DELETED]
    expect(rows).to_have_count(1 + len(deleted))
    expect(rows.nth(1)).to_contain_text("Resubscribe Users")
    with page.expect_download() as waited:
        page.get_by_role("button", name="CSV").click()
    saved = list(csv.DictReader(io.StringIO(waited.value.path().read_text())))
    assert sorted(one["email"] for one in saved) == sorted(one["email"] for one in deleted)
    assert waited.value.suggested_filename == f"failures-{an_export.id}.csv"
    page.get_by_label("Code", exact=True).select_option("All codes")
    (who, *_) = an_export.gone["Unsubscribed"]
    page.get_by_label("Address").fill(who.upper())
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text(UNSUBSCRIBED)
    page.get_by_label("Address").fill("nobody@example.com")
    expect(page.get_by_role("heading", name="No such failure")).to_be_visible()


def test_failures_are_tried_again(enter, admin, an_export):
    page = enter("operator", f"{an_export.path}/failures").page
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("dialog").get_by_role("button", name="Try again").click()

    expect(page.get_by_text(re.compile(r"\d+ people sent again"))).to_be_visible()
    tab(page, "Runs")
    hours = page.get_by_role("table", name="Hours")
    expect(hours.get_by_text("Tried again")).to_be_visible(timeout=60_000)
    retried = [one for one in admin.get(f"{an_export.path}/activity")["items"] if one["trigger"] == "retry"]
    assert [one["refused"] > 0 for one in retried] == [True]


def test_the_people_of_an_export_are_found_by_outcome(enter, an_export):
    page = enter("viewer", f"{an_export.path}/people").page
    rows = page.get_by_role("table", name="People").get_by_role("row")

    page.get_by_label("Outcome").select_option("Refused")

    expect(rows.nth(1)).to_contain_text("Refused")
    refused = rows.filter(has=page.locator(".badge", has_text="Refused"))
    page.locator("[aria-busy=true]").wait_for(state="detached")
    assert refused.count() == rows.count() - 1 > 0
    expect(rows.nth(1)).to_contain_text(re.compile("20[5-7]"))


def test_one_person_is_sent_and_shown_before_and_after(enter, up, vendor, an_export):
    told(up.vendors.lytics, {"place": [{"who": "tried@example.com", "slugs": ["vip"], "name": "Tried Once"}]})
    visitor = enter("operator", f"{an_export.path}/people")
    page = visitor.page
    card = page.get_by_role("region", name="Send one person")
    card.get_by_label("Email address").fill("tried@example.com")

    card.get_by_role("button", name="Send now", exact=True).click()

    expect(card.get_by_text("was added")).to_be_visible(timeout=60_000)
    expect(card.locator("ins", has_text="VIP")).to_be_visible()
    people = vendor(f"/_state/lists/{an_export.list_id}")["subscribers"]
    assert "tried@example.com" in [one["email"] for one in people]
    visitor.watch.refusals.add(404)
    card.get_by_label("Email address").fill("nobody.lytics.knows@example.com")
    card.get_by_role("button", name="Send now", exact=True).click()
    expect(card.get_by_role("alert")).to_contain_text("Lytics does not know this person")


def test_the_webhooks_of_an_import_are_told_and_given_new_urls(enter, vendor, account, an_import):
    page = enter("admin", f"{an_import.path}/webhooks").page
    rows = page.get_by_role("table", name="Webhooks").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text=account.lists[0]["name"])).to_contain_text("Alive")
    before = urls(vendor)

    page.get_by_role("button", name="Rotate").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("An old URL works until Campaign Monitor has the new one")
    dialog.get_by_role("button", name="Rotate").click()

    expect(page.get_by_text("Campaign Monitor is given new URLs")).to_be_visible()
    until(lambda: len(urls(vendor) - before) == 2 and len(urls(vendor)) == len(before), 60)
    assert len(urls(vendor) - before) == 2


def urls(vendor):
    lists = vendor("/_state")["clients"][0]["lists"]
    return {hook["url"] for one in lists for hook in one["webhooks"]}


def test_the_url_of_an_export_is_copied_and_replaced(enter, up, an_export):
    page = enter("admin", f"{an_export.path}/webhooks").page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    url = page.get_by_label("Webhook URL")
    expect(url).to_have_value(an_export.audience_webhook_url)

    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == an_export.audience_webhook_url
    expect(
        page.get_by_role("region", name="Have Lytics tell who enters and exits").get_by_role("listitem")
    ).to_have_count(5)
    page.get_by_role("button", name="Rotate").click()
    page.get_by_role("dialog").get_by_role("button", name="Rotate").click()
    expect(url).not_to_have_value(an_export.audience_webhook_url)
    enters(up, {"audience_webhook_url": url.input_value()}, "by.new.url@example.com")
    enters(up, {"audience_webhook_url": an_export.audience_webhook_url}, "by.old.url@example.com")


def test_settings_are_changed_and_a_mistake_stands_beside_its_field(enter, admin, an_import):
    visitor = enter("operator", f"{an_import.path}/settings")
    page, every = visitor.page, visitor.page.get_by_label("Run every")
    save = page.get_by_role("button", name="Save changes")
    expect(save).to_be_disabled()
    visitor.watch.refusals.add(422)

    every.fill("3")
    save.click()
    expect(every).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field", has=every)).to_contain_text("5")
    every.fill("45")
    page.get_by_label("Columns not to store").fill("mobile")
    page.get_by_role("option", name="Mobile number").click()
    page.keyboard.press("Escape")
    save.click()

    expect(page.get_by_text("The settings are saved")).to_be_visible()
    expect(save).to_be_disabled()
    changed = admin.get(an_import.path)
    assert (changed["every_minutes"], changed["drop_columns"]) == (45, ["ip", "signup_ip", "mobile"])


def test_an_export_gets_another_audience(enter, admin, an_export):
    page = enter("operator", f"{an_export.path}/settings").page
    page.get_by_label("Audiences", exact=True).click()
    page.get_by_role("option", name="At Risk").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save changes").click()

    expect(page.get_by_text("The settings are saved")).to_be_visible(timeout=60_000)
    expect(state_of(page)).to_contain_text(re.compile("In sync|Adding existing users"), timeout=120_000)
    assert [one["slug"] for one in admin.get(an_export.path)["audiences"]] == ["vip", "at_risk"]


def test_a_job_is_deleted_by_typing_its_name(enter, admin, account):
    job = start(admin, account, list_ids=[account.lists[2]["id"]], description="Not for long")
    visitor = enter("operator", f"/imports/{job['id']}/settings")
    page = visitor.page
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog")
    sure = dialog.get_by_role("button", name="Delete for good")
    expect(sure).to_be_disabled()
    dialog.get_by_label("Type this name").fill("Not for long")
    visitor.watch.refusals.add(404)  # whoever still asks for it

    sure.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Imports & exports", timeout=60_000)
    assert admin.call("GET", f"/imports/{job['id']}").status_code == 404


def test_jobs_are_found_by_name_kind_and_state(enter, an_import, an_export):
    page = enter("viewer", "/jobs").page
    imports, exports = (page.get_by_role("table", name=name) for name in ("Imports", "Exports"))
    expect(imports.get_by_role("link", name=an_import.description)).to_be_visible()
    expect(exports.get_by_role("link", name=an_export.description)).to_be_visible()

    page.get_by_label("Name, account or list").fill("VIPs to")
    expect(imports).to_have_count(0)
    expect(exports.get_by_role("row")).to_have_count(2)
    page.get_by_label("State").select_option("Stopped")
    expect(page.get_by_text("Nothing here")).to_be_visible()
    page.get_by_label("State").select_option("All")
    page.get_by_label("Name, account or list").fill("")
    expect(imports.get_by_role("link", name=an_import.description)).to_be_visible()
    judge(page, "jobs")


def test_the_time_line_says_who_did_what_with_which_role(enter, an_import):
    page = enter("admin", an_import.path).page
    tab(page, "Timeline")

    rows = page.get_by_role("table", name="Timeline").get_by_role("row")

    stopped = rows.filter(has_text="Stopped the import").first
    expect(stopped).to_contain_text("an operator")
    expect(rows.filter(has_text="Made the import")).to_contain_text("admin")


def test_roles_hide_what_they_may_not_do(enter, an_import, an_export):
    page = enter("viewer", an_import.path).page
    for path in (an_import.path, an_export.path):
        page.evaluate("(path) => { location.hash = path; }", path)
        expect(page.get_by_role("link", name="Settings")).to_be_visible()
        expect(page.get_by_role("link", name="Timeline")).to_have_count(0)
        expect(actions(page).get_by_role("button")).to_have_count(0)
    viewer = enter("viewer", f"{an_export.path}/webhooks").page
    expect(viewer.get_by_text("Viewers do not see the URL")).to_be_visible()
    key = an_export.audience_webhook_url.rpartition("/")[2]
    assert key not in viewer.content()
    expect(viewer.get_by_role("button", name="Rotate")).to_have_count(0)
    tab(viewer, "Settings")
    expect(viewer.get_by_role("button", name="Save changes")).to_have_count(0)
    expect(viewer.get_by_role("button", name="Delete…")).to_have_count(0)
    operator = enter("operator", f"{an_import.path}/webhooks").page
    expect(operator.get_by_role("button", name="Rotate")).to_have_count(0)
    expect(operator.get_by_role("link", name="Timeline")).to_have_count(0)
    expect(actions(operator).get_by_role("button", name="Run now")).to_be_visible()
