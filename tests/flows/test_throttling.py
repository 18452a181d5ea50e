"""While AWS asks for patience, everything takes longer and ends as it would have: nothing lost, nothing counted twice."""

import json

import pytest

from simulators.browser import consent
from simulators.campaign_monitor.generator import EPOCH_NOW, World
from tests.deliveries import make_body, make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import listener, path_of, rows_of
from tests.flows.importing import Stage
from tests.product import Product

TINY = World(clients=1, lists=2, subscribers=40, campaigns=2, activity=80, journeys=1)
SHARE = 0.02
"""Chance of a call to begin a spell of throttling."""


def patiently(product, call):
    """What a caller does whom we cannot serve: ask again half a minute later, ten times at most."""
    for _ in range(10):
        answer = call()
        if answer.status < 500:
            return answer
        product.later(seconds=30)
    raise AssertionError(answer)


@pytest.mark.parametrize(
    ("services", "seed", "share"),
    [
        (("dynamodb",), 1, SHARE),
        (("dynamodb",), 2, SHARE),
        (("sqs",), 3, 5 * SHARE),
        (("kms", "secretsmanager", "scheduler"), 4, 0.4),
    ],
)
def test_an_import_under_throttling_ends_with_everybodys_profile(services, seed, share):
    with Stage(TINY) as stage:
        throttling = stage.product.throttle(seed=seed, share=share, services=services)
        wanted = {"authorization_id": stage.authorization, "client_id": stage.client.id, "keep_updated": True}

        answer = patiently(stage.product, lambda: stage.product.gateway.post("/imports", wanted))
        stage.job_id = answer.json["id"]
        stage.pump()

        stage.product.throttle()
        assert throttling.seen.total() > 0
        assert len(stage.product.gateway.get("/imports").json["items"]) == 1
        stage.assert_run_is_whole("scheduled")
        stage.assert_profiles_are_true()


def test_an_import_into_new_tables_waits_for_their_capacity():
    with Stage(TINY) as stage:
        stage.begin()
        throttling = stage.product.throttle(seed=1, write_units=60)

        stage.pump()

        stage.product.throttle()
        assert throttling.seen["items"] > 0
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


@pytest.mark.parametrize(
    ("services", "seed", "share"),
    [(("dynamodb",), 1, SHARE), (("dynamodb",), 2, SHARE), (("dynamodb", "sqs"), 3, 2 * SHARE)],
)
def test_an_export_under_throttling_brings_everybody_to_the_list_and_counts_them_once(services, seed, share):
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        people = [f"p{number}@example.com" for number in range(150)]
        for email in people:
            at = int(stage.product.clock.now() * 1000)
            stage.tell(export, {"email": email, "slug": "vip", "event": "enter", "at": at, "fields": {}})
        throttling = stage.product.throttle(seed=seed, share=share, services=services)

        stage.product.pump()

        stage.product.throttle()
        assert throttling.seen.total() > 0
        assert stage.product.dead_letters() == {}
        assert stage.failures(export) == []
        assert stage.audiences() == {email: ["VIP"] for email in people}
        assert stage.counts(export)["added"] == len(people)


HOURS = 3 * 3600
"""Longer than five deliveries of any queue's messages take."""


def test_an_import_outlasts_hours_without_dynamodb():
    with Stage(TINY) as stage:
        stage.begin()
        stage.product.throttle().refuse("dynamodb", HOURS)

        stage.pump()

        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


def test_an_export_outlasts_hours_without_dynamodb():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        at = int(stage.product.clock.now() * 1000)
        people = [f"p{number}@example.com" for number in range(12)]
        for email in people:
            stage.tell(export, {"email": email, "slug": "vip", "event": "enter", "at": at, "fields": {}})
        stage.product.throttle().refuse("dynamodb", HOURS)

        stage.product.pump()

        assert stage.product.dead_letters() == {}
        assert stage.audiences() == {email: ["VIP"] for email in people}
        assert stage.counts(export)["added"] == len(people)


