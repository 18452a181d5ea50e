"""The life of a stack: upgrade, going back, rotation, restore and removal, while jobs go on. Nothing is lost, nothing counted twice."""

import time
from uuid import uuid4

import pytest

from local.connecting import connect
from lytics_cm.web import rfc3339
from tests.e2e.runs import until
from tests.operations.builds import PRESENT
from tests.operations.town import AUDIENCES, PATIENCE_SECONDS, Callers

TABLES = (
    "AuthorizationsTable",
    "JobsTable",
    "RowsTable",
    "ProfilesTable",
    "StreamsTable",
    "MembershipsTable",
)
KEPT_BY = {name: f"{name}Name" for name in TABLES} | {
    name: name for name in ("TokensKeyArn", "HashSecretArn")
}
"""The parameter that takes up what a stack had, by its output."""


def test_an_upgrade_from_the_last_landed_commit_with_a_run_and_an_export_going_on(town):
    town.deploy("earlier")
    town.begin()
    town.until_half_way()
    until(town.hooks)
    before = town.admin.get("/system")["version"]

    with Callers(town) as callers:
        town.deploy("present")
    run = town.ended()
    after = town.admin.get("/system")["version"]

    assert (before != PRESENT, after) == (True, PRESENT)
    assert run["started_at"] < town.deployed_at() < run["finished_at"]
    assert (run["status"], run["rejected"]) == ("succeeded", 0)
    assert callers.count > 10
    assert callers.refused == []
    assert town.wrong() == {}
    until(lambda: town.exported() == town.to_export(), PATIENCE_SECONDS)
    assert town.exported() == town.to_export()


def test_what_the_older_version_cannot_read_are_dead_letters_that_the_newer_one_takes_again(town):
    town.news()
    with Callers(town) as callers:
        town.deploy("newer")
        with town.held("Bulk"):
            town.run_again()
            until(town.has_read, PATIENCE_SECONDS)
            town.deploy("present")
    until(lambda: bulk_letters(town) > 0, PATIENCE_SECONDS)
    laid_aside = bulk_letters(town)
    run = town.ended()

    with Callers(town) as again:
        town.deploy("newer")
    town.redrive()
    town.ended()

    assert callers.refused + again.refused == []
    assert (laid_aside > 0, bulk_letters(town)) == (True, 0)
    assert run["status"] == "failed"
    assert town.wrong() == {}
    until(lambda: town.exported() == town.to_export(), PATIENCE_SECONDS)
    assert town.exported() == town.to_export()


def bulk_letters(town):
    (told,) = [one["messages"] for one in town.admin.get("/dead-letters")["items"] if one["queue"] == "bulk"]
    return told


def test_every_secret_is_rotated_while_a_run_and_an_export_go_on(town):
    town.news()
    town.begin_run()
    session = town.admin.post("/sessions", {"name": "Ann", "role": "viewer", "hours": 1})["token"]
    town.admin.get("/audiences")  # a function that knows the token of before
    old_hook, old_trigger = town.hooks()[0], town.export["audience_webhook_url"]

    with Callers(town) as callers:
        before = town.rotate_admin_token()
        old = [town.refuses(f"bearer {before}"), town.refuses(f"Bearer {session}")]
        secret = uuid4().hex
        town.vendor(client_secret=secret)
        with pytest.raises(RuntimeError, match="was not connected"):
            connect(town.admin, "With the secret of before")
        town.put("campaign-monitor", secret)
        connected = connect(town.admin, "With the new secret")
        town.put("lytics", town.lytics(rotate=True)["token"])
        audiences = town.admin.get("/audiences")["items"]
        plan = town.planned()
        town.admin.post(f"/imports/{town.job['id']}/rotate-webhooks")
        town.export = town.admin.post(f"/exports/{town.export['id']}/rotate-webhook")
        until(lambda: town.hooks() != [old_hook], PATIENCE_SECONDS)
        told_by_old = callers.tell_old(old_trigger)
    run = town.ended()

    assert old == [True, True]
    assert connected["status"] == "active"
    assert sorted(one["slug"] for one in audiences) == sorted(AUDIENCES)
    assert sum(plan.values()) > 0
    assert (town.hooks() != [old_hook], town.export["audience_webhook_url"] != old_trigger) == (True, True)
    assert (told_by_old, callers.refused) == (200, [])
    assert run["status"] == "succeeded"
    assert town.wrong() == {}
    until(lambda: town.exported() == town.to_export(), PATIENCE_SECONDS)
    assert town.exported() == town.to_export()


def test_restored_tables_are_used_by_name_and_who_was_erased_since_is_erased_again(town):
    at_that_second = town.people()
    own = {name: town.up.output(name) for name in TABLES}
    began = rfc3339(int(time.time() * 1000))
    restored = town.restore(own)
    gone, *_ = town.hooked
    town.admin.call("DELETE", f"/profiles/{gone}")
    town.news(tells=False)  # what webhooks alone have told since is lost
    town.run_again()
    town.ended()
    town.lose_rows(own["RowsTable"])

    town.deploy(**{f"{name}Name": table for name, table in restored.items()})
    back = town.people()
    erased = town.erase_again(own["JobsTable"], began)
    town.hooked.remove(gone)
    town.tell()
    town.run_again()
    run = town.ended()

    assert back == at_that_second
    assert {name: town.up.output(name) for name in TABLES} == restored
    assert erased == "erased again: 1\n"
    assert run["status"] == "succeeded"
    assert town.wrong() == {}
    assert town.up.client("dynamodb").scan(TableName=own["JobsTable"], Select="COUNT")["Count"] > 0


def test_a_removed_stack_leaves_what_cannot_be_had_again_and_a_new_one_takes_it_up(town):
    """The new one has versions behind an alias, as for a gradual rollout: everything goes by them."""
    kept = {name: town.up.output(name) for name in (*TABLES, "TokensKeyArn", "HashSecretArn")}
    town.admin.post(f"/imports/{town.job['id']}/stop")
    town.admin.post(f"/exports/{town.export['id']}/stop")
    exported = town.exported()
    town.site.remove()
    left = town.left()

    town.site.name = "lytics-cm-again"  # names are not random here: the old ones would be taken
    town.roll_out("newer", {"snap_start": True})
    town.deploy("rolled out", **{KEPT_BY[name]: value for name, value in kept.items()})
    town.hurry()
    for path in (f"/imports/{town.job['id']}", f"/exports/{town.export['id']}"):
        town.admin.post(f"{path}/start")
    town.export = town.admin.get(f"/exports/{town.export['id']}")
    until(town.hooks, PATIENCE_SECONDS)
    town.news()
    with Callers(town) as callers:
        run = town.ended()

    assert left >= {*kept.values()}
    assert set(map(str, town.aliases().values())) == {"[('live', '1')]"}
    assert town.exported().items() >= exported.items()
    assert callers.refused == []
    assert run["status"] == "succeeded"
    assert town.wrong() == {}
    until(lambda: town.exported() == town.to_export(), PATIENCE_SECONDS)
    assert town.exported() == town.to_export()
