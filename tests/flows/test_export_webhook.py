"""Who may tell an export of people, and what of it is kept."""

import time
from datetime import datetime

import pytest

from tests.flows.exporting import exporting


@pytest.fixture
def stage():
    with exporting() as made:
        yield made


def post(stage, url, *emails, slug="vip", event="enter", **data):
    """Deliver triggers to a URL as Lytics does; return the status."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stage.product.clock.now()))
    told = [
        {"data": {"email": email, **data, "segment_events": [{"slug": slug, "event": event, event: at}]}}
        for email in emails
    ]
    return stage.api.post(url.removeprefix(stage.product.url), told).status


def rotate(stage, export):
    answer = stage.api.post(f"/exports/{export}/rotate-webhook")
    assert answer.status == 200, answer.body
    return answer.json["audience_webhook_url"]


def memberships(stage):
    return {item["email"] for item in stage.product.items("MembershipsTable")}


def test_a_new_url_works_at_once_and_the_old_one_for_a_day(stage):
    export = stage.start("vip")
    first = stage.job(export)["audience_webhook_url"]

    second = rotate(stage, export)
    statuses = [post(stage, second, "a@example.com"), post(stage, first, "b@example.com")]
    stage.product.later(hours=23, minutes=59)
    late = post(stage, first, "c@example.com")
    stage.product.later(minutes=1)
    over = [post(stage, first, "d@example.com"), post(stage, second, "e@example.com")]
    stage.run()

    assert stage.job(export)["audience_webhook_url"] == second != first
    assert (statuses, late, over) == ([200, 200], 200, [404, 200])
    assert sorted(stage.audiences()) == ["a@example.com", "b@example.com", "c@example.com", "e@example.com"]


def test_an_export_tells_when_lytics_told_it_something_last(stage):
    silent, export = stage.start("buyers"), stage.start("vip")
    before = stage.job(export)["last_trigger_at"]
    stage.product.later(hours=1)

    post(stage, stage.job(export)["audience_webhook_url"], "jane@example.com")

    told = stage.job(export)["last_trigger_at"]
    listed = {one["id"]: one["last_trigger_at"] for one in stage.api.get("/exports").json["items"]}
    moment = datetime.fromisoformat(told).timestamp()
    assert before is None
    assert abs(moment - stage.product.clock.now()) < 60
    assert listed == {silent: None, export: told}


def test_every_old_url_has_its_own_day(stage):
    export = stage.start("vip")
    urls = [stage.job(export)["audience_webhook_url"], rotate(stage, export)]
    stage.product.later(hours=20)
    urls.append(rotate(stage, export))
    stage.product.later(hours=5)

    assert [post(stage, url, "a@example.com") for url in urls] == [404, 200, 200]
    stage.product.later(hours=20)
    assert [post(stage, url, "a@example.com") for url in urls] == [404, 404, 200]


def test_an_old_url_takes_what_a_changed_export_asks_for(stage):
    export = stage.start("vip")
    first = stage.job(export)["audience_webhook_url"]
    rotate(stage, export)
    stage.lytics.add_field("work")
    stage.api.patch(f"/exports/{export}", {"email_field": "work"})
    stage.run()
    stage.product.later(seconds=2)

    assert post(stage, first, "private@example.com", work="work@example.com") == 200
    stage.run()
    assert list(stage.audiences()) == ["work@example.com"]


def test_a_key_that_is_out_of_time_is_left_to_expire(stage):
    export = stage.start("vip")
    rotate(stage, export)
    day = 86_400

    ends = [float(item["expires_at"]) for item in stage.product.items("JobsTable") if "until" in item]

    assert ends == [pytest.approx(stage.product.clock.now() + day, abs=60)]


def test_a_stopped_export_can_have_a_new_url(stage):
    export = stage.start("vip")
    stage.api.post(f"/exports/{export}/stop")

    url = rotate(stage, export)
    status = post(stage, url, "a@example.com")
    stage.run()
    stage.api.post(f"/exports/{export}/start")
    stage.run()

    assert (status, list(stage.audiences())) == (200, ["a@example.com"])


def test_a_deleted_export_takes_nothing_at_any_of_its_urls(stage):
    export = stage.start("vip")
    urls = [stage.job(export)["audience_webhook_url"], rotate(stage, export), rotate(stage, export)]

    stage.api.delete(f"/exports/{export}")

    assert [post(stage, url, "a@example.com") for url in urls] == [404, 404, 404]
    assert stage.api.post(f"/exports/{export}/rotate-webhook").status == 404


@pytest.mark.parametrize("status", ["stopped", "failed"])
def test_who_moves_while_an_export_is_stopped_or_has_failed_is_sent_when_it_starts(stage, status):
    export = stage.start("vip")
    if status == "failed":
        stage.vendor.account.grants.revoke()
        stage.lytics.enter("first@example.com", "vip")
        stage.run()
        stage.product.connect(reconnect=stage.authorization)
    else:
        stage.api.post(f"/exports/{export}/stop")
    stage.lytics.enter("jane@example.com", "vip")
    stage.run()
    stage.api.post(f"/exports/{export}/start")
    stage.run()

    assert stage.audiences()["jane@example.com"] == ["VIP"]


def test_a_dry_run_that_is_over_keeps_nothing_of_what_it_is_told(stage):
    stage.lytics.place("there@example.com", "vip")
    dry = stage.create("vip", existing_users=True, dry_run=True).json
    stage.run()

    status = post(stage, dry["audience_webhook_url"], "late@example.com")
    stage.run()

    assert (status, memberships(stage)) == (200, {"there@example.com"})


@pytest.mark.parametrize("is_stopped", [True, False])
@pytest.mark.parametrize("event", ["enter", "exit", "change"])
def test_what_is_told_of_an_audience_that_is_not_the_exports_is_not_kept(stage, event, is_stopped):
    export = stage.start("vip")
    url = stage.job(export)["audience_webhook_url"]
    if is_stopped:
        stage.api.post(f"/exports/{export}/stop")

    post(stage, url, "jane@example.com", slug="new", event=event)
    at = int(stage.product.clock.now() * 1000)
    stage.tell(export, {"email": "no address", "slug": "new", "event": "enter", "at": at, "fields": {}})
    stage.run()

    assert memberships(stage) == set()
    assert [one["message"] for one in stage.failures(export)] == [
        "changes come for audience 'new', which is not one of this export's; they are left out"
    ]


def test_fields_that_are_not_mapped_are_not_kept(stage):
    export = stage.start("vip")
    stage.api.post(f"/exports/{export}/stop")

    at = int(stage.product.clock.now() * 1000)
    told = {"name": "Jane", "diagnosis": "private"}
    stage.tell(
        export, {"email": "jane@example.com", "slug": "vip", "event": "enter", "at": at, "fields": told}
    )
    stage.run()

    assert "Jane" in str(stage.product.items("MembershipsTable"))
    assert "private" not in str(stage.product.items("MembershipsTable"))
