"""What a unit of a run cannot do ends in its own failure: the run goes on, ends, and the next one reads the rest."""

import json
import re

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from lytics_cm.row_messages import rows_of
from simulators.campaign_monitor.generator import World
from tests.aws.deaths import Deaths
from tests.flows.importing import Stage

WORLD = World(clients=1, lists=2, subscribers=24, campaigns=2, activity=60, journeys=1, recipients=16)
LONG = World(clients=1, lists=1, subscribers=40, campaigns=1, activity=3200, recipients=30, journeys=0)


class Unsound(Exception):
    """An error that nobody foresaw; its words quote what no failure may."""


class AfterCallsTo(Deaths):
    """Kills the worker that has called the vendor for something, each time."""

    def __init__(self, stage, part, most=1000):
        super().__init__()
        self._stage, self._part, self._most = stage, part, most
        self._seen = len(stage.vendor.calls_to(part))

    def is_fatal(self, service, operation):
        calls = len(self._stage.vendor.calls_to(self._part))
        is_new = self._seen < calls <= self._most
        self._seen = calls
        return is_new


def breaking(stage, part, error, most=1000):
    """Let the first transaction after each call to the vendor for something raise: it counts what was read."""
    deaths = AfterCallsTo(stage, part, most)

    def hear(service, operation):
        if operation == "TransactWriteItems" and deaths.is_fatal(service, operation):
            raise error

    stage.product.quick.before.append(hear)
    return lambda: stage.product.quick.before.remove(hear)


def assert_run_has_failed(stage, pages):
    run = stage.job["run"]
    assert (stage.job["status"], run["status"], run["failed_pages"]) == ("failed", "failed", pages)
    assert stage.product.dead_letters() == {}
    assert [stage.product.messages(queue) for queue in ("PagesQueue", "RowsQueue", "BulkQueue")] == [
        [],
        [],
        [],
    ]


def assert_next_run_is_whole(stage):
    stage.run_again()
    stage.assert_run_is_whole()
    stage.assert_profiles_are_true()


@pytest.mark.parametrize(
    "part", ["/opens.json", "/active.json", "/suppressionlist.json", "/journeys/", "/summary"]
)
def test_an_error_that_nobody_foresaw_fails_its_unit_with_kind_place_and_remedy(part):
    with Stage(WORLD) as stage:
        mend = breaking(stage, part, Unsound("of ann@example.org with token s3cret"))

        stage.imported()

        units = {failure["source"] for failure in stage.failures}
        assert_run_has_failed(stage, len(units))
        assert units
        for failure in stage.failures:
            assert re.search(r"Unsound at \w+/\w+\.py, line \d+, in \w+", failure["message"])
            assert "a new run tries again" in failure["message"]
            assert not {"ann", "s3cret", "Traceback"} & set(failure["message"].replace("@", " ").split())
        mend()
        assert_next_run_is_whole(stage)


def test_an_error_of_every_unit_after_the_plan_still_lets_the_run_end():
    with Stage(WORLD) as stage:
        stage.begin()
        mend = breaking(stage, "", Unsound())

        stage.pump()

        assert_run_has_failed(stage, stage.job["run"]["failed_pages"])
        mend()
        assert_next_run_is_whole(stage)


def test_an_error_that_passes_costs_nothing():
    with Stage(WORLD) as stage:
        breaking(stage, "/opens.json", Unsound(), most=3)

        stage.imported()

        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem"),
        ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "PutItem"),
        ClientError(
            {
                "Error": {"Code": "TransactionCanceledException"},
                "CancellationReasons": [{"Code": "ThrottlingError"}],
            },
            "TransactWriteItems",
        ),
        ClientError({"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "GetItem"),
        ReadTimeoutError(endpoint_url="https://dynamodb.example.com"),
    ],
    ids=str,
)
def test_hours_of_trouble_at_aws_fail_no_unit(error):
    with Stage(WORLD) as stage:
        end = stage.product.clock.now() + 5 * 3600
        pages = stage.product.names["PagesQueue"]

        def hear(service, operation):
            is_page = any(message.receives for message in stage.product.quick.sqs.queues[pages])
            if service == "dynamodb" and is_page and stage.product.clock.now() < end:
                raise error

        stage.begin()
        stage.product.quick.before.append(hear)
        stage.pump()

        assert stage.product.clock.now() > end
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


@pytest.mark.parametrize(
    ("part", "units"), [("/opens.json", 4), ("/campaigns.json", 1), ("/suppressionlist.json", 1)]
)
def test_a_unit_that_ends_its_function_each_time_is_given_up_when_its_message_comes_for_the_last_time(
    part, units
):
    with Stage(WORLD) as stage:
        stage.begin()

        stage.pump(deaths=AfterCallsTo(stage, part))

        assert_run_has_failed(stage, units)
        assert any("ran out of time or memory" in failure["message"] for failure in stage.failures)
        assert_next_run_is_whole(stage)


