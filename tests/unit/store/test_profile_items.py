"""The forms of items: what is packed comes back, and sizes are what AWS bills."""

from hypothesis import given
from hypothesis import strategies as st

from lytics_cm.store.profile_items import (
    Part,
    columns_of,
    fields_of,
    fits,
    id_of,
    key_of,
    pack_parts,
    pieces_of,
    state_of,
    unpack_parts,
)
from lytics_cm.streams import END_OF_TIME, YEAR_1, Row

parts = st.builds(
    Part,
    fold=st.integers(0, 2**32 - 1),
    nonce=st.binary(min_size=4, max_size=4),
    rows=st.integers(0, 2**32 - 1),
    pieces=st.integers(0, 255),
)


@given(st.integers(-YEAR_1, END_OF_TIME), st.integers(0, 3))
def test_the_id_of_a_fact_gives_its_key_back(ts, nth):
    key = Row("cm_activity", "a@b", ts, {"event": "open"}, nth=nth).key

    assert len(id_of(key)) == 15
    assert key_of(id_of(key)) == key


@given(st.lists(parts))
def test_parts_are_unpacked_as_they_were_packed(some):
    assert unpack_parts(pack_parts(some)) == tuple(some)


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.lists(st.text()))))
def test_columns_are_stored_and_read_unchanged(fields):
    assert fields_of(columns_of(fields)) == fields


def test_long_columns_are_deflated():
    assert list(columns_of({"name": "x" * 10})) == ["S"]
    assert list(columns_of({"name": "x" * 1000})) == ["B"]


def test_a_state_of_any_size_is_cut_into_pieces_that_fit_an_item():
    state = {"urls": [f"{number * 2_654_435_761 % 2**64:x}" for number in range(60_000)]}

    pieces = pieces_of(state)

    assert len(pieces) > 1
    assert all(len(piece) <= 350 * 1024 for piece in pieces)
    assert state_of(pieces) == state


def test_a_row_too_large_for_two_tellings_of_it_does_not_fit():
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(150_000))

    assert fits({"name": "x" * 250_000})
    assert not fits({"name": noise})
