"""The one way in: each row by itself, each message by itself."""

import json
from types import SimpleNamespace

import pytest

from lytics_cm.errors import Unavailable
from lytics_cm.store.erasures import Erased
from profile_app.behind import Behind
from profile_app.ingest import Destination, ingest
from profile_app.mappings import InForce
from profile_app.messages import parsed
from profile_app.profiles import Profiles
from tests.store.conftest import memory
from tests.store.people import JANE, RULES, expected, make_fact, make_snapshot

NOBODY_ERASED = SimpleNamespace(of=lambda _: Erased(), rev=lambda: 0)
NOW = 1_790_000_000_000
DAY = 86_400_000
UNIT = {"job": "j1", "run": "r1", "unit": "u1"}


class Queue:
    """Keeps what is sent, with the delay."""

    def __init__(self):
        self.sent = []

    def send(self, messages, delay=0):
        self.sent += [(message, delay) for message in messages]


def make_profiles():
    client, rows, plain = memory().fresh()
    return Profiles(client, rows, plain, lambda: InForce(RULES, 0), clock=lambda: NOW)


def make_destination(profiles, progress, queue=None):
    runs = SimpleNamespace(get=lambda *_: None)
    bulk = queue or Queue()
    return Destination(profiles, NOBODY_ERASED, progress, Behind(profiles, runs, bulk), bulk)


def make_store(queue=None):
    profiles = make_profiles()
    told = []
    progress = SimpleNamespace(stored=lambda batches, _: told.append(batches))
    return profiles, make_destination(profiles, progress, queue), told


def message(*rows, unit=None):
    return {"rows": [row.message() for row in rows], **({"unit": unit} if unit else {})}


def reasons(*rows):
    return [one["message"] for one in parsed({"rows": list(rows)}, NOW).rejections]


def test_rows_of_several_messages_are_stored_and_told_of():
    profiles, destination, told = make_store()
    rows = [make_fact(minute=1), make_fact(minute=2), make_snapshot()]

    result = ingest([message(*rows[:2], unit=UNIT), message(rows[2])], destination, NOW)

    found = profiles.read(JANE)
    assert (found.fields, found.rows) == expected(rows)
    assert (result.written.stored, result.failed) == (3, {})
    assert told == [[(UNIT, {"cm_activity": 2, "rejected": 0, "new_rows": 2}, [], {JANE: 2})]]


class Refusing(Queue):
    """Takes nothing the first time."""

    def __init__(self):
        super().__init__()
        self.tries = 0

    def send(self, messages, delay=0):
        self.tries += 1
        if self.tries == 1:
            raise Unavailable("later")
        super().send(messages, delay)


def new_rows(batches):
    return [one.counts.get("new_rows", 0) for one in batches]


def test_a_row_that_two_messages_of_a_batch_bring_is_new_in_the_first_of_them():
    _, destination, told = make_store()
    units = [UNIT | {"unit": name} for name in ("u1", "u2", "u3")]
    one, other, person = make_fact(minute=1), make_fact(minute=2), make_snapshot()

    messages = [
        message(one, one, unit=units[0]),
        message(one, other, person, unit=units[1]),
        message(other, person, make_fact(minute=3, email="joe@example.org"), unit=units[2]),
    ]
    ingest(messages, destination, NOW)
    ingest(messages, destination, NOW + 1)

    assert list(map(new_rows, told)) == [[1, 2, 1], [0, 0, 0]]


def test_a_snapshot_that_is_read_again_is_new_only_if_it_tells_something_new():
    _, destination, told = make_store()
    seen = [make_snapshot(seen=1), make_snapshot(seen=2), make_snapshot(seen=3, name="Other")]

    for row in seen:
        ingest([message(row, unit=UNIT)], destination, NOW)

    assert list(map(new_rows, told)) == [[1], [0], [1]]


def test_new_rows_of_a_message_that_comes_again_are_told_at_once_and_not_once_more():
    profiles, _, told = make_store()
    brought = []
    progress = SimpleNamespace(
        stored=lambda batches, _: told.append(batches), brought=lambda *what: brought.append(what)
    )
    destination = make_destination(profiles, progress, Refusing())
    rows = message(make_fact(minute=1), make_fact(minute=2), unit=UNIT)

    first = ingest([rows], destination, NOW)
    second = ingest([rows], destination, NOW + 1, again=[0])

    assert (list(first.failed), second.failed) == ([0], {})
    assert brought == [(UNIT, {JANE: 2}, NOW)]
    assert list(map(new_rows, told)) == [[0]]


def test_a_message_that_comes_twice_is_counted_as_known():
    _, destination, _ = make_store()
    twice = [message(make_fact())] * 2

    first = ingest(twice, destination, NOW).written
    again = ingest(twice, destination, NOW + 1).written

    assert (first.stored, first.duplicates) == (1, 1)
    assert (again.stored, again.duplicates) == (0, 2)


