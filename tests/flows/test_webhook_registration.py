"""Webhooks at Campaign Monitor: made, found, watched, repaired, rotated, removed."""

from itertools import count

import pytest

from tests.aws.deaths import Deaths
from tests.deliveries import make_event
from tests.flows.hooked import QUIET, failures_of, listener, path_of, post, post_unstorable, rows_of
from tests.product import Product


@pytest.fixture
def fresh():
    with listener() as product:
        yield product


@pytest.mark.parametrize("report_first", [True, False])
def test_an_unsubscribe_told_by_webhook_and_report_is_one_fact_with_the_columns_of_both(fresh, report_first):
    vendor, client = fresh.vendor, fresh.vendor.clients[0]
    vendor.subscribe(fresh.list, "leaver@example.com", "Leaver", at="2026-03-01 10:00")
    campaign = vendor.send_campaign(client, "Spring", [fresh.list], "2026-03-05 09:00")
    vendor.unsubscribe(fresh.list, "leaver@example.com", at="2026-03-05 14:30", campaign=campaign)

    steps = [vendor.deliver, lambda: fresh.gateway.post(f"/imports/{fresh.job_id}/run")]
    for step in reversed(steps) if report_first else steps:
        step()
        fresh.pump()

    fields = fresh.profile("leaver@example.com").json["fields"]
    left = [
        row["fields"]
        for row in rows_of(fresh, "leaver@example.com")
        if row["fields"].get("event") == "deactivate"
    ]
    assert fields["cm_email_event"]["deactivate"] == 1
    assert len(left) == 1
    assert left[0]["campaign_name"] == "Spring"
    assert left[0]["name"] == "Leaver"


def test_times_are_of_the_clients_zone(fresh):
    fresh.vendor.clients[0].time_zone = "(GMT+10:00) Canberra, Melbourne, Sydney"
    fresh.gateway.post(f"/imports/{fresh.job_id}/run")
    fresh.pump()

    post(fresh, make_event("Subscribe", Date="2026-01-05 14:30:00"))
    fresh.pump()

    assert {row["ts"] for row in rows_of(fresh, "jane@example.com")} == {"2026-01-05T03:30:00.000Z"}


def test_a_time_that_the_clients_clocks_skip_is_listed_and_costs_no_other_event(fresh):
    fresh.vendor.clients[0].time_zone = "(GMT+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"
    run(fresh)
    skipped = make_event(email="skipped@example.com", Date="2026-03-29 02:30:00")

    alone = post(fresh, skipped)
    among = post(fresh, skipped, make_event(Date="2026-03-29 03:30:00"))
    fresh.pump()

    assert [(one.status, one.json) for one in (alone, among)] == [(200, {"accepted": n}) for n in (0, 1)]
    assert {row["ts"] for row in rows_of(fresh, "jane@example.com")} == {"2026-03-29T01:30:00.000Z"}
    assert fresh.profile("skipped@example.com").status == 404
    assert [one["email"] for one in failures_of(fresh) if "skip" in one["message"]] == ["skipped@example.com"]


def test_keys_are_never_stored_or_logged(fresh, capfd):
    keys = [hook.url.rpartition("/")[2] for one in fresh.vendor.lists for hook in one.webhooks.values()]
    post(fresh, make_event())
    post(fresh, make_event(email=""))
    fresh.aws.out.add("sqs")
    post(fresh, make_event())
    fresh.aws.out.clear()
    fresh.gateway.post(f"/imports/{fresh.job_id}/rotate-webhooks")
    fresh.pump()
    fresh.gateway.post(f"/imports/{fresh.job_id}/stop")
    told = "".join(answer.body for answer in fresh.gateway.answers) + "".join(capfd.readouterr())
    stored = repr(fresh.items("JobsTable"))

    keys += [hook.url.rpartition("/")[2] for one in fresh.vendor.lists for hook in one.webhooks.values()]
    assert len(set(keys)) == len(fresh.vendor.lists)
    assert '"message":"handled"' in told  # what is logged is among it
    assert [key for key in keys if key in told or key in stored] == []


