"""What lies among the dead letters: of what kind, of which job and since when. Never a text: it is about people."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lytics_cm.aside import aside
from lytics_cm.web import rfc3339
from system_app.reading import counts_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from system_app.lines import Line

type Json = dict[str, Any]

MOST = 10
"""Messages of a queue that are looked at: as many as one call gives."""
WORD = re.compile(r"[a-z_]{1,30}")
"""What our messages call their kinds; nothing else is repeated."""
JOB = re.compile(r"[0-9a-f]{32}")
BESIDE = frozenset(
    ("job", "export", "group", "unit", "run", "task", "args", "received_at", "put_back", "since", "attempt")
)
"""Members of messages that do not say what they are."""
UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Letters:
    """The dead letters of all queues."""

    sqs: SQSClient
    lines: Sequence[Line]

    def all(self) -> list[Json]:
        """Per queue how many there are, about, and a sample of at most ten; see the contract.

        Looking takes none of them: they are seen by everybody else meanwhile.
        """
        begun = [aside(lambda line=line: self._of(line)) for line in self.lines]  # type: ignore[misc]
        return [one.result() for one in begun]

    def _of(self, line: Line) -> Json:
        count = sum(counts_of(self.sqs, line.letters_url))
        found = self._some(line) if count else []
        return {"queue": line.name, "messages": count, "sample": [_view(message) for message in found]}

    def _some(self, line: Line) -> list[MessageTypeDef]:
        return self.sqs.receive_message(
            QueueUrl=line.letters_url,
            MaxNumberOfMessages=MOST,
            VisibilityTimeout=0,
            WaitTimeSeconds=1,  # or it looks at some of SQS' servers alone
            MessageSystemAttributeNames=["SentTimestamp"],
        ).get("Messages", [])


def _view(message: MessageTypeDef) -> Json:
    sent = message.get("Attributes", {}).get("SentTimestamp")
    kind, job = _kind_of(message["Body"])
    return {"kind": kind, "job": job, "sent_at": rfc3339(int(sent)) if sent else None}


def _kind_of(text: str) -> tuple[str, str | None]:
    """What a message is (its task, or what it carries) and the id of its job, if it has one."""
    try:
        message = json.loads(text)
    except ValueError:
        return UNREADABLE, None
    if not isinstance(message, dict):
        return UNREADABLE, None
    words = [message.get("task"), *(name for name in message if name not in BESIDE)]
    kind = next((word for word in words if isinstance(word, str) and WORD.fullmatch(word)), UNREADABLE)
    return kind, _job_of(message)


def _job_of(message: Json) -> str | None:
    """The id of the import or export that a message names; None of what is about all of them, or none."""
    unit = message.get("unit")
    named = unit if isinstance(unit, dict) else message
    job = named.get("job") or named.get("export")
    return job if isinstance(job, str) and JOB.fullmatch(job) else None
