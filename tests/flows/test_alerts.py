"""Whoever runs a stack hears that something broke and that it works again: once each, by mail and by webhook."""

import json
import random
from contextlib import contextmanager

import boto3
import pytest

from simulators.campaign_monitor import fields
from simulators.campaign_monitor.generator import World
from tests.flows.exporting import exporting
from tests.flows.importing import Stage
from tests.product import Product
from tests.receiver import receiver

QUIET = World(clients=1, lists=2, subscribers=12, campaigns=0, activity=0, journeys=0)
LIVELY = World(clients=1, lists=2, subscribers=30, campaigns=2, activity=40, recipients=10, journeys=0)
HICCUPS = {"429": 0.02, "500": 0.01, "503": 0.01, "garbage": 0.005}
HEADERS = {"X-Routing-Key": "routing-key-of-32-letters-and-so", "X-Team": "data"}
MAIL = {"AlarmEmail": "ops@example.com"}


class Heard:
    """What people have heard of a stack since they were asked last."""

    def __init__(self, product, hook):
        self.product, self.hook, self.mails = product, hook, 0

    def inspect(self):
        """One inspection; what each channel was told by it: news and kinds."""
        self.product.fire("AlertsSchedule")
        return self.mailed(), [(one["custom_details"]["news"], one["class"]) for one in self.payloads()]

    def payloads(self):
        self.posts = self.hook.take()
        return [post["payload"] for post in self.posts]

    def mailed(self):
        fresh = self.product.quick.sns.published[self.mails :]
        self.mails += len(fresh)
        titles = {"Broke": "broke", "Still broken": "still", "Works again": "over"}
        found = []
        for _, message in fresh:
            for part in message.split("\n\n")[:-1]:
                kind = part.rpartition("Kind: ")[2]
                found.append((titles[part.partition(":")[0]], kind))
        return found


@contextmanager
def heard(**more):
    """An import that is kept up to date every 30 minutes, and people who are told of it."""
    with receiver() as hook:
        parameters = {**MAIL, "AlarmWebhookUrl": hook.url, "AlarmWebhookHeaders": json.dumps(HEADERS)}
        with Product(scenario=QUIET, parameters=parameters, **more) as product:
            product.authorization = product.connect()
            wanted = {"keep_updated": True, "every_minutes": 30, "description": "Main of jane@example.com"}
            product.job_id = product.start_import(
                product.authorization, product.vendor.clients[0].id, **wanted
            )
            product.pump()
            yield Heard(product, hook)


@pytest.fixture
def ears():
    with heard() as ears:
        yield ears


def both(*told):
    return list(told), list(told)


def run(product):
    assert product.gateway.post(f"/imports/{product.job_id}/run").status == 202
    product.pump()


def lay_aside(product, letters, count=1):
    for _ in range(count):
        product.sqs.send_message(QueueUrl=product.names[letters], MessageBody='{"rows": []}')


