"""The command line of whoever runs a stack: its health, dead letters, who did what, sessions, the console."""

import json
import re
from itertools import batched

import pytest

from lytics_cm_cli.drawing.words import NOTHING
from simulators.campaign_monitor import fields
from simulators.campaign_monitor.generator import World
from tests.flows.exporting import exporting
from tests.terminal import terminal

QUIET = World(clients=1, lists=1, subscribers=5, campaigns=0, activity=0, journeys=0)
PERSON = "kept@example.com"
LARGE, MANY = "x" * 40_000, 150
"""Rows of 6 MB: more than one answer has of a person."""


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


def test_webhooks_of_both_kinds_get_new_urls(stage, typed):
    client = stage.vendor.clients[0]
    job = stage.product.start_import(stage.authorization, client.id, description="Books")
    stage.product.pump()
    export = stage.start("vip", description="VIPs")
    hooks = [hook for one in client.lists.values() for hook in one.webhooks.values()]
    before = {hook.url for hook in hooks}, stage.job(export)["audience_webhook_url"]

    told = typed.well("import", "rotate", "Books", "--yes")
    stage.product.pump()
    printed = typed.well("export", "rotate", "VIPs", "--yes").out
    document = typed.well("export", "rotate", "VIPs", "--yes", "--json").json

    after = {hook.url for one in client.lists.values() for hook in one.webhooks.values()}
    assert "Books" in told.out
    assert (len(after), after & before[0]) == (len(before[0]), set())
    assert before[1] not in printed
    assert "/webhooks/lytics/" in printed
    assert document == stage.job(export)
    stage.api.delete(f"/imports/{job}")
    stage.api.delete(f"/exports/{export}")


def test_the_fields_of_a_list_and_of_lytics_are_listed(stage, typed):
    fields.add(stage.list, "City", "MultiSelectOne", ["Oslo", "Lima"])
    stage.lytics.add_field("city")
    where = ("--account", "Main", "--client", stage.vendor.clients[0].id, "--list", stage.list.id)

    shown = typed.well("fields", *where).out
    document = typed.well("fields", *where, "--json").json

    path = f"/authorizations/{stage.authorization}/lists/{stage.list.id}/custom-fields"
    assert [word in shown for word in ("City", "MultiSelectOne", "Oslo, Lima")] == [True] * 3
    assert document == stage.api.get(path).json
    assert "city" in typed.well("lytics-fields").out


def test_who_is_blocked_is_listed_and_may_come_back(stage, typed):
    person = "gone@example.com"
    erased = typed.well("profile", "erase", person, "--block", "--yes").out

    blocked = typed.well("profile", "blocks").out
    typed.well("profile", "unblock", person, "--yes")

    assert re.search(r"the time of the erasure +for good *\n", erased)
    assert re.search(rf"until the block is lifted +{NOTHING} *\n", erased)
    assert re.search(r"backups .* \d+ \w+ \d{4} *\n", erased)
    assert person in blocked
    assert "nobody is blocked" in typed.well("profile", "blocks").out
    assert typed("profile", "unblock", person, "--yes").code == 1


def test_everything_that_is_kept_of_somebody_is_one_document(stage, typed):
    rows = [
        {
            "stream": "cm_activity",
            "ts": 1_709_640_000_000 + number * 60_000,
            "fields": {"email": PERSON, "event": "open", "note": LARGE},
        }
        for number in range(MANY)
    ]
    for some in batched(rows, 5, strict=False):
        body = json.dumps({"rows": list(some), "received_at": int(stage.product.clock.now() * 1000)})
        stage.product.sqs.send_message(QueueUrl=stage.product.names["RowsQueue"], MessageBody=body)
    stage.product.pump()

    document = json.loads(typed.well("profile", "kept", PERSON).out)

    first = stage.api.get(f"/profiles/{PERSON}/export").json
    assert first["cursor"]
    assert (len(document["rows"]), document["rows_left"], document["cursor"]) == (MANY, 0, None)
    assert document["profile"] == first["profile"]


def test_profiles_are_made_anew_and_how_far_is_shown(stage, typed):
    begun = typed.well("mapping", "reaggregate").out
    refused = typed("mapping", "reaggregate")
    stage.product.pump()

    assert "running" in begun
    assert refused.code == 1
    assert "completed" in typed.well("mapping", "progress").out


def test_an_account_is_forgotten_when_no_job_uses_it(stage, typed):
    spare = stage.product.connect("Spare")

    used = typed("disconnect", "Nobody", "--yes")
    typed.well("disconnect", "Spare", "--yes")

    assert used.code == 2
    assert spare not in {one["id"] for one in stage.api.get("/authorizations").json["items"]}


def test_somebody_is_invited_by_a_link_that_works_once(stage, typed):
    said = typed.well("session", "invite", "--name", "Ann", "--role", "operator")
    stage.product.later(seconds=24 * 3600)

    code = re.search(r"/console#code=(\S+)", said.out)[1]
    exchanged = stage.api.post("/sessions/exchange", {"code": code})
    assert (exchanged.status, exchanged.json["role"]) == (200, "operator")
    assert stage.api.post("/sessions/exchange", {"code": code}).status == 403
    assert typed("session", "invite", "--name", "Ann", "--role", "king").code == 2


def test_an_invitation_ends_when_it_says_and_never_outlives_its_session(stage, typed):
    link = ("session", "invite", "--name", "Ann", "--json")
    soon = typed.well(*link, "--link-hours", "1").json
    short = typed.well(*link, "--hours", "0.5").json
    stage.product.later(seconds=3601)

    assert short["code_until"] == short["expires_at"]
    assert stage.api.post("/sessions/exchange", {"code": soon["code"]}).status == 403
    assert typed(*link, "--link-hours", "169").code == 1
