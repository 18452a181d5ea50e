"""Reports tell minutes, and pages cut through them: rows that look alike are numbered once, wherever the cut falls."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from import_app.reading import stitching

MINUTE = 60_000


def opened(email, minute, url=None):
    return {"ts": minute * MINUTE, "fields": {"event": "open", "email": email, "list_id": "l1", "url": url}}


def identities(rows):
    return [(stitching.likeness(row), row.get("nth", 0)) for row in rows]


@st.composite
def reports(draw):
    minutes = sorted(draw(st.lists(st.integers(0, 6), max_size=40)))
    return [opened(draw(st.sampled_from(["a@x.org", "A@x.org", "b@x.org"])), minute) for minute in minutes]


@given(reports(), st.integers(1, 9))
def test_any_page_size_numbers_a_report_as_if_it_were_one_page(report, size):
    pages = [report[start : start + size] for start in range(0, len(report), size)]
    halves = [stitching.split(page) for page in pages]

    inner = [row for half, _ in halves for row in stitching.numbered(half)]
    edges = stitching.numbered([row for _, half in halves for row in half])

    assert Counter(identities(inner + edges)) == Counter(identities(stitching.numbered(report)))
    assert len(set(identities(inner + edges))) == len(report)


def test_two_opens_of_one_person_within_a_minute_are_told_apart_whatever_the_spelling():
    rows = stitching.numbered([opened("Ann@x.org", 3), opened("ann@x.org", 3), opened("ann@x.org", 4)])

    assert [row.get("nth", 0) for row in rows] == [0, 1, 0]


def test_clicks_on_two_links_within_a_minute_need_no_number():
    rows = stitching.numbered([opened("ann@x.org", 3, "https://a"), opened("ann@x.org", 3, "https://b")])

    assert [row.get("nth", 0) for row in rows] == [0, 0]


@given(st.lists(st.integers(), max_size=6), st.lists(st.integers(), max_size=6))
def test_a_page_that_only_grew_at_its_end_has_not_moved(before, added):
    note = {"records": len(before), "digest": stitching.digest(before)}

    assert stitching.is_unmoved(note, before + added)


def test_a_page_with_a_row_inserted_before_its_end_has_moved():
    note = {"records": 3, "digest": stitching.digest([1, 2, 3])}

    assert not stitching.is_unmoved(note, [1, 9, 2])
    assert not stitching.is_unmoved(note, [1, 2])


@st.composite
def long_reports(draw):
    """A report of a few minutes, so that a minute may go on over any number of pages."""
    minutes = sorted(draw(st.lists(st.integers(0, 2), max_size=60)))
    return [
        opened(draw(st.sampled_from(["a@x.org", "A@x.org", "b@x.org", "c@x.org"])), minute)
        for minute in minutes
    ]


@given(long_reports(), st.integers(1, 9), st.integers(1, 5), st.integers(1, 12), st.data())
def test_edges_are_numbered_block_by_block_and_group_by_group_as_if_they_were_together(
    report, size, block, most, data
):
    pages = [report[start : start + size] for start in range(0, len(report), size)]
    for place in data.draw(st.lists(st.integers(0, len(pages)), max_size=3)):
        pages.insert(place, [])
    halves = [stitching.split(page) for page in pages]
    edges = [stitching.Edge.of(number, half) for number, (_, half) in enumerate(halves)]

    told = [row for half, _ in halves for row in stitching.numbered(half)]
    for first in range(0, len(edges), block):
        groups = stitching.grouped(edges[first : first + block], most)
        assert all(len(group) == 1 or sum(len(edge.marks) for edge in group) <= most for group in groups)
        for group, before in zip(groups, stitching.told_before(groups, edges[:first][::-1]), strict=True):
            told += stitching.numbered([row for edge in group for row in halves[edge.page][1]], before)

    assert Counter(identities(told)) == Counter(identities(stitching.numbered(report)))


def test_of_the_pages_before_only_those_are_looked_at_that_have_rows_of_the_same_minute():
    pages = [[1], [1, 2], [2], [], [2], [2], [3]]
    edges = [
        stitching.Edge.of(page, [opened("a@x.org", minute) for minute in minutes])
        for page, minutes in enumerate(pages)
    ]
    backwards = iter(edges[:5][::-1])

    told = list(stitching.told_before([[edges[5]]], backwards))

    assert told == [{edges[5].marks[0]: 3}]
    assert [edge.page for edge in backwards] == [0]
    assert list(stitching.told_before([[edges[6]]], iter(edges[:6][::-1]))) == [{}]


def note(at, total, **more):
    return {"at": at, "total": total, **more}


def test_a_page_that_has_not_moved_vouches_for_those_before_it_that_were_read_earlier():
    notes = [note(1, 10), note(9, 12), note(2, 11), note(5, 11, confirms=True), note(3, 10)]

    assert [each["total"] for each in stitching.Confirmed(notes)] == [11, 12, 11, 11, 10]


def test_a_page_that_has_moved_vouches_for_itself_alone():
    notes = [note(1, 10), note(5, 11, confirms=False)]

    assert list(stitching.Confirmed(notes)) == notes
