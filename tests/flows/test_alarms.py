"""Each alarm of template.yaml comes on by what it is for: the condition is produced, and its metric is seen."""

import json
from contextlib import contextmanager

import boto3
import pytest

from simulators.campaign_monitor.generator import World
from tests.aws.deaths import Deaths
from tests.aws.template import Deployment
from tests.deliveries import make_event
from tests.flows.exporting import exporting
from tests.flows.hooked import post
from tests.product import Product

QUIET = World(clients=1, lists=1, subscribers=5, campaigns=0, activity=0, journeys=0)
WEBHOOK = {"AlarmWebhookUrl": "http://127.0.0.1:9/hooks"}
HOUR = 3600


class Lethal(Deaths):
    """Whoever works dies at the first call to AWS."""

    def lifetime(self, _):
        return 0


class Watched:
    """A stack with an import that is kept up to date, and CloudWatch's view of it."""

    def __init__(self, product, capsys):
        self.product, self.capsys = product, capsys
        self.cloudwatch = product.quick.cloudwatch
        self.list = next(iter(product.vendor.clients[0].lists.values()))

    def state(self, alarm):
        """The alarm's state, as CloudWatch tells it."""
        described = (
            boto3.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix="lytics-cm-")
        )
        found = [one for page in described for one in page["MetricAlarms"]]
        return next(one["StateValue"] for one in found if one["AlarmName"].split("-")[2] == alarm)

    def inspect(self):
        """One inspection, whose lines CloudWatch reads."""
        self.capsys.readouterr()
        self.product.fire("AlertsSchedule")
        self.cloudwatch.metrics.read(self.capsys.readouterr().out)

    def send(self, queue, body='{"rows": []}', lineage=None):
        self.product.sqs.send_message(QueueUrl=self.product.names[queue], MessageBody=body)
        if lineage:
            self.product.quick.sqs.queues[self.product.names[queue]][-1].lineage = lineage

    def run(self):
        self.product.gateway.post(f"/imports/{self.product.job_id}/run")
        self.product.pump()


@pytest.fixture
def watched(capsys):
    with Product(scenario=QUIET, parameters=WEBHOOK) as product:
        product.authorization = product.connect()
        wanted = {"keep_updated": True, "every_minutes": 30}
        product.job_id = product.start_import(product.authorization, product.vendor.clients[0].id, **wanted)
        product.pump()
        product.list = next(iter(product.vendor.clients[0].lists.values()))
        watched = Watched(product, capsys)
        watched.inspect()
        yield watched


def letters(queue):
    return lambda watched: watched.send(queue)


def age(queue, seconds):
    def wait(watched):
        watched.send(queue)
        watched.product.later(seconds=seconds + 60)

    return wait


def loop(queue, function):
    """A message that has come back to its function sixteen times, which somebody has forbidden."""

    def send(watched):
        watched.product.lineages.allowed.discard(function)
        watched.send(queue, lineage={function: 16})
        watched.product.pump(until=lambda: watched.product.lineages.dropped[function])

    return send


def errors(queue, body):
    """Three invocations of a worker that die."""

    def kill(watched):
        for _ in range(3):
            watched.send(queue, json.dumps(body).replace("JOB", watched.product.job_id))
            deaths = Lethal()
            watched.product.pump(deaths=deaths, until=lambda deaths=deaths: deaths.count)

    return kill


def server_errors(watched):
    watched.product.throttle().refuse("dynamodb", HOUR)
    assert [watched.product.gateway.get("/imports").status for _ in range(5)] == [503] * 5


def throttles(watched):
    watched.product.executions.most = 0
    for _ in range(3):
        watched.product.later(minutes=5)
        assert watched.product.gateway.get("/imports").status == 500


def refused(vendor):
    def knock(watched):
        answers = [watched.product.gateway.post(f"/webhooks/{vendor}/unknown").status for _ in range(10)]
        assert answers == [404] * 10

    return knock


def revoked(watched):
    watched.product.vendor.account.grants.revoke()
    watched.run()
    watched.inspect()


def dead_letter(watched):
    watched.send("RowsDeadLetterQueue")
    watched.inspect()


def no_schedule(watched):
    name = {"Name": f"import-{watched.product.job_id}", "GroupName": watched.product.names["ScheduleGroup"]}
    boto3.client("scheduler").delete_schedule(**name)
    watched.inspect()


def dead_webhook(watched):
    next(iter(watched.list.webhooks.values())).active = False
    watched.product.vendor.faults.script("code", "PUT .*/activate", code=601, message="Invalid URL", times=2)
    watched.run()
    watched.inspect()


