import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lytics_cm.profile_fields import MOST_BYTES_TOGETHER, MOST_ENTRIES, bounded


def nested(levels, value=1):
    for _ in range(levels):
        value = [value]
    return value


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Ulm", "Ulm"),
        (["a", {"b": [1, None]}], ["a", {"b": [1, None]}]),
        ("x" * 5000, "x" * 1000),
        ("\ud800", "?"),
        ({"\ud800": "\udfff"}, {"?": "?"}),
        (math.inf, {"$unfit": "the number is out of range"}),
        ([math.nan], {"$unfit": "the number is out of range"}),
        (nested(2000), {"$unfit": "the value is nested more than 20 deep"}),
        (nested(20), nested(20)),
        (list(range(2500)), {"$cut": list(range(MOST_ENTRIES)), "$of": 2500}),
        ({str(n): n for n in range(1001)}, {"$cut": {str(n): n for n in range(1000)}, "$of": 1001}),
    ],
)
def test_a_value_is_kept_as_far_as_a_custom_field_could_need_it(value, kept):
    assert bounded({"field": value}) == {"field": kept}


def test_a_long_list_is_cut_by_its_bytes():
    urls = [f"https://example.com/\u00fc/{n:050d}" for n in range(20_000)]

    kept = bounded({"urls": urls})["urls"]

    assert kept["$of"] == 20_000
    assert kept["$cut"] == urls[: len(kept["$cut"])]
    assert 30_000 < len(json.dumps(kept)) < 34_000


def test_of_too_many_large_fields_the_smaller_ones_are_kept():
    fields = {f"f{n}": ["x" * 900] * 30 for n in range(50)} | {"city": "Ulm"}

    kept = bounded(fields)

    assert kept.keys() == fields.keys()
    assert kept["city"] == "Ulm"
    assert 3 <= sum(value == fields["f0"] for value in kept.values()) <= 5
    assert len(json.dumps(kept)) <= MOST_BYTES_TOGETHER + 2000


@given(st.dictionaries(st.text(st.characters(codec=None)), anything, max_size=4))
@example({"f": ["x" * 990] * 40})
@example({"f": {"a" * 990: ["x" * 990] * 40}})
@example({f"f{n}": ["x" * 900] * 30 for n in range(20)})
def test_bounding_what_is_bounded_changes_nothing_and_all_of_it_can_be_written(fields):
    once = bounded(fields)

    assert bounded(once) == once
    assert json.loads(json.dumps(once, allow_nan=False)) == once
    json.dumps(once, ensure_ascii=False).encode()
