"""Workers that take turns call by call, and die where a history says so.

A worker is a greenlet: it hands over to the stage before each call to DynamoDB, and the stage says whose turn it is.
So any interleaving of calls can be played, and played again.
"""

from greenlet import greenlet

from tests.aws.dynamodb import partiql

GO, DIE_BEFORE, DIE_AFTER = "go", "die before the call", "die after the call"


class Died(BaseException):
    """The worker's process is gone: nobody catches this."""


class Edge:
    """A DynamoDB client that asks before each call, and before each statement of a batch: it may be done in part.

    `spoil(operation, request)` may break what is sent.
    """

    def __init__(self, client, ask, spoil=None):
        self._client = client
        self._ask = ask
        self._spoil = spoil

    def __getattr__(self, operation):
        return lambda **request: self._call(operation, request)

    def batch_execute_statement(self, *, Statements):  # noqa: N803 - named by boto3
        if self._spoil:
            return partiql.batch(Statements, self._call)
        answers = [self._call("batch_execute_statement", {"Statements": [one]}) for one in Statements]
        return {"Responses": [answer["Responses"][0] for answer in answers]}

    def _call(self, operation, request):
        fate = self._ask()
        if fate == DIE_BEFORE:
            raise Died
        if self._spoil:
            request = self._spoil(operation, request)
        answer = getattr(self._client, operation)(**request)
        if fate == DIE_AFTER:
            raise Died
        return answer


class Worker:
    """One task on its way; `outcome` is what it returned, `error` what ended it."""

    def __init__(self, task, client, spoil=None):
        self._fate = GO
        self._calls = 0
        self.finished = False
        self.outcome = self.error = None
        self._play = greenlet(self._run)
        self._play.switch(task, Edge(client, self._ask, spoil))

    def step(self, fate=GO, calls=1):
        """Let the worker make its next calls, the first of them with this fate, and come to the one after."""
        self._fate = fate
        self._calls = calls
        self._play.switch()
        if self.finished and self.error is not None and not isinstance(self.error, Died):
            raise self.error

    def _ask(self):
        self._calls -= 1
        if self._calls > 0:
            return GO
        self._play.parent.switch()
        return self._fate

    def _run(self, task, edge):
        try:
            self.outcome = task(edge)
        except BaseException as error:  # noqa: BLE001 - the stage raises it again
            self.error = error
        self.finished = True
