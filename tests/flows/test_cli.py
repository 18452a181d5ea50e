"""The command line at the served product: what it prints, asks, refuses, and with which exit code it ends."""

import json
import os
import subprocess
import sys
import threading
import time
import tomllib

import pytest

from local.programs import ROOT
from lytics_cm_cli.finding import Place, announced, find
from simulators.campaign_monitor.generator import World
from tests.aws.stack import ADMIN_TOKEN
from tests.flows.exporting import exporting
from tests.terminal import terminal

TINY = World(clients=2, lists=2, subscribers=40, campaigns=1, activity=60, journeys=0)
NOWHERE = "http://127.0.0.1:9/prod"


@pytest.fixture(scope="module")
def stage():
    """An account that is connected, an import that is done and an export that runs."""
    with exporting(scenario=TINY) as stage:
        stage.client = stage.vendor.clients[0]
        stage.imported = stage.product.start_import(stage.authorization, stage.client.id, description="Books")
        stage.product.pump()
        stage.export = stage.start("vip", description="VIPs")
        yield stage


@pytest.fixture
def typed(stage, tmp_path):
    with terminal(tmp_path, stage.product, stage.lytics) as typed:
        yield typed


READING = {
    "accounts": "/authorizations",
    "import list": "/imports",
    "export list": "/exports",
    "audiences": "/audiences",
    "import show Books": "/imports/{imported}",
    "import runs Books": "/imports/{imported}/runs",
    "import failures Books": "/imports/{imported}/failures",
    "export show VIPs": "/exports/{export}",
    "mapping get cm_user": "/streams/cm_user/mapping",
    "mapping progress": "/streams/reproject",
    "lytics-fields": "/lytics/fields",
    "profile blocks": "/blocks",
}


@pytest.mark.parametrize("command", READING)
def test_json_is_the_answer_of_the_api_and_one_document(stage, typed, command):
    said = typed.well(*command.split(" "), "--json")

    path = READING[command].format(imported=stage.imported, export=stage.export)
    assert said.json == stage.api.get(path).json
    assert said.errors == ""


@pytest.mark.parametrize("command", READING)
def test_people_read_names_and_no_json(typed, command):
    said = typed.well(*command.split(" "))

    assert said.out.strip()
    assert not said.out.startswith(("{", "["))
    assert said.errors == ""


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("connect", "DESCRIPTION"),
        ("clients", "--account"),
        ("lists --account Main", "--client"),
        ("import start", "--account"),
        ("import start --account Main", "--client"),
        ("export start --account Main", "--list"),
        ("import watch", "JOB"),
        ("profile show", "EMAIL"),
        ("profile erase jane@example.com", "--yes"),
        ("mapping check cm_user", "FILE"),
        ("mapping reset cm_user", "--yes"),
        ("import delete Books", "--yes"),
        ("import rotate Books", "--yes"),
        ("export rotate VIPs", "--yes"),
        ("disconnect Main", "--yes"),
        ("disconnect", "ACCOUNT"),
        ("fields --account Main", "--client"),
        ("profile unblock jane@example.com", "--yes"),
        ("session invite", "--name"),
        ("session create --role viewer", "--name"),
    ],
)
def test_where_nobody_can_be_asked_the_missing_option_is_named_and_nothing_happens(
    stage, typed, command, option
):
    said = typed(*command.split(" "))

    assert (said.code, said.out) == (2, "")
    assert option in said.errors
    assert stage.job(stage.export)["status"] == "running"
    assert stage.product.job(stage.imported)["status"] == "completed"


def test_a_program_without_a_terminal_is_never_asked(typed):
    said = typed.program("import", "start")

    assert (said.code, said.out) == (2, "")
    assert "--account is missing" in said.errors


def test_things_go_by_id_by_name_and_by_the_beginning_of_an_id(stage, typed):
    for name in (stage.imported, stage.imported[:8], "Books", "books", "Main"):
        assert typed.well("import", "show", name, "--json").json["id"] == stage.imported
    for name in (stage.export, "vips", "Main"):
        assert typed.well("export", "show", name, "--json").json["id"] == stage.export


