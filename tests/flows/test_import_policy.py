"""What an import allows of its data: told and checked by the API, and held by profiles' policies."""

import json

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer

from lytics_cm.store.jobs import ImportJobs
from lytics_cm.store.policies import Policy, by_client
from lytics_cm.store.runs import Runs
from simulators.campaign_monitor.generator import World
from tests.flows.importing import Stage

TINY = World(clients=1, lists=1, subscribers=4, campaigns=0, activity=0, journeys=0)
DEFAULT = {
    "tracking_consent": "respect",
    "keep_last_open_day": False,
    "keep_rows_days": None,
    "drop_columns": ["ip", "signup_ip"],
    "hash_columns": [],
}
ANOTHER = {
    "tracking_consent": "strict",
    "keep_last_open_day": True,
    "keep_rows_days": 90,
    "drop_columns": ["custom.*", "name"],
    "hash_columns": ["mobile", "custom.Plan"],
}
ERRAND = {"policies": True}


@pytest.fixture(scope="module")
def shared():
    with Stage(TINY) as made:
        yield made


@pytest.fixture
def stage(shared):
    """A stage whose client has no import."""
    yield shared
    for job in shared.product.gateway.get("/imports").json["items"]:
        shared.product.gateway.delete(f"/imports/{job['id']}")
    shared.pump()


def wanted(stage, **more):
    return {"authorization_id": stage.authorization, "client_id": stage.client.id, **more}


def told(job, names=DEFAULT):
    return {name: job[name] for name in names}


def in_force(stage):
    """What profiles follow for the client, as StreamsTable has it."""
    items = [item for item in stage.product.items("StreamsTable") if item["id"] == "mapping"]
    wire = TypeSerializer().serialize
    found = by_client({name: wire(value) for name, value in items[0].items()}) if items else {}
    return found.get(stage.client.id, Policy()).shape()


def errands(stage):
    sent = map(json.loads, stage.product.messages("BulkQueue"))
    return [ERRAND for body in sent if body == ERRAND | {"origin": body.get("origin")}]


def test_an_import_that_says_nothing_has_the_defaults(stage):
    stage.begin()

    assert told(stage.job) == DEFAULT
    assert stage.job["rows_since"] is None
    assert told(stage.job["in_force"]) == in_force(stage) == DEFAULT
    assert errands(stage) == []


def test_what_an_import_allows_is_told_and_holds(stage):
    stage.begin(**ANOTHER, rows_since="2026-02-28")

    assert told(stage.job) == ANOTHER
    assert stage.job["rows_since"] == "2026-02-28"
    assert in_force(stage) == told(stage.job["in_force"]) == ANOTHER


def test_an_explicit_list_of_columns_replaces_the_default(stage):
    stage.begin(drop_columns=[])

    assert stage.job["drop_columns"] == in_force(stage)["drop_columns"] == []


def test_the_key_of_a_custom_field_may_be_told_as_campaign_monitor_writes_it(stage):
    stage.begin(drop_columns=["custom.[Shoe size]", "custom.Shoe size", "ip"])

    assert stage.job["drop_columns"] == ["custom.Shoe size", "ip"]


def test_everybody_is_gone_through_after_a_change_and_not_without_one(stage):
    stage.begin()
    stage.pump()
    before = errands(stage)
    stage.change(tracking_consent="strict")
    tightened = errands(stage)
    stage.pump()
    stage.change(tracking_consent="strict", description="nothing new")

    assert (before, tightened, errands(stage)) == ([], [ERRAND], [])
    assert in_force(stage)["tracking_consent"] == stage.job["tracking_consent"] == "strict"


def test_a_change_names_what_it_changes_and_the_rest_stays(stage):
    stage.begin(**ANOTHER)

    changed = stage.change(keep_rows_days=None, hash_columns=[])

    assert told(changed) == in_force(stage) == ANOTHER | {"keep_rows_days": None, "hash_columns": []}


def test_the_strictest_of_several_imports_holds_and_each_says_so(stage):
    stage.begin(tracking_consent="ignore", drop_columns=[])
    first = stage.job_id
    stage.begin(tracking_consent="strict")
    strict = stage.job

    shown = {job["id"]: job["in_force"] for job in stage.product.gateway.get("/imports").json["items"]}
    assert told(stage.product.job(first))["tracking_consent"] == "ignore"
    assert shown == {first: DEFAULT | {"tracking_consent": "strict"}, strict["id"]: strict["in_force"]}
    stage.product.gateway.delete(f"/imports/{strict['id']}")
    assert in_force(stage)["tracking_consent"] == "ignore"
    stage.product.gateway.delete(f"/imports/{first}")
    assert in_force(stage) == DEFAULT


def test_an_import_made_before_there_were_policies_counts_with_its_defaults(stage):
    stage.begin()
    stage.product.dynamodb.delete_item(TableName="StreamsTable", Key={"id": {"S": "mapping"}})
    for name in (*DEFAULT, "rows_since"):
        forget_attribute(stage, name)

    stage.begin(tracking_consent="ignore")

    assert [told(job) for job in stage.product.gateway.get("/imports").json["items"]] == [
        DEFAULT,
        DEFAULT | {"tracking_consent": "ignore"},
    ]
    assert in_force(stage)["tracking_consent"] == "respect"


