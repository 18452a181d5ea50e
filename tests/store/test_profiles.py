"""What the store promises, one promise at a time, on every DynamoDB."""

import pytest

from lytics_cm.errors import LyticsCmError
from profile_app.mappings import InForce
from profile_app.profiles import Profiles, Tuning
from profile_app.profiles.arrivals import BEHIND
from profile_app.profiles.consents import Observation, value_of
from profile_app.profiles.leaves import ROOT, Leaf
from profile_app.profiles.projection import LARGE_BYTES, LONGEST_REST, MOST_BYTES
from profile_app.profiles.snapshots import Snapshot
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
from tests.store.plain import item_of, plain_of
from tests.store.stage import Worker

SMALL = Tuning(leaf_bytes=340, pause=0)
JOHN = "john@example.com"


class Store:
    """The tables, the time, and the mapping in force."""

    def __init__(self, dynamodb):
        self.client, self.rows, self.plain = dynamodb.fresh()
        self.now = 1
        self.mapping = InForce(RULES, 0)
        self.profiles = self.made()

    def made(self, client=None, **more):
        return Profiles(
            client or self.client,
            self.rows,
            self.plain,
            lambda: self.mapping,
            clock=lambda: self.now,
            **{"tuning": SMALL, **more},
        )

    def item(self, email=JANE):
        return item_of(self.client, self.plain, email)


@pytest.fixture
def store(dynamodb):
    return Store(dynamodb)


def shown(profile):
    return None if profile is None else (profile.fields, profile.rows)


def many(number, email=JANE):
    events = ("sent", "open", "click")
    return [
        make_fact(email, events[one % 3], minute=one, url=f"https://x.y/{one % 9}") for one in range(number)
    ]


def test_an_unknown_address_has_no_profile(store):
    assert store.profiles.read(JANE) is None


def test_rows_in_one_batch_and_one_by_one_make_the_same_profile(store):
    rows = [*many(60), make_snapshot(), make_unsubscribe(minute=3)]

    for row in rows:
        store.profiles.write([row])
    one_by_one = store.profiles.read(JANE)
    store.profiles.erase(JANE)
    store.profiles.write(rows)

    assert shown(one_by_one) == shown(store.profiles.read(JANE)) == expected(rows)


def test_the_addresses_of_a_batch_do_not_mix(store):
    rows = [*many(20), *many(31, JOHN), make_snapshot(JOHN)]

    written = store.profiles.write(rows)

    assert (written.stored, written.duplicates, written.failed) == (52, 0, {})
    assert shown(store.profiles.read(JANE)) == expected(rows)
    assert shown(store.profiles.read(JOHN)) == expected(rows, JOHN)


def test_many_threads_write_what_one_writes(store):
    profiles = store.made(threads=4)
    rows = [row for number in range(12) for row in many(25, f"p{number}@example.com")]

    profiles.write(rows)

    for number in range(12):
        email = f"p{number}@example.com"
        assert shown(profiles.read(email)) == expected(rows, email)


def test_a_leaf_that_was_cut_off_in_vain_tells_of_no_change(store):
    store.profiles.write([*various(9), make_snapshot(name="J.")])
    assert leaves_of(store) == 1
    longer = make_snapshot(minute=1, name="Jane, whose name makes the leaf so large that it is cut")
    store.now = 5000
    worker = Worker(lambda client: store.made(client).write([longer]), store.client)
    worker.step(calls=2)  # it has read, and written the new leaf
    assert leaves_of(store) == 2

    store.now = 4000
    store.profiles.write([make_snapshot(minute=2, name="J. D.")])
    worker.step(calls=100)

    assert worker.finished
    assert leaves_of(store) == 2
    store.profiles.project([JANE])
    found = store.profiles.read(JANE)
    assert (found.fields["cm_name"], found.updated_at) == ("J. D.", 4000)
    assert plain_of(store.client, store.plain, JANE)[2] == 4000


def test_what_is_in_a_leaf_that_no_root_tells_of_is_known_to_nobody(store):
    rows = various(20)
    store.profiles.write(rows[:5])
    worker = Worker(lambda client: store.made(client).write(rows), store.client)
    worker.step(calls=2)  # it has read, and written the new leaf
    assert leaves_of(store) > 1

    store.profiles.project([JANE])
    read, (page, _) = store.profiles.read(JANE), store.profiles.rows(JANE)
    fields, *_ = plain_of(store.client, store.plain, JANE)
    worker.step(calls=100)

    assert len(page) == 5
    assert shown(read) == expected(rows[:5])
    assert read.fields == fields
    assert store.profiles.read(JANE).rows == 20


def various(number):
    """Facts that have little in common."""
    return [make_fact(minute=one, url=f"https://x.y/{(one + 3) ** 17:x}") for one in range(number)]


