"""What a worker leaves behind when its calls are made: what is counted, who is sent again, whether the export waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from export_app.dependencies import Dependencies
from export_app.job import ExportJob
from export_app.sending.messages import messages_of
from export_app.sending.settling import Again, Settling
from export_app.sending.waits import noted
from lytics_cm.errors import RateLimited, TransientError
from lytics_cm.queues import Queue
from lytics_cm.remedies import NOT_SENT
from lytics_cm.retry_window import Tries, given_up, pause
from lytics_cm.store.failures import record_failures

type Json = dict[str, Any]

SECOND_MS = 1000


def wind_up(dependencies: Dependencies, job: ExportJob, settling: Settling) -> None:
    """Count what was done, have those sent again who must be, and note in the export whether it waits."""
    busy = _busy(dependencies, settling)
    beyond: Again = {email: (settling.due[email], None) for email in settling.taken.beyond}
    _count(dependencies, settling, busy)
    now = dependencies.clock()
    delay = send_again(dependencies.changes, job.id, settling.again | beyond | busy, now)
    _note(dependencies, job, settling, delay)


def _busy(dependencies: Dependencies, settling: Settling) -> Again:
    """Who is in another worker's hands is sent by that one, or by us when its claim ends."""
    busy, due, now = settling.taken.busy, settling.due, settling.now
    if not busy:
        return {}
    error = RateLimited("other workers have the person in hand", (max(busy.values()) - now) / SECOND_MS)
    enough = {email for email in busy if Tries.of(due[email]).are_enough(error, now)}
    failure = {"code": NOT_SENT, "message": f"{given_up(error)}; start the export to try again"}
    list_failures(
        dependencies, settling.export, [{"email": email, **failure} for email in sorted(enough)], now
    )
    return {email: (due[email], error) for email in busy if email not in enough}


def _count(dependencies: Dependencies, settling: Settling, busy: Again) -> None:
    """Count calls, and who has to wait, beside the outcomes that are counted already."""
    waiting = [email for email, (_, error) in {**settling.again, **busy}.items() if error]
    triggers = Counter(settling.due[email]["trigger"] for email in waiting or settling.taken.held)
    if triggers:
        dependencies.activity.add(
            settling.export,
            triggers.most_common(1)[0][0],
            dependencies.clock(),
            {"calls": settling.calls, "waited": len(waiting)},
            settling.reason or None,
        )


def _note(dependencies: Dependencies, job: ExportJob, settling: Settling, delay: int) -> None:
    """Note in the export whether it waits for Campaign Monitor, and for how many seconds, if that is news."""
    now = dependencies.clock()
    if changes := noted(job, settling.trouble, settling.calls, now + delay * SECOND_MS, now):
        dependencies.jobs.update(job.id, changes, given={"waiting_since": job.waiting_since})


def send_again(changes: Queue, export: str, people: Again, now: int) -> int:
    """Have people sent by other messages: at once, or after a pause that grows with the attempts.

    Return the shortest of those pauses, in seconds.
    """
    groups: dict[tuple[Tries, TransientError | None, str], list[str]] = {}
    pauses: list[int] = []
    for email, (message, error) in people.items():
        tries, trigger = Tries.of(message), message["trigger"]
        groups.setdefault((tries.more(error, now) if error else tries, error, trigger), []).append(email)
    for (tries, error, trigger), emails in groups.items():
        delay = pause(tries.attempt, error) if error else 0
        pauses += [delay] if error else []
        changes.send(messages_of(export, emails, trigger=trigger, **tries.members()), delay=delay)
    return min(pauses, default=0)


def list_failures(dependencies: Dependencies, export: str, failures: Sequence[Json], now: int) -> None:
    """Keep what could not be used, to be shown."""
    listed = [{"source": "changes", **failure} for failure in failures]
    record_failures(dependencies.jobs.table, export, listed, now)
