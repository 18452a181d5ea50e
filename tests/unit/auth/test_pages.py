import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from auth_app import pages

ALL = {
    "connected": pages.connected("Main", 2),
    "failed": pages.failed("Main", "no"),
    "broken": pages.broken(),
    "declined": pages.declined("Main", "no"),
    "expired": pages.expired("Main"),
    "used, active": pages.used("Main", active=True),
    "used, not active": pages.used("Main", active=False),
    "unknown": pages.unknown(),
}


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []
        self.open = []
        self.loads, self.ways = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        named = [value for name, value in attrs if name in {"href", "src", "action", "style"}]
        (self.ways if tag == "a" else self.loads).extend(named)
        if tag not in {"meta", "path"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def seen(page):
    parser = Seen()
    parser.feed(page.html())
    parser.close()
    return parser


@pytest.mark.parametrize("page", ALL.values(), ids=ALL)
def test_a_page_is_well_formed_and_loads_nothing(page):
    found = seen(page)

    assert (found.open, found.loads, "script" in found.tags) == ([], [], False)
    assert not re.search(r"url\(|@import|https?:", page.html())


@pytest.mark.parametrize("page", ALL.values(), ids=ALL)
def test_a_page_leads_back_to_the_console_and_nowhere_else(page):
    (way,) = seen(page).ways

    assert re.fullmatch(r"\.\./console#/authorizations(/[0-9a-z_]+)?", way)


@pytest.mark.parametrize("page", ALL.values(), ids=ALL)
def test_a_page_says_what_to_do_next(page):
    assert "What to do next" in page.html()
    assert len(page.next) > len("Nothing.")


def test_text_is_escaped():
    page = pages.failed("<b>Main</b>", '"><script>alert(1)</script>')

    assert "script" not in seen(page).tags
    assert "&lt;b&gt;Main&lt;/b&gt;" in page.html()


def test_the_policy_admits_the_pages_own_style_and_nothing_else():
    style = re.search(r"<style>(.*)</style>", pages.unknown().html(), re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    policy = pages.HEADERS["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith(f"style-src 'sha256-{digest}'")
    assert "unsafe" not in policy


def test_one_client_is_singular():
    assert "found 1 client." in pages.connected("Main", 1).text
