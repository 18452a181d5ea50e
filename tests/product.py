"""The whole product in this process: our handlers behind a gateway and queues, as template.yaml wires them.

Tables, queues, routes and environment are read from the template; AWS is moto, the vendors are the simulators.
`pump` is SQS and Lambda: it takes messages off the queues and hands them to the functions, if asked to twice, out of
order, or with a worker dying in the middle.
"""

import importlib
import json
import os
import random
import re
import sys
import threading
import uuid
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import boto3
import yaml
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.sqs.models import sqs_backends

from simulators.browser import consent
from simulators.campaign_monitor import CampaignMonitor
from tests.aws_over_http import Aws
from tests.gateway import Gateway, lambda_context

REGION = "eu-west-1"
ACCOUNT = "123456789012"
ADMIN_TOKEN = "admin-token-of-this-stack"
TEMPLATE = Path(__file__).parents[1] / "template.yaml"
OUR_MODULES = ("lytics_cm", "auth_app", "import_app", "profile_app", "webhook_app", "export_app")

_one_at_a_time = threading.RLock()
_answer = BotocoreStubber.process_request


def _atomically(stubber, request):
    """Conditional writes are atomic in DynamoDB; the stand-in looks and writes in two steps."""
    with _one_at_a_time:
        return _answer(stubber, request)


