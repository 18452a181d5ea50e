"""In which order pages are looked at, whatever became of the lists since the last run."""

from hypothesis import given
from hypothesis import strategies as st

from import_app.reading.looks import LOOKS_PER_RUN, Stretch, rotation

LISTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 5), min_size=1)
"""Pages of each list; an empty list has one page, which is empty."""


def walked(stretches, pages):
    """The pages that are looked at, as (list, page)."""
    seen, waiting = [], list(stretches)
    while waiting:
        here, *rest = waiting
        seen.append((here.list_id, here.page))
        waiting = [*here.after(pages[here.list_id]), *rest]
    return seen


@given(LISTS, st.sampled_from("abcdefgh"), st.integers(1, 5))
def test_once_around_looks_at_every_page_once(pages, list_id, page):
    place = page if page <= max(1, pages.get(list_id, 0)) else 1

    seen = walked(rotation(pages, list_id, place), pages)

    every = [(one, number) for one, count in pages.items() for number in range(1, max(1, count) + 1)]
    assert sorted(seen) == sorted(every)
    assert list_id not in pages or seen[0] == (list_id, place)


@given(LISTS, st.integers(1, 12))
def test_runs_of_some_pages_each_come_to_every_page(pages, budget):
    every = {(one, number) for one, count in pages.items() for number in range(1, max(1, count) + 1)}
    place, seen = ("", 1), []
    for _ in range(-(-len(every) // budget)):
        around = walked(rotation(pages, *place), pages)
        seen += around[:budget]
        place = (around + around)[budget % len(around)]

    assert every == set(seen)


def test_a_list_that_has_become_shorter_is_left_after_the_page_that_is_not_there():
    assert walked(rotation("ab", "a", 4), {"a": 2, "b": 1})[:2] == [("a", 4), ("b", 1)]


def test_a_list_that_is_gone_is_followed_by_the_next():
    assert rotation("ac", "b", 7) == [Stretch("c"), Stretch("a")]


def test_no_run_may_look_at_more_than_ten_pages():
    assert LOOKS_PER_RUN == 10