def hooks(product):
    return [hook for each in product.vendor.clients[0].lists.values() for hook in each.webhooks.values()]


def run(product):
    answer = product.gateway.post(f"/imports/{product.job_id}/run")
    assert answer.status == 202, answer.body
    product.pump()


def shown(product):
    return product.job(product.job_id)["webhooks"]


def test_every_list_has_one_webhook_that_tells_everything(fresh):
    made = [
        (hook.events, hook.payload_format, hook.active, hook.url.startswith(fresh.url))
        for hook in hooks(fresh)
    ]

    assert made == [(["Subscribe", "Update", "Deactivate"], "json", True, True)] * 2
    assert {(one["list_id"], one["webhook_id"]) for one in shown(fresh)} == {
        (each.id, hook.id) for each in fresh.vendor.lists for hook in each.webhooks.values()
    }


def test_it_is_there_before_the_first_subscriber_is_read(fresh):
    paths = [(call.method, call.path) for call in fresh.vendor.calls if fresh.list.id in call.path]
    made = next(number for number, call in enumerate(paths) if call[0] == "POST" and "webhooks" in call[1])
    read = next(number for number, call in enumerate(paths) if "active" in call[1])

    assert made < read


def test_another_run_costs_one_call_per_list_and_makes_nothing(fresh):
    before = [hook.id for hook in hooks(fresh)]
    fresh.vendor.calls.clear()

    run(fresh)

    assert [hook.id for hook in hooks(fresh)] == before
    assert len(fresh.vendor.calls_to("webhooks")) == 2


def events_of(product, name):
    return product.profile(f"{name}@example.com").json["fields"].get("cm_email_event")


class DyingAt(Deaths):
    """A worker dies just before the so-manieth AWS call of the pump."""

    def __init__(self, number):
        super().__init__()
        self.number, self.calls = number, count(1)

    def is_fatal(self, service, operation):
        return next(self.calls) == self.number


def test_workers_that_die_while_registering_leave_no_second_webhook_and_no_gap(fresh):
    for number in range(1, 60, 2):
        fresh.gateway.post(f"/imports/{fresh.job_id}/stop")
        fresh.pump()
        fresh.vendor.subscribe(fresh.list, f"joined{number}@example.com", "Joined")
        fresh.gateway.post(f"/imports/{fresh.job_id}/start")
        fresh.pump(deaths=(deaths := DyingAt(number)))

        assert deaths.count == 1
        assert len(hooks(fresh)) == 2
        assert {one["webhook_id"] for one in shown(fresh)} == {hook.id for hook in hooks(fresh)}
        assert events_of(fresh, f"joined{number}") == {"subscribe": 1}


def test_stopping_removes_the_webhooks_and_starting_brings_them_back(fresh):
    path = path_of(fresh, fresh.list)

    fresh.gateway.post(f"/imports/{fresh.job_id}/stop")
    gone, answer = hooks(fresh), post(fresh, make_event(), path=path)
    fresh.gateway.post(f"/imports/{fresh.job_id}/start")
    fresh.pump()

    assert (gone, answer.status) == ([], 404)
    assert len(hooks(fresh)) == len(shown(fresh)) == 2
    assert post(fresh, make_event()).status == 200


def test_a_run_that_is_resumed_has_its_webhooks_again(fresh):
    fresh.gateway.post(f"/imports/{fresh.job_id}/run")
    fresh.pump(until=lambda: len(fresh.vendor.calls_to("active")) > 2)
    fresh.gateway.post(f"/imports/{fresh.job_id}/stop")
    gone = hooks(fresh)

    fresh.gateway.post(f"/imports/{fresh.job_id}/start")
    fresh.pump()

    assert gone == []
    assert len(hooks(fresh)) == 2
    assert fresh.job(fresh.job_id)["status"] == "completed"


def test_deleting_removes_them_and_their_keys(fresh):
    fresh.gateway.delete(f"/imports/{fresh.job_id}")

    assert hooks(fresh) == []
    assert [item for item in fresh.items("JobsTable") if item["job"].startswith("key#")] == []


