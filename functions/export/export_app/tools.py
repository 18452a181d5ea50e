"""What workers and tasks work with, and how long they wait before they try again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from export_app.brake import Brake
from lytics_cm.errors import RateLimited, TransientError
from lytics_cm.queues import Queue
from lytics_cm.store.jobs import Job, Jobs
from lytics_cm.store.memberships import Memberships
from lytics_cm.store.pace import NoTurn
from lytics_cm.store.runs import Runs

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.echoes import Echoes

PEOPLE_PER_MESSAGE = 500
PATIENCE = 48 * 3600 * 1000
"""How long somebody or something is tried before it counts as a failure, ms: an outage of a day is waited out."""
FIRST_PAUSE, LONGEST_PAUSE = 5, 900


@dataclass(frozen=True, slots=True)
class Tools:
    """What a function works with; `connect` makes the client of an authorization, `clock` tells epoch ms."""

    jobs: Jobs
    runs: Runs
    memberships: Memberships
    changes: Queue
    echoes: Echoes
    brake: Brake
    connect: Callable[[str], CampaignMonitor]
    clock: Callable[[], int]


def is_sending(job: Job) -> bool:
    """Whether changes are sent, not only stored."""
    return bool(job["status"] == "running" and not job.get("dry_run"))


def is_attempt(error: TransientError | None) -> bool:
    """Whether something was tried in vain; who found no turn has not tried."""
    return error is not None and not isinstance(error, NoTurn)


def pause(attempt: int, error: TransientError) -> int:
    """Seconds until the next attempt: the vendor's wish, else doubling from 5 s to 15 minutes, with jitter."""
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return min(LONGEST_PAUSE, int(error.retry_after) + 1)
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(max(attempt - 1, 0), 10))
    return random.randint(max(1, longest // 2), longest)  # noqa: S311 - jitter, not a secret
