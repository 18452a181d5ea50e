"""What tasks hold and what they cost: the memory of each, and what is written to and read from a table, by kind of item."""

import json
import tracemalloc
from collections import Counter
from contextlib import contextmanager

from tests.aws.deaths import Deaths
from tests.aws.dynamodb.limits import size_of, units

ALL = 50
EACH = 10
"""So many tasks of a kind are looked at, and then each tenth: to look takes time."""


class Watched(Deaths):
    """Kills nobody: `peaks` are the most bytes that a task of a run has held, by kind of task."""

    def __init__(self):
        super().__init__()
        self.peaks, self._done = Counter(), Counter()
        self._kind = None

    def begin(self, messages):
        super().begin(messages)
        self._kind = json.loads(messages[0].body).get("task")
        self._done[self._kind] += 1
        if self._kind and (self._done[self._kind] <= ALL or self._done[self._kind] % EACH == 0):
            tracemalloc.start()

    def end(self):
        super().end()
        if tracemalloc.is_tracing():
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            self.peaks[self._kind] = max(self.peaks[self._kind], peak)


class Meter:
    """Of one table of jobs' items: write units, the largest item written, bytes read, by kind of item; and the items read."""

    def __init__(self):
        self.units, self.largest = Counter(), Counter()
        self.bytes_read, self.read = Counter(), []

    @contextmanager
    def on(self, product, name="JobsTable"):
        """Measure what is done from now on."""
        database, table = product.quick.dynamodb, product.quick.dynamodb.tables[name]
        put, delete, call = table.put, table.delete, database.call

        def metered_put(item):
            kind, size = _kind(item), size_of(item)
            self.units[kind] += units(size)
            self.largest[kind] = max(self.largest[kind], size)
            put(item)

        def metered_delete(key):
            self.units[_kind(key)] += units(size_of(table.get(key) or key))
            delete(key)

        def metered_call(operation, params):
            answer = call(operation, params)
            for item in _items(answer, name) if name in str(params.get("TableName", params)) else []:
                self.read.append(item["item"]["S"])
                self.bytes_read[_kind(item)] += size_of(item)
            return answer

        table.put, table.delete, database.call = metered_put, metered_delete, metered_call
        try:
            yield self
        finally:
            table.put, table.delete, database.call = put, delete, call


def _items(answer, name):
    if "Item" in answer:
        return [answer["Item"]]
    return answer.get("Items") or answer.get("Responses", {}).get(name, [])


def _kind(item):
    """The beginning of its sort key; a job's own item has a random one."""
    return "job" if item.get("job") == {"S": "import"} else item["item"]["S"].split("#")[0]
