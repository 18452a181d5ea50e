"""Somebody who looks what became of the people of an export, and mends what failed."""

import csv
import io
import re

from playwright.sync_api import expect

from tests.e2e.console.acting import told
from tests.e2e.console.job_pages import DELETED, UNSUBSCRIBED, tab


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
