"""After an account is connected again, what had failed without access goes on."""

import pytest

from simulators.browser import consent
from simulators.campaign_monitor.generator import World
from tests.aws.deaths import Deaths
from tests.flows.exporting import exporting

SMALL = World(clients=1, lists=1, subscribers=30, campaigns=2, activity=20, journeys=0)


@pytest.fixture
def stage():
    with exporting(scenario=SMALL) as made:
        yield made


def start_import(stage, **more):
    client = stage.vendor.clients[0].id
    return stage.product.start_import(stage.authorization, client, **more)


def again(stage):
    """Connect the account again by the route that is for it; return the page."""
    answer = stage.api.post(f"/authorizations/{stage.authorization}/reconnect")
    assert (answer.status, list(answer.json)) == (200, ["authorize_url"])
    status, page = consent(answer.json["authorize_url"])
    assert status == 200
    return page


def fail_both(stage, **more):
    """An import in the middle of its run and an export, both failed for want of access."""
    export = stage.start("vip", description="Best <b>people</b>")
    job = start_import(stage, **more)
    left = iter(range(4))
    stage.product.pump(until=lambda: next(left, None) is None)
    stage.vendor.account.grants.revoke()
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()
    assert (stage.product.job(job)["status"], stage.job(export)["status"]) == ("failed", "failed")
    return job, export


@pytest.mark.parametrize("twice", [False, True])
def test_what_failed_for_a_revoked_authorization_goes_on_where_it_was_and_the_page_says_which(stage, twice):
    job, export = fail_both(stage)
    run = stage.product.job(job)["run"]["id"]

    page = again(stage)
    stage.run(twice=twice)

    assert "goes on by itself" in page
    assert f"import {job}" in page
    assert "export Best &lt;b&gt;people&lt;/b&gt;" in page
    ended = stage.product.job(job)
    assert (ended["status"], ended["run"]["id"], ended["run"]["status"]) == ("completed", run, "succeeded")
    assert (stage.job(export)["status"], stage.job(export).get("message")) == ("running", None)
    assert stage.audiences()["jane@example.com"] == ["VIP"]
    assert stage.product.dead_letters() == {}


def test_connecting_again_by_the_older_request_does_the_same(stage):
    job, export = fail_both(stage)

    stage.product.connect(reconnect=stage.authorization)
    stage.run()

    assert (stage.product.job(job)["status"], stage.job(export)["status"]) == ("completed", "running")


def test_what_somebody_stopped_stays_stopped(stage):
    job, export = fail_both(stage)
    for path in (f"/imports/{job}", f"/exports/{export}"):
        stage.api.post(f"{path}/stop")

    page = again(stage)
    stage.run()

    assert "goes on by itself" not in page
    assert (stage.product.job(job)["status"], stage.job(export)["status"]) == ("stopped", "stopped")
    assert "jane@example.com" not in stage.audiences()


def test_what_failed_for_another_reason_stays_failed(stage):
    export = stage.create("vip").json["id"]
    stage.vendor.faults.script("code", "POST .*customfields", status=400, code=254, message="No")
    stage.run()

    page = again(stage)
    stage.run()

    assert "goes on by itself" not in page
    assert stage.job(export)["status"] == "failed"


def test_jobs_of_other_accounts_are_left_alone(stage):
    _, export = fail_both(stage)
    other = stage.product.connect("Another")
    stage.run()

    assert other != stage.authorization
    assert stage.job(export)["status"] == "failed"


