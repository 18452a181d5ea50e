"""What a console must never do: leak a token, run what it shows, or offer what the API would refuse."""

import json
import re

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.console import hostile

PAGES = ("/", "/authorizations", "/new-import", "/new-export", "/people", "/mappings", "/system")
KEPT = """async () => JSON.stringify([
    {...localStorage}, document.cookie, history.state, navigation.entries().map((one) => one.url),
    await indexedDB.databases(), await caches.keys(), document.documentElement.outerHTML])"""
"""All that a browser keeps for a page, but for the tab's own storage."""
ASK = """async ([api, method, path, token]) => (await fetch(api + path, {
    method, body: method === 'GET' ? undefined : '{', headers: {Authorization: `Bearer ${token}`},
})).status"""
RUN = "() => [window.run?.toString(), document.querySelectorAll('img[src=x]').length]"


def test_the_token_lies_in_the_tabs_storage_and_in_no_other_place(enter, up):
    visitor = enter("admin")
    kept = [visitor.go(path).page.evaluate(KEPT) for path in PAGES]

    token, code = visitor.token, visitor.made.code
    assert token.startswith("lcm_")
    places = {"kept": kept, "asked": visitor.watch.urls, "logs": up.logs()}
    for secret in (token, code, code.partition(".")[2]):
        assert [place for place, texts in places.items() if any(secret in text for text in texts)] == []


def test_an_admin_token_that_was_pasted_is_kept_as_one(visit, up):
    visitor = visit()
    visitor.page.get_by_label("Token").fill(up.deployment.token)
    visitor.page.keyboard.press("Enter")
    visitor.settle()

    assert visitor.token == up.deployment.token
    assert up.deployment.token not in visitor.page.evaluate(KEPT) + json.dumps(visitor.watch.urls)


def test_a_page_runs_and_asks_for_what_is_its_own_alone(up):
    answer = requests.get(f"{up.deployment.url}/console", timeout=30)

    policy = dict(
        part.strip().split(" ", 1) if " " in part.strip() else (part.strip(), "")
        for part in answer.headers["Content-Security-Policy"].split(";")
        if part.strip()
    )
    assert policy["default-src"] == "'none'"
    for what in ("script-src", "style-src", "connect-src"):
        assert policy[what] == "'self'"
    assert {policy[what] for what in ("frame-ancestors", "base-uri", "form-action")} == {"'none'"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.text)


@pytest.fixture(scope="module")
def world(up, admin, account):
    made = hostile.make(up, admin, account)
    yield made
    hostile.unmake(admin, made)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ["import", "export"]),
        ("/authorizations", []),
        ("/imports/{import_id}", ["import"]),
        ("/exports/{export_id}", ["export"]),
        ("/people/{person}", ["person", "list", "campaign"]),
        ("/system/access", ["session"]),
    ],
)
def test_a_hostile_name_is_text(enter, world, path, names):
    visitor = enter("admin", path.format(**vars(world)))

    assert visitor.page.evaluate(RUN) == [None, 0]
    for name in names:
        expect(visitor.page.get_by_text(hostile.name(name)).first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "client", "choices"),
    [
        ("/new-import", "Select the Client to Import From", "Lists to Import"),
        ("/new-export", "Client", "List"),
    ],
)
def test_hostile_names_to_choose_from_are_text(enter, world, account, path, client, choices):
    page = enter("operator", path).page
    for label, name in (("Account", "Tests"), (client, account.client["name"])):
        page.get_by_role("combobox", name=label, exact=True).fill(name)
        page.get_by_role("option", name=name).first.click()

    page.get_by_role("combobox", name=choices, exact=True).fill("img")

    option = page.get_by_role("option", name=hostile.name("list"))
    expect(option).to_be_visible()
    option.click()
    assert page.evaluate(RUN) == [None, 0]


ROLES = ("viewer", "operator", "admin")
ACTS = {
    ("/", "link", "New import"): "operator",
    ("/", "link", "New export"): "operator",
    ("/people/{person}", "button", "Erase…"): "admin",
    ("/mappings/cm_user", "link", "Edit"): "operator",
    ("/system", "link", "Access"): "admin",
}
"""What only some may do: where, what one presses, and who."""
REFUSED = {"POST /imports": "operator", "GET /sessions": "admin", "PUT /streams/cm_user/mapping": "admin"}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_what_it_may_do_and_nothing_else(enter, world, role):
    visitor = enter(role)

    shown = []
    for path, kind, name in ACTS:
        visitor.go(path.format(**vars(world)))
        if visitor.page.get_by_role(kind, name=name, exact=True).count():
            shown.append((path, kind, name))

    assert shown == [act for act, needed in ACTS.items() if ROLES.index(needed) <= ROLES.index(role)]


@pytest.mark.parametrize("role", ROLES)
def test_the_api_refuses_whoever_asks_all_the_same(enter, up, role):
    visitor = enter(role)
    visitor.watch.refusals.update({400, 403})

    answers = {
        route: visitor.page.evaluate(ASK, [up.deployment.url, *route.split(" "), visitor.token])
        for route in REFUSED
    }

    expected = [route for route, needed in REFUSED.items() if ROLES.index(needed) > ROLES.index(role)]
    assert [route for route, status in answers.items() if status == 403] == expected


def test_a_page_that_is_not_for_a_role_shows_nothing_of_it(enter):
    page = enter("viewer", "/system/access").page

    assert page.get_by_text("Sessions and invitations").count() == 0
