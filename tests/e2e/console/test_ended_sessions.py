"""A session ends while somebody is in the middle of something: the console asks again, and nothing is lost."""

import pytest
from playwright.sync_api import expect

from tests.e2e.console.test_new_jobs import choose, job_of

ENDED = "Your session has ended"
UNTIL_REFUSED_MS = 150_000
"""A session that was taken away holds for up to a minute, and a page that is idle asks now and then."""


@pytest.fixture
def another(admin):
    """Another session of an operator, given by a code or by its token; it comes before `enter`, too."""
    made = []

    def call(**how):
        session = admin.post("/sessions", {"name": "Somebody again", "role": "operator", "hours": 1, **how})
        made.append(session["id"])
        return session

    yield call
    for session in made:
        admin.call("DELETE", f"/sessions/{session}")


def fill(page, account):
    """A new import with all that one can type or choose."""
    choose(page, "Account", "Tests")
    choose(page, "Select the Client to Import From", account.client["name"])
    choose(page, "Lists to Import", account.lists[0]["name"])
    page.get_by_label("Description").fill("Typed before the end")
    page.get_by_text("Show Advanced Options").click()
    page.get_by_label("Keep Updated").check()
    page.get_by_label("Run every").fill("45")


def still_filled(page, account):
    """The form is as it was, and was not drawn anew."""
    expect(page.get_by_text("You started this earlier")).to_have_count(0)
    expect(page.get_by_label("Select the Client to Import From")).to_have_value(account.client["name"])
    expect(page.get_by_role("button", name=f"Remove {account.lists[0]['name']}")).to_be_visible()
    expect(page.get_by_label("Description")).to_have_value("Typed before the end")
    expect(page.get_by_label("Keep Updated")).to_be_checked()
    expect(page.get_by_label("Run every")).to_have_value("45")


def as_filled(admin, page):
    """The import that was started has what was typed."""
    job = admin.get(f"/imports/{job_of(page)}")
    return job["description"], job["keep_updated"], job["every_minutes"], len(job["list_ids"])


def test_a_session_that_ends_in_a_form_is_asked_for_again_and_loses_nothing(
    tidied, another, enter, admin, account, up
):
    visitor = enter("operator", "/new-import")
    visitor.watch.refusals.update({401, 403})
    page = visitor.page
    fill(page, account)

    assert admin.call("DELETE", f"/sessions/{visitor.made.id}").ok

    dialog = page.get_by_role("dialog", name=ENDED)
    expect(dialog).to_be_visible(timeout=UNTIL_REFUSED_MS)
    still_filled(page, account)
    given = dialog.get_by_label("Token or link")
    given.fill("no token of ours")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    given.fill(f"{up.deployment.url}/console#code={another(code=True)['code']}")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Somebody again")).to_be_visible()
    still_filled(page, account)
    page.get_by_role("button", name="Start import").click()
    assert as_filled(admin, page) == ("Typed before the end", True, 45, 1)


def test_what_was_submitted_is_done_once_somebody_is_in_again(tidied, another, enter, admin, account):
    visitor = enter("operator", "/new-import")
    visitor.watch.refusals.add(401)
    page = visitor.page
    fill(page, account)
    refused = []

    def refuse_once(route):
        if refused or route.request.method != "POST":
            return route.fallback()
        refused.append(route.request.url)
        return route.fulfill(status=401, json={"message": "Unauthorized"})

    page.route("**/imports", refuse_once)

    page.get_by_role("button", name="Start import").click()

    dialog = page.get_by_role("dialog", name=ENDED)
    dialog.get_by_label("Token or link").fill(another()["token"])
    still_filled(page, account)
    dialog.get_by_role("button", name="Sign in").click()
    assert as_filled(admin, page) == ("Typed before the end", True, 45, 1)
    assert len(refused) == 1


def test_a_link_that_is_opened_in_the_same_tab_leaves_the_page_as_it_is(another, enter, account):
    page = enter("operator", "/new-import").page
    fill(page, account)

    page.evaluate("(code) => { location.hash = `code=${code}`; }", another(code=True)["code"])

    expect(page.get_by_text("Somebody again")).to_be_visible()
    still_filled(page, account)
    assert page.url.endswith("#/new-import")
