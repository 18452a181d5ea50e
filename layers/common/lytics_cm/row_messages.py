"""How rows travel in a message: as a list, or deflated to text. Whoever reads them takes both.

A page of a report is about 450 KB of JSON, and 15 to 35 KB of text: SQS counts 64 KiB as a request, and a
batch for Lambda ends at 6 MB.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from lytics_cm.deflating import Codec
from lytics_cm.errors import UnreadableMessage
from lytics_cm.grouping import grouped
from lytics_cm.queues import encode

MOST_ROWS = 1000
"""Of one message: a page of the vendor's is one message, and forty of them fit a function."""
MOST_BYTES = 600 * 1024
"""Of the rows' JSON: its text is smaller than SQS' 1 MiB, whatever the rows are."""

type Json = dict[str, Any]

ROWS = Codec(
    1,
    b"Unsubscribed Bounced Deleted Unconfirmed Active Hard Bounce Soft Bounce suppression list Reason Unavailable"
    b'"region":" South North United States United Kingdom Australia Germany Canada "cc":"GB "cc":"US '
    b'"reads_email_with":"Gmail Outlook iPhone Apple Mail "consent_to_track":"Yes "consent_to_track":"No '
    b'"list_joined":"2026-01-01 10:00:00","custom. "},"seen":17, "witness":"read"},"witness":"hook"},'
    b'"fields":{"event":"deactivate","status":"bounce","status":"spam","status":"delete","status":"unsubscribe",'
    b'"fields":{"event":"subscribe","event":"update","event":"spam","event":"bounce","bounce_type":"Hard","reason":"'
    b'"fields":{"event":"sent","event":"click","email":"'
    b'"url":"https://www.","message_id":","message_name":"'
    b'[{"stream":"cm_user","ts":17,"fields":{"email":"info@gmail.com","name":"","status":"active","list_id":"'
    b'[{"stream":"cm_activity","ts":17000,"fields":{"event":"open","email":"@example.com","list_id":","list_name":"'
    b'","campaign_id":","campaign_name":","ip":"192.0.2.1","cc":"US","country":","city":","latitude":,"longitude":'
    b'","client_id":","client_name":"}},{"stream":"',
)


def batches(rows: Iterable[Json]) -> Iterator[list[Json]]:
    """Groups of rows, in order, each for one message; a row is at most `streams.MAX_ROW_BYTES`."""
    return grouped(rows, lambda row: len(encode(row)) + 1, MOST_BYTES, MOST_ROWS)


def packed(rows: list[Json]) -> str:
    """The rows of one message as text: letters, digits, `+`, `/`, `=`, all safe in SQS and JSON."""
    return base64.b64encode(ROWS.deflate(encode(rows).encode())).decode()


def rows_of(rows: object) -> list[Any]:
    """The rows of a message in either form, each of them anything. Raises `UnreadableMessage`."""
    found = _inflated(rows) if isinstance(rows, str) else rows
    if not isinstance(found, list):
        raise UnreadableMessage("the message has no list of rows")
    return found


def _inflated(text: str) -> Any:
    try:
        return json.loads(ROWS.inflate(base64.b64decode(text, validate=True), 2 * MOST_BYTES))
    except (ValueError, RecursionError):
        raise UnreadableMessage("the message's rows are no JSON in base64") from None
