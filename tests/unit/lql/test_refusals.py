"""A mapping that cannot work is refused when it is saved, at the place where it goes wrong."""

import json
from pathlib import Path

import pytest

from lytics_cm.errors import InvalidInput
from profile_app import lql

CASES = json.loads((Path(__file__).parent / "cases" / "refusals.json").read_text(encoding="utf-8"))


def text_of(case):
    """A case is a whole text, or one more column in the second line of an otherwise good one."""
    if "text" in case:
        return case["text"]
    return f"SELECT email AS email\n, {case['column_text']}\nFROM s INTO user BY email"


def refusal_of(text):
    with pytest.raises(lql.MappingError) as refused:
        lql.Mapping.parse({"s": text})
    return refused.value


def column(text):
    return text_of({"column_text": text})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.get("column_text") or case["text"])
def test_a_mistake_is_told_with_its_place_and_what_was_expected(case):
    refusal = refusal_of(text_of(case))

    assert (refusal.line, refusal.column) == (case["line"], case["column"])
    assert case["says"] in refusal.problem


def test_a_caret_stands_under_the_culprit():
    refusal = refusal_of(column("email(cc AS a"))

    assert str(refusal) == (
        's, line 2, column 12: expected an operator, "," or ), found AS\n    , email(cc AS a\n               ^'
    )
    assert refusal.details == [
        {
            "field": "s, line 2, column 12",
            "message": 'expected an operator, "," or ), found AS',
            "excerpt": "    , email(cc AS a\n               ^",
        }
    ]
    assert isinstance(refusal, InvalidInput)


def test_of_a_long_line_only_the_neighbourhood_is_shown():
    refusal = refusal_of(column(f'concat("{"x" * 3000}") AS a, cc ? AS b'))

    assert refusal.problem.startswith("'?' has no meaning")
    assert max(map(len, refusal.excerpt.splitlines())) <= 130


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (column(f'tolower("{"x" * 4096}") AS a'), "this expression is longer than 4096 characters"),
        (column("(" * 51 + "cc" + ")" * 51 + " AS a"), "this is nested more than 50 deep"),
        (column("tolower(" * 51 + "cc" + ")" * 51 + " AS a"), "this is nested more than 50 deep"),
        (column("cc AS a IF " + "NOT " * 51 + "b"), "this is nested more than 50 deep"),
        (column("cc AS a -- " + "x" * 100_000), "the text is longer than 100000 characters"),
    ],
    ids=["long", "parentheses", "calls", "negations", "text"],
)
def test_what_is_too_large_is_refused(text, problem):
    assert refusal_of(text).problem == problem


def test_depth_of_one_column_does_not_count_for_the_next():
    deep = "tolower(" * 40 + "cc" + ")" * 40

    mapping = lql.Mapping.parse({"s": column(f"{deep} AS a, {deep} AS b")})

    assert [each.field for each in mapping.columns] == ["email", "a", "b"]


def test_blanks_of_editors_and_web_pages_are_blanks():
    mapping = lql.Mapping.parse({"s": "\ufeffSELECT\xa0email AS\temail\r\nFROM s INTO user BY email"})

    assert [each.field for each in mapping.columns] == ["email"]


def test_streams_that_disagree_on_a_field_are_refused_with_the_stream():
    first = "SELECT email AS email, a AS x KIND string FROM one INTO user BY email"
    second = "SELECT email AS email, toint(a) AS x KIND int FROM two INTO user BY email"

    with pytest.raises(lql.MappingError) as refused:
        lql.Mapping.parse({"one": first, "two": second})

    assert (refused.value.stream, refused.value.line, refused.value.column) == ("two", 1, 43)
