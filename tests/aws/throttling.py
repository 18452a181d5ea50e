"""Throttling: for a while, a service of AWS asks for patience, whatever is asked; and what botocore makes of it.

Codes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html,
https://docs.aws.amazon.com/kms/latest/developerguide/throttling.html,
https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html,
https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html,
https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html.
botocore's attempts and pauses: https://docs.aws.amazon.com/boto3/latest/guide/retries.html (legacy and standard mode). It does not try
again what a batch left unprocessed, nor a transaction that was cancelled because of throttling.
A new on-demand table takes 4,000 write units a second:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial
"""

import random
import threading
from collections import Counter

NEW_TABLE_UNITS = 4000
MOMENT_SECONDS = 0.01
CODES = {
    "dynamodb": (
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
    ),
    "sqs": ("RequestThrottled", "ThrottlingException"),
    "kms": ("ThrottlingException",),
    "secretsmanager": ("ThrottlingException",),
    "scheduler": ("ThrottlingException",),
    "cloudwatch": ("Throttling", "ThrottlingException"),
    "lambda": ("TooManyRequestsException",),
}
RETRIED = {code for codes in CODES.values() for code in codes}


class Throttling:
    """With chance `share` a call begins a spell of up to `longest` seconds, in which its service refuses all calls.

    As often DynamoDB does only half of a batch, or cancels a transaction. `write_units` is what each table takes in a
    second. `seen` counts what was refused, by service.
    """

    def __init__(self, clock, *, seed=0, share=0.0, services=tuple(CODES), longest=30.0, write_units=None):
        self.clock, self.share, self.services, self.longest = clock, share, services, longest
        self.write_units = write_units
        self.seen = Counter()
        self._random, self._lock = random.Random(seed), threading.Lock()
        self._until, self._is_partial, self._used = {}, False, {}

    def refuse(self, service, seconds):
        """Begin a spell now."""
        self._until[service] = self.clock.now() + seconds

    def code(self, service):
        """Why the service refuses a call now; None when it does not."""
        if service not in self.services:
            return None
        with self._lock:
            now = self.clock.now()
            if now >= self._until.get(service, 0.0):
                if self._random.random() >= self.share:
                    return None
                self._until[service] = now + self._random.uniform(0, self.longest)
            self.seen[service] += 1
            return self._random.choice(CODES[service])

    def wait(self, service, seconds):
        """Let a pause of botocore pass; many threads pause at the same time, so no longer than the spell lasts."""
        rest = self._until.get(service, 0.0) - self.clock.now() + MOMENT_SECONDS
        self.clock.advance(min(seconds, max(MOMENT_SECONDS, rest)))

    def begin(self):
        """A request reaches DynamoDB: whether it will be done in part is decided here."""
        self._is_partial = "dynamodb" in self.services and self._random.random() < self.share

    def is_throttled(self, table, cost):
        """Whether one item of a request is left undone; `cost()` are its write units, none for a read."""
        if (self._is_partial and self._random.random() < 0.5) or not self._has_capacity(table, cost):
            self.seen["items"] += 1
            return True
        return False

    def _has_capacity(self, table, cost):
        if self.write_units is None:
            return True
        second = int(self.clock.now())
        since, used = self._used.get(table, (second, 0))
        used = (used if since == second else 0) + cost()
        if used > self.write_units:
            return False
        self._used[table] = (second, used)
        return True


def attempts_of(service, config):
    """How often botocore makes a call that a service refuses for now, with a client's configuration."""
    retries = getattr(config, "retries", None) or {}
    if "total_max_attempts" in retries:
        return retries["total_max_attempts"]
    if retries.get("mode") == "standard":
        return 3
    return 10 if service == "dynamodb" else 5


def pause_before(service, attempt):
    """Seconds that botocore waits before the next attempt, at most."""
    return (0.05 if service == "dynamodb" else 1.0) * 2 ** (attempt - 1)
