"""Pictures of the API's answers: what they show, and that no answer, however odd, breaks them or moves a cursor."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from lytics_cm_cli.drawing import charts, health, jobs, people
from lytics_cm_cli.drawing.portrait import KNOWN, portrait
from lytics_cm_cli.drawing.watching import watched
from lytics_cm_cli.drawing.words import day, period, plain, since
from lytics_cm_cli.session import written

NOW = 1_796_000_000.0
AT = "2026-11-30T00:53:20.000Z"
"""NOW."""
HARMFUL = "\x1b]0;title\x07[red]\x9b2J\u202e\ud800"


def drawn(*renderables, width=120):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    for one in renderables:
        console.print(one)
    return console.file.getvalue()


def test_columns_are_as_high_as_their_counts_and_what_is_there_can_be_seen():
    assert charts.columns([0, 1, 50, 100]).plain == " ▁▄█"
    assert charts.columns([0, 0]).plain == "  "
    assert charts.columns([]).plain == ""


@pytest.mark.parametrize(
    ("share", "lines"), [(0, ""), (0.001, "╸"), (0.5, "━━━━━"), (1, "━" * 10), (7, "━" * 10), (-1, "")]
)
def test_a_bar_is_as_long_as_its_share(share, lines):
    assert charts.bar(share, 10).plain == lines.ljust(10, "─")


def test_hours_have_their_place_and_months_have_gaps():
    assert charts.hours({"0": 8, "23": 4, "odd": 9}).plain == f"0h █{' ' * 22}▄ 23h UTC"
    assert charts.months({"2511": 1, "2602": 2, "x": 1}).plain == "2025-11 ▄  █ 2026-02"


def test_the_longest_bars_come_first_and_the_rest_is_one_line():
    shown = drawn(charts.bars({name: number for number, name in enumerate("abcd", 1)}, most=2)).split("\n")

    assert [line.split()[0] for line in shown if line.strip()] == ["d", "c", "and"]
    assert "2 more" in shown[2]


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (3600, "1 h"), (90_061, "1 d 1 h")]
)
def test_periods_have_two_units(seconds, told):
    assert period(seconds) == told


def test_times_are_told_from_now():
    assert (since(AT, NOW + 5), since(AT, NOW - 60), since(None, NOW), since("soon", NOW)) == (
        "5 s ago",
        "in 1 min",
        "",
        "",
    )


@pytest.mark.parametrize("moment", [10**14 * 3, 10**30, -(10**17), float("nan"), "tomorrow", None, [], True])
def test_what_is_no_time_has_no_day(moment):
    assert day(moment) in ("", "1 January 1970")


RUN = {
    "id": "r1",
    "status": "running",
    "started_at": AT,
    "finished_at": None,
    "pages": {"done": 3, "total": 12},
    "rows": {"cm_user": 1200, "cm_activity": 0},
    "stages": {"subscribers": {"done": 2, "total": 2}, "opens": {"done": 1, "total": 10}},
    "rejected": 0,
    "waiting": {
        "reason": "Campaign Monitor answers 503",
        "since": AT,
        "next_try_at": "2026-11-30T00:55:00.000Z",
    },
    "seconds_left": 75,
}
JOB = {"id": "j1", "status": "running", "client_id": "c1", "description": "Books", "run": RUN}


def test_a_running_import_shows_its_stages_what_it_waits_for_and_the_time_left():
    shown = drawn(watched(JOB, NOW + 30))

    assert all(
        told in shown
        for told in (
            "Books  running  30 s, about 1 min 15 s left",
            "3 of 12",
            "2 of 2",
            "1,200 rows of cm_user",
        )
    )
    assert "waits since 30 s ago: Campaign Monitor answers 503; next try in 1 min 10 s" in shown


def test_time_left_that_nobody_knows_is_not_made_up_and_a_job_without_a_run_is_drawn_too():
    run = {**RUN, "seconds_left": None, "waiting": None}

    assert "time left not known yet" in drawn(watched({**JOB, "run": run}, NOW))
    assert "scheduled" in drawn(watched({**JOB, "status": "scheduled", "run": None}, NOW))


def test_the_bar_of_all_is_what_the_api_says_is_done():
    run = {**RUN, "progress": 0.5}

    (line,) = (line for line in drawn(watched({**JOB, "run": run}, NOW)).split("\n") if "all pages" in line)
    assert line.count("━") == 20
    assert line.split()[-3:] == ["3", "of", "12"]


def test_names_stand_before_ids_as_soon_as_the_api_tells_them():
    job = {**JOB, "description": None, "keep_updated": False}

    assert "c1" in drawn(jobs.imports([job]))
    assert "Harbour" in drawn(jobs.imports([{**job, "client": {"id": "c1", "name": "Harbour"}}]))
    assert "Harbour" in drawn(jobs.imports([{**job, "client_name": "Harbour"}]))


SYSTEM = {
    "version": "1.0",
    "at": AT,
    "healthy": False,
    "problems": [
        {
            "kind": "dead_letters",
            "what": "3 messages of the queue rows lie aside",
            "since": AT,
            "remedy": "Put them back.",
            "route": "POST /dead-letters/rows/redrive",
            "job": None,
        }
    ],
    "queues": [
        {
            "name": "rows",
            "waiting": 1,
            "in_flight": 2,
            "delayed": 0,
            "oldest_seconds": None,
            "dead_letters": 3,
        }
    ],
    "quotas": [{"name": "lambda_executions", "account": None, "limit": 10, "used": 5}],
    "alarms": None,
    "webhooks": {"registered": 0, "lists": []},
    "schedules": None,
    "authorizations": [],
}


def test_a_problem_comes_with_its_remedy_and_the_command_for_it():
    shown = drawn(health.system(SYSTEM, NOW + 60))

    assert "✗ 3 messages of the queue rows lie aside  since 1 min ago" in shown
    assert "→ Put them back." in shown
    assert "lytics-cm redrive rows" in shown
    assert "everything is well" in drawn(health.system({**SYSTEM, "problems": []}, NOW))


def test_alarms_that_are_off_are_counted_and_the_others_are_listed():
    alarms = [
        {"name": name, "state": state, "since": AT, "reason": "why not"}
        for name, state in (("Rows", "ALARM"), ("Pages", "OK"), ("Bulk", "INSUFFICIENT_DATA"))
    ]

    shown = drawn(health.system({**SYSTEM, "alarms": alarms}, NOW))

    assert "Rows   ALARM" in shown
    assert "2 alarms are off, 1 of these without data" in shown
    assert "Bulk" not in shown


@pytest.mark.parametrize(
    ("route", "command"),
    [
        ("POST /dead-letters/rows/redrive", "redrive rows"),
        ("POST /authorizations/a1/reconnect", "connect --again a1"),
        ("POST /imports/j1/start", "import start j1"),
        ("PATCH /imports/j1", "api PATCH /imports/j1"),
        ("GET /system", "api GET /system"),
    ],
)
def test_a_remedys_route_is_told_as_a_command(route, command):
    assert health.command_for(route) == f"lytics-cm {command}"


def test_mistakes_of_a_mapping_have_a_caret_under_them():
    mistake = {
        "message": "unknown",
        "stream": "cm_user",
        "line": 2,
        "column": 3,
        "excerpt": "  emial(x)\n  ^",
    }

    lines = drawn(people.checked({"errors": [mistake]})).split("\n")

    assert lines[0].rstrip() == "✗ cm_user, line 2, column 3: unknown"
    assert lines[2].index("^") == lines[1].index("emial")


def test_a_person_before_and_after_shows_what_differs():
    shown = drawn(people.differences({"a": 1, "b": 2}, {"a": 1, "c": 3}))

    assert [line.split()[0] for line in shown.split("\n")[1:] if line] == ["b", "c"]
    assert "stay as they are" in drawn(people.differences({"a": 1}, {"a": 1}))


def test_texts_of_others_are_texts_alone():
    shown = drawn(plain(HARMFUL))

    assert "[red]" in shown
    assert not set(shown) & set("\x1b\x07\x9b\u202e\ud800")
    assert not set(written({"name": HARMFUL})) & set("\x1b\x07\x9b\ud800")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(fields=st.dictionaries(st.sampled_from(sorted(KNOWN)) | st.text(max_size=5), values, max_size=8))
def test_a_profile_of_any_mapping_can_be_drawn(fields):
    shown = drawn(portrait({"email": "a@example.com", "fields": fields, "rows": 3}))

    assert "a@example.com" in shown
    assert "\x1b" not in shown
