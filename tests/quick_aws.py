"""DynamoDB and SQS at the edge of the process: botocore's calls are answered in memory before they become requests.

All other services are moto's. `before` hears of every call and may kill the worker that makes it.
"""

import json
import threading
import uuid
from functools import cache
from types import SimpleNamespace

import boto3
import botocore.session

from tests.dynamodb import DynamoDB, Refused
from tests.lineage import Lineages

MAX_MESSAGE = 1024 * 1024
MAX_BATCH = 10
MAX_DELAY = 900


class Message:
    """One message of a queue; `due` is when it can be seen, `lineage` that of the invocation that sent it.

    Times are seconds since 1970.
    """

    def __init__(self, body, due, lineage, sent_at=0.0):
        self.id, self.body, self.due, self.lineage = uuid.uuid4().hex, body, due, lineage
        self.sent_at, self.first_received_at = sent_at, None
        self.receives, self.was_doubled = 0, False

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

    def receive(self, url, most, visibility, rng=None):
        """Take messages that can be seen; they are back after `visibility` seconds unless deleted."""
        with self.lock:
            now, queue = self.clock.now(), self.queues[url]
            seen = [message for message in queue if message.due <= now]
            if rng:
                rng.shuffle(seen)
            taken = []
            for message in seen:
                if len(taken) == most:
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
        body, delay = entry["MessageBody"], entry.get("DelaySeconds", 0)
        if not 0 < len(body.encode()) <= MAX_MESSAGE or not 0 <= delay <= MAX_DELAY:
            raise Refused("InvalidParameterValue", "message or delay is too large")
        now = self.clock.now()
        queue.append(Message(body, now + delay, self.lineages.current, now))
        return queue[-1].id

    def _send_batch(self, queue, entries):
        if not 0 < len(entries) <= MAX_BATCH:
            raise Refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        if sum(len(entry["MessageBody"].encode()) for entry in entries) > MAX_MESSAGE:
            raise Refused("AWS.SimpleQueueService.BatchRequestTooLong")
        sent = [{"Id": entry["Id"], "MessageId": self._send(queue, entry)} for entry in entries]
        return {"Successful": sent, "Failed": []}


class QuickAws:
    """Both services; `before` hears of every call that is made."""

    def __init__(self, clock, lineages=None):
        self.dynamodb, self.sqs = DynamoDB(), Sqs(clock, lineages or Lineages())
        self.before = []

    def session(self):
        """The session whose clients ask us from now on."""
        made = session()
        made.aws = self
        return made

    def answer(self, service, operation, params):
        for hear in self.before:
            hear(service, operation)
        status = 200
        try:
            parsed = {"dynamodb": self.dynamodb, "sqs": self.sqs}[service].call(operation, params)
        except Refused as refused:
            status, parsed = 400, refused.answer
        parsed["ResponseMetadata"] = {"HTTPStatusCode": status}
        return SimpleNamespace(status_code=status), parsed


@cache
def session():
    """One for the process: loading botocore's models and making clients takes long."""
    inner = botocore.session.Session()
    made = Session(botocore_session=inner)

    def answer(model, context, **_):
        return made.aws.answer(model.service_model.service_name, model.name, context["params"])

    def keep(params, context, **_):
        context["params"] = params

    inner.get_component("event_emitter").register_last("before-parameter-build", keep)
    inner.register("before-call.dynamodb", answer)
    inner.register("before-call.sqs", answer)
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