def test_a_bad_row_is_rejected_and_its_neighbours_are_stored():
    profiles, destination, told = make_store()
    bad = {"stream": "cm_user", "ts": 1, "fields": {"email": "not an address"}}
    mixed = {"rows": [make_fact().message(), bad, 7], "unit": UNIT}

    ingest([mixed], destination, NOW)

    rejections = [
        {"email": "not an address", "code": "unusable_row", "message": "the e-mail address cannot be used"},
        {"email": "", "code": "unusable_row", "message": "a row is a JSON object"},
    ]
    assert told == [[(UNIT, {"cm_activity": 1, "rejected": 2, "new_rows": 1}, rejections, {JANE: 1})]]
    assert profiles.read(JANE).rows == 1


def test_a_message_comes_again_when_its_unit_could_not_be_told_of():
    profiles, _, _ = make_store()
    error = Unavailable("later")

    def refuse(*_):
        raise error

    messages = [message(make_fact()), message(make_fact(), unit=UNIT)]
    result = ingest(messages, make_destination(profiles, SimpleNamespace(stored=refuse)), NOW)

    assert result.failed == {1: error}


@pytest.mark.parametrize("body", [None, [], 7, "rows", {}, {"rows": 7}, {"rows": None, "unit": 3}])
def test_a_message_without_rows_is_unread_and_comes_again_or_becomes_a_dead_letter(body):
    delivery = parsed(body, NOW)
    result = ingest([message(make_fact()), body], make_store()[1], NOW)

    assert str(delivery.unread) == "the message has no list of rows"
    assert (delivery.unit, delivery.rejections) == (None, [])
    assert {number: str(error) for number, error in result.failed.items()} == {1: str(delivery.unread)}


def fact(**changes):
    return {"stream": "cm_activity", "ts": 1, "fields": {"email": JANE, "event": "open"}} | changes


@pytest.mark.parametrize(
    "row",
    [
        fact(stream="cm_other"),
        fact(fields=None),
        fact(fields={"event": "open"}),
        fact(ts="yesterday"),
        fact(ts=10**18),
        fact(ts=-(10**18)),
        fact(ts=True),
        fact(nth="x"),
        fact(fields={"email": JANE, "name": "x" * 2_000_000}),
        fact(stream="cm_user", fields={"email": JANE, "list_id": "l" * 2000}),
        fact(fields={"email": f"jane@{'x' * 300}"}),
        fact(fields={"email": ["a@b"]}),
        fact(fields={"email": JANE, "half \ud83d a name": "x"}),
    ],
    ids=lambda row: json.dumps(row)[:60],
)
def test_a_row_that_cannot_be_stored_is_rejected_with_a_reason(row):
    assert len(reasons(row)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "NUL \0 byte"},
        {"name": "half \ud83d a smile"},
        {f"custom.{number}": "x" for number in range(300)},
        {"tags": ["a", "b"], "score": 1.5, "sure": True},
        {"name": "x" * 200_000},
    ],
    ids=lambda fields: next(iter(fields)).encode("ascii", "replace").decode(),
)
def test_odd_but_harmless_columns_are_stored(fields):
    profiles, destination, _ = make_store()
    row = fact(fields={"email": JANE, "event": "open", **fields})

    result = ingest([{"rows": [row]}], destination, NOW)

    assert (result.rejections, result.written.stored) == ([], 1)
    assert profiles.read(JANE).fields["cm_openct"] == 1


@pytest.mark.parametrize("ts", [0, NOW + DAY], ids=["1970", "a day ahead"])
def test_times_at_the_ends_of_what_can_be_are_stored(ts):
    profiles, destination, _ = make_store()

    ingest([{"rows": [fact(ts=ts)]}], destination, NOW)

    assert profiles.rows(JANE, 10)[0][0].ts == ts


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ts": -1}, "the time is before 1970"),
        ({"ts": NOW + DAY + 1}, "the time is more than a day ahead of our clock"),
        ({"stream": "cm_user", "seen": NOW + DAY + 1}, "the time is more than a day ahead of our clock"),
    ],
)
def test_a_row_of_a_time_that_cannot_be_is_rejected(changes, reason):
    assert reasons(fact(**changes)) == [reason]


def test_a_batch_that_becomes_a_dead_letter_is_told_of_and_the_others_are_not():
    profiles, _, told = make_store()

    def refuse(*_):
        raise ZeroDivisionError

    progress = SimpleNamespace(stored=refuse, lost=lambda *what: told.append(what))
    messages = [message(make_fact(), unit=UNIT), message(make_fact(), unit=UNIT | {"unit": "u2"})]
    result = ingest(messages, make_destination(profiles, progress), NOW, ending=[1])

    assert list(result.failed) == [0, 1]
    assert told == [([UNIT | {"unit": "u2"}], NOW)]
