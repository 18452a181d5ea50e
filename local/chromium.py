"""The browser of this machine, driven by Playwright: for the tests of the console, and for its pictures."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""A root of a container has no sandbox; nothing but what a page asks for goes over the network."""
REMEDY = "there is no Chromium: apt-get install chromium, or .venv/bin/playwright install chromium"


class NoBrowser(Exception):
    """Nothing that could show a page; the message is how to get it."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser until the block ends: this machine's, else Playwright's own. Raises `NoBrowser`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(playwright), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def _executable(playwright: Playwright) -> str:
    found = next(filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path)
    if not Path(found).exists():
        raise NoBrowser(REMEDY)
    return found