def test_a_refusal_that_comes_after_its_job_is_gone_leaves_nothing(fresh):
    post_unstorable(fresh, "late@example.com")
    fresh.gateway.delete(f"/imports/{fresh.job_id}")
    fresh.pump()

    left = [item for item in fresh.items("JobsTable") if item["job"] == fresh.job_id]
    assert (left, fresh.dead_letters(), fresh.messages("RowsQueue")) == ([], {}, [])


def test_a_vendor_that_cannot_be_reached_is_asked_again_by_the_queue(fresh):
    fresh.vendor.faults.script("503", "/webhooks", times=100)

    answer = fresh.gateway.post(f"/imports/{fresh.job_id}/stop")
    still = len(hooks(fresh))
    fresh.vendor.faults.clear()
    fresh.pump()

    assert (answer.status, still) == (200, 2)
    assert hooks(fresh) == []


def test_a_revoked_authorization_does_not_keep_a_job_from_stopping(fresh):
    fresh.vendor.account.grants.revoke()

    answer = fresh.gateway.post(f"/imports/{fresh.job_id}/stop")

    assert (answer.status, answer.json["webhooks"]) == (200, [])
    assert [item for item in fresh.items("JobsTable") if item["job"].startswith("key#")] == []


def test_a_new_list_gets_one_at_the_next_run_and_a_list_that_is_gone_loses_it(fresh):
    client = fresh.vendor.clients[0]
    gone = list(client.lists)[1]
    del client.lists[gone]
    made = fresh.vendor.account.add_list(client, "New")

    run(fresh)

    assert {one["list_id"] for one in shown(fresh)} == {fresh.list.id, made.id}
    assert len(made.webhooks) == 1


def test_rotation_gives_a_new_url_and_the_old_one_works_until_the_vendor_has_it(fresh):
    old = path_of(fresh, fresh.list)

    answer = fresh.gateway.post(f"/imports/{fresh.job_id}/rotate-webhooks")
    meanwhile = post(fresh, make_event(), path=old)
    fresh.pump()

    assert (answer.status, meanwhile.status) == (202, 200)
    assert path_of(fresh, fresh.list) != old
    assert post(fresh, make_event(), path=old).status == 404
    assert post(fresh, make_event()).status == 200
    assert len(hooks(fresh)) == 2


def test_rotation_that_the_vendor_puts_off_keeps_the_old_key_until_it_has_the_new_one(fresh):
    old = path_of(fresh, fresh.list)
    fresh.vendor.faults.script("503", "POST .*/webhooks", times=2)
    fresh.gateway.post(f"/imports/{fresh.job_id}/rotate-webhooks")

    fresh.pump(until=lambda: len(fresh.vendor.calls_to("webhooks", "POST")) == 4)
    meanwhile = post(fresh, make_event(), path=old)
    fresh.pump()

    assert meanwhile.status == 200
    assert post(fresh, make_event(), path=old).status == 404
    assert post(fresh, make_event()).status == 200
    assert len(hooks(fresh)) == 2


@pytest.mark.parametrize("how", ["deactivated", "deleted", "changed"])
def test_a_dead_webhook_is_noticed_repaired_and_its_gap_is_filled(fresh, how):
    vendor = fresh.vendor
    vendor.subscribe(fresh.list, "before@example.com", "Before", at="2026-03-01 10:00")
    vendor.deliver()
    fresh.pump()
    (hook,) = fresh.list.webhooks.values()
    if how == "deactivated":
        vendor.fail_for_a_week(hook)
    elif how == "deleted":
        del fresh.list.webhooks[hook.id]
    else:
        hook.events = ["Subscribe"]
        hook.active = False
    vendor.subscribe(fresh.list, "joined@example.com", "Joined")
    vendor.unsubscribe(fresh.list, "before@example.com")
    vendor.subscribe(fresh.list, "bounced@example.com", "Bounced")
    vendor.bounce(fresh.list, "bounced@example.com")

    run(fresh)

    events = {name: events_of(fresh, name) for name in ("before", "joined", "bounced")}
    assert events == {
        "before": {"subscribe": 1, "deactivate": 1},
        "joined": {"subscribe": 1},
        "bounced": {"deactivate": 1},
    }
    assert fresh.profile("before@example.com").json["fields"]["cm_unsub_ts"]
    assert [hook.active for hook in fresh.list.webhooks.values()] == [True]
    assert all(one["active"] for one in shown(fresh))


