"""Puts dead letters back into the queue that they came from.

SQS does it by itself (`StartMessageMoveTask`). Where there is no such action (the local stack), each message is
received, sent as it is, and only then deleted: whoever dies in between leaves a message twice, which changes
nothing. Either way it is a new message for SQS: with another id, and another five tries. What it says stays,
and that is all that its function goes by (docs/decisions/0085-redrive.md).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lytics_cm.aws_codes import code_of
from lytics_cm.errors import Conflict, NotFound, Throttled
from lytics_cm.grouping import grouped
from lytics_cm.queues import MAX_BATCH_BYTES, MAX_BATCH_ENTRIES
from system_app.reading import counts_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from system_app.lines import Line

type Json = dict[str, Any]

SECONDS = 20
"""For which messages are moved in one request; API Gateway waits 29 seconds."""
MOST = 5000
"""Messages that one request moves."""
HIDDEN_SECONDS = 60
"""For which a message that is being moved is seen by nobody else: longer than a request lasts."""
UNKNOWN = frozenset({"InvalidAction", "UnknownOperation", "UnknownOperationException"})
"""What who has no such action answers."""


@dataclass(frozen=True, slots=True)
class Redrive:
    """The dead letters of all queues."""

    sqs: SQSClient
    lines: Sequence[Line]

    def start(self, name: str) -> Json:
        """Move the dead letters of a queue: `{queue, moved, remaining, task}`, see the contract.

        Raises `NotFound`, or `Conflict` while SQS is at it already. Repeatable.
        """
        line = self._line(name)
        remaining = sum(counts_of(self.sqs, line.letters_url))
        task = self._begin(line)
        if task:
            return _told(line, None, remaining, task)
        moved = self._move(line)
        return _told(line, moved, sum(counts_of(self.sqs, line.letters_url)), None)

    def _line(self, name: str) -> Line:
        for line in self.lines:
            if line.name == name:
                return line
        known = ", ".join(sorted(line.name for line in self.lines))
        raise NotFound(f"there is no such queue; there are {known}")

    def _begin(self, line: Line) -> str | None:
        """Have SQS move them; None where it cannot."""
        arns = self.sqs.get_queue_attributes(QueueUrl=line.letters_url, AttributeNames=["QueueArn"])
        try:
            answer = self.sqs.start_message_move_task(SourceArn=arns["Attributes"]["QueueArn"])
        except ClientError as error:
            if code_of(error).rpartition(".")[2] in UNKNOWN:
                return None
            if "already a task running" in str(error):
                raise Conflict(
                    f"dead letters of {line.name} are being moved already; wait for that"
                ) from error
            raise
        return answer["TaskHandle"]

    def _move(self, line: Line) -> int:
        """Move what can be moved in time; how many that were."""
        end, moved = time.time() + SECONDS, 0
        while moved < MOST and time.time() < end:
            found = self.sqs.receive_message(
                QueueUrl=line.letters_url,
                MaxNumberOfMessages=MAX_BATCH_ENTRIES,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=1,  # or it looks at some of SQS' servers alone
                MessageSystemAttributeNames=["MessageGroupId"],
            ).get("Messages", [])
            if not found:
                break
            sent = sum(self._carry(line, batch) for batch in _batches(found))
            if not sent:
                break
            moved += sent
        return moved

    def _carry(self, line: Line, batch: Sequence[MessageTypeDef]) -> int:
        """Send messages, then delete those that were taken; how many those were."""
        entries: Any = [_entry(str(number), message) for number, message in enumerate(batch)]
        try:
            answer = self.sqs.send_message_batch(QueueUrl=line.url, Entries=entries)
        except Throttled:
            return 0  # they are seen again in a minute
        taken = [batch[int(sent["Id"])] for sent in answer.get("Successful", [])]
        for message in taken:
            self.sqs.delete_message(QueueUrl=line.letters_url, ReceiptHandle=message["ReceiptHandle"])
        return len(taken)


def _batches(messages: Sequence[MessageTypeDef]) -> Iterator[list[MessageTypeDef]]:
    return grouped(
        messages, lambda message: len(message["Body"].encode()), MAX_BATCH_BYTES, MAX_BATCH_ENTRIES
    )


def _entry(number: str, message: MessageTypeDef) -> Json:
    group = message.get("Attributes", {}).get("MessageGroupId")
    return {"Id": number, "MessageBody": message["Body"], **({"MessageGroupId": group} if group else {})}


def _told(line: Line, moved: int | None, remaining: int, task: str | None) -> Json:
    return {"queue": line.name, "moved": moved, "remaining": remaining, "task": task}
