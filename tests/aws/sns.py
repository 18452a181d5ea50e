"""SNS in memory: what was published, and what it refuses to publish.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: a subject is of ASCII, begins with a letter, a number or a
punctuation mark, has no line breaks and fewer than 100 characters; a message has at most 256 KB, and is not empty.
"""

import re

from tests.aws.errors import ServiceError

MAX_MESSAGE_BYTES = 256 * 1024
SUBJECT = re.compile(r"[!-~][ -~]{0,98}")


class Sns:
    """`published` are subjects and messages, the oldest first."""

    def __init__(self):
        self.published = []

    def call(self, operation, params):
        if operation != "Publish":
            raise AssertionError(f"the product does not call {operation}")
        subject, message = params.get("Subject"), params["Message"]
        if subject is not None and not SUBJECT.fullmatch(subject):
            raise ServiceError("InvalidParameter", "Invalid parameter: Subject")
        if not message or len(message.encode()) > MAX_MESSAGE_BYTES:
            raise ServiceError("InvalidParameter", "Invalid parameter: Message")
        self.published.append((subject, message))
        return {"MessageId": str(len(self.published))}