@pytest.mark.parametrize("how", ["deleted at once", "deleted late", "never deleted"])
def test_what_happened_while_the_import_was_stopped_is_filled_in(fresh, how):
    vendor = fresh.vendor
    vendor.subscribe(fresh.list, "before@example.com", "Before", at="2026-03-01 10:00")
    vendor.deliver()
    fresh.pump()
    if how != "deleted at once":
        vendor.faults.script("503", "DELETE .*/webhooks", times=1000)
    fresh.gateway.post(f"/imports/{fresh.job_id}/stop")
    if how == "deleted late":
        vendor.faults.clear()
        fresh.pump()
    vendor.subscribe(fresh.list, "joined@example.com", "Joined")
    vendor.unsubscribe(fresh.list, "before@example.com")
    vendor.subscribe(fresh.list, "bounced@example.com", "Bounced")
    vendor.bounce(fresh.list, "bounced@example.com")
    vendor.deliver()

    fresh.gateway.post(f"/imports/{fresh.job_id}/start")
    fresh.pump()
    vendor.faults.clear()
    first = {name: events_of(fresh, name) for name in ("before", "joined", "bounced")}
    vendor.account.outbox.deliver_all()
    run(fresh)

    assert first == {
        "before": {"subscribe": 1, "deactivate": 1},
        "joined": {"subscribe": 1},
        "bounced": {"deactivate": 1},
    }
    assert {name: events_of(fresh, name) for name in ("before", "joined")} == {
        name: first[name] for name in ("before", "joined")
    }
    assert [item for item in fresh.items("JobsTable") if "gap_since" in item] == []
    assert len(hooks(fresh)) == len(shown(fresh)) == 2


def test_what_happened_while_a_run_was_stopped_half_way_is_filled_in_before_it_ends(fresh):
    fresh.gateway.post(f"/imports/{fresh.job_id}/run")
    fresh.pump(until=lambda: len(fresh.vendor.calls_to("active")) > 2)
    stopped = fresh.gateway.post(f"/imports/{fresh.job_id}/stop").json["run"]["id"]
    for number, each in enumerate(fresh.vendor.lists):
        fresh.vendor.subscribe(each, f"joined{number}@example.com", "Joined")
    fresh.gateway.post(f"/imports/{fresh.job_id}/start")

    fresh.pump()

    job = fresh.job(fresh.job_id)
    assert [events_of(fresh, f"joined{number}") for number in (0, 1)] == [{"subscribe": 1}] * 2
    assert (job["status"], job["run"]["id"], job["run"]["status"]) == ("completed", stopped, "succeeded")
    assert len(hooks(fresh)) == 2


@pytest.mark.parametrize("calls", range(3, 24, 4))
def test_a_first_run_that_is_stopped_twice_knows_in_the_end_what_happened_meanwhile(calls):
    with Product(scenario=QUIET) as product:
        product.job_id = product.start_import(product.connect(), product.vendor.clients[0].id)
        for number in (1, 2):
            interrupt(product, calls * number, f"joined{number}@example.com")

        product.pump()

        assert_run_is_over(product)
        for number in (1, 2):
            assert statuses_of(product, f"joined{number}") == dict.fromkeys(
                (one.id for one in product.vendor.lists), "active"
            )


@pytest.mark.parametrize("number", range(11, 200, 31))
def test_workers_that_die_while_a_stopped_run_goes_on_cost_nothing(number):
    with Product(scenario=QUIET) as product:
        product.job_id = product.start_import(product.connect(), product.vendor.clients[0].id)
        interrupt(product, 14, "joined@example.com")

        product.pump(deaths=(deaths := DyingAt(number)))

        assert deaths.count == 1
        assert_run_is_over(product)
        assert statuses_of(product, "joined") == dict.fromkeys(
            (one.id for one in product.vendor.lists), "active"
        )


