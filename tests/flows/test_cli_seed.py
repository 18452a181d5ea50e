"""The whole product by the command line alone, in the order of the two forms of its owner."""

import sys

from lytics_cm_cli.drawing.words import named
from simulators.campaign_monitor import fields
from simulators.campaign_monitor.generator import World
from tests.flows.exporting import AUDIENCES, exporting
from tests.terminal import terminal

SMALL = World(clients=2, lists=2, subscribers=60, campaigns=2, activity=160, journeys=0)
ACCOUNT = "Demo account"
JANE, AMY, NEW = "jane@example.com", "amy@example.com", "new@example.com"
ALLOWING = f"{sys.executable} -m simulators.browser %s"


def connect(stage, typed):
    """The consent page opens in a browser, in which somebody allows access."""
    connected = typed.program("connect", ACCOUNT, BROWSER=ALLOWING)

    assert (connected.code, connected.errors) == (0, ""), connected
    assert ACCOUNT in typed.well("accounts").out
    clients = typed.well("clients", "--account", ACCOUNT, "--json").json["items"]
    assert [one["name"] for one in clients] == [one.name for one in stage.vendor.clients]
    shown = typed.well("lists", "--account", ACCOUNT, "--client", stage.client.name).out
    assert all(one.title in shown for one in stage.client.lists.values())


def import_a_list(stage, typed):
    """Client, lists, advanced options, Keep Updated, Start import."""
    answers = [ACCOUNT, stage.client.name, stage.imported.title, "y", "y", "30", "y"]
    started = typed.well("import", "start", answers=answers)
    stage.product.pump()

    asked = (
        "Account (number",
        "Client (number",
        "Lists (numbers",
        "Show advanced",
        "Keep updated",
        "Start import?",
    )
    places = [started.errors.index(words) for words in asked]
    assert places == sorted(places)
    (job,) = typed.well("import", "list", "--json").json["items"]
    assert (job["client_id"], job["list_ids"]) == (stage.client.id, [stage.imported.id])
    assert (job["keep_updated"], job["every_minutes"]) == (True, 30)
    assert "succeeded" in typed.well("import", "watch", ACCOUNT).out
    (run,) = typed.well("import", "runs", ACCOUNT, "--json").json["items"]
    assert (run["status"], run["trigger"], run["new_rows"] > 0) == ("succeeded", "person", True)


def look_somebody_up(stage, typed):
    found = typed.well("profile", "find", "--all", "--json").json["items"]
    email = max(found, key=lambda one: one["rows"])["email"]

    assert email in typed.well("profile", "show", email).out
    assert "cm_email_event" in typed.well("profile", "explain", email).out
    assert "sent" in typed.well("profile", "rows", email).out


def export_audiences(stage, typed):
    """Account, list, audiences, advanced options in the form's order, Start export."""
    assert all(name in typed.well("audiences").out for name in AUDIENCES.values())
    stage.lytics.place(stage.lytics.person(AMY, name="Amy", city="Oslo"), "vip")
    one_of_two = typed(
        "export", "start", "--account", ACCOUNT, "--list", stage.imported.title, "--audience", "VIP"
    )
    assert f"for example '{stage.client.name} / {stage.imported.title}'" in one_of_two.errors, one_of_two
    advanced = ["y", "y", "n", "n", "", "", "city=City", "y"]
    started = typed.well("export", "start", answers=[ACCOUNT, stage.list.title, "VIP,buyers", *advanced])
    stage.product.pump()

    asked = (
        "Account (",
        "List (",
        "Audiences (",
        "Existing users",
        "Resubscribe",
        "responders",
        "Email",
        "Name",
        "map",
    )
    places = [started.errors.index(words) for words in asked]
    assert places == sorted(places)
    (job,) = typed.well("export", "list", "--json").json["items"]
    assert [named(one) for one in job["audiences"]] == ["VIP", "Spring Buyers"]
    assert (job["existing_users"], job["field_mappings"]) == (True, {"city": "City"})
    assert "running" in typed.well("export", "watch", ACCOUNT).out


def enter_and_leave(stage, typed):
    typed.well("trigger", "enter", JANE, "VIP", "--name", "Jane")
    stage.product.pump()
    assert stage.audiences() == {AMY: ["VIP"], JANE: ["VIP"]}

    typed.well("trigger", "exit", JANE, "vip")
    stage.product.pump()
    assert stage.audiences() == {AMY: ["VIP"]}
    assert (len(stage.lytics.subscriptions), stage.lytics.waiting) == (1, [])
    assert "sent" in typed.well("profile", "exports", JANE).out


def subscribe_and_be_erased(stage, typed):
    """A webhook makes a profile, and an erasure ends it."""
    where = f"{stage.client.name} / {stage.imported.title}"
    typed.well("trigger", "subscribe", NEW, where, "--name", "New")
    stage.product.pump()
    assert "New" in typed.well("profile", "show", NEW).out

    typed.well("profile", "erase", NEW, "--yes")
    assert typed("profile", "show", NEW).code == 1


def test_connecting_importing_exporting_and_erasing_need_nothing_but_the_command_line(tmp_path):
    with exporting(scenario=SMALL) as stage, terminal(tmp_path, stage.product, stage.lytics) as typed:
        stage.client = stage.vendor.clients[0]
        stage.imported = next(one for one in stage.client.lists.values() if one.id != stage.list.id)
        fields.add(stage.list, "City", "Text")

        connect(stage, typed)
        import_a_list(stage, typed)
        look_somebody_up(stage, typed)
        export_audiences(stage, typed)
        enter_and_leave(stage, typed)
        subscribe_and_be_erased(stage, typed)
        for kind in ("export", "import"):
            typed.well(kind, "delete", ACCOUNT, "--yes")
            assert typed.well(kind, "list", "--json").json["items"] == []
