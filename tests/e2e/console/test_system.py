"""Somebody who looks after the system: what needs them, dead letters, webhooks, and who may come in."""

import json
import time

import pytest
from playwright.sync_api import expect

from tests.e2e.console.judging import judge
from tests.e2e.runs import until

PERSON = "laid.aside.again@example.com"


def test_dead_letters_are_seen_looked_at_and_put_back(up, enter, admin, imported):
    row = {"stream": "cm_activity", "ts": 1_709_640_000_000, "fields": {"email": PERSON, "event": "open"}}
    body = json.dumps({"rows": [row], "received_at": int(time.time() * 1000)})
    for _ in range(3):
        up.client("sqs").send_message(QueueUrl=up.output("RowsDeadLetterQueueUrl"), MessageBody=body)
    visitor = enter("operator", "/system")
    page = visitor.page
    (problem,) = admin.get("/system")["problems"]
    expect(page.get_by_text(problem["what"])).to_be_visible()
    expect(page.get_by_text("Mend the reason first")).to_be_visible()
    judge(page, "system-problem")

    page.get_by_role("link", name="Look at them").click()
    letters = page.get_by_role("table", name="Dead letters of rows")
    expect(letters.get_by_role("row")).to_have_count(1 + 3)
    judge(page, "system-dead-letters")
    page.get_by_role("button", name="Put them back").click()
    page.get_by_role("dialog").get_by_role("button", name="Put them back").click()

    expect(page.get_by_text("3 were put back")).to_be_visible()
    expect(letters).to_have_count(0)
    until(lambda: admin.call("GET", f"/profiles/{PERSON}").ok)
    assert len(admin.get(f"/profiles/{PERSON}/rows")["items"]) == 1
    visitor.go("/system")
    expect(page.get_by_text("Nothing needs you")).to_be_visible()
    assert admin.call("DELETE", f"/profiles/{PERSON}").ok


def test_webhooks_and_schedules_are_those_of_the_jobs(enter, admin, imported):
    page = enter("viewer", "/system/webhooks").page
    told = admin.get("/system")

    hooks = page.get_by_role("table", name="Webhooks").get_by_role("row")
    assert hooks.count() - 1 == len(told["webhooks"]["lists"])
    row = hooks.filter(has_text="Kept up to date")
    expect(row).to_contain_text(imported["webhooks"][0]["list"]["name"])
    expect(row).to_contain_text("Alive")
    schedules = page.get_by_role("table", name="Schedules").get_by_role("row")
    assert schedules.count() - 1 == len(told["schedules"])
    expect(schedules.filter(has_text="Kept up to date")).to_contain_text("every hour")
    daily = schedules.filter(has_text="daily check of the lists of exports")
    assert daily.get_by_role("cell").all_inner_texts()[1:3] == ["every day", "\N{EN DASH}"]


def test_somebody_is_invited_comes_in_once_and_is_out_again(up, enter, visit, admin):
    page = enter("admin", "/system/access").page
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Maya")
    dialog.get_by_label("Role").select_option("operator")
    judge(page, "system-invite")
    dialog.get_by_role("button", name="Make the link").click()
    link = dialog.get_by_label("Invitation").input_value()
    judge(page, "system-invited")
    dialog.get_by_role("button", name="Done").click()
    row = page.get_by_role("row").filter(has_text="Maya")
    expect(row).to_contain_text("Invited")

    fragment = link.removeprefix(f"{up.deployment.url}/console")
    guest, late = visit(fragment), None
    guest.settle()

    expect(guest.page.get_by_text("Maya")).to_be_visible()
    expect(guest.page.get_by_text("operator", exact=True)).to_be_visible()
    assert guest.page.url.endswith("/console")
    late = visit(fragment, refusals={403})
    expect(late.page.get_by_text("was used")).to_be_visible()
    expect(row).to_contain_text("Active")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    assert "Maya" not in [one["name"] for one in admin.get("/sessions")["items"]]


def test_an_invitation_that_cannot_be_made_says_why(enter):
    visitor = enter("admin", "/system/access")
    visitor.watch.refusals.add(422)
    page = visitor.page
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Name").fill("   ")

    page.get_by_role("button", name="Make the link").click()

    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize("part", ["", "/queues", "/webhooks", "/access"])
def test_the_system_is_for_everybody(enter, imported, part):
    judge(enter("admin", f"/system{part}").page, f"system{part.replace('/', '-')}")