def leaves_of(store):
    condition = {
        "KeyConditionExpression": "email = :email",
        "ExpressionAttributeValues": {":email": {"S": JANE}},
    }
    return store.client.query(TableName=store.rows, Select="COUNT", **condition)["Count"]


def test_reading_the_same_state_again_changes_nothing(store):
    store.profiles.write([make_fact(), make_snapshot(seen=1)])
    before = store.profiles.read(JANE)

    store.now = 2000
    store.profiles.write([make_fact(), make_snapshot(seen=2)])

    assert store.profiles.read(JANE) == before


def test_two_opens_within_a_minute_are_two(store):
    rows = [make_fact(event="open"), make_fact(event="open", nth=1)]

    store.profiles.write(rows)

    assert store.profiles.read(JANE).fields["cm_openct"] == 2


def test_a_fuller_telling_replaces_the_stored_one_also_when_it_is_folded(store):
    told = make_unsubscribe(minute=3)
    fuller = make_unsubscribe(minute=3, campaign_id="c7", campaign_name="Spring")
    store.profiles.write([told, *many(60)])

    written = store.profiles.write([fuller])

    assert (written.amended, written.stored) == (1, 0)
    assert shown(store.profiles.read(JANE)) == expected([told, fuller, *many(60)])


def test_a_fuller_telling_of_the_second_of_two_alike_stays_the_second(store):
    second = make_fact(event="open", nth=1)
    rows = [make_fact(event="open"), second, make_fact(event="open", nth=1, city="Oslo")]
    for row in rows:
        store.profiles.write([row])

    assert shown(store.profiles.read(JANE)) == expected(rows)


def test_another_mapping_counts_for_old_rows_at_once(store):
    rows = [*many(60), make_fact(event="open", city="Oslo"), make_snapshot(name="Jane")]
    store.profiles.write(rows)

    store.mapping = InForce(OTHER_RULES, 1)

    assert shown(store.profiles.read(JANE)) == expected(rows, rules=OTHER_RULES)


def test_rows_are_paged_newest_first_across_streams(store):
    rows = [*many(40), *(make_fact(minute=7, seconds=number, nth=number + 2) for number in range(5))]
    rows += [make_snapshot(minute=number * 9, list_id=f"l{number}") for number in range(6)]
    store.profiles.write(rows)

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
    store.profiles.write([*many(60), make_snapshot(), *many(3, JOHN)])

    store.profiles.erase(JANE)
    assert store.profiles.read(JANE) is None
    assert store.profiles.sweep(JANE)

    left = store.client.scan(TableName=store.rows, ConsistentRead=True)["Items"]
    assert {item["email"]["S"] for item in left} == {JOHN}
    assert shown(store.profiles.read(JOHN)) == expected(many(3, JOHN), JOHN)


def test_rows_after_an_erasure_make_a_new_person(store):
    store.profiles.write(many(60))
    store.profiles.erase(JANE)

    store.profiles.write(many(5))
    store.profiles.sweep(JANE)

    assert shown(store.profiles.read(JANE)) == expected(many(5))
    assert len(store.profiles.rows(JANE, 100)[0]) == 5


def test_the_table_is_gone_through_in_segments_and_pages(store):
    people = {f"p{number}@example.com" for number in range(9)}
    store.profiles.write([make_fact(email) for email in people])
    store.profiles.write([make_snapshot(JANE)])

    found = []
    for segment in range(3):
        start = None
        while True:
            emails, start = store.profiles.people(segment, 3, start, 2)
            found += emails
            if start is None:
                break

    assert sorted(found) == sorted({*people, JANE})


def test_the_plain_item_is_the_profile_in_native_types(store):
    rows = [*many(60), make_snapshot(name="Jane")]
    store.now = 1_800_000_000_123
    store.profiles.write(rows)

    assert store.profiles.project([JANE]).failed == {}

    item, (fields, number) = store.item(), expected(rows)
    assert (item["fields"], item["rows"], item["mapping"]) == (fields, number, RULES.digest)
    assert item["updated_at"] == item["as_of"] == "2027-01-15T08:00:00.123Z"
    assert item["fields"]["last_active_ts"] == "2024-03-05T12:59:00.000Z"
    assert item["left_out"] == []


def test_an_item_of_more_rows_stays(store):
    store.profiles.write(many(3))
    store.profiles.project([JANE])
    store.profiles.write(many(9))
    store.profiles.project([JANE])
    before = store.item()

    store.now = 99
    store.profiles.project([JANE])

    assert store.item() == before


def test_another_mapping_replaces_the_item_of_the_same_rows(store):
    rows = many(9)
    store.profiles.write(rows)
    store.profiles.project([JANE])

    store.mapping = InForce(OTHER_RULES, 1)
    store.profiles.project([JANE])

    assert store.item()["mapping"] == OTHER_RULES.digest
    assert store.item()["fields"] == expected(rows, rules=OTHER_RULES)[0]


