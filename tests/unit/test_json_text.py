"""What is read of a text that should be JSON."""

import pytest

from lytics_cm.errors import UnreadableMessage
from lytics_cm.json_text import MAX_LEVELS, is_deep, read_json


def nested(levels):
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", "-Infinity", "01", "'x'", "[1,]", "[" * 100_000]
)
def test_what_is_no_json_cannot_be_read(text):
    with pytest.raises(UnreadableMessage):
        read_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9" * 38, int("9" * 38)),
        ("9" * 39, "9" * 39),
        ("-" + "9" * 5000, "-" + "9" * 5000),
        ("1e308", 1e308),
        ("1e309", "1e309"),
        ("-1e999", "-1e999"),
        ("\ufeff7", 7),
    ],
)
def test_a_number_that_nobody_can_hold_stays_the_text_that_it_is(text, value):
    assert read_json(text) == value


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("7", False),
        (nested(MAX_LEVELS), False),
        (nested(MAX_LEVELS + 1), True),
        ('{"a": ' * MAX_LEVELS + "1" + "}" * MAX_LEVELS, False),
        ('{"a": [' * MAX_LEVELS + "]}" * MAX_LEVELS, True),
        (nested(9000), True),
    ],
)
def test_nesting_ends_at_a_level(text, deep):
    assert is_deep(read_json(text)) is deep
