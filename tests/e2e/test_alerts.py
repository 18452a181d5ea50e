"""People hear once of what breaks and once of what works again; what needs nobody is told to whoever looks."""

import json
import time

import pytest
import requests

from local.serve import place
from lytics_cm_cli.finding import announced
from tests.e2e.runs import finished, import_all, until
from tests.terminal import Terminal

PERSON = "lies.aside@example.com"
KIND = "dead_letters"
MINUTE = 60


@pytest.fixture
def typed(up, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with announced(place(up)):
        yield Terminal(tmp_path)


class Mailbox:
    """What the topic mails: a queue subscribes to it beside the address."""

    def __init__(self, up):
        sns, self.sqs = up.client("sns"), up.client("sqs")
        (self.topic,) = [
            one["TopicArn"] for one in sns.list_topics()["Topics"] if "AlarmTopic" in one["TopicArn"]
        ]
        self.url = self.sqs.create_queue(QueueName="mails")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}}
        allowed |= {"Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        found = sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"]
        self.addresses = [one["Endpoint"] for one in found if one["Protocol"] == "email"]

    def take(self):
        """The mails that came since it was asked last."""
        mails = []
        while found := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for one in found:
                mails.append(json.loads(one["Body"])["Message"])
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])
        return mails


@pytest.fixture(scope="module")
def mailbox(up):
    return Mailbox(up)


@pytest.fixture
def heard(up, hook, mailbox):
    """Inspects, as the schedule does, and tells what mail and webhook were told of dead letters since."""
    names = [
        one["FunctionName"]
        for page in up.client("lambda").get_paginator("list_functions").paginate()
        for one in page["Functions"]
    ]
    (inspecting,) = [name for name in names if "AlertsFunction" in name]
    hook.take()
    mailbox.take()

    def inspect():
        answer = up.client("lambda").invoke(FunctionName=inspecting, Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        time.sleep(0.2)
        mails = [
            part for mail in mailbox.take() for part in mail.split("\n\n") if part.endswith(f"Kind: {KIND}")
        ]
        posts = [post["payload"] for post in hook.take() if post["payload"]["class"] == KIND]
        return [mail.partition(":")[0] for mail in mails], [post["custom_details"]["news"] for post in posts]

    return inspect


def test_dead_letters_are_told_once_found_by_doctor_and_solved_by_redrive(up, admin, typed, heard, mailbox):
    row = {"stream": "cm_activity", "ts": 1_709_640_000_000, "fields": {"email": PERSON, "event": "open"}}
    body = json.dumps({"rows": [row], "received_at": int(time.time() * 1000)})
    well = typed("doctor")
    up.client("sqs").send_message(QueueUrl=up.output("RowsDeadLetterQueueUrl"), MessageBody=body)

    broke, again = heard(), heard()
    ill = typed("doctor")
    redriven = typed.well("redrive", "rows")
    until(lambda: admin.call("GET", f"/profiles/{PERSON}").ok, 30)
    over, never = heard(), heard()

    assert (well.code, ill.code) == (0, 1)
    assert "1 message of the queue rows failed five times" in ill.out
    assert "lytics-cm redrive rows" in ill.out
    assert "1 sent again" in redriven.out
    assert admin.get(f"/profiles/{PERSON}")["rows"] == 1
    assert (broke, again) == ((["Broke"], ["broke"]), ([], []))
    assert (over, never) == ((["Works again"], ["over"]), ([], []))
    assert mailbox.addresses == ["ops@example.com"]
    assert "everything is well" in typed.well("doctor").out


def test_an_outage_is_told_within_a_minute_by_the_job_by_doctor_and_by_watch(up, admin, account, typed, hook):
    job = import_all(admin, account, list_ids=[account.lists[0]["id"]], description="Patient")
    control = f"{up.vendors.campaign_monitor}/_control"
    requests.post(control, json={"faults": {"rates": {"503": 1.0}}}, timeout=30).raise_for_status()
    hook.take()
    admin.post(f"/imports/{job['id']}/run")
    began = time.monotonic()
    try:
        with typed.watched("import", "watch", job["id"]) as drawn:
            until(lambda: "waits since" in drawn(), MINUTE)
            waiting = admin.get(f"/imports/{job['id']}")["run"]["waiting"]
            doctor = typed("doctor")
            took = time.monotonic() - began
            requests.post(control, json={"faults": {"clear": True}}, timeout=30).raise_for_status()
            ended = finished(admin, job, 180)
    finally:
        requests.post(control, json={"faults": {"clear": True}}, timeout=30)
        admin.call("DELETE", f"/imports/{job['id']}")

    assert took < MINUTE
    assert "status 503" in waiting["reason"]
    assert "waits since" in drawn()
    assert doctor.code == 0
    assert 'import "Patient" waits: Campaign Monitor' in doctor.out
    assert ended["run"]["status"] == "succeeded"
    assert "succeeded" in drawn()
    assert hook.take() == []
