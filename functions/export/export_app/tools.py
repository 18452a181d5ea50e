"""What workers and tasks work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from export_app.brake import Brake
from lytics_cm.errors import TransientError
from lytics_cm.queues import Queue
from lytics_cm.store.jobs import Job, Jobs
from lytics_cm.store.memberships import Memberships
from lytics_cm.store.pace import NoTurn
from lytics_cm.store.runs import Runs

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.echoes import Echoes

PEOPLE_PER_MESSAGE = 500


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
