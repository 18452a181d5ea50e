"""A stack to which nothing is connected yet tells the way. It comes first, by its name."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.console.judging import judge


@pytest.fixture
def empty(admin):
    """The stack, before any other test has connected an account."""
    known = [admin.get(path)["items"] for path in ("/authorizations", "/imports", "/exports")]
    assert known == [[], [], []], "another test came before this one"


def test_a_stack_without_an_account_tells_the_way(empty, enter):
    visitor = enter("admin")
    page = visitor.page

    steps = page.get_by_role("main").get_by_role("listitem")
    expect(steps).to_have_text([re.compile("^Authorize"), re.compile("^Import"), re.compile("^Export")])
    heights = [steps.nth(number).bounding_box()["height"] for number in range(3)]
    assert max(heights) < 60, f"a step is a line or two: {heights}"
    judge(page, "no-account")
    for path in ("/new-import", "/new-export"):
        visitor.go(path)
        page.get_by_role("link", name="Add new authorization").click()
        expect(page.get_by_role("heading", name="Add new authorization")).to_be_visible()