def counted(capsys):
    """The metrics of what was printed: by kind how many problems, the last ones."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return {
        line["kind"]: line["Problems"]
        for line in lines
        if "Problems" in line and line["stack"] == "lytics-cm"
    }


def test_a_healthy_stack_tells_nothing_and_counts_nothing(ears, capsys):
    capsys.readouterr()

    assert ears.inspect() == both()

    assert counted(capsys) == {}


def test_a_revoked_account_is_told_once_and_that_it_works_again(ears, capsys):
    ears.product.vendor.account.grants.revoke()
    run(ears.product)

    told, again = ears.inspect(), ears.inspect()
    counts = counted(capsys)
    url = ears.product.gateway.post(f"/authorizations/{ears.product.authorization}/reconnect").json[
        "authorize_url"
    ]
    from simulators.browser import consent  # noqa: PLC0415 - here alone

    consent(url)
    ears.product.pump()

    assert told == both(("broke", "authorization_revoked"))
    assert again == both()
    assert counts["job"] == 1
    assert ears.inspect() == both(("over", "authorization_revoked"))
    assert ears.inspect() == both()


def test_a_job_that_fails_in_every_run_is_told_once_though_runs_begin_between(ears):
    product = ears.product
    product.vendor.faults.script("code", "GET .*suppressionlist", code=1, message="No", times=9)
    run(product)
    first = ears.inspect()
    assert product.gateway.post(f"/imports/{product.job_id}/run").status == 202
    between = ears.inspect()
    product.pump()
    failed_again = ears.inspect()
    product.vendor.faults.clear()

    run(product)

    assert first == both(("broke", "job_failed"))
    assert (between, failed_again) == (both(), both())
    assert ears.inspect() == both(("over", "job_failed"))


def test_an_import_that_reads_nothing_for_three_intervals_is_told_until_it_reads(ears):
    product = ears.product
    product.later(minutes=85)
    early = ears.inspect()
    product.later(minutes=10)

    told = ears.inspect()
    run(product)
    body = json.dumps({"job": product.job_id, "task": "scheduled"})
    product.sqs.send_message(QueueUrl=product.names["PagesQueue"], MessageBody=body)
    product.pump()

    assert early == both()
    assert told == both(("broke", "job_silent"))
    assert ears.inspect() == both(("over", "job_silent"))


def test_dead_letters_are_told_again_each_day_until_they_are_redriven(ears, capsys):
    lay_aside(ears.product, "RowsDeadLetterQueue")
    told, soon = ears.inspect(), ears.inspect()
    counts = counted(capsys)
    ears.product.later(hours=24)
    body = json.dumps({"job": ears.product.job_id, "task": "scheduled"})
    ears.product.sqs.send_message(QueueUrl=ears.product.names["PagesQueue"], MessageBody=body)
    ears.product.pump()

    still = ears.inspect()
    ears.product.gateway.post("/dead-letters/rows/redrive", {})

    assert (told, soon, counts["dead_letters"]) == (both(("broke", "dead_letters")), both(), 1)
    assert still == both(("still", "dead_letters"))
    assert ears.inspect() == both(("over", "dead_letters"))


def test_a_schedule_that_is_gone_and_a_dead_webhook_are_told(ears, capsys):
    product = ears.product
    name = {"Name": f"import-{product.job_id}", "GroupName": product.names["ScheduleGroup"]}
    made = boto3.client("scheduler").get_schedule(**name)["Target"]
    boto3.client("scheduler").delete_schedule(**name)
    mailing_list = next(iter(product.vendor.clients[0].lists.values()))
    next(iter(mailing_list.webhooks.values())).active = False
    product.vendor.faults.script("code", "PUT .*/activate", code=601, message="Invalid webhook URL", times=2)
    run(product)

    told, counts = ears.inspect(), counted(capsys)
    product.vendor.faults.clear()
    product.gateway.patch(f"/imports/{product.job_id}", {"every_minutes": 30})
    run(product)

    assert made["DeadLetterConfig"]["Arn"].endswith(":SchedulesDeadLetterQueue")
    assert told == both(("broke", "schedule_missing"), ("broke", "webhook_dead"))
    assert (counts["schedule"], counts["webhook"]) == (1, 1)
    assert ears.inspect() == both(("over", "schedule_missing"), ("over", "webhook_dead"))


ALARMS = (
    "RowsAgeAlarm",
    "PagesAgeAlarm",
    "ChangesAgeAlarm",
    "BulkAgeAlarm",
    "ApiErrorsAlarm",
    "PageErrorsAlarm",
    "ThrottlesAlarm",
    "PageLoopAlarm",
    "LyticsRefusedAlarm",
    "CampaignMonitorRefusedAlarm",
    "SchedulesDeadLetterAlarm",
)


def test_alarms_that_mail_by_themselves_are_told_to_the_webhook_alone(ears):
    cloudwatch = ears.product.quick.cloudwatch
    names = [f"lytics-cm-{name}-1A2B3C4D5E6F" for name in ALARMS]
    for name in names:
        cloudwatch.switch(name, "ALARM", "1 datapoint was greater than the threshold")
    told, again = ears.inspect(), ears.inspect()
    for name in names:
        cloudwatch.switch(name, "OK")

    over = ears.inspect()

    assert told == ([], [("broke", "alarm")] * len(ALARMS))
    assert again == both()
    assert over == ([], [("over", "alarm")] * len(ALARMS))


def test_a_message_that_waits_too_long_is_an_alarm(ears):
    ears.product.sqs.send_message(QueueUrl=ears.product.names["RowsQueue"], MessageBody='{"rows": []}')
    ears.product.later(minutes=14)
    early = ears.inspect()
    ears.product.later(minutes=2)

    assert (early, ears.inspect()) == (both(), ([], [("broke", "alarm")]))


def test_executions_that_are_nearly_used_up_are_told_only_if_they_stay_so(ears):
    ears.product.quick.cloudwatch.executions = 950

    heard_then = []
    for _ in range(3):
        heard_then.append(ears.inspect())
        ears.product.later(minutes=5)

    assert heard_then == [both(), both(), both(("broke", "quota"))]


def test_what_cannot_be_read_neither_breaks_nor_ends_anything_else(ears):
    lay_aside(ears.product, "RowsDeadLetterQueue")
    first = ears.inspect()
    ears.product.quick.denied = {"sqs"}
    blind = ears.inspect()
    ears.product.later(minutes=10)
    still_blind = ears.inspect()
    ears.product.quick.denied = set()

    assert (first, blind) == (both(("broke", "dead_letters")), both())
    assert still_blind == both(("broke", "unreadable"))
    assert ears.inspect() == both(("over", "unreadable"))


def test_a_channel_that_takes_nothing_is_told_by_the_other_and_catches_up(ears):
    ears.hook.answers = [500] * 6
    lay_aside(ears.product, "RowsDeadLetterQueue")
    heard_then = [ears.inspect()]
    for _ in range(2):
        ears.product.later(minutes=5)
        heard_then.append(ears.inspect())
    caught_up = ears.inspect()

    broke = ("broke", "dead_letters")
    assert heard_then == [([broke], []), ([], []), ([("broke", "alerts_undelivered")], [])]
    assert caught_up == ([], [broke])
    assert ears.inspect() == ([("over", "alerts_undelivered")], [])


def test_one_refusal_of_the_webhook_is_tried_again_at_once(ears):
    ears.hook.answers = [503]
    lay_aside(ears.product, "RowsDeadLetterQueue")

    assert ears.inspect() == both(("broke", "dead_letters"))


def test_two_inspections_at_once_tell_once(ears):
    lay_aside(ears.product, "RowsDeadLetterQueue")
    inner = []

    def inspect_too(service, operation):
        if service == "cloudwatch" and operation == "DescribeAlarms" and not inner:
            inner.append(None)
            ears.product.fire("AlertsSchedule")

    ears.product.quick.before.append(inspect_too)

    assert ears.inspect() == both(("broke", "dead_letters"))
    assert inner


def test_who_dies_while_inspecting_leaves_it_to_the_next(ears):
    lay_aside(ears.product, "RowsDeadLetterQueue")
    ears.hook.answers = []

    def die(service, operation):
        if (service, operation) == ("sns", "Publish"):
            raise KeyboardInterrupt

    ears.product.quick.before.append(die)
    with pytest.raises(KeyboardInterrupt):
        ears.product.fire("AlertsSchedule")
    ears.product.quick.before.remove(die)
    held = ears.inspect()
    ears.product.later(minutes=5)

    assert held == both()
    assert ears.inspect() == both(("broke", "dead_letters"))


def test_slack_and_pagerduty_each_find_their_members_and_nobody_an_address(ears):
    ears.product.vendor.faults.script("code", "GET .*/active", code=1, message="No", times=1)
    run(ears.product)
    ears.inspect()
    (post,) = ears.posts
    run(ears.product)
    ears.inspect()
    (over,) = ears.posts

    assert post["text"].startswith('[lytics-cm] Broke: import "Main of [address]" has failed')
    assert (post["routing_key"], post["event_action"], post["client"]) == (
        HEADERS["X-Routing-Key"],
        "trigger",
        "Lytics-CM",
    )
    assert post["dedup_key"] == over["dedup_key"] == f"lytics-cm/job_failed/{ears.product.job_id}"
    assert over["event_action"] == "resolve"
    assert {name: post["payload"][name] for name in ("source", "severity", "class")} == {
        "source": "lytics-cm",
        "severity": "error",
        "class": "job_failed",
    }
    assert post["payload"]["custom_details"]["route"] == f"POST /imports/{ears.product.job_id}/start"
    assert ears.hook.headers[0]["X-Team"] == "data"
    (subject, message), _ = ears.product.quick.sns.published
    told = json.dumps([post, over, subject, message])
    assert subject == "lytics-cm: 1 broke"
    assert [text for text in ("jane", "@", "key-of-the-webhook") if text in told] == []


def test_neither_the_url_nor_a_header_is_logged_when_the_webhook_fails(ears, capsys, caplog):
    ears.hook.answers = [404]
    lay_aside(ears.product, "RowsDeadLetterQueue")

    ears.inspect()

    told = capsys.readouterr().out + "".join(str(vars(record)) for record in caplog.records)
    assert "status 404" in told
    assert [text for text in ("key-of-the-webhook", *HEADERS.values()) if text in told] == []


def test_an_export_that_hears_nothing_is_told_and_so_is_a_list_that_somebody_changed(capsys):
    with exporting(parameters=MAIL) as stage:
        product = stage.product
        mails = lambda: [message for _, message in product.quick.sns.published]  # noqa: E731
        city = fields.add(stage.list, "City", "Text")
        stage.start("vip", field_mappings={"city": "City"}, description="VIPs")
        product.later(days=8)
        product.fire("AlertsSchedule")
        silent, counts = mails(), counted(capsys)
        stage.lytics.enter("ann@example.com", "vip")
        stage.run()
        product.fire("AlertsSchedule")
        heard = mails()[len(silent) :]
        stage.list.fields.remove(next(one for one in stage.list.fields if one.key != city.key))
        body = json.dumps({"export": "*", "task": "daily"})
        product.sqs.send_message(QueueUrl=product.names["ChangesQueue"], MessageBody=body)
        stage.run()

        product.fire("AlertsSchedule")

        (last,) = mails()[len(silent) + len(heard) :]
        assert (len(silent), counts["silent_export"]) == (1, 1)
        assert 'Broke: export "VIPs" has heard nothing from Lytics for 7 days' in silent[0]
        assert "Works again" in heard[0]
        assert "Kind: difference" in last
        assert stage.api.get("/system").json["healthy"]
        product.later(hours=26)
        product.fire("AlertsSchedule")
        assert "Works again" in mails()[-1]


def test_a_day_of_keep_updated_with_a_vendor_that_has_hiccups_tells_nothing():
    with receiver() as hook, Stage(LIVELY, parameters={**MAIL, "AlarmWebhookUrl": hook.url}) as stage:
        stage.imported(keep_updated=True)
        ears = Heard(stage.product, hook)
        stage.vendor.faults.rates = HICCUPS
        rng = random.Random(15)
        told = []
        for hour in range(24):
            if rng.random() < 0.5:
                person = rng.choice(stage.lists[0].in_state("Active"))
                stage.vendor.edit(stage.lists[0], person.email, name=f"Person {hour}")
            stage.tick()
            for _ in range(4):
                told.append(ears.inspect())
                stage.product.later(minutes=13)

        runs = stage.product.gateway.get(f"/imports/{stage.job_id}/runs").json["items"]
        lay_aside(stage.product, "RowsDeadLetterQueue")
        at_last = ears.inspect()

        assert told == [both()] * (24 * 4)
        assert sum(stage.vendor.faults.suffered.values()) > 10
        assert [run["status"] for run in runs] == ["succeeded"] * 25
        assert at_last == both(("broke", "dead_letters"))  # who was silent all day would have spoken
