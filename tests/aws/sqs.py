"""SQS in memory: queues, visibility, delays, dead letters, and what it refuses.

Quotas: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
A message that is moved back from dead letters is a new one, with another id and another time:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

import json
import math
import re
import threading
import uuid

from tests.aws.errors import ServiceError

MAX_MESSAGE_BYTES = 1024 * 1024
"""Bytes of a message, and of all messages of a batch."""
MAX_BATCH_ENTRIES = 10
MAX_DELAY_SECONDS = 900
TASK_SECONDS = 1
ENVELOPE_BYTES = 1024
"""Bytes of what is told of a message beside its body, about."""
TEXT = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
"""What a message may consist of."""
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
        self.sent_at, self.entered_at, self.first_received_at = sent_at, sent_at, None
        self.receives, self.was_doubled = 0, False
        self.origin = None
        """The queue that gave it up."""

    @property
    def size(self):
        """Bytes that it takes in an event of Lambda: JSON within JSON."""
        return len(json.dumps(self.body)) + ENVELOPE_BYTES

    def shape(self, asked=()):
        """As it is received; of its attributes those that are asked for."""
        known = {"MessageGroupId": self.group, "SentTimestamp": str(int(self.sent_at * 1000))}
        shown = {name: known[name] for name in asked if known[name] is not None}
        return {"MessageId": self.id, "ReceiptHandle": self.id, "Body": self.body, "Attributes": shown}


class Sqs:
    """Queues by URL; what was received too often goes to the dead letters.

    `refuses` is asked of each message of a batch whether SQS fails to take it; `moves` says whether there is `StartMessageMoveTask`; a task is seen as running for a second after it has moved all.
    """

    def __init__(self, clock, lineages):
        self.clock, self.lineages = clock, lineages
        self.queues, self.lock = {}, threading.RLock()
        self.redrive, self.used = {}, set()
        self.moves, self._moving = True, {}
        self.refuses = lambda body: False

    def call(self, operation, params):
        with self.lock:
            match operation:
                case "CreateQueue":
                    url = self.url_of(params["QueueName"])
                    self.queues.setdefault(url, [])
                    answer = {"QueueUrl": url}
                case "SendMessage":
                    answer = {"MessageId": self._send(params["QueueUrl"], params)}
                case "SendMessageBatch":
                    answer = self._send_batch(params["QueueUrl"], params["Entries"])
                case "ReceiveMessage":
                    most, visibility = (
                        params.get("MaxNumberOfMessages", 1),
                        params.get("VisibilityTimeout", 30),
                    )
                    found = self.receive(params["QueueUrl"], most, visibility)
                    asked = params.get("MessageSystemAttributeNames", ())
                    answer = {"Messages": [message.shape(asked) for message in found]} if found else {}
                case "DeleteMessage":
                    self.delete(params["QueueUrl"], params["ReceiptHandle"])
                    answer = {}
                case "GetQueueAttributes":
                    known = self.attributes(params["QueueUrl"])
                    answer = {
                        "Attributes": {name: known[name] for name in params.get("AttributeNames", known)}
                    }
                case "StartMessageMoveTask":
                    answer = self._move(params)
                case _:
                    raise AssertionError(f"the product does not call {operation}")
            return answer

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
                    message.origin, message.due, message.entered_at = url, now, now
                    self.queues[target].append(message)
                    self.used.add(target)
                    continue
                message.receives += 1
                message.first_received_at = message.first_received_at or now
                message.due = now + visibility
                taken.append(message)
            return taken

    def delete(self, url, message_id):
        with self.lock:
            self.queues[url][:] = [message for message in self.queues[url] if message.id != message_id]

    def attributes(self, url):
        """Those of a queue's own that somebody asks for."""
        with self.lock:
            now, queue = self.clock.now(), self.queues[url]
            delayed = sum(one.due > now and not one.receives for one in queue)
            in_flight = sum(one.due > now and one.receives > 0 for one in queue)
            return {
                "ApproximateNumberOfMessages": str(len(queue) - delayed - in_flight),
                "ApproximateNumberOfMessagesNotVisible": str(in_flight),
                "ApproximateNumberOfMessagesDelayed": str(delayed),
                "QueueArn": _arn(url),
            }

    def age_of_oldest(self, url):
        """Seconds since the oldest message came into a queue; into one of dead letters, when it was given up."""
        with self.lock:
            now = self.clock.now()
            return max((now - one.entered_at for one in self.queues[url]), default=0.0)

    def url_of(self, name):
        return f"https://sqs.stand.in/{name}"

    def _move(self, params):
        """Move dead letters back to where they came from: all at once, as messages that nobody has seen yet."""
        if not self.moves:
            raise ServiceError(
                "InvalidAction", "The action StartMessageMoveTask is not valid for this endpoint."
            )
        source = self.url_of(params["SourceArn"].rpartition(":")[2])
        origins = [url for url, (letters, _) in self.redrive.items() if letters == source]
        if not origins:
            raise ServiceError(
                "InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue."
            )
        if self.clock.now() < self._moving.get(source, 0.0):
            raise ServiceError(
                "InvalidParameterValue",
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            )
        self._moving[source] = self.clock.now() + TASK_SECONDS
        now = self.clock.now()
        for message in [one for one in self.queues[source] if one.due <= now]:
            self.queues[source].remove(message)
            again = Message(message.body, now, message.lineage, now, message.group)
            self.queues[message.origin or origins[0]].append(again)
        return {"TaskHandle": uuid.uuid4().hex}

    def next_due(self, urls):
        """When the next message can be seen; None when there is none."""
        with self.lock:
            return min((message.due for url in urls for message in self.queues[url]), default=None)

    def _send(self, url, entry):
        queue = self.queues[url]
        body, delay, group = entry["MessageBody"], entry.get("DelaySeconds", 0), entry.get("MessageGroupId")
        if not TEXT.fullmatch(body):
            raise ServiceError(
                "InvalidMessageContents", "the message is empty, or has characters that are not allowed"
            )
        if len(body.encode()) > MAX_MESSAGE_BYTES or delay not in range(MAX_DELAY_SECONDS + 1):
            raise ServiceError("InvalidParameterValue", "message or delay is too large")
        if group is not None and not GROUP.fullmatch(group):
            raise ServiceError("InvalidParameterValue", "the message group's name is not allowed")
        now = self.clock.now()
        self.used.add(url)
        queue.append(Message(body, now + delay, self.lineages.current, now, group))
        return queue[-1].id

    def _send_batch(self, url, entries):
        if not 0 < len(entries) <= MAX_BATCH_ENTRIES:
            raise ServiceError("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        names = [entry["Id"] for entry in entries]
        if len(set(names)) < len(names) or not all(map(ENTRY_ID.fullmatch, names)):
            raise ServiceError("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "or not allowed")
        if sum(len(entry["MessageBody"].encode()) for entry in entries) > MAX_MESSAGE_BYTES:
            raise ServiceError("AWS.SimpleQueueService.BatchRequestTooLong")
        sent, failed = [], []
        for entry in entries:
            if self.refuses(entry["MessageBody"]):
                failed.append({"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"})
                continue
            try:
                sent.append({"Id": entry["Id"], "MessageId": self._send(url, entry)})
            except ServiceError as refused:
                code = refused.answer["Error"]["Code"]
                failed.append({"Id": entry["Id"], "SenderFault": True, "Code": code})
        return {"Successful": sent, "Failed": failed}


def _arn(url):
    return f"arn:aws:sqs:eu-west-1:123456789012:{url.rpartition('/')[2]}"
