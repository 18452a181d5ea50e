"""Rows in a message: whatever they are they come back, and whatever else lies there costs a bounded piece of memory."""

import contextlib
import json
import tracemalloc
from base64 import b64encode
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lytics_cm.deflating import Codec
from lytics_cm.errors import UnreadableMessage
from lytics_cm.queues import encode
from lytics_cm.row_messages import MOST_BYTES, MOST_ROWS, ROWS, batches, packed, rows_of
from lytics_cm.streams import MAX_ROW_BYTES
from tests.aws.sqs import MAX_MESSAGE_BYTES, TEXT

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ROWS_OF_ANY_KIND = st.lists(VALUES, max_size=20)
HALF_A_PAIR = "half \ud83d a smile"
ROOM_FOR_READING = 8 * 1024 * 1024


def make_row(number, **columns):
    fields = {"event": "open", "email": f"{number}@example.com", "list_id": 32 * "a", **columns}
    return {"stream": "cm_activity", "ts": 1_790_000_000_000 + number, "fields": fields}


@given(ROWS_OF_ANY_KIND)
def test_rows_come_back_as_they_were_in_characters_that_sqs_takes(rows):
    text = packed(rows)

    assert rows_of(text) == rows_of(rows) == rows
    assert TEXT.fullmatch(text)
    assert json.dumps(text) == f'"{text}"'


def test_what_utf8_cannot_hold_comes_back_too():
    assert rows_of(packed([make_row(1, name=HALF_A_PAIR)])) == [make_row(1, name=HALF_A_PAIR)]


def test_a_page_of_rows_is_one_message_of_a_twentieth():
    rows = [make_row(number, campaign_id=32 * "b", city="Oslo") for number in range(1000)]

    (batch,) = batches(rows)

    assert batch == rows
    assert len(packed(batch)) * 20 < len(encode(rows))


@given(st.lists(st.integers(0, MAX_ROW_BYTES - 300), max_size=12))
def test_no_message_is_larger_than_sqs_takes_whatever_its_rows_are(sizes):
    rng = Random(1)
    rows = [make_row(1, noise=rng.randbytes(size // 2).hex()) for size in sizes]

    found = list(batches(rows))

    assert [row for batch in found for row in batch] == rows
    assert all(len(encode(batch)) <= MOST_BYTES + 1 for batch in found)
    assert MOST_BYTES * 4 / 3 * 1.01 + 1024 < MAX_MESSAGE_BYTES


def test_a_message_has_at_most_a_thousand_rows():
    assert list(map(len, batches([{}] * (2 * MOST_ROWS + 1)))) == [MOST_ROWS, MOST_ROWS, 1]


@given(st.text() | st.binary().map(lambda some: b64encode(b"\x01" + some).decode()))
def test_garbage_is_unreadable_and_nothing_worse(text):
    with contextlib.suppress(UnreadableMessage):
        assert isinstance(rows_of(text), list)


@given(st.data())
def test_a_damaged_text_is_unreadable_or_what_it_was(data):
    rows = [make_row(number) for number in range(3)]
    text = bytearray(packed(rows), "ascii")
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] = data.draw(st.integers(32, 126))

    with contextlib.suppress(UnreadableMessage):
        assert rows_of(text.decode()) == rows


@pytest.mark.parametrize("rows", [None, 7, {}, True])
def test_what_is_no_list_in_either_form_is_unreadable(rows):
    for form in (rows, packed(rows)):
        with pytest.raises(UnreadableMessage, match="no list of rows"):
            rows_of(form)


def test_a_bomb_is_refused_before_it_takes_memory():
    bomb = packed(["0" * 50_000_000])
    tracemalloc.start()

    with pytest.raises(UnreadableMessage, match="larger than"):
        rows_of(bomb)

    assert tracemalloc.get_traced_memory()[1] < ROOM_FOR_READING
    tracemalloc.stop()


def test_what_another_dictionary_deflated_is_not_taken_for_ours():
    other = Codec(ROWS.mark + 1, b"another")
    text = b64encode(other.deflate(b"[]")).decode()

    assert other.inflate(other.deflate(b"[]"), 2) == b"[]"
    with pytest.raises(UnreadableMessage, match="nobody knows"):
        rows_of(text)


def test_the_dictionary_of_what_may_lie_in_queues_stays_as_it_is():
    """Another one is another codec, with a mark of its own, beside this one."""
    text = "AXi7RehjeMMT2NjCOisxLxXFy0DTzGMBJQgXLA=="

    assert rows_of(text) == [{"stream": "cm_user", "ts": 1, "fields": {"email": "jane@example.com"}}, 7]
