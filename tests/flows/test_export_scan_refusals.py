"""An audience that Lytics does not give costs only its own existing users."""

import pytest

from tests.flows.exporting import exporting


@pytest.fixture
def stage():
    with exporting() as made:
        for n in range(3):
            made.lytics.place(f"v{n}@example.com", "vip")
            made.lytics.place(f"g{n}@example.com", "new")
        yield made


def existing(stage, export):
    return {one["slug"]: one for one in stage.job(export)["existing"]}


def begin(stage, *slugs, **more):
    answer = stage.create(*slugs, existing_users=True, **more)
    assert answer.status == 201, answer.body
    stage.subscribe(answer.json)
    return answer.json["id"]


def test_an_audience_that_lytics_does_not_know_any_more_fails_alone_and_is_tried_again_at_a_start(stage):
    export = begin(stage, "vip", "new")
    ghost = stage.lytics.account.audiences.pop("new")
    stage.run(twice=True)
    refused, listed = existing(stage, export), stage.failures(export)
    stage.lytics.enter("late@example.com", "vip")
    stage.run()
    with_triggers = sorted(stage.audiences())

    stage.lytics.account.audiences["new"] = ghost
    stage.api.post(f"/exports/{export}/stop")
    stage.api.post(f"/exports/{export}/start")
    stage.run(twice=True)

    assert stage.job(export)["status"] == "running"
    assert (refused["vip"]["read"], refused["vip"]["done"], "failed" in refused["vip"]) == (3, True, False)
    assert (refused["new"]["read"], refused["new"]["done"]) == (0, True)
    assert "does not have it" in refused["new"]["failed"]
    assert len(listed) == 1
    assert "audience 'new'" in listed[0]["message"]
    assert "stop the export and start it" in listed[0]["message"]
    assert with_triggers == ["late@example.com", "v0@example.com", "v1@example.com", "v2@example.com"]
    assert "failed" not in existing(stage, export)["new"]
    assert existing(stage, export)["new"]["read"] == 3
    assert len(stage.audiences()) == 7
    assert stage.product.dead_letters() == {}


def test_a_dry_run_concludes_without_the_audience_that_is_refused(stage):
    export = begin(stage, "vip", "new", dry_run=True)
    stage.lytics.account.audiences.pop("new")
    stage.run(twice=True)

    job = stage.job(export)
    plan = stage.api.get(f"/exports/{export}/plan").json["items"]
    assert (job["status"], "the dry run is over" in job["message"]) == ("stopped", True)
    assert sorted(one["email"] for one in plan) == ["v0@example.com", "v1@example.com", "v2@example.com"]
    assert "failed" in existing(stage, export)["new"]


def test_a_token_that_lytics_refuses_fails_the_scans_and_not_the_triggers(stage):
    export = begin(stage, "vip", "new")
    stage.lytics.faults.script("code", "scan", status=401, times=2)
    stage.run()
    stage.lytics.enter("late@example.com", "new")
    stage.run()

    assert stage.job(export)["status"] == "running"
    assert ["token" in one["failed"] for one in existing(stage, export).values()] == [True, True]
    assert stage.audiences() == {"late@example.com": ["New Readers"]}


def test_an_audience_that_cannot_be_had_for_two_days_is_given_up_alone(stage):
    export = begin(stage, "vip", "new")
    key = stage.lytics.account.audiences["new"].id
    stage.lytics.faults.script("500", f"{key}/scan", times=100_000)
    stage.run()
    stage.lytics.enter("late@example.com", "new")
    stage.run()

    assert stage.job(export)["status"] == "running"
    assert existing(stage, export)["new"]["failed"].startswith("given up after two days")
    assert existing(stage, export)["vip"]["read"] == 3
    assert stage.audiences()["late@example.com"] == ["New Readers"]