@pytest.mark.parametrize("seconds", [900, 8 * 3600])
def test_a_batch_of_rows_outlasts_a_quarter_of_an_hour_and_a_night_without_dynamodb(seconds):
    with listener() as product:
        path = path_of(product, product.list)
        body = make_body(product.list.id, [make_event(email="late@example.com")])
        assert product.gateway.call("POST", path, body=body).status == 200
        product.throttle().refuse("dynamodb", seconds)

        product.pump()

        assert product.dead_letters() == {}
        assert rows_of(product, "late@example.com")


def test_a_batch_of_rows_outlasts_hours_in_which_dynamodb_is_read_but_not_written():
    with listener() as product:
        body = make_body(product.list.id, [make_event(email="late@example.com")])
        assert product.gateway.call("POST", path_of(product, product.list), body=body).status == 200
        product.throttle(write_units=0)
        end = product.clock.now() + 2 * HOURS
        product.pump(until=lambda: product.clock.now() > end)
        product.throttle()
        assert product.dead_letters() == {}

        product.pump()

        assert rows_of(product, "late@example.com")


@pytest.mark.parametrize("mark", ["x", 7, None, [], {}, {"since": "soon", "times": None, "id": {}}])
def test_a_mark_that_is_none_of_ours_stops_no_message_of_the_batch(mark):
    with listener() as product:
        queue = product.quick.sqs.queues[product.names["RowsQueue"]]
        for email in ("odd@example.com", "good@example.com"):
            body = make_body(product.list.id, [make_event(email=email)])
            assert product.gateway.call("POST", path_of(product, product.list), body=body).status == 200
        queue[0].body = json.dumps(json.loads(queue[0].body) | {"put_back": mark})
        product.throttle().refuse("dynamodb", 900)

        product.pump()

        assert product.dead_letters() == {}
        assert rows_of(product, "odd@example.com")
        assert rows_of(product, "good@example.com")


def test_what_was_put_back_stays_out_when_its_person_is_erased_meanwhile():
    with listener() as product:
        queue, body = (
            product.quick.sqs.queues[product.names["RowsQueue"]],
            make_event(email="gone@example.com"),
        )
        assert product.gateway.call(
            "POST", path_of(product, product.list), body=make_body(product.list.id, [body])
        )
        untold = json.loads(queue[0].body)
        del untold["received_at"]
        queue[0].body = json.dumps(untold)
        product.throttle().refuse("dynamodb", HOURS)
        product.pump(until=lambda: not queue)
        product.throttle()
        assert len(product.messages("BulkQueue")) == 1

        product.later(hours=1)
        assert product.gateway.call("DELETE", "/profiles/gone@example.com").status < 300
        product.later(hours=1)
        product.throttle().refuse("dynamodb", HOURS)  # so that it is sent once more, after the erasure
        product.pump()

        assert product.profile("gone@example.com").status == 404
        assert product.dead_letters() == {}


def test_rows_are_dead_letters_after_two_days_without_dynamodb_and_are_stored_by_a_redrive():
    with listener() as product:
        body = make_body(product.list.id, [make_event(email="late@example.com")])
        assert product.gateway.call("POST", path_of(product, product.list), body=body).status == 200
        product.throttle().refuse("dynamodb", 60 * 3600)
        product.pump(until=lambda: product.messages("BulkQueue"))
        product.later(hours=50)
        product.pump(until=lambda: "BulkDeadLetterQueue" in product.dead_letters())
        product.throttle()
        assert "BulkDeadLetterQueue" in product.dead_letters()

        assert product.gateway.post("/dead-letters/bulk/redrive", {}).status == 202
        product.pump()

        assert rows_of(product, "late@example.com")


@pytest.mark.parametrize(("services", "seed"), [(("dynamodb",), 1), (("sqs",), 2), (("dynamodb", "sqs"), 3)])
def test_what_a_webhook_tells_under_throttling_is_stored_once(services, seed):
    with listener() as product:
        path = path_of(product, product.list)
        product.throttle(seed=seed, share=0.2, services=services, longest=20)
        emails = [f"w{number}@example.com" for number in range(8)]

        for email in emails:
            body = make_body(product.list.id, [make_event(email=email)])
            answer = patiently(product, lambda body=body: product.gateway.call("POST", path, body=body))
            assert answer.json == {"accepted": 1}
        product.pump()

        product.throttle()
        assert product.dead_letters() == {}
        found = {email: len(rows_of(product, email)) for email in emails}
        assert len(set(found.values())) == 1, found
        assert all(product.profile(email).status == 200 for email in emails)


