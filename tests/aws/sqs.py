"""SQS in memory: queues, visibility, delays, dead letters, and what it refuses.

Quotas: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
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
        self.sent_at, self.first_received_at = sent_at, None
        self.receives, self.was_doubled = 0, False

    @property
    def size(self):
        """Bytes that it takes in an event of Lambda: JSON within JSON."""
        return len(json.dumps(self.body)) + ENVELOPE_BYTES

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
            raise ServiceError(
                "InvalidMessageContents", "the message is empty, or has characters that are not allowed"
            )
        if len(body.encode()) > MAX_MESSAGE_BYTES or delay not in range(MAX_DELAY_SECONDS + 1):
            raise ServiceError("InvalidParameterValue", "message or delay is too large")
        if group is not None and not GROUP.fullmatch(group):
            raise ServiceError("InvalidParameterValue", "the message group's name is not allowed")
        now = self.clock.now()
        queue.append(Message(body, now + delay, self.lineages.current, now, group))
        return queue[-1].id

    def _send_batch(self, queue, entries):
        if not 0 < len(entries) <= MAX_BATCH_ENTRIES:
            raise ServiceError("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        names = [entry["Id"] for entry in entries]
        if len(set(names)) < len(names) or not all(map(ENTRY_ID.fullmatch, names)):
            raise ServiceError("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "or not allowed")
        if sum(len(entry["MessageBody"].encode()) for entry in entries) > MAX_MESSAGE_BYTES:
            raise ServiceError("AWS.SimpleQueueService.BatchRequestTooLong")
        sent, failed = [], []
        for entry in entries:
            try:
                sent.append({"Id": entry["Id"], "MessageId": self._send(queue, entry)})
            except ServiceError as refused:
                code = refused.answer["Error"]["Code"]
                failed.append({"Id": entry["Id"], "SenderFault": True, "Code": code})
        return {"Successful": sent, "Failed": failed}
