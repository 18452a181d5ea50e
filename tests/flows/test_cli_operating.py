"""The command line of whoever runs a stack: its health, dead letters, who did what, sessions, the console."""

import re

import pytest

from simulators.campaign_monitor.generator import World
from tests.flows.exporting import exporting
from tests.terminal import terminal

QUIET = World(clients=1, lists=1, subscribers=5, campaigns=0, activity=0, journeys=0)


@pytest.fixture(scope="module")
def stage():
    with exporting(scenario=QUIET) as stage:
        stage.product.pump()
        yield stage


@pytest.fixture
def typed(stage, tmp_path):
    with terminal(tmp_path, stage.product, stage.lytics) as typed:
        yield typed


def test_a_doctor_finds_dead_letters_and_redriving_them_heals(stage, typed):
    stage.product.sqs.send_message(
        QueueUrl=stage.product.names["RowsDeadLetterQueue"], MessageBody='{"rows": []}'
    )

    ill, document = typed("doctor"), typed("doctor", "--json")
    letters = typed.well("dead-letters").out
    typed.well("redrive", "rows")

    assert (ill.code, document.code) == (1, 1)
    assert "lytics-cm redrive rows" in ill.out
    assert ["rows", "1"] in [line.split()[:2] for line in letters.splitlines()]
    assert [one["kind"] for one in document.json["problems"]] == ["dead_letters"]
    assert stage.product.dead_letters() == {}
    assert "everything is well" in typed.well("doctor").out
    assert typed("redrive", "nothing").code == 1


def test_a_queue_to_redrive_is_asked_for(typed):
    said = typed.well("redrive", answers=["pages"])

    assert "0 dead letters" in said.errors
    assert typed("redrive").code == 2


def test_a_session_works_as_far_as_its_role_and_until_it_is_revoked(stage, typed, tmp_path):
    file = tmp_path / "viewer"
    made = typed.well(
        "session", "create", "--name", "Kim", "--role", "viewer", "--hours", "0.5", "--to", str(file)
    )
    kims = {"LYTICS_CM_URL": stage.product.url, "LYTICS_CM_TOKEN_FILE": str(file)}
    token = file.read_text().strip()

    assert file.stat().st_mode & 0o777 == 0o600
    assert token not in made.out + made.errors
    assert typed("accounts", **kims).code == 0
    refused = typed("connect", "Mine", "--no-browser", "--wait", "0", **kims)
    assert (refused.code, "admin" in refused.errors) == (1, True)
    shown = typed.well("session", "list").out
    assert "Kim" in shown
    assert token not in shown
    assert typed("session", "revoke", "Kim").code == 2
    typed.well("session", "revoke", "Kim", "--yes")
    stage.product.later(seconds=61)
    assert typed("accounts", **kims).code == 1


def test_a_token_goes_where_it_is_told_alone_and_no_file_is_overwritten(typed, tmp_path):
    file, folder = tmp_path / "mine", tmp_path / "nowhere" / "mine"
    file.write_text("precious")

    there = typed("session", "create", "--name", "a", "--to", str(file))
    nowhere = typed("session", "create", "--name", "b", "--to", str(folder))
    printed = typed.well("session", "create", "--name", "c", "--to", "-")
    document = typed.well("session", "create", "--name", "d", "--to", str(tmp_path / "d"), "--json")

    assert (there.code, nowhere.code, file.read_text()) == (2, 2, "precious")
    assert len(printed.out.split()) == 1
    assert "token" not in document.json
    assert [one["name"] for one in typed.well("session", "list", "--json").json["items"]] == ["d", "c"]
    assert typed("session", "create", "--name", "e", "--role", "king", "--to", "-").code == 2


def test_the_console_opens_with_a_code_that_works_once_and_no_token(stage, typed):
    said = typed.well("console", "--role", "operator", "--no-browser")
    url = re.search(r"http\S+", said.out)[0]

    assert url.startswith(f"{stage.product.url}/console#code=")
    code = url.partition("=")[2]
    exchanged = [stage.api.post("/sessions/exchange", {"code": code}).status for _ in range(2)]
    assert exchanged == [200, 403]
    assert "code" not in typed.well("console", "--no-browser", "--json").json


def test_who_did_what_is_listed(stage, typed):
    before = typed.well("events", "--json").json["items"]

    found = typed.well("events", "--kind", "POST /sessions", "--limit", "1", "--json").json

    assert before
    assert [one["kind"] for one in found["items"]] == ["POST /sessions"]
    assert "POST /sessions" in typed.well("events").out
    assert "POST /authorizations" not in typed.well("events", "--kind", "POST /sessions").out