BotocoreStubber.process_request = _atomically


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, as their long forms."""


def _function(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _function)


def template():
    return yaml.load(TEMPLATE.read_text(), Loader=_Loader)


class Crash(BaseException):
    """A worker that dies: nothing catches it, as nothing catches a power cut."""


class Product:
    """Everything up from `with` to its end. `vendor` is a simulator of Campaign Monitor, made here unless given."""

    def __init__(self, vendor=None, **world):
        self._vendor = vendor or CampaignMonitor(**world)
        self.resources = template()["Resources"]
        self.invocations = []
        self.dies = None

    def __enter__(self):
        with ExitStack() as stack:
            stack.callback(os.environ.update, dict(os.environ))
            os.environ.update(
                AWS_DEFAULT_REGION=REGION, AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing"
            )
            stack.enter_context(mock_aws())
            self.vendor = stack.enter_context(self._vendor)
            self.sqs, self.dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
            self.names = {}
            self._provide()
            self.gateway = Gateway(
                {route: self._http(handler) for route, handler in self._routes().items()},
                authorizer=_import("auth_app.handlers.authorize"),
                public=tuple(route for route, _ in self._routes().items() if self._is_public(route)),
                token=ADMIN_TOKEN,
            )
            self.url = stack.enter_context(self.gateway.served())
            self.aws = stack.enter_context(Aws().served())
            self._environment()
            stack.callback(os.environ.pop, "AWS_ENDPOINT_URL")
            cold_start()
            stack.callback(cold_start)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.close()

    # What an admin does

    def connect(self, description="Main"):
        """Connect the account; return the authorization's id."""
        begun = self.gateway.post("/authorizations", {"description": description}).json
        status, page = consent(begun["authorize_url"])
        assert status == 200, page
        return begun["id"]

    def start_import(self, authorization_id, client_id, **more):
        answer = self.gateway.post(
            "/imports", {"authorization_id": authorization_id, "client_id": client_id, **more}
        )
        assert answer.status == 201, answer.body
        return answer.json["id"]

    def job(self, job_id, kind="imports"):
        return self.gateway.get(f"/{kind}/{job_id}").json

    def profile(self, email):
        return self.gateway.get(f"/profiles/{email}")

    # What AWS does

    def pump(self, twice=False, seed=None, most=100_000, quietly=False):
        """Run the queues dry; `twice` delivers every message a second time, `seed` shuffles, `quietly` stops at `most`."""
        rng = random.Random(seed)
        for _ in range(most):
            queues = list(self._sources())
            if seed is not None:
                rng.shuffle(queues)
            shuffling = rng if seed is not None else None
            delivered = [self._deliver(queue, handler, twice, shuffling) for queue, handler in queues]
            if not any(delivered):
                return
        if not quietly:
            raise AssertionError("the queues do not run dry")

    def dead_letters(self):
        found = {}
        for name in self._of_type("AWS::SQS::Queue"):
            if "DeadLetter" in name:
                messages = self._receive(name)
                if messages:
                    found[name] = [message["Body"] for message in messages]
        return found

    def items(self, table):
        """Everything in a table."""
        resource = boto3.resource("dynamodb").Table(self.names[table])
        found, more = [], {}
        while True:
            answer = resource.scan(**more)
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return found
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _deliver(self, queue, handler, twice, rng):
        self._wake(queue)
        messages = self._receive(queue)
        if not messages:
            return False
        if rng:
            rng.shuffle(messages)
        event = {"Records": [_record(message) for message in messages]}
        failed = {message["MessageId"] for message in messages}
        try:
            for _ in range(2 if twice else 1):
                answer = json.loads(json.dumps(_import(handler)(event, lambda_context(queue)) or {}))
                failed = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures", [])}
        except Crash:
            cold_start()
        self.invocations.append((queue, len(messages)))
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.names[queue], ReceiptHandle=message["ReceiptHandle"])
        return True

    def _receive(self, queue):
        answer = self.sqs.receive_message(
            QueueUrl=self.names[queue], MaxNumberOfMessages=10, AttributeNames=["All"], WaitTimeSeconds=0
        )
        return answer.get("Messages", [])

    def _wake(self, queue):
        """Let the time pass that messages wait: delays and visibility timeouts."""
        held = sqs_backends[ACCOUNT][REGION].queues[queue]
        for message in held._messages:
            message.delayed_until = 0
            message.visible_at = 0

    def _sources(self):
        for name, function in self._functions():
            del name
            for event in (function.get("Events") or {}).values():
                if event["Type"] == "SQS":
                    yield event["Properties"]["Queue"]["Fn::GetAtt"].split(".")[0], function["Handler"]

    def _functions(self):
        for name in self._of_type("AWS::Serverless::Function"):
            yield name, self.resources[name]["Properties"]

    def _of_type(self, kind):
        return [name for name, resource in self.resources.items() if resource["Type"] == kind]

    def _routes(self):
        routes = {}
        for _, function in self._functions():
            for event in (function.get("Events") or {}).values():
                if event["Type"] == "Api":
                    route = event["Properties"]
                    routes[f"{route['Method'].upper()} {route['Path']}"] = function["Handler"]
        return routes

    def _is_public(self, route):
        for _, function in self._functions():
            for event in (function.get("Events") or {}).values():
                found = event["Properties"]
                if event["Type"] == "Api" and f"{found['Method'].upper()} {found['Path']}" == route:
                    return found.get("Auth", {}).get("Authorizer") == "NONE"
        return False

    def _http(self, handler):
        def call(event, context):
            return _import(handler)(event, context)

        return call

    def _provide(self):
        for name in self._of_type("AWS::DynamoDB::Table"):
            described = self.resources[name]["Properties"]
            keep = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")
            self.dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                **{key: described[key] for key in keep if key in described},
            )
            self.names[name] = name
        for name in self._of_type("AWS::SQS::Queue"):
            self.names[name] = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        secrets = boto3.client("secretsmanager")
        for name in self._of_type("AWS::SecretsManager::Secret"):
            text = {"AdminToken": ADMIN_TOKEN}.get(name.removesuffix("Secret"), self.vendor.client_secret)
            text = uuid.uuid4().hex if "Webhook" in name else text
            self.names[name] = secrets.create_secret(Name=name, SecretString=text)["ARN"]
        for name in self._of_type("AWS::KMS::Key"):
            self.names[name] = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
        for name in self._of_type("AWS::Scheduler::ScheduleGroup"):
            boto3.client("scheduler").create_schedule_group(Name=name)
            self.names[name] = name

    def _environment(self):
        parameters = {
            "CampaignMonitorApiUrl": self.vendor.url,
            "CampaignMonitorClientId": self.vendor.client_id,
            "PublicApiUrl": self.url,
            "FullSweepHours": "168",
        }
        for _, function in self._functions():
            for variable, value in function.get("Environment", {}).get("Variables", {}).items():
                os.environ[variable] = self._resolve(value, parameters)
        os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "LyticsCm"
        # boto3 is answered by moto in this process; what speaks HTTP by itself finds it on a port.
        os.environ.update(AWS_ENDPOINT_URL=self.aws.url, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")

    def _resolve(self, value, parameters):  # noqa: PLR0911 - one line per kind of reference
        match value:
            case {"Ref": name}:
                return parameters.get(name) or self.names.get(name) or ""
            case {"Fn::GetAtt": str(text)} if text.endswith(".Id"):
                return self.names[text.removesuffix(".Id")]
            case {"Fn::GetAtt": str(text)} if text.endswith(".Arn"):
                name = text.removesuffix(".Arn")
                if name in self.names and "Queue" in name:
                    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
                return f"arn:aws:iam::{ACCOUNT}:role/{name}"
            case {"Fn::If": [_, yes, _]}:
                return self._resolve(yes, parameters)
            case dict():
                return self.url
            case _:
                return str(value)


def cold_start():
    """Forget what workers keep between invocations."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in OUR_MODULES:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def dies_at(product, call, matches=lambda parameters: True):
    """Make the worker die just before the `call`-th AWS call that matches."""
    left = SimpleNamespace(calls=call)

    def before(params, **_):
        if matches(params):
            left.calls -= 1
            if left.calls == 0:
                raise Crash

    return before


def _import(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _record(message):
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }


def ids_of(text):
    return re.findall(r"[0-9a-f]{32}", text)
