"""Somebody who watches an import and an export, stops and starts them, and finds them again."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.e2e.console.acting import enters, in_order, out_of_order
from tests.e2e.console.job_pages import actions, state_of, tab
from tests.e2e.console.judging import judge

IMPORT_TABS = ("", "/runs", "/failures", "/webhooks", "/settings", "/timeline")
EXPORT_TABS = ("", "/runs", "/failures", "/people", "/webhooks", "/settings", "/timeline")
ASK_MS = 20_000


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
    for name, value in (("Subscriptions", run["rows"]["cm_user"]), ("Calls", run["calls"])):
        expect(brought.locator("div").filter(has_text=name)).to_contain_text(f"{value:,}")
    tab(page, "Runs")
    table = page.get_by_role("table", name="Runs")
    expect(table.get_by_role("row")).to_have_count(before + 2)
    expect(table.get_by_role("row").nth(1)).to_contain_text("Started by a person")
    expect(page.get_by_label("Last runs").get_by_role("listitem")).to_have_count(before + 1)


def test_a_next_run_of_tomorrow_is_told_with_its_hour(enter, admin, an_import):
    visitor = enter("viewer")
    next_run = datetime.fromisoformat(admin.get(an_import.path)["next_run_at"])
    visitor.page.clock.set_fixed_time(next_run - timedelta(days=1))

    visitor.go(an_import.path)

    at = next_run.astimezone(ZoneInfo("Europe/Berlin"))
    next_card = visitor.page.get_by_role("region", name="Next")
    expect(next_card.get_by_text(f"tomorrow at {at:%H:%M}")).to_be_visible()


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


def test_what_is_not_there_is_told_in_words_for_people(enter):
    visitor = enter("viewer", "/")
    visitor.watch.refusals.add(404)
    page = visitor.page
    visitor.go("/imports/7d1e7d1e7d1e7d1e")

    problem = page.get_by_role("main").get_by_role("alert")
    expect(page).to_have_title("Import \N{MIDDLE DOT} Lytics-CM")
    expect(problem).to_contain_text("There is no import '7d1e7d1e7d1e7d1e'.")
    expect(problem).not_to_contain_text("GET")
    expect(problem.get_by_role("button")).to_have_count(0)
