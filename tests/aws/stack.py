"""A stack of template.yaml, up in this process: our handlers behind a gateway and queues, wired as the template says.

Tables, queues, routes and environment are read from the template. DynamoDB, SQS and CloudWatch are in memory (`clients.py`), the rest
of AWS is moto. `pump` is SQS and Lambda (`event_sources.py`). Given a `start`, the process lives at that time, and
`later` puts its clock forward. `executions` are how many may run in the account at once (`executions.py`), any number
unless told; `throttle` lets AWS ask for patience (`throttling.py`). In the end no function may have asked for what its
role does not grant (`permissions.py`). Every answer must be one that the API's description has (`described.py`).
"""

import math
import os
import uuid
from contextlib import ExitStack
from functools import partial

import boto3
from boto3.dynamodb.types import TypeDeserializer
from moto import mock_aws

from tests.aws import described, kms
from tests.aws.api_gateway import Gateway
from tests.aws.clients import QuickAws
from tests.aws.clock import Clock
from tests.aws.endpoint import Aws
from tests.aws.event_sources import Pump
from tests.aws.executions import Executions
from tests.aws.functions import cold_start, handler_at, lambda_context
from tests.aws.permissions import Ledger
from tests.aws.recursion import Lineages
from tests.aws.template import ACCOUNT, REGION, STACK, Deployment

ADMIN_TOKEN = "admin-token-of-this-stack"
LYTICS_TOKEN = "lytics-token-of-this-stack"


