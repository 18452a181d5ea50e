"""Somebody who changes an import and an export, gives them new URLs, and deletes one."""

import re

from playwright.sync_api import expect

from tests.e2e.console.acting import enters, leaves
from tests.e2e.console.job_pages import state_of
from tests.e2e.runs import start, until


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

    every.fill("0")
    save.click()
    expect(every).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field", has=every)).to_contain_text("or equal to 1")
    every.fill("45")
    page.get_by_label("Columns not to store").fill("mobile")
    page.get_by_role("option", name="Mobile number").click()
    page.keyboard.press("Escape")
    save.click()

    expect(page.get_by_text("The settings are saved")).to_be_visible()
    expect(save).to_be_disabled()
    changed = admin.get(an_import.path)
    assert (changed["every_minutes"], changed["drop_columns"]) == (45, ["ip", "signup_ip", "mobile"])


def test_changed_settings_are_there_when_one_comes_back_and_not_lost_without_a_question(enter, an_import):
    settings = f"{an_import.path}/settings"
    visitor = enter("operator", settings)
    page, forget = visitor.page, visitor.page.get_by_label("Forget activity after")
    save = page.get_by_role("button", name="Save changes")
    forget.click()
    assert leaves(page) == []
    visitor.go(settings)
    forget.click()
    forget.fill("700")

    visitor.go("/people").go(settings)

    expect(page.get_by_text("You started this earlier")).to_be_visible()
    expect(forget).to_have_value("700")
    expect(save).to_be_enabled()
    assert leaves(page) == ["beforeunload"]
    visitor.go(settings)
    expect(forget).to_have_value("")
    forget.click()
    forget.fill("800")
    visitor.go("/people").go(settings)
    page.get_by_role("button", name="Discard").click()
    expect(forget).to_have_value("")
    visitor.go("/people").go(settings)
    expect(page.get_by_text("You started this earlier")).to_have_count(0)
    expect(save).to_be_disabled()
    forget.click()
    assert leaves(page) == []


def test_viewers_are_told_at_once_that_they_can_change_nothing(enter, an_export):
    page = enter("viewer", f"{an_export.path}/settings").page

    note = page.get_by_text("An operator or an admin can change this")

    expect(note).to_be_in_viewport()
    assert note.bounding_box()["y"] < page.get_by_label("Description").bounding_box()["y"]
    expect(page.get_by_role("button", name="Save changes")).to_have_count(0)


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