@pytest.mark.parametrize("newer", ["awaited", "allowed", "denied"])
def test_an_older_consent_that_fails_has_nothing_to_say_beside_a_newer_one(stage, newer):
    path, busy, seen = f"/authorizations/{stage.authorization}", [], []
    exchanges = len(stage.vendor.calls_to("/oauth/token"))
    before = stage.api.get(path).json
    first = stage.api.post(f"{path}/reconnect").json["authorize_url"]

    def hear(_, operation):
        if operation != "UpdateItem" or busy or len(stage.vendor.calls_to("/oauth/token")) == exchanges:
            return
        busy.append(True)  # that the first consent has failed is about to be noted
        second = stage.api.post(f"{path}/reconnect").json["authorize_url"]
        if newer != "awaited":
            consent(second, allow=newer == "allowed")
        seen.append(stage.api.get(path).json)

    stage.vendor.faults.script("500-html", "/oauth/token")
    stage.product.quick.before.append(hear)
    status, _ = consent(first)

    assert status == 502
    assert [stage.api.get(path).json] == seen
    assert (seen[0]["answered_at"] == before["answered_at"]) is (newer == "awaited")
    assert (seen[0]["message"] is None) is (newer != "denied")


def silent(stage):
    """Connect again, with a callback that ends before it has told the jobs; return the URL that the browser had."""
    answer = stage.api.post(f"/authorizations/{stage.authorization}/reconnect")

    def hear(_, operation):
        if operation == "SendMessageBatch":
            raise OSError("the queue cannot be reached")

    stage.product.quick.before.append(hear)
    status, page = consent(answer.json["authorize_url"])
    stage.product.quick.before.remove(hear)
    assert (status, "Something went wrong" in page) == (500, True)
    assert stage.api.get(f"/authorizations/{stage.authorization}").json["status"] == "active"
    stage.run()


def tick(stage, job):
    stage.product.sqs.send_message(
        QueueUrl=stage.product.names["PagesQueue"], MessageBody=f'{{"job": "{job}", "task": "scheduled"}}'
    )
    stage.run()


def test_jobs_that_were_not_told_go_on_with_the_next_tick_and_the_next_trigger(stage):
    job, export = fail_both(stage, keep_updated=True)
    silent(stage)
    before = stage.product.job(job)["status"], stage.job(export)["status"]

    tick(stage, job)
    stage.lytics.enter("joe@example.com", "vip")
    stage.run()

    assert before == ("failed", "failed")
    assert stage.product.job(job)["status"] == "scheduled"
    assert stage.product.job(job)["run"]["status"] == "succeeded"
    assert stage.job(export)["status"] == "running"
    assert {"jane@example.com", "joe@example.com"} <= stage.audiences().keys()


def test_a_tick_and_a_trigger_without_access_change_nothing(stage):
    job, export = fail_both(stage, keep_updated=True)

    tick(stage, job)
    stage.lytics.enter("joe@example.com", "vip")
    stage.run()

    assert (stage.product.job(job)["status"], stage.job(export)["status"]) == ("failed", "failed")


@pytest.mark.parametrize("seed", range(6))
def test_workers_that_die_while_jobs_go_on_cost_nothing(stage, seed):
    job, export = fail_both(stage)

    again(stage)
    stage.run(deaths=Deaths(seed, 0.5), seed=seed)

    ended = stage.product.job(job)
    assert (ended["status"], ended["run"]["status"]) == ("completed", "succeeded")
    assert stage.job(export)["status"] == "running"
    assert stage.audiences()["jane@example.com"] == ["VIP"]


@pytest.mark.parametrize("kind", ["imports", "exports"])
def test_a_refusal_that_is_noticed_after_the_account_is_connected_again_does_not_keep_a_job_failed(
    stage, kind
):
    job = stage.start("vip") if kind == "exports" else start_import(stage)
    pages = []

    def hear(_, operation):
        if operation != "UpdateItem" or pages:
            return
        status = stage.api.get(f"/authorizations/{stage.authorization}").json["status"]
        if status == "revoked":  # it is stored, and what is about to be stored is that a job has failed
            pages.append(None)
            pages[0] = again(stage)

    stage.product.quick.before.append(hear)
    stage.vendor.account.grants.revoke()
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()

    assert len(pages) == 1
    assert "goes on by itself" not in pages[0]
    assert stage.product.job(job, kind)["status"] == {"imports": "completed", "exports": "running"}[kind]
    assert stage.audiences() == ({"jane@example.com": ["VIP"]} if kind == "exports" else {})