def test_a_plan_that_ends_its_function_each_time_fails_its_run_with_the_reason():
    with Stage(WORLD) as stage:
        stage.imported()
        stage.post("run")

        stage.pump(deaths=AfterCallsTo(stage, f"/clients/{stage.client.id}.json"))

        assert_run_has_failed(stage, 1)
        assert "ran out of time or memory" in stage.job["message"]
        assert_next_run_is_whole(stage)


def test_a_page_in_the_middle_that_always_ends_its_function_leaves_a_report_that_the_next_run_reads():
    with Stage(LONG) as stage:
        stage.begin()

        stage.pump(deaths=AfterPage(stage, "opens", "2"))

        assert_run_has_failed(stage, 1)
        assert_next_run_is_whole(stage)
        stage.assert_counts_are_the_vendors()


class AfterPage(Deaths):
    """Kills the worker that has read a page, each time."""

    def __init__(self, stage, report, page):
        super().__init__()
        self._stage, self._what, self._seen = stage, (report, page), 0

    def is_fatal(self, service, operation):
        report, page = self._what
        calls = sum(report in path and query.get("page") == page for path, query in self._stage.asked())
        is_new, self._seen = calls > self._seen, calls
        return is_new


def test_a_run_with_a_failed_unit_can_be_ticked_stopped_started_and_run_again():
    with Stage(WORLD) as stage:
        stage.begin(keep_updated=True)
        mend = breaking(stage, "/opens.json", Unsound())
        stage.pump(until=lambda: any("Unsound" in failure["message"] for failure in stage.failures))

        stage.tick()
        assert stage.job["status"] == "failed"
        stage.post("start")
        stage.pump(until=lambda: stage.job["run"]["pages"]["done"] > 3)
        stage.post("stop")
        stage.pump()
        mend()
        stage.post("start")
        stage.pump()

        stage.assert_run_is_whole("scheduled") if stage.job["status"] == "scheduled" else stage.tick()
        stage.assert_run_is_whole("scheduled")
        stage.assert_profiles_are_true()


def test_a_dead_letter_that_is_sent_again_ends_its_run():
    with Stage(WORLD) as stage:
        stage.begin()
        stage.pump(deaths=AlwaysWith("campaigns/1"))
        assert stage.job["status"] == "running"
        (letters,) = stage.product.dead_letters().values()

        for body in letters:
            stage.product.sqs.send_message(QueueUrl=stage.product.names["PagesQueue"], MessageBody=body)
        stage.product.quick.sqs.queues[stage.product.names["PagesDeadLetterQueue"]].clear()
        stage.pump()

        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


def test_a_run_whose_message_is_lost_is_given_up_after_three_days_by_its_schedule_or_by_a_person():
    for start in ("tick", "run"):
        with Stage(WORLD) as stage:
            stage.begin(keep_updated=True)
            stage.pump(deaths=AlwaysWith("campaigns/1"))
            stage.product.quick.sqs.queues[stage.product.names["PagesDeadLetterQueue"]].clear()
            hung = stage.job["run"]["id"]
            stage.product.later(hours=71)
            stage.tick()
            assert stage.job["run"]["id"] == hung

            stage.product.later(hours=2)
            stage.tick() if start == "tick" else stage.run_again()

            assert stage.job["run"]["id"] != hung
            assert any(
                "nothing came of it for three days" in failure["message"] for failure in stage.failures
            )
            stage.assert_run_is_whole("scheduled")
            stage.assert_profiles_are_true()


class AlwaysWith(Deaths):
    """Kills every worker that has a message of a unit, at its first call."""

    def __init__(self, unit):
        super().__init__()
        self._unit = f'"unit":"{unit}"'

    def lifetime(self, messages):
        return 0 if any(self._unit in message.body for message in messages) else None


def test_rows_that_cannot_be_stored_fail_their_run_and_wait_among_the_dead_letters():
    with Stage(WORLD) as stage:
        stage.begin()
        email = next(iter(stage.lists[0].people))

        def hear(service, operation):
            rows = stage.product.quick.sqs.queues[stage.product.names["BulkQueue"]]
            if operation == "BatchExecuteStatement" and any(
                email in str(rows_of(json.loads(one.body)["rows"])).lower() for one in rows if one.receives
            ):
                raise ClientError({"Error": {"Code": "ValidationException"}}, operation)

        stage.product.quick.before.append(hear)
        stage.pump()

        assert (stage.job["status"], stage.job["run"]["status"]) == ("failed", "failed")
        assert "redrive" in {word for failure in stage.failures for word in failure["message"].split()}
        stage.product.quick.before.remove(hear)
        letters = stage.product.dead_letters()["BulkDeadLetterQueue"]
        stage.product.quick.sqs.queues[stage.product.names["BulkDeadLetterQueue"]].clear()
        for body in letters:
            stage.product.sqs.send_message(QueueUrl=stage.product.names["BulkQueue"], MessageBody=body)
        stage.pump()
        stage.assert_profiles_are_true()