def interrupt(product, calls, email):
    """Stop the import after so many calls, let somebody join every list, and start it again."""
    product.pump(until=lambda: len(product.vendor.calls) > calls)
    product.gateway.post(f"/imports/{product.job_id}/stop")
    for each in product.vendor.lists:
        product.vendor.subscribe(each, email, "Joined")
    product.gateway.post(f"/imports/{product.job_id}/start")


def assert_run_is_over(product):
    job = product.job(product.job_id)
    assert (job["status"], job["run"]["status"], job["run"]["failed_pages"]) == ("completed", "succeeded", 0)
    assert [item for item in product.items("JobsTable") if item["item"].startswith("parked#")] == []


def statuses_of(product, name):
    """By list: the state of somebody, as the rows have it."""
    rows = [row["fields"] for row in rows_of(product, f"{name}@example.com") if row["stream"] == "cm_user"]
    return {row["list_id"]: row["status"] for row in rows}


def test_a_filled_gap_is_not_filled_again_and_a_late_delivery_adds_nothing(fresh):
    vendor = fresh.vendor
    (hook,) = fresh.list.webhooks.values()
    vendor.subscribe(fresh.list, "joined@example.com", "Joined")
    hook.active = False
    run(fresh)
    hook.active = True
    vendor.deliver()
    fresh.pump()
    fresh.vendor.calls.clear()

    run(fresh)

    assert events_of(fresh, "joined") == {"subscribe": 1}
    registered = [item for item in fresh.items("JobsTable") if item["item"].startswith("webhook#")]
    assert [item for item in registered if "gap_since" in item] == []


def test_a_gap_outlives_workers_that_die_in_the_repair(fresh):
    vendor = fresh.vendor
    for number in range(1, 60, 2):
        (hook,) = fresh.list.webhooks.values()
        hook.active = False
        vendor.subscribe(fresh.list, f"joined{number}@example.com", "Joined")
        fresh.gateway.post(f"/imports/{fresh.job_id}/run")
        fresh.pump(deaths=(deaths := DyingAt(number)))

        assert deaths.count == 1
        assert events_of(fresh, f"joined{number}") == {"subscribe": 1}
        assert [hook.active for hook in fresh.list.webhooks.values()] == [True]


def test_duplicates_and_orphans_of_ours_are_cleared_away_and_strangers_are_left_alone(fresh):
    (hook,) = fresh.list.webhooks.values()
    add = fresh.list.webhooks.setdefault
    add("twin", type(hook)("twin", list(hook.events), hook.url, "json"))
    add("orphan", type(hook)("orphan", ["Update"], f"{fresh.url}/webhooks/campaign-monitor/nobodys", "json"))
    add(
        "other",
        type(hook)("other", ["Update"], "https://example.com/webhooks/campaign-monitor/theirs", "json"),
    )

    run(fresh)

    assert len(fresh.list.webhooks) == 2
    assert "other" in fresh.list.webhooks


def test_two_imports_of_one_list_have_their_own(fresh):
    second = fresh.start_import(fresh.connect("Other"), fresh.vendor.clients[0].id)
    fresh.pump()
    kept = len(fresh.list.webhooks)
    fresh.gateway.delete(f"/imports/{second}")

    assert kept == 2
    assert len(fresh.list.webhooks) == 1
    assert post(fresh, make_event()).status == 200


def test_a_vendor_that_refuses_the_webhook_does_not_stop_the_import(fresh):
    fresh.gateway.post(f"/imports/{fresh.job_id}/stop")
    fresh.vendor.faults.script("code", "POST .*/webhooks", code=601, message="Invalid webhook URL", times=100)

    fresh.gateway.post(f"/imports/{fresh.job_id}/start")
    fresh.pump()

    assert fresh.job(fresh.job_id)["run"]["status"] == "succeeded"
    assert len([failure for failure in failures_of(fresh) if "no webhook" in failure["message"]]) == 2


def test_the_job_shows_the_last_delivery(fresh):
    post(fresh, make_event())

    shown_now = {one["list_id"]: one["last_delivery_at"] is not None for one in shown(fresh)}
    assert [shown_now.pop(fresh.list.id), *shown_now.values()] == [True, False]
