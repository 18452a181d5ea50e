"""The jobs that have failed because an account's access was revoked, and how they hear that it is back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lytics_cm.queues import Queue
from lytics_cm.store.jobs import RECONNECTED, Jobs


@dataclass(frozen=True, slots=True)
class Waiting:
    """Imports and exports, each with the queue on which they are told."""

    imports: Jobs
    pages: Queue
    exports: Jobs
    changes: Queue

    def go_on(self, authorization_id: str) -> Sequence[str]:
        """Tell the jobs that wait for an authorization that it is active; return their names.

        Repeatable: who is told twice looks at itself twice. Who is not told at all finds out with the next
        tick of its schedule, its next trigger, or within a day.
        """
        imports, exports = (jobs.failed_for(authorization_id) for jobs in (self.imports, self.exports))
        self.pages.send({"job": job["id"], "task": RECONNECTED} for job in imports)
        self.changes.send({"export": job["id"], "task": RECONNECTED} for job in exports)
        return [*map(self.imports.name, imports), *map(self.exports.name, exports)]
