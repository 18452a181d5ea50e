"""SQS and Lambda: takes messages off the queues and hands them to the functions.

Time passes only when everybody waits: when no message can be seen, the clock is put forward to the next one. If asked
to, it delivers everything twice, out of order, by several workers at once, or with workers that die at any AWS call.
A batch is no larger than Lambda's payload (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html); who is
not called, takes too long or answers too much has failed all its messages.
"""

import random
import threading
import time
import warnings
from collections import Counter

from tests.aws.executions import MAX_PAYLOAD_BYTES, Failed, NotInvoked
from tests.aws.functions import cold_start, lambda_context

VISIBILITY_SECONDS = 720
USUAL_BATCH_MESSAGES = 10
MARGIN_BYTES = 1024
"""Bytes of an event beside its messages."""
MOST_DELIVERIES = 200_000


class Pump:
    """`twice` delivers every message a second time; `seed` shuffles; `workers` run at once; `deaths` kill them.

    `until` is asked after every delivery whether to stop; `deliveries` is how many were made. Batches have at most ten
    messages, or as many as the template says if `whole`.
    """

    def __init__(
        self,
        stack,
        *,
        twice=False,
        seed=None,
        workers=1,
        deaths=None,
        until=None,
        most=MOST_DELIVERIES,
        whole=False,
    ):
        self.stack, self.sqs, self.clock = stack, stack.quick.sqs, stack.clock
        self.twice, self.workers, self.deaths = twice, workers, deaths
        self.until, self.most = until or (lambda: False), most
        self.rng = None if seed is None else random.Random(seed)
        self.sources = [
            (queue, handler, most if whole else min(most, USUAL_BATCH_MESSAGES))
            for queue, handler, most in stack.deployment.sources()
        ]
        self.caps = {queue: stack.most_at_once(queue) for queue, _, _ in self.sources}
        self.deliveries = 0
        self._lock = threading.Lock()
        self._busy, self._stopped, self._errors = 0, False, []
        self._running = Counter()

    def run(self):
        hears = [self.deaths.hear] if self.deaths else []
        self.stack.quick.before += hears
        try:
            if self.workers == 1:
                with self.clock.sleepless():
                    self._work()
            else:
                self._work_together()
        finally:
            for hear in hears:
                self.stack.quick.before.remove(hear)
        return self

    def _work_together(self):
        # Powertools keeps one set of metrics per process, as Lambda runs one invocation in each.
        warnings.filterwarnings("ignore", "No application metrics to publish", UserWarning)
        threads = [threading.Thread(target=self._guarded) for _ in range(self.workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for error in self._errors:
            raise error

    def _guarded(self):
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - whatever ends a thread must end the test
            self._stopped = True
            self._errors.append(error)

    def _work(self):
        while not self._stopped:
            with self._lock:
                work = self._take()
                if work is None and not self._busy and not self._let_time_pass():
                    return
                self._busy += work is not None
            if work is None:
                if self._busy:
                    time.sleep(0.001)
                continue
            try:
                self._deliver(*work)
            finally:
                with self._lock:
                    self._busy -= 1
                    self._running[work[0]] -= 1
            if self.until():
                self._stopped = True

    def deliver_one(self, queue, handler, most):
        """One batch of one queue; tell whether there was one."""
        messages = self._receive(queue, most)
        if messages:
            with self.clock.sleepless():
                self._deliver(queue, handler, messages)
        return bool(messages)

    def _take(self):
        sources = self.sources[:]
        if self.rng:
            self.rng.shuffle(sources)
        for source in sources:
            queue, handler, most = source
            if self._running[queue] >= self.caps[queue]:
                continue
            messages = self._receive(queue, most)
            if messages:
                self.sources.remove(source)
                self.sources.append(source)
                self._running[queue] += 1
                return queue, handler, messages
        return None

    def _receive(self, queue, most):
        return self.sqs.receive(
            self._url(queue), most, VISIBILITY_SECONDS, self.rng, MAX_PAYLOAD_BYTES - MARGIN_BYTES
        )

    def _let_time_pass(self):
        due = self.sqs.next_due([self._url(queue) for queue, _, _ in self.sources])
        if due is None:
            return False
        self.clock.advance(due - self.clock.now() + 0.001)
        return True

    def _deliver(self, queue, handler, messages):
        self.deliveries += 1
        if self.deliveries > self.most:
            raise AssertionError("the queues do not run dry")
        function = self.stack.deployment.function_of(handler)
        lineage = self.stack.lineages.of(function, messages)
        if lineage is None:
            return  # they come again, until their queue gives them up
        event = {"Records": [_record(message) for message in messages]}
        failed = {message.id for message in messages}
        seconds = self.stack.deployment.timeout(handler)

        def call(event):
            with self.stack.lineages.invocation(lineage):
                return self.stack.handler_at(handler)(event, lambda_context(queue, seconds)) or {}

        if self.deaths:
            self.deaths.begin(messages)
        try:
            answer = self.stack.executions.invoke(function, seconds, call, event)
            failed = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures", [])}
        except (NotInvoked, Failed):
            pass  # all come again
        except BaseException:
            if not (
                self.deaths and self.deaths.is_dead
            ):  # what the dead raise while they fall matters to nobody
                raise
            self.stack.executions.has_dead = True
            cold_start()
        finally:
            if self.deaths:
                self.deaths.end()
        for message in messages:
            if message.id in failed:
                continue
            if self.twice and not message.was_doubled:
                message.was_doubled, message.receives, message.due = True, 0, self.clock.now()
            else:
                self.sqs.delete(self._url(queue), message.id)

    def _url(self, queue):
        return self.stack.names[queue]


def _record(message):
    return {
        "messageId": message.id,
        "receiptHandle": message.id,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(int(message.sent_at * 1000)),
            "ApproximateFirstReceiveTimestamp": str(int(message.first_received_at * 1000)),
        },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
