"""Merging in tiers: few parts at any time, and every row rewritten a few times only."""

from lytics_cm.store.profile_folds import mergeable
from lytics_cm.store.profile_items import Part


def grow(folds, rows):
    """Parts after so many folds of so many rows each, and how many rows were written in all."""
    parts, written, most = [], 0, 0
    for number in range(folds):
        old = mergeable(parts, rows)
        total = rows + sum(part.rows for part in old)
        parts = [part for part in parts if part not in old]
        parts.append(Part(number, b"none", total, 1))
        written += total
        most = max(most, len(parts))
    return parts, written, most


def test_a_long_life_has_few_parts_and_all_rows():
    parts, _, most = grow(5000, 40)

    assert sum(part.rows for part in parts) == 200_000
    assert most <= 7 * 5


def test_a_row_is_rewritten_once_per_tier():
    _, written, _ = grow(5000, 40)

    assert written <= 200_000 * 6


def test_the_first_parts_wait_for_company():
    assert mergeable([Part(number, b"none", 40, 1) for number in range(6)], 40) == []


def test_the_eighth_part_takes_the_others_in():
    parts = [Part(number, b"none", 40, 1) for number in range(7)]

    assert mergeable(parts, 40) == parts


def test_a_small_part_leaves_large_ones_alone():
    large = [Part(number, b"none", 5000, 1) for number in range(20)]

    assert mergeable(large, 40) == []