class Stack:
    """Everything up from `with` to its end, around it the `vendor`, which has `url`, `client_id` and `client_secret`."""

    def __init__(self, vendor, *, start=None, parameters=None, executions=None):
        self._vendor = vendor
        self._start, self._parameters = start, parameters or {}
        self.clock = Clock()
        self.deployment = Deployment()
        self.names = self.deployment.names
        self.executions = Executions(self.clock, executions, self.deployment.reserves(self._parameters))
        self.lineages = Lineages(self.deployment.loops_allowed())
        self.handler_at = handler_at

    def __enter__(self):
        with ExitStack() as stack:
            stack.callback(_restore, dict(os.environ))
            os.environ.update(
                AWS_DEFAULT_REGION=REGION, AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing"
            )
            stack.enter_context(mock_aws())
            stack.enter_context(self.clock.in_force(self._start))
            self.quick = QuickAws(self.clock, self.lineages, self.executions)
            metrics = self.quick.cloudwatch.metrics
            self.executions.count = self.lineages.count = metrics.add_of_function
            self.ledger = Ledger(self.deployment, self.quick.dynamodb.tables)
            self.quick.hear = self._note
            stack.callback(setattr, boto3, "DEFAULT_SESSION", boto3.DEFAULT_SESSION)
            boto3.DEFAULT_SESSION = self.quick.session()
            self.vendor = stack.enter_context(self._vendor)
            self.sqs, self.dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
            self._provide()
            self.gateway = Gateway(
                {
                    route: self._lazy(handler)
                    for routes in (self.deployment.routes(), self.deployment.other_routes())
                    for route, handler in routes.items()
                },
                authorizer=self._lazy("auth_app.handlers.authorize"),
                public=(*self.deployment.public_routes(), *self.deployment.other_public_routes()),
                token=ADMIN_TOKEN,
                check=described.check,
                hear=partial(metrics.add_answer, STACK, "prod"),
            )
            self.url = stack.enter_context(self.gateway.served())
            self.aws = stack.enter_context(Aws(self.quick).served())
            self._environment()
            cold_start()
            stack.callback(cold_start)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind, *error):
        self._stack.close()
        denied = self.ledger.denied()
        assert kind or not denied, f"functions asked for what their roles do not grant: {denied}"

    def pump(self, **how):
        """Run the queues dry; see `Pump`. Returns it."""
        return Pump(self, **how).run()

    def throttle(self, **how):
        """Let AWS ask for patience from now on; see `Throttling`. Without arguments no more."""
        return self.quick.throttle(**how)

    def _note(self, service, operation, params):
        """Remember what a function asks AWS for; of several at once nobody knows which one asks."""
        if function := self.executions.asking:
            self.ledger.note(function, service, operation, params)

    def most_at_once(self, queue):
        """How many executions a queue may start at once; any number where the account has any number."""
        if self.executions.most is None:
            return math.inf
        return self.deployment.most_at_once(queue, self._parameters)

    def send_scheduled(self):
        """Send what the template's schedules send to queues: a day's work."""
        for schedule in self.deployment.of_type("AWS::Scheduler::Schedule"):
            target = self.deployment.properties(schedule)["Target"]
            queue = target["Arn"]["Fn::GetAtt"].split(".")[0]
            if queue in self.deployment.of_type("AWS::SQS::Queue"):
                self.sqs.send_message(QueueUrl=self.names[queue], MessageBody=target["Input"])

    def fire(self, schedule):
        """Let a schedule start its function, as EventBridge Scheduler does."""
        handler, event = self.deployment.started_by(schedule)
        return self._lazy(handler)(event, lambda_context(schedule, self.deployment.timeout(handler)))

    def later(self, **period):
        """Put the clock forward by days, hours, minutes, seconds."""
        units = {"days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}
        self.clock.advance(sum(units[unit] * count for unit, count in period.items()))

    def messages(self, queue):
        """What lies in a queue, seen or not."""
        return [message.body for message in self.quick.sqs.queues[self.names[queue]]]

    def dead_letters(self):
        found = {
            name: self.messages(name)
            for name in self.deployment.of_type("AWS::SQS::Queue")
            if "DeadLetter" in name
        }
        return {name: bodies for name, bodies in found.items() if bodies}

    def items(self, table):
        """Everything in a table."""
        plain = TypeDeserializer().deserialize
        return [
            {name: plain(value) for name, value in item.items()} for item in self.quick.dynamodb.items(table)
        ]

    def _deliver(self, queue, handler, twice=False, rng=None):
        """One batch of a queue to its function."""
        self._wake(queue)
        return Pump(self, twice=twice).deliver_one(queue, handler, 10)

    def _receive(self, queue):
        return self.sqs.receive_message(QueueUrl=self.names[queue], MaxNumberOfMessages=10).get(
            "Messages", []
        )

    def _wake(self, queue):
        """Let the time pass that messages wait: delays and visibility timeouts."""
        for message in self.quick.sqs.queues[self.names[queue]]:
            message.due = 0

    def _provide(self):
        described, names = self.deployment, self.names
        for name in described.of_type("AWS::DynamoDB::Table"):
            self.dynamodb.create_table(TableName=name, **described.table(name))
            names[name] = name
        for name in described.of_type("AWS::SQS::Queue"):
            names[name] = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        for name in described.of_type("AWS::SQS::Queue"):
            if policy := described.properties(name).get("RedrivePolicy"):
                target = policy["deadLetterTargetArn"]["Fn::GetAtt"].split(".")[0]
                self.quick.sqs.redrive[names[name]] = (names[target], policy["maxReceiveCount"])
        for name in described.of_type("AWS::SecretsManager::Secret"):
            text = {"AdminToken": ADMIN_TOKEN}.get(name.removesuffix("Secret"), self.vendor.client_secret)
            text = uuid.uuid4().hex if name == "WebhookSecret" else text
            text = described.text_of(name, self._parameters) if name == "AlarmWebhookSecret" else text
            names[name] = boto3.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"]
        for name in described.of_type("AWS::SNS::Topic"):
            names[name] = f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"
        for name in described.of_type("AWS::KMS::Key"):
            names[name] = kms.create_key()
        for name in described.of_type("AWS::Scheduler::ScheduleGroup"):
            boto3.client("scheduler").create_schedule_group(Name=name)
            names[name] = name
        for name in described.of_type("AWS::Scheduler::Schedule"):
            boto3.client("scheduler").create_schedule(Name=name, **described.schedule(name))
            names[name] = name
        self.quick.cloudwatch.alarms = described.alarms()

    def _lazy(self, handler):
        """The handler, found when it is called; a request begins a chain of its own."""

        function, seconds = self.deployment.function_of(handler), self.deployment.timeout(handler)

        def call(event, context):
            with self.clock.sleepless(), self.lineages.invocation(self.lineages.of(function)):
                return self.handler_at(handler)(event, context)

        return lambda event, context: self.executions.invoke(
            function, seconds, lambda event: call(event, context), event
        )

    def _environment(self):
        parameters = {
            "CampaignMonitorApiUrl": self.vendor.url,
            "CampaignMonitorClientId": self.vendor.client_id,
            "CampaignMonitorClientSecret": self.vendor.client_secret,
            "LyticsApiToken": LYTICS_TOKEN,
            "PublicApiUrl": self.url,
            **self._parameters,
        }
        os.environ.update(self.deployment.environment(parameters))
        # boto3 is answered in this process; what speaks HTTP by itself finds it on a port.
        os.environ.update(AWS_ENDPOINT_URL=self.aws.url, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")


def _restore(environment):
    os.environ.clear()
    os.environ.update(environment)
