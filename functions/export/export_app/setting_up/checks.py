"""Looks after lists: compares them with the schema, repairs what is ours, says what people must mend."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from export_app.dependencies import Dependencies
from export_app.job import ExportJob
from export_app.people.desired import ListSchema
from export_app.people.entries import UPKEEP
from export_app.setting_up import options
from export_app.setting_up.segments import Segments
from export_app.setting_up.setup import SetUp
from export_app.setting_up.upkeep import Findings, count_lost, first, latest
from lytics_cm.remedies import MAPPING_BROKEN
from lytics_cm.store import events
from lytics_cm.store.failures import record_failures
from lytics_cm.web import rfc3339

if TYPE_CHECKING:
    from lytics_cm.lytics import Lytics

type Json = dict[str, Any]

CHECK, SEGMENTS, CATCH_UP = "check", "segments", "catch_up"
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of all exports; `call_for` has a task of an export done."""

    dependencies: Dependencies
    lytics: Callable[[], Lytics | None]
    call_for: Callable[..., None]

    def all(self) -> None:
        """Have every export looked at, once a day."""
        for job in self.dependencies.all_jobs():
            self.call_for(job.id, CHECK)

    def note_lost(self, job: ExportJob, names: Sequence[str]) -> ExportJob:
        """Keep what another export to the list has found gone; return the job as it then is."""
        if job.plan:
            self._note(job, Findings(lost=list(names)))
        return self.dependencies.job(job.id)

    def look(self, job: ExportJob, *, is_behind: bool = False) -> None:
        """Compare the list with the schema, repair it, and send again whom that concerns. Few calls."""
        ready, before = self.set_up_of(job), ListSchema.of(job)
        found = ready.run()
        now = self.dependencies.job(job.id)  # what was noted before the repair is in it
        if ListSchema.of(replace(now, plan=found["plan"])) != before:
            found["behind"] = True
        if not self.dependencies.jobs.update(
            job.id, found, given={"revision": job.revision, "status": "running"}
        ):
            return
        job = self.dependencies.job(job.id)
        is_behind |= job.behind
        damage = self.segments_of(job).damage(self.dependencies.clock() // DAY_MS)
        self._note(job, Findings(repairs=damage))
        if damage or is_behind:
            self.call_for(job.id, SEGMENTS, first=0, mending=True)
        if is_behind:
            self.catch_up(job, UPKEEP)

    def catch_up(self, job: ExportJob, trigger: str) -> None:
        self.call_for(job.id, CATCH_UP, trigger=trigger)
        self.dependencies.jobs.update(job.id, {"behind": None})

    def set_up_of(self, job: ExportJob) -> SetUp:
        segments = self.segments_of(job)

        def announce(findings: Findings, making: Collection[str]) -> None:
            self._note(job, findings)
            if making:
                self._tell_others(job, making)

        return SetUp(job, segments.vendor, self.lytics, segments, announce)

    def _note(self, job: ExportJob, findings: Findings) -> None:
        """Keep what was found, so that it is told, and that those whom it concerns are sent again."""
        now = self.dependencies.clock()
        troubles = [
            {"source": f"field_mappings.{source}", "code": MAPPING_BROKEN, "message": text}
            for source, text in findings.troubles.items()
        ]
        record_failures(self.dependencies.jobs.table, job.id, troubles, now)
        changes: Json = {}
        if findings.lost:
            changes |= {"lost": count_lost(ListSchema.of(job), findings.lost), "behind": True}
        if findings.repairs or troubles:
            known = job.troubles
            new = [text for text in first([*findings.troubles.values()]) if text not in known]
            dated = [f"{rfc3339(now)} {text}" for text in (*findings.repairs, *new)]
            changes["repairs"] = latest([*job.repairs, *dated])
        if changes:
            self.dependencies.jobs.update(job.id, changes)
        if findings.repairs:
            table = self.dependencies.jobs.table
            events.tell(table, events.LIST_MENDED, now, job=job.id, subject=job.list_id)

    def _tell_others(self, job: ExportJob, making: Collection[str]) -> None:
        """What is made again has lost what the people of other exports had of it, too."""
        for other in self.others_of(job):
            names = {options.FIELD, *ListSchema.of(other).options.values()} & set(making)
            if names:
                self.call_for(other.id, CHECK, lost=sorted(names))

    def others_of(self, job: ExportJob) -> Iterator[ExportJob]:
        for other in self.dependencies.all_jobs():
            if other.list_id == job.list_id and other.id != job.id and other.plan:
                yield other

    def segments_of(self, job: ExportJob) -> Segments:
        return Segments(job, self.dependencies.connect(job.authorization_id), self.dependencies.jobs.table)
