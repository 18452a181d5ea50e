import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_app.values import LONGEST, Target, Unfit, convert

CASES = [
    ("Text", (), "Ulm", ("Ulm",)),
    ("Text", (), True, ("true",)),
    ("Text", (), 7, ("7",)),
    ("Text", (), 7.0, ("7",)),
    ("Text", (), 0.00001, ("0.00001",)),
    ("Text", (), ["a", 1, False], ("a, 1, false",)),
    ("Text", (), {"b": 1, "a": "ü"}, ('{"a": "ü", "b": 1}',)),
    ("Text", (), "x" * 300, ("x" * 250,)),
    ("Text", (), None, ()),
    ("Text", (), "", ()),
    ("Text", (), [], ()),
    ("Text", (), 0, ("0",)),
    ("Text", (), False, ("false",)),
    ("Number", (), "12.50", ("12.5",)),
    ("Number", (), 1e21, ("1000000000000000000000",)),
    ("Number", (), "-0.5", ("-0.5",)),
    ("Number", (), True, ("1",)),
    ("Number", (), " 42 ", ("42",)),
    ("Date", (), "2024-03-05", ("2024/03/05",)),
    ("Date", (), "2024/03/05", ("2024/03/05",)),
    ("Date", (), "2024-03-05T23:30:00-05:00", ("2024/03/06",)),
    ("Date", (), "2024-03-05T14:30:00.872000Z", ("2024/03/05",)),
    ("Date", (), 1709649000000, ("2024/03/05",)),
    ("Date", (), 1709649000, ("2024/03/05",)),
    ("Date", (), "1709649000000", ("2024/03/05",)),
    ("MultiSelectOne", ("Gold", "Silver"), "gold ", ("Gold",)),
    ("MultiSelectOne", ("Gold", "Silver"), ["Silver"], ("Silver",)),
    ("MultiSelectOne", ("Yes", "No"), True, ("Yes",)),
    ("MultiSelectOne", ("false", "true"), False, ("false",)),
    ("Country", ("Germany", "France"), "germany", ("Germany",)),
    ("MultiSelectMany", ("Red", "Blue"), ["blue", "Red", "Red"], ("Blue", "Red")),
    ("MultiSelectMany", ("Red", "Blue"), "Red", ("Red",)),
    ("MultiSelectMany", ("Red", "Blue"), {"Red": 3}, ("Red",)),
    ("MultiSelectMany", ("Red", "Blue"), [], ()),
]

UNFIT = [
    ("Number", (), "many"),
    ("Number", (), "NaN"),
    ("Number", (), math.inf),
    ("Number", (), "1e999"),
    ("Number", (), [1]),
    ("Date", (), "yesterday"),
    ("Date", (), "1899-12-31"),
    ("Date", (), "2076-06-07"),
    ("Date", (), True),
    ("Date", (), ["2024-03-05"]),
    ("Date", (), 10**30),
    ("MultiSelectOne", ("Gold",), "Bronze"),
    ("MultiSelectOne", ("Gold", "Silver"), ["Gold", "Silver"]),
    ("MultiSelectMany", ("Red",), ["Green"]),
]


@pytest.mark.parametrize(("data_type", "options", "value", "wanted"), CASES)
def test_a_value_takes_the_form_that_its_field_holds(data_type, options, value, wanted):
    assert convert(value, Target("source", "[f]", "Field", data_type, options)) == (wanted, None)


@pytest.mark.parametrize(("data_type", "options", "value"), UNFIT)
def test_a_value_that_does_not_fit_says_why_without_quoting_it(data_type, options, value):
    with pytest.raises(Unfit, match="Field") as refused:
        convert(value, Target("source", "[f]", "Field", data_type, options))

    assert str(value) not in str(refused.value) or str(value) in "Field is a number"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(
    anything,
    st.sampled_from(["Text", "Number", "Date", "MultiSelectOne", "MultiSelectMany", "Country", "New"]),
)
def test_whatever_lytics_sends_becomes_short_texts_or_is_refused(value, data_type):
    try:
        values, _ = convert(value, Target("source", "[f]", "Field", data_type, ("Red", "Blue")))
    except Unfit:
        return

    assert all(isinstance(one, str) and len(one) <= LONGEST for one in values)
    json.dumps(values)
