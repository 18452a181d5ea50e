"""Reports tell minutes, and pages cut through them: rows that look alike are numbered once, wherever the cut falls."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from import_app import stitching

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