def test_a_name_of_nothing_tells_what_there_is_and_a_name_of_several_their_ids(stage, typed):
    unknown = typed("import", "show", "Boks")
    other = stage.product.start_import(stage.authorization, stage.client.id, description="Books")
    several = typed("import", "show", "Books")
    typed.well("import", "delete", other, "--yes")

    assert (unknown.code, several.code) == (2, 2)
    assert "there is Books" in unknown.errors
    assert all(job in several.errors for job in (stage.imported, other))


def test_what_the_api_refuses_is_told_by_field_with_the_request_and_as_json_on_demand(stage, typed):
    command = ("import", "set", "Books", "--every", "0", "--keep-rows-days", "0")

    said, document = typed(*command), typed(*command, "--json")

    refused = stage.api.patch(f"/imports/{stage.imported}", {"every_minutes": 0, "keep_rows_days": 0})
    assert (said.code, said.out, document.code) == (1, "", 1)
    assert all(f"{one['field']}: {one['message']}" in said.errors for one in refused.json["details"])
    assert len(refused.json["details"]) == 2
    assert "request " in said.errors
    assert document.json == refused.json


def test_what_is_changed_is_what_was_named_and_none_takes_away(stage, typed):
    before = stage.product.job(stage.imported)

    typed.well(
        "import", "set", "Books", "--keep-rows-days", "30", "--drop-column", "ip", "--drop-column", "city"
    )
    changed = stage.product.job(stage.imported)
    typed.well("import", "set", "Books", "--keep-rows-days", "none", "--drop-column", "none")
    taken = stage.product.job(stage.imported)

    names = ("keep_rows_days", "drop_columns")
    assert [changed[name] for name in names] == [30, ["ip", "city"]]
    assert [taken[name] for name in names] == [None, []]
    assert {name for name in before if before[name] != changed[name]} == {*names, "in_force"}
    assert typed("import", "set", "Books").code == 2


@pytest.mark.parametrize("answer", ["", "n", "no", "yess"])
def test_nothing_is_deleted_before_somebody_says_yes(stage, typed, answer):
    said = typed("export", "delete", "VIPs", answers=[answer])

    assert said.code == 1
    assert "nothing was done" in said.errors
    assert stage.job(stage.export)["status"] == "running"


def test_a_wrong_answer_is_asked_for_again_and_the_end_of_the_input_ends_it(typed):
    said = typed("clients", answers=["9", "nobody", "1"])
    ended = typed("clients", answers=[])

    assert said.code == 0
    assert said.errors.count("Account (number or name)") == 3
    assert ended.code == 130


def test_lists_stop_at_the_limit_and_say_so_or_follow_every_cursor(stage, typed):
    everybody = typed.well("profile", "find", "--all", "--json").json
    some = typed.well("profile", "find", "--limit", "3", "--json").json

    known = {item["email"] for item in stage.product.items("ProfilesTable")}
    assert {one["email"] for one in everybody["items"]} == known
    assert (everybody["cursor"], "more" in everybody) == (None, False)
    assert (len(some["items"]), some["more"]) == (3, True)
    assert "--all shows everything" in typed.well("profile", "find", "--limit", "3").out


def test_watching_goes_on_until_the_run_is_over_and_ends_as_it_did(stage, typed):
    job = stage.product.start_import(stage.authorization, stage.client.id, description="Watched")
    pump = threading.Timer(3, stage.product.pump)
    pump.start()

    began = time.monotonic()
    said = typed.program("import", "watch", "Watched")  # in this one, both would print
    pump.join()

    assert said.code == 0
    assert time.monotonic() - began > 3
    assert "succeeded" in said.out
    typed.well("import", "run", "Watched")
    typed.well("import", "stop", "Watched")
    stopped = typed("import", "watch", "Watched")
    assert (stopped.code, "Watched is stopped" in stopped.errors) == (1, True)
    typed.well("import", "delete", job, "--yes")


