"""boto3's clients, answered in this process: DynamoDB, SQS, SNS and CloudWatch from memory, before a call becomes a request.

So is Lambda. All other services are moto's. `before` hears of every call and may kill the worker that makes it, `hear` is told of
what is asked. `throttling` may refuse any call, and then botocore's further attempts are made here.
"""

import json
import threading
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace

import boto3
import botocore.session

from tests.aws.cloudwatch import Account, CloudWatch
from tests.aws.dynamodb.database import DynamoDB
from tests.aws.errors import ServiceError
from tests.aws.executions import Executions
from tests.aws.recursion import Lineages
from tests.aws.sns import Sns
from tests.aws.sqs import Sqs
from tests.aws.throttling import CODES, RETRIED, Throttling, attempts_of, pause_before

NAMES = {"secretsmanager": "secrets-manager"}
"""What botocore's events call a service."""
OURS = ("dynamodb", "sqs", "cloudwatch", "lambda", "sns")
"""The services that are answered from memory."""


class QuickAws:
    """All of them; `before` hears of every call that is made. Services in `denied` refuse whatever is asked."""

    def __init__(self, clock, lineages=None, executions=None):
        self.clock = clock
        self.dynamodb, self.sqs = DynamoDB(), Sqs(clock, lineages or Lineages())
        self.cloudwatch, self.sns = CloudWatch(clock, self.sqs), Sns()
        self.account = Account(executions or Executions(clock))
        self.denied = set()
        self.before = []
        self.hear = lambda service, operation, params: None
        self.throttle()
        self._thread = threading.local()

    def session(self):
        """The session whose clients ask us from now on."""
        made = session()
        made.aws = self
        return made

    def throttle(self, **how):
        """Throttle from now on, as `Throttling` is told; without arguments nothing any more."""
        self.throttling = Throttling(self.clock, **how)
        self.dynamodb.throttling = self.throttling
        return self.throttling

    @contextmanager
    def as_a_server(self):
        """Let this thread ask in the name of AWS itself: once a call, and never throttled."""
        self._thread.is_server = True
        try:
            yield
        finally:
            self._thread.is_server = False

    @property
    def is_asked_by_a_server(self):
        return getattr(self._thread, "is_server", False)

    def answer(self, service, operation, params, config):
        for hear in self.before:
            hear(service, operation)
        self.hear(service, operation, params)
        return self._with_retries(service, config, lambda: self._ask(service, operation, params))

    def refuse(self, service, operation, params, config):
        """The answer to a call that moto would make: a refusal, or None when it is not throttled."""
        self.hear(service, operation, params)
        return self._with_retries(service, config, lambda: None)

    def _with_retries(self, service, config, ask):
        if self.is_asked_by_a_server:
            answer = ask()
            return answer and _response(*answer)
        most = attempts_of(service, config)
        for attempt in range(1, most + 1):
            code = self.throttling.code(service)
            answer = (400, ServiceError(code, "Rate exceeded").answer) if code else ask()
            if answer is None or answer[1].get("Error", {}).get("Code") not in RETRIED:
                break
            if attempt < most:
                self.throttling.wait(service, pause_before(service, attempt))
        return answer and _response(*answer)

    def _ask(self, service, operation, params):
        if service in self.denied:
            return 400, ServiceError("AccessDenied", f"not authorized to perform: {operation}").answer
        services = {
            "dynamodb": self.dynamodb,
            "sqs": self.sqs,
            "cloudwatch": self.cloudwatch,
            "lambda": self.account,
            "sns": self.sns,
        }
        try:
            return 200, services[service].call(operation, params)
        except ServiceError as refused:
            return 400, refused.answer


def _response(status, parsed):
    parsed["ResponseMetadata"] = {"HTTPStatusCode": status}
    return SimpleNamespace(status_code=status), parsed


@cache
def session():
    """One for the process: loading botocore's models and making clients takes long."""
    inner = botocore.session.Session()
    made = Session(botocore_session=inner)

    def answer(model, context, **_):
        service = model.service_model.service_name
        return made.aws.answer(service, model.name, context["params"], context["client_config"])

    def refuse(model, context, **_):
        service = model.service_model.service_name
        return made.aws.refuse(service, model.name, context["params"], context["client_config"])

    def keep(params, context, **_):
        context["params"] = params

    inner.get_component("event_emitter").register_last("before-parameter-build", keep)
    for service in OURS:
        inner.register(f"before-call.{service}", answer)
    for service in CODES:
        if service not in OURS:
            inner.register(f"before-call.{NAMES.get(service, service)}", refuse)
    return made


class Session(boto3.Session):
    """Makes each client once, and asks `aws`."""

    def __init__(self, **more):
        super().__init__(**more)
        self.aws = None
        self._made, self._making = {}, threading.RLock()

    def client(self, service_name, **more):
        return self._once(super().client, "client", service_name, more)

    def resource(self, service_name, **more):
        return self._once(super().resource, "resource", service_name, more)

    def _once(self, make, kind, service, more):
        key = (kind, service, json.dumps(more, default=lambda value: str(vars(value))))
        with self._making:
            if key not in self._made:
                self._made[key] = make(service, **more)
                if service in OURS:
                    _spare(self._made[key] if kind == "client" else self._made[key].meta.client)
            return self._made[key]


def unwritten(parameters, model):
    """A request without what it asks for."""
    return {"url_path": "/", "query_string": "", "method": "POST", "headers": {}, "body": b""}


def _spare(client):
    """Do without what a request needs that is never sent: to find its endpoint, to say who asks, to be written."""
    client._ruleset_resolver = None
    client._user_agent_creator = SimpleNamespace(to_string=lambda: "tests")
    writer = SimpleNamespace(serialize_to_request=unwritten)
    if hasattr(client._serializer, "_serializer"):  # that one checks parameters, then has another write
        client._serializer._serializer = writer
    else:
        client._serializer = writer
