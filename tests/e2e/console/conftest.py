"""The console of the deployed stack in a browser, for whoever it is."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from local.chromium import NoBrowser, chromium
from tests.e2e.console.acting import told
from tests.e2e.console.job_pages import GONE
from tests.e2e.console.judging import WIDE
from tests.e2e.console.watching import Watch
from tests.e2e.runs import finished, import_all, start, until

PATIENCE_MS = 60_000
"""Within which what is waited for must be there."""
expect.set_options(timeout=PATIENCE_MS)
GO = """async (path) => {
    const before = location.hash;
    const moved = new Promise((heard) => addEventListener('hashchange', heard, {once: true}));
    location.hash = path;
    if (location.hash !== before) await moved;
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""


@pytest.fixture(scope="session")
def browser():
    try:
        with chromium() as running:
            yield running
    except NoBrowser as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def imported(admin, account):
    """An import of the first list that is kept up to date, after its first run: somebody of it can be found."""
    job = import_all(
        admin,
        account,
        list_ids=[account.lists[0]["id"]],
        keep_updated=True,
        description="Kept up to date",
        tracking_consent="ignore",
    )
    until(lambda: admin.get("/profiles?limit=1")["items"])
    yield job
    assert admin.call("DELETE", f"/imports/{job['id']}").ok


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
def an_export(up, admin, account, vendor, request):
    """One that has sent existing users: some are on the list now, some had left it and were refused."""
    mailing_list = account.lists[0]
    people = vendor(f"/_state/lists/{mailing_list['id']}")["subscribers"]
    gone = {state: [one["email"] for one in people if one["state"] == state][:3] for state in GONE}
    new = f"{request.module.__name__.rpartition('.')[2]}@example.com"
    placed = [*gone["Deleted"], *gone["Unsubscribed"], new]
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


@pytest.fixture
def tidied(admin):
    """Whatever jobs were made are deleted in the end: once no page shows them, if it comes before `enter`."""

    def jobs():
        return [
            f"{kind}/{one['id']}" for kind in ("/imports", "/exports") for one in admin.get(kind)["items"]
        ]

    before = jobs()
    yield
    for job in set(jobs()) - set(before):
        assert admin.call("DELETE", job).ok


@pytest.fixture
def visit(up, browser):
    """Open the console's page, by the path behind `/console`; whoever visits has a browser of their own.

    What each has done is looked at in the end.
    """
    opened = []

    def call(rest="", refusals=()):
        context = browser.new_context(
            viewport=WIDE, locale="en-GB", timezone_id="Europe/Berlin", reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch(context, up.deployment.url)
        watch.refusals.update(refusals)
        opened.append((context, watch))
        page = context.new_page()
        page.goto(f"{up.deployment.url}/console{rest}")
        return Visitor(page, watch)

    yield call
    for context, _ in opened:
        context.close()
    for _, watch in opened:
        watch.check()


@pytest.fixture
def enter(admin, visit):
    """Sign in with a one-time code, as `lytics-cm console` does; whoever did, where they want to be."""

    sessions = []

    def call(role="admin", path="/"):
        made = admin.post("/sessions", {"name": f"an {role}", "role": role, "hours": 1, "code": True})
        visitor = visit(f"#code={made['code']}")
        visitor.page.get_by_role("navigation", name="Pages").wait_for()
        visitor.made = SimpleNamespace(**made)
        sessions.append(made["id"])
        return visitor.go(path)

    yield call
    for session in sessions:
        admin.call("DELETE", f"/sessions/{session}")


class Visitor:
    """Somebody at the console."""

    def __init__(self, page, watch):
        self.page, self.watch = page, watch
        self.made = None

    def go(self, path):
        """Go to a page by its address, and wait until it shows what it has."""
        self.page.evaluate(GO, path)
        self.settle()
        return self

    def settle(self):
        """Wait until nothing is being read."""
        self.page.locator("main h1").first.wait_for()
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)

    @property
    def token(self):
        """What lies in this tab's storage."""
        return self.page.evaluate("JSON.parse(Object.values(sessionStorage)[0]).token")