def test_a_default_mapping_of_another_version_replaces_the_item(store):
    store.profiles.write(many(9))
    store.profiles.project([JANE])

    store.mapping = InForce(OTHER_RULES, 0)
    store.profiles.project([JANE])

    assert store.item()["mapping"] == OTHER_RULES.digest


class Late:
    """A client that does something just before rows are read."""

    def __init__(self, client, table, do):
        self._client, self._table, self._do = client, table, do

    def __getattr__(self, operation):
        def call(**request):
            if operation == "batch_get_item" and self._table in request["RequestItems"] and self._do:
                do, self._do = self._do, None
                do()
            return getattr(self._client, operation)(**request)

        return call


class Busy:
    """A client whose every write of a plain item comes just behind another's."""

    def __init__(self, client, do):
        self._client, self._do = client, do

    def __getattr__(self, operation):
        return getattr(self._client, operation)

    def batch_execute_statement(self, **request):
        if request["Statements"][0]["Statement"].startswith(("INSERT", "UPDATE")):
            self._do()
        return self._client.batch_execute_statement(**request)


def test_what_changes_a_snapshot_that_lies_in_two_leaves_is_news_though_neither_shows_it_alone(store):
    told = {"minute": 2, "list_id": "l2"}
    root = Snapshot.of(make_snapshot(seen=2, witness="hook", name="J. Doe", **told))
    own = Snapshot.of(make_snapshot(seen=1, witness="read", name="Jane", **told))
    for start, snapshot in (("", root), ("~user#l2", own)):
        leaf = Leaf(JANE, b"1", start, states={"user#l2": snapshot}, more=not start)
        store.client.put_item(TableName=store.rows, Item=leaf.item())
    store.profiles.project([JANE])
    assert store.item()["fields"]["cm_name"] == "J. Doe"

    written = store.profiles.write([make_snapshot(seen=0, witness="hook", name="Jane", **told)])
    store.profiles.project(written.changed)

    assert written.changed == {JANE}
    assert store.item()["fields"]["cm_name"] == store.profiles.read(JANE).fields["cm_name"] == "Jane"


def test_an_item_that_others_write_all_the_time_is_written_once_for_all_that_they_bring(store):
    minutes = iter(range(100))

    def another():
        assert not store.profiles.project([JANE]).failed
        store.profiles.write([make_fact(minute=next(minutes))])

    another()
    busy = Profiles(Busy(store.client, another), store.rows, store.plain, lambda: store.mapping, tuning=SMALL)

    outcome = busy.project([JANE], is_live=True)

    assert (outcome.failed, outcome.later) == ({}, {JANE: 1})
    assert store.item()["rows"] == 2
    assert not store.profiles.project([JANE]).failed
    assert store.item()["rows"] == 3


def test_an_item_of_an_earlier_mapping_never_replaces_one_of_a_later(store):
    store.profiles.write(many(3))
    store.profiles.project([JANE])
    earlier, later = store.mapping, InForce(OTHER_RULES, 1)

    def meanwhile():
        store.mapping = later
        store.profiles.project([JANE])
        store.profiles.write(many(9))

    late = Profiles(
        Late(store.client, store.rows, meanwhile), store.rows, store.plain, lambda: earlier, tuning=SMALL
    )
    outcome = late.project([JANE])

    assert list(outcome.failed) == [JANE]
    assert (store.item()["mapping"], store.item()["rows"]) == (OTHER_RULES.digest, 3)
    store.profiles.project([JANE])
    assert store.item()["rows"] == 9


def test_an_erased_person_has_no_item(store):
    store.profiles.write([*many(9), *many(3, JOHN)])
    store.profiles.project([JANE, JOHN])

    store.profiles.erase(JANE)

    assert store.item() is None
    assert store.item(JOHN) is not None


def test_a_new_person_has_an_item_of_their_own(store):
    store.profiles.write(many(60))
    store.profiles.project([JANE])
    store.profiles.erase(JANE)

    store.profiles.write(many(2))
    store.profiles.project([JANE])
    store.profiles.sweep(JANE)

    assert store.item()["rows"] == 2


def test_a_projection_that_comes_after_an_erasure_leaves_no_item(store):
    store.profiles.write(many(9))
    store.profiles.erase(JANE)

    assert store.profiles.project([JANE]).failed == {}

    assert store.item() is None


def test_a_change_by_a_writer_whose_clock_is_behind_makes_no_profile_older(store):
    store.now = 2000
    store.profiles.write(many(1))
    store.now = 1000

    store.profiles.write(many(2))
    store.profiles.project([JANE])

    assert store.profiles.read(JANE).updated_at == 2000
    assert store.item()["updated_at"] == "1970-01-01T00:00:02.000Z"


