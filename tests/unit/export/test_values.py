import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export_app.people.values import LONGEST, Target, Unfit, convert, length, name_of

CASES = [
    ("Text", (), "Ulm", ("Ulm",)),
    ("Text", (), True, ("true",)),
    ("Text", (), 7, ("7",)),
    ("Text", (), 7.0, ("7",)),
    ("Text", (), 0.00001, ("0.00001",)),
    ("Text", (), ["a", 1, False], ("a, 1, false",)),
    ("Text", (), {"b": 1, "a": "ü"}, ('{"a": "ü", "b": 1}',)),
    ("Text", (), "x" * 250, ("x" * 250,)),
    ("Text", (), "   ", ()),
    ("Text", (), "\u00a0\t\n", ()),
    ("Text", (), ["", " "], ()),
    ("Text", (), [None, "", "a"], ("a",)),
    ("Text", (), {}, ()),
    ("Text", (), [{"a": True}, 1.0], ('{"a": true}, 1',)),
    ("Number", (), "  ", ()),
    ("Number", (), -0.0, ("0",)),
    ("Number", (), "1e3", ("1000",)),
    ("Number", (), "0e999", ("0",)),
    ("Date", (), " ", ()),
    ("MultiSelectOne", ("Gold",), "", ()),
    ("MultiSelectMany", ("Red", "Blue"), [" "], ()),
    ("MultiSelectMany", ("Red", "Blue"), ["", "Red"], ("Red",)),
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
    ("Number", (), "1_000"),
    ("Number", (), "\u0663"),
    ("Number", (), "1" * 300),
    ("Number", (), "0." + "1" * 260),
    ("Text", (), math.inf),
    ("Text", (), math.nan),
    ("Text", (), 10**300),
    ("Text", (), [1, math.inf]),
    ("Text", (), {"a": math.nan}),
    ("Text", (), {"a": "x" * 300}),
    ("MultiSelectOne", ("Gold",), math.inf),
    ("MultiSelectMany", ("Red",), {"": 1}),
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


PARTLY = [
    ("Text", "x" * 300, "x" * 250, "250 characters"),
    ("Text", "\U0001f600" * 200, "\U0001f600" * 125, "250 characters"),
    ("Text", ["a" * 100, "b" * 100, "c" * 100], "a" * 100 + ", " + "b" * 100, "1 of 3 values"),
    ("Text", ["a" * 300, "b"], "a" * 250, "1 of 2 values"),
    ("Text", {"$cut": ["a", "b"], "$of": 9}, "a, b", "7 of 9 values"),
    ("MultiSelectMany", {"$cut": ["Red"], "$of": 2000}, "Red", "1999 of 2000 values"),
    ("MultiSelectMany", ["Red", "Green", math.inf], "Red", "2 of 3 values"),
]


@pytest.mark.parametrize(("data_type", "value", "wanted", "words"), PARTLY)
def test_what_is_left_out_of_a_value_is_told(data_type, value, wanted, words):
    values, problem = convert(value, Target("source", "[f]", "Field", data_type, ("Red",)))

    assert values == (wanted,)
    assert problem.startswith("Field")
    assert words in problem


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(" Jane ", "Jane"), ("  ", ""), (None, ""), (7, "7"), (["Jane"], "Jane"), ("x" * 251, "x" * 250)],
)
def test_a_name_is_a_short_text(value, wanted):
    assert name_of(value)[0] == wanted


@pytest.mark.parametrize("value", [{"first": "Jane"}, True, math.inf, {"$unfit": "why"}])
def test_what_is_no_name_is_left_out(value):
    with pytest.raises(Unfit, match="name"):
        name_of(value)


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

    assert all(isinstance(one, str) and 0 < length(one) <= LONGEST for one in values)
    json.dumps(values)
