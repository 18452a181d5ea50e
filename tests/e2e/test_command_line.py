"""The whole product by the command line alone, at the deployed stack, which it finds in the AWS of this machine."""

import sys

import pytest

from local.serve import place
from lytics_cm_cli.finding import announced
from tests.e2e.runs import until
from tests.terminal import Terminal

ACCOUNT, PERSON = "By hand", "by.hand@example.com"
ALLOWING = f"{sys.executable} -m simulators.browser %s"


@pytest.fixture
def typed(up, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with announced(place(up)):
        yield Terminal(tmp_path)


def test_both_directions_need_nothing_but_the_command_line(up, vendor, account, typed):
    client, target = account.client["name"], account.lists[1]
    where = ("--account", ACCOUNT, "--client", client)

    found = {**up.aws.environment, "LYTICS_CM_STACK": up.deployment.name, "XDG_CONFIG_HOME": "/nowhere"}
    connected = typed.program("connect", ACCOUNT, BROWSER=ALLOWING, **found)
    assert connected.code == 0, connected

    watched = typed.well("import", "start", *where, "--list", target["name"], "--keep-updated", "--watch")
    assert "succeeded" in watched.out
    people = vendor(f"/_state/lists/{target['id']}")["subscribers"]
    email = next(one["email"] for one in people if one["state"] == "Active")
    assert target["name"] in typed.well("profile", "show", email).out
    assert "cm_list_names_status" in typed.well("profile", "explain", email).out

    what = ("--list", target["name"], "--audience", "At Risk", "--description", "Hand")
    exported = typed.well("export", "start", *where, *what, "--existing-users", "--watch")
    assert "running" in exported.out
    typed.well("trigger", "enter", PERSON, "At Risk", "--name", "By Hand")
    until(lambda: chosen(vendor, target) == ["At Risk"])
    assert chosen(vendor, target) == ["At Risk"]
    typed.well("trigger", "exit", PERSON, "At Risk")
    until(lambda: chosen(vendor, target) == [])
    assert chosen(vendor, target) == []

    typed.well("trigger", "subscribe", "new." + PERSON, target["id"], "--name", "Newcomer")
    until(lambda: typed("profile", "show", "new." + PERSON).code == 0, 30)
    assert "Newcomer" in typed.well("profile", "show", "new." + PERSON).out

    typed.well("export", "delete", "Hand", "--yes")
    typed.well("import", "delete", ACCOUNT, "--yes")


def chosen(vendor, target):
    """The audiences that the person has on the list; None of who is not there."""
    for one in vendor(f"/_state/lists/{target['id']}")["subscribers"]:
        if one["email"] == PERSON:
            return [value for key, value in one["fields"] if key == "[LyticsAudiences]"]
    return None