def forget_attribute(stage, name):
    stage.product.dynamodb.update_item(
        TableName="JobsTable",
        Key={"job": {"S": "import"}, "item": {"S": stage.job_id}},
        UpdateExpression="REMOVE #name",
        ExpressionAttributeNames={"#name": name},
    )


def test_of_two_changes_at_once_the_one_that_the_job_says_in_the_end_holds(stage):
    stage.begin()
    waiting = [{"tracking_consent": "ignore", "keep_rows_days": 7}]

    def another_changes_the_job(_, operation):
        if operation == "PutItem" and waiting:
            ImportJobs(boto3.resource("dynamodb").Table("JobsTable")).update(stage.job_id, waiting.pop())

    stage.product.quick.before.append(another_changes_the_job)
    try:
        stage.change(tracking_consent="strict")
    finally:
        stage.product.quick.before.remove(another_changes_the_job)

    assert waiting == []
    assert told(stage.job) == in_force(stage) == DEFAULT | {"tracking_consent": "ignore", "keep_rows_days": 7}


def test_a_job_that_is_deleted_while_it_is_changed_says_nothing(stage):
    stage.begin()
    waiting = [stage.job_id]

    def another_deletes_the_job(_, operation):
        if operation == "PutItem" and waiting:
            ImportJobs(boto3.resource("dynamodb").Table("JobsTable")).delete(waiting.pop())

    stage.product.quick.before.append(another_deletes_the_job)
    try:
        answer = stage.product.gateway.patch(f"/imports/{stage.job_id}", {"tracking_consent": "strict"})
    finally:
        stage.product.quick.before.remove(another_deletes_the_job)

    assert answer.status == 404
    assert in_force(stage) == DEFAULT


def test_rows_that_profiles_withheld_are_counted_in_the_run(stage):
    stage.begin()
    runs = Runs(boto3.resource("dynamodb").Table("JobsTable"))
    of = {"job": stage.job_id, "run": stage.job["run"]["id"]}
    before = stage.job["run"]["withheld"]

    for _ in range(2):
        runs.settle_all(of, {"a/rows0": {"cm_activity": 1, "withheld": 3}, "b/rows0": {"withheld": 1}}, 0)

    assert (before, stage.job["run"]["withheld"]) == (0, 4)


@pytest.mark.parametrize("service", ["sqs", "scheduler"])
def test_nothing_is_left_of_a_job_that_could_not_be_made_for_aws(stage, service):
    stage.product.throttle(services=(service,)).refuse(service, 120)
    try:
        body = wanted(stage, tracking_consent="strict", keep_updated=True)
        answer = stage.product.gateway.post("/imports", body)
    finally:
        stage.product.throttle()

    assert answer.status == 503
    assert stage.product.gateway.get("/imports").json["items"] == []
    assert in_force(stage) == DEFAULT


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"tracking_consent": "maybe"}, "tracking_consent", "'ignore', 'respect' or 'strict'"),
        ({"tracking_consent": None}, "tracking_consent", "'ignore', 'respect' or 'strict'"),
        ({"keep_last_open_day": "yes"}, "keep_last_open_day", "boolean"),
        ({"keep_rows_days": 0}, "keep_rows_days", "greater than or equal to 1"),
        ({"keep_rows_days": 36_501}, "keep_rows_days", "less than or equal to 36500"),
        ({"keep_rows_days": True}, "keep_rows_days", "integer"),
        ({"rows_since": "2026-02-30"}, "rows_since", "YYYY-MM-DD"),
        ({"rows_since": "20260228"}, "rows_since", "YYYY-MM-DD"),
        ({"rows_since": "1969-12-31"}, "rows_since", "1970-01-01"),
        ({"rows_since": "3000-01-01"}, "rows_since", "2999-12-31"),
        ({"drop_columns": None}, "drop_columns", "list"),
        ({"drop_columns": ["ip", "url"]}, "drop_columns.1", "url can be neither dropped nor hashed: it says which"),
        ({"hash_columns": ["email"]}, "hash_columns.0", "email can be neither dropped nor hashed: it says who"),
        ({"hash_columns": ["consent_to_track"]}, "hash_columns.0", "what may be kept"),
        ({"drop_columns": ["IP"]}, "drop_columns.0", "IP is no column of a row; there are bounce_type, "),
        ({"drop_columns": ["custom."]}, "drop_columns.0", "custom.<name>"),
        ({"drop_columns": ["custom.[]"]}, "drop_columns.0", "custom.<name>"),
        ({"drop_columns": [f"custom.{n}" for n in range(101)]}, "drop_columns", "at most 100"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_field_and_the_remedy(shared, body, field, words):
    made = shared.product.gateway.post("/imports", wanted(shared, **body))

    assert made.status == 422
    (detail,) = made.json["details"]
    assert detail["field"] == field
    assert words in detail["message"]


def test_a_change_that_cannot_be_is_refused_and_nothing_changes(stage):
    stage.begin(**ANOTHER)

    answer = stage.product.gateway.patch(f"/imports/{stage.job_id}", {"drop_columns": ["status"]})

    assert (answer.status, answer.json["details"][0]["field"]) == (422, "drop_columns.0")
    assert told(stage.job) == in_force(stage) == ANOTHER