def test_an_item_of_before_an_erasure_goes_when_nothing_but_a_consent_is_known_since(store):
    store.profiles.write(many(9))
    store.profiles.project([JANE])
    root = {"email": {"S": JANE}, "key": {"S": ROOT}}
    store.client.delete_item(TableName=store.rows, Key=root)  # whoever erased died then

    store.profiles.write([], told={JANE: {"c1": [Observation(1, value_of("No"), "export e1")]}})
    assert store.profiles.project([JANE]).failed == {}

    assert store.profiles.read(JANE) is None
    assert store.item() is None


def test_fields_that_would_make_an_item_too_large_are_left_out_and_named(store):
    texts = [f"{number} " + "x" * 99 for number in range(MOST_BYTES // 50)]
    facts = [make_fact(minute=number, city=text) for number, text in enumerate(texts)]
    store.profiles.write([*facts, make_snapshot(name="Jane")])

    assert store.profiles.project([JANE]).failed == {}

    item = store.item()
    assert item["left_out"] == ["cities"]
    assert "cities" not in item["fields"]
    assert item["fields"]["cm_name"] if "cm_name" in item["fields"] else item["fields"]
    assert item["rows"] == len(facts) + 1


def test_one_of_whom_the_mapping_makes_no_item_costs_the_others_nothing(store):
    store.profiles.write([*many(2), *many(2, JOHN)])
    store.mapping = InForce(Unable(JANE), 1)

    outcome = store.profiles.project([JANE, JOHN])

    assert (list(outcome.broken), outcome.failed) == ([JANE], {})
    assert store.item(JOHN)["rows"] == 2


class Unable:
    """A mapping that fails for one person."""

    digest = "d"

    def __init__(self, email):
        self._email = email

    def fold(self, rows):
        if rows[0].email == self._email:
            raise LyticsCmError("no")
        return rows

    def render(self, rows):
        return {}


def test_a_large_item_that_was_just_written_rests_when_a_webhook_changes_it(store):
    long = [make_fact(minute=number, city="x" * 99 + str(number)) for number in range(200)]
    store.profiles.write(long)
    store.now = 10_000
    store.profiles.project([JANE], is_live=True)
    assert int(store.item()["bytes"]) > LARGE_BYTES

    store.now = 11_000
    store.profiles.write([make_fact(minute=-1)])
    outcome = store.profiles.project([JANE], is_live=True)

    assert 1 <= outcome.later[JANE] <= LONGEST_REST // 1000
    assert store.item()["rows"] == 200
    store.now += outcome.later[JANE] * 1000
    assert store.profiles.project([JANE], is_live=True).later == {}
    assert store.item()["rows"] == 201


def test_a_small_item_is_written_at_once(store):
    for minute in range(3):
        store.profiles.write([make_fact(minute=minute)])
        assert store.profiles.project([JANE], is_live=True).later == {}
        assert store.item()["rows"] == minute + 1


def test_a_run_calls_for_one_projection_of_a_person(store):
    first = store.profiles.write(many(3), {JANE: "r1"})
    store.now += BEHIND - 1
    second = store.profiles.write(many(5), {JANE: "r1"})

    assert (first.due, second.due) == ({JANE}, set())


def test_a_run_calls_again_when_the_time_is_over(store):
    store.profiles.write(many(3), {JANE: "r1"})
    store.now += BEHIND

    assert store.profiles.write(many(5), {JANE: "r1"}).due == {JANE}


def test_another_run_calls_for_a_projection_of_its_own(store):
    store.profiles.write(many(3), {JANE: "r1"})

    assert store.profiles.write(many(5), {JANE: "r2"}).due == {JANE}


def test_rows_that_are_known_call_for_nothing(store):
    store.profiles.write(many(3), {JANE: "r1"})
    store.now += BEHIND

    again = store.profiles.write(many(3), {JANE: "r1"})

    assert (again.due, again.changed) == (set(), set())


def test_snapshots_of_many_lists_keep_out_of_the_way_of_rows(store):
    lists = [
        make_snapshot(
            list_id=f"l{number}",
            seen=number,
            **{f"custom.{field}": f"{field * number} text" for field in range(40)},
        )
        for number in range(12)
    ]
    store.profiles.write(lists)
    store.profiles.write(many(30))
    for number in (3, 7):
        lists.append(make_snapshot(list_id=f"l{number}", minute=9, status="unsubscribed", witness="hook"))
        store.profiles.write([lists[-1]])

    assert shown(store.profiles.read(JANE)) == expected([*lists, *many(30)])
    items = store.client.scan(TableName=store.rows)["Items"]
    assert max(len(item["d"]["B"]) for item in items if not item["key"]["S"].startswith("leaf#~")) < 400
    assert sum(item["key"]["S"].startswith("leaf#~") for item in items) >= 11
