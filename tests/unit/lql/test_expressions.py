"""Every case is a line of data in `cases/`; a new rule is a new line."""

import datetime as dt
import json
from pathlib import Path

import pytest

from lytics_cm.addresses import Mailbox, mailbox
from profile_app.lql.compiler import compile_expression
from profile_app.lql.layouts import parse_layout
from profile_app.lql.parser import parse_expression
from profile_app.lql.patterns import Pattern
from profile_app.lql.siphash import siphash
from profile_app.lql.times import rfc3339
from profile_app.lql.urls import urlmain
from profile_app.lql.values import UNEVALUABLE

CASES = Path(__file__).parent / "cases"
NOW = 1709649000000


def cases(name):
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


def evaluate(expression, fields=None, now=NOW):
    """The value of an expression, or nothing when it is not evaluable."""
    compiled = compile_expression(parse_expression(expression))
    try:
        return compiled.evaluate(fields or {}, now)
    except UNEVALUABLE:
        return None


def same(left, right):
    return left == right and type(left) is type(right)


@pytest.mark.parametrize("case", cases("expressions"), ids=lambda case: case["expression"])
def test_an_expression_gives_its_value_or_nothing(case):
    value = evaluate(case["expression"], case.get("fields"))

    assert same(value, case.get("gives"))


@pytest.mark.parametrize("operator", ["==", "!=", "IN", "INTERSECTS", "CONTAINS", "LIKE"])
def test_lists_too_long_to_compare_each_with_each_are_not_compared(operator):
    fields = {"a": ["x"] * 1001, "b": ["y"] * 1001, "c": ["y"] * 900}

    assert evaluate(f"a {operator} b", fields) is None
    assert evaluate(f"a {operator} c", fields) is (operator == "!=")


@pytest.mark.parametrize("case", cases("hash"), ids=lambda case: case["text"])
def test_a_hash_is_a_signed_decimal(case):
    assert str(siphash(case["text"])) == case["key"]


@pytest.mark.parametrize("case", cases("urlmain"), ids=lambda case: repr(case["url"]))
def test_urlmain_is_host_and_path_by_the_rules_of_go(case):
    assert urlmain(case["url"]) == case.get("main")


@pytest.mark.parametrize("case", cases("times"), ids=lambda case: case["time"])
def test_parts_of_time_are_utc_and_weeks_begin_on_sunday(case):
    time = dt.datetime.fromisoformat(case["time"]) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    now = time // dt.timedelta(milliseconds=1)

    found = {
        name: evaluate(f"{name}()", now=now)
        for name in ("hourofday", "hourofweek", "dayofweek", "yymm", "yy", "mm")
    }

    assert {"time": case["time"], "ms": now, **found} == case


@pytest.mark.parametrize("case", cases("dates"), ids=lambda case: repr(case["text"]))
def test_a_date_is_read_leniently(case):
    found = evaluate("todate(text)", {"text": case["text"]})

    assert (None if found is None else rfc3339(found)) == case.get("means")


@pytest.mark.parametrize("case", cases("layouts"), ids=lambda case: f"{case['layout']} {case['text']}")
def test_a_date_is_read_by_its_layout(case):
    try:
        found = rfc3339(parse_layout(case["layout"], case["text"]))
    except UNEVALUABLE:
        found = None

    assert found == case.get("means")


@pytest.mark.parametrize("case", cases("addresses"), ids=lambda case: repr(case["text"]))
def test_an_address_is_one_mailbox(case):
    expected = Mailbox(case["address"], case["name"]) if "address" in case else None

    found = mailbox(case["text"])

    assert found == expected
    assert found is None or found.domain == case["domain"]


@pytest.mark.parametrize("case", cases("patterns"), ids=lambda case: case["pattern"])
def test_a_pattern_is_found_or_not(case):
    pattern = Pattern(case["pattern"])

    found = {text: pattern.found_in(text) for text in case["found"] + case["absent"]}

    assert found == dict.fromkeys(case["found"], True) | dict.fromkeys(case["absent"], False)


@pytest.mark.parametrize("pattern", cases("refused_patterns"))
def test_a_pattern_that_re2_does_not_know_is_refused(pattern):
    with pytest.raises(ValueError, match=r"pattern|RE2"):
        Pattern(pattern)


def test_a_hash_counts_bytes_that_are_no_text_as_they_are():
    latin = urlmain("http://example.com/caf%E9")
    replaced = urlmain("http://example.com/caf%EF%BF%BD")

    assert siphash(latin) != siphash(replaced)
