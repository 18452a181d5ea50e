"""The forms of leaves: what is packed comes back, a leaf is cut where it pays, and sizes are what AWS bills."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lytics_cm.streams import END_OF_TIME, YEAR_1, Row, join
from profile_app.profiles.consents import VALUES, Consents, Known, Observation
from profile_app.profiles.leaves import (
    OVERHEAD,
    UNIT,
    Leaf,
    cut,
    fits,
    joined,
    packed,
    place_of,
    room,
    union,
)
from profile_app.profiles.snapshots import Snapshot
from tests.store.people import JANE, make_fact, make_snapshot

told = st.builds(Observation, st.integers(), st.sampled_from(VALUES), st.text())
known = st.builds(Known, st.lists(told, max_size=3).map(tuple), st.none() | st.integers())
rows = st.builds(
    Row,
    stream=st.just("cm_activity"),
    email=st.just(JANE),
    ts=st.integers(-YEAR_1, END_OF_TIME),
    fields=st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.lists(st.text()))).map(
        lambda fields: {"email": JANE, **fields}
    ),
    nth=st.integers(0, 3),
)
MOST = room(Leaf(JANE, b"life"), UNIT)


def placed(*some):
    return {place_of(row): row for row in some}


def clicks(number, since=0):
    return [
        make_fact(minute=minute, url=f"https://www.example.com/page/{minute * 7919 % 1000}")
        for minute in range(since, since + number)
    ]


def size(facts):
    return len(packed(Leaf(JANE, b"life", facts=facts)))


def split(old, new, most):
    """The groups that some rows become which are told to a leaf with some."""
    return cut(Leaf(JANE, b"life", facts=old), union(old, placed(*new)), most)


@given(
    st.lists(rows),
    st.lists(st.sampled_from(["l1", "l2"])),
    st.fixed_dictionaries(
        {},
        optional={
            "consents": st.dictionaries(st.text(), known).map(Consents),
            "more": st.booleans(),
            "epoch": st.integers(0, 9),
            "at": st.integers(0, END_OF_TIME),
        },
    ),
    st.one_of(st.just({}), st.fixed_dictionaries({"due": st.integers(1, END_OF_TIME), "run": st.text()})),
)
def test_leaves_are_stored_and_read_unchanged(some, lists, more, run):
    states = {f"user#{one}": Snapshot.of(make_snapshot(list_id=one)) for one in lists}
    leaf = Leaf(JANE, b"life", facts=some, states=states, rev=1, **more, **run)

    assert Leaf.of(leaf.item()) == replace(leaf, rev=2)


@given(rows, rows)
def test_places_are_in_the_order_of_minutes(one, other):
    if one.ts // 60_000 < other.ts // 60_000:
        assert place_of(one) < place_of(other)


alike = st.builds(
    make_fact, minute=st.integers(0, 3), nth=st.integers(0, 3), city=st.sampled_from(["Oslo", "Rome"])
)


@given(st.lists(alike), st.lists(alike))
def test_a_union_has_every_row_once_in_the_order_of_places(some, more):
    old = union((), placed(*some)).facts

    result = union(old, placed(*more))

    known, told = placed(*some), placed(*more)
    assert [place_of(row) for row in result.facts] == sorted(known | told)
    assert result.stored == len(told.keys() - known.keys())
    assert result.behind == sum(place > max(known, default="") for place in told.keys() - known.keys())
    both = {place: join(known[place], told[place]) for place in known.keys() & told.keys()}
    assert placed(*result.facts) == known | told | both
    assert result.amended == sum(known[place] != row for place, row in both.items())


@given(st.integers(2, 80), st.integers(0, 80))
def test_a_cut_keeps_every_row_in_order(number, old):
    facts = clicks(number)

    groups = split(facts[:old], facts[old:], MOST)

    assert [row for group in groups for row in group] == facts
    assert all(groups)


def test_rows_behind_a_full_leaf_go_to_a_new_one_and_leave_it_alone():
    full = clicks(3)
    while size(full) < MOST * 0.95:
        full = clicks(len(full) + 1)
    more = clicks(1, since=1000)

    assert split(full, more, MOST) == [full, more]


def test_a_leaf_that_grows_in_its_middle_becomes_two_of_one_size():
    old = clicks(30)

    first, second = split(old, clicks(1, since=-1), size(old))

    difference = size(first) - size(second)
    assert abs(difference) < size(old) / 3


def test_many_rows_at_once_fill_leaves_of_about_a_write_unit():
    groups = split([], clicks(500), MOST)

    sizes = [size(group) for group in groups[:-1]]
    assert max(sizes) <= MOST
    assert sum(sizes) / len(sizes) > MOST * 0.8


def test_new_leaves_have_room_for_the_snapshots_that_follow_the_newest_rows():
    states = {f"user#{one}": Snapshot.of(make_snapshot(list_id=one, name=one * 40)) for one in ("l1", "l2")}
    old = clicks(30)
    leaf = Leaf(JANE, b"life", facts=old, states=states)

    _, *new = cut(leaf, union(old, placed(*clicks(300, since=1000))), MOST)

    assert len(new) > 1
    assert max(len(packed(replace(leaf, facts=group))) for group in new) <= MOST


@given(st.lists(alike, min_size=1), st.data())
def test_what_two_leaves_hold_counts_once_and_tells_all(some, data):
    known = placed(*some)
    start = data.draw(st.sampled_from(sorted(known)))
    first = data.draw(st.lists(st.sampled_from(some))) if data.draw(st.booleans()) else []
    behind = {place: row for place, row in known.items() if place >= start}
    before = placed(*(row for row in known.values() if place_of(row) < start), *first)
    leaves = [
        Leaf(JANE, b"life", facts=[before[place] for place in sorted(before)]),
        Leaf(JANE, b"life", start, facts=[behind[place] for place in sorted(behind)]),
    ]

    facts, _ = joined(leaves)

    everything = {}
    for place, row in [*before.items(), *behind.items()]:
        everything[place] = join(everything[place], row) if place in everything else row
    assert [place_of(row) for row in facts] == sorted(everything)
    assert placed(*facts) == everything


def test_a_leaf_is_billed_by_less_than_its_overhead_and_its_rows():
    leaf = Leaf(JANE, b"life56", "0" * 30, rev=999, at=END_OF_TIME, more=True, epoch=99)
    item = leaf.item()
    del item["d"]

    billed = sum(len(name) + len(next(iter(value.values()))) for name, value in item.items()) + len("d")

    assert OVERHEAD - 10 <= billed - len(JANE) <= OVERHEAD


def test_a_row_too_large_for_two_tellings_of_it_does_not_fit():
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(150_000))

    assert fits({"name": "x" * 250_000})
    assert not fits({"name": noise})