def test_a_mapping_is_checked_with_carets_and_for_one_person_before_it_holds(stage, typed, tmp_path):
    own, broken = tmp_path / "own.lql", tmp_path / "broken.lql"
    text = typed.well("mapping", "get", "cm_user").out
    own.write_text(text.replace(" AS cm_name", " AS cm_called"))
    broken.write_text(text.replace("email(email)", "emial(email)"))
    email = next(iter(next(iter(stage.client.lists.values())).people))

    mistaken = typed("mapping", "check", "cm_user", str(broken))
    good = typed.well("mapping", "check", "cm_user", str(own), "--email", email)
    held = stage.api.get("/streams/cm_user/mapping").json["default"]
    typed.well("mapping", "put", "cm_user", str(own))
    put = stage.api.get("/streams/cm_user/mapping").json["default"]
    typed.well("mapping", "reset", "cm_user", "--yes")

    assert (mistaken.code, "^" in mistaken.out, "line" in mistaken.out) == (1, True, True)
    assert ("no mistakes" in good.out, "cm_called" in good.out) == (True, True)
    assert (held, put, stage.api.get("/streams/cm_user/mapping").json["default"]) == (True, False, True)
    assert typed("mapping", "check", "cm_user", str(tmp_path / "nothing")).code == 2
    assert typed("mapping", "get", "cm_users").code == 2


def test_any_route_can_be_called(stage, typed):
    body = json.dumps({"description": "Books"})

    assert typed.well("api", "get", "/imports").json == stage.api.get("/imports").json
    assert typed.well("api", "PATCH", f"/imports/{stage.imported}", body).json["description"] == "Books"
    assert typed("api", "GET", "/nowhere").code == 1
    assert [
        typed("api", *wrong).code for wrong in (("FETCH", "/"), ("GET", "imports"), ("POST", "/imports", "{"))
    ] == [
        *(2, 2, 2),
    ]


def test_exit_code_3_is_for_whoever_does_not_answer_as_our_api_does(stage, typed):
    def at(url):
        return typed("accounts", LYTICS_CM_URL=url, LYTICS_CM_TOKEN="x")

    nobody, clear = at(NOWHERE), at("http://example.com/prod")
    other = at(stage.vendor.url + "/oauth?"), at(stage.lytics.url + "/_state?")

    assert [one.code for one in (nobody, clear, *other)] == [3, 3, 3, 3]
    assert "in the clear" in clear.errors
    assert at(stage.product.url).code == 1
    assert "token is missing, wrong" in at(stage.product.url).errors


def test_which_stack_is_said_by_environment_by_file_or_not_at_all(stage, typed, tmp_path):
    secret = tmp_path / "token"
    secret.write_text(ADMIN_TOKEN + "\n")
    url = stage.product.url

    assert typed("accounts", LYTICS_CM_URL=url, LYTICS_CM_TOKEN_FILE=str(secret)).code == 0
    assert typed("accounts", "--stack", "local", LYTICS_CM_URL=NOWHERE, LYTICS_CM_TOKEN="x").code == 0
    for lacking in ({"XDG_CONFIG_HOME": "/nowhere"}, {"LYTICS_CM_URL": url}):
        said = typed("accounts", **lacking)
        assert (said.code, said.out) == (2, ""), lacking


def test_what_make_local_writes_is_its_owners_and_gone_with_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    first, second = Place("http://127.0.0.1:1", "a", "b", "c"), Place("http://127.0.0.1:2", "d")

    with announced(first) as path:
        assert path.stat().st_mode & 0o777 == 0o600
        assert find(None, {}) == first
        with announced(second):
            assert find("local", {}) == second
    assert not path.exists()

    with announced(first):
        again = announced(second)
        again.__enter__()
    assert find(None, {}) == second
    path.write_text(path.read_text().replace(f": {os.getpid()}", ": 4194305"))
    with pytest.raises(Exception, match="which stack"):
        find(None, {})


def test_no_token_is_printed_and_no_netrc_replaces_it(stage, typed, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login x password y\n")

    said = [typed(*command.split(" "), NETRC=str(netrc)) for command in [*READING, "import show nothing"]]

    assert [one.code for one in said] == [0] * len(READING) + [2]
    assert not any(ADMIN_TOKEN in one.out + one.errors for one in said)
    assert ADMIN_TOKEN not in repr(find(None, os.environ))


def test_what_is_built_tells_its_version_and_reaches_a_stack(stage, tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    begin = "import lytics_cm_cli, sys; assert '.whl' in lytics_cm_cli.__file__; from lytics_cm_cli.app import main; main()"

    def run(*arguments):
        environment = {
            "PYTHONPATH": str(wheel),
            "LYTICS_CM_URL": stage.product.url,
            "LYTICS_CM_TOKEN": ADMIN_TOKEN,
        }
        command = [sys.executable, "-P", "-c", begin, *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    assert (
        run("--version").strip() == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    )
    assert json.loads(run("accounts", "--json")) == stage.api.get("/authorizations").json
