"""The console as it is served: to everybody, text alone, nothing but what was built, under a policy without exceptions."""

import re
from pathlib import Path

import pytest

from local import console
from simulators.campaign_monitor.generator import World
from tests.product import Product

QUIET = World(clients=1, lists=1, subscribers=1, campaigns=0, activity=0, journeys=0)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """The front door, as somebody without a token comes to it."""
    console.build(tmp_path_factory.mktemp("logs"))
    with Product(scenario=QUIET) as product:
        product.gateway.token = None
        yield product.gateway


@pytest.fixture(scope="module")
def files(gateway):
    """What the page names: scripts, style, picture."""
    return re.findall(r'(?:src|href)="([^"]+)"', gateway.get("/console").body)


def test_the_page_names_its_files_relative_to_a_stage_and_is_kept_by_no_cache(gateway, files):
    page = gateway.get("/console")

    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["Cache-Control"] == "no-store"
    assert sorted(Path(name).suffix for name in files) == [".css", ".js", ".svg"]
    assert {name.partition("/")[0] for name in files} == {"console"}


def test_every_file_is_served_for_good_as_what_it_is(gateway, files):
    told = {Path(name).suffix: gateway.get(f"/{name}") for name in files}

    assert {answer.status for answer in told.values()} == {200}
    assert {suffix: answer.headers["Content-Type"] for suffix, answer in told.items()} == {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml; charset=utf-8",
    }
    kept = {answer.headers["Cache-Control"] for answer in told.values()}
    assert kept == {"public, max-age=31536000, immutable"}


def test_the_licences_of_what_is_shipped_are_served(gateway):
    answer = gateway.get("/console/licences.md")

    assert answer.status == 200
    assert "preact" in answer.body
    assert "openapi-fetch" in answer.body
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/console", "/console/licences.md", "/console/none.js"])
def test_the_policy_lets_nothing_in_but_our_own_files(gateway, path):
    headers = gateway.get(path).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    own, none = "'self'", "'none'"
    assert policy == {
        "default-src": none,
        "script-src": own,
        "style-src": own,
        "img-src": own,
        "connect-src": own,
        "font-src": own,
        "base-uri": none,
        "form-action": none,
        "frame-ancestors": none,
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_page_has_no_script_and_no_style_in_it(gateway):
    body = gateway.get("/console").body

    assert re.findall(r"<script[^>]*>([^<]+)</script>|<style|\son\w+=|\sstyle=", body) == []


@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "none.js",
        "..",
        "..%2fhandlers.py",
        "%2e%2e%2f__init__.py",
        "%2fetc%2fpasswd",
        "site",
        "a%00.js",
    ],
)
def test_nothing_else_of_the_package_or_the_machine_is_served(gateway, name):
    answer = gateway.get(f"/console/{name}")

    assert (answer.status, answer.json["details"]) == (404, [])


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_is_only_read(gateway, method):
    for path in ("/console", "/console/licences.md"):
        answer = gateway.call(method, path)

        assert (answer.status, answer.headers["Allow"]) == (405, "GET")
