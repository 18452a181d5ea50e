"""The pictures of the console in the README: two of its pages in light and dark, of a stack that was walked through."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, ViewportSize, expect

from local.chromium import chromium
from local.programs import ROOT
from lytics_cm_cli.client import Api
from lytics_cm_cli.finding import Place

FOLDER = ROOT / "docs"
SIZE: ViewportSize = {"width": 1200, "height": 960}
PATIENCE_MS = 60_000
MOST_PEOPLE, MOST_ASKED = 500, 60


def pictures(where: Place) -> None:
    """Take them, as an admin sees the pages. Raises `NoBrowser`."""
    api = Api(where.url, where.token)
    with chromium() as browser:
        for scheme in ("light", "dark"):
            made = api.post("/sessions", {"name": "Jane", "role": "admin", "hours": 1, "code": True})
            context = browser.new_context(
                viewport=SIZE, color_scheme=scheme, locale="en-GB", timezone_id="Europe/Berlin"
            )
            page = context.new_page()
            page.goto(f"{where.url}/console#code={made['code']}")
            for name, path in _pages(api):
                page.evaluate("(path) => { location.hash = path }", path)
                _take(page, FOLDER / f"console-{name}-{scheme}.png")
            context.close()


def _pages(api: Api) -> Iterator[tuple[str, str]]:
    """The overview, and whoever has done most of those who are in an export."""
    found = api.get("/profiles", limit=MOST_PEOPLE)["items"]
    by_rows = sorted(found, key=lambda one: (-one["rows"], one["email"]))
    busiest = [quote(one["email"]) for one in by_rows[:MOST_ASKED]]
    known = (email for email in busiest if api.get(f"/profiles/{email}/exports")["items"])
    yield "overview", "/"
    yield "person", f"/people/{next(known, busiest[0])}"


def _take(page: Page, target: Path) -> None:
    page.wait_for_load_state("networkidle")  # the page of before is gone
    page.locator("main h1").first.wait_for(timeout=PATIENCE_MS)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=PATIENCE_MS)
    page.screenshot(path=target, animations="disabled")
