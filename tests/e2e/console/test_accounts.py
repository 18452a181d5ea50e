"""An admin connects accounts as the seed has it: to Campaign Monitor and back; and what becomes of one without access."""

import re

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.console.judging import judge
from tests.e2e.runs import until


@pytest.fixture
def consenting(enter, up, admin):
    """Somebody who may go to Campaign Monitor; nothing of the stack is cold any more."""
    admin.get("/imports"), admin.get("/exports"), admin.get("/system")

    def call(path, role="admin"):
        visitor = enter(role, path)
        visitor.watch.origins.add(up.vendors.campaign_monitor)
        visitor.watch.refusals.update({401, 404})  # of Campaign Monitor's own page: its icon
        return visitor

    return call


@pytest.fixture
def control(up):
    def call(**steps):
        answer = requests.post(f"{up.vendors.campaign_monitor}/_control", json=steps, timeout=60)
        assert answer.ok, answer.text

    return call


def allow(page):
    """Log in at Campaign Monitor, allow access, and come back."""
    page.wait_for_url(re.compile("/oauth"))
    page.get_by_role("button", name=re.compile("allow", re.IGNORECASE)).click()
    page.get_by_role("link", name="Back to the console").click()


def test_an_account_is_connected_in_the_steps_of_the_seed(consenting, admin):
    visitor = consenting("/authorizations")
    page = visitor.page
    judge(page, "authorizations")

    page.get_by_role("link", name="Add new authorization").click()
    visitor.settle()
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_text("Enter a name for your authorization.")).to_be_visible()
    page.get_by_label("Description").fill("From the console")
    judge(page, "new-authorization")
    page.get_by_role("button", name="Authorize").click()
    allow(page)

    expect(page.get_by_role("heading", name="From the console")).to_be_visible()
    expect(page.get_by_text("Connected", exact=True).first).to_be_visible()
    expect(page.get_by_text("You are ready to start a workflow")).to_be_visible()
    visitor.settle()
    judge(page, "authorization")
    (made,) = [
        one for one in admin.get("/authorizations")["items"] if one["description"] == "From the console"
    ]
    clients = [one["name"] for one in admin.get(f"/authorizations/{made['id']}/clients")["items"]]
    for name in clients:
        expect(page.get_by_text(name, exact=True)).to_be_visible()

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_role("heading", name="Authorizations")).to_be_visible()
    expect(page.get_by_role("link", name="From the console")).to_have_count(0)


def test_whoever_denies_is_told_so_and_can_go_again(consenting, admin):
    visitor = consenting("/authorizations/new")
    page = visitor.page
    visitor.watch.refusals.add(400)  # of the page that says so
    page.get_by_label("Description").fill("Denied at first")
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(re.compile("/oauth"))

    page.get_by_role("button", name=re.compile("deny", re.IGNORECASE)).click()
    expect(page.get_by_text("Access was denied")).to_be_visible()
    page.get_by_role("link", name="Back to the console").click()
    expect(page.get_by_text("Nobody has allowed access yet")).to_be_visible()
    visitor.settle()
    judge(page, "authorization-pending")
    page.get_by_role("button", name="Go to Campaign Monitor").click()
    allow(page)

    expect(page.get_by_text("Connected", exact=True).first).to_be_visible()
    (made,) = [
        one for one in admin.get("/authorizations")["items"] if one["description"] == "Denied at first"
    ]
    assert admin.call("DELETE", f"/authorizations/{made['id']}").ok


def test_an_account_in_use_cannot_be_deleted_and_says_why(enter, account, imported):
    page = enter("admin", f"/authorizations/{account.authorization_id}").page

    page.get_by_role("button", name="Delete").click()

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("It cannot be deleted while jobs use it")).to_be_visible()
    expect(dialog.get_by_role("link", name="Kept up to date")).to_be_visible()
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()


def test_a_revoked_account_is_told_and_reconnected_and_its_import_goes_on(
    consenting, control, admin, account, imported
):
    control(revoke=True)
    admin.post(f"/imports/{imported['id']}/run")
    path = f"/authorizations/{account.authorization_id}"
    until(lambda: admin.get(path)["status"] == "revoked")
    visitor = consenting("/")
    page = visitor.page
    expect(page.get_by_text("Reconnect it. Its jobs go on by themselves.").first).to_be_visible()
    visitor.settle()
    judge(page, "overview-revoked")
    for where, link in ((f"/imports/{imported['id']}", "See the account"), ("/new-import", "See Tests")):
        visitor.go(where)
        expect(page.get_by_text("POST /")).to_have_count(0)
        page.get_by_role("link", name=link).click()
        expect(page.get_by_text("Campaign Monitor takes its token no more")).to_be_visible()
    visitor.go("/")

    page.get_by_role("button", name="Reconnect").first.click()
    allow(page)

    expect(page.get_by_text("Connected", exact=True).first).to_be_visible()
    assert admin.get(path)["status"] == "active"
    until(lambda: admin.get(f"/imports/{imported['id']}")["status"] == "scheduled")
    assert admin.get(f"/imports/{imported['id']}")["run"]["status"] == "succeeded"
    visitor.go("/")
    expect(page.get_by_text("Reconnect it.")).to_have_count(0)


def test_only_admins_can_connect(enter, account):
    page = enter("operator", "/authorizations").page
    expect(page.get_by_role("link", name="Tests")).to_be_visible()

    expect(page.get_by_role("link", name="Add new authorization")).to_have_count(0)
    enter("operator", "/authorizations/new").page.get_by_text("Only an admin can connect accounts").wait_for()
    page = enter("viewer", f"/authorizations/{account.authorization_id}").page
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    expect(page.get_by_role("button", name="Reconnect")).to_have_count(0)
