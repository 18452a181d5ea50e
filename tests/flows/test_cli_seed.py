"""The whole product by the command line alone, in the order of the two forms of its owner."""

import sys

from lytics_cm_cli.drawing.words import named
from simulators.campaign_monitor import fields
from simulators.campaign_monitor.generator import World
from tests.flows.exporting import AUDIENCES, exporting
from tests.terminal import terminal

SMALL = World(clients=2, lists=2, subscribers=60, campaigns=2, activity=160, journeys=0)
JANE = "jane@example.com"
ALLOWING = f"{sys.executable} -m simulators.browser %s"


def test_connecting_importing_exporting_and_erasing_need_nothing_but_the_command_line(tmp_path):
    with exporting(scenario=SMALL) as stage, terminal(tmp_path, stage.product, stage.lytics) as typed:
        client, target = stage.vendor.clients[0], stage.list
        fields.add(target, "City", "Text")
        lists = [one for one in client.lists.values() if one.id != target.id]

        connected = typed.program("connect", "Demo account", BROWSER=ALLOWING)
        assert (connected.code, connected.errors) == (0, ""), connected
        assert "Demo account" in typed.well("accounts").out
        assert [
            one["name"] for one in typed.well("clients", "--account", "Demo account", "--json").json["items"]
        ] == [one.name for one in stage.vendor.clients]
        where = ("--account", "Demo account", "--client", client.name)
        shown = typed.well("lists", *where).out
        assert all(one.title in shown for one in client.lists.values())

        started = typed.well(
            *("import", "start"),
            answers=["Demo account", client.name, lists[0].title, "y", "y", "30", "y"],
        )
        assert [
            word in started.out
            for word in ("Client (number", "Lists (numbers", "Show advanced", "Start import?")
        ]
        stage.product.pump()
        (job,) = typed.well("import", "list", "--json").json["items"]
        assert (job["client_id"], job["list_ids"]) == (client.id, [lists[0].id])
        assert (job["keep_updated"], job["every_minutes"]) == (True, 30)
        watched = typed.well("import", "watch", "Demo account")
        assert "succeeded" in watched.out
        assert "all pages" in watched.out
        assert (
            "–" not in typed.well("import", "runs", "Demo account").out.splitlines()[1].split("succeeded")[0]
        )

        found = typed.well("profile", "find", "--all", "--json").json["items"]
        email = max(found, key=lambda one: one["rows"])["email"]
        assert email in typed.well("profile", "show", email).out
        assert "cm_email_event" in typed.well("profile", "explain", email).out
        assert "sent" in typed.well("profile", "rows", email).out

        assert all(name in typed.well("audiences").out for name in AUDIENCES.values())
        stage.lytics.place(stage.lytics.person("amy@example.com", name="Amy", city="Oslo"), "vip")
        typed.well(
            *("export", "start"),
            answers=[
                *("Demo account", target.title, "VIP,buyers", "y"),
                *("y", "n", "n", "", "", "city=City", "y"),
            ],
        )
        stage.product.pump()
        (export,) = typed.well("export", "list", "--json").json["items"]
        assert [named(one) for one in export["audiences"]] == ["VIP", "Spring Buyers"]
        assert (export["existing_users"], export["field_mappings"]) == (True, {"city": "City"})
        assert "running" in typed.well("export", "watch", "Demo account").out

        typed.well("trigger", "enter", JANE, "VIP", "--name", "Jane")
        stage.product.pump()
        assert stage.audiences() == {"amy@example.com": ["VIP"], JANE: ["VIP"]}
        typed.well("trigger", "exit", JANE, "vip")
        stage.product.pump()
        assert stage.audiences() == {"amy@example.com": ["VIP"]}
        assert [len(stage.lytics.subscriptions), stage.lytics.waiting] == [1, []]
        assert "sent" in typed.well("profile", "exports", JANE).out

        typed.well(
            "trigger", "subscribe", "new@example.com", f"{client.name} / {lists[0].title}", "--name", "New"
        )
        stage.product.pump()
        assert "New" in typed.well("profile", "show", "new@example.com").out
        typed.well("profile", "erase", "new@example.com", "--yes")
        assert typed("profile", "show", "new@example.com").code == 1

        typed.well("export", "delete", "Demo account", "--yes")
        typed.well("import", "delete", "Demo account", "--yes")
        assert typed.well("import", "list", "--json").json["items"] == []
