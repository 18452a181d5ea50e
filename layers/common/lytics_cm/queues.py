"""Sending to and draining of SQS queues, within their limits.

Limits (SQS developer guide): a message and a batch of messages are at most 1 MiB, a batch has at most 10
entries, a delay is at most 15 minutes. We stay at 240 KiB per message, so that ten of them and their envelope
fit one Lambda invocation (6 MB) with room.

Each message bears the job that it is of as its message group. In a standard queue that orders nothing: whose
messages keep the consumers busy waits behind those of others, who wait no longer than without it (*Amazon SQS
fair queues*). Each also bears the origin that it is followed by (`trail`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lytics_cm import trail
from lytics_cm.errors import Throttled, Unavailable
from lytics_cm.grouping import grouped

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef as Entry

MAX_MESSAGE_BYTES = 240 * 1024
MAX_BATCH_BYTES = 1000 * 1024
MAX_BATCH_ENTRIES = 10
MAX_DELAY = 900
LAST_RECEIVE = 5
"""How often our queues deliver a message before it is a dead letter (`maxReceiveCount` in the template)."""

GROUP = re.compile(r"[!-~]{1,128}")
"""What SQS takes as the name of a group."""

type Json = dict[str, Any]


class Queue:
    """One SQS queue of JSON objects."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self.url = url

    def send(self, messages: Iterable[Json], delay: int = 0) -> int:
        """Send all messages, `delay` seconds invisible at first; return how many.

        Raises `Throttled` when the queue did not take them all: the caller's own message must then come again.
        `Unavailable` if some are at fault themselves.
        """
        sent = 0
        entries = (_entry(message, min(delay, MAX_DELAY)) for message in messages)
        for batch in grouped(entries, _size, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES):
            self._send_batch(batch)
            sent += len(batch)
        return sent

    def _send_batch(self, batch: Sequence[Entry]) -> None:
        entries: list[Entry] = [{**entry, "Id": str(number)} for number, entry in enumerate(batch)]
        failed = self._client.send_message_batch(QueueUrl=self.url, Entries=entries).get("Failed", [])
        if failed:
            kind = Unavailable if any(one.get("SenderFault") for one in failed) else Throttled
            raise kind(f"the queue refused {len(failed)} of {len(entries)} messages: {failed[0].get('Code')}")


def _entry(message: Json, delay: int) -> Entry:
    entry: Entry = {"Id": "", "MessageBody": encode(trail.marked(message)), "DelaySeconds": delay}
    group = group_of(message)
    return {**entry, "MessageGroupId": group} if group else entry


def _size(entry: Entry) -> int:
    return len(entry["MessageBody"])


def group_of(message: Json) -> str | None:
    """Whose work a message is: the import's or the export's id, or what it says itself (`group`).

    None for what is nobody's, which stands alone.
    """
    unit = message.get("unit")
    sender = unit if isinstance(unit, dict) else message
    job = sender.get("group") or sender.get("job") or sender.get("export")
    return job if isinstance(job, str) and GROUP.fullmatch(job) else None


def drain(
    event: Json,
    work: Callable[[Json], None],
    on_error: Callable[[Json, Exception], None],
    logger: Logger,
    at_last: Callable[[Json], None] | None = None,
) -> Json:
    """Do `work` for each message of a Lambda event; answer SQS with those that must come again.

    A message is failed by a `TransientError` or by anything unforeseen; `on_error` hears of each. One that
    comes for the last time is not worked on again but given to `at_last`, if there is one. What is logged and
    sent meanwhile bears the message's ids.
    """
    failures = []
    for record in event["Records"]:
        act = at_last if at_last and is_last(record) else work
        message = said(record)
        with trail.following(logger, (record["messageId"], message)):
            try:
                act(message)
            except Exception as error:  # noqa: BLE001 - one bad message must not cost the others of its batch
                on_error(record, error)
                failures.append({"itemIdentifier": record["messageId"]})
            else:
                logger.info("handled")
    return {"batchItemFailures": failures}


def said(record: Json) -> Any:
    """What a message of a Lambda event says; None of one that is no JSON."""
    try:
        return json.loads(record["body"])
    except (ValueError, RecursionError):
        return None


def received_at(message: Json, record: Json) -> int:
    """When we received what a message tells, epoch ms; `record` is how Lambda hands it over.

    What a message does not say was received no later than when SQS took it; what nobody says, at the
    beginning of time.
    """
    sent = record.get("attributes", {}).get("SentTimestamp", "0")
    told = message.get("received_at")
    return told if type(told) is int and told >= 0 else int(sent)


def is_repeated(record: Json) -> bool:
    """Whether a message of a Lambda event was delivered before: whoever had it may have died half way."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)) > 1


def is_last(record: Json) -> bool:
    """Whether a message of a Lambda event becomes a dead letter if it fails once more."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)) >= LAST_RECEIVE


def encode(message: Any) -> str:
    """JSON without spaces; everything outside ASCII escaped, so that characters are bytes."""
    return json.dumps(message, separators=(",", ":"))


def packed[T](items: Iterable[T], limit: int = MAX_MESSAGE_BYTES) -> Iterator[list[T]]:
    """Group items in order, each group's JSON at most `limit` bytes; a larger item is a group of its own."""
    return grouped(items, lambda item: len(encode(item)) + 1, limit)
