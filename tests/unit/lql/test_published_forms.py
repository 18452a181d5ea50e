"""The table of `docs/mapping-language.md` is true: each published form makes what stands there, or is refused."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from profile_app import lql

PAGE = (Path(__file__).parents[3] / "docs" / "mapping-language.md").read_text(encoding="utf-8")
ROW = SimpleNamespace(
    stream="s", ts=1709649000000, fields=json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])
)
FORMS = [
    (form.strip("` ").replace("<br>", "\n"), where, made)
    for form, where, made in re.findall(r"^\| (`.*?`) \| ([A-Z]) \| (.*?) \|$", PAGE, re.MULTILINE)
]


def text_of(form):
    """A whole text, the end of one, or a column."""
    if form.startswith(("SELECT", "#", "/*")):
        return form
    start = "SELECT email(email) AS email"
    return (
        f"{start} {form}"
        if form.startswith(("FROM", "INTO"))
        else f"{start}, {form}\nFROM s INTO user BY email"
    )


def made_of(form):
    mapping = lql.Mapping.parse({"s": text_of(form)})
    profile = mapping.render(mapping.fold([ROW]))
    assert profile.pop("email") == "jane.doe@example.com"
    return profile


def test_the_table_has_enough_forms_of_every_source():
    assert len(FORMS) >= 80
    assert {where for _, where, _ in FORMS} == set("QDCLSNB")


@pytest.mark.parametrize(("form", "where", "made"), FORMS, ids=[form for form, _, _ in FORMS])
def test_a_published_form_is_taken_or_refused_as_the_page_says(form, where, made):
    if made.startswith("refused: "):
        with pytest.raises(lql.MappingError) as refused:
            lql.Mapping.parse({"s": text_of(form)})
        assert made.removeprefix("refused: ") in refused.value.problem
    else:
        assert made_of(form) == json.loads(made.strip("`"))