@pytest.mark.parametrize("seed", range(4))
def test_an_account_can_be_connected_under_throttling(seed):
    with Product(scenario=TINY, start=EPOCH_NOW) as product, product.clock.sleepless():
        product.throttle(seed=seed, share=0.1, services=("dynamodb", "kms", "secretsmanager"), longest=15)

        begun = patiently(product, lambda: product.gateway.post("/authorizations", {"description": "x"})).json
        for _ in range(10):
            status, _page = consent(begun["authorize_url"])
            if status == 200:
                break
            product.later(seconds=30)
            again = {"description": "x", "reconnect": begun["id"]}
            begun = patiently(
                product, lambda again=again: product.gateway.post("/authorizations", again)
            ).json

        product.throttle()
        known = product.gateway.get(f"/authorizations/{begun['id']}").json
        assert known["status"] == "active"
        assert product.gateway.get(f"/authorizations/{begun['id']}/clients").status == 200


@pytest.mark.parametrize(
    ("services", "share", "longest"), [(("kms",), 0.5, 60), (("kms", "dynamodb"), 0.15, 12)]
)
def test_tokens_that_were_refreshed_are_stored_however_long_kms_asks_for_patience(services, share, longest):
    with Stage(TINY) as stage:
        stage.imported()
        stage.product.later(days=20)  # the access token has ended
        stage.product.throttle(seed=3, share=share, services=services, longest=longest)

        patiently(stage.product, lambda: stage.post("run"))
        stage.pump()

        stage.product.throttle()
        stage.assert_run_is_whole()
        assert stage.product.gateway.get(f"/authorizations/{stage.authorization}").json["status"] == "active"


@pytest.mark.parametrize("service", ["scheduler", "sqs"])
def test_an_import_that_could_not_be_made_leaves_nothing(service):
    with Stage(TINY) as stage:
        stage.product.throttle(share=1.0, services=(service,), longest=1e9)
        wanted = {"authorization_id": stage.authorization, "client_id": stage.client.id, "keep_updated": True}

        answer = stage.product.gateway.post("/imports", wanted)

        stage.product.throttle()
        assert answer.status == 503
        assert stage.product.gateway.get("/imports").json["items"] == []


def test_an_export_that_could_not_be_made_leaves_nothing():
    with exporting(audiences={"vip": "VIP"}) as stage:
        stage.product.throttle(share=1.0, services=("sqs",), longest=1e9)

        answer = stage.create("vip")

        stage.product.throttle()
        assert answer.status == 503
        assert stage.api.get("/exports").json["items"] == []


def test_the_admin_is_known_while_the_secrets_cannot_be_read():
    with Product(scenario=TINY, start=EPOCH_NOW) as product:
        assert product.gateway.get("/imports").status == 200
        product.later(hours=1)
        product.throttle(share=1.0, services=("secretsmanager",), longest=1e9)

        assert product.gateway.get("/imports").status == 200


def test_a_schedule_that_fires_twice_starts_one_run():
    with Stage(TINY) as stage:
        stage.imported(keep_updated=True)
        stage.product.later(hours=1)
        before, tick = len(stage.vendor.calls), json.dumps({"job": stage.job_id, "task": "scheduled"})
        for _ in range(2):
            stage.product.sqs.send_message(QueueUrl=stage.product.names["PagesQueue"], MessageBody=tick)

        stage.pump()

        twice = len(stage.vendor.calls) - before
        stage.assert_run_is_whole("scheduled")
        stage.product.later(hours=1)
        stage.product.sqs.send_message(QueueUrl=stage.product.names["PagesQueue"], MessageBody=tick)
        stage.pump()
        assert twice <= 2 * (len(stage.vendor.calls) - before - twice)
        runs = [item for item in stage.product.items("JobsTable") if item["item"].startswith("run#")]
        assert len(runs) == 3
