"""Looks at people whom a webhook named, one by one: their consent is known a minute later, not a run later."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from import_app.due import Due
from import_app.reading.sources import snapshot_of
from lytics_cm.campaign_monitor import zones
from lytics_cm.errors import AuthorizationRevoked, NotFound, PermanentError, TransientError
from lytics_cm.looks import MOST_LOOKUPS, Look
from lytics_cm.queues import Queue, encode, packed
from lytics_cm.retry_window import pause
from lytics_cm.store.jobs import ImportJob, ImportJobs
from lytics_cm.streams import MAX_ROW_BYTES, moment
from lytics_cm.subscriptions import ListOfClient

if TYPE_CHECKING:
    from import_app.tasks import Json
    from lytics_cm.campaign_monitor import CampaignMonitor
    from lytics_cm.store.pace import Pace

MOST_AN_HOUR = 100
"""People of a list who are asked for one by one in an hour: after that a page of a thousand costs less."""
LOOK_SECONDS = 40
"""A message's work is cut off after so long, and the rest becomes a message of its own."""
AWAKE = ("running", "scheduled", "completed")


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks for all jobs. Times are epoch ms; `rows` is the queue that somebody waits for."""

    jobs: ImportJobs
    pages: Queue
    rows: Queue
    connect: Callable[[str], CampaignMonitor]
    pace: Pace

    def do(self, look: Look, now: int) -> None:
        """Look at the people of a message, if their job wants that. Repeatable.

        What cannot be done now comes again, for two days. Whoever is not looked at is read by the next run.
        """
        job = self._wanting(look)
        if job is None:
            return
        if job.status not in AWAKE or self._are_too_many(look, now):
            self.leave(look, now)
            return
        if look.more:
            self.leave(look, now)
        try:
            self._look(replace(look, more=False), job, now)
        except PermanentError:  # the next run says what is wrong
            self.leave(look, now)

    def leave(self, look: Look, now: int) -> None:
        """Leave the people to the next run, which reads all who are active."""
        if self._wanting(look):
            Due(self.jobs.table, look.job).mark(look.home["list_id"], now)

    def _wanting(self, look: Look) -> ImportJob | None:
        """The job, unless it was deleted or does not ask for consent."""
        try:
            job = self.jobs.get(look.job)
        except NotFound:
            return None
        return job if job.looks_at_consent else None

    def _are_too_many(self, look: Look, now: int) -> bool:
        """Whether the hour's looks are used up; what comes again was counted before."""
        if look.tries.since:
            return False
        people = Due(self.jobs.table, look.job).count(look.home["list_id"], len(look.emails), now)
        return people > MOST_AN_HOUR

    def _look(self, look: Look, job: ImportJob, now: int) -> None:
        end = time.monotonic() + LOOK_SECONDS
        rows: list[Json] = []
        left, delay = look, 0
        emails = look.emails[:MOST_LOOKUPS]
        try:
            vendor = self.connect(job.authorization_id)
            for number, email in enumerate(emails):
                left = replace(look, emails=emails[number:])
                if time.monotonic() > end:
                    break
                with self.pace.turn(job.authorization_id):
                    rows += _rows(look, vendor, email, now)
            else:
                left = replace(look, emails=())
        except TransientError as error:
            if look.tries.are_enough(error, now):
                self.leave(look, now)
                left = replace(look, emails=())
            else:
                left = replace(left, tries=look.tries.more(error, now))
                delay = pause(left.tries.attempt, error)
        finally:
            self._send(look, rows)
        if left.emails:
            self.pages.send([left.message()], delay=delay)

    def _send(self, look: Look, rows: Sequence[Json]) -> None:
        told = {"job": look.job, "received_at": look.received_at}
        self.rows.send({**told, "rows": group} for group in packed(rows))


def _rows(look: Look, vendor: CampaignMonitor, email: str, now: int) -> list[Json]:
    """The row of a person as they are; none of one who is not there, or cannot be read."""
    place = ListOfClient({"id": look.home["list_id"], "name": look.home["list_name"]}, look.home["client"])
    zone = zones.zone_of(look.home["client"]["zone"])
    try:
        record = vendor.subscriber(look.home["list_id"], email)
        row = snapshot_of(record, place, ts=moment(zones.to_utc(record.date, zone), now), seen=now)
    except AuthorizationRevoked:
        raise
    except PermanentError:
        return []
    return [row] if len(encode(row)) <= MAX_ROW_BYTES else []
