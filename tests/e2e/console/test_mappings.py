"""Somebody who reads what rows mean, changes it, tries it on one person, and takes it back."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.console.judging import judge
from tests.e2e.runs import until

SEED = Path(__file__).parents[2] / "unit/lql/cases/seed.json"
"""Both tables as Lytics publishes them, cell by cell."""
NOTATION = Path(__file__).parents[3] / "docs/mapping-language.md"
NOTHING = "\N{EN DASH}"
LINE = ', name AS shouted SHORTDESC "Shouted name" KIND string\n'


@pytest.fixture
def person(admin, imported):
    """The address of somebody with a name."""
    return next(one["email"] for one in admin.get("/profiles?limit=100")["items"] if one["name"])


@pytest.fixture
def default(admin):
    """The default mapping is in force in the end, for everybody."""
    yield admin.get("/streams/cm_user/mapping")["mapping"]
    if not admin.get("/streams/cm_user/mapping")["default"]:
        assert admin.call("DELETE", "/streams/cm_user/mapping").ok
    until(lambda: admin.get("/streams/reproject")["status"] != "running")


@pytest.mark.parametrize(("stream", "tab"), [("cm_user", "Subscribers"), ("cm_activity", "Activity")])
def test_a_mapping_is_the_table_that_lytics_publishes(enter, stream, tab):
    page = enter("viewer", "/mappings").page
    page.get_by_role("navigation", name="Streams").get_by_role("link", name=tab).click()
    table = page.get_by_role("table", name=f"Mapping of {stream}")
    table.wait_for()

    lines = [line for line in json.loads(SEED.read_text(encoding="utf-8")) if line["stream"] == stream]
    has_conditions = any(line["condition"] for line in lines)
    rows = [row.get_by_role("cell").all_inner_texts() for row in table.get_by_role("row").all()[1:]]
    assert rows == [
        [
            line["expression"],
            *([f"IF {line['condition']}" if line["condition"] else NOTHING] if has_conditions else []),
            f"{line['field']} unique id" if line["unique_id"] else f"{line['field']} ".strip(),
            line["description"],
            line["kind"],
        ]
        for line in lines
    ]


def test_a_mistake_is_told_under_its_place_until_it_is_mended(enter, default):
    page = enter("operator", "/mappings/cm_user/edit").page
    text = page.get_by_role("textbox", name="Mapping of cm_user")
    expect(page.get_by_text("No mistakes")).to_be_visible()

    text.fill(default.replace("set(client_id)", "sett(client_id)"))

    expect(page.get_by_text("1 mistake")).to_be_visible()
    mistake = page.get_by_role("alert").get_by_role("listitem")
    line = default.split("\n").index(next(one for one in default.split("\n") if "set(client_id)" in one)) + 1
    (told, caret) = mistake.locator("pre").inner_text().split("\n")
    assert told.startswith(f"{line} │ ")
    assert told[caret.index("^") :].startswith("sett(")
    expect(mistake.locator("p")).to_contain_text("sett")
    judge(page, "mapping-mistake")
    text.fill(default)
    expect(page.get_by_text("No mistakes")).to_be_visible()
    expect(page.get_by_text("Publishing a mapping needs the role admin.")).to_be_visible()


def test_a_mapping_is_tried_published_followed_and_taken_back(enter, admin, person, default):
    visitor = enter("admin", "/mappings/cm_user")
    page = visitor.page
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("textbox", name="Mapping of cm_user").fill(
        default.replace("FROM cm_user", f"{LINE}FROM cm_user")
    )
    page.get_by_label("Address").fill(person)
    diff = page.locator(".diff")
    expect(diff.get_by_role("row").filter(has_text="shouted")).to_contain_text(
        admin.get(f"/profiles/{person}")["fields"]["cm_name"]
    )
    assert "shouted" not in admin.get(f"/profiles/{person}")["fields"]
    judge(page, "mapping-edit")

    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()

    expect(page.get_by_text("Your own")).to_be_visible()
    expect(page.get_by_role("cell", name="Shouted name")).to_be_visible()
    expect(page.get_by_text("All profiles were rebuilt")).to_be_visible()
    assert "shouted" in admin.get(f"/profiles/{person}")["fields"]
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Back to the default").click()
    page.get_by_role("dialog").get_by_role("button", name="Use the default").click()
    expect(page.get_by_text("Default", exact=True)).to_be_visible()
    assert admin.get("/streams/cm_user/mapping")["mapping"] == default


def test_what_was_begun_is_there_when_one_comes_back(enter, default):
    visitor = enter("operator", "/mappings/cm_user/edit")
    visitor.page.get_by_role("textbox", name="Mapping of cm_user").fill(f"{default}-- begun")

    visitor.go("/people").go("/mappings/cm_user/edit")

    assert (
        visitor.page.get_by_role("textbox", name="Mapping of cm_user").input_value() == f"{default}-- begun"
    )
    visitor.page.get_by_role("button", name="Discard").click()
    expect(visitor.page.get_by_role("table", name="Mapping of cm_user")).to_be_visible()


def test_the_notation_is_shown_by_examples_of_its_page(enter):
    page = enter("operator", "/mappings/cm_user/edit").page

    page.get_by_text("How to write it").click()

    examples = page.locator("details code").all_inner_texts()
    assert len(examples) == 3
    published = NOTATION.read_text(encoding="utf-8")
    assert [one for one in examples if f"`{one}`" not in published] == []
    judge(page, "mapping-notation")


def test_what_was_begun_is_forgotten_when_somebody_signs_out(enter, admin, default):
    visitor = enter("operator", "/mappings/cm_user/edit")
    page, another = (
        visitor.page,
        admin.post("/sessions", {"name": "B", "role": "operator", "hours": 1, "code": True}),
    )
    page.get_by_role("textbox", name="Mapping of cm_user").fill(f"{default}-- begun")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token or link")).to_be_visible()

    page.evaluate("(code) => { location.hash = `code=${code}`; }", another["code"])
    page.get_by_role("navigation", name="Pages").wait_for()
    visitor.go("/mappings/cm_user/edit")

    assert page.get_by_role("textbox", name="Mapping of cm_user").input_value() == default
    admin.call("DELETE", f"/sessions/{another['id']}")


@pytest.mark.parametrize("path", ["/mappings/cm_user", "/mappings/cm_activity"])
def test_mappings_are_for_everybody(enter, path):
    judge(enter("admin", path).page, path[1:].replace("/", "-"))