def used_up(watched):
    watched.cloudwatch.executions = 950
    watched.inspect()


def unreadable(watched):
    watched.product.quick.denied = {"sqs"}
    watched.inspect()


def undelivered(watched):
    """Nobody listens where the webhook is posted to."""
    watched.send("RowsDeadLetterQueue")
    watched.inspect()
    watched.inspect()


def uninspected(watched):
    watched.product.later(minutes=16)


@contextmanager
def silent_export(capsys):
    with exporting() as stage:
        stage.start("vip")
        watched = Watched(stage.product, capsys)
        watched.inspect()
        yield watched, lambda: stage.product.later(days=8)


@contextmanager
def changed_list(capsys):
    with exporting() as stage:
        stage.start("vip")
        watched = Watched(stage.product, capsys)
        watched.inspect()

        def change():
            stage.list.fields.clear()
            watched.send("ChangesQueue", '{"export": "*", "task": "daily"}')
            stage.product.pump()

        yield watched, change


OF_IMPORTS = {
    "PagesDeadLetterAlarm": letters("PagesDeadLetterQueue"),
    "RowsDeadLetterAlarm": letters("RowsDeadLetterQueue"),
    "ChangesDeadLetterAlarm": letters("ChangesDeadLetterQueue"),
    "BulkDeadLetterAlarm": letters("BulkDeadLetterQueue"),
    "SchedulesDeadLetterAlarm": letters("SchedulesDeadLetterQueue"),
    "RowsAgeAlarm": age("RowsQueue", 900),
    "ChangesAgeAlarm": age("ChangesQueue", HOUR),
    "PagesAgeAlarm": age("PagesQueue", 6 * HOUR),
    "BulkAgeAlarm": age("BulkQueue", 6 * HOUR),
    "PageLoopAlarm": loop("PagesQueue", "PageFunction"),
    "RowsLoopAlarm": loop("RowsQueue", "RowsFunction"),
    "BulkLoopAlarm": loop("BulkQueue", "BulkFunction"),
    "ChangesLoopAlarm": loop("ChangesQueue", "ChangesFunction"),
    "PageErrorsAlarm": errors("PagesQueue", {"task": "scheduled", "job": "JOB"}),
    "RowsErrorsAlarm": errors("RowsQueue", {"rows": [], "job": "JOB"}),
    "BulkErrorsAlarm": errors("BulkQueue", {"rows": [], "job": "JOB"}),
    "ChangesErrorsAlarm": errors("ChangesQueue", {"export": "nobody", "task": "check"}),
    "ApiErrorsAlarm": server_errors,
    "ThrottlesAlarm": throttles,
    "CampaignMonitorRefusedAlarm": refused("campaign-monitor"),
    "LyticsRefusedAlarm": refused("lytics"),
    "JobsAlarm": revoked,
    "DeadLettersAlarm": dead_letter,
    "SchedulesAlarm": no_schedule,
    "WebhooksAlarm": dead_webhook,
    "QuotaAlarm": used_up,
    "UnreadableAlarm": unreadable,
    "UndeliveredAlarm": undelivered,
    "AlertsAlarm": uninspected,
}
OF_EXPORTS = {"SilentExportsAlarm": silent_export, "DifferencesAlarm": changed_list}


def test_every_alarm_has_its_condition_produced_here():
    alarms = Deployment().of_type("AWS::CloudWatch::Alarm")

    assert sorted([*OF_IMPORTS, *OF_EXPORTS]) == sorted(alarms)


@pytest.mark.parametrize("alarm", OF_IMPORTS)
def test_an_alarm_is_off_until_its_condition_is_produced(watched, alarm):
    before = watched.state(alarm)

    OF_IMPORTS[alarm](watched)

    assert (before, watched.state(alarm)) == ("OK", "ALARM")


@pytest.mark.parametrize("alarm", OF_EXPORTS)
def test_an_alarm_on_exports_is_off_until_its_condition_is_produced(capsys, alarm):
    with OF_EXPORTS[alarm](capsys) as (watched, produce):
        before = watched.state(alarm)
        produce()
        watched.inspect()

        assert (before, watched.state(alarm)) == ("OK", "ALARM")


def test_ordinary_work_turns_no_alarm_on(watched):
    post(watched.product, make_event("Update", email="jane@example.com"))
    watched.run()
    watched.inspect()

    assert [name for name in [*OF_IMPORTS, *OF_EXPORTS] if watched.state(name) != "OK"] == []
