"""Does the pages of a re-aggregation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from profile_app.reprojection import SEGMENTS, STALE, Reprojection, State, Step

if TYPE_CHECKING:
    from lytics_cm.queues import Queue
    from profile_app.behind import Behind
    from profile_app.profiles import Profiles

ITEMS = 1000
"""Items looked at by one message."""

type Json = dict[str, Any]


class Reprojector:
    """Works through all people, message by message."""

    def __init__(self, profiles: Profiles, behind: Behind, reprojection: Reprojection, queue: Queue) -> None:
        self._profiles = profiles
        self._behind = behind
        self._reprojection = reprojection
        self.queue = queue

    def start(self, now: int, *, is_asked: bool = True) -> None:
        """Begin a re-aggregation that somebody asked for, or that a mapping calls for. Raises `Conflict`."""
        self.queue.send(step.message() for step in self._reprojection.start(now, is_asked=is_asked))

    def stalled_since(self, state: State, now: int) -> int | None:
        """When a run made its last step (epoch ms), if that is too long ago; None when it moves or is over."""
        if state.status != "running":
            return None
        steps = [Step(state.run, segment) for segment in range(SEGMENTS)]
        moved = [passed.at for step in steps if (passed := self._reprojection.passed(step))]
        latest = max([state.started_at or 0, *moved])
        return latest if now - latest >= STALE else None

    def do(self, message: Json, now: int) -> None:
        """Do the page that a message asks for; doing it again changes nothing."""
        step = Step.parse(message)
        passed = self._reprojection.passed(step)
        if passed is None:
            return
        if passed.page == step.page:
            emails, rest = self._profiles.people(step.segment, SEGMENTS, passed.start, ITEMS)
            self._behind.project_all(emails)
            self._reprojection.advance(step, len(emails), rest, now)
            passed = self._reprojection.passed(step)
        # Also for a message that comes again: its worker may have died before it sent the next one.
        if passed and passed.page == step.next.page:
            self._go_on(step, ended=passed.ended, now=now)

    def _go_on(self, step: Step, *, ended: bool, now: int) -> None:
        if ended:
            self._reprojection.finish(step.run, now)
        else:
            self.queue.send([step.next.message()])
