"""What no row should be, in the bulk queue among good ones: each is judged by itself, counted and told of."""

import json
from base64 import b64encode

import pytest

from lytics_cm.remedies import NOT_STORED
from lytics_cm.row_messages import MOST_BYTES, ROWS, packed, rows_of
from simulators.campaign_monitor.generator import EPOCH_NOW, World
from tests.flows.importing import Stage

STRANGER = "stranger@example.com"
YEAR_1, YEAR_9999 = -62_135_596_800_000, 253_402_300_799_999
A_DAY_AHEAD = int((EPOCH_NOW + 86_400) * 1000)
BEFORE, AHEAD = "the time is before 1970", "the time is more than a day ahead of our clock"
TOO_LARGE = "the row is larger than 256 KiB"
NO_TIME = "the row's time is not in the years 1 to 9999"


def make_row(**changes):
    return {"stream": "cm_activity", "ts": 1, "fields": {"email": STRANGER, "event": "open"}} | changes


def with_columns(**columns):
    return make_row(fields={"email": STRANGER, "event": "open"} | columns)


REJECTED = [
    (None, "a row is a JSON object"),
    ([make_row()], "a row is a JSON object"),
    ("row", "a row is a JSON object"),
    (make_row(stream="web"), "unknown stream 'web'; there are cm_user, cm_activity"),
    (make_row(stream=["cm_user"]), "unknown stream \"['cm_user']\"; there are cm_user, cm_activity"),
    (make_row(fields=["email", STRANGER]), "a row has an object of fields"),
    (make_row(fields={"event": "open"}), "the row has no e-mail address"),
    (with_columns(email=" "), "the row has no e-mail address"),
    (with_columns(email="a@b, c@d"), "the e-mail address cannot be used"),
    (with_columns(email="half \ud83d@example.com"), "the e-mail address cannot be used"),
    (with_columns(email='"quoted name"@example.com'), "the e-mail address cannot be used"),
    (make_row(ts=YEAR_1), BEFORE),
    (make_row(ts=-1), BEFORE),
    (make_row(ts=A_DAY_AHEAD + 600_000), AHEAD),
    (make_row(ts=YEAR_9999), AHEAD),
    (make_row(stream="cm_user", seen=YEAR_9999), AHEAD),
    (make_row(ts=YEAR_1 - 1), NO_TIME),
    (make_row(ts=YEAR_9999 + 1), NO_TIME),
    (make_row(ts="2026-11-19T10:00:00Z"), NO_TIME),
    (make_row(ts=1.5), NO_TIME),
    (with_columns(name="x" * 2_000_000), TOO_LARGE),
    (with_columns(**{f"custom.{number}": "x" * 1000 for number in range(300)}), TOO_LARGE),
    (with_columns(**{"half \ud83d a name": "x"}), "a column's name or number cannot be written"),
    (with_columns(score=float("nan")), "a column's name or number cannot be written"),
    (with_columns(tree={"a": {"b": "c"}}), "a column is a value, or a list or an object of values"),
    (make_row(nth=-1), "the row's nth is not a whole number from 0 on"),
    (make_row(stream="cm_user", seen=10**50), "the row's seen is not a whole number from 0 on"),
    (
        make_row(stream="cm_user", fields={"email": STRANGER, "list_id": "l" * 2000}),
        "the row's list id is too long",
    ),
]
STORED = [
    make_row(ts=120_000),
    make_row(ts=A_DAY_AHEAD),
    with_columns(name="NUL \0 byte"),
    with_columns(name="half \ud83d a smile", city="Os\ud800lo"),
    with_columns(url="http://example.com/\ud800"),
    with_columns(message_id="m1", **{f"custom.{number}": "x" for number in range(300)}),
    with_columns(message_id="m2", tags=["a", "b", None], plan={"name": "pro"}, score=1.5, sure=True),
    make_row(nth=10**9),
    make_row(stream="cm_user", seen=A_DAY_AHEAD),
]


@pytest.fixture
def stage():
    with Stage(
        World(clients=1, lists=1, subscribers=20, campaigns=1, activity=20, journeys=0, unusable=0)
    ) as stage:
        yield stage


def add_to_the_rows_on_their_way(stage, rows, *, are_deflated):
    """Rows of ours in a message that a page worker has sent."""
    queue = stage.product.quick.sqs.queues[stage.product.names["BulkQueue"]]
    stage.pump(until=lambda: queue)
    body = json.loads(queue[0].body)
    rows = [*rows[::2], *rows_of(body["rows"]), *rows[1::2]]
    queue[0].body = json.dumps(body | {"rows": packed(rows) if are_deflated else rows})


@pytest.mark.parametrize("are_deflated", [True, False])
def test_each_bad_row_is_rejected_with_its_reason_and_the_others_of_its_batch_are_stored(stage, are_deflated):
    bad = [one for one in REJECTED if not are_deflated or len(str(one)) < MOST_BYTES]
    stage.begin()
    add_to_the_rows_on_their_way(stage, [row for row, _ in bad], are_deflated=are_deflated)

    stage.pump(twice=True)

    stage.assert_run_is_whole()
    stage.assert_profiles_are_true()
    assert stage.job["run"]["rejected"] == len(bad)
    assert {failure["message"] for failure in stage.failures} == {reason for _, reason in bad}


@pytest.mark.parametrize(
    "text",
    [
        "no base64!",
        "",
        packed([STORED[0]])[:-8],
        packed([{"bomb": "0" * 10_000_000}]),
        b64encode(ROWS.deflate(b"[" * 1_000_000)).decode(),
        b64encode(ROWS.deflate(b'{"stream": "cm_user"}')).decode(),
    ],
    ids=["no base64", "empty", "cut", "bomb", "deep", "no list"],
)
def test_rows_in_no_form_that_we_know_are_a_dead_letter_that_is_stored_when_they_can_be_read(stage, text):
    queues, names = stage.product.quick.sqs.queues, stage.product.names
    queue, letters = queues[names["BulkQueue"]], queues[names["BulkDeadLetterQueue"]]
    stage.begin()
    stage.pump(until=lambda: queue)
    readable = queue[0].body
    queue[0].body = json.dumps(json.loads(readable) | {"rows": text})

    stage.pump(twice=True)

    (letter,) = letters
    assert (stage.job["run"]["status"], stage.job["run"]["rejected"]) == ("failed", 0)
    assert [failure["code"] for failure in stage.failures] == [NOT_STORED]
    letter.body = readable
    assert stage.product.gateway.post("/dead-letters/bulk/redrive", {}).status == 202
    stage.pump()
    stage.assert_profiles_are_true()


@pytest.mark.parametrize("are_deflated", [True, False])
def test_odd_but_readable_rows_are_stored_and_shown(stage, are_deflated):
    stage.begin()
    add_to_the_rows_on_their_way(stage, STORED, are_deflated=are_deflated)

    stage.pump(twice=True)

    stage.assert_run_is_whole()
    profile = stage.product.profile(STRANGER)
    rows = stage.product.gateway.get(f"/profiles/{STRANGER}/rows", limit="100")
    assert (stage.job["run"]["rejected"], profile.json["rows"], len(rows.json["items"])) == (0, 8, 8)
