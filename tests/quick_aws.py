"""DynamoDB and SQS at the edge of the process: botocore's calls are answered in memory before they become requests.

All other services are moto's. `before` hears of every call and may kill the worker that makes it, `hear` is told of
what is asked; `throttling` may refuse any of them, and then botocore's further attempts are made here.
Quotas of SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

import json
import math
import re
import threading
import uuid
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace

import boto3
import botocore.session

from tests.dynamodb import DynamoDB, Refused
from tests.lineage import Lineages
from tests.throttling import CODES, RETRIED, Throttling, attempts_of, pause_before

MAX_MESSAGE = 1024 * 1024
"""Bytes of a message, and of all messages of a batch."""
MAX_BATCH = 10
MAX_DELAY = 900
ENVELOPE = 1024
"""Bytes of what is told of a message beside its body, about."""
TEXT = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
"""What a message may consist of."""
NAMES = {"secretsmanager": "secrets-manager"}
"""What botocore's events call a service."""
ENTRY_ID = re.compile(r"[\w-]{1,80}", re.ASCII)
GROUP = re.compile(r"[!-~]{1,128}")
"""What the name of a message group may be; in a standard queue it orders nothing."""


class Message:
    """One message of a queue; `due` is when it can be seen, `lineage` that of the invocation that sent it.

    Times are seconds since 1970.
    """

    def __init__(self, body, due, lineage, sent_at=0.0, group=None):
        self.id, self.body, self.due, self.lineage = uuid.uuid4().hex, body, due, lineage
        self.group = group
        self.sent_at, self.first_received_at = sent_at, None
        self.receives, self.was_doubled = 0, False

    @property
    def size(self):
        """Bytes that it takes in an event of Lambda: JSON within JSON."""
        return len(json.dumps(self.body)) + ENVELOPE

    @property
    def shape(self):
        return {"MessageId": self.id, "ReceiptHandle": self.id, "Body": self.body, "Attributes": {}}


class Sqs:
    """Queues by URL; what was received too often goes to the dead letters."""

    def __init__(self, clock, lineages):
        self.clock, self.lineages = clock, lineages
        self.queues, self.lock = {}, threading.RLock()
        self.redrive = {}

    def call(self, operation, params):
        with self.lock:
            if operation == "CreateQueue":
                url = f"https://sqs.stand.in/{params['QueueName']}"
                self.queues.setdefault(url, [])
                return {"QueueUrl": url}
            queue = self.queues[params["QueueUrl"]]
            match operation:
                case "SendMessage":
                    return {"MessageId": self._send(queue, params)}
                case "SendMessageBatch":
                    return self._send_batch(queue, params["Entries"])
                case "ReceiveMessage":
                    found = self.receive(params["QueueUrl"], params.get("MaxNumberOfMessages", 1), 30)
                    return {"Messages": [message.shape for message in found]} if found else {}
                case "DeleteMessage":
                    self.delete(params["QueueUrl"], params["ReceiptHandle"])
                    return {}
                case "GetQueueAttributes":
                    return {"Attributes": {"ApproximateNumberOfMessages": str(len(queue))}}
        raise AssertionError(f"the product does not call {operation}")

    def receive(self, url, most, visibility, rng=None, most_bytes=math.inf):
        """Take messages that can be seen, so many and so many bytes; they are back after `visibility` seconds unless deleted.

        The first is taken however large it is.
        """
        with self.lock:
            now, queue = self.clock.now(), self.queues[url]
            seen = [message for message in queue if message.due <= now]
            if rng:
                rng.shuffle(seen)
            taken, size = [], 0
            for message in seen:
                size += message.size
                if len(taken) == most or (taken and size > most_bytes):
                    break
                target, limit = self.redrive.get(url, ("", 0))
                if target and message.receives >= limit:
                    queue.remove(message)
                    self.queues[target].append(message)
                    continue
                message.receives += 1
                message.first_received_at = message.first_received_at or now
                message.due = now + visibility
                taken.append(message)
            return taken

    def delete(self, url, message_id):
        with self.lock:
            self.queues[url][:] = [message for message in self.queues[url] if message.id != message_id]

    def next_due(self, urls):
        """When the next message can be seen; None when there is none."""
        with self.lock:
            return min((message.due for url in urls for message in self.queues[url]), default=None)

    def _send(self, queue, entry):
        body, delay, group = entry["MessageBody"], entry.get("DelaySeconds", 0), entry.get("MessageGroupId")
        if not TEXT.fullmatch(body):
            raise Refused(
                "InvalidMessageContents", "the message is empty, or has characters that are not allowed"
            )
        if len(body.encode()) > MAX_MESSAGE or delay not in range(MAX_DELAY + 1):
            raise Refused("InvalidParameterValue", "message or delay is too large")
        if group is not None and not GROUP.fullmatch(group):
            raise Refused("InvalidParameterValue", "the message group's name is not allowed")
        now = self.clock.now()
        queue.append(Message(body, now + delay, self.lineages.current, now, group))
        return queue[-1].id

    def _send_batch(self, queue, entries):
        if not 0 < len(entries) <= MAX_BATCH:
            raise Refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        names = [entry["Id"] for entry in entries]
        if len(set(names)) < len(names) or not all(map(ENTRY_ID.fullmatch, names)):
            raise Refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "or not allowed")
        if sum(len(entry["MessageBody"].encode()) for entry in entries) > MAX_MESSAGE:
            raise Refused("AWS.SimpleQueueService.BatchRequestTooLong")
        sent, failed = [], []
        for entry in entries:
            try:
                sent.append({"Id": entry["Id"], "MessageId": self._send(queue, entry)})
            except Refused as refused:
                code = refused.answer["Error"]["Code"]
                failed.append({"Id": entry["Id"], "SenderFault": True, "Code": code})
        return {"Successful": sent, "Failed": failed}


class QuickAws:
    """Both services; `before` hears of every call that is made."""

    def __init__(self, clock, lineages=None):
        self.clock = clock
        self.dynamodb, self.sqs = DynamoDB(), Sqs(clock, lineages or Lineages())
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
            return _response(*ask())
        most = attempts_of(service, config)
        for attempt in range(1, most + 1):
            code = self.throttling.code(service)
            answer = (400, Refused(code, "Rate exceeded").answer) if code else ask()
            if answer is None or answer[1].get("Error", {}).get("Code") not in RETRIED:
                break
            if attempt < most:
                self.throttling.wait(service, pause_before(service, attempt))
        return answer and _response(*answer)

    def _ask(self, service, operation, params):
        try:
            return 200, {"dynamodb": self.dynamodb, "sqs": self.sqs}[service].call(operation, params)
        except Refused as refused:
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
    inner.register("before-call.dynamodb", answer)
    inner.register("before-call.sqs", answer)
    for service in CODES:
        if service not in ("dynamodb", "sqs"):
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
            return self._made[key]
