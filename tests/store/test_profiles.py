"""What the store promises, one promise at a time, on every DynamoDB."""

from types import SimpleNamespace

import pytest

from lytics_cm.store.profile_items import Tuning
from lytics_cm.store.profiles import Profiles
from tests.store.people import (
    JANE,
    OTHER_RULES,
    RULES,
    counted,
    expected,
    make_fact,
    make_snapshot,
    make_unsubscribe,
)

SMALL = Tuning(head_bytes=300, slice=7, fan=3, small=30, pause=0)
JOHN = "john@example.com"


@pytest.fixture
def store(dynamodb):
    client, table = dynamodb.fresh()
    return SimpleNamespace(profiles=Profiles(client, table, tuning=SMALL), client=client, table=table)


def shown(profile):
    return None if profile is None else (profile.fields, profile.rows)


def many(number, email=JANE):
    events = ("sent", "open", "click")
    return [
        make_fact(email, events[one % 3], minute=one, url=f"https://x.y/{one % 9}") for one in range(number)
    ]


def test_an_unknown_address_has_no_profile(store):
    assert store.profiles.read(JANE, RULES) is None


def test_rows_in_one_batch_and_one_by_one_make_the_same_profile(store):
    rows = [*many(60), make_snapshot(), make_unsubscribe(minute=3)]

    for row in rows:
        store.profiles.write([row], RULES, 1)
    one_by_one = store.profiles.read(JANE, RULES)
    store.profiles.erase(JANE)
    store.profiles.write(rows, RULES, 1)

    assert shown(one_by_one) == shown(store.profiles.read(JANE, RULES)) == expected(rows)


def test_the_addresses_of_a_batch_do_not_mix(store):
    rows = [*many(20), *many(31, JOHN), make_snapshot(JOHN)]

    written = store.profiles.write(rows, RULES, 1)

    assert (written.stored, written.duplicates, written.failed) == (52, 0, {})
    assert shown(store.profiles.read(JANE, RULES)) == expected(rows)
    assert shown(store.profiles.read(JOHN, RULES)) == expected(rows, JOHN)


def test_many_threads_write_what_one_writes(store):
    profiles = Profiles(store.client, store.table, threads=4, tuning=SMALL)
    rows = [row for number in range(12) for row in many(25, f"p{number}@example.com")]

    profiles.write(rows, RULES, 1)

    for number in range(12):
        email = f"p{number}@example.com"
        assert shown(profiles.read(email, RULES)) == expected(rows, email)


def test_reading_the_same_state_again_changes_nothing(store):
    store.profiles.write([make_fact(), make_snapshot(seen=1)], RULES, 1000)
    before = store.profiles.read(JANE, RULES)

    store.profiles.write([make_fact(), make_snapshot(seen=2)], RULES, 2000)

    assert store.profiles.read(JANE, RULES) == before


def test_two_opens_within_a_minute_are_two(store):
    rows = [make_fact(event="open"), make_fact(event="open", nth=1)]

    store.profiles.write(rows, RULES, 1)

    assert store.profiles.read(JANE, RULES).fields["cm_openct"] == 2


def test_a_fuller_telling_replaces_the_stored_one_also_when_it_is_folded(store):
    told = make_unsubscribe(minute=3)
    fuller = make_unsubscribe(minute=3, campaign_id="c7", campaign_name="Spring")
    store.profiles.write([told, *many(60)], RULES, 1)

    written = store.profiles.write([fuller], RULES, 2)

    assert (written.amended, written.stored) == (1, 0)
    assert shown(store.profiles.read(JANE, RULES)) == expected([told, fuller, *many(60)])


def test_a_fuller_telling_of_the_second_of_two_alike_stays_the_second(store):
    second = make_fact(event="open", nth=1)
    rows = [make_fact(event="open"), second, make_fact(event="open", nth=1, city="Oslo")]
    for row in rows:
        store.profiles.write([row], RULES, 1)

    assert shown(store.profiles.read(JANE, RULES)) == expected(rows)


def test_another_mapping_counts_for_old_rows_at_once_and_after_rebuilding(store):
    rows = [*many(60), make_fact(event="open", city="Oslo"), make_snapshot(name="Jane")]
    store.profiles.write(rows, RULES, 1)

    at_once = store.profiles.read(JANE, OTHER_RULES)
    store.profiles.reproject([JANE, JOHN], OTHER_RULES)
    rebuilt = store.profiles.read(JANE, OTHER_RULES)

    assert shown(at_once) == shown(rebuilt) == expected(rows, rules=OTHER_RULES)


def test_rows_are_paged_newest_first_across_streams(store):
    rows = [*many(40), *(make_fact(minute=7, seconds=number, nth=number + 2) for number in range(5))]
    rows += [make_snapshot(minute=number * 9, list_id=f"l{number}") for number in range(6)]
    store.profiles.write(rows, RULES, 1)

    pages, position = [], None
    while True:
        page, position = store.profiles.rows(JANE, 7, position)
        pages.append(page)
        if position is None:
            break

    found = [row for page in pages for row in page]
    assert [len(page) for page in pages] == [7] * 7 + [2]
    assert [row.ts for row in found] == sorted((row.ts for row in counted(rows)), reverse=True)
    assert sorted(map(text, found)) == sorted(map(text, counted(rows)))


def text(row):
    return f"{row.ts} {sorted(row.fields.items())}"


def test_an_erased_person_is_unknown_and_leaves_no_item(store):
    store.profiles.write([*many(60), make_snapshot(), *many(3, JOHN)], RULES, 1)

    store.profiles.erase(JANE)
    assert store.profiles.read(JANE, RULES) is None
    assert store.profiles.sweep(JANE)

    assert list(store.profiles._table.pages(JANE, (" ", "~"))) == [[]]
    assert shown(store.profiles.read(JOHN, RULES)) == expected(many(3, JOHN), JOHN)


def test_rows_after_an_erasure_make_a_new_person(store):
    store.profiles.write(many(60), RULES, 1)
    store.profiles.erase(JANE)

    store.profiles.write(many(5), RULES, 2)
    store.profiles.sweep(JANE)

    assert shown(store.profiles.read(JANE, RULES)) == expected(many(5))
    assert len(store.profiles.rows(JANE, 100)[0]) == 5


def test_the_table_is_gone_through_in_segments_and_pages(store):
    people = {f"p{number}@example.com" for number in range(9)}
    store.profiles.write([make_fact(email) for email in people], RULES, 1)
    store.profiles.write([make_snapshot(JANE)], RULES, 1)

    found = []
    for segment in range(3):
        start = None
        while True:
            emails, start = store.profiles.heads(segment, 3, start, 2)
            found += emails
            if start is None:
                break

    assert sorted(found) == sorted(people)
