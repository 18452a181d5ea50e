"""Existing Users: reads an audience through Lytics' API, a thousand people a step, as many as a call takes.

An audience's progress is an item `scan#<slug>` in the job's partition: the step that comes next, its cursor,
how many people were read, and in `failed` why it was given up, if it was. The step's number guards it: a
message that comes twice finds the number moved on. `passed` says that the next step's message is in the
queue, so that a crash before it can be told from one after it. `round` says which reading of the audience it
is about: when the export asks for something new, its people are read once more. A scan that gets no further
(see `headway.py`) ends, and begins again when the export is started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from boto3.dynamodb.conditions import Attr, Key

from export_app.job import ExportJob
from export_app.setting_up.headway import Headway
from lytics_cm.dynamodb import changing, plain, query, tried
from lytics_cm.errors import LyticsCmError, Rejected
from lytics_cm.lytics import Lytics, Scan
from lytics_cm.profile_fields import address_in, bounded
from lytics_cm.queues import Queue, packed
from lytics_cm.store.schema import SCAN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

type Json = dict[str, Any]
type Sink = Callable[[Iterable[Json]], object]

PAGES_PER_STEP = 10
CURSOR_GONE = (400, 410)
"""What a cursor that is too old may be answered with."""
BEGINNING = {"cursor": "", "read": 0, "nameless": 0, "passed": False}


@dataclass(frozen=True, slots=True)
class Scans:
    """The scans of all exports."""

    table: Table
    changes: Queue

    def begin(self, job: ExportJob) -> None:
        """Start what is not done yet of a job's scans; repeatable."""
        for audience in job.audiences:
            progress = self._progress(job.id, audience)
            if not progress.get("done") or progress.get("failed"):
                self._call_for(job.id, audience, progress.get("step", 0))

    def read(self, job: ExportJob, args: Json, lytics: Lytics, sink: Sink, now: int) -> bool:
        """Do one step: pass its people to `sink`, call for the next step; tell whether the audience is done.

        `now` (epoch ms) is from before the calls: what they bring is received then.
        """
        step, audience = args["step"], _audience(job, args["slug"], args.get("round", 0))
        if audience is None:
            return False  # not one of the export's any more, or to be read from the beginning
        progress = self._progress(job.id, audience)
        if progress.get("step", 0) != step:
            if progress.get("step") == step + 1 and not progress.get("passed") and not progress.get("done"):
                self._pass_on(job.id, audience, step + 1)
            return bool(progress.get("done"))
        try:
            found = self._pages(job, audience, progress, lytics)
        except Rejected as error:
            if not progress.get("cursor") or error.code not in CURSOR_GONE:
                raise
            self._restart(job.id, audience, progress, now)
            return False
        headway = self._headway(job.id, audience, progress, found, now)
        common = {"export": job.id, "received_at": now}
        sink({**common, "changes": group} for group in packed(_changes(job, audience, found, now)))
        if not self._advance(job, audience, found, progress, headway):
            return False
        if found.cursor:
            self._pass_on(job.id, audience, step + 1, 0 if found.people else headway.seconds)
        return not found.cursor

    def give_up(self, job: ExportJob, args: Json, why: str) -> bool:
        """Say why an audience cannot be read further until `begin` tries again; tell if that is news."""
        step, audience = args["step"], _audience(job, args["slug"], args.get("round", 0))
        if audience is None:
            return False
        return self._update(job.id, audience, step, {"step": step + 1, "done": True, "failed": why})

    def progress(self, job: ExportJob) -> list[Json]:
        """How far each audience is that has been begun, by slug."""
        condition = Key("job").eq(job.id) & Key("item").begins_with(SCAN.within())
        begun = {SCAN.rest(item["item"]): item for item in query(self.table, condition)}
        rounds = {audience["slug"]: audience.get("round", 0) for audience in job.audiences}
        return [
            _progress_view(slug, item if item.get("round", 0) == rounds[slug] else {})
            for slug, item in begun.items()
            if slug in rounds
        ]

    def _pages(self, job: ExportJob, audience: Json, progress: Json, lytics: Lytics) -> Scan:
        """The people of a step's pages, as one page; fewer when a later page cannot be had now."""
        wanted = list(dict.fromkeys([job.email_field, *job.fields]))
        name = audience.get("id") or audience["slug"]
        found = lytics.scan(name, progress.get("cursor") or None, wanted)
        for _ in range(1, PAGES_PER_STEP):
            if not found.cursor:
                break
            try:
                page = lytics.scan(name, found.cursor, wanted)
            except LyticsCmError:
                break  # the next step meets it again
            found = Scan([*found.people, *page.people], page.cursor, page.total)
        return found

    def _headway(self, job_id: str, audience: Json, progress: Json, found: Scan, now: int) -> Headway:
        """How the scan gets on with a step's people. Raises `Rejected` when it never would come to an end."""
        step, read = progress.get("step", 0), progress.get("read", 0) + len(found.people)
        headway = Headway.of(progress)
        if why := headway.has_no_end(found, read, now):
            self._end(job_id, audience, step, why)
        return headway.after(step + 1, read, found.cursor or "", now)

    def _advance(self, job: ExportJob, audience: Json, found: Scan, progress: Json, headway: Headway) -> bool:
        nameless = sum(not address_in(person, job.email_field) for person in found.people)
        step = progress.get("step", 0)
        return self._update(
            job.id,
            audience,
            step,
            {
                "step": step + 1,
                "cursor": found.cursor or "",
                "read": progress.get("read", 0) + len(found.people),
                "total": found.total,
                "nameless": progress.get("nameless", 0) + nameless,
                "passed": False,
                "done": not found.cursor,
                "failed": "",
                **headway.to_json(),
            },
        )

    def _restart(self, job_id: str, audience: Json, progress: Json, now: int) -> None:
        """The cursor is too old: begin the audience again. Sending people twice changes nothing."""
        step, headway = progress.get("step", 0), Headway.of(progress)
        if why := headway.is_too_long(now):
            self._end(job_id, audience, step, f"{why}, and Lytics refuses its cursors")
        headway = headway.restarted(now)
        if self._update(job_id, audience, step, {**BEGINNING, "step": step + 1, **headway.to_json()}):
            self._pass_on(job_id, audience, step + 1, headway.seconds)

    def _end(self, job_id: str, audience: Json, step: int, why: str) -> NoReturn:
        """Leave the scan at its beginning. Raises `Rejected`."""
        self._update(job_id, audience, step, {**BEGINNING, "step": step, **Headway().to_json()})
        raise Rejected(why)

    def _pass_on(self, job_id: str, audience: Json, step: int, delay: int = 0) -> None:
        self._call_for(job_id, audience, step, delay)
        self._update(job_id, audience, step, {"passed": True})

    def _call_for(self, job_id: str, audience: Json, step: int, delay: int = 0) -> None:
        args = {"slug": audience["slug"], "step": step, "round": audience.get("round", 0)}
        self.changes.send([{"export": job_id, "task": "scan", "args": args}], delay=delay)

    def _progress(self, job_id: str, audience: Json) -> Json:
        """Progress of the present round; empty before its first step."""
        key = SCAN.at(job_id, audience["slug"])
        found = dict(plain(self.table.get_item(Key=key, ConsistentRead=True).get("Item") or {}))
        return found if found.get("round", 0) == audience.get("round", 0) else {}

    def _update(self, job_id: str, audience: Json, step: int, changes: Json) -> bool:
        """Change an audience's progress unless its step has moved on, or a later round has begun."""
        this = audience.get("round", 0)
        begins: Any = Attr("step").not_exists() | Attr("step").eq(0) | Attr("round").lt(this)
        if this:
            begins |= Attr("round").not_exists()
        goes_on: Any = Attr("step").eq(step)
        goes_on &= Attr("round").eq(this) if this else Attr("round").not_exists() | Attr("round").eq(0)
        change = changing(changes | {"round": this}) | {"ConditionExpression": goes_on if step else begins}
        return tried(self.table.update_item, Key=SCAN.at(job_id, audience["slug"]), **change) is not None


def _audience(job: ExportJob, slug: str, number: int) -> Json | None:
    """The audience of a message about a round; None when the export has none of that kind any more."""
    found = [one for one in job.audiences if one["slug"] == slug and one.get("round", 0) == number]
    return found[0] if found else None


def _progress_view(slug: str, item: Mapping[str, Any]) -> Json:
    return {
        "slug": slug,
        "read": int(item.get("read", 0)),
        "total": int(item.get("total", 0)),
        "without_address": int(item.get("nameless", 0)),
        "done": bool(item.get("done")),
        **({"failed": item["failed"]} if item.get("failed") else {}),
    }


def _changes(job: ExportJob, audience: Json, found: Scan, now: int) -> Iterator[Json]:
    """People of a step as changes, whose fields are of the time `now` when they were asked for.

    They are seen at the time when the audience came to the export, so that a later exit wins.
    """
    names = job.fields
    seen = {"slug": audience["slug"], "event": "seen", "at": audience.get("since") or job.created_at}
    for person in found.people:
        if email := address_in(person, job.email_field):
            fields = bounded({name: person[name] for name in names if name in person})
            yield {"email": email, **seen, "fields": fields, "fields_at": now}
